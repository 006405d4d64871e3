"""Programs in which nothing is computed twice, and nothing in a loop that could stand in front of it.

In:  a block that nobody else uses; its Values are given new types where their extents are found to be the same.
Out: the same block.
Start at `tidied`.

One walk: each instruction is looked up among those whose results are visible (value numbering), and a number
whose computation cannot fail moves out to the innermost block that defines its operands.
"""

import numpy as np

from ..ir.block import Block, Value
from ..ir.types import Type
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import outside, shape

CHEAP = {e.add, e.subtract, e.multiply, e.negative, e.minimum, e.maximum, e.absolute, e.select, e.equal, e.not_equal, e.less,
         e.less_equal, e.greater, e.greater_equal, e.logical_and, e.logical_or, e.logical_not}
OWN = {shape.full, ix.update, ix.add_at, shape.concatenate, outside.opaque, outside.flat, outside.custom, outside.apply}
#      arrays that will be written into, and calls: each stands for itself


def tidied(block):
    """Number the values of a block, and move invariant numbers out of its loops."""
    return _Walk().block(block)


class _Walk:
    """levels   for each open block: (instructions so far, {what is computed: Value})"""

    def __init__(self):
        self.levels, self.depth, self.same = [], {}, {}

    def block(self, block):
        self.levels.append(([], {}))
        here = len(self.levels)
        for x in block.inputs:
            self.renew(x)
            self.depth[x] = here
        for instruction in block.instructions:
            self.instruction(instruction, here)
        instructions, _ = self.levels.pop()
        return Block(block.inputs, instructions, [self.now(y) for y in block.results])

    def now(self, x):
        return self.same.get(x, x) if isinstance(x, Value) else x

    def renew(self, y):
        """The type of a Value, with the extents that are known now."""
        if any(isinstance(n, Value) and n in self.same for n in y.type.shape):
            y.type = Type(y.type.kind, y.type.dtype, tuple(map(self.now, y.type.shape)))

    def instruction(self, instruction, here):
        instruction.inputs = tuple(map(self.now, instruction.inputs))
        if instruction.regions:
            instruction.regions = tuple(self.block(region) for region in instruction.regions)
            self.keep(instruction, here)
            return
        y, found = instruction.output, simpler(instruction)
        key = None if instruction.primitive in OWN else self.key(instruction)
        if found is None and key is not None:
            found = next((known[key] for _, known in reversed(self.levels) if key in known), None)
        if found is not None:
            self.same[y] = found
            return
        place = here
        if instruction.primitive in CHEAP and not y.type.shape:
            place = max((self.depth.get(x, 1) for x in instruction.inputs if isinstance(x, Value)), default=1)
        self.keep(instruction, place)
        if key is not None:
            self.levels[place - 1][1][key] = y

    def keep(self, instruction, place):
        for y in instruction.outputs:
            self.renew(y)
            self.depth[y] = place
        self.levels[place - 1][0].append(instruction)

    def key(self, instruction):
        operands = tuple(x if isinstance(x, Value) else (type(x), repr(x)) if np.ndim(x) == 0 else id(x) for x in instruction.inputs)
        attributes = tuple(sorted((name, repr(x)) for name, x in instruction.attributes.items()))
        return instruction.primitive, operands, attributes


def simpler(instruction):
    """The operand that the result is, for whole numbers plus 0 or times 1; else None."""
    if instruction.output.type.shape or instruction.output.type.dtype.kind != "i":
        return None
    neutral = {e.add: 0, e.subtract: 0, e.multiply: 1}.get(instruction.primitive)
    if neutral is None:
        return None
    a, b = instruction.inputs
    if type(b) is int and b == neutral:
        return a
    return b if type(a) is int and a == neutral and instruction.primitive is not e.subtract else None
