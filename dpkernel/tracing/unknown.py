"""Unknown calls: run as usual on plain values.

In:  a function that nobody can look into, its receiver and arguments.
Out: what the plain call returns; it, and everything that the call may have changed, depends in an unknown way on
     everything that the call can get at (reach.py).
Start at `Unknown.call_unknown`.
"""

import ast
import builtins
import collections
import copy
import functools
import io
import random
import sys
import types

import numpy as np

from ..primitives.functions import index, reshape
from ..source import Source
from . import models
from .crossings import Crossing
from .frames import outwards
from .look import isinstance
from .rewrite import compile_pair, quietly
from .structures import leaves
from .whole import Whole

ARRAYS = (np.ndarray, np.generic)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)

STATELESS = (types.ModuleType, np.random.Generator, np.random.RandomState, type, types.FunctionType, types.MethodType,
             types.BuiltinFunctionType, types.MethodWrapperType, types.MethodDescriptorType, functools.partial, np.ufunc)
KEEPERS = (list, tuple, dict, set, frozenset, collections.deque, type, int, str, BaseException)   # of objects
CONTAINERS = (list, tuple, set, frozenset, collections.deque, type({}.values()), type({}.items()), type({}.keys()))
KEYS = frozenset({float, np.float64, np.float32, complex, tuple, str, bytes})
MAGICS_THAT_RUN = frozenset({"time", "timeit", "prun", "run", "lprun", "mprun", "memit", "debug", "load", "rerun"})
OUT = ("out", "output", "dst", "into")      # keyword arguments that are there to be written into


