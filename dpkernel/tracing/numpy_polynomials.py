"""What NumPy's functions on polynomials mean as instructions.

In:  coefficients and points as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import operator

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives.functions import concatenate, full, index, reshape
from .models import WAYS, NoModel, as_value, concrete, dtype_of, each, model, shape_of
from .numpy_linalg import lstsq
from .numpy_shaping import along


def _coefficients(p):
    x = as_value(p)
    return reshape(x, (1,)) if not shape_of(x) else x


@model(np.polyadd)
def polyadd(a1, a2):
    """The shorter one begins with zeros."""
    a, b = _coefficients(a1), _coefficients(a2)
    n = max(shape_of(a)[0], shape_of(b)[0])
    return _filled(a, n) + _filled(b, n)


@model(np.polysub)
def polysub(a1, a2):
    return polyadd(a1, 0.0 - _coefficients(a2))


def _filled(x, n):
    missing = n - shape_of(x)[0]
    return concatenate([full(0, (missing,), dtype_of(x)), x], 0) if missing else x


@model(np.polymul)
def polymul(a1, a2):
    return WAYS[np.convolve]((_coefficients(a1), _coefficients(a2)), {})


@model(np.polyder)
def polyder(p, m=1):
    x = as_value(p)
    for _ in range(operator.index(m)):
        n = shape_of(x)[0] - 1
        x = along(x, 0, 0, n) * np.arange(n, 0, -1)
    return x


@model(np.polyint)
def polyint(p, m=1, k=None):
    x = as_value(p)
    if k is not None:
        raise NoModel("k=")
    for _ in range(operator.index(m)):
        n = shape_of(x)[0]
        x = concatenate([x / np.arange(n, 0, -1), full(0.0, (1,), np.float64)], 0)
    return x


@model(np.poly)
def poly(seq_of_zeros):
    """The product of (x - zero)."""
    zeros = as_value(seq_of_zeros)
    if len(shape_of(zeros)) != 1 or dtype_of(zeros).kind == "c":
        raise NoModel("a matrix, or complex zeros")
    p = np.ones(1, dtype_of(zeros))
    for n in each(range(shape_of(zeros)[0])):
        longer = concatenate([p, full(0, (1,), dtype_of(zeros))], 0)
        p = longer - concatenate([full(0, (1,), dtype_of(zeros)), p], 0) * index(zeros, n, form="i")
    return p


@model(np.polynomial.polynomial.polyval)
def polyval_rising(x, c, tensor=True):
    """Horner's rule, the coefficients in rising order."""
    x, c = as_value(x), as_value(c)
    if len(shape_of(c)) != 1:
        raise NoModel("several polynomials")
    y = index(c, -1, form="i") + x * 0
    for n in each(range(2, shape_of(c)[0] + 1)):
        y = index(c, -n, form="i") + y * x
    return y


def _fitted(x, y, deg, w, rising):
    """Least squares with columns of length 1, as NumPy does it."""
    if np.ndim(deg):
        raise NoModel("a list of degrees")
    x, y = as_value(x), as_value(y)
    n = operator.index(deg)
    powers = np.arange(n + 1) if rising else np.arange(n, -1, -1)
    left = emit(e.power, reshape(x, (*shape_of(x), 1)), powers)
    if w is not None:
        w = as_value(w)
        left = left * reshape(w, (*shape_of(w), 1))
        y = y * (w if len(shape_of(y)) == 1 else reshape(w, (*shape_of(w), 1)))
    scale = np.sqrt((concrete(left) ** 2).sum(axis=0))
    c = lstsq(left / scale, y)[0]
    return c / (scale if len(shape_of(c)) == 1 else scale[:, None])


@model(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        raise NoModel("full= or cov=")
    return _fitted(x, y, deg, w, rising=False)


@model(np.polynomial.polynomial.polyfit)
def polyfit_rising(x, y, deg, rcond=None, full=False, w=None):
    if full:
        raise NoModel("full=")
    return _fitted(x, y, deg, w, rising=True)
