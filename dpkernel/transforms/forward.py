"""Forward mode: from a block to a block that also computes tangents.

In:  a block and the inputs that move.
Out: a block with the tangents of these inputs behind its inputs, and the results' tangents behind
     its results.
Start at `pushforward`.
"""

from ..derivatives import NO_DERIVATIVE, RULES
from ..ir.block import Block, Value
from ..ir.build import Builder
from ..primitives import outside
from ..primitives.functions import zeros_like
from .reverse import NotDifferentiable, without_dead_code


def pushforward(block, wrt=None):
    """Return a block (*inputs, *tangents of wrt) -> (*results, *tangents of results).

    Raises NotDifferentiable where a tangent would pass through an unknown call.
    """
    wrt = block.inputs if wrt is None else wrt
    moving = {x: Value(x.type.tangent, x.name and f"{x.name}_dot") for x in wrt}
    tangents = dict(moving)
    with Builder() as builder:
        for instruction in block.instructions:
            builder.instructions.append(instruction)
            builder.span = instruction.span
            y_dot = push_instruction(instruction, tangents)
            if y_dot is not None:
                tangents[instruction.output] = y_dot
        found = [tangents[y] if y in tangents else zeros_like(y) for y in block.results]
    return without_dead_code(
        Block([*block.inputs, *moving.values()], builder.instructions, [*block.results, *found])
    )


def push_instruction(instruction, tangents):
    """The tangent of one instruction's result, or None where it is zero."""
    given = [tangents.get(x) if isinstance(x, Value) else None for x in instruction.inputs]
    if all(x_dot is None for x_dot in given):
        return None
    if instruction.primitive in NO_DERIVATIVE:
        if instruction.primitive is outside.opaque or instruction.regions:
            raise NotDifferentiable(instruction)
        return None
    return RULES[instruction.primitive].push(instruction, given)
