"""What NumPy's functions mean, as instructions: elementwise functions, reductions, products.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function. Shapes are in numpy_shaping.py.
"""

import math
import operator

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import reduce, special
from ..primitives.functions import (
    broadcast_to, count, full, maximum, minimum, real, reshape, restore_axes, root, select,
)
from . import numpy_shaping
from .models import (
    BLIND, FLAT, FREE, NoModel, as_value, concrete, dtype_of, elementwise_model, model, refuse, shape_of, way,
)

# elementwise functions are primitives
for _name in (
    "add", "subtract", "multiply", "floor_divide", "remainder", "power", "negative", "absolute", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "arctan2", "hypot",
    "logaddexp", "logaddexp2", "fmod", "copysign", "maximum", "minimum", "fmax", "fmin", "conjugate",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
):
    elementwise_model(getattr(e, _name), getattr(np, _name))
elementwise_model(e.divide, np.true_divide)
elementwise_model(e.power, np.float_power)
elementwise_model(e.absolute, np.fabs)
elementwise_model(e.absolute, ("array", "__abs__"), ("number", "__abs__"))
elementwise_model(e.conjugate, ("array", "conj"), ("array", "conjugate"))

way(FLAT, np.floor, np.ceil, np.trunc, np.rint, np.fix, np.isnan, np.isinf, np.isfinite, np.signbit,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.argmax, np.argmin, np.argsort,
    np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero, np.searchsorted, np.digitize, np.isclose,
    np.allclose, np.array_equal, np.array_equiv, np.any, np.all, np.round, np.around,
    np.spacing, np.zeros_like, np.ones_like, np.empty_like, np.isin, np.isreal,
    np.iscomplex, np.isscalar, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, np.lexsort, np.argpartition, np.linalg.matrix_rank, np.nanargmax, np.nanargmin, np.bitwise_and, np.bitwise_or,
    np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.isneginf, np.isposinf,
    *(("array", name) for name in ("argmax", "argmin", "argsort", "argpartition", "nonzero", "any", "all", "round",
                                   "searchsorted", "__bool__", "__int__", "is_integer")))
way(FREE, ("array", "setflags"), np.shape, np.ndim, np.size, np.seterr, np.geterr, np.errstate, np.printoptions,
    np.set_printoptions, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj, np.may_share_memory,
    np.shares_memory, np.iterable, np.isfortran, np.issubdtype, np.broadcast_shapes, ("array", "__len__"))
way(BLIND, np.array2string, np.array_repr, np.array_str,
    *(("array", name) for name in ("tobytes", "__format__", "__repr__", "__str__", "dumps")))

@model(np.sign)
def sign(x, **options):
    """Flat; of complex numbers the direction."""
    refuse(options)
    x = as_value(x)
    if dtype_of(x).kind != "c":
        return emit(e.sign, x)
    zero = emit(e.equal, x, 0)
    return select(zero, 0.0, x / emit(e.absolute, select(zero, 1.0, x)))


@model(np.positive)
def positive(x, **options):
    refuse(options)
    return as_value(x)


@model(np.square)
def square(x, **options):
    refuse(options)
    x = as_value(x)
    return x * x


@model(np.reciprocal)
def reciprocal(x, **options):
    refuse(options)
    x = as_value(x)
    return emit(e.floor_divide, 1, x) if dtype_of(x).kind in "iu" else 1 / x


@model(np.deg2rad, np.radians)
def radians(x, **options):
    refuse(options)
    return as_value(x) * (math.pi / 180)


@model(np.rad2deg, np.degrees)
def degrees(x, **options):
    refuse(options)
    return as_value(x) * (180 / math.pi)


@model(np.where)
def where(condition, *choices):
    if len(choices) != 2:
        raise NoModel("np.where with a condition alone")
    return select(as_value(condition), *map(as_value, choices))


@model(np.clip, ("array", "clip"))
def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None, **options):
    refuse(options)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    y = as_value(a)
    if low is not None:
        y = maximum(y, as_value(low))
    return y if high is None else minimum(y, as_value(high))


