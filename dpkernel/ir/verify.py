"""What every program promises. Each invariant is a function that raises when it does not hold.

In:  a Block.
Out: nothing, or InternalError with the program.
Start at `verify`. It runs after every transformation in the tests.
"""

from ..errors import InternalError
from .block import Tape, Value


def verify(block, outer=()):
    """Check all invariants of `block` and of the regions inside it.

    outer   Values that the block may read without defining them
    """
    visible = set(outer)
    if isinstance(block, Tape):
        visible |= set(block.constants)
    for invariant in (defined_before_use, defined_once, attributes_are_static, types_agree):
        try:
            invariant(block, visible)
        except AssertionError as failure:
            raise InternalError(f"{invariant.__name__}: {failure}", tape=block.format()) from None
    return block


def defined_before_use(block, visible):
    """Each operand is an input, an earlier result, or comes from an enclosing block."""
    known = set(visible) | set(block.inputs)
    for instruction in block.instructions:
        for x in instruction.inputs:
            assert not isinstance(x, Value) or x in known, f"{x} in {instruction}"
        for region in instruction.regions:
            defined_before_use(region, known)
        known |= set(instruction.outputs)
    for x in block.results:
        assert not isinstance(x, Value) or x in known, f"result {x}"


def defined_once(block, visible):
    """No Value is defined twice, also not by a region and its surroundings."""
    seen = set(visible)

    def define(values):
        for x in values:
            assert x not in seen, f"{x} is defined twice"
            seen.add(x)

    def walk(b):
        define(b.inputs)
        for instruction in b.instructions:
            for region in instruction.regions:
                walk(region)
            define(instruction.outputs)

    walk(block)


def attributes_are_static(block, visible):
    """Attributes hold no Values: what a program computes is an operand."""
    for instruction in block.instructions:
        for name, x in instruction.attributes.items():
            assert not isinstance(x, Value), f"{name}={x} in {instruction}"
        for region in instruction.regions:
            attributes_are_static(region, visible)


def types_agree(block, visible):
    """Results have the rank and dtype kind that their primitive gives; regions return what they take."""
    for instruction in block.instructions:
        instruction.primitive.check(instruction)
        for region in instruction.regions:
            types_agree(region, visible)
