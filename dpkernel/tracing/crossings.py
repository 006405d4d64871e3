"""Calls that come back: code that nobody follows calls the user's functions.

In:  an operation that runs code of a package, while it runs.
Out: what that code hands to the user's functions, and what it keeps, depends on what they have given it.
Start at `Crossings.crossing`.

Python's profiler tells where a function of the user's begins and ends. What such a function returns, and what it
writes into objects that the package can see, is given to the package. From then on any number that the package makes
may depend on it: in the arguments of the next call, in its own objects and in the names of its modules. Objects that
were there before, and those that the user's functions have made, are what they were.
"""

import contextlib
import dis
import functools
import gc
import sys
import threading
import types
from dataclasses import dataclass, field

import numpy as np

from ..errors import UnsupportedCell
from .doors import HERE, NUMPY, has_doors
from .follow import is_users, named_in
from .memory import owner_of
from .reach import reach
from .rewrite import plain_code
from .site import ACTIVE, DO

NUMBERS = (float, complex, np.generic)
EVENTS = ("call", "return")
CODE = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type, np.ufunc, str, property, staticmethod,
        classmethod, types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType)
FEW = 3000          # objects looked at around one call
RESUME = dis.opmap.get("RESUME")
LEAVES = frozenset(number for name, number in dis.opmap.items() if name.startswith(("RETURN_", "YIELD_")))


@dataclass(eq=False)
class Crossing:
    """One running operation of code that nobody follows.

    roots       what it was given
    before      what could be reached before
    known       ids of other objects that the user's functions have made
    given       Values that the user's functions have given it
    returned    those of them that it was given as results
    inside      {thread: the frame of a function of the user's that it runs}
    written     objects that the user's functions have written into
    lent        {id(array): (array, its contents)}: arrays of the package's that the user's functions have seen
    spaces      {id(names of a module): (these, ids of the numbers that they led to before)}
    """

    site: object
    what: str
    roots: tuple
    before: object
    known: set = field(default_factory=set)
    given: list = field(default_factory=list)
    returned: list = field(default_factory=list)
    held: list = None
    inside: dict = field(default_factory=dict)
    written: list = field(default_factory=list)
    lent: dict = field(default_factory=dict)
    spaces: dict = field(default_factory=dict)
    touches: int = 0
    thread: int = field(default_factory=threading.get_ident)
    alive: list = field(default_factory=list)