@model(np.real)
def real_part(x):
    return real(x)


@model(np.imag)
def imaginary_part(x):
    return emit(e.imag, x)


@model(np.heaviside)
def heaviside(x, h0, **options):
    """0 left of 0, 1 right of it, `h0` at 0."""
    refuse(options)
    x = as_value(x)
    step = cast_to(emit(e.greater, x, 0), np.result_type(dtype_of(x), dtype_of(h0)))
    return select(emit(e.equal, x, 0), as_value(h0), step)


@model(np.i0)
def i0(x):
    """The modified Bessel function of order 0; flat at its minimum, 0."""
    return emit(special.bessel_i, as_value(x), order=0)


@model(np.sinc)
def sinc(x):
    """sin(pi x) / (pi x), 1 at 0."""
    x = as_value(x)
    zero = emit(e.equal, x, 0)
    t = math.pi * select(zero, 1.0, x)
    return select(zero, 1.0, emit(e.sin, t) / t)


@model(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Replaced numbers are constants."""
    if dtype_of(x).kind not in "fc":
        return as_value(x)
    big = np.finfo(dtype_of(x)).max
    y = select(emit(e.isnan, x), float(nan), x)
    y = select(emit(e.equal, x, math.inf), float(big if posinf is None else posinf), y)
    return select(emit(e.equal, x, -math.inf), float(-big if neginf is None else neginf), y)


# reductions

def axes_of(axis, n):
    """A sorted tuple of axes >= 0."""
    if axis is None:
        return tuple(range(n))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted(operator.index(a) % n if n else operator.index(a) for a in axes))


def kept(y, x, axes, keepdims):
    """A reduced result with its axes put back, if they are asked for."""
    return restore_axes(y, shape_of(x), axes) if keepdims and keepdims is not np._NoValue else y


def reduction(primitive, neutral=None, combine=None):
    """A model (x, axis, ..., keepdims) from a primitive that drops axes.

    neutral   stands where `where=` leaves an element out
    combine   the primitive that brings in `initial=`
    """
    def meaning(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        x = cast_to(as_value(a), dtype)
        if where is not True and where is not np._NoValue:
            start = initial if neutral is None else neutral
            x = select(as_value(where), x, start)
        axes = axes_of(axis, len(shape_of(x)))
        if combine in (e.maximum, e.minimum) and count(shape_of(x), axes) == 0:        # of nothing only `initial` is left
            y = as_value(initial)
            y = y if isinstance(y, Value) else full(y, (), dtype_of(x))
            y = broadcast_to(y, [n for k, n in enumerate(shape_of(x)) if k not in axes])
            return restore_axes(y, shape_of(x), axes) if keepdims and keepdims is not np._NoValue else y
        y = emit(primitive, x, axes=axes) if axes or primitive is not reduce.reduce_sum else x
        if initial is not None and initial is not np._NoValue:
            y = emit(combine, y, as_value(initial))
        return restore_axes(y, shape_of(x), axes) if keepdims and keepdims is not np._NoValue else y

    return meaning


def cast_to(x, dtype):
    """`x` in a dtype that the caller asks for."""
    if dtype is None or np.dtype(dtype) == dtype_of(x):
        return x
    if np.dtype(dtype).kind not in "fc":
        raise NoModel(f"dtype={np.dtype(dtype)}")
    return emit(e.cast, x, dtype=np.dtype(dtype))


sum_of = model(np.sum, ("array", "sum"))(reduction(reduce.reduce_sum, 0, e.add))
prod_of = model(np.prod, ("array", "prod"))(reduction(reduce.reduce_prod, 1, e.multiply))


def _ufunc_reduce(meaning):
    """`add.reduce` reduces the first axis, where `sum` reduces all."""
    return lambda array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True: meaning(
        array, axis, dtype, None, keepdims, initial, where
    )


model((np.add, "reduce"))(_ufunc_reduce(sum_of))
model((np.multiply, "reduce"))(_ufunc_reduce(prod_of))


def _extreme(primitive, combine):
    meaning = reduction(primitive, None, combine)
    return lambda a, axis=None, out=None, keepdims=False, initial=None, where=True: meaning(
        a, axis, None, None, keepdims, initial, where
    )


max_of = model(np.max, np.amax, ("array", "max"))(_extreme(reduce.reduce_max, e.maximum))
min_of = model(np.min, np.amin, ("array", "min"))(_extreme(reduce.reduce_min, e.minimum))
for _ufunc, _meaning in ((np.maximum, max_of), (np.minimum, min_of)):
    model((_ufunc, "reduce"))(
        lambda array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True, meaning=_meaning: meaning(
            array, axis, None, keepdims, initial, where))


@model(np.mean, ("array", "mean"))
def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    x = as_value(a)
    total = sum_of(x, axis, dtype, None, keepdims, None, where)
    return total / number_of(x, axis, where, keepdims)


def number_of(x, axis, where=True, keepdims=False):
    """How many elements are averaged: an int, or an array of them where `where=` is given."""
    axes = axes_of(axis, len(shape_of(x)))
    if where is True or where is np._NoValue:
        return count(shape_of(x), axes)
    chosen = np.broadcast_to(concrete(where), shape_of(x))
    return chosen.sum(axis=axes, keepdims=bool(keepdims) and keepdims is not np._NoValue)


@model(np.average)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    x = as_value(a)
    keepdims = bool(keepdims) and keepdims is not np._NoValue
    if weights is None:
        y, total = mean(x, axis, keepdims=keepdims), as_float_array(number_of(x, axis), dtype_of(x))
    else:
        w = as_value(weights)
        if shape_of(w) != shape_of(x):
            if not isinstance(axis, (int, np.integer)) or len(shape_of(w)) != 1:
                raise NoModel("weights of another shape along several axes")
            w = reshape(w, [n if k == axis % len(shape_of(x)) else 1 for k, n in enumerate(shape_of(x))])
        total = sum_of(w, None if shape_of(w) != shape_of(x) else axis, keepdims=keepdims)
        y = sum_of(x * w, axis, keepdims=keepdims) / total
    return [y, broadcast_to(total, shape_of(y))] if returned else y


def as_float_array(n, dtype):
    return np.asarray(n, dtype)


@model(np.var, ("array", "var"))
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    """The mean of |x - mean|**2."""
    refuse({"mean": None if mean is np._NoValue else mean})
    ddof = ddof if correction in (None, np._NoValue) else correction
    x = cast_to(as_value(a), dtype)
    axes = axes_of(axis, len(shape_of(x)))
    n = number_of(x, axis, where, True)
    d = x - sum_of(x, axis, None, None, True, None, where) / n
    total = sum_of(squared(d), axis, None, None, True, None, where)
    left = np.asarray(n - ddof, total.dtype)        # NumPy's division: by 0 it gives NaN, and no exception
    y = total / left
    return y if keepdims and keepdims is not np._NoValue else reshape(
        y, [m for k, m in enumerate(shape_of(x)) if k not in axes])


@model(np.std, ("array", "std"))
def std(*args, **kwargs):
    """The root of the variance, with slope 0 at 0 (the slope at a minimum)."""
    return root(var(*args, **kwargs))


def squared(x):
    """|x|**2"""
    return emit(e.real, x) ** 2 + emit(e.imag, x) ** 2 if dtype_of(x).kind == "c" else x * x


@model(np.ptp)
def ptp(a, axis=None, out=None, keepdims=False):
    axes = axes_of(axis, len(shape_of(a)))
    y = emit(reduce.reduce_max, a, axes=axes) - emit(reduce.reduce_min, a, axes=axes)
    return restore_axes(y, shape_of(a), axes) if keepdims and keepdims is not np._NoValue else y


@model(np.cumsum, ("array", "cumsum"), (np.add, "accumulate"))
def cumsum(a, axis=None, dtype=None, out=None):
    x = cast_to(as_value(a), dtype)
    if axis is None:
        x, axis = numpy_shaping.ravel(x), 0
    return emit(reduce.cumsum, x, axis=operator.index(axis) % len(shape_of(x)))
