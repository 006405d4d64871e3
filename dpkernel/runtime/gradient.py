"""From a traced tape to gradients.

In:  a Tracer that has seen the program, and the object that is the loss.
Out: one gradient for each parameter, in the parameter's own structure.
Start at `gradients`.
"""

import contextlib
import gc
import math

import numpy as np

from ..derivatives.custom import NoRule
from ..errors import InternalError, LossNotScalar, NoDerivative, UnsupportedWrite
from ..ir.block import Value, type_of_operand
from ..ir.evaluate import evaluate
from ..primitives import outside, products
from ..tracing.structures import map_leaves
from ..tracing.whole import plain
from ..tracing.writes import VIEW, WRITE
from ..transforms.activity import active_values
from ..transforms.reached import careful_pullback
from ..transforms.regions import tape_bytes
from ..transforms.reverse import NotDifferentiable, pullback
from ..transforms.roll import roll
from .tracebacks import clean


def check_scalar(loss, name, span=None):
    """Raise LossNotScalar unless `loss` is one real number; return notices about it."""
    what = None
    if isinstance(loss, (bool, np.bool_)):
        what = "is True or False"
    elif isinstance(loss, complex) or isinstance(loss, (np.ndarray, np.generic)) and loss.dtype.kind == "c":
        what = "is complex"
    elif isinstance(loss, np.ndarray) and loss.size != 1:
        what = f"is an array of shape {loss.shape}"
    elif not isinstance(loss, (float, int, np.ndarray, np.generic)):
        what = f"is of type {type(loss).__name__}"
    elif isinstance(loss, (np.ndarray, np.generic)) and loss.dtype.kind not in "iuf":
        what = f"has dtype {loss.dtype}"
    if what is not None:
        raise LossNotScalar(
            f"the loss `{name}` {what}; a gradient belongs to one real number.",
            span=span,
            why="a gradient says how one number changes with each parameter.",
            do=_repair(loss, name),
        )
    if isinstance(loss, np.ndarray) and loss.ndim:
        return [f"`{name}` has shape {loss.shape}; its one element is the loss."]
    return []


def _repair(loss, name):
    if isinstance(loss, np.ndarray) and loss.dtype.kind in "iuf":
        return f"add its elements up, as in np.sum({name}) or np.mean({name})."
    if isinstance(loss, (complex, np.ndarray, np.generic)):
        return f"take a real number from it, as in np.abs({name}) ** 2."
    return "name a number: `%%grad LOSS --wrt ...`."


def gradients(tracer, loss, loss_name):
    """Return (gradients, program, cost) of the object `loss`.

    gradients   one entry for each of tracer.parameters, in its own structure, None where no number is
    program     what leads to the loss, as a Recorded; None if it depends on no parameter
    cost        {"instructions": of the backward sweep, "saved_bytes": of its residuals}
    Raises      NoDerivative, UnsupportedWrite if a gradient would pass through what has none
    """
    y = tracer.find(loss)
    wanted = [v for p in tracer.parameters for _, v, _ in p.leaves if v is not None]
    if not isinstance(y, Value):
        return [_structured(p, {}) for p in tracer.parameters], None, {"instructions": 0, "saved_bytes": 0}
    with collector_off():
        recorded = Recorded(tracer, [y])
        swept = recorded.flat if is_heavy(recorded.flat.instructions) else recorded.tape
        found, cost = _taken(tracer, swept, y, loss, loss_name, wanted, pullback)
        if np.all(np.isfinite(loss)) and any(np.any(np.isnan(x)) for x in found):
            recorded.careful = True
            found, cost = _taken(tracer, recorded.flat, y, loss, loss_name, wanted, careful_pullback)
        by_value = dict(zip(dict.fromkeys(wanted), found))
        return [_structured(p, by_value) for p in tracer.parameters], recorded, cost


HEAVY = 10_000          # numbers that an instruction makes or multiplies, on average: some 10 µs


