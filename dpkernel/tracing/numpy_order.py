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
    if return_index or return_inverse or return_counts or axis is not None:
        raise NoModel("more than the values themselves")
    first = np.unique(concrete(ar), return_index=True)[1]
    return index(ravel(ar), first, form="i")


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


@model(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if axis is not None or keepdims is True:
        raise NoModel("axis=")
    x = ravel(as_value(a))
    return median(index(x, np.flatnonzero(~np.isnan(concrete(x))), form="i"))


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
