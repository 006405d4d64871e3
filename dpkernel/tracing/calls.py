"""Calls: the user's functions are followed, known functions recorded, the rest is opaque.

In:  a site, the function, its arguments.
Out: what the plain call returns.
Start at `Calls.call`.

Opaque calls run as usual on the plain values. Only if the gradient has to pass through one does
the gradient fail, after the cell.
"""

import functools
import types
from collections.abc import Iterator

import numpy as np

from ..ir.block import Value
from ..ir.types import type_of
from . import models
from .follow import is_users
from .whole import Whole

ARRAYS = (np.ndarray, np.generic)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)


class Calls:
    """The part of the tracer that answers calls."""

    builtin = frozenset()       # filled by tracer.py
    unrecordable = Exception

    def call(self, site, do, f, args, kwargs):
        self.last_site = site
        kind = type(f)
        if kind is types.FunctionType or kind is types.MethodType:
            function = f if kind is types.FunctionType else f.__func__
            if kind is types.MethodType:
                self.meet(f.__self__)
            if type(function) is types.FunctionType and self.follow.function(function):
                return do(f, args, kwargs)
        elif isinstance(f, type) and self.is_users_type(f):
            self.follow.type(f)
            self.follow.type(type(f))
            return self.constructed(site, do(f, args, kwargs), args, kwargs)
        elif kind is functools.partial:
            return self.call(site, do, f.func, (*f.args, *args), {**f.keywords, **kwargs})
        elif self.is_users_type(kind):
            self.follow.type(kind)
            return do(f, args, kwargs)
        return self.call_known(site, do, f, args, kwargs)

    def constructed(self, site, x, args, kwargs):
        """A new object of a user's class; what C or generated code put into it keeps its identity."""
        return x

    def call_known(self, site, do, f, args, kwargs):
        """A call of something installed: look for a model."""
        key, receiver = models.key_of(f)
        way = models.WAYS.get(key) if _hashable(key) else None
        if way == models.FREE:
            result = do(f, args, kwargs)
            return int if result is Whole and f is type else result
        if f is getattr and not kwargs:
            return self.attribute(site, lambda x, name: do(f, args, kwargs), args[0], args[1])
        for x in (*args, *kwargs.values()):
            self.meet_callback(x)
        if way == models.MOVES:
            return self.call_mover(site, do, f, receiver, args, kwargs)
        if way is not None and key in models.GOES_THROUGH and args and not isinstance(args[0], (list, tuple, np.ndarray)):
            args = (list(args[0]), *args[1:])
        given = (receiver, args, kwargs) if receiver is not None else (args, kwargs)
        if way is None and any(isinstance(x, Iterator) for x in args):
            given = (given, list(self.objects.values())[:1])     # what it yields may depend on anything
        if not self.contains_tracked(given):
            return self.call_untouched(site, do, f, way, receiver, args, kwargs)
        if way == models.FLAT:
            return self.call_flat(site, do(f, args, kwargs), given)
        if way == models.BLIND:
            return self.opaque(site, models.name_of(key), do(f, args, kwargs), given)
        if way is None or way == models.WRITES:
            return self.call_opaque(site, do, f, receiver, args, kwargs, given)
        result = do(f, args, kwargs)
        if receiver is not None:
            args = (receiver, *args)
        result = self.own_results(result)
        self.model(site, key, args, kwargs, result, given)
        return result

    def own_results(self, result):
        """Ints among what a known function returns get an identity of their own."""
        if type(result) in (list, tuple) and any(type(x) is int for x in result):
            return type(result)(map(self.own, result))
        return self.own(result)

    def call_untouched(self, site, do, f, way, receiver, args, kwargs):
        """Nothing depends on a parameter; but arrays that the tape has captured may be written."""
        if way is None or way == models.WRITES or kwargs.get("out") is not None:
            for x in self.numbers_in((receiver, args, kwargs)):
                if isinstance(x, np.ndarray) and self.owners:
                    self.before_write(x)
            if way is None:
                self.acts_outside = True
        return do(f, args, kwargs)

    def call_mover(self, site, do, f, receiver, args, kwargs):
        """Functions that hand on what they are given: arrays among it are gone through here."""
        if f in (iter, next) and self.find(args[0]) is not None and not isinstance(args[0], np.ndarray):
            return self.opaque(site, f"{f.__name__}()", do(f, args, kwargs), args)
        moved = []
        for x in args:
            if isinstance(x, np.ndarray) and x.ndim and self.find(x) is not None:
                x = list(self.rows(site, x))
            moved.append(x)
        return do(f, tuple(moved), kwargs)

    def call_flat(self, site, result, given):
        """A function whose result does not change with its arguments."""
        for x in models.parts(result):
            if isinstance(x, ARRAYS) and not isinstance(x, np.bool_) and id(x) not in self.tracked:
                self.flat(site, list(self.numbers_in(given)), x)
        return result

    def call_opaque(self, site, do, f, receiver, args, kwargs, given):
        """Run it, and let everything that it may have changed depend on the parameters."""
        what = models.name_of(f)
        arrays = [x for x in self.numbers_in(given) if isinstance(x, np.ndarray)]
        before = [x.copy() for x in arrays]
        for x in arrays:
            self.before_write(x)
        self.acts_outside = True
        operands = [x for x in self.numbers_in(given) if self.find(x) is not None]
        result = do(f, args, kwargs)
        for x, old in zip(arrays, before):
            if not _same(x, old):
                self.damage(site, x, operands, self.sharers(x))
        for x in (receiver, *args, *kwargs.values()):
            if self.may_remember(x):
                self.opaque(site, what, x, operands)
        return self.opaque(site, what, result, operands)

    def may_remember(self, x):
        """True for objects of installed classes: an unknown call may have put something into them."""
        kind = type(x)
        return (
            kind not in self.builtin and not isinstance(x, NUMBERS) and not callable(x)
            and not isinstance(x, (types.ModuleType, np.random.Generator, np.random.RandomState, type))
        )

    def model(self, site, key, args, kwargs, result, given=None):
        """Record what a known function means; on any trouble its result is opaque."""
        given = (args, kwargs) if given is None else given
        if id(result) in self.tracked:
            return
        first = len(self.instructions)
        self.builder.span = site.span
        try:
            if kwargs.get("out") is not None or kwargs.get("where", True) is not True:
                raise models.NoModel("out= and where= are writes into an array")
            values = models.WAYS[key](self.view(args), self.view(kwargs))
            self.bind_results(result, values)
        except Exception as problem:    # a model's failure must not be the user's
            del self.instructions[first:]
            why = str(problem) if isinstance(problem, (models.NoModel, self.unrecordable)) else None
            operands = [x for x in self.numbers_in(given) if self.find(x) is not None]
            self.opaque(site, models.name_of(key), result, operands, why)

    def bind_results(self, result, values):
        """Tie the objects that a known function returned to the Values of its model."""
        if isinstance(result, (list, tuple)):
            if len(result) != len(values):
                raise models.NoModel("it returns another number of arrays than expected")
            pairs = list(zip(result, values))
        else:
            pairs = [(result, values)]
        for x, value in pairs:
            if isinstance(value, Value) and value.shape != np.shape(x):
                raise models.NoModel(f"its result has shape {np.shape(x)}, expected {value.shape}")
        for x, value in pairs:
            if not isinstance(value, Value) or isinstance(x, (bool, np.bool_, str)):
                continue
            kind = type_of(x)
            if kind.dtype.kind not in "iufcb":
                raise models.NoModel(f"its result has dtype {kind.dtype}")
            if kind.dtype.kind != value.dtype.kind:
                value = models.cast(value, dtype=kind.dtype)
            if value not in self.objects:
                value.type = kind
            self.bind(x, value)

    def view(self, x):
        """Arguments as a model sees them: Values for what depends on a parameter or is an array."""
        value = self.find(x)
        if value is not None:
            return value
        if isinstance(x, np.ndarray) and x.dtype.kind in "biufc":
            return self.constant(x)
        if isinstance(x, tuple):
            return tuple(self.view(part) for part in x)
        if isinstance(x, list):
            return [self.view(part) for part in x]
        if isinstance(x, dict):
            return {key: self.view(part) for key, part in x.items()}
        return x

    # the user's functions among arguments

    def meet_callback(self, x):
        """Follow functions that are handed to something installed."""
        kind = type(x)
        if kind is types.FunctionType:
            self.follow.function(x)
        elif kind is types.MethodType:
            self.meet(x.__self__)
            if type(x.__func__) is types.FunctionType:
                self.follow.function(x.__func__)
        elif kind is functools.partial:
            self.meet_callback(x.func)
        elif isinstance(x, type):
            if self.is_users_type(x):
                self.follow.type(x)
        else:
            self.meet(x)

    def meet_type(self, x, kind):
        if kind is types.FunctionType or kind is types.MethodType:
            self.meet_callback(x)
        elif self.is_users_type(kind):
            self.follow.type(kind)

    def is_users_type(self, kind):
        """True for a class of the notebook or of the user's own modules."""
        known = self.users_types.get(kind)
        if known is None:
            known = self.users_types[kind] = _defined_by_user(kind)
        return known


def _defined_by_user(kind):
    if not kind.__flags__ & (1 << 9):      # not made by a class statement
        return False
    for base in kind.__mro__:
        for member in vars(base).values():
            function = getattr(member, "__func__", member)
            function = getattr(function, "fget", function)
            if isinstance(function, types.FunctionType) and is_users(function.__code__):
                return True
    import sys

    module = sys.modules.get(kind.__module__)
    return kind.__module__ == "__main__" or getattr(module, "__file__", None) is not None and is_users(
        types.SimpleNamespace(co_filename=module.__file__)
    )


def _hashable(x):
    try:
        hash(x)
    except TypeError:
        return False
    return True


def _same(x, old):
    return x.shape == old.shape and np.array_equal(x, old, equal_nan=x.dtype.kind in "fc")
