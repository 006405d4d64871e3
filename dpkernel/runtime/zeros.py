"""Why a gradient is zero.

In:  a tracer that has seen the program, the loss, a parameter.
Out: one sentence with the reason and, where there is one, the line.
Start at `why_zero`.
"""

from ..derivatives import is_flat
from ..transforms.activity import active_values


def why_zero(tracer, loss, loss_name, parameter):
    """Return the sentence for a parameter on which the loss does not depend smoothly; None if it does.

    loss   the Value of the loss, or None if it depends on no parameter at all
    """
    values = [v for _, v, _ in parameter.leaves if v is not None]
    if not values:
        return None
    tape = tracer.tape([loss])
    smooth = active_values(tape, values)
    if loss in smooth:
        return None
    name = parameter.name
    cut = _flat_between(tape, smooth, loss)
    if cut is not None:
        return f"`{name}` reaches `{loss_name}` only through `{cut.span.text}` on line {cut.span.line}, which is flat: " \
               "its gradient is zero."
    if not parameter.seen:
        return f"`{loss_name}` does not depend on `{name}`: the cell does not read it, and its gradient is zero."
    return f"`{loss_name}` does not depend on `{name}`: what the cell computes from it is overwritten, not used, or only " \
           "decides which way the cell goes. Its gradient is zero."


def _flat_between(tape, smooth, loss):
    """The first instruction that takes something smooth, leads to the loss, and does not change with what it takes."""
    behind = {loss}
    for instruction in reversed(tape.instructions):
        if any(v in behind for v in instruction.outputs):
            behind.update(instruction.inputs_values())
    for instruction in tape.instructions:
        if is_flat(instruction) and instruction.output in behind and smooth.intersection(instruction.inputs_values()):
            return instruction
    return None
