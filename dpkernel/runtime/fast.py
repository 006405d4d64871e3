"""Value and gradient of a function, compiled where that pays.

In:  a function, and calls of it.
Out: values and gradients; the same whether they are interpreted or compiled.
Start at `fast` and `Fast.value_and_gradients`.

A call begins interpreted. If it takes long, the function is read from its source and compiled in another thread; when
that is done, the call is given up (a function that can be read acts on nothing outside) and the compiled one answers.
Where both have an answer they are compared, and a function whose answers differ stays interpreted.
"""

import functools
import os
import sys
import threading
import time
import types

import numpy as np

from ..capture.capture import capture, first_version
from ..capture.scope import Refused
from ..codegen.lowered import NotLowered, lower
from ..ir.block import Value
from ..tracing.rewrite import plain_code
from ..tracing.structures import map_leaves
from ..transforms.joint import joint
from ..transforms.reverse import NotDifferentiable
from . import gradient, machine
from .function import value_and_gradients

WORTH = 0.05            # seconds of interpreting before compiling is thought of
PATIENCE = 0.3          # seconds of interpreting before the compiler gets most of the time,
SHARE = 0.005           # four times as much as this
MOST_SEGMENTS = 3       # n iterations keep some n^(1/4) of their states
AGREED = 1e-6           # relative difference of answers that is put down to rounding


class GivenUp(BaseException):
    """Raised inside an interpreted call whose compiled answer can be had at once."""


def fast(f, numbers):
    """The Fast of a function: the one that `grad(f)` has had before, if that is not long ago."""
    return _kept(f, tuple(numbers)) if isinstance(f, types.FunctionType) else Fast(f, numbers)


class Fast:
    """One function, differentiated with respect to the arguments `numbers`."""

    def __init__(self, f, numbers):
        self.f, self.numbers, self.cells, self.entries = f, numbers, {}, {}

    def value_and_gradients(self, args, kwargs):
        """(value, [gradient for each of numbers]) of one call."""
        entry = None if kwargs or os.environ.get("DPKERNEL_COMPILE") == "off" else self.entry(args)
        if entry is None:
            return value_and_gradients(self.f, self.numbers, args, kwargs, self.cells)
        found = entry.answer(args)
        return found if found is not None else self.interpreted(entry, args)

    def entry(self, args):
        """What is known about calls with arguments of these types."""
        try:
            key = tuple(map(signature, args))
            return self.entries.setdefault(key, Entry(self.f, self.numbers)) if isinstance(self.f, types.FunctionType) else None
        except Unknown:
            return None

    def interpreted(self, entry, args):
        start = time.perf_counter()
        paused = [start]

        def watch():
            elapsed = time.perf_counter() - start
            if entry.untouched and entry.spent + elapsed > WORTH:
                entry.begin(args)
            if entry.text and elapsed > PATIENCE and entry.thread.is_alive() and time.perf_counter() > paused[0] + SHARE:
                entry.thread.join(4 * SHARE)        # it may be there sooner than this call ends
                paused[0] = time.perf_counter()
            if entry.machine is not None:
                raise GivenUp

        try:
            found = value_and_gradients(self.f, self.numbers, args, {}, self.cells, watch)
        except GivenUp:
            found = entry.answer(args)
            if found is not None:
                return found
            found = value_and_gradients(self.f, self.numbers, args, {}, self.cells)
        entry.spent += time.perf_counter() - start
        if entry.untouched and entry.spent > 4 * WORTH:
            entry.begin(args)
        if args is entry.tried:         # the compiled program is tried with these arguments
            entry.compare(found)
        return found


_kept = functools.lru_cache(maxsize=16)(Fast)      # few: a function holds what is around it


class Unknown(Exception):
    """An argument of a kind that is not compiled for."""


def signature(x):
    """What the compiled program depends on: structure, dtypes, ranks, and which extents are 1."""
    if type(x) is np.ndarray:
        return x.dtype.char, tuple([n == 1 for n in x.shape])
    if type(x) in (float, int, bool, np.float64, np.int64, np.bool_):
        return type(x)
    if type(x) in (tuple, list):
        return type(x), tuple(map(signature, x))
    if type(x) is dict:
        return dict, tuple((key, signature(part)) for key, part in x.items())
    raise Unknown


