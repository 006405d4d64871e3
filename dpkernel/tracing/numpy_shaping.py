"""What NumPy's functions on shapes and places mean, as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import builtins
import operator

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives.functions import broadcast_to, concatenate, index, reduce_sum, reshape, select, transpose
from .models import NoModel, as_value, concrete, dtype_of, expand, model, moved, shape_of, stack


@model(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.copy, np.require,
       ("array", "copy"), ("array", "__copy__"), ("array", "__deepcopy__"))
def array(x, dtype=None, *args, **options):
    """The same numbers, perhaps in another dtype."""
    if isinstance(dtype, (str, dict)) and dtype in ("C", "F", "A", "K") or isinstance(dtype, dict):
        dtype = None        # the order of copy(), the memo of deepcopy
    x = as_value(x)
    missing = (options.get("ndmin") or 0) - len(shape_of(x))
    x = reshape(x, (1,) * missing + tuple(shape_of(x))) if missing > 0 else x
    return x if dtype is None else astype(x, dtype)


@model(("array", "astype"))
def astype(x, dtype, *args, **options):
    dtype = np.dtype(dtype)
    if dtype == dtype_of(x):
        return x
    if dtype.kind not in "biufc":
        raise NoModel(f"a conversion to {dtype}")
    return emit(e.cast, x, dtype=dtype)


@model(("array", "view"))
def view(x, dtype=None, type=None):
    """The same numbers; other readings of their bits have no derivative."""
    plain = dtype is None or isinstance(dtype, builtins.type) and issubclass(dtype, np.ndarray)
    if not plain and np.dtype(dtype) != dtype_of(x):
        raise NoModel("a view with another dtype")
    return as_value(x)


@model(("array", "item"), ("array", "__float__"))
def item(x, *place):
    if place:
        x = index(x, *place, form="i" * len(place)) if len(place) > 1 else index(ravel(x), *place, form="i")
    return as_number(x)


def as_number(x):
    """Python's number of an array with one element."""
    kind = np.dtype(dtype_of(x)).kind
    if kind == "f":
        return emit(e.as_float, x)
    return emit(e.cast, reshape(x, ()), dtype=np.dtype(complex if kind == "c" else int))


@model(("array", "tolist"))
def tolist(x):
    """Lists of lists of Python's numbers."""
    if not shape_of(x):
        return as_number(x)
    return [tolist(index(x, k, form="i")) for k in range(shape_of(x)[0])]


def extents_of(shape, size):
    """A shape argument with -1 written out."""
    shape = [operator.index(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,))]
    if -1 in shape:
        known = 1
        for n in shape:
            known *= n if n != -1 else 1
        shape[shape.index(-1)] = size // max(known, 1)
    return tuple(shape)


def size_of(x):
    n = 1
    for extent in shape_of(x):
        n = n * extent
    return n


@model(np.reshape)
def reshaped(a, /, shape=None, order="C", *, newshape=None, copy=None):
    x = as_value(a)
    extents = extents_of(newshape if shape is None else shape, size_of(x))
    if order not in ("C", None):
        return moved(lambda tags: np.reshape(in_layout(tags, x), extents, order=order), x)
    return reshape(x, extents)


@model(("array", "reshape"))
def reshape_method(x, *shape, order="C", copy=None):
    return reshaped(x, shape[0] if len(shape) == 1 else shape, order)


@model(np.ravel, ("array", "ravel"), ("array", "flatten"))
def ravel(a, order="C"):
    x = as_value(a)
    if order != "C":
        return moved(lambda tags: in_layout(tags, x).ravel(order), x)
    return reshape(x, (size_of(x),))


def in_layout(tags, x):
    """The same array, laid out in memory as the numbers of `x` are: 'K' and 'A' go by that."""
    laid_out = np.empty_like(concrete(x), dtype=int)
    laid_out[...] = tags
    return laid_out


@model(np.transpose)
def transposed(a, axes=None):
    x = as_value(a)
    n = len(shape_of(x))
    return transpose(x, range(n - 1, -1, -1) if axes is None else [operator.index(k) % n for k in axes])


@model(("array", "transpose"))
def transpose_method(x, *axes):
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = axes[0]
    return transposed(x, axes or None)


@model(np.swapaxes, ("array", "swapaxes"))
def swapaxes(a, axis1, axis2):
    n = len(shape_of(a))
    order = list(range(n))
    order[axis1 % n], order[axis2 % n] = order[axis2 % n], order[axis1 % n]
    return transpose(a, order)


@model(np.moveaxis)
def moveaxis(a, source, destination):
    n = len(shape_of(a))
    listed = [[k % n for k in (x if isinstance(x, (tuple, list)) else [x])] for x in (source, destination)]
    order = [k for k in range(n) if k not in listed[0]]
    for to, where_from in sorted(zip(listed[1], listed[0])):
        order.insert(to, where_from)
    return transpose(a, order)


