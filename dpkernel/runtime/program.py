"""A function at a point as a program: tangents, cotangents, Jacobians, second derivatives.

In:  a traced function: what it returned, and a tracer that has seen it.
Out: a Program, which pushes tangents forward, pulls cotangents back, and differentiates its own gradient.
Start at `Program`.

The control flow is that of the point. What is flat, or depends on no argument, is a constant of the program.
"""

import functools

import numpy as np

from ..errors import LossNotScalar
from ..ir.block import Block
from ..ir.evaluate import evaluate
from ..primitives import outside
from ..tracing.structures import is_number, leaves, map_leaves
from ..transforms.forward import pushforward
from ..transforms.activity import active_values
from ..transforms.dead_code import without_dead_code
from ..transforms.reached import careful_pullback
from ..transforms.reverse import pullback
from . import gradient

TAKEN = (outside.opaque, outside.flat)


class Program:
    """One call of a function, ready to be differentiated.

    value     what the call returned
    inputs    Values of the arguments' numbers, in order
    results   for each number in `value` its Value, or None if it depends on no argument
    """

    def __init__(self, tracer, value, name):
        self.tracer, self.value, self.name = tracer, value, name
        self.inputs = [v for p in tracer.parameters for _, v, _ in p.leaves if v is not None]
        self.leaves = leaves(value)
        self.results = [tracer.find(x) if is_number(x) else None for x in self.leaves]
        self.block = self._smooth([y for y in self.results if y is not None])
        self.point = tracer.all_computed(self.inputs)

    def _smooth(self, results):
        """The tape, its loops rolled, without instructions that have no derivative; what they gave is known from outside."""
        tape = self.tracer.tape(results)
        active = active_values(tape, self.inputs)
        behind = set(results)
        for instruction in reversed(tape.instructions):
            if any(v in behind for v in instruction.outputs):
                if instruction.primitive is outside.opaque and any(v in active for v in instruction.outputs):
                    raise gradient.explain(self.tracer, instruction, self.name)
                if instruction.primitive not in TAKEN:
                    behind.update(instruction.inputs_values())
        self.recorded = gradient.Recorded(self.tracer, results)
        self.tape = self.recorded.tape
        kept = [i for i in self.tape.instructions if i.primitive not in TAKEN]
        return without_dead_code(Block(self.inputs, kept, self.tape.results))

    def residuals(self, block, tape=None):
        """What a program derived from this one takes from outside: constants, and values of the call."""
        needed = block.free_values()
        return {v: gradient.as_numpy(x, False) for v, x in zip(needed, self.tracer.all_computed(needed, tape or self.tape))}

    def run(self, block, operands, residuals=None):
        """Evaluate a program derived from this one."""
        with np.errstate(all="ignore"):
            return evaluate(block, operands, self.residuals(block) if residuals is None else residuals)

    def is_of_arrays(self):
        """True if the value and each argument is one number or array, not a structure of them."""
        arguments = [(p.value, [leaf for leaf, _, _ in p.leaves]) for p in self.tracer.parameters]
        return all(len(parts) == 1 and parts[0] is x and is_number(x) for x, parts in [*arguments, (self.value, self.leaves)])

    def real(self):
        """Raise TypeError if an input or a result is complex: its derivative would not be one real array."""
        if any(np.dtype(v.dtype).kind == "c" for v in [*self.inputs, *self.block.results]):
            raise TypeError(f"`{self.name}` has complex arguments or results; jvp and vjp take those")

    def derived(self, transform):
        return gradient.derived(self.tracer, self.name, transform)

    # first derivatives

    @functools.cached_property
    def pushed(self):
        """The program that also gives tangents."""
        return self.derived(lambda: pushforward(self.block, self.inputs))

    def push(self, tangents):
        """The tangents of the results for tangents of the inputs (arrays, in the order of `inputs`)."""
        found = self.run(self.pushed, [*map(_inexact, self.point), *tangents])
        return found[len(self.block.results):]

    def pullback(self, careful=False):
        """A function from the cotangents of the results that have a Value to those of the inputs.

        It keeps copies: writes into arrays that come after the call do not reach it. `careful`: see reached.py.
        """
        flat = self.recorded.flat
        back = self.derived(lambda: careful_pullback(flat, self.inputs) if careful else pullback(self.block, self.inputs))
        kept = {v: np.copy(x)[()] for v, x in self.residuals(back, flat if careful else None).items()}
        return lambda cotangents: self.run(back, cotangents, kept)

    def jacobian(self, y):
        """For each input the array d(y)/d(input), of shape (*y, *input), y the one result; by the cheaper mode."""
        size, many = int(np.prod(y.shape, dtype=int)), sum(int(np.prod(v.shape, dtype=int)) for v in self.inputs)
        if size <= many:
            rows = self.rows(self.pullback(), y)
            if any(np.any(np.isnan(x)) for row in rows for x in row):
                rows = self.rows(self.pullback(careful=True), y)
            return [np.reshape([row[k] for row in rows], (*y.shape, *v.shape)) for k, v in enumerate(self.inputs)]
        found = []
        for k, v in enumerate(self.inputs):
            columns = []
            for unit in units(v.shape):
                dots = [unit if n == k else np.zeros(w.shape) for n, w in enumerate(self.inputs)]
                columns.append(np.asarray(self.push(dots)[0]))
            stacked = np.stack(columns, -1) if columns else np.zeros((*y.shape, 0))
            found.append(stacked.reshape((*y.shape, *v.shape)))
        return found

    def rows(self, pull, y):
        """The cotangents of the inputs for each unit cotangent of `y`."""
        return [pull([unit]) for unit in units(y.shape)]

    # second derivatives

    def gradient_block(self):
        """A program from the inputs to the gradient of the one result, a number."""
        if len(self.block.results) != 1 or self.block.results[0].shape not in ((), (1,)):
            raise LossNotScalar(f"`{self.name}` does not return one real number.",
                                why="a second derivative belongs to one number.", do="add the elements up.")
        y = self.block.results[0]
        back = pullback(self.block, self.inputs, [y], seeds=[np.ones(y.shape)[()] if y.shape else 1.0])
        return Block(self.inputs, [*self.block.instructions, *back.instructions], back.results)

    def hessian_product(self, directions):
        """The Hessian times a direction, for each input."""
        if not self.block.results:
            return [np.zeros(v.shape) for v in self.inputs]
        return self.run(self.gradient_pushed, [*map(_inexact, self.point), *directions])[len(self.inputs):]

    @functools.cached_property
    def gradient_pushed(self):
        """Forward over reverse."""
        return self.derived(lambda: pushforward(self.gradient_block(), self.inputs))

    # structures

    def per_parameter(self, by_input):
        """Arrays for the inputs, put into the structure of each parameter."""
        found = dict(zip(self.inputs, by_input))
        return [gradient._structured(p, found) for p in self.tracer.parameters]

    def flat_tangents(self, tangents):
        """The numbers of tangents, one structure a parameter, in the order of `inputs`."""
        found = []
        for p, tangent in zip(self.tracer.parameters, tangents, strict=True):
            given = leaves(tangent)
            if len(given) != len(p.leaves):
                raise ValueError(f"the tangent of `{p.name}` has {len(given)} numbers or arrays, and it {len(p.leaves)}")
            for (_, value, _), dot in zip(p.leaves, given):
                if value is None:
                    continue
                if np.shape(dot) != value.shape:
                    raise ValueError(f"a tangent has shape {np.shape(dot)}, its part of `{p.name}` {value.shape}")
                found.append(np.asarray(dot, value.type.tangent.dtype)[()])
        return found

    def like_value(self, by_result):
        """Arrays for the results, in the structure of the returned value; zeros where nothing moves."""
        found, order = iter(by_result), iter(self.results)

        def leaf(x):
            y = next(order)
            if y is not None:
                return gradient.like(x, next(found), np.shape(x))
            return gradient.like(x, 0.0, np.shape(x)) if is_number(x) else None

        return map_leaves(leaf, self.value)


def units(shape):
    """The unit arrays of a shape, in C order."""
    for k in range(int(np.prod(shape, dtype=int))):
        unit = np.zeros(shape)
        unit.reshape(-1)[k] = 1.0
        yield unit[()]


def _inexact(x):
    return gradient.as_numpy(x, True)


