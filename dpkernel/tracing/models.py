"""What installed functions mean: the table of all functions that are known.

In:  a function, or a method of an array or a number.
Out: a way to treat its call.
Start at `WAYS`. A value of that table is one of the words below, or a model: a function
(args, kwargs) -> Value (or a list of Values) that emits the instructions the call stands for.

The models themselves are written as ordinary functions with NumPy's own signatures, in
numpy_models.py and python_models.py; `model` and `elementwise_model` enter them here.
"""

import builtins
import collections
import contextvars
import functools
import heapq
import importlib
import itertools
import math
import operator
import statistics
import types
from dataclasses import dataclass

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.build import emit
from ..primitives.functions import cast, concatenate, index, reshape, select  # noqa: F401
from .site import ACTIVE

FREE = "free"       # neither computes nor keeps anything that could carry a derivative
MOVES = "moves"     # hands on the objects it is given (list, zip, append); arrays are gone through
FLAT = "flat"       # the result does not change with the arguments
BLIND = "blind"     # only computes, but the result depends on the arguments as no instruction describes: text
WAYS = {}
UFUNCS = {}         # ufunc -> the primitive that it is
GOES_THROUGH = {        # they take any iterable; models want a list
    builtins.sum, math.fsum, math.prod, *(getattr(statistics, name) for name in (
        "mean", "fmean", "geometric_mean", "harmonic_mean", "variance", "pvariance", "stdev", "pstdev")),
}

# functions that go through what they are given
GOES_OVER = {
    builtins.list, builtins.tuple, builtins.set, builtins.frozenset, builtins.zip, builtins.map, builtins.filter,
    builtins.enumerate, builtins.reversed, builtins.sorted, builtins.min, builtins.max, builtins.dict, functools.reduce,
    itertools.chain, itertools.product, itertools.islice, itertools.cycle, itertools.accumulate, itertools.starmap,
    itertools.zip_longest, itertools.takewhile, itertools.dropwhile, itertools.filterfalse, itertools.groupby,
    itertools.combinations, itertools.permutations, itertools.tee, itertools.compress,
    itertools.chain.from_iterable, itertools.combinations_with_replacement, (list, "extend"), (set, "update"),
    tuple.__new__, frozenset.__new__, dict.fromkeys, collections.OrderedDict.fromkeys, collections.deque, (collections.deque, "extend"), (collections.deque, "extendleft"), heapq.nlargest, heapq.nsmallest,
}
GOES_OVER.update(f for kind in (list, set, collections.deque) for f in (kind.__init__, (kind, "__init__")))
GOES_OVER.update((kind, name) for kind in (set, frozenset) for name in (
    "union", "intersection", "difference", "symmetric_difference", "intersection_update", "difference_update",
    "symmetric_difference_update"))
GOES_OVER.update(getattr(itertools, name) for name in ("pairwise", "batched") if hasattr(itertools, name))

# functions that go through the elements of what they go through: the position of that argument
GOES_INSIDE = {
    itertools.starmap: 1, itertools.chain.from_iterable: 0, builtins.dict: 0, (dict, "update"): 0, collections.OrderedDict: 0,
    (collections.OrderedDict, "update"): 0,
}

# functions that call a function they are given: (its position, its name, what is called without one)
CALLBACKS = {
    builtins.map: (0, "", None), builtins.filter: (0, "", None), functools.reduce: (0, "", None),
    builtins.sorted: (None, "key", None), builtins.min: (None, "key", None), builtins.max: (None, "key", None),
    (list, "sort"): (None, "key", None), itertools.starmap: (0, "", None), itertools.takewhile: (0, "", None),
    itertools.dropwhile: (0, "", None), itertools.filterfalse: (0, "", None), itertools.groupby: (1, "key", None),
    (contextvars.Context, "run"): (0, "", None), itertools.accumulate: (1, "func", operator.add),
    heapq.nlargest: (2, "key", None), heapq.nsmallest: (2, "key", None),
}


def gone_over(key, args):
    """Function (position) -> whether a function that goes over its arguments goes over this one."""
    if key in (builtins.min, builtins.max) and len(args) > 1:
        return lambda n: False
    if key is functools.reduce:
        return lambda n: n == 1
    called = CALLBACKS.get(key, (None,))[0]
    return lambda n: n != called


