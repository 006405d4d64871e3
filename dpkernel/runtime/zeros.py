"""Why a gradient is zero, or some of its entries.

In:  a tracer that has seen the program, the loss, a parameter.
Out: sentences with the reason and, where there is one, the line.
Start at `why_zero` and `why_entries_are_zero`.
"""

import collections

import numpy as np

from ..derivatives import is_flat
from ..ir.block import Block, Value
from ..ir.evaluate import evaluate
from ..primitives import index as ix
from ..primitives import shape
from ..tracing.structures import is_number, leaves, places
from ..transforms.activity import active_values
from ..transforms.dead_code import without_dead_code
from ..transforms.forward import push_block
from ..transforms.reverse import NotDifferentiable

MOST_INSTRUCTIONS = 4000        # of a program whose entries are explained: it is run again, forward
MOST_ENTRIES = 12               # that are followed one by one; of more, some
ARRANGES = (shape.reshape, shape.transpose, shape.broadcast_to, shape.concatenate)


def why_zero(tracer, loss, loss_name, parameter):
    """Sentences for a parameter, or the parts of it, on which the loss does not depend smoothly.

    loss   the Value of the loss, or None if it depends on no parameter at all
    """
    values = [v for _, v, _ in parameter.leaves if v is not None]
    if not values:
        return []
    if loss is None or loss not in active_values(tracer.tape([loss]), values):
        return [_sentence(tracer, loss, loss_name, parameter.name, values, parameter.seen)]
    if len(values) == 1:
        return []
    found = [_part(tracer, loss, loss_name, name, value) for name, (_, value, place)
             in zip(places(parameter.value, parameter.name), parameter.leaves) if value is not None and place is None]
    return [*filter(None, found)][:5]


def _part(tracer, loss, loss_name, name, value):
    smooth = active_values(tracer.tape([loss]), [value])
    return None if loss in smooth else _sentence(tracer, loss, loss_name, name, [value], True)


def _sentence(tracer, loss, loss_name, name, values, seen):
    """What lies between these Values and a loss that does not depend on them smoothly."""
    cut = _flat_between(tracer, values, loss)
    if cut is not None:
        return f"`{name}` reaches `{loss_name}` only through {_at(cut.span, tracer)}, which is flat: its gradient is zero."
    start = f"`{loss_name}` does not depend on `{name}`:"
    if not seen:
        return f"{start} the cell does not read it, and its gradient is zero."
    made = _made_of(tracer, values)
    numbers = [i for i in made if i.output.type.dtype.kind != "b"]
    if numbers:
        return f"{start} what the cell computes from it ends at {_at(numbers[-1].span, tracer)}, and is overwritten or not used. " \
               "Its gradient is zero."
    if made:
        return f"{start} it only decides which way the cell goes, at {_at(made[-1].span, tracer)}. Its gradient is zero."
    return f"{start} the cell computes no number from it, though it may decide which way the cell goes. Its gradient is zero."


def _at(span, tracer):
    return f"`{span.text}` {_line(span, tracer)}"


def _line(span, tracer):
    """Where a line stands; of other cells and files with their name."""
    elsewhere = "" if span.source.filename == tracer.home else f" of {span.source.name}"
    return f"on line {span.line}{elsewhere}"


def _made_of(tracer, values):
    """The instructions of the user's lines that depend on these Values."""
    behind, found = set(values), []
    for i in tracer.instructions:
        if any(v in behind for v in i.inputs_values()):
            behind.update(i.outputs)
            if i.span is not None and i.primitive not in (*ARRANGES, ix.index):
                found.append(i)
    return found


def _flat_between(tracer, values, loss):
    """The first instruction that takes something smooth, leads to the loss, and does not change with what it takes."""
    if loss is None:
        return None
    tape = tracer.tape([loss])
    smooth, behind = active_values(tape, values), {loss}
    for instruction in reversed(tape.instructions):
        if any(v in behind for v in instruction.outputs):
            behind.update(instruction.inputs_values())
    for instruction in tape.instructions:
        if is_flat(instruction) and instruction.output in behind and smooth.intersection(instruction.inputs_values()):
            return instruction
    return None


def why_entries_are_zero(tracer, loss, loss_name, parameter, gradient):
    """Sentences for numbers and arrays with zeros in their gradient, though the loss depends on them smoothly.

    A tangent that is 1 at such an entry, and zero elsewhere, is pushed forward; where it ends is the reason.
    """
    if len(tracer.instructions) > MOST_INSTRUCTIONS:
        return []
    sentences = []
    names = places(parameter.value, parameter.name)
    for name, (_, value, place), bar in zip(names, parameter.leaves, leaves(gradient)):
        if value is None or place is not None or not is_number(bar) or np.asarray(bar).all() or not np.size(bar):
            continue
        sentences += filter(None, [_of_leaf(tracer, loss, loss_name, name, value, np.asarray(bar) == 0)])
    return sentences[:5]


