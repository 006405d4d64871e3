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
import copy
import functools
import operator
import types
import weakref

import numpy as np

from ..ir.block import Value
from ..ir.types import type_of
from . import models
from .callbacks import FUNCTIONS
from .counts import without_counts
from .custom import CustomDerivative
from .handing import CACHED, CALLED, DISPATCHER
from .kinds import defined_by_user, is_njit, is_numbas
from .objects import MAKES_ARRAY, ONE_BY_ONE, holds_objects, takes_objects
from .operations import METHODS
from .site import Site
from .structures import is_pandas
from .whole import Whole, plain

ARRAYS = (np.ndarray, np.generic)
PLAIN = frozenset({np.ndarray, np.float64, np.float32, float, int})
PLAIN_ARRAYS = (np.ndarray, np.memmap)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)
CONTAINERS = (list, tuple, dict, set, frozenset)
RUN_BY_SHELL = frozenset({"run_line_magic", "run_cell", "run_code", "ex", "ev", "safe_execfile", "safe_run_module"})
CALLED_AS_IT_IS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, np.ufunc, functools.partial)
SURELY_NUMBERS = frozenset({np.ndarray, np.float64, np.float32, np.int64, float, int, complex, bool, str, type(None)})
MAKES_NAMED_TUPLE = collections.namedtuple("_", "x")._make.__func__.__code__
RECORDS_ITSELF = weakref.WeakSet()      # functions of ours that record what they compute
PLACEHOLDER = getattr(functools, "Placeholder", object())     # Python has it from 3.14 on


def _operators():
    """{key of a function: (method of the tracer, which operator, True if the operands are swapped)}."""
    table = {operator.getitem: ("item", None, False), operator.setitem: ("set", None, False)}
    for word in ("array", "number"):
        table[word, "__getitem__"] = ("item", None, False)
        table[word, "__setitem__"] = ("set", None, False)
    for detail, name in METHODS.items():
        method = "unary" if detail in ("USub", "UAdd") else "binary"
        table[getattr(operator, name)] = (method, detail, False)
        for word in ("array", "number"):
            table[word, f"__{name}__"] = (method, detail, False)
            table[word, f"__r{name}__"] = ("binary", detail, True)
            table[word, f"__i{name}__"] = ("in_place", detail, False)
        if method == "binary":
            table[getattr(operator, f"i{name}")] = ("in_place", detail, False)
    return table


OPERATORS = _operators()


