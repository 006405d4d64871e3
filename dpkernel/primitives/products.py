"""Products with a contraction.

In:  arrays.
Out: `matmul` of vectors, matrices and stacks of matrices, `einsum` of any letters.
Start at `matmul`.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive, broadcast_shapes


def _infer_matmul(a, b):
    a, b = type_of_operand(a), type_of_operand(b)
    dtype = np.result_type(a.dtype, b.dtype)
    rows = a.shape[-2:-1] if a.ndim > 1 else ()
    columns = b.shape[-1:] if b.ndim > 1 else ()
    return array_type(dtype, (*broadcast_shapes([a.shape[:-2], b.shape[:-2]]), *rows, *columns))


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


einsum = Primitive(
    "einsum", _einsum, _infer_einsum,
    text=lambda x, i: f"np.einsum({i.attributes['spec']!r}, {', '.join(x)})",
)
