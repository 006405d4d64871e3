"""Derivatives of loops and branches: again loops and branches.

In:  an instruction with regions, and the cotangents of its results (or the tangents of its operands).
Out: instructions of the same language, which can be differentiated again.
Start at `pull_loop` and `push_regions`.

The reverse of a loop is two loops. The first one runs forward again and keeps, in arrays with one row an iteration
(tapes), what the way back reads; what depends on the iteration's number alone is computed again instead. The second
one runs from the last iteration to the first. So an inner loop keeps its tapes only while its outer iteration is on
the way back, and memory grows with the sum of the trip counts, not with their product.
"""

import numpy as np

from ..ir.block import Block, Instruction, Value, type_of_operand
from ..ir.build import Builder, copied, copied_block, current_builder
from ..ir.types import INT
from ..primitives import control
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives.functions import full, index, trips, update, zeros_like
from .activity import active_inside, active_outputs, is_in
from .dead_code import lean
from .reload import Inside, reload
from .reverse import REGIONS, add_cotangent, sweep, unmasked

SAVED = "_saved"        # the end of a tape's name


# reverse mode

def pull_loop(instruction, cotangents, active):
    """Add what a loop passes back to the cotangents of its operands, and of what it reads from outside."""
    instruction = lean(_as_loop(instruction), cotangents)
    back = _WayBack(instruction, active, wholly=True)
    back.pull(_forward_with_tapes(back.body, back.kept, instruction.inputs, back.trips, back.number), cotangents, active)


class _WayBack:
    """The way back through a loop.

    body      the body, renamed; its branches also give what their way back reads
    kept      the Values of an iteration that the way back reads, and that go on tapes
    wholly    the loop would run again for its tapes: better the way back computes what it needs, if it can
    """

    def __init__(self, instruction, active, wholly):
        lo, hi, step, *self.inits = instruction.inputs
        moving = active_outputs(instruction, active)
        self.lo, self.step, self.outputs = lo, step, instruction.outputs
        self.moving = [k for k, y in enumerate(instruction.outputs) if y in moving]
        self.outside = [v for v in instruction.regions[0].free_values() if v in active]
        self.trips, self.number = _counting(lo, hi, step)
        self.body = body = copied_block(instruction.regions[0], {})
        params = body.inputs[1:]
        inside = active_inside(body, [params[k] for k in self.moving], active)
        body.instructions, pulls = prepared(body.instructions, inside)
        self.given = [Value(params[k].type.tangent, _bar(params[k])) for k in self.moving]
        self.sums = [Value(v.type.tangent, _bar(v)) for v in self.outside]
        with Builder() as way_back, Inside(body, (lo, hi, step)) as around:
            found = dict(zip(self.outside, self.sums))
            for k, y_bar in zip(self.moving, self.given):
                if is_in(body.results[k], inside):
                    add_cotangent(found, body.results[k], y_bar)
            sweep(body.instructions, found, inside, pulls)
            results = [unmasked(found[params[k]]) if params[k] in found else zeros_like(params[k]) for k in self.moving]
            results += [unmasked(found[v]) for v in self.outside]
        self.instructions, self.results = way_back.instructions, results
        reload(body, way_back.instructions, around, instruction.outputs, wholly)
        self.again, self.kept = _residuals(body, Block([], way_back.instructions, results))

    def pull(self, tapes, cotangents, active):
        """Emit the loop from the last iteration to the first, and enter what it gives."""
        bars = [_taken(cotangents, self.outputs[k]) for k in self.moving]
        sums = [_so_far(cotangents, v) for v in self.outside]
        i = self.body.inputs[0]
        k = Value(INT, i.name or "i")
        with Builder() as region:
            mapping = {i: k if (self.lo, self.step) == (0, 1) else k * self.step + self.lo}
            mapping.update((v, index(tape, k, form="i")) for v, tape in zip(self.kept, tapes))
            region.instructions += copied([*self.again, *self.instructions], mapping)
        results = [mapping.get(y, y) if isinstance(y, Value) else y for y in self.results]
        backward = Block([k, *self.given, *self.sums], region.instructions, results)
        outs = tuple(Value(x.type, x.name) for x in (*self.given, *self.sums))
        _append(control.loop, (self.trips - 1, -1, -1, *bars, *sums), outs, (backward,))
        cotangents.update(zip(self.outside, outs[len(self.moving):]))
        for n, x_bar in zip(self.moving, outs):
            if is_in(self.inits[n], active):
                add_cotangent(cotangents, self.inits[n], x_bar)


def _as_loop(instruction):
    """A while loop whose trips are known is a loop."""
    if instruction.primitive is control.loop:
        return instruction
    body = instruction.regions[1]
    return Instruction(control.loop, (0, instruction.outputs[-1], 1, *instruction.inputs), instruction.outputs[:-1], None,
                       (Block([Value(INT), *body.inputs], body.instructions, body.results),), instruction.span)


