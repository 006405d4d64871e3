"""What NumPy's sums and their like mean as instructions: methods of ufuncs, sums without NaN, covariances.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function. Which numbers are NaN is decided by what they are
now.
"""

import math
import operator

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import products, reduce
from ..primitives.functions import (
    add_at, concatenate, conjugate, full, index, reduce_sum, reshape, root, select, sqrt, transpose,
)
from .models import UFUNCS, WAYS, NoModel, as_value, concrete, dtype_of, each, model, shape_of
from .numpy_models import axes_of, cast_to, kept, mean, squared, sum_of
from .numpy_shaping import along, ravel

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


EXTREMES = {e.maximum: reduce.reduce_max, e.minimum: reduce.reduce_min}


def _reducing(ufunc, primitive):
    @model((ufunc, "reduce"))
    def reduce_along(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        x = as_value(array)
        if where is not True or dtype is not None:
            raise NoModel("where= or dtype=")
        axes = axes_of(axis, len(shape_of(x)))
        y = emit(EXTREMES[primitive], x, axes=axes) if axes and primitive in EXTREMES else x     # a tie is shared by all
        for k in reversed(axes) if y is x else ():
            y = halved(primitive, y, k)
        if initial is not None and initial is not np._NoValue:
            y = emit(primitive, y, as_value(initial))
        return kept(y, x, axes, keepdims)


for _name in ("logaddexp", "logaddexp2", "hypot", "fmax", "fmin"):
    _reducing(getattr(np, _name), getattr(e, _name))


def _outer(ufunc, primitive):
    @model((ufunc, "outer"))
    def all_pairs(a, b):
        a, b = as_value(a), as_value(b)
        return emit(primitive, reshape(a, (*shape_of(a), *(1,) * len(shape_of(b)))), b)


for _name in ("add", "subtract", "multiply", "true_divide", "power", "maximum", "minimum", "hypot", "arctan2",
              "logaddexp", "remainder", "less", "greater", "equal"):
    _outer(getattr(np, _name), getattr(e, {"true_divide": "divide"}.get(_name, _name)))


def in_turn(primitive, x, axis):
    """The elements along an axis combined from the first on, one more each time: a list of what comes out."""
    found = [along(x, axis, 0, 1)]
    for k in each(range(1, shape_of(x)[axis])):
        found.append(emit(primitive, found[-1], along(x, axis, k, k + 1)))
    return found


def _one_by_one(ufunc, primitive):
    @model((ufunc, "reduce"))
    def reduce_along(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        x = as_value(array)
        if where is not True or dtype is not None or initial not in (None, np._NoValue):
            raise NoModel("where=, initial= or dtype=")
        (axis,) = axes_of(axis, len(shape_of(x)))
        return kept(ravel_along(in_turn(primitive, x, axis)[-1], axis), x, (axis,), keepdims)

    @model((ufunc, "accumulate"))
    def accumulate_along(array, axis=0, dtype=None, out=None):
        x = as_value(array)
        axis = operator.index(axis) % len(shape_of(x))
        return concatenate(in_turn(primitive, x, axis), axis)


def ravel_along(x, axis):
    """`x` without an axis of extent 1."""
    return reshape(x, [n for k, n in enumerate(shape_of(x)) if k != axis])


for _name in ("subtract", "true_divide", "power", "remainder", "fmod", "arctan2"):
    _one_by_one(getattr(np, _name), UFUNCS[getattr(np, _name)])


def _piecewise(ufunc):
    @model((ufunc, "reduceat"))
    def reduce_pieces(array, indices, axis=0, dtype=None, out=None):
        x, starts = as_value(array), [*concrete(indices), shape_of(array)[axis]]
        axis %= len(shape_of(x))
        pieces = [along(x, axis, int(a), int(b) if b > a else int(a) + 1) for a, b in zip(starts, starts[1:])]
        return concatenate([WAYS[ufunc, "reduce"]((p, axis), {"keepdims": True}) for p in pieces], axis)


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
    @model(np.cumulative_prod)
    def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        if include_initial:
            raise NoModel("include_initial=True")
        return cumprod(x, 0 if axis is None else axis, dtype)

    @model(np.cumulative_sum)
    def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        x = cast_to(as_value(x), dtype)
        axis = (0 if axis is None else operator.index(axis)) % len(shape_of(x))
        y = emit(reduce.cumsum, x, axis=axis)
        if include_initial:
            y = concatenate([full(0, [1 if k == axis else n for k, n in enumerate(shape_of(x))], dtype_of(y)), y], axis)
        return y


for _key in [key for key in WAYS if isinstance(key, tuple) and key[1] == "reduce"]:
    _piecewise(_key[0])


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


@model(np.nancumprod)
def nancumprod(a, axis=None, dtype=None, out=None):
    return cumprod(_with(as_value(a), 1.0), axis, dtype)


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
    number = good.sum(axis=axes, keepdims=True)
    x = _with(x, 0.0)       # what is left out gives no 0 * NaN on the way back
    d = squared(select(good, x - kept(reduce_sum(x, axes), x, axes, True) / number, 0.0))
    return kept(reduce_sum(d, axes) / (good.sum(axis=axes) - ddof), x, axes, keepdims)


@model(np.nanstd)
def nanstd(*args, **options):
    return root(nanvar(*args, **options))


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

