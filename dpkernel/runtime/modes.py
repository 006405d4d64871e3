"""Jacobians and Hessians of a cell.

In:  a Tracer that has seen the cell, and the object to differentiate.
Out: for each parameter a derivative in the parameter's own structure.
Start at `jacobians` and `hessians`.
"""

import numpy as np

from ..errors import Lesson
from ..tracing.structures import is_number, map_leaves, places
from . import gradient
from .program import Program, units

MODES = ("gradient", "jacobian", "hessian")


class NoNumbers(Lesson):
    """What is to be differentiated is no number and no array of numbers."""


def jacobians(tracer, value, name, span=None):
    """(derivatives, Program): for each parameter d(value)/d(parameter), an array (*value, *leaf) a leaf.

    Raises   NoNumbers if `value` is no real number or array; NoDerivative where none can be taken
    """
    if not is_number(value) or np.asarray(value).dtype.kind == "c":
        raise NoNumbers(
            f"`{name}` is of type {type(value).__name__}; a Jacobian belongs to real numbers." if not is_number(value) else
            f"`{name}` is complex; a Jacobian belongs to real numbers.",
            span=span, why="its rows are the derivatives of one real number each.",
            do="take an array of real numbers from it, as np.array(...) or .real.",
        )
    program = Program(tracer, value, name)
    program.real()
    y, shape = program.results[0], np.shape(value)
    parts = program.jacobian(y) if y is not None else [np.zeros((*shape, *v.shape)) for v in program.inputs]
    found = dict(zip(program.inputs, parts))
    return [_structured(p, found, len(shape)) for p in tracer.parameters], program


def hessians(tracer, value, name):
    """(derivatives, Program): for each parameter its second derivative, an array (*leaf, *leaf).

    Of several parameters it is a dict {other parameter: d2(value)/d(parameter)d(other)}.
    Raises   NoDerivative; TypeError for parameters that are not one number or array each
    """
    program = Program(tracer, value, name)
    program.real()
    inputs = program.inputs
    for p in tracer.parameters:
        if len(p.leaves) != 1 or p.leaves[0][2] is not None or not is_number(p.leaves[0][0]):
            parts = places(p.value, p.name)
            alone = parts == [p.name]
            raise NoNumbers(f"`{p.name}` shares its memory with another parameter." if alone else f"`{p.name}` is a structure.",
                            why="a Hessian has a row for each number of one array.",
                            do="name one of the two." if alone else f"name its parts: --wrt {', '.join(parts[:3])}; or use hvp from dpkernel.")
    rows = {}
    for k, v in enumerate(inputs):
        columns = []
        for unit in units(v.shape):
            columns.append(program.hessian_product([unit if n == k else np.zeros(w.shape) for n, w in enumerate(inputs)]))
        for n, w in enumerate(inputs):      # column by column: d(gradient by w)/dv, and second derivatives are symmetric
            rows[v, w] = np.reshape([column[n] for column in columns], (*v.shape, *w.shape))
    names = {p.leaves[0][1]: p.name for p in tracer.parameters}
    if len(tracer.parameters) == 1:
        return [rows[inputs[0], inputs[0]][()]], program
    return [{names[w]: rows[p.leaves[0][1], w][()] for w in names} for p in tracer.parameters], program


def _structured(parameter, by_value, ahead):
    """Arrays in the structure of a parameter; `ahead` axes in front belong to the value."""
    found = iter(parameter.leaves)

    def leaf_derivative(_):
        _, value, place = next(found)
        if value is None:
            return None
        array = by_value[value]
        if place is not None:
            rows = array.reshape(-1, *array.shape[ahead:])
            array = np.reshape([place.take(row) for row in rows], (*array.shape[:ahead], *place.shape))
        return array[()]

    return map_leaves(leaf_derivative, parameter.value)


def taken(mode, tracer, value, name, span):
    """(derivatives, gradient.Recorded, notices) in one of MODES but "gradient"."""
    if mode == "jacobian":
        found, program = jacobians(tracer, value, name, span)
        return found, program.recorded, []
    notices = gradient.check_scalar(value, name, span)
    found, program = hessians(tracer, value, name)
    return found, program.recorded, notices