def is_heavy(instructions):
    """True where running a loop again would cost more than going back through its iterations one by one.

    The way back through a loop computes its values a second time; of large arrays those that were recorded are used.
    """
    work = 0
    for i in instructions:
        shape = i.outputs[0].type.shape
        if shape:
            inner = type_of_operand(i.inputs[0]).shape[-1:] if i.primitive is products.matmul else ()
            work += math.prod(shape) * math.prod(inner)
    return work > HEAVY * len(instructions)


class Recorded:
    """What a cell has computed, as a program.

    flat       a Tape, one iteration after another
    tape       the same with loops, made when it is first asked for
    unrolled   [(Span, reason)] of loops that `tape` does not have; nothing as long as it is not made
    careful    nan came out of the way back that does not look which elements it reached (transforms/reached.py)
    """

    careful = False

    def __init__(self, tracer, results):
        self.flat, self.unrolled, self._rolled = tracer.tape(results), [], None
        self._marks, self._objects = tracer.marks, tracer.objects

    @property
    def tape(self):
        if self._rolled is None:
            self._rolled, self.unrolled = roll(self.flat, self._marks, self._objects)
        return self._rolled

    def way_back(self):
        """(a Tape, its pullback with respect to the parameters, begun with 1): the gradient as a program."""
        tape, pull = (self.flat, careful_pullback) if self.careful else (self.tape, pullback)
        with np.errstate(all="ignore"):
            return tape, pull(tape, tape.inputs, seeds=[1.0])


def _without_derivative(tracer, y, wanted):
    """The recorded instruction at which the way back ends; in a rolled loop it could be that of any iteration."""
    try:
        pullback(tracer.tape([y]), wanted)
    except NotDifferentiable as problem:
        return problem.instruction
    raise InternalError("a loop has no derivative, and its iterations have one")


@contextlib.contextmanager
def collector_off():
    """Thousands of new objects and no cycles among them: the garbage collector would only look."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _taken(tracer, tape, y, loss, loss_name, wanted, pull):
    """(the cotangents of the different `wanted` Values, their cost) by the way back that `pull` makes."""
    missing = None
    try:
        with np.errstate(all="ignore"):
            back = pull(tape, list(dict.fromkeys(wanted)), tape.results)
    except NotDifferentiable:
        missing = _without_derivative(tracer, y, wanted)
    except NoRule as problem:
        raise no_rule(problem, loss_name) from None
    if missing is not None:     # raised out here, the lesson does not hold on to the tape
        raise explain(tracer, missing, loss_name)
    seed = np.ones(np.shape(loss), y.dtype if y.type.inexact else np.float64)[()]
    values, saved = residuals(tracer, tape, back)
    try:
        with np.errstate(all="ignore"):
            found = evaluate(back, [seed], values)
    except Exception as problem:        # of a derivative of the user's own
        clean(problem)
        raise
    return found, {"instructions": len(back.instructions), "saved_bytes": saved + tape_bytes(back)}


def residuals(tracer, tape, back):
    """The objects of the Values that the backward sweep reads, and how many bytes they hold.

    Values inside a model of a known function have no object: they are computed now. Python numbers
    become NumPy's, so that a pole gives inf and not an exception.
    """
    needed = back.free_values()
    values = dict(zip(needed, tracer.all_computed(needed, tape)))
    saved = sum(x.nbytes for v, x in values.items() if isinstance(x, np.ndarray) and v not in tape.constants)
    active = active_values(tape, tape.inputs)
    return {v: as_numpy(x, v in active) for v, x in values.items()}, saved


def as_numpy(x, active):
    """A Python number as NumPy's; an integer that the gradient depends on as a float."""
    if isinstance(x, (bool, np.bool_)):
        return x
    if isinstance(x, (float, complex)) and not isinstance(x, np.generic):
        return np.complex128(x) if isinstance(x, complex) else np.float64(x)
    if active and isinstance(x, (int, np.integer)):
        return np.float64(x)
    if active and isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        return x.astype(np.float64)
    return x


def _structured(parameter, by_value):
    """The gradient of one parameter, shaped like the parameter."""
    found = iter(parameter.leaves)

    def leaf_gradient(leaf):
        leaf, value, place = next(found)
        x_bar = by_value.get(value, 0.0)
        if place is not None and np.ndim(x_bar):
            x_bar = place.take(x_bar)
        return None if value is None else like(leaf, x_bar, value.shape if place is None else place.shape)

    return map_leaves(leaf_gradient, parameter.value)


