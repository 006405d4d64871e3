"""Programs without what nobody needs.

In:  a block.
Out: the same block without instructions, carried values and results of branches that do not lead to its results.
Start at `without_dead_code`.
"""

from ..ir.block import Block, Instruction, Value
from ..primitives import control


def without_dead_code(block):
    """Drop instructions whose results nobody reads."""
    needed = {x for x in block.results if isinstance(x, Value)}
    kept = []
    for instruction in reversed(block.instructions):
        if any(y in needed for y in instruction.outputs):
            instruction = lean(instruction, needed) if instruction.regions else instruction
            kept.append(instruction)
            needed.update(instruction.reads())
    kept.reverse()
    return Block(block.inputs, kept, block.results)


def lean(instruction, needed):
    """The instruction without results that nobody needs, and without what only they need."""
    if instruction.primitive is control.while_loop:
        return instruction
    if instruction.primitive is control.branch:
        kept = [k for k, y in enumerate(instruction.outputs) if y in needed]
        arms = [_lean_block(arm, kept) for arm in instruction.regions]
        reads = [n for n in range(len(instruction.inputs) - 1)
                 if any(arm.inputs[n] in set(_reads(arm)) for arm in arms)]
        regions = tuple(Block([arm.inputs[n] for n in reads], arm.instructions, arm.results) for arm in arms)
        inputs = (instruction.inputs[0], *(instruction.inputs[n + 1] for n in reads))
        return Instruction(control.branch, inputs, [instruction.outputs[k] for k in kept], None, regions, instruction.span)
    (body,) = instruction.regions
    params = body.inputs[1:]
    kept = {k for k, y in enumerate(instruction.outputs) if y in needed}
    while True:
        region = _lean_block(body, sorted(kept))
        reads = set(_reads(region))
        more = kept | {k for k, p in enumerate(params) if p in reads}
        if more == kept:
            break
        kept = more
    kept = sorted(kept)
    region = Block([body.inputs[0], *(params[k] for k in kept)], region.instructions, region.results)
    inputs = (*instruction.inputs[:3], *(instruction.inputs[3 + k] for k in kept))
    return Instruction(control.loop, inputs, [instruction.outputs[k] for k in kept], None, (region,), instruction.span)


def _lean_block(block, kept):
    return without_dead_code(Block(block.inputs, block.instructions, [block.results[k] for k in kept]))


def _reads(block):
    """Everything that a block reads, its inputs included."""
    return [x for i in block.instructions for x in i.reads()] + [y for y in block.results if isinstance(y, Value)]