class Entry:
    """The compiled program for one kind of arguments, or on its way.

    untouched   nobody has tried to compile it
    function    the compiled function
    machine     the same, once it has been tried
    text        the lowered program
    segments    how often its outer loops are divided, for the sake of memory
    why         why there is no machine
    """

    def __init__(self, f, numbers):
        self.f, self.numbers, self.code, self.spent = f, numbers, f.__code__, 0.0
        self.untouched, self.machine, self.text, self.why = True, None, None, None
        self.trial = self.reference = self.thread = self.tried = None
        self.segments = 0
        self.lock = threading.Lock()

    def begin(self, args):
        """Compile in another thread, with copies of these arguments."""
        self.untouched, self.tried = False, args
        copies = [map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, x) for x in args]
        self.thread = threading.Thread(target=self.work, args=(copies,), name="dpkernel compiles")
        self.thread.start()

    def work(self, args):
        sys.setprofile(None)        # a call that is being watched hands its profiler to new threads
        try:
            self.captured = capture(self.f, args, code_of)
            self.compile(args)
            trial = self.run(args)
        except (Refused, NotLowered, NotDifferentiable) as problem:
            self.why = str(problem)
            return
        except Exception as problem:        # of the compiler: the function stays interpreted
            self.why = f"{type(problem).__name__}: {problem}"
            return
        with self.lock:
            self.trial, self.machine = trial, self.function
        self.compare(None)

    def compile(self, args):
        self.text = lowered(self.captured, self.wanted(args), self.segments)
        self.function = machine.compiled(self.text, "value_and_gradient")

    def wanted(self, args):
        """The Values of the numbers to differentiate with respect to."""
        found = []
        for k in self.numbers:
            for (number, _), x in [(key, x) for key, x in self.captured.inputs.items() if key[0] == k % len(args)]:
                if first_version(x).type.dtype.kind != "f":
                    raise Refused("an integer among the parameters")
                found.append(first_version(x))
        return found

    def compare(self, found):
        """Hold the compiled answer against the interpreted one, once both are there."""
        with self.lock:
            self.reference = found or self.reference
            if self.trial is None or self.reference is None:
                return
            if self.machine is not None and not agree(self.trial, self.reference):
                self.machine, self.why = None, "the compiled program gave another answer"
            self.trial = self.reference = self.tried = None

    def answer(self, args):
        """(value, gradients) by the compiled program; None if it has to be interpreted."""
        return self.run(args) if self.machine is not None and self.still_holds() else None

    def still_holds(self):
        """True if what the function uses from outside is what it was; else it is read anew."""
        if self.f.__code__ is self.code and all(outer(f, key) is x for key, (f, x) in self.captured.same.items()) \
                and all(is_same_code(f.__code__, code) for f, code in self.captured.codes.items()):
            return True
        self.__init__(self.f, self.numbers)
        return False

    def run(self, args):
        """What the compiled function answers; None where it hands over to the interpreter."""
        inputs = self.inputs(args)
        try:
            value, *found = self.function(*inputs, machine.budget()) if inputs is not None else (np.nan,)
        except machine.kernels.TooLarge:
            if self.segments == MOST_SEGMENTS:
                return None
            self.segments += 1
            self.compile(args)
            return self.run(args)
        except machine.left():
            return None
        if not np.isfinite(value) or not all(np.all(np.isfinite(x)) for x in found):
            return None         # warnings, and derivatives at poles, are the interpreter's
        kind, found = self.captured.block.results[0], iter(found)
        value = float(value) if not isinstance(kind, Value) or kind.type.kind == "float" else np.float64(value)
        return value, [map_leaves(lambda leaf: gradient.like(leaf, next(found), np.shape(leaf)), args[k]) for k in self.numbers]

    def inputs(self, args):
        """The objects of the program's inputs; None if one is of another type now."""
        found = []
        for key, x in self.captured.inputs.items():
            value = first_version(x)
            held = outer(self.captured.fetch[key], key) if key in self.captured.fetch else leaf_of(args[key[0]], key[1])
            if value.type.kind == "array":
                if type(held) is not np.ndarray or held.dtype != value.type.dtype or held.ndim != value.type.ndim:
                    return None
                if any((n == 1) != (type(m) is int) for n, m in zip(held.shape, value.type.shape)):
                    return None
                held = np.ascontiguousarray(held)
                found += [held, *(n for n, m in zip(held.shape, value.type.shape) if isinstance(m, Value))]
            elif type(held) is not {"float": float, "int": int, "bool": bool, "scalar": np.float64}[value.type.kind] \
                    or type(held) is int and abs(held) >= 1 << 62:
                return None
            else:
                found.append(held)
        return found


def lowered(captured, wanted, segments=0):
    """The program of value and gradient as text."""
    with np.errstate(all="ignore"):
        return lower(joint(captured.block, wanted, segments), "value_and_gradient")


def code_of(function):
    """The code that the user wrote, also while it runs rewritten."""
    return plain_code(function.__code__) or function.__code__


def is_same_code(a, b):
    """True if two code objects do the same: one may be compiled anew from the text of the other."""
    if a is b:
        return True
    parts = [(c.co_code, c.co_names, c.co_varnames, c.co_freevars, len(c.co_consts)) for c in (a, b)]
    return parts[0] == parts[1] and all(
        is_same_code(x, y) if isinstance(x, types.CodeType) and isinstance(y, types.CodeType) else type(x) is type(y) and repr(x) == repr(y)
        for x, y in zip(a.co_consts, b.co_consts))


def outer(function, key):
    """The present object behind a name from outside: of a closure, a default, or global."""
    code, name = key[:2]
    if len(key) == 3:
        return default_of(function, name)
    if name in code.co_freevars:
        try:
            return function.__closure__[code.co_freevars.index(name)].cell_contents
        except ValueError:
            return None
    return function.__globals__.get(name)


def default_of(function, name):
    code = code_of(function)
    names = code.co_varnames[:code.co_argcount]
    if name in names:
        return (function.__defaults__ or ())[names.index(name) - len(names)]
    return (function.__kwdefaults__ or {}).get(name)


def leaf_of(x, number):
    found = []
    map_leaves(found.append, x)
    return found[number]


def agree(a, b):
    """True if two answers are the same up to rounding."""
    (value, gradients), (other, others) = a, b
    found, expected = [], []
    for mine, theirs in zip(gradients, others):
        map_leaves(lambda x: found.append(np.ravel(x)), mine)
        map_leaves(lambda x: expected.append(np.ravel(x)), theirs)
    found, expected = np.concatenate([*found, [value]]), np.concatenate([*expected, [other]])
    return bool(np.all(np.abs(found - expected) <= AGREED * (1e-300 + np.max(np.abs(expected), initial=0.0))))