class Calls:
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

    def call_known(self, site, do, f, args, kwargs):
        """A call of something installed: look for a model."""
        if is_numbas(f):
            with self.follow.suspended():
                return do(f, args, kwargs) if issubclass(type(f), types.FunctionType) else \
                    self.call_unknown(site, do, f, None, args, kwargs)
        key, receiver = models.key_of(f)
        key = key if _hashable(key) else type(f)
        if self.wholes and models.is_numpys(f, receiver):
            args, kwargs = without_counts(f, args, kwargs)
        way, meant = models.WAYS.get(key), OPERATORS.get(key)
        if self.is_foreign(receiver, *args):
            way = meant = None
        if type(f) in CALLED:
            return getattr(self, CALLED[type(f)])(site, do, f, args, kwargs)
        if type(key) is tuple and key[1] in RUN_BY_SHELL and hasattr(type(receiver), "run_line_magic"):
            return self.call_shell(site, do, f, args, kwargs)
        if key in FUNCTIONS:
            return getattr(self, FUNCTIONS[key])(site, do, f, args, kwargs)
        if key == ("array", "astype") and (holds_objects(receiver) or self.find(receiver) is not None and args
                                           and args[0] in (object, "O") and receiver.dtype.kind in "fc"):
            return self.from_or_to_objects(site, do, f, args, kwargs)
        if (type(f) is np.ufunc or key in ONE_BY_ONE) and not kwargs and any(self.asks_users_code(x) for x in args) \
                and self.contains_tracked(args):
            return self.call_one_by_one(site, do, f, args, kwargs)
        if way is None and type(f) is np.ufunc:
            return self.call_made_ufunc(site, do, f, args, kwargs)
        if way is None and type(key) is tuple and type(key[0]) is np.ufunc:
            return self.call_method_of_ufunc(site, do, f, args, kwargs)
        if callable(way) and not all([type(x) in SURELY_NUMBERS for x in args]) and takes_objects(f):
            args = tuple([x if type(x) in SURELY_NUMBERS else self.as_numbers(site, do, f, x) for x in args])
        if meant is not None and not kwargs:
            return self.call_operator(site, do, f, meant, args if receiver is None else (receiver, *args))
        if way == models.FREE and kwargs.get("file") is None:
            result = do(f, args, kwargs)
            return int if result is Whole and f is type else result
        if f is getattr and not kwargs and len(args) in (2, 3):
            return self.attribute(site, lambda x, name: do(f, args, kwargs), *args)
        if f is setattr and len(args) == 3 and issubclass(type(args[0]), np.ndarray):
            return self.assign_attribute(site, *args, lambda *given: do(f, given, {}))
        if f is copy.deepcopy and len(args) == 1 and not kwargs:
            return self.copied_deeply(site, do, args[0], {})
        if f is copy.copy and len(args) == 1 and not kwargs and type(args[0]) in (np.ndarray, list, dict, set, collections.deque):
            result = do(f, args, kwargs)            # of a container the same objects
            if issubclass(type(result), np.ndarray) and self.find(args[0]) is not None:
                self.model(site, np.copy, args, {}, result)
            return result
        if key in models.CALLBACKS:
            args, kwargs = self.with_callbacks(site, do, key, args, kwargs)
        for x in (*args, *kwargs.values()):
            if type(x) not in self.builtin:
                self.meet_callback(x)
        if way == models.MOVES:
            return self.call_mover(site, do, f, key, receiver, args, kwargs)
        if key in models.GOES_THROUGH and args and not issubclass(type(args[0]), (list, tuple)) and not (
                issubclass(type(args[0]), np.ndarray) and args[0].dtype.kind != "O"):
            args = (list(self.elements(site, args[0])), *args[1:])
        if models.writes_in_place(key, args, kwargs):
            way = models.WAYS["np.nan_to_num in place"] if f is np.nan_to_num and args else None
        if issubclass(type(receiver), (list, dict, set, collections.deque)) or issubclass(type(way), models.Writer):
            self.writes(receiver if receiver is not None else args and args[0])
        if issubclass(type(way), (models.Drawn, models.Shuffled)):
            return self.call_random(site, do, f, way, receiver, args, kwargs)
        if issubclass(type(way), models.Writer):
            return self.call_writer(site, do, f, way, receiver, args, kwargs)
        outs = models.outs_of(f, key, args, kwargs)
        if outs and way not in (None, models.BLIND):
            self.writes(outs[0])
            return self.call_out(site, do, f, key, way, receiver, args, kwargs, outs)
        if way is None or way == models.FREE:
            args = self.given_to_pool(site, f, receiver, args)
            return self.call_unknown(site, do, f, receiver, args, kwargs)
        foreign = [x for x in (*args, *kwargs.values()) if self.is_of_package(x) and self.leads_to_parameters(x)]
        if foreign:
            args = tuple(np.asarray(x) if f in MAKES_ARRAY and x is args[0] and is_pandas(x) else x for x in args)
            if any(x is y for x in foreign for y in (*args, *kwargs.values())) or self.find(args[0]) is None:
                return self.call_unknown(site, do, f, receiver, args, kwargs)
        given = (receiver, args, kwargs) if receiver is not None else (args, kwargs)
        touches = self.touches
        if not self.contains_tracked(given):
            result = do(f, args, kwargs)
            if self.touches != touches and way != models.FLAT:
                self.opaque(site, models.name_of(key), result, values=self.inputs)
            return result
        if way == models.FLAT:
            return self.call_flat(site, do(f, args, kwargs), given)
        if way == models.BLIND:
            return self.opaque(site, models.name_of(key), self.own_results(do(f, args, kwargs)), given)
        if f in (builtins.divmod, builtins.pow) and len(args) > 1:
            args = (*self.asked_first(site, *args[:2]), *args[2:])
        first = len(self.instructions)
        result = self.own_results(do(f, tuple(map(plain, args)), kwargs))
        if first != len(self.instructions):         # code of the user's has computed
            self.unless_partial(site, models.name_of(key), result, [
                part for x in (receiver, *args) for part in (
                    x if type(x) in (list, tuple) else x.ravel().tolist() if holds_objects(x) else [x])], first)
        if any([self.is_users_type(type(part)) and not issubclass(type(part), NUMBERS) for part in models.parts(result)]):
            return result       # code of the user's has answered
        if f in MAKES_ARRAY and holds_objects(result):
            return self.held_on(site, f, args, result)
        if receiver is not None:
            args = (receiver, *args)
        self.model(site, key, args, kwargs, result, given)
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
        if type(result) in (list, tuple) and any(type(x) is int for x in result):
            return type(result)(map(self.own, result))
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

        def contents(old):
            value = way(self.view(given), self.view(kwargs_in))
            return value if where is True else models.select(self.view(where), value, old)

        if way == models.FLAT:
            result = self.rewrite(site, out, lambda old: old, lambda: do(f, args, kwargs), ())
            memory = self.memory_of(out)
            version = self.begin_write(memory, True)
            self.end_write(memory, self.placed(memory, version, out, self.snapshot(out)))
            return result
        return self.rewrite(site, out, contents, lambda: do(f, args, kwargs), (given, kwargs_in))

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
            with self.builder:
                self.bind_results(result, meaning())
        except Exception as problem:    # a model's failure must not be the user's
            del self.instructions[first:]
            while self.marks and self.marks[-1][0] > first:
                self.marks.pop()
            why = str(problem) if issubclass(type(problem), (models.NoModel, self.unrecordable)) else None
            values = self.values_behind(self.reach(given)) if values is None else values
            self.opaque(site, models.name_of(key), result, why=why, values=values)

    def bind_results(self, result, values):
        """Tie the objects that a known function returned to the Values of its model."""
        if issubclass(type(result), (list, tuple)):
            if len(result) != len(values):
                raise models.NoModel("it returns another number of arrays than expected")
            pairs = list(zip(result, values))
        else:
            pairs = [(result, values)]
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
                value = models.cast(value, dtype=kind.dtype)
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


def _hashable(x):
    try:
        hash(x)
    except TypeError:
        return False
    return True