@model(np.expand_dims)
def expand_dims(a, axis):
    x = as_value(a)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    n = len(shape_of(x)) + len(axes)
    for k in sorted(k % n for k in axes):
        x = expand(x, k)
    return x


@model(np.squeeze, ("array", "squeeze"))
def squeeze(a, axis=None):
    shape = shape_of(a)
    if axis is None:
        dropped = [k for k, n in enumerate(shape) if n == 1]
    else:
        dropped = [k % len(shape) for k in (axis if isinstance(axis, tuple) else (axis,))]
    return reshape(a, [n for k, n in enumerate(shape) if k not in dropped])


@model(np.atleast_1d)
def atleast_1d(*arrays):
    return _each(arrays, lambda x: x if shape_of(x) else reshape(x, (1,)))


@model(np.atleast_3d)
def atleast_3d(*arrays):
    return _each(arrays, lambda x: reshape(x, np.atleast_3d(np.empty(shape_of(x), np.int8)).shape))


@model(np.atleast_2d)
def atleast_2d(*arrays):
    return _each(arrays, lambda x: reshape(x, (1,) * (2 - len(shape_of(x))) + tuple(shape_of(x))))


def _each(arrays, function):
    values = [function(as_value(x)) for x in arrays]
    return values[0] if len(values) == 1 else values


@model(np.broadcast_to)
def broadcast(a, shape, subok=False):
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    return broadcast_to(as_value(a), tuple(map(operator.index, shape)))


@model(np.broadcast_arrays)
def broadcast_arrays(*arrays, subok=False):
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return [broadcast_to(as_value(x), shape) for x in arrays]


# joining and splitting

@model(np.concatenate, lists=True)
def joined(arrays, axis=0, out=None, *, dtype=None, casting=None):
    arrays = _sequence(arrays)
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    return concatenate(arrays, operator.index(axis) % len(shape_of(arrays[0])))


def _sequence(arrays):
    """A list of operands; one array stands for the list of its rows."""
    if isinstance(arrays, (list, tuple)):
        return [as_value(x) for x in arrays]
    return [index(arrays, k, form="i") for k in range(shape_of(arrays)[0])]


@model(np.stack, lists=True)
def stacked(arrays, axis=0, out=None, *, dtype=None, casting=None):
    return stack(_sequence(arrays), operator.index(axis))


@model(*{np.vstack, getattr(np, "row_stack", np.vstack)}, lists=True)
def vstack(tup, *, dtype=None, casting=None):
    return concatenate([atleast_2d(x) for x in _sequence(tup)], 0)


@model(np.hstack, lists=True)
def hstack(tup, *, dtype=None, casting=None):
    arrays = [atleast_1d(x) for x in _sequence(tup)]
    return concatenate(arrays, 0 if len(shape_of(arrays[0])) == 1 else 1)


@model(np.column_stack, lists=True)
def column_stack(tup):
    arrays = _sequence(tup)
    return concatenate([x if len(shape_of(x)) > 1 else reshape(x, (*shape_of(x), 1)) for x in arrays], 1)


@model(np.append)
def append(arr, values, axis=None):
    return joined([arr, values], axis)


@model(np.split, np.array_split)
def split(ary, indices_or_sections, axis=0):
    x = as_value(ary)
    n, axis = shape_of(x)[axis], axis % len(shape_of(x))
    if isinstance(indices_or_sections, (int, np.integer)):
        pieces = np.array_split(np.arange(n), int(indices_or_sections))
        bounds = [(int(p[0]), int(p[-1]) + 1) if p.size else (0, 0) for p in pieces]
    else:
        cuts = [0, *map(operator.index, indices_or_sections), n]
        bounds = list(zip(cuts, cuts[1:]))
    return [along(x, axis, start, stop) for start, stop in bounds]


def along(x, axis, start=None, stop=None, step=None):
    """A slice along one axis."""
    return index(x, *[None] * 3 * axis, start, stop, step, form="s" * (axis + 1))


# copies and turns

@model(np.repeat, ("array", "repeat"))
def repeat(a, repeats, axis=None):
    x, repeats = as_value(a), concrete(repeats)
    if np.ndim(repeats):
        return moved(lambda tags: np.repeat(tags, repeats, axis), x)
    if axis is None:
        x, axis = ravel(x), 0
    axis %= len(shape_of(x))
    shape = shape_of(x)
    wide = (*shape[:axis + 1], int(repeats), *shape[axis + 1:])
    return reshape(broadcast_to(expand(x, axis + 1), wide),
                   (*shape[:axis], shape[axis] * int(repeats), *shape[axis + 1:]))


