"""Reductions and scans.

In:  an array and the axes to reduce, a sorted tuple of ints >= 0.
Out: an array without these axes (a scalar if none is left).
Start anywhere. `keepdims` is a reshape afterwards; a mean is a sum and a division.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive


def _reduction(name, function, *, dtype_of):
    """Declare `name(x, axes=...)`, evaluated by a NumPy function that takes `axis`."""

    def evaluate(x, *, axes):
        return function(x, axis=axes)

    def infer(x, *, axes):
        t = type_of_operand(x)
        kept = tuple(n for axis, n in enumerate(t.shape) if axis not in axes)
        return array_type(dtype_of(t.dtype), kept)

    def text(x, i):
        axes = i.attributes["axes"]
        if len(axes) == type_of_operand(i.inputs[0]).ndim:
            return f"np.{function.__name__}({x[0]})"
        return f"np.{function.__name__}({x[0]}, axis={axes[0] if len(axes) == 1 else axes})"

    return Primitive(name, evaluate, infer, text=text)


def _summed(dtype):
    """Sums of small integers and bools are taken in the machine's int, as NumPy does."""
    return np.add.reduce(np.empty(0, dtype)).dtype


def _same(dtype):
    return dtype


reduce_sum = _reduction("reduce_sum", np.sum, dtype_of=_summed)
reduce_prod = _reduction("reduce_prod", np.prod, dtype_of=_summed)
reduce_max = _reduction("reduce_max", np.max, dtype_of=_same)
reduce_min = _reduction("reduce_min", np.min, dtype_of=_same)


def _scan(name, function):
    """Declare `name(x, axis=...)`: running results along one axis."""

    def evaluate(x, *, axis):
        return function(x, axis=axis)

    def infer(x, *, axis):
        t = type_of_operand(x)
        return array_type(_summed(t.dtype), t.shape)

    return Primitive(name, evaluate, infer, text=lambda x, i: f"np.{name}({x[0]}, axis={i.attributes['axis']})")


cumsum = _scan("cumsum", np.cumsum)