# where the array for the result stands among the arguments of functions; of methods one place before
OUT_AT = {
    "sum": 3, "prod": 3, "cumsum": 3, "cumprod": 3, "mean": 3, "std": 3, "var": 3, "max": 2, "min": 2, "amax": 2,
    "amin": 2, "clip": 3, "dot": 2, "take": 3, "round": 2, "around": 2, "argmax": 2, "argmin": 2, "any": 2, "all": 2,
    "compress": 3, "choose": 2, "concatenate": 2, "stack": 2, "ptp": 2, "outer": 2, "trace": 5, "nansum": 3,
    "median": 2, "quantile": 3, "percentile": 3,
}


# options with which a function writes into its first argument: (their position, their name, their value)
IN_PLACE = {
    np.nan_to_num: (1, "copy", False), np.median: (3, "overwrite_input", True), np.nanmedian: (3, "overwrite_input", True),
    **{f: (4, "overwrite_input", True) for f in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile)},
}
_OUT_OF = {getattr(np, name): at for name, at in OUT_AT.items()}


@dataclass(frozen=True)
class Writer:
    """A function that writes into its receiver or first argument.

    meaning   (old contents, *other arguments) -> new contents; or None if nobody has written it down
    """

    meaning: object = None


@dataclass(frozen=True)
class Drawn:
    """A draw of random numbers; `meaning(what was drawn, *arguments)` says how it depends on the arguments."""

    meaning: object


@dataclass(frozen=True)
class Shuffled:
    """A function that moves or chooses elements at random: drawn again with numbers in their place, it says which."""

    in_place: bool = False


def writer(*functions):
    """Decorator: enters what a function writes as the model of `functions`."""
    def decorate(meaning):
        for f in functions:
            WAYS[f] = Writer(meaning)
        return meaning

    return decorate


def writes_in_place(key, args, kwargs):
    """True if an option makes the function write into its first argument."""
    if key not in IN_PLACE:
        return False
    at, name, value = IN_PLACE[key]
    return bool(args[at] if len(args) > at else kwargs.get(name, not value)) == value


def outs_of(f, key, args, kwargs):
    """(array for the result, the other arguments), or None if the call makes its result itself."""
    out, rest, options = kwargs.get("out"), args, kwargs
    if out is not None:
        options = {name: x for name, x in kwargs.items() if name != "out"}
    elif issubclass(type(f), np.ufunc):
        if len(args) > f.nin:
            out, rest = args[f.nin:], args[:f.nin]
    else:
        method = issubclass(type(key), tuple) and key[0] == "array" and getattr(f, "__self__", None) is not None
        at = OUT_AT.get(key[1], 0) - 1 if method else _OUT_OF.get(key)
        at = None if at == -1 else at
        if at is not None and len(args) > at and issubclass(type(args[at]), np.ndarray):
            out, rest = args[at], (*args[:at], None, *args[at + 1:])
            while rest and rest[-1] is None:
                rest = rest[:-1]
    if issubclass(type(out), tuple):
        given = [x for x in out if x is not None]
        out = given[0] if len(out) == 1 and given else None if not given else out
    return (out, rest, dict(options)) if issubclass(type(out), np.ndarray) else None


def concrete(x):
    """The numbers of an operand, as they are now: indices, masks, the order of elements."""
    if issubclass(type(x), (list, tuple)):
        return type(x)(map(concrete, x))
    if not issubclass(type(x), Value):
        return x
    found = ACTIVE.tracer.computed(x)
    return found.copy("K") if issubclass(type(found), np.ndarray) else found


def moved(function, *data):
    """The elements of `data` (operands) at the places where `function` puts them.

    `function` only moves elements: called with arrays of numbers that tell where each element comes from,
    it says where each goes.
    """
    data = [as_value(x) for x in data]
    counts = [int(np.prod(shape_of(x), dtype=int)) for x in data]
    starts = [1 + sum(counts[:n]) for n in range(len(counts))]
    tags = [np.arange(s, s + n).reshape(shape_of(x)) for s, n, x in zip(starts, counts, data)]
    flat = [reshape(x, (n,)) if issubclass(type(x), Value) else np.reshape(x, (n,)) for x, n in zip(data, counts)]
    dtype = np.result_type(*(_weak(x) for x in data))
    flat = [x if dtype_of(x) == dtype or issubclass(type(x), Value) else x.astype(dtype) for x in flat]
    where = function(*tags)
    if any(np.any(np.equal(part, 0)) for part in parts(where)):     # new elements, which are zero
        return _gathered(concatenate([np.zeros(1, dtype), *flat], 0), where, 0)
    return _gathered(concatenate(flat, 0) if len(flat) > 1 else flat[0], where, 1)


def _weak(x):
    kind = type_of_operand(x).kind
    return {"int": 0, "float": 0.0, "complex": 0j, "bool": False}.get(kind, dtype_of(x))