def _counting(lo, hi, step):
    """(number of iterations, function (i) -> how many came before it)."""
    if (lo, step) == (0, 1):
        return hi, lambda i: i
    return trips(lo, hi, step), lambda i: (i - lo) * step if step in (1, -1) else (i - lo) // step


def _taken(cotangents, y):
    return unmasked(cotangents.pop(y)) if y in cotangents else zeros_like(y)


def _so_far(cotangents, v):
    return unmasked(cotangents[v]) if v in cotangents else zeros_like(v)


def _bar(x):
    return x.name and f"{x.name}_bar"


def _append(primitive, inputs, outputs, regions):
    builder = current_builder()
    builder.instructions.append(Instruction(primitive, inputs, outputs, None, regions, builder.span))


def _residuals(body, way_back):
    """(instructions to run again, Values to keep): what the way back reads of an iteration.

    What depends on the iteration's number and on outer values alone is computed again, and so is arithmetic
    whose operands are at hand anyway.
    """
    made = {y: instruction for instruction in body.instructions for y in instruction.outputs}
    carries = set(body.inputs[1:])
    for instruction in body.instructions:
        if any(x in carries for x in instruction.reads()):
            carries.update(instruction.outputs)
    wanted = set(way_back.free_values())
    kept = {v: None for v in (*body.inputs[1:], *made) if v in wanted and v in carries}
    at_hand = {v for v in made if v not in carries}.union(kept, [body.inputs[0]])
    for v in reversed(list(kept)):
        if v in made and made[v].primitive in ARITHMETIC and all(x in at_hand or x not in carries for x in made[v].reads()):
            del kept[v]
    again = set()
    for instruction in reversed(body.instructions):
        if any(y in wanted and y not in kept for y in instruction.outputs):
            again.add(instruction)
            wanted.update(instruction.reads())
    return [instruction for instruction in body.instructions if instruction in again], list(kept)


ARITHMETIC = {e.add, e.subtract, e.multiply, e.divide, e.negative, ix.index}


def _forward_with_tapes(body, kept, inputs, trips, number, outputs=None):
    """Emit the loop again, with a tape for each Value in `kept`; return the tapes.

    outputs   the Values that it gives; new ones if only the tapes are wanted
    """
    if not kept and outputs is None:
        return []
    empty = [full(0, (trips, *v.type.shape), v.dtype) for v in kept]
    for x, v in zip(empty, kept):
        x.name = f"{v.name or 'value'}{SAVED}"
    tapes = [Value(x.type, f"{v.name or 'value'}{SAVED}") for x, v in zip(empty, kept)]
    with Builder() as builder:
        builder.instructions += body.instructions
        row = number(body.inputs[0])
        written = [update(tape, v, row, form="i") for tape, v in zip(tapes, kept)]
    region = Block([*body.inputs, *tapes], builder.instructions, [*body.results, *written])
    outs = (*(outputs or (Value(x.type, x.name) for x in body.inputs[1:])), *(Value(x.type, x.name) for x in tapes))
    _append(control.loop, (*inputs, *empty), outs, (region,))
    return outs[len(outs) - len(kept):]


def tape_bytes(block):
    """Bytes of the tapes that a derivative keeps at once, beside those of inner loops."""
    tapes = [y.type for i in block.instructions if i.regions for y in i.outputs if y.name and y.name.endswith(SAVED)]
    return sum(int(np.prod(t.shape, dtype=int)) * t.dtype.itemsize for t in tapes if all(isinstance(n, int) for n in t.shape))


# branches

def prepared(instructions, active, loops=False):
    """(the same instructions, but branches also give what their way back reads; {branch: its pull}).

    loops   True: and so do loops, which then need not run a second time
    """
    with Builder() as builder:
        pulls = {}
        for instruction in instructions:
            builder.span = instruction.span
            if instruction.primitive is control.branch and active_outputs(instruction, active):
                instruction, pulls[instruction] = _prepared_branch(instruction, active)
            if loops and instruction.primitive is control.loop and active_outputs(instruction, active):
                instruction, pull = _prepared_loop(instruction, active)
                pulls[instruction] = pull
            else:
                builder.instructions.append(instruction)
    return builder.instructions, pulls


def _prepared_loop(instruction, active):
    """Emit the loop with tapes; return (it, function (cotangents) that pulls it back)."""
    back = _WayBack(instruction, active, wholly=False)
    tapes = _forward_with_tapes(back.body, back.kept, instruction.inputs, back.trips, back.number, instruction.outputs)
    return current_builder().instructions[-1], lambda cotangents: back.pull(tapes, cotangents, active)


