"""What histograms mean as instructions: which bin a number falls into is flat, its weight and the edges are not.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import reduce
from ..primitives.functions import add_at, full, index, reduce_sum, reshape
from .models import NoModel, as_value, concrete, dtype_of, model, shape_of
from .numpy_arranging import linspace
from .numpy_shaping import along, ravel


@model(np.histogram_bin_edges, lists=True)
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


@model(np.histogram, lists=True)
def histogram(a, bins=10, range=None, density=None, weights=None):
    """Sums of weights, without weights numbers of elements; and the edges."""
    edges = histogram_bin_edges(a, bins, range)
    x = np.ravel(concrete(as_value(a)))
    held = np.histogram_bin_edges(x, concrete(bins), concrete(range))       # NumPy's, to the last digit
    places, good = _bins(x, held)
    inside = np.flatnonzero(good)
    if weights is None:
        h = np.bincount(places[inside], minlength=len(held) - 1)
    else:
        given = index(ravel(as_value(weights)), inside, form="i")
        h = add_at(full(0.0, (len(held) - 1,), np.result_type(dtype_of(given), np.float64)), given, places[inside], form="i")
    if not density:
        return [None if weights is None else h, _flat_or(edges)]
    total = h.sum() if weights is None else reduce_sum(h, (0,))
    return [h / (along(edges, 0, 1) - along(edges, 0, None, -1)) / total, _flat_or(edges)]


@model(np.histogram2d, lists=True)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """As `histogram`, with edges in both directions."""
    if density:
        raise NoModel("density=True")
    each = bins if isinstance(bins, (list, tuple)) and len(bins) == 2 else (bins, bins)
    edges, places, inside = [], [], True
    for data, parts, limits in zip((x, y), each, range or (None, None)):
        edges.append(histogram_bin_edges(data, parts, limits))
        held = np.histogram_bin_edges(np.ravel(concrete(as_value(data))), concrete(parts), concrete(limits))
        place, good = _bins(np.ravel(concrete(as_value(data))), held)
        places.append(place)
        inside = inside & good
    shape = tuple(shape_of(e)[0] - 1 for e in edges)
    kept = np.flatnonzero(inside)
    if weights is None:
        return [None, *map(_flat_or, edges)]
    given = index(ravel(as_value(weights)), kept, form="i")
    flat = np.ravel_multi_index([place[kept] for place in places], shape)
    h = add_at(full(0.0, (int(np.prod(shape)),), np.result_type(dtype_of(given), np.float64)), given, flat, form="i")
    return [reshape(h, shape), *map(_flat_or, edges)]


def _bins(x, edges):
    """(for each number its bin, whether it is in one); the last bin has both its edges."""
    places = np.searchsorted(edges, x, "right") - 1
    places[x == edges[-1]] = len(edges) - 2
    return places, (x >= edges[0]) & (x <= edges[-1])


def _flat_or(edges):
    """Edges, if they depend on anything."""
    return edges if isinstance(edges, Value) else None