def _gathered(flat, where, first):
    if issubclass(type(where), (list, tuple)):
        return [_gathered(flat, part, first) for part in where]
    return index(flat, np.asarray(where) - first if np.ndim(where) else int(where) - first, form="i")


def mover(*functions, data=(0,)):
    """Enter functions that only move elements; `data` are the arguments whose elements these are."""
    def enter(f, real):
        def call(args, kwargs):
            refuse({"out": kwargs.get("out")})
            args = list(args)
            positions = [n for n in data if issubclass(type(n), int) and n < len(args)]
            names = [n for n in data if issubclass(type(n), str) and n in kwargs]
            held = [args[n] for n in positions] + [kwargs[n] for n in names]
            rest = [None if n in positions else concrete(x) for n, x in enumerate(args)]
            options = {name: None if name in names else concrete(x) for name, x in kwargs.items()}

            def tagged(*tags):
                for n, tag in zip(positions, tags):
                    rest[n] = tag
                options.update(zip(names, tags[len(positions):]))
                return real(*rest, **options)

            if any(issubclass(type(x), (list, tuple)) and _has_value(x) and len(held) == 1 for x in held):
                return moved_list(real, args, options, positions[0])
            return moved(tagged, *held)

        WAYS[f] = call

    for f in functions:
        enter(f, getattr(np.ndarray, f[1]) if issubclass(type(f), tuple) else f)


def moved_list(real, args, options, at):
    """A mover whose data is a list of arrays."""
    return moved(lambda *tags: real(*args[:at], list(tags), *args[at + 1:], **options), *args[at])

_OF_ARRAYS = (np.ndarray, np.generic)


class NoModel(Exception):
    """A known function was called in a way that its model does not cover; the text says which."""


def key_of(f):
    """(key into WAYS, receiver): methods of arrays and numbers are known by their names."""
    kind = type(f)
    if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
        word = "array" if f.__objclass__ is np.ndarray else "number" if f.__objclass__ in (float, int, complex) else None
        return (f, None) if word is None else ((word, f.__name__), None)
    if kind in (types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType):
        receiver = f.__self__
        if issubclass(type(receiver), _OF_ARRAYS):
            return ("array", f.__name__), receiver
        if issubclass(type(receiver), (float, int, complex)) and not issubclass(type(receiver), type):
            return ("number", f.__name__), receiver
        if issubclass(type(receiver), np.ufunc):
            return (receiver, f.__name__), None
        if issubclass(type(receiver), (types.ModuleType, type(None))) or issubclass(type(receiver), type):
            return f, None
        key = type(receiver), f.__name__
        return key if key in WAYS else (_written_in_c(*key), f.__name__), receiver
    return f, None


def is_numpys(f, receiver):
    """True for a function or method of NumPy's that is not a ufunc."""
    if isinstance(receiver, (np.ndarray, np.random.Generator, np.random.RandomState)):
        return True
    return type(f) is not np.ufunc and receiver is None and (getattr(f, "__module__", None) or "").startswith("numpy")


def _written_in_c(kind, name):
    """The class among the bases of `kind` that has this method in C; `kind` if none has."""
    for base in kind.__mro__:
        if isinstance(vars(base).get(name), (types.MethodDescriptorType, types.WrapperDescriptorType)):
            return base
    return kind


def name_of(f):
    """A function's name as people write it: np.linalg.svd, KMeans.fit."""
    if issubclass(type(f), tuple):
        return f"{getattr(f[0], '__name__', f[0])}.{f[1]}"
    name = getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or type(f).__name__
    module = getattr(f, "__module__", None) or ""
    root = module.split(".")[0]
    if root in ("builtins", "", "__main__") or getattr(f, "__self__", None) is not None and "." in name:
        return name
    return f"{module.replace('numpy', 'np', 1)}.{name}" if root == "numpy" else f"{root}'s {name}"


def parts(result):
    """The objects of a result: itself, or the elements of a tuple or list."""
    return result if issubclass(type(result), (tuple, list)) else (result,)


def way(word, *functions):
    """Enter functions under one of the words."""
    for f in functions:
        WAYS[f] = word


def model(*functions, lists=False):
    """Decorator: enters a function with NumPy's signature as the model of `functions`.

    lists   it goes through lists itself; for the others a list of operands is an array
    """
    def whole(x):
        return as_value(x) if not lists and isinstance(x, (list, tuple)) and _has_value(x) else x

    def decorate(meaning):
        def call(args, kwargs):
            return meaning(*map(whole, args), **{name: whole(x) for name, x in kwargs.items()})

        for f in functions:
            WAYS[f] = call
        return meaning

    return decorate


