"""Products with a contraction.

In:  arrays.
Out: `matmul` of stacks of matrices (both operands have rank >= 2), `einsum` of any letters.
Start at `matmul`. Vectors become matrices of one row or column first (see `product` in functions.py).
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive, broadcast_shapes


def _infer_matmul(a, b):
    a, b = type_of_operand(a), type_of_operand(b)
    stack = broadcast_shapes([a.shape[:-2], b.shape[:-2]])
    dtype = np.result_type(a.dtype, b.dtype)
    return array_type(dtype, (*stack, a.shape[-2], b.shape[-1]))


matmul = Primitive("matmul", np.matmul, _infer_matmul, text="{} @ {}")


def _einsum(*operands, spec):
    return np.einsum(spec, *operands, optimize=len(operands) > 2)


def _infer_einsum(*operands, spec):
    """`spec` is explicit: 'ij,jk->ik', letters only."""
    inputs, output = spec.split("->")
    extent = {}
    for letters, x in zip(inputs.split(","), operands, strict=True):
        for letter, n in zip(letters, type_of_operand(x).shape, strict=True):
            if extent.get(letter, 1) == 1:
                extent[letter] = n
    dtype = np.result_type(*(type_of_operand(x).dtype for x in operands))
    return array_type(dtype, tuple(extent[letter] for letter in output))


einsum = Primitive("einsum", _einsum, _infer_einsum)
