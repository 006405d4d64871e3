"""Forward mode: from a block to a block that also computes tangents.

In:  a block and the inputs that move.
Out: a block with the tangents of these inputs behind its inputs, and the results' tangents behind
     its results.
Start at `pushforward`.
"""

from ..derivatives import NO_DERIVATIVE, RULES
from ..ir.block import Block, Value, type_of_operand
from ..ir.build import Builder
from ..primitives import outside
from ..primitives.functions import broadcast_to, cast, real, zeros_like
from .dead_code import without_dead_code
from .regions import push_regions
from .reverse import NotDifferentiable


def pushforward(block, wrt=None):
    """Return a block (*inputs, *tangents of wrt) -> (*results, *tangents of results).

    Raises NotDifferentiable where a tangent would pass through an unknown call.
    """
    wrt = block.inputs if wrt is None else wrt
    moving = {x: Value(x.type.tangent, x.name and f"{x.name}_dot") for x in wrt}
    instructions, found = push_block(block, dict(moving), range(len(block.results)))
    return without_dead_code(Block([*block.inputs, *moving.values()], instructions, [*block.results, *found]))


def push_block(block, tangents, numbers):
    """(instructions with those of the tangents among them, the tangents of the results with these numbers)."""
    with Builder() as builder:
        for instruction in block.instructions:
            builder.span = instruction.span
            if instruction.regions:
                push_regions(instruction, tangents, push_block)
                continue
            builder.instructions.append(instruction)
            y_dot = push_instruction(instruction, tangents)
            if y_dot is not None:
                tangents[instruction.output] = y_dot
        results = [block.results[k] for k in numbers]
        found = [tangents[y] if isinstance(y, Value) and y in tangents else zeros_like(y) for y in results]
    return builder.instructions, found


def push_instruction(instruction, tangents):
    """The tangent of one instruction's result, with its shape and precision, or None where it is zero."""
    given = [tangents.get(x) if isinstance(x, Value) else None for x in instruction.inputs]
    if all(x_dot is None for x_dot in given):
        return None
    if instruction.primitive in NO_DERIVATIVE:
        if instruction.primitive in outside.UNKNOWN:
            raise NotDifferentiable(instruction)
        return None
    return spread(RULES[instruction.primitive].push(instruction, given), instruction.output.type.tangent)


def spread(y_dot, type):
    """Broadcast a tangent that came from a smaller operand; take the precision that the value has."""
    if y_dot is None:
        return None
    y_dot = broadcast_to(y_dot, type.shape)
    if type_of_operand(y_dot).complex and not type.complex:
        y_dot = real(y_dot)
    if type_of_operand(y_dot).dtype != type.dtype:
        y_dot = cast(y_dot, dtype=type.dtype)
    return y_dot
