"""What NumPy's functions that write into an array leave there, as instructions.

In:  the old contents of the array, and the other arguments as the user passes them.
Out: the new contents.
Start anywhere. Most only move elements, and the function itself, called with numbers in place of the
elements, says where each goes (`models.moved`).
"""

import numpy as np

from ..ir.build import emit
from ..primitives.functions import add_at, broadcast_to, index, reshape, select, update
from ..primitives.index import take_apart
from . import numpy_models  # noqa: F401  (enters the ufuncs)
from .models import UFUNCS, WAYS, Writer, as_value, concrete, each, moved, shape_of, writer
from .numpy_shaping import in_order


@writer(np.copyto)
def copyto(old, source, casting="same_kind", where=True):
    source = as_value(source)
    return source if where is True else select(where, source, old)


@writer(("array", "fill"))
def fill(old, value):
    return as_value(value)


def _moving(write):
    """`write(array, *arguments, data)` moves elements of `data` into the array."""
    def contents(old, arguments, data):
        def function(old_tags, data_tags):
            write(old_tags, *map(concrete, arguments), data_tags)
            return old_tags

        return moved(function, old, data)

    return contents


@writer(np.put, ("array", "put"))
def put(old, indices, values, mode="raise"):
    return _moving(lambda a, i, v: np.put(a, i, v, mode))(old, (indices,), values)


@writer(np.place)
def place(old, mask, vals):
    return _moving(np.place)(old, (mask,), vals)


@writer(np.putmask)
def putmask(old, mask, values):
    return _moving(np.putmask)(old, (mask,), values)


@writer(np.fill_diagonal)
def fill_diagonal(old, val, wrap=False):
    return _moving(lambda a, v: np.fill_diagonal(a, v, wrap))(old, (), val)


@writer(np.put_along_axis)
def put_along_axis(old, indices, values, axis):
    return _moving(lambda a, i, v: np.put_along_axis(a, i, v, axis))(old, (indices,), values)


@writer(("array", "sort"))
def sort(old, axis=-1, kind=None, order=None, *, stable=None):
    return in_order(old, axis, lambda x: np.argsort(x, axis, kind, stable=stable))


@writer(("array", "partition"))
def partition(old, kth, axis=-1, kind="introselect", order=None):
    return in_order(old, axis, lambda x: np.argpartition(x, kth, axis, kind))


@writer((np.add, "at"))
def add_at_places(old, indices, b=None):
    operands, form = take_apart(concrete(indices))
    return add_at(old, as_value(b), *operands, form=form)


@writer((np.subtract, "at"))
def subtract_at_places(old, indices, b=None):
    return add_at_places(old, indices, 0.0 - as_value(b))


def _at(ufunc, primitive):
    """`ufunc.at(old, indices, b)`: where a place comes several times, one turn after the other."""
    @writer((ufunc, "at"))
    def at_places(old, indices, *b):
        extents = shape_of(old)
        tags = np.arange(int(np.prod(extents, dtype=int))).reshape(extents)[concrete(indices)]
        flat, places = reshape(old, (int(np.prod(extents, dtype=int)),)), np.ravel(tags)
        b = [reshape(broadcast_to(as_value(x), np.shape(tags)), (places.size,)) for x in b]
        turns = _turns(places)
        for turn in each(range(turns.max(initial=-1) + 1)):
            mine = np.flatnonzero(turns == turn)
            new = emit(primitive, index(flat, places[mine], form="i"), *(index(x, mine, form="i") for x in b))
            flat = update(flat, new, places[mine], form="i")
        return reshape(flat, extents)


def _turns(places):
    """For each place how often it has come before."""
    order = np.argsort(places, kind="stable")
    ranked = places[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if places.size else np.zeros(0, int)
    turns = np.empty(places.size, int)
    turns[order] = np.arange(places.size) - np.repeat(starts, np.diff(np.r_[starts, places.size]))
    return turns


for _ufunc in (np.multiply, np.true_divide, np.power, np.maximum, np.minimum, np.fmax, np.fmin, np.hypot, np.arctan2,
               np.logaddexp, np.negative, np.absolute, np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh):
    _at(_ufunc, UFUNCS[_ufunc])


@writer("np.nan_to_num in place")
def nan_to_num_in_place(old, copy=False, nan=0.0, posinf=None, neginf=None):
    return WAYS[np.nan_to_num]((old, True, nan, posinf, neginf), {})


for _name in ("byteswap", "resize"):
    WAYS["array", _name] = Writer()

