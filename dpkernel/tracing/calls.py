"""Calls: the user's functions are followed, known functions recorded, the rest is unknown.

In:  a site, the function, its arguments.
Out: what the plain call returns.
Start at `Calls.call`.

Unknown calls run as usual on the plain values. What they return or change depends, in an unknown way, on
everything that they can get at (reach.py). Only if the gradient has to pass through that does it fail,
after the cell.
"""

import builtins
import collections
import functools
import types
import weakref

import numpy as np

from ..ir.block import Value
from ..ir.types import type_of
from ..primitives.index import index
from . import models
from .custom import CustomDerivative
from .handing import CACHED, DISPATCHER
from .kinds import defined_by_user, is_njit, is_numbas
from .known import Known
from .site import Site
from .whole import Whole

ARRAYS = (np.ndarray, np.generic)
PLAIN = frozenset({np.ndarray, np.float64, np.float32, float, int})
PLAIN_ARRAYS = (np.ndarray, np.memmap)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)
CONTAINERS = (list, tuple, dict, set, frozenset)
CALLED_AS_IT_IS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, np.ufunc, functools.partial)
MAKES_NAMED_TUPLE = collections.namedtuple("_", "x")._make.__func__.__code__
RECORDS_ITSELF = weakref.WeakSet()      # functions of ours that record what they compute
PLACEHOLDER = getattr(functools, "Placeholder", object())     # Python has it from 3.14 on


