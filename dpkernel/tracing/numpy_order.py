"""What NumPy's functions that sort, select and interpolate mean as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values. The order of the numbers is the one that they have now.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..primitives.functions import concatenate, count, index, reduce_sum, reshape, select, transpose
from .models import NoModel, as_value, concrete, model, moved, shape_of
from .numpy_models import axes_of, kept
from .numpy_shaping import along, in_order, ravel


@model(np.sort)
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    return in_order(as_value(a), axis, lambda x: np.argsort(x, axis, kind, stable=stable))


@model(np.partition)
def partition(a, kth, axis=-1, kind="introselect", order=None):
    return in_order(as_value(a), axis, lambda x: np.argpartition(x, kth, axis, kind))


@model(np.unique)
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, **options):
    if axis is not None:
        raise NoModel("axis=")
    x = ravel(as_value(ar))
    y = index(x, np.unique(concrete(x), return_index=True)[1], form="i")
    more = [None] * sum(map(bool, (return_index, return_inverse, return_counts)))
    return [y, *more] if more else y


@model(np.union1d)
def union1d(ar1, ar2):
    return unique(concatenate([ravel(as_value(ar1)), ravel(as_value(ar2))], 0))


def _running(name):
    """maximum.accumulate: each element is one of the elements before it."""
    ufunc = getattr(np, name)

    @model((ufunc, "accumulate"))
    def accumulate(array, axis=0, dtype=None, out=None):
        x = concrete(array)
        best = ufunc.accumulate(x, axis)
        place = np.arange(x.shape[axis]).reshape([-1 if k == axis % x.ndim else 1 for k in range(x.ndim)])
        won = np.maximum.accumulate(np.where(x == best, place, -1), axis)
        return moved(lambda tags: np.take_along_axis(tags, np.maximum(won, 0), axis), array)


for _name in ("maximum", "minimum", "fmax", "fmin"):
    _running(_name)


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


# method -> alpha, beta of the place n q + alpha + q (1 - alpha - beta) - 1 (Hyndman & Fan 1996)
PLACES = {
    "linear": (1, 1), "hazen": (0.5, 0.5), "weibull": (0, 0), "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8), "interpolated_inverted_cdf": (0, 1),
}
ROUNDED = {     # method -> (number of the element below the place, above it)
    "lower": (np.floor, np.floor), "higher": (np.ceil, np.ceil), "nearest": (np.rint, np.rint),
    "midpoint": (np.floor, np.ceil),
}


def _quantile(a, q, axis, method, keepdims, weights, without_nan=False):
    """Linear between the two elements around a place; flat in `q` for methods that choose an element."""
    if method not in PLACES and method not in ROUNDED or weights is not None:
        raise NoModel(f"method={method!r}" if weights is None else "weights=")
    a, q = as_value(a), as_value(q)
    axes = axes_of(axis, len(shape_of(a)))
    rest = [k for k in range(len(shape_of(a))) if k not in axes]
    outer = tuple(shape_of(a)[k] for k in rest)
    x, number = _in_rising_order(a, [*rest, *axes], (*outer, count(shape_of(a), axes)), without_nan)
    place = _places(reshape(q, (*shape_of(q), *(1,) * len(outer))), number, method)
    held = np.broadcast_to(concrete(place), (*shape_of(q), *outer))
    below, above = ROUNDED.get(method, (np.floor, lambda x: np.floor(x) + 1))
    low, high = (np.clip(f(held), 0, number - 1).astype(int) for f in (below, above))
    rows = np.indices(outer) if outer else ()

    def at(places):
        return index(x, *rows, places if places.ndim else int(places), form="i" * (len(outer) + 1))

    share = 0.5 if method in ROUNDED else place - np.floor(held)
    y = at(low) + (at(high) - at(low)) * share
    extents = [1 if k in axes else n for k, n in enumerate(shape_of(a))] if keepdims is True else outer
    return reshape(y, (*shape_of(q), *extents))


def _in_rising_order(a, axes, extents, without_nan):
    """(`a` with its axes in this order, as rows, each sorted; how many elements of each row are numbers)."""
    held = np.asarray(concrete(a))
    bad = np.isnan(held)
    rows = held.transpose(axes).reshape(extents)
    number = (~np.isnan(rows)).sum(-1)
    if bad.any() and not without_nan or not np.all(number):
        raise NoModel("NaN among the numbers" if np.all(number) else "nothing but NaN")
    a = select(bad, 0.0, a) if bad.any() else a     # first: what is left out gives no 0 * NaN on the way back
    order = np.argsort(rows, -1)
    return moved(lambda tags: np.take_along_axis(tags, order, -1), reshape(transpose(a, axes), extents)), number


def _places(q, number, method):
    """Where among the sorted elements the quantiles lie."""
    alpha, beta = PLACES.get(method, (1, 1))
    if alpha == beta == 1:
        return (number - 1) * q
    return number * q + (alpha + q * (1 - alpha - beta)) - 1


@model(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _quantile(a, 0.5, axis, "linear", keepdims, None, without_nan=True)


def _quantiles(f, scale, without_nan):
    @model(f)
    def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None,
                 **options):
        return _quantile(a, as_value(q) / scale if scale != 1 else q, axis, method, keepdims, weights, without_nan)


_quantiles(np.quantile, 1, False)
_quantiles(np.percentile, 100, False)
_quantiles(np.nanquantile, 1, True)
_quantiles(np.nanpercentile, 100, True)


# differences, integrals, interpolation

@model(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    x = ravel(as_value(ary))
    y = along(x, 0, 1) - along(x, 0, None, -1)
    ends = [part if part is None else ravel(as_value(part)) for part in (to_begin, to_end)]
    return concatenate([part for part in (ends[0], y, ends[1]) if part is not None], 0)


@model(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """Second-order differences inside, one-sided ones of order `edge_order` at the ends."""
    x = as_value(f)
    n = len(shape_of(x))
    axes = tuple(range(n)) if axis is None else tuple(k % n for k in (axis if isinstance(axis, tuple) else (axis,)))
    steps = [as_value(h) for h in varargs] or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    found = [_slope(x, k, _gaps(h, k, n), edge_order) for k, h in zip(axes, steps)]
    return found[0] if len(found) == 1 else found


def _gaps(h, axis, n):
    """A function (start, stop) -> the steps between neighbours there: a number, or as many as needed of a vector."""
    if not shape_of(h):
        return lambda start, stop: h
    d = along(h, 0, 1) - along(h, 0, None, -1)
    d = reshape(d, [shape_of(d)[0] if k == axis else 1 for k in range(n)])
    return lambda start, stop: along(d, axis, start, stop)


def _slope(x, axis, gaps, edge_order):
    """Differences of neighbours d, weighed with the steps h on the other side."""
    d = along(x, axis, 1) - along(x, axis, None, -1)

    def slopes(start, stop):
        return along(d, axis, start, stop) / gaps(start, stop)

    left, right = gaps(None, -1), gaps(1, None)
    inner = (slopes(None, -1) * right + slopes(1, None) * left) / (left + right)
    first, last = slopes(0, 1), slopes(-1, None)
    if edge_order == 2:         # a parabola through the three points at the end
        first = first + (first - slopes(1, 2)) * gaps(0, 1) / (gaps(0, 1) + gaps(1, 2))
        last = last + (last - slopes(-2, -1)) * gaps(-1, None) / (gaps(-2, -1) + gaps(-1, None))
    return concatenate([first, inner, last], axis)


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


def _in_one_period(x, xp, fp, period):
    """Places and nodes brought into 0 <= x < period, the last node again in front and the first one behind."""
    held = concrete(period)
    if held < 0:
        raise NoModel("a negative period")
    x, xp = (v - period * np.floor(concrete(v) / held) for v in (x, xp))
    order = np.argsort(concrete(xp))
    places = np.r_[order[-1], order, order[0]]
    turns = np.r_[-1, np.zeros(len(order)), 1]
    return x, index(xp, places, form="i") + period * turns, index(fp, places, form="i")


@model(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Linear between the nodes, constant outside."""
    x, xp, fp = as_value(x), as_value(xp), as_value(fp)
    if period is not None:
        x, xp, fp, left, right = (*_in_one_period(x, xp, fp, as_value(period)), None, None)
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