class Crossings:
    """The part of the tracer that sees the user's functions being called from outside."""

    @contextlib.contextmanager
    def crossing(self, crossing):
        """While something runs that may call the user's functions."""
        outer = sys.getprofile()
        if outer is not None and outer is not self.profile and getattr(outer, "func", None) != self.saw_in_thread:
            yield           # somebody looks how long things take
            return
        self.crossings.append(crossing)
        others = threading.getprofile()
        threading.setprofile(functools.partial(self.saw_in_thread, crossing))
        sys.setprofile(self.profile)
        try:
            yield
        finally:
            sys.setprofile(outer)
            threading.setprofile(others)
            self.crossings.remove(crossing)
            self.look_at_lent(crossing)
            self.look_at_spaces(crossing)

    def stop_watching(self):
        """At the end: an interrupt may have come in between."""
        if sys.getprofile() is self.profile:
            sys.setprofile(None)
        if getattr(threading.getprofile(), "func", None) == self.saw_in_thread:
            threading.setprofile(None)

    def is_of_packages(self, f):
        """True for a function or a class of an installed package that is neither NumPy's nor Python's own."""
        package = (getattr(f, "__module__", None) or "").split(".")[0]
        return callable(f) and package not in ("", "__main__", *NUMPY) and package not in sys.stdlib_module_names \
            and not self.is_followed(f) and not self.is_users_type(f if isinstance(f, type) else type(f)) \
            and not (isinstance(f, types.FunctionType) and is_users(f.__code__))

    def saw(self, frame, event, argument):
        """What the profiler tells: "call" and "return" are about functions written in Python."""
        if event in EVENTS and self.users_files.get(frame.f_code.co_filename, True):
            self.passes(None, frame, event, argument)

    def saw_in_thread(self, crossing, frame, event, argument):
        """The same in a thread that was begun during a crossing, and may go on for longer."""
        if ACTIVE.tracer is not self:
            sys.setprofile(None)
        elif event in EVENTS and self.users_files.get(frame.f_code.co_filename, True):
            self.passes(crossing, frame, event, argument)

    def passes(self, crossing, frame, event, argument):
        """Does somebody come in here, or go out? `crossing`: that of the thread, if it is in no other one."""
        if frame.f_code.co_qualname == DO or not self.is_users_file(frame.f_code):
            return
        thread = threading.get_ident()
        crossing = next((c for c in reversed(self.crossings) if c.thread == thread), crossing)
        if crossing is None:
            return
        try:
            if event == "call" and thread not in crossing.inside:
                crossing.inside[thread] = frame
                self.came_in(crossing, frame)
            elif event == "return" and crossing.inside.get(thread) is frame:
                del crossing.inside[thread]
                self.went_out(crossing, frame, argument)
        except Exception:       # what cannot be looked at must not stop the user's program
            crossing.given += self.inputs

    def is_users_file(self, code):
        known = self.users_files.get(code.co_filename)
        if known is None:
            known = self.users_files[code.co_filename] = is_users(code)
        return known

    # into the user's function

    def came_in(self, crossing, frame):
        """A function of the user's begins: what it is handed may depend on what the package was given before."""
        self.look_at_lent(crossing)
        crossing.touches, crossing.written = self.touches, []
        if plain_code(frame.f_code) is None:
            self.runs_unseen(crossing, frame)
        if not _begins(frame):
            return
        if crossing.held is None:
            crossing.held = self.values_behind(self.seen_from_outside(crossing.roots))
        values = [*crossing.held, *crossing.given]
        seen = self.seen_from_outside(_arguments(frame))
        for x in seen.arrays:
            owner = owner_of(x)
            if id(x) in crossing.known or owner.dtype.kind not in "biufc":
                continue
            was_there = id(owner) in crossing.lent or any(x is y for y in crossing.before.arrays)
            if values and not was_there and self.find(x) is None:
                self.opaque(crossing.site, crossing.what, x, values=values)
            crossing.lent[id(owner)] = owner, owner.copy("K")
        if values:
            made = [x for x in seen.things.values() if (issubclass(type(x), NUMBERS) or crossing.returned and _is_of_digits(x))
                    and id(x) not in crossing.before.things and id(x) not in crossing.known and self.find(x) is None]
            literals = _literals(frame) if made else ()
            for x in made:
                if id(x) not in literals:
                    self.opaque(crossing.site, crossing.what, x, values=values)

    def runs_unseen(self, crossing, frame):
        """A function that nobody has met before this call: it is followed from the next one on."""
        names = named_in(frame.f_code, frame.f_globals)
        crossing.given += self.values_behind(self.reach(list(frame.f_locals.values()), names))
        for f in gc.get_referrers(frame.f_code):
            if type(f) is types.FunctionType:
                with contextlib.suppress(UnsupportedCell):
                    self.follow.function(f)
        if crossing.given:
            self.note_spaces(crossing, frame)

    def seen_from_outside(self, roots):
        """What can be got at from `roots` by code that does not look into functions of the user's."""
        return reach(roots, self.is_users_type, self.arrays_at, self.namespace, functions=False, most=FEW)

    # and back

    def writes(self, x):
        """Note that the user's code writes into `x`, which it may have read."""
        self.wrote = True
        if self.crossings:
            self.crossings[-1].written.append(x)

    def went_out(self, crossing, frame, result):
        """A function of the user's has ended, or gives something in between."""
        if plain_code(frame.f_code) is not None:
            seen = self.seen_from_outside((result, _arguments(frame)))
            crossing.alive += (result, seen)
            crossing.known.update(seen.things, map(id, seen.arrays))
        for key, (owner, _) in list(crossing.lent.items()):
            crossing.lent[key] = owner, owner.copy("K")
        if self.touches == crossing.touches:
            return
        if result is None and frame.f_code.co_code[frame.f_lasti] not in LEAVES:
            given = list(self.inputs)       # an exception holds something
        else:
            given = self.values_behind(self.seen_from_outside((result,)))
            crossing.returned += given
            given += self.given_by_writing(crossing, frame)
        crossing.given += [v for v in given if not any(v is other for other in crossing.given)]
        if given:
            self.note_spaces(crossing, frame)

    def given_by_writing(self, crossing, frame):
        """The Values that were put into something that the package can see."""
        written = {id(x): x for x in crossing.written}
        if not written:
            return []
        roots = [crossing.roots]
        for outer in _frames_outside(frame):
            roots.append(list(outer.f_locals.values()))
            written.update((id(x), x) for x in crossing.written if any(x is y for y in outer.f_globals.values()))
        seen = self.seen_from_outside(roots)
        shared = [x for x in written.values() if id(x) in seen.things or not self.is_own(x)
                  or isinstance(x, np.ndarray) and any(np.may_share_memory(x, y) for y in seen.arrays)]
        return self.values_behind(self.seen_from_outside(shared))

    def is_own(self, x):
        """True for what only the user's code knows, unless it was handed on: containers, arrays, objects of the user's."""
        return type(x) in self.builtin and not isinstance(x, (type, types.ModuleType)) or \
            self.is_users_type(x if isinstance(x, type) else type(x))

    # what the package keeps

    def look_at_lent(self, crossing):
        """Arrays of the package's that it has written meanwhile."""
        for key, (owner, old) in list(crossing.lent.items()):
            if not np.array_equal(owner, old, equal_nan=owner.dtype.kind in "fc"):
                crossing.lent[key] = owner, owner.copy("K")
                self.was_written(owner, old, [*(crossing.held or ()), *crossing.given])

    def note_spaces(self, crossing, frame):
        """Remember the numbers in the modules of the package, before it goes on with what it was given."""
        for outer in _frames_outside(frame):
            space = outer.f_globals
            if id(space) not in crossing.spaces and not is_users(outer.f_code):
                crossing.spaces[id(space)] = space, self.state_of(space)

    def look_at_spaces(self, crossing):
        """Numbers in the modules of a package that were not there before depend on what it was given."""
        for space, before in list(crossing.spaces.values()):
            after = self.state_of(space)
            for x in [*after.things.values(), *after.arrays]:
                is_new = not any(id(x) in known for known in (before.things, crossing.before.things, crossing.known)) \
                    and not any(x is y for y in (*before.arrays, *crossing.before.arrays))
                if issubclass(type(x), (*NUMBERS, np.ndarray)) and (is_new or self.find(x) is not None):
                    if self.find(x) is None:
                        self.opaque(crossing.site, crossing.what, x, values=crossing.given)
                    package = space.get("__name__", "").split(".")[0]
                    self.kept_outside.setdefault(package, []).append(self.find(x))

    def state_of(self, space):
        """What the names of a module lead to, its functions' code and other modules apart."""
        roots, name = [], space.get("__name__")
        held = [list(vars(x).values()) for x in list(space.values()) if isinstance(x, type) and x.__module__ == name]
        for key, x in [*space.items(), *((None, x) for part in held for x in part)]:
            if isinstance(x, types.FunctionType) and x.__module__ == name:
                roots += [part for part in (x.__dict__, x.__defaults__, x.__closure__) if part]
            elif not isinstance(x, CODE) and key != "__builtins__":
                roots.append(x)
        return self.seen_from_outside(roots)

    def values_kept_by(self, f, receiver):
        """What the package of a function has kept of what it was given before, and what lies in its names and classes."""
        modules = (getattr(f, "__module__", None), type(receiver).__module__)
        kept = [v for m in modules if isinstance(m, str) for v in self.kept_outside.get(m.split(".")[0], ())]
        roots = []
        function = getattr(f, "__func__", f)
        if isinstance(function, types.FunctionType) and not self.is_users_file(function.__code__):
            roots += state_behind(function)
        for kind in (f, receiver, type(receiver), getattr(f, "__self__", None)):
            if isinstance(kind, type) and has_doors(kind):
                roots += [x for base in kind.__mro__ if has_doors(base) for x in vars(base).values() if not isinstance(x, CODE)]
        if not roots:
            return kept
        kept += [self.tracked[id(x)] for x in roots if id(x) in self.tracked]
        found = reach(roots, self.is_users_type, self.arrays_at, self.namespace, most=FEW // 5)
        found.anything = False      # what is hidden deeply is not looked for
        return kept + self.values_behind(found)


def state_behind(f):
    """The objects that a function of a package, and those of its module that it calls, find under global names."""
    space, waiting, seen, found = f.__globals__, [f.__code__], set(), []
    while waiting and len(seen) < 50:
        code = waiting.pop()
        if code.co_name in seen:
            continue
        seen.add(code.co_name)
        for x in named_in(code, space):
            if isinstance(x, types.FunctionType):
                waiting += [x.__code__] if x.__globals__ is space else []
            elif isinstance(x, types.ModuleType):
                if x.__name__.split(".")[0] == space.get("__name__", "").split(".")[0]:
                    named = [vars(x).get(name) for name in code.co_names]
                    found += [y for y in named if y is not None and not isinstance(y, CODE)]
            elif isinstance(x, type):
                if x.__module__ == space.get("__name__"):
                    found += [y for y in vars(x).values() if not isinstance(y, CODE)]
            elif not isinstance(x, CODE):
                found.append(x)
    return found


def _begins(frame):
    """True at the beginning of a function, False where a generator goes on."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return not (0 <= at < len(code) and code[at] == RESUME and code[at + 1] & 3)


def _is_of_digits(x):
    return isinstance(x, str) and len(x) > 1 and any(map(str.isdigit, x))


def _arguments(frame):
    code, space = frame.f_code, frame.f_locals
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return [space[name] for name in code.co_varnames[:count] if name in space]


def _frames_outside(frame):
    """The frames of the package between a function of the user's and the operation that runs it."""
    frame = frame.f_back
    while frame is not None and plain_code(frame.f_code) is None and frame.f_code.co_qualname != DO \
            and not frame.f_code.co_filename.startswith(HERE):
        yield frame
        frame = frame.f_back


def _literals(frame):
    """ids of the numbers that stand in the package's code."""
    return {id(x) for outer in _frames_outside(frame) for x in outer.f_code.co_consts}
