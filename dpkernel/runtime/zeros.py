"""Why a gradient is zero, or some of its entries.

In:  a tracer that has seen the program, the loss, a parameter.
Out: one sentence with the reason and, where there is one, the line.
Start at `why_zero` and `why_entries_are_zero`.
"""

import numpy as np

from ..derivatives import is_flat
from ..ir.block import Block, Value
from ..ir.evaluate import evaluate
from ..primitives import index as ix
from ..primitives import shape
from ..transforms.activity import active_values
from ..transforms.dead_code import without_dead_code
from ..transforms.forward import push_block
from ..transforms.reverse import NotDifferentiable

MOST_INSTRUCTIONS = 4000        # of a program whose entries are explained: it is run once more, forward
ARRANGES = (ix.index, shape.reshape, shape.transpose, shape.broadcast_to, shape.concatenate)


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


def why_entries_are_zero(tracer, loss, loss_name, parameter, gradient):
    """Return the sentence for an array of which some entries have a zero gradient; None if nothing can be said.

    A tangent that is random at these entries, and zero elsewhere, is pushed forward; where it ends is the reason.
    """
    if len(parameter.leaves) != 1 or not isinstance(gradient, np.ndarray):
        return None
    _, value, place = parameter.leaves[0]
    zero = gradient == 0
    if value is None or place is not None or not zero.any() or zero.all() or len(tracer.instructions) > MOST_INSTRUCTIONS:
        return None
    places = np.argwhere(zero)
    shown = ", ".join(f"{parameter.name}[{', '.join(map(str, p))}]" for p in places[:3]) + (", ..." if len(places) > 3 else "")
    reason = _where_it_ends(tracer, loss, loss_name, value, zero)
    return reason and f"{len(places)} of {zero.size} entries of the gradient of `{parameter.name}` are zero ({shown}): {reason}."


def _where_it_ends(tracer, loss, loss_name, value, zero):
    """The reason, as the end of a sentence."""
    leads = without_dead_code(Block([], tracer.instructions, [loss])).instructions
    tangents = {value: Value(value.type.tangent)}
    start = tangents[value]
    try:
        with np.errstate(all="ignore"):
            pushed, _ = push_block(Block([value], leads, []), tangents, [])
    except NotDifferentiable:
        return None
    own = set(leads)
    moving = Block([start], [i for i in pushed if i not in own], list(dict.fromkeys(tangents.values())))
    moving.results = [y for y in moving.results if isinstance(y, Value)]
    needed = moving.free_values()
    direction = np.where(zero, np.random.default_rng(0).normal(size=zero.shape), 0.0)
    with np.errstate(all="ignore"):
        found = evaluate(moving, [direction], dict(zip(needed, tracer.all_computed(needed))))
    moves = {y for y, x in zip(moving.results, found) if np.any(x)}
    if tangents.get(loss) in moves:
        return None                     # they have an effect, and it cancels
    for i in leads:
        ends = any(tangents.get(x) in moves for x in i.inputs_values()) and tangents.get(i.output) not in moves
        if ends and i.primitive not in ARRANGES and i.span is not None:
            if i.primitive in (ix.update, ix.add_at):
                return f"they are overwritten on line {i.span.line} before `{loss_name}` depends on them"
            return f"their effect ends at `{i.span.text}` on line {i.span.line}, which is flat or zero there"
    return f"`{loss_name}` does not depend on them"
