"""Writes into arrays.

In:  an array that is written, and what is written.
Out: the Value of its memory's new contents; all arrays in the same memory see it when they are next read.
Start at `Writes.assign`; memory.py knows where arrays lie.

The user's arrays are real, so NumPy's aliasing is NumPy's own. A stretch of memory has one current Value,
its `version`. A write makes a new version (`update` of the old one); an array in that memory is read from the
version at the place where its address, shape and strides put it.
"""

import collections
import contextlib
import weakref

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.types import type_of
from ..primitives import elementwise, outside, reduce, shape
from ..primitives import index as ix
from ..primitives.functions import broadcast_to, cast, full, index, real, reshape, update
from ..primitives.index import may_repeat, subscript
from .memory import Memory, locate, owner_of, without_leading
from .targets import WatchedTarget, keeps_attribute

WRITE = "a write into an array"
VIEW = "an array that reads the bytes of another one as something else"
NUMBERS = "biufc"
LINEAR = frozenset({    # neither operands nor result are read by a derivative, shapes excepted
    elementwise.add, elementwise.subtract, elementwise.negative, elementwise.cast, elementwise.real, elementwise.imag,
    elementwise.conjugate, shape.reshape, shape.broadcast_to, shape.transpose, shape.concatenate, shape.full,
    reduce.reduce_sum, reduce.cumsum, ix.index, ix.update, ix.add_at,
})
NOT_DONE = (IndexError, ValueError, TypeError)      # of an assignment: raised before anything is written


WRITTEN = {}        # id(array) -> (weak reference, names of unknown functions that have written into it), for all cells
NEVER = None, ()


def _forget(reference):
    for key in [key for key, (held, _) in WRITTEN.items() if held is reference]:
        del WRITTEN[key]


class Watched:
    """An array into which something may write that nobody follows: what it held when it was last seen."""

    def __init__(self, owner, old, operands):
        self.owner, self.old, self.operands = owner, old, operands