def value_taken(tracer, parameter):
    """The parameter's value at its first reading, whatever the cell wrote into it since."""
    found = iter(parameter.leaves)

    def leaf_value(leaf):
        leaf, value, place = next(found)
        held = tracer.objects.get(value, leaf) if value is not None else leaf
        return plain(held if place is None else place.take(held))

    return map_leaves(leaf_value, parameter.value)


def like(leaf, x_bar, shape):
    """A cotangent as an object of the leaf's own kind and precision."""
    if isinstance(leaf, np.ndarray):
        dtype = leaf.dtype if leaf.dtype.kind in "fc" else np.dtype(np.float64)
        x_bar = np.broadcast_to(np.asarray(x_bar, dtype), shape)
        return np.array(x_bar, dtype, order="C")
    if isinstance(leaf, np.generic):
        return (leaf.dtype if leaf.dtype.kind in "fc" else np.dtype(np.float64)).type(x_bar)
    return complex(x_bar) if isinstance(leaf, complex) else float(x_bar)


def explain(tracer, instruction, loss_name):
    """A lesson about the instruction that has no derivative."""
    assert instruction.primitive in outside.UNKNOWN, instruction
    instruction = _write_behind(tracer, instruction)
    what, why = instruction.attributes["what"], instruction.attributes["why"]
    name = parameters_behind(tracer, instruction)
    if what in (WRITE, VIEW):
        return UnsupportedWrite(
            f"the gradient would have to pass through {what}.",
            span=instruction.span,
            why=f"`{loss_name}` depends on {name} through this array's memory, and what was done to it is no\n"
                "operation of NumPy's that is followed.",
            do="write into the array with NumPy: x[i] = y, x += y, np.copyto(x, y); and keep numbers in\n"
               "arrays of floats, not in fields, bytes or objects.",
        )
    reason = f"`{loss_name}` depends on {name} through this, and its derivative is not known"
    return NoDerivative(
        f"the gradient would have to pass through {what}.",
        span=instruction.span,
        why=reason + (f" ({why})." if why else "."),
        do=_advice(what) + f"or, if it should count as a constant,\ncompute it in a cell above, from a copy of {name}.",
    )


def derived(tracer, name, transform):
    """What a transform of a program gives; where it meets something without a derivative, a lesson."""
    try:
        with np.errstate(all="ignore"):
            return transform()
    except NotDifferentiable as problem:
        missing = problem.instruction
    except NoRule as problem:
        raise no_rule(problem, name) from None
    raise explain(tracer, missing, name)


def no_rule(problem, loss_name):
    """A lesson about a derivative that the user would have to write."""
    name = problem.instruction.attributes["name"]
    return NoDerivative(
        f"the derivative would have to pass through {name}.",
        span=problem.instruction.span,
        why=f"`{loss_name}` depends on parameters through it, and {problem}.",
        do="give @custom_derivative a rule that covers this: partials, or vjp and jvp.",
    )


def _write_behind(tracer, instruction):
    """Of an array that can't be read any more: the write that is the reason, if there is one."""
    if instruction.attributes["what"] != VIEW:
        return instruction
    made_by = {v: i for i in tracer.instructions if i.primitive is outside.opaque for v in i.outputs}
    writes = [made_by[v] for v in instruction.inputs if v in made_by and made_by[v].attributes["what"] == WRITE]
    return writes[0] if writes else instruction


def _advice(what):
    if what.startswith("np."):
        return "write this step with other functions of NumPy; "
    return "write this step with NumPy's functions; "


def parameters_behind(tracer, instruction):
    """The names of the parameters that an instruction depends on, for a message."""
    behind = set(v for v in instruction.inputs if isinstance(v, Value))
    for earlier in reversed(tracer.instructions):
        if any(v in behind for v in earlier.outputs):
            behind.update(v for v in earlier.inputs if isinstance(v, Value))
    names = [p.name for p in tracer.parameters if any(v in behind for _, v, _ in p.leaves)]
    return ", ".join(f"`{n}`" for n in names[:5]) or "a parameter"
