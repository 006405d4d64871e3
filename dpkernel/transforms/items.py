"""What an iteration consists of, in a form in which iterations can be compared.

In:  an instruction of the recorded program.
Out: an `Item`: what must agree between iterations (`key`), and what may differ (`inputs`).
Start at `Item.of`.
"""

import numpy as np

from ..ir.block import Instruction, Value, type_of_operand
from ..ir.types import FLOAT
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import outside

PLACES = {ix.index: 1, ix.update: 2, ix.add_at: 2}      # primitive -> where its subscript begins
RECORDED = (outside.flat, outside.opaque)
ARITHMETIC = frozenset({e.add, e.subtract, e.multiply, e.divide, e.maximum, e.minimum})
NUMBER = "a number"


class Item:
    """One step of an iteration: an instruction, or a loop that was rolled before.

    key       hashable: everything but operands; items with the same key differ in their operands only
    inputs    operands, each a Value or a literal
    outputs   Values
    build     function (operands, Values) -> Instruction
    span      where it comes from
    """

    __slots__ = ("key", "inputs", "outputs", "build", "span")

    def __init__(self, key, inputs, outputs, build, span):
        self.key, self.inputs, self.outputs, self.build, self.span = key, inputs, outputs, build, span

    @classmethod
    def of(cls, instruction, recorded):
        """The item of an instruction without regions.

        recorded   function (Value) -> its object: what no instruction can compute again is looked up
        """
        primitive, inputs, attributes, span = instruction.primitive, instruction.inputs, instruction.attributes, instruction.span
        build, form = _plainly(instruction), _hashable(attributes)
        if primitive in PLACES and ("s" in attributes["form"] or any(map(_is_mask, inputs))):
            inputs, form, build = _with_windows(instruction)
        elif primitive in RECORDED:
            inputs = (*inputs, recorded(instruction.output))
            build = _looked_up(instruction)
        kinds = tuple(map(number_or_kind if primitive in ARITHMETIC else kind_of, inputs))
        key = primitive, span, form, kinds, tuple([y.type for y in instruction.outputs])
        return cls(key, inputs, instruction.outputs, build, span)

    def instruction(self):
        """The item as it was recorded."""
        return self.build(self.inputs, self.outputs)


def kind_of(x):
    """What an operand has in common with those that may stand in its place: its type."""
    return x.type if isinstance(x, Value) else None if x is None else type_of_operand(x)


def number_or_kind(x):
    """The same, where Python's numbers and NumPy's give the same result, whose type says of what precision."""
    if isinstance(x, Value):
        return NUMBER if not x.type.shape and x.type.dtype.kind == "f" else x.type
    return NUMBER if type(x) in (int, float, np.float64) else kind_of(x)


def common_kind(column):
    """The type that an operand has in all iterations: where literals stand beside Values, that of the Values."""
    kind = next((x.type for x in column if isinstance(x, Value)), None)
    if kind is not None:
        return kind
    kinds = list(dict.fromkeys(map(kind_of, column)))
    return kinds[0] if len(kinds) == 1 else FLOAT


def as_type(x, type):
    """An operand where one of this type is expected: a sum begins with the int 0 and goes on with floats."""
    return float(x) if isinstance(x, int) and type.kind != "int" else x


def _hashable(attributes):
    form = tuple(sorted(attributes.items()))
    try:
        hash(form)
    except TypeError:
        return object()         # agrees with nothing
    return form


def _plainly(instruction):
    def build(inputs, outputs):
        return Instruction(instruction.primitive, inputs, outputs, instruction.attributes, (), instruction.span)

    return build


def _looked_up(instruction):
    def build(inputs, outputs):
        attributes = instruction.attributes if inputs[-1] is None else {**instruction.attributes, "function": _last}
        return Instruction(instruction.primitive, inputs, outputs, attributes, (), instruction.span)

    return build


def _last(*operands):
    return operands[-1]


# subscripts

def _is_mask(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "b"


def _with_windows(instruction):
    """(inputs, form, build) of a subscript: of slices only the start is an input, masks are positions."""
    primitive, first = instruction.primitive, PLACES[instruction.primitive]
    shape = type_of_operand(instruction.inputs[0]).shape
    places, letters, fixed = _taken_apart(shape, instruction.inputs[first:], instruction.attributes["form"])

    def build(inputs, outputs):
        if all(x is y or type(x) is type(y) is int and x == y for x, y in zip(inputs[first:], places)):
            operands, form = instruction.inputs[first:], instruction.attributes["form"]      # as the user wrote it
        else:
            operands, form = _put_together(shape, inputs[first:], letters, fixed)
        attributes = {**instruction.attributes, "form": form}
        return Instruction(primitive, (*inputs[:first], *operands), outputs, attributes, (), instruction.span)

    return (*instruction.inputs[:first], *places), (letters, tuple(fixed)), build


def _taken_apart(shape, operands, form):
    """(inputs, letters, [(axis, extent, step) of each window]) of a subscript."""
    taken = list(_axes_taken(operands, form))
    rest, axis, places, letters, fixed = iter(operands), 0, [], "", []
    for number, letter in enumerate(form):
        if letter == "e":
            axis = len(shape) - sum(taken[number + 1:])
        elif letter == "s":
            start, stop, step = slice(next(rest), next(rest), next(rest)).indices(shape[axis])
            extent = len(range(start, stop, step))
            places.append(start if extent else 0)
            fixed.append((axis, extent, step))
            letter = "w"
        elif letter == "i":
            place = next(rest)
            if _is_mask(place):
                places += np.nonzero(place)
                letter = "i" * place.ndim
            else:
                places.append(place)
        axis += taken[number]
        letters += letter
    return places, letters, fixed


def _axes_taken(operands, form):
    """How many axes of the array each letter takes."""
    n = 0
    for letter in form:
        place = operands[n] if letter == "i" else None
        is_mask = isinstance(place, (bool, np.bool_)) or _is_mask(place)
        yield np.ndim(place) if is_mask else 1 if letter in "is" else 0
        n += {"i": 1, "s": 3}.get(letter, 0)


def _put_together(shape, places, letters, fixed):
    """(operands, form): windows whose start is a number are slices."""
    rest, windows, operands, form = iter(places), iter(fixed), [], ""
    for letter in letters:
        if letter == "w":
            start, (axis, extent, step) = next(rest), next(windows)
            if isinstance(start, Value):
                operands += [start, extent, step]
            else:
                letter = "s"
                part = ix.window(start, extent, step)
                whole = (start, extent, step) == (0, shape[axis], 1)
                operands += [None] * 3 if whole else [part.start, part.stop, None if step == 1 else step]
        elif letter == "i":
            operands.append(next(rest))
        form += letter
    return operands, form
