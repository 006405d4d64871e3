"""Which object is which Value, and the tape that grows.

In:  results of plain operations, with the objects they came from.
Out: instructions; at the end `Tracer.tape(loss)`.
Start at `Tracer.find` and `Tracer.record`.

An object is known by its identity. The tape keeps every object that it knows alive, so an identity
is never given to another one. Numbers are given their own identity when they become parameters
(structures.fresh_numbers); results of operations are new objects anyway.
"""

import random
import sys

import numpy as np

from ..ir.block import Block, Instruction, Tape, Value
from ..ir.build import Builder
from ..ir.evaluate import evaluate
from ..ir.types import OBJECT, type_of
from ..primitives import outside
from .callbacks import Callbacks
from .calls import Calls
from .crossings import Crossings
from .custom import Customs
from .follow import Follower
from .frames import Frames
from .handing import Handing
from .iteration import Iteration
from .look import attributes_of
from .memory import locate, owner_of
from .objects import Objects
from .operations import Operations
from .reach import reach
from .site import ACTIVE
from .structures import is_same, leaves, map_leaves, paths
from .unknown import CONTAINERS, Unknown
from .whole import Whole, sweep
from .writes import Writes

FRAMES = 4          # a call of the user's takes so many frames while it is traced
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)
LITERALS = (int, float, complex, bool, np.generic)
FLAT = (bool, int, type(None), np.bool_, range, slice, type(np), type, type(NotImplemented), np.dtype)
BUILTIN = frozenset({
    int, float, complex, bool, str, bytes, type(None), list, tuple, dict, set, frozenset, slice, range,
    type(Ellipsis), np.ndarray, np.float64, np.float32, np.int64, np.bool_, zip, enumerate, type(len),
    type(np), map, filter, reversed, np.ufunc, type(np.sum), type(np.random.default_rng), type, random.Random,
})


def _is_shared_text(x):
    """True for text so short that Python has one object for all of it: only digits are followed nevertheless."""
    return issubclass(type(x), (str, bytes)) and len(x) < 2 and not x.isdigit()


class Unrecordable(Exception):
    """An operand or a way of calling that no instruction describes; the text says which."""


class Parameter:
    """One `--wrt` name during one tracing.

    name    as in the magic line
    read    function () -> its object, now
    root    the name that must exist for it
    """

    def __init__(self, name, read, root):
        self.name, self.read, self.root = name, read, root
        self.element = False        # it is an element of an array: `read` gives a view of it, for the number is a copy
        self.taken = None           # the object differentiated
        self.value = None           # the same: its containers are copies, whatever the cell does to them
        self.seen = False           # the cell has read it
        self.leaves = []            # (object, input or None, Place in the input or None) of each leaf