class Writes:
    """The part of the tracer that knows about memory."""

    # finding

    def memory_of(self, x, make=False):
        """The Memory in which the array `x` lies, if the tape knows it."""
        owner = owner_of(x)
        memory = self.memories.get(id(owner))
        if memory is None and (self.foreign or owner.base is not None) and owner.size:
            known = self.memories.values() if owner.base is not None else self.foreign
            memory = next((m for m in known if m.overlaps(owner)), None)
        if memory is None and make:
            memory = self.memories[id(owner)] = Memory(owner)
            if owner.base is not None:
                self.foreign.append(memory)
        return memory

    def find_in_memory(self, x):
        """The Value of an array by what lies at its addresses; None if that depends on no parameter."""
        memory = self.memory_of(x)
        if memory is None:
            return None
        if memory.version is None and not any(np.may_share_memory(x, y) for y in memory.members.values()):
            return None
        return self.read(memory, x)

    def read(self, memory, x):
        """The Value of `x` in the present contents of its memory."""
        if self.last_site is not None:
            self.builder.span = self.last_site.span
        version = self.version_of(memory)
        value = self.tracked.get(id(x))
        if value is None:
            place = locate(memory.owner, x)
            with self.builder:
                value = None if place is None else place.read(version)
            if not issubclass(type(value), Value):
                value = self.unknown([version], type_of(x), VIEW)
            self.bind(x, value)
        return value

    def version_of(self, memory):
        """The Value of the memory's present contents, in the shape of its owner."""
        if memory.version is None:
            owner, members = memory.owner, list(memory.members.values())
            version = self.tracked.get(id(owner))
            if version is None:
                version = self.snapshot(memory.held)
                for x in members:
                    version = self.placed(memory, version, x, self.tracked[id(x)])
            memory.version = version
            self.tracked[id(owner)] = version
            memory.members[id(owner)] = owner
        return memory.version

    def snapshot(self, x):
        """A constant that holds a copy of `x`."""
        value = Value(type_of(x))
        self.constants[value] = np.array(x)
        return value

    def placed(self, memory, version, x, value):
        """The contents after `value` was put where `x` lies; unknown if no instruction says it."""
        owner = memory.owner
        place = locate(owner, x) if owner.dtype.kind in NUMBERS else None
        with self.builder:
            new = None if place is None else place.put(version, fitting(value, x.dtype))
            if new is not None and not issubclass(type(new), Value):
                new = full(new, owner.shape, owner.dtype)
        if new is None:
            return self.unknown([version, value], type_of(owner), WRITE)
        return new

    def unknown(self, operands, kind, what):
        """A Value that depends on `operands` in a way that no instruction describes."""
        inputs = [v for v in operands if issubclass(type(v), Value)]
        attributes = {"function": None, "type": kind, "what": what, "why": None}
        return self.append_typed(self.last_site, outside.opaque, inputs, kind, attributes)

    # writing

    def begin_write(self, memory, depends):
        """Before a write: keep what the tape still needs; the Value of the contents, if it will matter."""
        for watched in self.watched:        # what somebody else has written there before
            if memory.owner is watched.owner and not _same(watched.owner, watched.old):
                old, watched.old = watched.old, np.array(watched.owner)
                self.was_written(watched.owner, old, watched.operands())
        if memory.version is None and not memory.members and not depends:
            self.keep_values(memory)
            return None
        version = self.version_of(memory)
        self.keep_values(memory)
        self.forget_members(memory)
        return version

    def forget_members(self, memory):
        """Arrays in this memory are to be read again."""
        for key in memory.members:
            self.tracked.pop(key, None)
        memory.members = {}

    def end_write(self, memory, version):
        """After a write: the memory's contents are `version` now.

        Who has read it in between (an `__array_finalize__`) has read the old contents, which are no longer there.
        """
        self.forget_members(memory)
        for value in memory.values:
            old = self.objects.get(value)
            if issubclass(type(old), np.ndarray) and memory.overlaps(old):
                del self.objects[value]
        memory.values, memory.version = [], version
        self.bind(memory.owner, version)
        for watched in self.watched:
            if memory.owner is watched.owner:
                watched.old = np.array(watched.owner)

    def keep_values(self, memory):
        """Copy the old contents for the Values that a derivative reads; the others can be computed again."""
        self.note_reads()
        for value in memory.values:
            if value in self.constants:
                old = self.constants[value]
                if self.captured.pop(id(old), None) is not None:
                    self.constants[value] = memory.copy_of(old)
                continue
            old = self.objects.get(value)
            if issubclass(type(old), np.ndarray) and memory.overlaps(old):
                self.alive.append(old)
                if value in self.read_values or value in self.inputs:
                    self.objects[value] = memory.copy_of(old)
                else:
                    del self.objects[value]
        memory.values = []

    def note_reads(self):
        """Go through the new instructions: whose operands and results may a derivative read?"""
        self.noted = min(self.noted, len(self.instructions))
        for instruction in self.instructions[self.noted:]:
            if instruction.primitive not in LINEAR:
                self.read_values.update(instruction.inputs_values(), instruction.outputs)
        self.noted = len(self.instructions)

    def assign(self, site, x, i, value, do):
        """`x[i] = value` of an array; `do` does it."""
        self.writes(x)
        self.last_site, self.builder.span = site, site.span
        memory = self.memory_of(x)
        depends = self.contains_tracked(value)
        if memory is None and not depends or x.dtype.kind == "O":
            return do()
        memory = memory or self.memory_of(x, make=True)
        new = self.written(value)
        version = self.begin_write(memory, depends)
        if version is None:
            return do()
        try:
            do()
        except NOT_DONE:
            self.end_write(memory, version)
            raise
        except BaseException:
            self.end_write(memory, self.unknown([version, new], type_of(memory.owner), WRITE))
            raise
        self.end_write(memory, self.contents_after(memory, version, x, i, new))

    def written(self, value):
        """The operand that stands for what is written; None if nothing does."""
        try:
            return self.operand(value)
        except self.unrecordable:
            inputs = [v for v in map(self.find, self.numbers_in(value)) if v is not None]
            kind = type_of(np.empty(np.shape(value))) if inputs else None
            return self.unknown(inputs, kind, WRITE) if inputs else None

    def contents_after(self, memory, version, x, i, value):
        """The contents after `x[i] = value`."""
        owner = memory.owner
        if value is None:
            return self.unknown([version], type_of(owner), WRITE)
        try:
            operands, form = self.taken_apart(i)
        except self.unrecordable:
            return self.unknown([version, value], type_of(owner), WRITE)
        letters = form.replace("n", "").replace("e", "").replace("s", "sss")
        basic = all(letter == "s" or issubclass(type(o), (int, np.integer)) and not issubclass(type(o), bool)
                    for letter, o in zip(letters, operands))
        if basic:
            place = np.asarray(x)[(*subscript(operands, form), *(() if "e" in form else (...,)))]    # without the user's __array_finalize__
            whole = issubclass(type(place), np.ndarray) and place.size == owner.size
            if whole or issubclass(type(place), np.ndarray) and not (x is owner and owner.dtype.kind in NUMBERS):
                return self.placed(memory, version, place, value)
        at = locate(owner, x) if owner.dtype.kind in NUMBERS else None
        if at is None:
            return self.unknown([version, value], type_of(owner), WRITE)
        with self.builder:
            before = at.read(version)
            value = fitting(value, x.dtype)
            changed = updated(before, x.shape, value, operands, form)
            new = changed if x is owner else at.put(version, changed)
        return self.unknown([version, value], type_of(owner), WRITE) if new is None else new

    def rewrite(self, site, x, values, do, given):
        """A call that leaves `values` (a function: contents before -> after; None: unknown) in the array `x`.

        `values` is called before `do`; what it raises is answered by an unknown result, which depends on `given`.
        """
        self.last_site, self.builder.span = site, site.span
        memory = self.memory_of(x, make=True)
        version = self.version_of(memory)
        try:
            with self.builder, np.errstate(all="ignore"):
                new = values(self.read(memory, x))
        except Exception:       # a model's failure must not be the user's
            new = None
        behind = self.values_behind(self.reach(given)) if new is None else [new]
        version = self.begin_write(memory, True)
        try:
            result = do()
        except BaseException:
            self.end_write(memory, self.unknown([version, *behind], type_of(memory.owner), WRITE))
            raise
        after = self.unknown([version, *behind], type_of(memory.owner), WRITE) if new is None else \
            self.placed(memory, version, x, new)
        self.end_write(memory, after)
        return result

    # writes that are noticed afterwards

    @contextlib.contextmanager
    def watching(self, arrays, operands, what, certain=False):
        """While something runs that may write into `arrays`: what it writes depends on `operands()`.

        operands   function () -> Values, called afterwards; without any, the new contents are a constant
        what       its name: what has written into an array once is taken to do so again, also where it leaves
                   the numbers that were there
        certain    True if it does write, whatever the numbers are afterwards
        """
        before = []
        for owner in {id(o): o for o in map(owner_of, arrays)}.values():
            if owner.dtype.kind != "O" and (owner.flags.writeable or owner.base is not None):
                before.append(Watched(owner, np.array(owner), operands))
        self.watched += before
        try:
            yield
        finally:
            self.watched = [x for x in self.watched if x not in before]
            for owner, old in ((x.owner, x.old) for x in before):
                changed = not _same(owner, old)
                if changed:
                    WRITTEN.setdefault(id(owner), (weakref.ref(owner, _forget), set()))[1].add(what)
                if changed or operands() and (certain or what in WRITTEN.get(id(owner), NEVER)[1]):
                    self.was_written(owner, old, operands())

    def was_written(self, owner, old, operands):
        """Note that the memory of `owner`, which held `old`, holds something else now."""
        memory = self.memory_of(owner)
        if memory is None and not operands or memory is not None and memory.owner is not owner:
            return
        memory = memory or self.memory_of(owner, make=True)
        memory.held = old
        version = self.begin_write(memory, bool(operands))      # what is kept is what was there before
        memory.held = memory.owner
        if version is None:
            return
        if operands:
            self.end_write(memory, self.unknown([version, *operands], type_of(memory.owner), WRITE))
        else:
            self.end_write(memory, self.snapshot(memory.owner))

    # targets of assignments

    def store(self, site, x):
        """The target of `x[i] = value`: itself, or something that notices the write."""
        self.writes(x)
        self.meet(x)
        if type(x) is list and site.detail == "slice":      # what is put there is gone through
            return WatchedTarget(self, site, x)
        return x if self.keeps_objects(x) else WatchedTarget(self, site, x)

    def keeps_objects(self, x):
        """True for what keeps the objects that are put into it: containers, and what code of the user's answers."""
        return issubclass(type(x), (list, dict, collections.deque)) or not hasattr(type(x), "__setitem__") or \
            not issubclass(type(x), np.ndarray) and self.is_users_type(self.answering(type(x), "__setitem__"))

    def answering(self, kind, name):
        """The class, among those that `kind` is made of, whose method `name` is called."""
        return next((base for base in kind.__mro__ if name in vars(base)), object)

    def overwrite(self, site, x):
        """The target of `x.name = value`."""
        self.writes(x)
        self.meet(x)
        kind = type(x)
        if not issubclass(type(x), np.ndarray) and (self.is_users_type(kind) or keeps_attribute(kind, site.detail)):
            return x
        return WatchedTarget(self, site, x)

    def assign_attribute(self, site, x, name, value, do):
        """`x.name = value` of an array; `do(x, name, value)` does it."""
        if name in ("flat", "real", "imag"):
            part = x.reshape(-1) if name == "flat" else getattr(x, name)
            if name != "flat" or np.shares_memory(part, x):
                if name == "flat":
                    value = self.cyclic(site, value, x.size)
                return self.assign(site, part, ..., value, lambda: do(x, name, value))
        if self.memory_of(x) is None and not self.contains_tracked(value):
            return do(x, name, value)
        if name == "shape":
            return self.reshape_in_place(x, value, do)
        with self.watching([x], lambda: [v for v in (self.find(x), self.find(value)) if v is not None], name):
            do(x, name, value)

    def reshape_in_place(self, x, shape, do):
        """`x.shape = shape`: like a write, since what the tape keeps of the array has the old shape."""
        memory = self.memory_of(x)
        version = self.begin_write(memory, self.find(x) is not None)
        try:
            do(x, "shape", shape)
        finally:
            if version is not None:
                with self.builder:
                    self.end_write(memory, reshape(version, memory.owner.shape))

    def cyclic(self, site, value, size):
        """What `x.flat = value` writes: the elements of `value` again and again."""
        if np.ndim(value) < 2 and np.size(value) in (0, 1, size):
            return value
        if np.size(value) == size:
            return self.call(site, lambda f, a, k: f(*a, **k), np.reshape, (value, (-1,)), {})
        return self.call(site, lambda f, a, k: f(*a, **k), np.take,
                         (value, np.arange(size) % np.size(value)), {})


def fitting(value, dtype):
    """A value as NumPy stores it in an array of this dtype: digits, or an imaginary part, may be lost."""
    if not issubclass(type(value), Value):
        return value
    if value.type.complex and dtype.kind != "c":
        value = real(value)
    return value if value.dtype == dtype else cast(value, dtype=dtype)


def updated(before, shape, value, operands, form):
    """The contents of an array of this shape after `x[i] = value`; of repeated places the last one wins."""
    places = subscript(operands, form)
    extent = np.shape(np.empty(shape, np.int8)[places])
    value = without_leading(value, len(extent))
    if not may_repeat(operands, form):
        return update(before, value, *operands, form=form)
    number = int(np.prod(extent, dtype=int))
    winner = np.full(shape, -1)
    winner[places] = np.arange(number).reshape(extent)
    mask = winner >= 0
    if type_of_operand(value).shape:
        value = index(reshape(broadcast_to(value, extent), (number,)), winner[mask], form="i")
    return update(before, value, mask, form="i")


def _same(x, old):
    return x.shape == old.shape and np.array_equal(x, old, equal_nan=x.dtype.kind in "fc")
