"""What norms, condition numbers, singular values and QR of numpy.linalg mean as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..ir.build import emit
from ..ir.types import array_type
from ..primitives import elementwise as e
from ..primitives import linalg as la
from ..primitives import reduce
from ..primitives.functions import concatenate, count, index, matmul, reduce_sum, reshape, root, swap_last, transpose
from .models import WAYS, NoModel, as_value, concrete, dtype_of, model, shape_of
from .numpy_linalg import inv
from .numpy_models import axes_of, kept
from .numpy_shaping import along
from .site import ACTIVE

for _name in ("matmul", "tensordot", "vecdot"):
    WAYS[getattr(np.linalg, _name)] = WAYS[getattr(np, _name)]


# norms

@model(np.linalg.vector_norm)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    x = as_value(x)
    axes = axes_of(axis, len(shape_of(x)))
    rest = [k for k in range(len(shape_of(x))) if k not in axes]
    flat = reshape(transpose(x, [*rest, *axes]), (*(shape_of(x)[k] for k in rest), count(shape_of(x), axes)))
    return kept(norm(flat, ord, -1), x, axes, keepdims)


@model(np.linalg.matrix_norm)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return norm(x, ord, (-2, -1), keepdims)


@model(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """The length of vectors or matrices; each norm has slope 0 where it is 0 (the slope at a minimum)."""
    x = as_value(x)
    n = len(shape_of(x))
    listed = tuple(range(n)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    listed = tuple(k % n for k in listed)
    if len(listed) == 1 and ord == 0:
        return None         # it counts
    if ord is None or ord == "fro" or len(listed) == 1 and ord == 2:
        y = _length(emit(e.absolute, x), tuple(sorted(listed)))
    elif len(listed) == 1:
        y = _of_vectors(emit(e.absolute, x), ord, listed)
    else:
        y = _of_matrices(x, ord, *listed)
    return kept(y, x, listed, keepdims)


def _length(size, axes):
    """sqrt of the sum of squares, with slope 0 at 0 (the slope at a minimum)."""
    return root(reduce_sum(size * size, axes))


def _of_vectors(size, ord, axes):
    if ord in (np.inf, -np.inf):
        return emit(reduce.reduce_max if ord > 0 else reduce.reduce_min, size, axes=axes)
    total = reduce_sum(size ** ord, axes) if ord != 1 else reduce_sum(size, axes)
    return total if ord == 1 else root(total, ord) if ord > 0 else total ** (1.0 / ord)


def _of_matrices(x, ord, row, column):
    """1, -1: of the sums of columns the largest, the smallest; inf, -inf: of rows; 2, -2, 'nuc': of singular values."""
    if ord in (1, -1, np.inf, -np.inf):
        first, second = (row, column) if abs(ord) == 1 else (column, row)
        sums = reduce_sum(emit(e.absolute, x), (first,))
        return emit(reduce.reduce_max if ord > 0 else reduce.reduce_min, sums, axes=(second - (second > first),))
    rest = [k for k in range(len(shape_of(x))) if k not in (row, column)]
    s = emit(la.singular_values, transpose(x, [*rest, row, column]))
    last = (len(rest),)
    if ord == "nuc":
        return reduce_sum(s, last)
    if ord not in (2, -2):
        raise NoModel(f"ord={ord!r}")
    return emit(reduce.reduce_max if ord > 0 else reduce.reduce_min, s, axes=last)


@model(np.linalg.cond)
def cond(x, p=None):
    """The norm of a matrix times that of its inverse."""
    x = as_value(x)
    if p not in (None, 2, -2):
        return norm(x, p, (-2, -1)) * norm(inv(x), p, (-2, -1))
    s = emit(la.singular_values, x)
    largest, smallest = index(s, 0, form="ei"), index(s, -1, form="ei")
    return smallest / largest if p == -2 else largest / smallest


# singular values, Q and R

def _undetermined(a, what, shape):
    """Part of a result that the matrix does not determine."""
    return ACTIVE.tracer.unknown([a], array_type(dtype_of(a), shape), what)


@model(np.linalg.svdvals)
def svdvals(x, /):
    return emit(la.singular_values, as_value(x))


@model(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """U, s, V'. Vectors beyond the singular values are not determined."""
    a = as_value(a)
    s = emit(la.singular_values, a)
    if not compute_uv:
        return s
    *stack, m, n = shape_of(a)
    full = bool(full_matrices)
    vectors = "singular vectors of complex matrices" if dtype_of(a).kind == "c" else \
        "singular vectors computed with hermitian=True" if hermitian else None
    beyond = "singular vectors that belong to no singular value"
    k = min(m, n)
    u_shape, v_shape = (*stack, m, m if full else k), (*stack, n if full else k, n)
    u = emit(la.left_vectors, a, full=full) if u_shape[-1] == k and not vectors else \
        _undetermined(a, vectors or beyond, u_shape)
    v = emit(la.right_vectors, a, full=full) if v_shape[-2] == k and not vectors else \
        _undetermined(a, vectors or beyond, v_shape)
    return [u, s, v]


@model(np.linalg.qr)
def qr(a, mode="reduced"):
    """Q and R of independent columns; of a wide matrix the first square part decides: A = [X Y], R = [R_X  Q'Y]."""
    a = as_value(a)
    *stack, m, n = shape_of(a)
    if dtype_of(a).kind == "c" or mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise NoModel("a complex matrix" if dtype_of(a).kind == "c" else f"mode={mode!r}")
    first = a if n <= m else along(a, len(stack) + 1, 0, m)
    size = np.abs(np.diagonal(np.linalg.qr(concrete(first))[1], 0, -2, -1))
    if size.size and np.any(size.min(-1) <= size.max(-1) * max(m, n) * np.finfo(size.dtype).eps):
        raise NoModel("columns that depend on each other")
    q, r = emit(la.qr_q, first), emit(la.qr_r, first)
    if n > m:
        r = concatenate([r, matmul(swap_last(q), along(a, len(stack) + 1, m))], len(stack) + 1)
    return r if mode == "r" else [q, r]