class Tracer(Operations, Iteration, Calls, Callbacks, Crossings, Customs, Frames, Handing, Objects, Unknown, Writes):
    """The state of one tracing; `with tracer:` makes it the one that sites report to."""

    builtin = BUILTIN
    unrecordable = Unrecordable

    def __init__(self, namespace, parameters, name_of, cells=None):
        self.namespace = namespace
        self.parameters = parameters
        self.follow = Follower(namespace, {p.root for p in parameters}, name_of, cells)
        self.builder = Builder()
        self.instructions = self.builder.instructions
        self.tracked = {}           # id(object) -> Value
        self.objects = {}           # Value -> object
        self.alive = []             # objects whose Value has another one now
        self.constants = {}         # Value -> object
        self.captured = {}          # id(array) -> its constant's Value
        self.memories = {}          # id(array that owns memory) -> Memory
        self.foreign = []           # Memories that an object of another kind lends to arrays
        self.read_values = set()    # Values that a derivative may read
        self.noted = 0              # instructions that `read_values` takes into account
        self.touches = 0            # how often something that depends on a parameter was met
        self.last_site = None
        self.inputs = []
        self.users_types = dict.fromkeys((*BUILTIN, Whole), False)
        self.follow.is_users_type = self.is_users_type
        self.acts_outside = False   # a call was made that may do more than compute
        self.wrote = False          # something was written that the cell may have read
        self.exposed = []           # arrays whose address the cell has asked for
        self.wholes = []            # ints with an identity of their own
        self.kept = {}              # id(result of a function with a cache) -> [(the function, Values it was given, result)]
        self.caches = []            # functions whose cache holds ints of ours
        self.result = None
        self.limit, self.left, self.outer = sys.getrecursionlimit(), False, None
        self.watch = None           # a function to call where an iteration begins
        self.marks = []             # (number of the next instruction, site of a loop, an iteration begins)
        self.subjects = {}          # site of a match statement -> what it looks at
        self.in_text = []           # objects that the next f-string shows
        self.crossings = []         # Crossings of operations that run code of packages
        self.users_files = {}       # name of a file -> it is the user's
        self.watched = []           # arrays into which an unknown call may write now
        self.kept_outside = {}      # name of a package -> Values that it has kept
        self.profile = self.saw

    def __enter__(self):
        self.outer, ACTIVE.tracer = ACTIVE.tracer, self
        self.builder.__enter__()
        sys.setrecursionlimit(FRAMES * self.limit)
        return self

    def __exit__(self, *exception):
        interrupt = None
        while True:
            try:
                self.leave()
                break
            except KeyboardInterrupt as problem:        # first everything is put back
                interrupt = problem
        if interrupt is not None and exception[0] is None:
            raise interrupt

    def leave(self):
        """Put everything back. Doing it twice does no harm."""
        if self.left:
            return
        if sys.getrecursionlimit() == FRAMES * self.limit:      # else the user's code has set it
            sys.setrecursionlimit(self.limit)
        self.builder.leave()
        ACTIVE.tracer = self.outer
        self.stop_watching()
        self.follow.close()
        for f in self.caches:
            f.cache_clear()     # C code keeps what it holds: it is computed again
        self.caches, self.kept = [], {}
        if self.wholes:
            ours = [self.wholes, self.objects, self.alive]
            for p in self.parameters:
                ours += [p.leaves, *p.leaves, [p.taken, p.value]]
            sweep(self.wholes, self.namespace, ours)
        self.left = True

    def own(self, x):
        """An int gets an identity of its own; other results have one."""
        if type(x) is int:
            x = Whole(x)
        if type(x) is Whole:
            self.wholes.append(x)
        return x

    # parameters

    def take_parameter(self, parameter):
        """Begin to differentiate with respect to the parameter's present object."""
        parameter.taken = parameter.read()
        parameter.value = map_leaves(lambda leaf: leaf, parameter.taken)
        parameter.leaves = []
        for leaf, name in zip(leaves(parameter.taken), paths(parameter.taken, parameter.name)):
            value, place = self.find(self.own(leaf)), None
            if value is None and issubclass(type(leaf), (*NUMBERS, int)) and not issubclass(type(leaf), bool):
                value = self.take_leaf(leaf, name)
            if issubclass(type(leaf), np.ndarray) and value not in self.inputs:
                memory = self.memory_of(leaf)
                whole = self.tracked.get(id(memory.owner)) if memory is not None else None
                if whole in self.inputs:                        # a part of several parameters' memory
                    value, place = whole, locate(memory.owner, leaf)
            parameter.leaves.append((leaf, value, place))

    def take_leaf(self, leaf, name):
        """An input for a number or an array; where parameters share memory, for the whole of it."""
        kind = type_of(leaf)
        if kind.dtype.kind not in "iufc":
            return None
        value = Value(kind, name)
        self.inputs.append(value)
        self.bind(leaf, value)
        return value

    def share_memory(self, parameters):
        """Parameters that overlap in memory are differentiated as parts of the array that owns it."""
        arrays = {}
        for p in parameters:
            for x in leaves(p.read()):
                if issubclass(type(x), np.ndarray) and x.dtype.kind in "iufc":
                    arrays.setdefault(id(owner_of(x)), {})[id(x)] = x
        for group in arrays.values():
            group = list(group.values())
            owner = owner_of(group[0])
            overlap = any(np.may_share_memory(x, y) for n, x in enumerate(group) for y in group[:n])
            if overlap and owner.dtype.kind in "iufc" and all(locate(owner, x) is not None for x in group):
                self.take_leaf(owner, None)

    def parameter(self, root, x):
        """The cell reads the name `root`: the first time, that is where its derivative is taken."""
        for p in self.parameters:
            if p.root == root and not p.seen and self.namespace.get(root) is x:
                p.seen = True
                self.touches += 1
                if p.value is None or not is_same(p.read(), p.taken):
                    x = self.retake(p)
        return x

    def retake(self, parameter):
        """The cell has set its parameter before reading it: take the new object."""
        self.prepare(parameter)
        self.take_parameter(parameter)
        return self.namespace[parameter.root]

    def prepare(self, parameter):
        """Give the parameter's numbers identities of their own; the caller of tracing provides it."""

    # finding and recording

    def find(self, x):
        """The Value of an object, or None if it depends on no parameter."""
        value = self.tracked.get(id(x))
        if value is None and issubclass(type(x), np.ndarray) and self.memories:
            value = self.find_in_memory(x)
        if value is not None:
            self.touches += 1
        return value

    def bind(self, x, value):
        """From now on the object `x` is `value`."""
        if id(x) in self.tracked:
            self.alive.append(x)
        self.tracked[id(x)] = value
        if value not in self.objects:
            self.objects[value] = x
        else:
            self.alive.append(x)
        if issubclass(type(x), np.ndarray):
            memory = self.memory_of(x, make=True)
            memory.members[id(x)] = x
            memory.values.append(value)

    def mark(self, site, is_turn):
        """Note that an iteration of a loop begins here, or that the loop has ended."""
        if self.watch is not None and is_turn:
            self.watch()
        here, marks = len(self.instructions), self.marks
        if is_turn:         # iterations in which nothing was recorded leave no marks
            for n in range(len(marks) - 1, -1, -1):
                position, other, begins = marks[n]
                if position != here:
                    break
                if other is site and begins:
                    del marks[n + 1:]
                    return
        marks.append((here, site, is_turn))

    def append(self, site, primitive, operands, result, attributes=None):
        """Record one instruction whose result is the object `result`."""
        out = Value(type_of(result))
        self.instructions.append(
            Instruction(primitive, operands, (out,), attributes, (), site.span)
        )
        self.bind(result, out)
        return out

    def operand(self, x):
        """What stands for `x` in an instruction: its Value, itself (numbers), or a constant.

        Raises Unrecordable for anything that is no number and no array.
        """
        value = self.find(x)
        if value is not None:
            return value
        if issubclass(type(x), LITERALS):
            return float(x) if type(x) is int and abs(x) >= 1 << 63 else x      # as a float takes it
        if issubclass(type(x), np.ndarray):
            return self.constant(x)
        if issubclass(type(x), (list, tuple)):
            return self.stacked(x)
        raise Unrecordable(f"an operand of type {type(x).__name__}")

    def constant(self, x):
        """The Value of an array that depends on no parameter."""
        value = self.captured.get(id(x))
        if value is None:
            if x.dtype.kind not in "biufc":
                raise Unrecordable(f"an array of dtype {x.dtype}")
            value = self.captured[id(x)] = Value(type_of(x))
            self.constants[value] = x
            self.alive.append(x)
            self.memory_of(x, make=True).values.append(value)
        return value

    def stacked(self, x):
        """A nested list of numbers as one array."""
        if not self.contains_tracked(x):
            return self.constant(np.asarray(x))
        from .models import stack

        return stack([self.operand(part) for part in x], 0)

    def contains_tracked(self, x):
        """True if `x`, or something in it, depends on a parameter."""
        return any(self.find(part) is not None for part in self.numbers_in(x))

    def opaque(self, site, what, result, operands=(), why=None, values=None, spared=()):
        """Record that `result`, or the numbers in it but those with ids in `spared`, depend on `operands` in an unknown way."""
        if values is None:
            values = [v for v in map(self.find, self.numbers_in(operands)) if v is not None]
            values = values or self.values_behind(self.reach(operands))     # an object of a package holds them
        if issubclass(type(result), dict):
            result_parts = list(result.values())
        elif issubclass(type(result), CONTAINERS) or issubclass(type(result), np.ndarray) and result.dtype.kind == "O":
            result_parts = list(np.ravel(result)) if issubclass(type(result), np.ndarray) else list(result)
        else:
            if id(result) not in spared and self.find(result) is None \
                    and (type(result) is Whole or not issubclass(type(result), FLAT)) \
                    and not _is_shared_text(result):
                kind = type_of(result) if issubclass(type(result), NUMBERS) else OBJECT
                attributes = {"function": None, "type": kind, "what": what, "why": why}
                self.bind(result, self.append_typed(site, outside.opaque, values, kind, attributes))
            return result
        for part in result_parts:
            self.opaque(site, what, part, (), why, values, spared)
        return result

    def append_typed(self, site, primitive, operands, kind, attributes):
        """Record an instruction whose result is not an object yet."""
        out = Value(kind)
        self.instructions.append(Instruction(primitive, operands, (out,), attributes, (), site.span))
        return out

    def numbers_in(self, x, depth=6):
        """Objects inside `x` that a Value may belong to, itself included."""
        yield x
        if depth:
            if issubclass(type(x), dict):
                x = list(x.values())
            elif issubclass(type(x), np.ndarray):
                x = x.ravel().tolist() if x.dtype.kind == "O" else ()
            elif not issubclass(type(x), CONTAINERS):
                held = attributes_of(x) if self.is_users_type(type(x)) else None
                x = list(held.values()) if held and not issubclass(type(x), type) else ()
            for part in list(x):
                yield from self.numbers_in(part, depth - 1)

    def reach(self, *roots):
        """What `roots` lead to; see reach.py."""
        return reach(roots, self.is_users_type, self.arrays_at, self.namespace)

    def arrays_at(self, low, high):
        """Arrays that are known to lie at these addresses."""
        return [m.owner for m in self.memories.values() if m.has(low, high)]

    def values_behind(self, reached):
        """The Values of what was reached; all parameters, if not everything could be looked at."""
        found = [self.tracked[key] for key in reached.things if key in self.tracked]
        found += [v for v in map(self.find, reached.arrays) if v is not None]
        return found + (self.inputs if reached.anything else [])

    def meet(self, x):
        """Follow the functions behind an object of the user's."""
        kind = type(x)
        if kind in BUILTIN:
            return
        self.meet_type(x, kind)

    def computed(self, value):
        """The object of a Value; if nobody has it any more, it is computed again."""
        return self.all_computed([value])[0]

    def all_computed(self, values, tape=None):
        """The objects of several Values of a tape; without one, of what was recorded. Arrays are plain, whatever class they had."""
        tape = self.tape([]) if tape is None else tape
        known = {**self.objects, **tape.constants}
        missing = [v for v in values if v not in known]
        if missing:
            need, kept = set(missing), []
            for instruction in reversed(tape.instructions):
                if any(v in need for v in instruction.outputs):
                    kept.append(instruction)
                    need.update(v for v in instruction.reads() if v not in known)
            block = Block([], kept[::-1], missing)
            with np.errstate(all="ignore"):
                known.update(zip(missing, evaluate(block, [], {v: _plain(known[v]) for v in block.free_values()})))
        return [_plain(known[v]) for v in values]

    # the end

    def name_values(self):
        """Give Values the names that the user's variables have now."""
        for name, x in self.namespace.items():
            value = self.tracked.get(id(x))
            if value is not None and value.name is None and not name.startswith("_"):
                value.name = name
        for name, x in self.namespace.items():
            value = self.captured.get(id(x))
            if value is not None and value.name is None:
                value.name = name

    def tape(self, results):
        """The program so far, from the parameters to `results` (Values)."""
        return Tape(self.inputs, self.instructions, results, self.constants)


def _plain(x):
    """An array without its class: `__array_finalize__` and operators of the user's are not called by what the cell did not do."""
    return np.asarray(x) if issubclass(type(x), np.ndarray) else x