def _prepared_branch(instruction, active):
    """(the branch with residuals among its results, function (cotangents) that pulls it back)."""
    condition, *given = instruction.inputs
    moving = active_outputs(instruction, active)
    moving = [y for y in instruction.outputs if y in moving]
    needed = [n for n, x in enumerate(given) if is_in(x, active)]
    outside = list(dict.fromkeys(v for arm in instruction.regions for v in arm.free_values() if v in active))
    forward, backward, residuals = [], [], []
    for arm in instruction.regions:
        arm = copied_block(arm, {})
        inside = active_inside(arm, [arm.inputs[n] for n in needed], active)
        arm.instructions, pulls = prepared(arm.instructions, inside)
        region = _way_back(arm, instruction.outputs, moving, needed, outside, inside, pulls)
        own = {y for i in arm.instructions for y in i.outputs}
        kept = [v for v in region.free_values() if v in own]
        residuals.append(kept)
        forward.append(arm)
        backward.append(region)
    names = [[Value(v.type, v.name) for v in kept] for kept in residuals]
    for number, arm in enumerate(forward):
        with Builder(arm.instructions):
            for other, kept in enumerate(residuals):
                arm.results += kept if other == number else [_nothing(v.type) for v in kept]
    new = Instruction(control.branch, instruction.inputs, (*instruction.outputs, *names[0], *names[1]), None, tuple(forward),
                      instruction.span)
    arms = []
    for arm, region, kept, outs in zip(forward, backward, residuals, names):
        mapping = {**dict(zip(arm.inputs, given)), **dict(zip(kept, outs))}
        arms.append(copied_block(region, mapping))

    def pull(cotangents):
        bars = [_taken(cotangents, y) for y in moving] + [_so_far(cotangents, v) for v in outside]
        outs = tuple(Value(type_of_operand(x).tangent) for x in (*(given[n] for n in needed), *outside))
        _append(control.branch, (condition, *bars), outs, tuple(arms))
        cotangents.update(zip(outside, outs[len(needed):]))
        for n, x_bar in zip(needed, outs):
            add_cotangent(cotangents, given[n], x_bar)

    return new, pull


def _way_back(arm, outputs, moving, needed, outside, inside, pulls):
    """A region (cotangents of results, sums so far) -> (cotangents of operands, sums)."""
    bars = [Value(y.type.tangent) for y in moving]
    sums = [Value(v.type.tangent) for v in outside]
    with Builder() as builder:
        found = dict(zip(outside, sums))
        for y, y_bar in zip(moving, bars):
            r = arm.results[outputs.index(y)]
            if is_in(r, inside):
                add_cotangent(found, r, y_bar)
        sweep(arm.instructions, found, inside, pulls)
        results = [unmasked(found[arm.inputs[n]]) if arm.inputs[n] in found else zeros_like(arm.inputs[n]) for n in needed]
        results += [unmasked(found[v]) for v in outside]
    return Block([*bars, *sums], builder.instructions, results)


def _nothing(kind):
    return full(0, kind.shape, kind.dtype) if kind.kind == "array" else kind.dtype.type(0)


def pull_branch(instruction, cotangents, active):
    """Add what a branch passes back; its residuals are computed again, right here."""
    mapping = {}
    (again,) = copied([instruction], mapping)
    (again,), pulls = prepared([again], {*active, *(mapping[y] for y in instruction.outputs if y in active)})
    current_builder().instructions.append(again)
    for y in instruction.outputs:
        if y in cotangents:
            cotangents[mapping[y]] = cotangents.pop(y)
    if again in pulls:
        pulls[again](cotangents)


# forward mode

def push_regions(instruction, tangents, push_block):
    """Emit an instruction with regions that also gives the tangents of its results; enter them in `tangents`.

    push_block   function (block, {Value: tangent}, numbers of results) -> (instructions, tangents of these results)
    """
    moving = active_outputs(instruction, tangents)
    numbers = [k for k, y in enumerate(instruction.outputs) if y in moving]
    is_branch = instruction.primitive is control.branch
    first = 1 if is_branch else len(instruction.inputs) - len(instruction.outputs) + (instruction.primitive is control.while_loop)
    given = instruction.inputs[first:]
    pushed = [n for n, x in enumerate(given) if is_in(x, tangents)] if is_branch else numbers
    dots = [tangents[given[n]] if is_in(given[n], tangents) else zeros_like(given[n]) for n in pushed]
    regions = []
    for region in instruction.regions:
        params = region.inputs[len(region.inputs) - len(given):]
        dots_in = [Value(type_of_operand(given[n] if is_branch else params[n]).tangent) for n in pushed]
        instructions, found = region.instructions, []
        if region is not instruction.regions[0] or instruction.primitive is not control.while_loop:
            instructions, found = push_block(region, {**tangents, **{params[n]: d for n, d in zip(pushed, dots_in)}}, numbers)
        regions.append(Block([*region.inputs, *dots_in], instructions, [*region.results, *found]))
    outs = [Value(instruction.outputs[k].type.tangent) for k in numbers]
    results = (*instruction.outputs, *outs)
    if instruction.primitive is control.while_loop:
        results = (*instruction.outputs[:-1], *outs, instruction.outputs[-1])
    _append(instruction.primitive, (*instruction.inputs, *dots), results, regions)
    tangents.update((instruction.outputs[k], y_dot) for k, y_dot in zip(numbers, outs))


REGIONS.update({control.loop: pull_loop, control.while_loop: pull_loop, control.branch: pull_branch})
