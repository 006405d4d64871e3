"""What installed functions mean: the table of all functions that are known.

In:  a function, or a method of an array or a number.
Out: a way to treat its call.
Start at `WAYS`. A value of that table is one of the words below, or a model: a function
(args, kwargs) -> Value (or a list of Values) that emits the instructions the call stands for.

The models themselves are written as ordinary functions with NumPy's own signatures, in
numpy_models.py and python_models.py; `model` and `elementwise_model` enter them here.
"""

import builtins
import math
import types

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives.functions import cast, concatenate, reshape  # noqa: F401

FREE = "free"       # neither computes nor keeps anything that could carry a derivative
MOVES = "moves"     # hands on the objects it is given (list, zip, append); arrays are gone through
FLAT = "flat"       # the result does not change with the arguments
WRITES = "writes"   # writes into an array
BLIND = "blind"     # only computes, but the result depends on the arguments as no instruction describes: text
WAYS = {}
GOES_THROUGH = {builtins.sum, math.fsum, math.prod}     # they take any iterable; models want a list

_OF_ARRAYS = (np.ndarray, np.generic)


class NoModel(Exception):
    """A known function was called in a way that its model does not cover; the text says which."""


def key_of(f):
    """(key into WAYS, receiver): methods of arrays and numbers are known by their names."""
    kind = type(f)
    if kind in (types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType):
        receiver = f.__self__
        if isinstance(receiver, _OF_ARRAYS):
            return ("array", f.__name__), receiver
        if isinstance(receiver, (float, int, complex)) and not isinstance(receiver, type):
            return ("number", f.__name__), receiver
        if isinstance(receiver, np.ufunc):
            return (receiver, f.__name__), None
        if isinstance(receiver, (types.ModuleType, type(None))) or isinstance(receiver, type):
            return f, None
        return (type(receiver), f.__name__), receiver
    return f, None


def name_of(f):
    """A function's name as people write it: np.linalg.svd, KMeans.fit."""
    if isinstance(f, tuple):
        return f"{getattr(f[0], '__name__', f[0])}.{f[1]}"
    name = getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or type(f).__name__
    module = getattr(f, "__module__", None) or ""
    root = module.split(".")[0]
    if root in ("builtins", "") or getattr(f, "__self__", None) is not None and "." in name:
        return name
    return f"{module.replace('numpy', 'np', 1)}.{name}" if root == "numpy" else f"{root}'s {name}"


def parts(result):
    """The objects of a result: itself, or the elements of a tuple or list."""
    return result if isinstance(result, (tuple, list)) else (result,)


def way(word, *functions):
    """Enter functions under one of the words."""
    for f in functions:
        WAYS[f] = word


def model(*functions):
    """Decorator: enters a function with NumPy's signature as the model of `functions`."""

    def decorate(meaning):
        def call(args, kwargs):
            return meaning(*args, **kwargs)

        for f in functions:
            WAYS[f] = call
        return meaning

    return decorate


def elementwise_model(primitive, *functions):
    """Enter a primitive itself as the model of ufuncs and of their like."""

    def call(args, kwargs):
        refuse(kwargs)
        return emit(primitive, *map(as_value, args))

    for f in functions:
        WAYS[f] = call


def refuse(options):
    """Raise NoModel for options that are given and that no model covers."""
    for name, x in options.items():
        harmless = x is None or (name == "where" and x is True) or name in ("order", "casting", "subok")
        if not harmless:
            raise NoModel(f"the option {name}=")


def as_value(x):
    """An operand from what a caller may pass: a nested list becomes an array."""
    if isinstance(x, (list, tuple)):
        if not _has_value(x):
            return np.asarray(x)
        return stack([as_value(part) for part in x], 0)
    return x


def _has_value(x):
    return isinstance(x, Value) or isinstance(x, (list, tuple)) and any(map(_has_value, x))


def shape_of(x):
    """The shape of an operand."""
    return x.shape if isinstance(x, Value) else np.shape(x)


def dtype_of(x):
    """The dtype of an operand."""
    return x.dtype if isinstance(x, Value) else np.asarray(x).dtype


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
    for name in ("is_integer", "as_integer_ratio", "bit_length"):
        WAYS["number", name] = FREE
    for name in ("hex", "__format__", "__repr__", "__str__"):
        WAYS["number", name] = BLIND


def builtin_ways():
    """Python's own functions."""
    b = builtins
    way(FREE, b.print, b.len, b.isinstance, b.issubclass, b.type, b.id, b.hash, b.callable, b.range, b.slice,
        b.bool, b.hasattr, b.ord, b.chr, b.bin, b.hex, b.oct, b.globals, b.object, b.int, b.any, b.all)
    way(BLIND, b.repr, b.str, b.format, b.ascii)
    way(MOVES, b.list, b.tuple, b.dict, b.set, b.frozenset, b.zip, b.enumerate, b.map, b.filter,
        b.reversed, b.sorted, b.iter, b.next, b.min, b.max, b.getattr, b.setattr)
    for kind in (list, dict, set, tuple, frozenset):
        for name in dir(kind):
            if not name.startswith("__") or name in ("__getitem__", "__setitem__", "__init__"):
                WAYS[kind, name] = MOVES
    for kind in (str, bytes):
        for name in dir(kind):
            WAYS[kind, name] = BLIND


builtin_ways()
number_methods()


def load():
    """Fill the table; called once, when the first tracing begins."""
    from . import numpy_models, python_models

    return numpy_models, python_models