@model(np.tile)
def tile(A, reps):
    reps = [operator.index(r) for r in (reps if isinstance(reps, (tuple, list)) else (reps,))]
    x = as_value(A)
    n = max(len(reps), len(shape_of(x)))
    reps = [1] * (n - len(reps)) + reps
    x = reshape(x, (1,) * (n - len(shape_of(x))) + tuple(shape_of(x)))
    for axis, r in enumerate(reps):
        if r != 1:
            x = concatenate([x] * r, axis) if r else along(x, axis, 0, 0)
    return x


@model(np.flip)
def flip(m, axis=None):
    x = as_value(m)
    n = len(shape_of(x))
    axes = range(n) if axis is None else [k % n for k in (axis if isinstance(axis, tuple) else (axis,))]
    parts = [part for k in range(n) for part in (None, None, -1 if k in axes else None)]
    return index(x, *parts, form="s" * n)


@model(np.fliplr)
def fliplr(m):
    return flip(m, 1)


@model(np.flipud)
def flipud(m):
    return flip(m, 0)


@model(np.roll)
def roll(a, shift, axis=None):
    x = as_value(a)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), shape_of(x))
    for s, k in zip(*(each.ravel().tolist() for each in np.broadcast_arrays(shift, axis))):
        n = shape_of(x)[k]
        cut = -operator.index(s) % n if n else 0
        if cut:
            k %= len(shape_of(x))
            x = concatenate([along(x, k, cut), along(x, k, 0, cut)], k)
    return x


# places

@model(np.take, ("array", "take"))
def take(a, indices, axis=None, out=None, mode="raise"):
    x, places = as_value(a), concrete(indices)
    if mode != "raise":
        return moved(lambda tags: np.take(tags, places, axis, mode=mode), x)
    if axis is None:
        x, axis = ravel(x), 0
    axis %= len(shape_of(x))
    places = np.array(places) if np.ndim(places) else operator.index(places)
    return index(x, *[None] * 3 * axis, places, form="s" * axis + "i")


def in_order(x, axis, order_of):
    """The elements of `x` along an axis in the order that `order_of(numbers)` gives."""
    order = order_of(concrete(x))
    if axis is None:
        return moved(lambda tags: tags.reshape(-1)[order], x)
    return moved(lambda tags: np.take_along_axis(tags, order, axis), x)


@model(np.diagonal, ("array", "diagonal"))
def diagonal(a, offset=0, axis1=0, axis2=1):
    x = as_value(a)
    n = len(shape_of(x))
    x = transpose(x, [k for k in range(n) if k not in (axis1 % n, axis2 % n)] + [axis1 % n, axis2 % n])
    rows = np.arange(max(min(shape_of(x)[-2] + min(offset, 0), shape_of(x)[-1] - max(offset, 0)), 0))
    return index(x, rows - min(offset, 0), rows + max(offset, 0), form="eii")


@model(np.diag)
def diag(v, k=0):
    x = as_value(v)
    if len(shape_of(x)) == 2:
        return diagonal(x, k)
    n = shape_of(x)[0] + abs(k)
    rows, columns = np.arange(n)[:, None], np.arange(n)[None, :]
    places = np.clip(rows + min(k, 0), 0, max(shape_of(x)[0] - 1, 0)) + 0 * columns
    return select(columns - rows == k, index(x, places, form="i"), 0)


@model(np.trace, ("array", "trace"))
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    d = diagonal(a, offset, axis1, axis2)
    return reduce_sum(d, (len(shape_of(d)) - 1,))


@model(np.tril)
def tril(m, k=0):
    return select(np.tri(*shape_of(m)[-2:], k=k, dtype=bool), m, 0)


@model(np.triu)
def triu(m, k=0):
    return select(np.tri(*shape_of(m)[-2:], k=k - 1, dtype=bool), 0, m)


@model(np.diff)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    x = as_value(a)
    axis %= len(shape_of(x))
    edge = tuple(1 if k == axis else n for k, n in enumerate(shape_of(x)))
    for end, first in ((prepend, True), (append, False)):
        if end is not None and end is not np._NoValue:
            end = as_value(end)
            end = broadcast_to(end, edge) if not shape_of(end) else end
            x = concatenate([end, x] if first else [x, end], axis)
    for _ in range(n):
        x = along(x, axis, 1) - along(x, axis, None, -1)
    return x


def without_repeats(x, letters):
    """'iij' of an operand becomes 'ij' of its diagonal."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = diagonal(x, 0, first, second)
            letters = letters[:first] + letters[first + 1:second] + letters[second + 1:] + letter
    return x, letters

