"""Whole numbers that are not computed with, but say how many, how long, along which axis, in which order.

In:  a function of NumPy's, and arguments among which there are Wholes.
Out: the same arguments with plain ints in such places: what the function returns does not change with them smoothly.
Start at `without_counts`.
"""

import functools
import inspect

from .whole import Whole

COUNTS = frozenset({    # names of parameters in the signatures of NumPy's functions
    "axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "source", "destination", "shape", "new_shape", "newshape", "size",
    "dimensions", "dims", "ndim", "ndmin", "ndmax", "M", "N", "n", "num", "reps", "repeats", "shift", "k", "kth", "decimals", "deg",
    "edge_order", "order", "offset", "indices_or_sections", "minlength", "pad_width", "count", "bins", "indices", "obj", "ind",
})
COUNTED_BY_THEIR_FIRST = ("permutation", "choice", "arange")       # of a single number: how many
COUNTED_BY_ALL = ("rand", "randn")


def without_counts(f, args, kwargs):
    """(args, kwargs) with plain ints where a number only counts."""
    name, names, rest = getattr(f, "__name__", ""), *_signature(f)
    if name == "polyint":       # its k is a constant of integration
        return args, kwargs
    first = 0 if name not in COUNTED_BY_THEIR_FIRST or name == "arange" and (len(args) > 1 or "stop" in kwargs) else 1
    args = tuple(
        _plain(x) if k < first or name in COUNTED_BY_ALL or (names[k] if k < len(names) else rest) in COUNTS else x
        for k, x in enumerate(args))
    return args, {key: _plain(x) if key in COUNTS else x for key, x in kwargs.items()}


@functools.lru_cache(maxsize=1024)
def _signature(f):
    """(names of the positional parameters, name of the one that takes the rest) of a function; empty if it is not known."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (ValueError, TypeError):
        return (), ""
    names = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    return names, next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "")


def _plain(x):
    """The same with ints in place of Wholes, also in lists and tuples."""
    if type(x) is Whole:
        return int(x)
    return type(x)(map(_plain, x)) if type(x) in (tuple, list) and any(type(part) in (Whole, tuple, list) for part in x) else x
