"""Shaping: the same numbers in another arrangement, and new arrays.

In:  an array and extents. Extents are operands, so that they may be computed by the program.
Out: arrays.
Start anywhere.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive

reshape = Primitive(
    "reshape",
    lambda x, *extents: np.reshape(x, extents),
    lambda x, *extents: array_type(type_of_operand(x).dtype, extents),
    text="{}.reshape({*})",
)

broadcast_to = Primitive(
    "broadcast_to",
    lambda x, *extents: np.broadcast_to(x, extents),
    lambda x, *extents: array_type(type_of_operand(x).dtype, extents),
    text="np.broadcast_to({}, ({*}))",
)


def _infer_transpose(x, *, axes):
    t = type_of_operand(x)
    return array_type(t.dtype, tuple(t.shape[axis] for axis in axes))


transpose = Primitive(
    "transpose", lambda x, *, axes: np.transpose(x, axes), _infer_transpose, text="{}.transpose({axes})"
)


def _infer_concatenate(*arrays, axis):
    types = [type_of_operand(x) for x in arrays]
    shape = list(types[0].shape)
    shape[axis] = sum(t.shape[axis] for t in types)
    return array_type(np.result_type(*(t.dtype for t in types)), tuple(shape))


concatenate = Primitive(
    "concatenate", lambda *arrays, axis: np.concatenate(arrays, axis=axis), _infer_concatenate
)

full = Primitive(
    "full",
    lambda value, *extents, dtype: np.full(extents, value, dtype=dtype) if extents else dtype.type(value),
    lambda value, *extents, dtype: array_type(dtype, extents),
    text="np.full(({*}), {})",
    makes_new_array=True,
)
