"""What the way back reads of an array that a loop writes in place: read from the array as the loop left it.

In:  the body of a loop, and the instructions of its way back.
Out: the same instructions, reading the loop's result where it is proved that no later write hits the same element.
Start at `reload`.

An element read in one iteration is still there at the end if no write that comes later, in the same iteration or in
a later one, addresses it. Both places are linear forms of the loop variables, and "the same place" has to be
impossible within the bounds of the loops. An index that may be negative would count from the end: then nothing is
proved. (Array dependence tests: Allen & Kennedy, Optimizing Compilers for Modern Architectures, 2001, chapter 3.)
"""

import functools
import threading

from ..ir.block import Block, Instruction, Value, type_of_operand
from ..ir.build import copied
from ..primitives import control
from ..primitives import index as ix
from .affine import Forms, impossible


class Access:
    """One place of an array that is read or written.

    number   of the instruction of the body in which it happens
    places   the operands of its subscript
    loops    [(variable, lo, hi, step)] between the body and it
    """

    def __init__(self, number, places, loops):
        self.number, self.places, self.loops = number, places, loops


class Inside:
    """While a loop (or a block, without bounds) is differentiated: what is known of its variable, and of those around it.

    loops   [(variable, lo, hi, step)] from the outermost to the loop itself
    made    {Value: Instruction} of the bodies
    """

    def __init__(self, body, bounds=None):
        self.body, self.bounds = body, bounds

    def __enter__(self):
        before = getattr(_around, "innermost", None)
        self.outer = before
        self.loops = [*(before.loops if before else ()), *([(self.body.inputs[0], *self.bounds)] if self.bounds else [])]
        self.made = {**(before.made if before else {}), **definitions(self.body.instructions)}
        _around.innermost = self
        return self

    def __exit__(self, *exception):
        _around.innermost = self.outer


_around = threading.local()


def reload(body, way_back, around, outputs, wholly=False):
    """Let `way_back` read the loop's results in place of earlier versions, where they have the same elements.

    body       the loop's body; its first input is the loop variable
    way_back   the instructions that go back through one iteration; they are changed
    around     the Inside of the loop
    outputs    the loop's results
    wholly     True: compute all again that it needs of its iteration, if that can be done from elements still there
    """
    if not isinstance(around.bounds[2], int):
        return
    made = {**around.made, **definitions(way_back)}
    own = {body.inputs[0], *definitions([*body.instructions, *way_back])}
    holds = functools.partial(still_there, around=around, made=made, own=own)
    arrays, elements = [], {}
    for p, result, output in zip(body.inputs[1:], body.results, outputs):
        versions, writes, came = {p: -1}, [], {}
        if p.type.shape and result is not p and chain(body.instructions, versions, writes, came, (), None) and result in versions:
            versions = leading_to(result, versions, came)
            arrays.append((versions, functools.partial(holds, writes=writes), output))
            elements.update(elements_left(body, *arrays[-1]))
    way_back[:0] = again(body, way_back, elements, wholly)
    for versions, holds, output in arrays:
        for version, born in versions.items():
            reads = loads(way_back, version, ())
            if reads and all(holds(read, born) for read in reads):
                replace(way_back, version, output)


def moves(body):
    """The Values of an iteration that depend on what is carried."""
    moving = set(body.inputs[1:])
    for i in body.instructions:
        if any(x in moving for x in i.reads()):
            moving.update(i.outputs)
    return moving


def elements_left(body, versions, holds, output):
    """{number that an iteration reads from an array, or writes into it: (array, places) where it is at the end}."""
    moving, found = moves(body), {}
    for number, i in enumerate(body.instructions):
        if i.primitive is ix.index and base_of(i) in versions and is_one(i.inputs[1:], i.attributes["form"], output.type.ndim):
            value, places, born = i.output, i.inputs[1:], versions[i.inputs[0]]
        elif i.primitive is ix.update and isinstance(i.inputs[1], Value) and base_of(i) in versions and i.output in versions:
            value, places, born = i.inputs[1], i.inputs[2:], number
        else:
            continue
        if value in moving and value.type.dtype == output.type.dtype and not any(k in moving for k in places) \
                and value not in found and holds(Access(number, places, ()), born):
            found[value] = output, places
    return found


def again(body, way_back, elements, wholly):
    """Instructions in front of the way back for numbers of the iteration that are in arrays at the end, or follow from them."""
    moving = moves(body)
    wanted = {x for x in Block([], way_back, []).free_values() if x in moving}
    if wholly:
        needed = follows(body, wanted, moving, elements)
        wanted, also = (wanted, []) if needed is None else needed
    else:
        also = []
    found, new = [], {}
    for i in body.instructions:
        for value in (*i.outputs, *(x for x in i.inputs if isinstance(x, Value))):
            if value in wanted and value in elements and value not in new:
                output, places = elements[value]
                new[value] = Value(value.type, value.name)
                found.append(Instruction(ix.index, (output, *places), (new[value],), {"form": "i" * len(places)}, (), i.span))
        if i in also:
            found += copied([i], new)
    for value, other in new.items():
        replace(way_back, value, other)
    return found


