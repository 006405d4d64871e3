"""The way back with the knowledge which elements of a cotangent it reached.

In:  as for `pullback`, but a block without loops.
Out: the same cotangents; what was overwritten, masked out or not taken counts for nothing, also where its partial is
     inf or nan.
Start at `careful_pullback`.

A cotangent can be zero at an element because the number there does not matter, or because nobody has read it:
`x = np.sqrt(a); x[a == 0] = 1` never reads the root of 0, whose slope is inf. Both zeros look alike, and 0 * inf is nan.
Here a second array goes beside each cotangent, with zeros where nothing arrived. That costs as much again, so it is
done where nan has come out.
"""

from dataclasses import dataclass

from ..derivatives import RULES
from ..derivatives.forms import Partials
from ..ir.block import Block, Value, type_of_operand
from ..ir.build import Builder
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import reduce, shape
from ..primitives.functions import full, greater, select, sum_to, zeros_like
from .activity import active_values
from .dead_code import without_dead_code
from .reverse import NotDifferentiable, fit, unmasked

LEAVES = {ix.index, ix.update, e.select}        # their transposes leave elements out
MOVES = LEAVES | {      # their transposes move, copy and add elements
    ix.add_at, shape.reshape, shape.transpose, shape.broadcast_to, shape.concatenate, shape.full, reduce.reduce_sum,
    reduce.cumsum, e.as_float,
}
ELEMENTWISE = {e.real, e.imag, e.conjugate, e.cast, e.absolute}     # and all that have `Partials`


@dataclass(frozen=True)
class Reached:
    """A cotangent, and beside it an array that is zero where nothing was passed back, and else positive.

    mark    None: it was reached everywhere
    clean   `value` is zero wherever `mark` is
    """

    value: object
    mark: object
    clean: bool = False

    @property
    def type(self):
        return type_of_operand(self.value)

    def __mul__(self, partial):
        return Reached(self.value * partial, self.mark)

    def __neg__(self):
        return Reached(-self.value, self.mark, self.clean)

    def selected(self):
        """The cotangent itself."""
        return self.value if self.clean or self.mark is None else select(greater(self.mark, 0.0), self.value, 0.0)


def careful_pullback(block, wrt, results=None, seeds=None):
    """`pullback` of a block without regions; see there."""
    results = block.results if results is None else results
    active = active_values(block, wrt)
    given = [Value(type_of_operand(y).tangent) for y in results] if seeds is None else seeds
    cotangents = {}
    with Builder() as builder:
        for y, y_bar in zip(results, given):
            if isinstance(y, Value) and y in active:
                _add(cotangents, y, Reached(y_bar, None))
        for instruction in reversed(block.instructions):
            if instruction.output in cotangents:
                builder.span = instruction.span
                _pull(instruction, cotangents, active)
        builder.span = None
        found = [cotangents[x].value if x in cotangents else zeros_like(x) for x in wrt]
    return without_dead_code(Block(given if seeds is None else [], builder.instructions, found))


def _pull(instruction, cotangents, active):
    """Add what one instruction passes back to the cotangents of its operands."""
    rule, y_bar = RULES.get(instruction.primitive), cotangents.pop(instruction.output)
    if rule is None:
        raise NotDifferentiable(instruction)
    wanted = [isinstance(x, Value) and x in active for x in instruction.inputs]
    if isinstance(rule, Partials):
        bars = rule.pull(instruction, y_bar, wanted)
    else:
        values = rule.pull(instruction, y_bar.value, wanted)
        marks = _marks(instruction, rule, y_bar.mark, wanted)
        bars = [x_bar if x_bar is None else Reached(unmasked(x_bar), mark, True) for x_bar, mark in zip(values, marks)]
    for x, x_bar in zip(instruction.inputs, bars, strict=True):
        if x_bar is not None:
            _add(cotangents, x, x_bar)


def _marks(instruction, rule, mark, wanted):
    """For each operand which elements of its cotangent are reached, if `mark` says it of the result's."""
    primitive = instruction.primitive
    if primitive in ELEMENTWISE:
        return [mark] * len(wanted)
    if mark is None and primitive in LEAVES:
        mark = full(1.0, instruction.output.type.shape, float)
    if mark is None or primitive not in MOVES:
        return [None] * len(wanted)
    return [x_bar if x_bar is None else unmasked(x_bar) for x_bar in rule.pull(instruction, mark, wanted)]


def _add(cotangents, x, x_bar):
    """Fit `x_bar` to the shape and dtype of `x`, and add it to what is there."""
    value = fit(x_bar.selected(), x.type)
    mark = None if x_bar.mark is None else sum_to(x_bar.mark, x.type.shape)
    if x in cotangents:
        other = cotangents[x]
        value, mark = other.value + value, None if mark is None or other.mark is None else other.mark + mark
    cotangents[x] = Reached(value, mark, True)
