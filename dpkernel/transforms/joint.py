"""A value and its gradient as one program, made to be compiled.

In:  a block whose first result is one real number.
Out: a block with this number and its cotangents; outer loops run forward once, and keep what their way back reads.
Start at `joint`.
"""

from ..ir.block import Block
from ..ir.build import Builder
from ..primitives.functions import zeros_like
from . import reverse
from .activity import active_values
from .dead_code import without_dead_code
from .regions import prepared
from .reload import Inside
from .segments import segmented
from .tidy import tidied


def joint(block, wrt, segments=0):
    """One block that computes the result of `block`, and its derivative by each of `wrt`.

    segments   how often the outer loops are divided into segments that run again on the way back
    """
    for _ in range(segments):
        block = segmented(block)
    block = without_dead_code(tidied(block))
    active = active_values(block, wrt)
    (loss,), cotangents = block.results, {}
    with Inside(block):
        instructions, pulls = prepared(block.instructions, active, loops=True)
    with Builder() as builder, Inside(block):
        if loss in active:
            reverse.add_cotangent(cotangents, loss, 1.0)
        reverse.sweep(instructions, cotangents, active, pulls)
        builder.span = None
        found = [reverse.unmasked(cotangents[x]) if x in cotangents else zeros_like(x) for x in wrt]
    return without_dead_code(tidied(Block(block.inputs, [*instructions, *builder.instructions], [loss, *found])))