def follows(body, wanted, moving, elements):
    """(numbers to load, instructions to run again) that give all `wanted`; None if that cannot be done."""
    loaded, also, wanted = set(), set(), set(wanted)
    for i in reversed(body.instructions):
        for y in i.outputs:
            if y not in wanted:
                continue
            if y in elements:
                loaded.add(y)
            elif i.regions or y.type.shape:
                return None
            else:
                also.add(i)
                wanted.update(x for x in i.inputs_values() if x in moving)
    return (loaded, also) if not any(p in wanted for p in body.inputs[1:]) else None


def definitions(instructions):
    """{Value: Instruction} of all that is computed, in regions too."""
    found = {}
    for i in instructions:
        found.update(dict.fromkeys(i.outputs, i))
        for region in i.regions:
            found.update(definitions(region.instructions))
    return found


def leading_to(result, versions, came):
    """The versions from which the result has come: a copy has the same beginning, and goes its own way."""
    found = {result: versions[result]}
    while result in came:
        result = came[result]
        found[result] = versions[result]
    return found


def chain(instructions, versions, writes, came, loops, number):
    """Enter the versions of an array, {Value: number of its instruction}, and the writes; False where it gets lost.

    came   {version: the one before}
    """
    for n, i in enumerate(instructions):
        at = n if number is None else number
        if i.primitive in (ix.update, ix.add_at) and base_of(i) in versions:
            if not is_one(i.inputs[2:], i.attributes["form"], i.output.type.ndim):
                return False
            writes.append(Access(at, i.inputs[2:], loops))
            versions[i.output], came[i.output] = at, i.inputs[0]
        elif i.regions and any(x in versions for x in i.inputs if isinstance(x, Value)):
            if not chain_region(i, versions, writes, came, loops, at):
                return False
    return True


def base_of(i):
    """The array that an instruction reads or writes; None if it is a literal."""
    return i.inputs[0] if isinstance(i.inputs[0], Value) else None


def is_one(places, form, rank):
    """True for the subscript of a single element."""
    return form == "i" * rank and all(not type_of_operand(k).shape for k in places)


def chain_region(i, versions, writes, came, loops, at):
    if i.primitive is control.while_loop:
        return False
    first = 3 if i.primitive is control.loop else 1
    own = loops if first == 1 else (*loops, (i.regions[0].inputs[0], *i.inputs[:3]))
    for k, x in enumerate(i.inputs[first:]):
        if not (isinstance(x, Value) and x in versions):
            continue
        ends = []
        for region in i.regions:
            inside = {region.inputs[k if first == 1 else k + 1]: at}
            if not chain(region.instructions, inside, writes, {}, own, at):
                return False
            if first == 3 and region.results[k] not in inside:
                return False
            ends.append([y for y, r in zip(i.outputs, region.results) if r in inside])
        if any(end != ends[0] for end in ends):         # one arm gives another array in its place
            return False
        versions.update(dict.fromkeys(ends[0], at))
        came.update(dict.fromkeys(ends[0], x))
    return True


def loads(instructions, version, loops):
    """The Accesses that read a version; [None] if it is read in another way."""
    found = []
    for i in instructions:
        if version in i.inputs_values():
            whole = i.primitive is not ix.index or not is_one(i.inputs[1:], i.attributes["form"], version.type.ndim)
            found.append(None if whole else Access(None, i.inputs[1:], loops))
        for region in i.regions:
            own = (*loops, (region.inputs[0], *i.inputs[:3])) if i.primitive is control.loop else loops
            if version in region.results:
                found.append(None)
            found += loads(region.instructions, version, own)
    return found


def still_there(read, born, *, writes, around, made, own):
    """True if it is proved that no write after the version hits the place that is read."""
    if read is None:
        return False
    own = own | {variable for a in (read, *writes) for variable, *_ in a.loops}
    here, there = Forms(made, own, "read"), Forms(made, own, "write")
    *outer, (i, *bounds) = around.loops
    outer = within(here, outer)
    reading = [*outer, *within(here, [(i, *bounds), *read.loops])]
    if not all(impossible([*reading, -here.of(k) - 1]) for k in read.places):
        return False
    for write in writes:
        writing = [*outer, *within(there, [(i, *bounds), *write.loops])]
        if not all(impossible([*writing, -there.of(k) - 1]) for k in write.places):
            return False
        same = [f for a, b in zip(read.places, write.places) for f in (here.of(a) - there.of(b), there.of(b) - here.of(a))]
        later = (there.of(i) - here.of(i)) * (1 if bounds[2] > 0 else -1)
        if not impossible([*reading, *writing, *same, later - 1]):
            return False
        if write.number > born and not impossible([*reading, *writing, *same, later, -later]):
            return False
    return True


def within(forms, loops):
    """The bounds of loops, [(variable, lo, hi, step)], as forms that are >= 0."""
    found = []
    for variable, lo, hi, step in loops:
        if not isinstance(step, int):
            continue
        x = forms.of(variable)
        if step > 0:
            found += [x - forms.of(lo), forms.at_most(hi) - x - 1]
        else:
            found += [forms.at_most(lo) - x, x - forms.of(hi) - 1]
    return found


def replace(instructions, version, output):
    """Read another Value in its place."""
    for i in instructions:
        i.inputs = tuple(output if x is version else x for x in i.inputs)
        for region in i.regions:
            replace(region.instructions, version, output)