class Calls(Known):
    """The part of the tracer that answers calls."""

    builtin = frozenset()       # filled by tracer.py
    unrecordable = Exception

    def call(self, site, do, f, args, kwargs):
        self.last_site = site
        kind = type(f)
        if kind is np.ufunc and f in models.UFUNCS and not kwargs:
            if len(args) == f.nin and PLAIN.issuperset(map(type, args)):
                return self.call_ufunc(site, do, f, args)
        if kind is types.FunctionType or kind is types.MethodType:
            function = f if kind is types.FunctionType else f.__func__
            if kind is types.MethodType:
                self.meet(f.__self__)
            if type(function) is types.FunctionType:
                if self.follow.function(function):
                    return do(f, args, kwargs)
                if function.__code__ is DISPATCHER and kind is types.FunctionType:
                    return self.call_dispatched(site, do, f, args, kwargs)
                if function.__code__ is MAKES_NAMED_TUPLE and args:
                    return do(f, (self.gone_over(site, args[0]), *args[1:]), kwargs)
                self.follow.hidden(function)
                if function in RECORDS_ITSELF:
                    return do(f, args, kwargs)
            elif type(function) in (functools.partial, CACHED) or not hasattr(function, "__name__"):
                return self.call(site, do, function, (f.__self__, *args), kwargs)
        elif kind is CustomDerivative:
            with self.follow.suspended():
                return self.call_custom(site, do, f, args, kwargs)
        elif issubclass(type(f), type) and self.is_users_type(f):
            self.follow.type(f)
            self.follow.type(type(f))
            if args and issubclass(type(args[0]), np.ndarray) and self.is_built_as_a_container(f):
                args = (self.gone_over(site, args[0]), *args[1:])
            return self.constructed(site, do(f, args, kwargs), args, kwargs)
        elif kind is types.MethodWrapperType and f.__name__ == "__call__" and type(f.__self__) in CALLED_AS_IT_IS:
            return self.call(site, do, f.__self__, args, kwargs)
        elif is_njit(f):
            if self.contains_tracked((args, kwargs)):
                return self.unboxed(self.call(site, do, f.py_func, args, kwargs))   # its Python source says the same
            with self.follow.suspended():
                return self.call_unknown(site, do, f, None, args, kwargs, roots=(args, kwargs))
        elif kind is functools.partial and sum(x is PLACEHOLDER for x in f.args) <= len(args):
            return self.call(site, do, f.func, _filled(f.args, args), {**f.keywords, **kwargs})
        elif self.is_users_type(kind):
            self.follow.type(kind)
            if self.is_users_type(self.answering(kind, "__call__")):
                return do(f, args, kwargs)
        return self.call_known(site, do, f, args, kwargs)

    def decorator(self, site, x):
        """What is written behind an @."""
        self.meet(x)
        return (lambda f: self.call(site, site.do("call"), x, (f,), {})) if is_numbas(x) else x

    def call_ufunc(self, site, do, f, args):
        """The common case, made fast: an elementwise function of plain arrays and numbers."""
        if not any([self.find(x) is not None for x in args]):
            return do(f, args, {})
        result = do(f, args, {})
        self.record(site, models.UFUNCS[f], args, result)
        return result

    def unboxed(self, result):
        """What a compiled function would return: Python's numbers in place of NumPy's."""
        if issubclass(type(result), tuple):
            return tuple(map(self.unboxed, result))
        if not issubclass(type(result), (np.floating, np.complexfloating)):
            return result
        number, value = result.item(), self.find(result)
        if value is not None:
            self.bind(number, value)
        return number

    def is_built_as_a_container(self, cls):
        """True for a user's list, tuple, set or deque that leaves its making to the class it comes from."""
        makers = (self.answering(cls, "__init__"), self.answering(cls, "__new__"))
        return issubclass(cls, (list, tuple, set, frozenset, collections.deque)) and not any(map(self.is_users_type, makers))

    def constructed(self, site, x, args, kwargs):
        """A new object of a user's class. Numbers among its bases take their value in C code."""
        if issubclass(type(x), NUMBERS) and self.find(x) is None:
            values = self.values_behind(self.reach(args, kwargs))
            if values and type(x).__new__ is float.__new__ and len(args) == 1 and self.find(args[0]) is not None:
                self.model(site, builtins.float, args, {}, x)
            elif values:
                self.opaque(site, f"{type(x).__name__}()", x, values=values)
        return x

    def call_float(self, site, do, f, args, kwargs):
        """`float.__new__(cls, x)`, for a class that comes from float."""
        result = do(f, args, kwargs)
        if len(args) == 2 and self.find(args[1]) is not None and self.find(result) is None:
            self.model(site, builtins.float, args[1:], {}, result)
        return result

    def is_of_package(self, x):
        """True for an object of a class that is neither built in, nor NumPy's, nor the user's."""
        kind = type(x)
        return kind not in self.builtin and not issubclass(type(x), (*ARRAYS, *CONTAINERS, int, float, complex, str, type)) \
            and not callable(x) and not self.is_users_type(kind)

    def call_operator(self, site, do, f, meant, operands):
        """`operator.add(a, b)`, `a.__add__(b)`: what the operator does."""
        method, detail, reflected = meant
        site = Site(site.span, detail)
        bound = isinstance(getattr(f, "__self__", None), (*ARRAYS, int, float, complex))
        given = operands[1:] if bound else operands
        if method == "set":
            x, i, value = operands
            if issubclass(type(x), np.ndarray):
                return self.assign(site, x, i, value, lambda: do(f, given, {}))
            if self.keeps_objects(x):
                return do(f, given, {})
            return self.set_unknown(site, lambda: do(f, given, {}), x, (i, value), f"an item of a {type(x).__name__}")
        operands, first = operands[::-1] if reflected else operands, len(self.instructions)
        if getattr(f, "__module__", None) in ("operator", "_operator"):
            return getattr(self, method)(site, lambda *used: do(f, used, {}), *operands)
        result = getattr(self, method)(site, lambda *_: do(f, given, {}), *operands)
        if self.is_users_type(type(result)) or any(self.is_object(x) for x in operands):
            self.unless_partial(site, f"{f.__name__}()", result, operands, first)
        return result

    def own_results(self, result):
        """Ints among what a known function returns get an identity of their own."""
        if type(result) in (list, tuple) and any(type(x) in (int, list, tuple) for x in result):
            return type(result)(map(self.own_results, result))
        return self.own(result)

    # known functions

    def call_flat(self, site, result, given):
        """A function whose result does not change with its arguments."""
        result = self.own_results(result)
        for x in models.parts(result):
            if issubclass(type(x), (*ARRAYS, Whole)) and not issubclass(type(x), np.bool_) and id(x) not in self.tracked:
                self.flat(site, list(self.numbers_in(given)), x)
        return result

    def call_writer(self, site, do, f, way, receiver, args, kwargs):
        """A function that is known to write into its receiver or first argument."""
        given = args if receiver is None else (receiver, *args)
        if not given or not issubclass(type(given[0]), np.ndarray) or given[0].dtype.kind == "O":
            return self.call_unknown(site, do, f, receiver, args, kwargs)
        target, rest = given[0], given[1:]
        memory = self.memory_of(target)
        depends = self.find(target) is not None or self.contains_tracked((rest, kwargs))
        if not depends and (memory is None or self.begin_write(memory, False) is None):
            return do(f, args, kwargs)
        contents = None if way.meaning is None else \
            lambda old: way.meaning(old, *self.view(rest), **self.view(kwargs))
        return self.rewrite(site, target, contents, lambda: do(f, args, kwargs), (rest, kwargs))

    def call_out(self, site, do, f, key, way, receiver, args, kwargs, outs):
        """A known function that leaves its result in an array it is given."""
        out, args_in, kwargs_in = outs
        given = args_in if receiver is None else (receiver, *args_in)
        memory = self.memory_of(out)
        depends = self.find(out) is not None or self.contains_tracked((given, kwargs_in))
        if not depends and (memory is None or self.begin_write(memory, False) is None):
            return do(f, args, kwargs)
        where = kwargs_in.pop("where", True) if issubclass(type(f), np.ufunc) else True
        where = np.asarray(where) if isinstance(where, (list, tuple)) else where

        before = []

        def contents(old):
            before.append(old)
            value = way(self.view(given), self.view(kwargs_in))
            return value if where is True else models.select(self.view(where), value, old)

        if way == models.FLAT:
            result = self.rewrite(site, out, lambda old: old, lambda: do(f, args, kwargs), ())
            memory = self.memory_of(out)
            version = self.begin_write(memory, True)
            self.end_write(memory, self.placed(memory, version, out, self.snapshot(out)))
            return result
        result = self.rewrite(site, out, contents, lambda: do(f, args, kwargs), (given, kwargs_in))
        if result is not out and issubclass(type(result), ARRAYS) and self.find(result) is None:
            written = self.find(out)
            if issubclass(type(result), np.ndarray):      # the function does not care for `out`: np.fft.ifft2 in NumPy 2.4
                self.rewrite(site, out, lambda _: before[0], lambda: None, ())
            self.append(site, index, (written,), result, {"form": ""})
        return result

    def model(self, site, key, args, kwargs, result, given=None):
        """Record what a known function means; on any trouble its result is opaque."""
        given = (args, kwargs) if given is None else given
        self.record_model(site, key, result, given, lambda: models.WAYS[key](self.view(args), self.view(kwargs)))

    def record_model(self, site, key, result, given, meaning, values=None):
        """Record what `meaning()` says of `result`; on any trouble it depends on `values`, or what `given` leads to."""
        if id(result) in self.tracked:
            return
        first = len(self.instructions)
        self.builder.span = site.span
        try:
            with self.builder, np.errstate(all="ignore"):       # the call itself has warned, or raised
                self.bind_results(result, meaning())
        except Exception as problem:    # a model's failure must not be the user's
            del self.instructions[first:]
            while self.marks and self.marks[-1][0] > first:
                self.marks.pop()
            why = str(problem) if issubclass(type(problem), (models.NoModel, self.unrecordable)) else None
            reached = self.reach(given)
            values = self.values_behind(reached) if values is None else values
            is_numbers = issubclass(type(result), NUMBERS) and getattr(result, "dtype", None) != object
            self.handed_on(site, models.name_of(key), result, None if is_numbers else reached, values, why)

    def bind_results(self, result, values):
        """Tie the objects that a known function returned to the Values of its model."""
        pairs = list(_pairs(result, values))
        for x, value in pairs:
            if not issubclass(type(value), Value) and issubclass(type(x), NUMBERS) and value is not None:
                raise models.NoModel("its result is not described")
            if issubclass(type(value), Value) and value.shape != np.shape(x):
                raise models.NoModel(f"its result has shape {np.shape(x)}, expected {value.shape}")
        for x, value in pairs:
            if not issubclass(type(value), Value) or issubclass(type(x), (bool, np.bool_, str)) or self.find(x) is value:
                continue
            kind = type_of(x)
            if kind.dtype.kind not in "iufcb":
                raise models.NoModel(f"its result has dtype {kind.dtype}")
            if kind.dtype.kind != value.dtype.kind:
                value = models.cast(value, dtype=kind.dtype, exact=kind.dtype.kind in "iu" and value.dtype.kind == "f")
            if value not in self.objects:
                value.type = kind
            self.bind(x, value)

    def view(self, x):
        """Arguments as a model sees them: Values for what depends on a parameter or is an array."""
        value = self.find(x)
        if value is not None:
            return value
        if issubclass(type(x), np.ndarray):
            if x.dtype.kind in "biufc":
                return self.constant(x)
            if self.contains_tracked(x):
                if not all(issubclass(type(part), (float, complex, np.number)) for part in x.ravel().tolist()):
                    raise models.NoModel(f"an array of dtype {x.dtype}")
                return self.view(x.tolist())
        if issubclass(type(x), tuple):
            parts = [self.view(part) for part in x]
            return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
        if issubclass(type(x), list):
            return [self.view(part) for part in x]
        if issubclass(type(x), dict):
            return {key: self.view(part) for key, part in x.items()}
        if issubclass(type(x), slice):
            return slice(*map(self.view, (x.start, x.stop, x.step)))
        return x

    def is_foreign(self, *objects):
        """True if there is an array of a class of a package, in which operators may mean something else."""
        for x in objects:
            if issubclass(type(x), np.ndarray) and type(x) not in PLAIN_ARRAYS and not self.is_users_type(type(x)):
                return True
        return False

    def is_users_type(self, kind):
        """True for a class of the notebook or of the user's own modules."""
        known = self.users_types.get(kind)
        if known is None:
            known = self.users_types[kind] = defined_by_user(kind)
        return known


def _filled(given, args):
    """The arguments of a partial object's function: those of the call stand where places were kept, then behind."""
    rest = iter(args)
    return (*[next(rest) if x is PLACEHOLDER else x for x in given], *rest)


def _pairs(result, values):
    """What a known function returned, and the Values of its model: lists are gone through, whatever is in them."""
    if not issubclass(type(result), (list, tuple)):
        yield result, values
        return
    if not issubclass(type(values), (list, tuple)) or len(result) != len(values):
        raise models.NoModel("it returns another number of arrays than expected")
    for x, value in zip(result, values):
        yield from _pairs(x, value)
