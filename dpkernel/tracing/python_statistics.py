"""What the functions of `statistics` mean.

In:  lists of operands, or vectors.
Out: Values.
Start anywhere; each model has the signature of Python's function.
"""

import statistics

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives.functions import reduce_sum, root
from .models import NoModel, as_value, model, shape_of


def _sample(data):
    """(a vector, how many numbers it has)."""
    if not isinstance(data, (list, tuple)) and not shape_of(data):
        raise NoModel(f"a {type(data).__name__}")
    x = as_value(data)
    if len(shape_of(x)) != 1:
        raise NoModel("a table of numbers")
    return x, shape_of(x)[0]


@model(statistics.mean)
def mean(data):
    x, n = _sample(data)
    return reduce_sum(x, (0,)) / n


@model(statistics.fmean)
def fmean(data, weights=None):
    x, n = _sample(data)
    if weights is None:
        return reduce_sum(x, (0,)) / n
    w, _ = _sample(weights)
    return reduce_sum(w * x, (0,)) / reduce_sum(w, (0,))


@model(statistics.geometric_mean)
def geometric_mean(data):
    x, n = _sample(data)
    return emit(e.exp, reduce_sum(emit(e.log, x), (0,)) / n)


@model(statistics.harmonic_mean)
def harmonic_mean(data, weights=None):
    x, n = _sample(data)
    if weights is not None:
        w, _ = _sample(weights)
        return reduce_sum(w, (0,)) / reduce_sum(w / x, (0,))
    return n / reduce_sum(1 / x, (0,))


def _spread(data, center, lost):
    """The sum of squares around the mean over n - lost; around a given center the mean's own change counts."""
    x, n = _sample(data)
    if center is not None:
        raise NoModel("a mean that is given")
    d = x - reduce_sum(x, (0,)) / n
    return reduce_sum(d * d, (0,)) / (n - lost)


@model(statistics.variance)
def variance(data, xbar=None):
    return _spread(data, xbar, 1)


@model(statistics.pvariance)
def pvariance(data, mu=None):
    return _spread(data, mu, 0)


@model(statistics.stdev)
def stdev(data, xbar=None):
    """The root of the variance; flat where all numbers are equal, as np.std."""
    return root(_spread(data, xbar, 1))


@model(statistics.pstdev)
def pstdev(data, mu=None):
    return root(_spread(data, mu, 0))


def _together(x, y):
    """(sum of (x - mean)(y - mean), of (x - mean)**2, of (y - mean)**2, the means, n)."""
    (x, n), (y, _) = _sample(x), _sample(y)
    x_mean, y_mean = reduce_sum(x, (0,)) / n, reduce_sum(y, (0,)) / n
    a, b = x - x_mean, y - y_mean
    return reduce_sum(a * b, (0,)), reduce_sum(a * a, (0,)), reduce_sum(b * b, (0,)), x_mean, y_mean, n


@model(statistics.covariance)
def covariance(x, y, /):
    both, _, _, _, _, n = _together(x, y)
    return both / (n - 1)


@model(statistics.correlation)
def correlation(x, y, /, *, method="linear"):
    if method != "linear":
        raise NoModel(f"method={method!r}")
    both, xx, yy, _, _, _ = _together(x, y)
    return both / emit(e.sqrt, xx * yy)


@model(statistics.linear_regression)
def linear_regression(x, y, /, *, proportional=False):
    if proportional:
        raise NoModel("proportional=True")
    both, xx, _, x_mean, y_mean, _ = _together(x, y)
    slope = both / xx
    return [slope, y_mean - slope * x_mean]