class Unknown:
    """The part of the tracer that answers calls it cannot look into."""

    def set_unknown(self, site, do, x, given, what):
        """`x[i] = value`, `x.name = value` of an object that does not keep the value, but its numbers."""
        self.last_site = site
        self.call_unknown(site, lambda f, a, k: f(), do, x, given, {}, what, (x, given), written=(x,))

    def call_unknown(self, site, do, f, receiver, args, kwargs, what=None, roots=None, written=()):
        """Run it, and let everything that it may have computed or changed depend on what it can get at.

        roots     what it can get at, if that is less than what the function and its arguments lead to
        written   what it does write into, whatever is there afterwards
        """
        what = what or models.name_of(f)
        reached = self.reach(*(roots or (f, receiver, args, kwargs)), *self.exposed)
        values = self.values_behind(reached) + self.values_kept_by(f, receiver)
        held = self.reach(receiver, args, kwargs).things if values else ()
        arrays = reached.arrays if values else [x for x in reached.arrays if self.memory_of(x) is not None]
        self.acts_outside = True
        touches, first = self.touches, len(self.instructions)
        crossing = Crossing(site, what, (receiver, args, kwargs), reached)

        def behind():
            return values or crossing.given or (self.inputs if self.touches != touches else [])

        written = self.reach(written, [kwargs[name] for name in OUT if name in kwargs]).arrays
        with self.watching(written, behind, what, certain=True), self.watching(arrays, behind, what), \
                self.crossing(crossing):
            result = do(f, args, kwargs)
        values = behind()
        if not values:
            return result
        again = self.reach(receiver, args, kwargs, result)
        known = {id(x) for x in reached.arrays}
        for x in again.arrays:
            if id(x) not in known and x.dtype.kind in "fc" and self.find(x) is None:
                self.opaque(site, what, x, values=values)
        for key, x in again.things.items():
            if key not in reached.things and key not in crossing.known and isinstance(x, (float, complex, np.generic)):
                self.opaque(site, what, x, values=values)
        files = [x for x in reached.things.values() if issubclass(type(x), io.IOBase)]
        for x in (receiver, *args, *kwargs.values(), *files):
            if self.may_remember(x):
                self.opaque(site, what, x, values=values)
        self.unless_partial(site, what, result, (receiver, *args, *kwargs.values()), first)
        if self.is_users_type(type(result)):
            return result
        if any(v.type.dtype.kind in "iu" for v in values):
            result = self.own(result)
        if isinstance(result, (types.FunctionType, types.GeneratorType)):       # what it holds can be reached
            return result
        by_key = not isinstance(f, type) and any(type(x) in KEYS and self.contains_tracked(x) for x in (*args, *kwargs.values()))
        return self.handed_on(site, what, result, None if by_key else reached, values, None, crossing.known, held)

    def unless_partial(self, site, what, result, given, first):
        """What code of the user's has returned in a call is what is known of it, if it depends on all numbers that were given.

        The call may have handed it new numbers, made of those: then it depends on them in an unknown way.

        first   how many instructions there were before the call
        """
        new = self.instructions[first:]
        seen = {self.find(x) for x in self.numbers_in(result)} if new else set()
        if seen.isdisjoint(y for i in new for y in i.outputs):
            return
        made = list(seen - {None})
        for instruction in reversed(new):
            if not seen.isdisjoint(instruction.outputs):
                seen.update(instruction.reads())
        needed = {self.find(x) for x in given if isinstance(x, NUMBERS)} - {None}
        if not needed <= seen:
            self.unsettle(site, what, result, [*made, *needed], None)

    def handed_on(self, site, what, x, reached, values, why=None, made=(), held=None):
        """What a call returns that nobody looks into: objects that were there are what they were, the rest depends on `values`.

        reached   what it could get at before; None where an object may have been found by a key that depends on a
                  parameter: there may be what was computed before from an equal number
        made      ids of objects that the user's functions have given it
        held      ids of what it was given and what that leads to, if numbers that it could get at otherwise are not trusted
        """
        spared = () if reached is None else self.were_there(x, reached, made, reached.things if held is None else held)
        return self.opaque(site, what, x, (), why, values, spared)

    def were_there(self, result, reached, made, held):
        """ids of the objects in a result that were there before, or come from the user's functions; not of the text of numbers."""
        parts = [x for x in self.numbers_in(result) if self.find(x) is None]
        found = {id(x) for x in parts if isinstance(x, (float, complex, np.generic))}
        found = {key for key in found if (key in held if key in reached.things else key in made)}
        for x in parts:
            if isinstance(x, np.ndarray):
                known = any(x is y for y in reached.arrays)
            else:
                known = id(x) in reached.things and not isinstance(x, NUMBERS) and (not isinstance(x, (str, bytes)) or x.isalpha())
            if known:
                found.add(id(x))
        return found

    def copied_deeply(self, site, do, x, memo):
        """`copy.deepcopy`: what it has copied is in its memo."""
        result = do(copy.deepcopy, (x, memo), {})
        for key, twin in list(memo.items()):
            value = self.tracked.get(key)
            if value is not None and id(twin) not in self.tracked and isinstance(twin, ARRAYS):
                self.bind(twin, value)
        for x in memo.get(id(memo), ()):        # the originals
            if isinstance(x, np.ndarray) and self.find(x) is not None and id(memo.get(id(x))) not in self.tracked:
                self.bind(memo[id(x)], self.find(x))
        return result

    def copied_structure(self, site, do, f, args, kwargs):
        """`asdict(x)`, `astuple(x)`: the same leaves in another structure, arrays copied."""
        if kwargs or len(args) != 1:
            return self.call_unknown(site, do, f, None, args, kwargs)
        result = do(f, args, kwargs)
        for old, new in zip(leaves(args[0]), leaves(result), strict=True):
            value = self.find(old)
            if new is not old and value is not None and isinstance(new, NUMBERS):
                self.bind(new, value)
            elif new is not old and self.leads_to_parameters(old):
                values, copies = self.values_behind(self.reach(old)), self.reach(new)
                for x in [*copies.arrays, *(x for x in copies.things.values() if isinstance(x, NUMBERS))]:
                    if self.find(x) is None:
                        self.opaque(site, models.name_of(f), x, values=values)
        return result

    def call_random(self, site, do, f, way, receiver, args, kwargs):
        """A draw whose arguments depend on a parameter."""
        if not self.contains_tracked((args, kwargs)):
            return do(f, args, kwargs)
        if isinstance(way, models.Drawn):
            result = do(f, args, kwargs)
            self.record_model(site, f, result, (args, kwargs),
                              lambda: way.meaning(result, *self.view(args), **self.view(kwargs)))
            return result
        objects = way.in_place or isinstance(receiver, random.Random)       # of a list, the very objects are moved
        x = np.asarray(args[0]) if args and not (objects and not isinstance(args[0], np.ndarray)) else None
        if x is None or not x.ndim:
            return self.call_unknown(site, do, f, receiver, args, kwargs)
        state, name = _state(receiver), f.__name__
        tags = np.arange(x.size).reshape(x.shape)
        drawn = getattr(receiver, name)(tags, *args[1:], **kwargs)
        _set_state(receiver, state)
        order = np.asarray(tags if way.in_place else drawn)

        def moved(value):
            flat = reshape(value, (x.size,))
            if isinstance(drawn, list):
                return [index(flat, number, form="i") for number in order.tolist()]
            return index(flat, order if order.ndim else int(order), form="i")

        if way.in_place:
            return self.rewrite(site, x, moved, lambda: do(f, args, kwargs), (args, kwargs))
        result = do(f, args, kwargs)
        self.record_model(site, f, result, (args, kwargs), lambda: moved(models.as_value(self.view(args[0]))))
        return result

    def may_remember(self, x):
        """True for objects of installed classes: an unknown call may have put something into them."""
        kind = type(x)
        return (
            kind not in self.builtin and not isinstance(x, (*NUMBERS, *STATELESS))
            and (not self.is_users_type(kind) and not issubclass(kind, (*CONTAINERS, dict))
                 or any(map(self.hides_numbers, kind.__mro__)))
        )

    def hides_numbers(self, base):
        """True for a class written in C, which may hold numbers as something else than objects."""
        return not self.is_users_type(base) and not issubclass(base, (*NUMBERS, *KEEPERS)) and base is not object \
            and not any(isinstance(member, types.FunctionType) for member in vars(base).values())

    def run_text(self, site, f, text, space, local, kwargs):
        """`exec` and `eval`: text is followed like a cell; code that was compiled before runs unseen."""
        self.last_site = site
        if isinstance(text, str):
            mode = "eval" if f is builtins.eval else "exec"
            shown = text.lstrip(" \t") if mode == "eval" else text
            compile(shown, "<string>", mode)        # what is no Python is refused as Python does
            roots = self.follow.roots if space is self.namespace else ()
            source = Source(shown, "text", "<string>")
            with quietly():
                _, code, _ = compile_pair(ast.parse(shown, "<string>", mode), source, roots=roots, mode=mode)
            result = f(code, space, local, **kwargs)
            return self.opaque(site, "a text as code", result, (text,)) if self.find(text) is not None else result
        return self.run_unseen(site, f, lambda: f(text, space, local, **kwargs), (space, local), f"code run by {f.__name__}")

    def run_unseen(self, site, f, run, spaces, what):
        """Run code that nobody follows: what it has put into the dicts `spaces` depends on all parameters."""
        held = {name: x for space in spaces for name, x in space.items() if not isinstance(x, types.ModuleType)
                and not name.startswith("_")}
        result = self.call_unknown(site, lambda g, a, k: run(), f, None, (list(held.values()),), {}, what=what)
        for space in spaces:
            for name, x in list(space.items()):
                if held.get(name) is not x and not name.startswith("_"):
                    self.opaque(site, what, x, values=self.inputs)
        return result

    def call_shell(self, site, do, f, args, kwargs):
        """A method of IPython's shell that runs code: a magic like %time, `run_cell`, `ex`."""
        magic = f.__name__ == "run_line_magic"
        if magic and args and args[0] not in MAGICS_THAT_RUN:
            return self.call_unknown(site, do, f, f.__self__, args, kwargs)

        def run():
            options = {**kwargs, "_stack_depth": 1 + outwards(sys._getframe(), 1)} if magic else kwargs
            return f(*args, **options)

        what = f"%{args[0]}" if magic and args else f"the shell's {f.__name__}"
        return self.run_unseen(site, f, run, (self.namespace,), what)


def _state(generator):
    """What a generator will draw next."""
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    return generator.getstate() if isinstance(generator, random.Random) else generator.get_state()


def _set_state(generator, state):
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, random.Random):
        generator.setstate(state)
    else:
        generator.set_state(state)
