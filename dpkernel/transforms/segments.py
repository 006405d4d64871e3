"""Recompute points: loops in segments, so that the way back keeps one state a segment and runs each segment again.

In:  a block.
Out: the same program, each outer loop of n iterations in some sqrt(n) segments of sqrt(n) iterations.
Start at `segmented`.

The way back through a loop keeps what it needs of each iteration, and inner loops run again in theirs
(regions.py). So a loop around the segments keeps the state in front of each, a segment keeps what the way back
through it needs, and memory falls from n to 2 sqrt(n), for one more run forward. Once more, and it is n^(1/3).
(Griewank & Walther, Evaluating Derivatives, 2008, chapter 12.)
"""

from ..ir.block import Block, Instruction, Value
from ..ir.build import Builder, copied_block, current_builder, emit
from ..ir.types import INT
from ..primitives import control
from ..primitives import elementwise as e
from ..primitives.functions import as_int, sqrt, trips


def segmented(block):
    """The block with its outer loops in segments."""
    with Builder() as builder:
        for instruction in block.instructions:
            builder.span = instruction.span
            if instruction.primitive is control.loop and type(instruction.inputs[2]) is int:
                _split(instruction)
            else:
                builder.instructions.append(instruction)
    return Block(block.inputs, builder.instructions, block.results)


def _split(instruction):
    lo, hi, step, *carried = instruction.inputs
    (body,) = instruction.regions
    n = trips(lo, hi, step)
    length = as_int(sqrt(n)) + 1 if isinstance(n, Value) else int(n ** 0.5) + 1
    s, params = Value(INT), [Value(p.type, p.name) for p in body.inputs[1:]]
    with Builder() as builder:
        builder.span = instruction.span
        first = s * (length * step) + lo
        last = first + length * step
        last = emit(e.minimum, last, hi) if step > 0 else emit(e.maximum, last, hi)
        outs = tuple(Value(y.type, y.name) for y in instruction.outputs)
        builder.instructions.append(Instruction(control.loop, (first, last, step, *params), outs, None, (copied_block(body, {}),),
                                                instruction.span))
    region = Block([s, *params], builder.instructions, list(outs))
    count = emit(e.floor_divide, n + length - 1, length)
    current_builder().instructions.append(
        Instruction(control.loop, (0, count, 1, *carried), instruction.outputs, None, (region,), instruction.span))