def elementwise_model(primitive, *functions):
    """Enter a primitive itself as the model of ufuncs and of their like."""

    def call(args, kwargs):
        options = dict(kwargs)
        dtype = options.pop("dtype", None)
        refuse(options)
        args = list(map(as_value, args))
        if dtype is not None and np.dtype(dtype).kind in "fc":
            args = [cast(x, dtype=np.dtype(dtype)) if dtype_of(x) != dtype else x for x in args]
        return emit(primitive, *args)

    for f in functions:
        WAYS[f] = call
        if issubclass(type(f), np.ufunc):
            UFUNCS[f] = primitive


def refuse(options):
    """Raise NoModel for options that are given and that no model covers."""
    for name, x in options.items():
        harmless = x is None or (name == "where" and x is True) or name in ("order", "casting", "subok")
        if not harmless:
            raise NoModel(f"the option {name}=")


def as_value(x):
    """An operand from what a caller may pass: a nested list becomes an array."""
    if issubclass(type(x), (list, tuple)):
        if not _has_value(x):
            return _as_numbers(np.asarray(x))
        return stack([as_value(part) for part in x], 0)
    return x


def _as_numbers(x):
    """A constant array; Python's long integers as the floats that they become beside floats."""
    if x.dtype.kind != "O":
        return x
    if not all(type(part) in (int, float, bool) for part in x.ravel().tolist()):
        raise NoModel("numbers that are objects")
    return x.astype(float)


def _has_value(x):
    return issubclass(type(x), Value) or issubclass(type(x), (list, tuple)) and any(map(_has_value, x))


def shape_of(x):
    """The shape of an operand."""
    return x.shape if issubclass(type(x), Value) else np.shape(x)


def dtype_of(x):
    """The dtype of an operand."""
    return x.dtype if issubclass(type(x), Value) else np.asarray(x).dtype


def each(items):
    """Go through a list of operands, and tell the tracer that this is a loop."""
    tracer = ACTIVE.tracer
    if tracer is None or tracer.last_site is None:
        yield from items
        return
    for x in items:
        tracer.mark(tracer.last_site, True)
        yield x
    tracer.mark(tracer.last_site, False)


def stack(arrays, axis):
    """np.stack of operands."""
    arrays = [as_value(x) for x in arrays]
    axis %= len(shape_of(arrays[0])) + 1
    return concatenate([expand(x, axis) for x in arrays], axis)


def expand(x, axis):
    """A new axis of extent 1."""
    extents = list(shape_of(x))
    extents.insert(axis, 1)
    return reshape(x, extents)


def number_methods():
    """Methods of Python's numbers, and the functions on numbers that are builtin."""
    for name in ("is_integer", "bit_length", "bit_count"):
        WAYS["number", name] = FREE
    for name in ("as_integer_ratio", "hex", "__format__", "__repr__", "__str__"):
        WAYS["number", name] = BLIND


def builtin_ways():
    """Python's own functions."""
    b = builtins
    way(MOVES, functools.reduce)
    way(FREE, b.print, b.len, b.isinstance, b.issubclass, b.type, b.id, b.hash, b.callable, b.range, b.slice,
        b.bool, b.hasattr, b.ord, b.chr, b.bin, b.hex, b.oct, b.globals, b.object, b.any, b.all)
    way(FLAT, b.int)
    way(BLIND, b.repr, b.str, b.format, b.ascii)
    way(MOVES, b.list, b.tuple, b.dict, b.set, b.frozenset, b.zip, b.enumerate, b.map, b.filter,
        b.reversed, b.sorted, b.iter, b.next, b.min, b.max, b.getattr, b.setattr)
    for kind in (list, dict, set, tuple, frozenset, collections.OrderedDict, collections.defaultdict):
        for name in dir(kind):
            if not name.startswith("__") or name in ("__getitem__", "__setitem__", "__init__"):
                WAYS[kind, name] = MOVES
    for kind in (str, bytes):
        for name in dir(kind):
            WAYS[kind, name] = BLIND


builtin_ways()
number_methods()


TABLES = (
    "numpy_arranging", "numpy_decompositions", "numpy_histograms", "numpy_linalg", "numpy_models", "numpy_order",
    "numpy_polynomials", "numpy_products", "numpy_statistics", "numpy_writing", "python_models", "python_numbers",
    "python_statistics", "random_models",
)


def load():
    """Fill the table; called when a tracing begins, and quick from the second time on."""
    for name in TABLES:
        importlib.import_module(f"{__package__}.{name}")
