"""What depends on what: the Values through which a derivative passes.

In:  a block and some of its Values.
Out: the set of the Values that depend on them smoothly.
Start at `active_values`.
"""

from ..derivatives import is_flat
from ..ir.block import Value
from ..primitives import control


def active_values(block, wrt):
    """Values that depend on `wrt` through instructions that can carry a derivative."""
    active = set(wrt)
    for instruction in block.instructions:
        if is_flat(instruction):
            continue
        if instruction.regions:
            active |= active_outputs(instruction, active)
            continue
        for x in instruction.inputs:
            if isinstance(x, Value) and x in active:
                active.update(y for y in instruction.outputs if can_carry(y))
                break
    return active


def can_carry(y):
    """True and False cannot depend smoothly on anything; objects may, in ways that we can't see."""
    return y.type.dtype.kind != "b"


def _carried(instruction):
    """(numbers of the operands that are carried, body) of a loop or a while loop."""
    first = 3 if instruction.primitive is control.loop else 0
    return list(range(first, len(instruction.inputs))), instruction.regions[-1]


def active_outputs(instruction, active):
    """The results of an instruction with regions that depend smoothly on `active` Values."""
    if instruction.primitive is control.branch:
        given = instruction.inputs[1:]
        found = set()
        for arm in instruction.regions:
            inside = active_inside(arm, [p for p, x in zip(arm.inputs, given) if is_in(x, active)], active)
            found.update(y for y, r in zip(instruction.outputs, arm.results) if is_in(r, inside))
        return {y for y in found if can_carry(y)}
    numbers, body = _carried(instruction)
    moving = {k for k, n in enumerate(numbers) if is_in(instruction.inputs[n], active)}
    params = body.inputs[-len(numbers):] if numbers else []
    while True:
        inside = active_inside(body, [params[k] for k in moving], active)
        more = {k for k, r in enumerate(body.results) if is_in(r, inside) and can_carry(params[k])} | moving
        if more == moving:
            return {instruction.outputs[k] for k in moving}
        moving = more


def active_inside(block, params, active):
    """The active Values of a region, those from outside included."""
    return active_values(block, [*params, *(v for v in block.free_values() if v in active)])


def is_in(x, values):
    return isinstance(x, Value) and x in values
