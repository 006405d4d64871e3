"""What NumPy's functions that move elements, or fill new arrays, mean as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start at the first lines: functions that only move elements need no more than that line (models.mover).
"""

import operator

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives.functions import broadcast_to, cast, exp, log, reshape, select
from .models import NoModel, as_value, concrete, dtype_of, model, moved, moved_list, mover, shape_of
from .numpy_shaping import along

mover(np.rot90, np.resize, np.diagflat, np.rollaxis, np.matrix_transpose, np.linalg.matrix_transpose,
      np.linalg.diagonal, np.delete, np.hsplit, np.vsplit, np.dsplit, np.take_along_axis,
      np.lib.stride_tricks.sliding_window_view)
if hasattr(np, "unstack"):
    mover(np.unstack)
mover(np.insert, data=(0, 2, "values"))
mover(np.compress, np.extract, data=(1,))


@model(("array", "compress"))
def compress_method(x, condition, axis=None, out=None):
    return moved(lambda tags: np.compress(concrete(condition), tags, axis), x)


@model(np.dstack, lists=True)
def dstack(tup):
    return moved_list(np.dstack, [tup], {}, 0)


@model(np.block, lists=True)
def block(arrays):
    """Nested lists of blocks."""
    data = []

    def numbered(x):
        if isinstance(x, list):
            return [numbered(part) for part in x]
        data.append(x)
        return len(data) - 1

    def filled(x, tags):
        return [filled(part, tags) for part in x] if isinstance(x, list) else tags[x]

    pattern = numbered(arrays)
    return moved(lambda *tags: np.block(filled(pattern, tags)), *data)


@model(np.pad)
def pad(array, pad_width, mode="constant", **options):
    width = concrete(pad_width)
    if mode == "constant":
        edges = options.get("constant_values", 0)
        return moved(lambda tags, c: np.pad(tags, width, "constant", constant_values=c), array, edges)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or options.get("reflect_type") == "odd":
        raise NoModel(f"mode={mode!r}" + (", reflect_type='odd'" if "reflect_type" in options else ""))
    return moved(lambda tags: np.pad(tags, width, mode), array)


@model(np.trim_zeros)
def trim_zeros(filt, trim="fb", *args):
    kept = np.flatnonzero(concrete(filt) != 0)
    start = int(kept[0]) if kept.size and "f" in trim.lower() else 0
    stop = int(kept[-1]) + 1 if kept.size and "b" in trim.lower() else shape_of(filt)[0]
    return along(filt, 0, start, stop if kept.size else 0)


@model(np.meshgrid)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    return moved(lambda *tags: np.meshgrid(*tags, sparse=sparse, indexing=indexing), *xi)


@model(np.select, lists=True)
def select_first(condlist, choicelist, default=0):
    y = as_value(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        y = select(as_value(condition), as_value(choice), y)
    return y


@model(np.choose, ("array", "choose"), lists=True)
def choose(a, choices, out=None, mode="raise"):
    return moved(lambda *tags: np.choose(concrete(a), list(tags), mode=mode), *choices)


@model("np.r_", lists=True)
def joined(kind, parts):
    """`np.r_[...]`, `np.c_[...]`: slices in it are numbers of their own."""
    parts = parts if isinstance(parts, tuple) else (parts,)
    data = [kind[part] if isinstance(part, slice) else part for part in parts if not isinstance(part, str)]

    def put_together(*tags):
        tags = iter(tags)
        return kind[tuple(part if isinstance(part, str) else next(tags) for part in parts)]

    return moved(put_together, *(x.ravel() if isinstance(x, np.ndarray) and isinstance(p, slice) else x
                                 for x, p in zip(data, [p for p in parts if not isinstance(p, str)])))


# new arrays

@model(np.full)
def full_of(shape, fill_value, dtype=None, order="C", **options):
    value = as_value(fill_value)
    shape = concrete(shape)
    shape = tuple(map(operator.index, shape)) if isinstance(shape, (tuple, list)) else (operator.index(shape),)
    dtype = dtype_of(value) if dtype is None else np.dtype(dtype)
    return broadcast_to(value if dtype_of(value) == dtype else cast(value, dtype=dtype), shape)


@model(np.full_like)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, **options):
    extents = shape_of(as_value(a)) if shape is None else shape
    return full_of(extents, fill_value, dtype_of(as_value(a)) if dtype is None else dtype)


for _type in (np.float64, np.float32, np.float16, np.longdouble, np.complex128, np.complex64):
    @model(_type)
    def converted(x=0.0, *, dtype=np.dtype(_type)):
        return emit(e.cast, as_value(x), dtype=dtype)


@model(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, **options):
    start, stop, num = as_value(start), as_value(stop), operator.index(num)
    if retstep or axis != 0 or dtype is not None and np.dtype(dtype).kind not in "fc":
        raise NoModel("retstep=, axis= or a dtype of integers")
    parts = max(num - 1 if endpoint else num, 1)
    rank = max(len(shape_of(start)), len(shape_of(stop)))
    share = (np.arange(num) / parts).reshape((num, *(1,) * rank))
    return start + (stop - start) * share


@model(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    return emit(e.power, as_value(base), linspace(start, stop, num, endpoint))


@model(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    return exp(linspace(log(as_value(start)), log(as_value(stop)), num, endpoint))


@model(np.arange)
def arange(start, stop=None, step=1, dtype=None, **options):
    if stop is None:
        start, stop = 0, start
    n = len(np.arange(concrete(start), concrete(stop), concrete(step)))
    return as_value(start) + as_value(step) * np.arange(n)


@model(np.vander)
def vander(x, N=None, increasing=False):
    x = as_value(x)
    n = shape_of(x)[0] if N is None else N
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return emit(e.power, reshape(x, (*shape_of(x), 1)), powers)