def _of_leaf(tracer, loss, loss_name, name, value, zero):
    if loss not in active_values(tracer.tape([loss]), [value]):
        return None                     # why_zero has said it
    follow = _Forward.of(tracer, loss, loss_name, value)
    if follow is None or follow.reason(zero) is None:
        return None                     # they have an effect, and it cancels
    entries = [tuple(map(int, place)) for place in np.argwhere(zero)]
    asked = entries if len(entries) <= MOST_ENTRIES else entries[::-(-len(entries) // MOST_ENTRIES)]
    reasons = collections.defaultdict(list)
    for entry in asked:
        reasons[follow.reason_of_entry(entry, zero.shape)].append(entry)
    reasons.pop(None, None)
    if not zero.ndim:
        return "".join(f"the gradient of `{name}` is zero: {reason.replace('their', 'its').replace('they are', 'it is')}."
                       for reason in reasons)
    if len(reasons) == 1:
        return f"{_many(name, entries, zero)} ({_shown(name, entries)}): {next(iter(reasons))}."
    parts = [f"{reason} ({_shown(name, found)})" for reason, found in list(reasons.items())[:3]]
    return f"{_many(name, entries, zero)}: {'; '.join(parts)}." if parts else None


def _many(name, entries, zero):
    return f"{len(entries)} of {zero.size} entries of the gradient of `{name}` are zero"


def _shown(name, entries):
    shown = ", ".join(f"{name}[{', '.join(map(str, entry))}]" for entry in entries[:3])
    return shown + (", ..." if len(entries) > 3 else "")


class _Forward:
    """The tangents of one input, as a program, and what leads to the loss."""

    @classmethod
    def of(cls, tracer, loss, loss_name, value):
        """None where a tangent cannot be had."""
        self = cls()
        self.tracer, self.loss, self.loss_name, self.value = tracer, loss, loss_name, value
        self.leads = without_dead_code(Block([], tracer.instructions, [loss])).instructions
        self.tangents = {value: Value(value.type.tangent)}
        start = self.tangents[value]
        try:
            with np.errstate(all="ignore"):
                pushed, _ = push_block(Block([value], self.leads, []), self.tangents, [])
        except NotDifferentiable:
            return None
        own = set(self.leads)
        moving = Block([start], [i for i in pushed if i not in own], list(dict.fromkeys(self.tangents.values())))
        moving.results = [y for y in moving.results if isinstance(y, Value)]
        needed = moving.free_values()
        self.moving, self.known = moving, dict(zip(needed, tracer.all_computed(needed)))
        return self

    def reason_of_entry(self, entry, extents):
        only = np.zeros(extents, bool)
        only[entry] = True
        return self.reason(only)

    def reason(self, where):
        """Where a tangent at these entries ends, as the end of a sentence; None if it reaches the loss."""
        direction = np.where(where, np.random.default_rng(0).normal(size=where.shape), 0.0)
        with np.errstate(all="ignore"):
            found = evaluate(self.moving, [direction[()]], self.known)
        moves = {y for y, x in zip(self.moving.results, found) if np.any(x)}
        if self.tangents.get(self.loss) in moves:
            return None
        ends = [i for i in self.leads if i.span is not None and i.primitive not in ARRANGES
                and any(self.tangents.get(x) in moves for x in i.inputs_values()) and self.tangents.get(i.output) not in moves]
        kinds = [[i for i in ends if _kind(i) == kind] for kind in ("flat", "write", "comparison", "index")]
        return self.words(next(filter(None, kinds), []), where)

    def taken_in_vain(self, where):
        """A subscript of the parameter that takes these entries, and does not lead to the loss; None if there is none."""
        leads = set(self.leads)
        for i in self.tracer.instructions:
            if i.primitive is ix.index and i.inputs[0] is self.value and i not in leads and not any(
                    isinstance(x, Value) for x in i.inputs[1:]) and np.any(where[ix.subscript(i.inputs[1:], i.attributes["form"])]):
                return i
        return None

    def words(self, ends, where):
        """About the last of several ends; of subscripts that do not take the entries, only of a single one."""
        unused = ends and _kind(ends[-1]) == "index" and self.taken_in_vain(where)
        if unused:
            return f"what the cell takes of them {_line(unused.span, self.tracer)} is overwritten or not used"
        if not ends or _kind(ends[-1]) == "index" and len({(i.span.line, i.span.text) for i in ends}) > 1:
            return f"`{self.loss_name}` does not depend on them"
        end = ends[-1]
        if end.primitive is ix.index:
            return f"they are not among what {_at(end.span, self.tracer)} takes"
        if end.primitive in (ix.update, ix.add_at):
            return f"they are overwritten {_line(end.span, self.tracer)} before `{self.loss_name}` depends on them"
        if end.output.type.dtype.kind == "b":
            return f"they only decide which way the cell goes, at {_at(end.span, self.tracer)}"
        flat = "keeps whole numbers only" if end.output.type.dtype.kind in "iu" else "is flat or zero there"
        return f"their effect ends at {_at(end.span, self.tracer)}, which {flat}"


def _kind(end):
    """What an instruction is at which an effect ends: those that come first say more."""
    if end.primitive is ix.index:
        return "index"
    return "write" if end.primitive in (ix.update, ix.add_at) else "comparison" if end.output.type.dtype.kind == "b" else "flat"
