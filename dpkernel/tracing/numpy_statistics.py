"""What NumPy's functions of statistics, differences and polynomials mean, as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function. Where the order of numbers decides (medians,
interpolation), it is the order that they have now.
"""

import math
import operator

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import products, reduce
from ..primitives.functions import (
    add_at, concatenate, conjugate, count, full, index, reduce_sum, reshape, restore_axes, select, sqrt, transpose,
)
from .models import WAYS, NoModel, as_value, concrete, dtype_of, expand, model, moved, shape_of
from .numpy_models import axes_of, cast_to, mean, root, sum_of
from .numpy_shaping import along, in_order, ravel


def kept(y, x, axes, keepdims):
    """A reduced result with its axes put back, if they are asked for."""
    return restore_axes(y, shape_of(x), axes) if keepdims and keepdims is not np._NoValue else y


# functions of a ufunc

def halved(primitive, x, axis):
    """Combine the elements along an axis, halves with halves; the operation is associative."""
    if primitive is e.hypot and shape_of(x)[axis] == 1:
        x = emit(primitive, x, 0.0)
    while shape_of(x)[axis] > 1:
        n = shape_of(x)[axis]
        both = emit(primitive, along(x, axis, 0, n // 2), along(x, axis, n // 2, n // 2 * 2))
        x = concatenate([both, along(x, axis, n - 1)], axis) if n % 2 else both
    return reshape(x, [n for k, n in enumerate(shape_of(x)) if k != axis])


def running(primitive, x, axis):
    """Running results of an associative operation, by doubling the step (Hillis & Steele 1986)."""
    step, n = 1, shape_of(x)[axis]
    while step < n:
        combined = emit(primitive, along(x, axis, 0, n - step), along(x, axis, step))
        x, step = concatenate([along(x, axis, 0, step), combined], axis), 2 * step
    return x


def _reducing(ufunc, primitive):
    @model((ufunc, "reduce"))
    def reduce_along(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        x = as_value(array)
        if initial not in (None, np._NoValue) or where is not True or dtype is not None:
            raise NoModel("initial=, where= or dtype=")
        axes = axes_of(axis, len(shape_of(x)))
        y = x
        for k in reversed(axes):
            y = halved(primitive, y, k)
        return kept(y, x, axes, keepdims)


for _name in ("logaddexp", "logaddexp2", "hypot", "maximum", "minimum", "fmax", "fmin"):
    _reducing(getattr(np, _name), getattr(e, _name))


def _outer(ufunc, primitive):
    @model((ufunc, "outer"))
    def all_pairs(a, b):
        a, b = as_value(a), as_value(b)
        return emit(primitive, reshape(a, (*shape_of(a), *(1,) * len(shape_of(b)))), b)


for _name in ("add", "subtract", "multiply", "true_divide", "power", "maximum", "minimum", "hypot", "arctan2",
              "logaddexp", "remainder", "less", "greater", "equal"):
    _outer(getattr(np, _name), getattr(e, {"true_divide": "divide"}.get(_name, _name)))


@model((np.add, "reduceat"))
def add_reduceat(array, indices, axis=0, dtype=None, out=None):
    x, starts = as_value(array), [*concrete(indices), shape_of(array)[axis]]
    axis %= len(shape_of(x))
    parts = [along(x, axis, int(a), int(b) if b > a else int(a) + 1) for a, b in zip(starts, starts[1:])]
    return concatenate([kept(reduce_sum(p, (axis,)), p, (axis,), True) for p in parts], axis)


@model(np.cumprod, ("array", "cumprod"))
def cumprod(a, axis=None, dtype=None, out=None):
    x = cast_to(as_value(a), dtype)
    if axis is None:
        x, axis = ravel(x), 0
    return running(e.multiply, x, operator.index(axis) % len(shape_of(x)))


@model((np.multiply, "accumulate"))
def multiply_accumulate(array, axis=0, dtype=None, out=None):
    return cumprod(array, axis, dtype)


@model((np.logaddexp, "accumulate"))
def logaddexp_accumulate(array, axis=0, dtype=None, out=None):
    return running(e.logaddexp, as_value(array), operator.index(axis) % len(shape_of(array)))


if hasattr(np, "cumulative_sum"):
    @model(np.cumulative_sum)
    def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        x = cast_to(as_value(x), dtype)
        axis = (0 if axis is None else operator.index(axis)) % len(shape_of(x))
        y = emit(reduce.cumsum, x, axis=axis)
        if include_initial:
            y = concatenate([full(0, [1 if k == axis else n for k, n in enumerate(shape_of(x))], dtype_of(y)), y], axis)
        return y


# functions that return two results

@model(np.divmod)
def quotient_and_remainder(a, b):
    """Only the remainder changes smoothly; the quotient is flat."""
    return [emit(e.floor_divide, a, b), emit(e.remainder, a, b)]


@model(np.modf)
def modf(x):
    whole = emit(e.trunc, as_value(x))
    return [as_value(x) - whole, whole]


@model(np.ldexp)
def ldexp(x1, x2):
    return as_value(x1) * np.exp2(np.asarray(concrete(x2), dtype_of(x1)))


@model(np.frexp)
def frexp(x):
    return [as_value(x) * np.exp2(-np.frexp(concrete(x))[1].astype(dtype_of(x))), None]


def _shifted(f):
    @model(f)
    def shifted(x, *args, **options):
        """What the function adds does not change with `x`."""
        held = concrete(x)
        return as_value(x) + (f(held, *map(concrete, args), **options) - held)


_shifted(np.unwrap)
_shifted(np.nextafter)


@model(np.angle)
def angle(z, deg=False):
    z = as_value(z)
    y = emit(e.arctan2, emit(e.imag, z), emit(e.real, z))
    return y * (180 / math.pi) if deg else y


# without NaN

def _with(x, value):
    """`x` with a number in the place of NaN."""
    return select(emit(e.isnan, x), value, x)


def _nan_reduction(f, primitive, neutral):
    @model(f)
    def without_nan(a, axis=None, *args, keepdims=False, **options):
        if args or any(x not in (None, np._NoValue, True) for x in options.values()):
            raise NoModel("an option")
        x = as_value(a)
        axes = axes_of(axis, len(shape_of(x)))
        if np.isnan(concrete(x)).all(axis=axes).any():
            raise NoModel("nothing but NaN")
        return kept(emit(primitive, _with(x, neutral), axes=axes), x, axes, keepdims)


_nan_reduction(np.nanmax, reduce.reduce_max, -math.inf)
_nan_reduction(np.nanmin, reduce.reduce_min, math.inf)
_nan_reduction(np.nanprod, reduce.reduce_prod, 1.0)


@model(np.nansum)
def nansum(a, axis=None, dtype=None, out=None, keepdims=False, **options):
    return sum_of(_with(as_value(a), 0.0), axis, dtype, None, keepdims)


@model(np.nancumsum)
def nancumsum(a, axis=None, dtype=None, out=None):
    return WAYS[np.cumsum]((_with(as_value(a), 0.0), axis, dtype), {})


@model(np.nanmean)
def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, **options):
    x = as_value(a)
    axes = axes_of(axis, len(shape_of(x)))
    number = (~np.isnan(concrete(x))).sum(axis=axes, keepdims=bool(keepdims) and keepdims is not np._NoValue)
    return sum_of(_with(x, 0.0), axis, dtype, None, keepdims) / number


@model(np.nanvar)
def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **options):
    x = as_value(a)
    axes = axes_of(axis, len(shape_of(x)))
    good = ~np.isnan(concrete(x))
    d = select(good, x - nanmean(x, axis, dtype, keepdims=True) if axes else x * 0, 0.0)
    return kept(reduce_sum(d * d, axes) / (good.sum(axis=axes) - ddof), x, axes, keepdims)


@model(np.nanstd)
def nanstd(*args, **options):
    return root(nanvar(*args, **options))


@model(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if axis is not None or keepdims is True:
        raise NoModel("axis=")
    x = ravel(as_value(a))
    return median(index(x, np.flatnonzero(~np.isnan(concrete(x))), form="i"))


# order statistics

def _sorted_along(a, axis):
    """(`a` sorted along one last axis that is made of `axis`, how many there are)."""
    x = as_value(a)
    n = len(shape_of(x))
    axes = axes_of(axis, n)
    rest = [k for k in range(n) if k not in axes]
    x = transpose(x, [*rest, *axes])
    number = count(shape_of(a), axes)
    x = reshape(x, (*shape_of(x)[:len(rest)], number))
    if np.isnan(concrete(x)).any():
        raise NoModel("NaN among the numbers")
    return in_order(x, -1, lambda held: np.argsort(held, -1)), number


@model(np.median)
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    x, n = _sorted_along(a, axis)
    k = (n - 1) // 2
    y = index(x, k, form="ei") if n % 2 else (index(x, k, form="ei") + index(x, k + 1, form="ei")) / 2
    return kept(y, as_value(a), axes_of(axis, len(shape_of(a))), keepdims)


def _quantile(a, q, axis, method, keepdims, weights):
    if method != "linear" or weights is not None or keepdims is True:
        raise NoModel("a method other than 'linear', weights= or keepdims=")
    x, n = _sorted_along(a, axis)
    place = np.asarray(concrete(q)) * (n - 1)
    low = np.clip(np.floor(place), 0, max(n - 2, 0)).astype(int)
    share, high = place - low, np.minimum(low + 1, n - 1)
    if not place.ndim:
        low, high = int(low), int(high)
    left, right = index(x, low, form="ei"), index(x, high, form="ei")
    y = left + (right - left) * share
    return transpose(y, [len(shape_of(y)) - 1, *range(len(shape_of(y)) - 1)]) if place.ndim == 1 else y


@model(np.quantile)
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None, **options):
    return _quantile(a, q, axis, method, keepdims, weights)


@model(np.percentile)
def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None, **options):
    return _quantile(a, np.asarray(concrete(q)) / 100, axis, method, keepdims, weights)


