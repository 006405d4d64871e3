"""What histograms mean as instructions: which bin a number falls into is flat, its weight and the edges are not.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import reduce
from ..primitives.functions import add_at, full, index, reduce_sum
from .models import as_value, concrete, model, shape_of
from .numpy_arranging import linspace
from .numpy_shaping import along, ravel


@model(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The user's own, or as many equal bins between the smallest and the largest number."""
    if np.ndim(concrete(bins)):
        return as_value(bins)
    x = ravel(as_value(a))
    edges = np.histogram_bin_edges(concrete(x), concrete(bins), concrete(range))
    if range is not None:
        low, high = map(as_value, range)
    elif not edges.size or not shape_of(x)[0]:
        return edges
    else:
        low, high = emit(reduce.reduce_min, x, axes=(0,)), emit(reduce.reduce_max, x, axes=(0,))
    if concrete(low) == concrete(high):
        low, high = low - 0.5, high + 0.5
    return linspace(low, high, len(edges))


@model(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    """Sums of weights, without weights numbers of elements; and the edges."""
    edges = histogram_bin_edges(a, bins, range)
    x = np.ravel(concrete(as_value(a)))
    held = np.histogram_bin_edges(x, concrete(bins), concrete(range))       # NumPy's, to the last digit
    places = np.searchsorted(held, x, "right") - 1
    places[x == held[-1]] = len(held) - 2
    inside = np.flatnonzero((x >= held[0]) & (x <= held[-1]))
    if weights is None:
        h = np.bincount(places[inside], minlength=len(held) - 1)
    else:
        given = index(ravel(as_value(weights)), inside, form="i")
        h = add_at(full(0.0, (len(held) - 1,), np.float64), given, places[inside], form="i")
    if not density:
        return [None if weights is None else h, _flat_or(edges)]
    total = h.sum() if weights is None else reduce_sum(h, (0,))
    return [h / (along(edges, 0, 1) - along(edges, 0, None, -1)) / total, _flat_or(edges)]


def _flat_or(edges):
    """Edges, if they depend on anything."""
    return edges if isinstance(edges, Value) else None
