"""Shaping: the same numbers in another arrangement, and new arrays.

In:  an array and extents. Extents are operands, so that they may be computed by the program.
Out: arrays.
Start anywhere.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive

def in_brackets(parts):
    """Extents as the text of a tuple."""
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _text_of_reshape(x, i):
    if type_of_operand(i.inputs[0]).kind == "array":
        return f"{x[0]}.reshape({', '.join(x[1:]) or '()'})"
    return f"np.reshape({x[0]}, {in_brackets(x[1:])})"


reshape = Primitive(
    "reshape",
    lambda x, *extents: np.reshape(x, extents),
    lambda x, *extents: array_type(type_of_operand(x).dtype, extents),
    text=_text_of_reshape,
)

broadcast_to = Primitive(
    "broadcast_to",
    lambda x, *extents: np.broadcast_to(x, extents),
    lambda x, *extents: array_type(type_of_operand(x).dtype, extents),
    text=lambda x, i: f"np.broadcast_to({x[0]}, {in_brackets(x[1:])})",
)


def _infer_transpose(x, *, axes):
    t = type_of_operand(x)
    return array_type(t.dtype, tuple(t.shape[axis] for axis in axes))


transpose = Primitive(
    "transpose", lambda x, *, axes: np.transpose(x, axes), _infer_transpose,
    text=lambda x, i: f"{x[0]}.T" if i.attributes["axes"] == (1, 0) else f"{x[0]}.transpose{tuple(i.attributes['axes'])}",
)


def _infer_concatenate(*arrays, axis):
    types = [type_of_operand(x) for x in arrays]
    shape = list(types[0].shape)
    shape[axis] = sum(t.shape[axis] for t in types)
    return array_type(np.result_type(*(t.dtype for t in types)), tuple(shape))


concatenate = Primitive(
    "concatenate", lambda *arrays, axis: np.concatenate(arrays, axis=axis), _infer_concatenate,
    text=lambda x, i: f"np.concatenate([{', '.join(x)}], axis={i.attributes['axis']})",
    makes_new_array=True,
)

def _text_of_full(x, i):
    value, dtype = i.inputs[0], i.attributes["dtype"]
    if len(x) == 1:
        return f"np.{dtype}({x[0]})"
    shape = x[1] if len(x) == 2 else in_brackets(x[1:])
    kind = "" if dtype == np.float64 else f", np.{dtype}"
    if type(value) in (int, float) and value in (0, 1):
        return f"np.{'ones' if value else 'zeros'}({shape}{kind})"
    return f"np.full({shape}, {x[0]}{'' if type(value) is float and not kind else kind or ', float'})"


full = Primitive(
    "full",
    lambda value, *extents, dtype: np.full(extents, value, dtype=dtype) if extents else dtype.type(value),
    lambda value, *extents, dtype: array_type(dtype, extents),
    text=_text_of_full,
    makes_new_array=True,
)