# differences, integrals, interpolation

@model(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    x = ravel(as_value(ary))
    y = along(x, 0, 1) - along(x, 0, None, -1)
    ends = [part if part is None else ravel(as_value(part)) for part in (to_begin, to_end)]
    return concatenate([part for part in (ends[0], y, ends[1]) if part is not None], 0)


@model(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences inside, one-sided ones at the ends; equal steps."""
    x = as_value(f)
    axes = axes_of(axis, len(shape_of(x)))
    steps = [concrete(h) for h in varargs] or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if edge_order != 1 or any(np.ndim(h) for h in steps):
        raise NoModel("edge_order=2 or unequal steps")
    found = []
    for k, h in zip(axes, steps):
        inner = (along(x, k, 2) - along(x, k, None, -2)) / (2 * h)
        first = (along(x, k, 1, 2) - along(x, k, 0, 1)) / h
        last = (along(x, k, -1) - along(x, k, -2, -1)) / h
        found.append(concatenate([first, inner, last], k))
    return found[0] if len(found) == 1 else found


@model(np.trapezoid if hasattr(np, "trapezoid") else np.trapz)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = as_value(y)
    axis %= len(shape_of(y))
    if x is None:
        d = as_value(dx)
    else:
        x = as_value(x)
        d = along(x, 0, 1) - along(x, 0, None, -1) if len(shape_of(x)) == 1 else \
            along(x, axis, 1) - along(x, axis, None, -1)
        if len(shape_of(x)) == 1:
            d = reshape(d, [shape_of(d)[0] if k == axis else 1 for k in range(len(shape_of(y)))])
    return reduce_sum(d * (along(y, axis, 1) + along(y, axis, None, -1)) / 2, (axis,))


@model(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Linear between the nodes, constant outside."""
    if period is not None:
        raise NoModel("period=")
    x, xp, fp = as_value(x), as_value(xp), as_value(fp)
    held, nodes = np.asarray(concrete(x)), np.asarray(concrete(xp))
    n = len(nodes)
    low = np.clip(np.searchsorted(nodes, held, "right") - 1, 0, max(n - 2, 0))
    high = np.minimum(low + 1, n - 1)

    def at(values, places):
        return index(values, places if held.ndim else int(places), form="i")

    slope = (at(fp, high) - at(fp, low)) / (at(xp, high) - at(xp, low)) if n > 1 else 0.0
    y = at(fp, low) + slope * (x - at(xp, low))
    y = select(held < nodes[0], index(fp, 0, form="i") if left is None else as_value(left), y)
    return select(held > nodes[-1], index(fp, n - 1, form="i") if right is None else as_value(right), y)


# products

@model(np.kron)
def kron(a, b):
    a, b = as_value(a), as_value(b)
    n = max(len(shape_of(a)), len(shape_of(b)))
    of_a, of_b = ((1,) * (n - len(shape_of(x))) + tuple(shape_of(x)) for x in (a, b))
    left = reshape(a, [m for extent in of_a for m in (extent, 1)])
    right = reshape(b, [m for extent in of_b for m in (1, extent)])
    return reshape(left * right, [p * q for p, q in zip(of_a, of_b)])


@model(np.cross, np.linalg.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Of vectors with three components, along the last axis."""
    a, b = as_value(a), as_value(b)
    if axis not in (None, -1) or (axisa, axisb, axisc) != (-1, -1, -1) or shape_of(a)[-1] != 3 or shape_of(b)[-1] != 3:
        raise NoModel("vectors along another axis, or not of three components")

    def turned(x, order):
        return index(x, np.array(order), form="ei")

    return turned(a, [1, 2, 0]) * turned(b, [2, 0, 1]) - turned(a, [2, 0, 1]) * turned(b, [1, 2, 0])


@model(np.convolve)
def convolve(a, v, mode="full"):
    a, v = as_value(a), as_value(v)
    if shape_of(v)[0] > shape_of(a)[0]:
        a, v = v, a
    n, m = shape_of(a)[0], shape_of(v)[0]
    windows = moved(lambda tags, zero: np.lib.stride_tricks.sliding_window_view(
        np.pad(tags, m - 1, constant_values=zero), m), a, 0)
    y = reshape(emit(products.matmul, windows, reshape(along(v, 0, None, None, -1), (m, 1))), (n + m - 1,))
    if mode == "full":
        return y
    start, length = ((m - 1) // 2, n) if mode == "same" else (m - 1, n - m + 1)
    return along(y, 0, start, start + length)


@model(np.correlate)
def correlate(a, v, mode="valid"):
    v = as_value(v)
    v = conjugate(v) if np.dtype(dtype_of(v)).kind == "c" else v
    if shape_of(v)[0] > shape_of(a)[0]:
        raise NoModel("a second array that is longer")
    return convolve(a, along(v, 0, None, None, -1), mode)


@model(np.polyval)
def polyval(p, x):
    """Horner's rule."""
    x, y = as_value(x), 0.0
    p = [as_value(c) for c in p] if isinstance(p, (list, tuple)) else \
        [index(as_value(p), k, form="i") for k in range(shape_of(p)[0])]
    for c in p:
        y = y * x + c
    return y


if hasattr(np, "vecdot"):
    @model(np.vecdot)
    def vecdot(a, b, **options):
        a = as_value(a)
        a = conjugate(a) if np.dtype(dtype_of(a)).kind == "c" else a
        y = a * as_value(b)
        return reduce_sum(y, (len(shape_of(y)) - 1,))

if hasattr(np, "matvec"):
    @model(np.matvec)
    def matvec(a, b, **options):
        return reshape(emit(products.matmul, as_value(a), expand(as_value(b), len(shape_of(b)))),
                       np.matvec(np.empty(shape_of(a)), np.empty(shape_of(b))).shape)


@model(np.linalg.multi_dot)
def multi_dot(arrays, *, out=None):
    y = as_value(arrays[0])
    for x in arrays[1:]:
        y = WAYS[np.matmul]((y, as_value(x)), {})
    return y


@model(np.linalg.matrix_power)
def matrix_power(a, n):
    if n < 1:
        raise NoModel("a power that is not positive")
    y = x = as_value(a)
    for _ in range(n - 1):
        y = emit(products.matmul, y, x)
    return y


WAYS[np.linalg.outer] = WAYS[np.outer]


@model(np.linalg.trace)
def matrix_trace(x, /, *, offset=0, dtype=None):
    return WAYS[np.trace]((x, offset, -2, -1), {})


# counts and covariances

@model(np.bincount)
def bincount(x, weights=None, minlength=0):
    """Flat in `x`, linear in the weights."""
    if weights is None:
        return None
    places = np.asarray(concrete(x))
    n = max(int(places.max(initial=-1)) + 1, minlength)
    return add_at(full(0.0, (n,), np.float64), as_value(weights), places, form="i")


@model(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    if fweights is not None or aweights is not None:
        raise NoModel("weights")
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], 0)
    n = shape_of(x)[1]
    d = x - mean(x, 1, keepdims=True)
    other = transpose(d, (1, 0))
    other = conjugate(other) if np.dtype(dtype_of(d)).kind == "c" else other
    c = emit(products.matmul, d, other) / (n - ((0 if bias else 1) if ddof is None else ddof))
    return reshape(c, [k for k in shape_of(c) if k != 1])


def _variables(m, rowvar):
    x = as_value(m)
    if len(shape_of(x)) < 2:
        return reshape(x, (1, shape_of(x)[0]))
    return x if rowvar or shape_of(x)[0] == 1 else transpose(x, (1, 0))


@model(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, **options):
    c = cov(x, y, rowvar)
    if not shape_of(c):
        return c / c
    d = sqrt(index(c, np.arange(shape_of(c)[0]), np.arange(shape_of(c)[0]), form="ii"))
    return c / reshape(d, (shape_of(c)[0], 1)) / d

