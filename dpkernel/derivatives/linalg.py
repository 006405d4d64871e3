"""Derivatives of linear algebra and of Fourier transforms.

In:  cotangents, operands, results; A' is the conjugate transpose.
Out: cotangents.
Start at `solve_vjp`. Source of the matrix rules: Giles, Oxford report NA-08/01 (2008); of cholesky: Murray,
arXiv:1602.07527 (2016), equation 10.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.build import emit
from ..primitives import linalg as la
from ..primitives.functions import (
    conjugate, matmul, real, reduce_sum, reshape, select, sum_to, swap_last,
)
from .forms import linear, vjp


def _adjoint(a):
    """A'."""
    turned = swap_last(a)
    return conjugate(turned) if type_of_operand(a).complex else turned


def _symmetrised(a):
    return (a + _adjoint(a)) / 2


def _on_diagonal(x):
    """Numbers (..., n) as factors of the columns of a matrix (..., 1, n)."""
    shape = type_of_operand(x).shape
    return reshape(x, (*shape[:-1], 1, shape[-1]))


def _as_matrix(x):
    """A number for each matrix, (..., 1, 1)."""
    return reshape(x, (*type_of_operand(x).shape, 1, 1))


def solve_jvp(tangents, a, b, *, y):
    """dX = inv(A) (dB - dA X)."""
    a_dot, b_dot = tangents
    moved = b_dot if a_dot is None else (-matmul(a_dot, y) if b_dot is None else b_dot - matmul(a_dot, y))
    return emit(la.solve, a, moved)


@vjp(la.solve, solve_jvp)
def solve_vjp(y_bar, a, b, *, y):
    """X = inv(A) B:  B_bar = inv(A)' X_bar,  A_bar = -B_bar X'."""
    b_bar = emit(la.solve, _adjoint(a), y_bar)
    return sum_to(-matmul(b_bar, _adjoint(y)), type_of_operand(a).shape), sum_to(b_bar, type_of_operand(b).shape)


def inverse_jvp(tangents, a, *, y):
    return -matmul(matmul(y, tangents[0]), y)


@vjp(la.inverse, inverse_jvp)
def inverse_vjp(y_bar, a, *, y):
    """Y = inv(A):  A_bar = -Y' Y_bar Y'."""
    return (-matmul(matmul(_adjoint(y), y_bar), _adjoint(y)),)


def _trace_of_product(a, b):
    return reduce_sum(a * swap_last(b), (type_of_operand(a).ndim - 2, type_of_operand(a).ndim - 1))


def det_jvp(tangents, a, *, y):
    return y * _trace_of_product(emit(la.inverse, a), tangents[0])


@vjp(la.det, det_jvp)
def det_vjp(y_bar, a, *, y):
    """A_bar = y_bar conj(det A) inv(A)'; NaN where A is singular."""
    factor = y_bar * (conjugate(y) if type_of_operand(y).complex else y)
    return (_as_matrix(factor) * _adjoint(emit(la.inverse, a)),)


def logabsdet_jvp(tangents, a, *, y):
    slope = _trace_of_product(emit(la.inverse, a), tangents[0])
    return real(slope) if type_of_operand(slope).complex else slope


@vjp(la.logabsdet, logabsdet_jvp)
def logabsdet_vjp(y_bar, a, *, y):
    """y = log|det A|:  A_bar = y_bar inv(A)'."""
    return (_as_matrix(y_bar) * _adjoint(emit(la.inverse, a)),)


def _half_of_triangle(a):
    """The lower triangle with half of the diagonal."""
    n = type_of_operand(a).shape[-1]
    lower, below = np.tri(n, dtype=bool), np.tri(n, k=-1, dtype=bool)
    return select(below, a, select(lower, a / 2, 0.0))


def cholesky_jvp(tangents, a, *, y):
    """dL = L Phi(inv(L) dA inv(L)'); NumPy reads the lower triangle, dA is taken as symmetric."""
    inverted = emit(la.inverse, y)
    inner = matmul(matmul(inverted, _symmetrised(tangents[0])), _adjoint(inverted))
    return matmul(y, _half_of_triangle(inner))


@vjp(la.cholesky, cholesky_jvp)
def cholesky_vjp(y_bar, a, *, y):
    """A_bar = inv(L)' Phi(L' L_bar) inv(L), symmetrised."""
    inverted = emit(la.inverse, y)
    inner = _half_of_triangle(matmul(_adjoint(y), y_bar))
    return (_symmetrised(matmul(matmul(_adjoint(inverted), inner), inverted)),)


def eigenvalues_jvp(tangents, a, *, y):
    """dw = diag(V' dA V)."""
    v = emit(la.eigenvectors, a)
    moved = matmul(_symmetrised(tangents[0]), v)
    slope = reduce_sum((conjugate(v) if type_of_operand(v).complex else v) * moved, (type_of_operand(v).ndim - 2,))
    return real(slope) if type_of_operand(slope).complex else slope


@vjp(la.eigenvalues, eigenvalues_jvp)
def eigenvalues_vjp(y_bar, a, *, y):
    """A_bar = V diag(w_bar) V'. Where eigenvalues coincide their sum is smooth, and each alone has a kink."""
    v = emit(la.eigenvectors, a)
    return (matmul(v * _on_diagonal(y_bar), _adjoint(v)),)


def _inverse_gaps(a):
    """1 / (w_j - w_i), 0 on the diagonal."""
    w = emit(la.eigenvalues, a)
    shape = type_of_operand(w).shape
    gaps = _on_diagonal(w) - reshape(w, (*shape, 1))
    same = np.eye(shape[-1], dtype=bool)
    return select(same, 0.0, 1 / select(same, 1.0, gaps))


def eigenvectors_jvp(tangents, a, *, y):
    """dV = V (F * (V' dA V)),  F_ij = 1 / (w_j - w_i)."""
    inner = matmul(matmul(_adjoint(y), _symmetrised(tangents[0])), y)
    return matmul(y, _inverse_gaps(a) * inner)


@vjp(la.eigenvectors, eigenvectors_jvp)
def eigenvectors_vjp(y_bar, a, *, y):
    """A_bar = V (F * (V' V_bar)) V', symmetrised; infinite where eigenvalues coincide."""
    inner = _inverse_gaps(a) * matmul(_adjoint(y), y_bar)
    return (_symmetrised(matmul(matmul(y, inner), _adjoint(y))),)


def _length(x, axis):
    return type_of_operand(x).shape[axis]


@linear(la.fft)
def fft_transpose(y_bar, x, *, axis):
    """The adjoint of the transform is n times its inverse."""
    return emit(la.ifft, y_bar, axis=axis) * _length(x, axis)


@linear(la.ifft)
def ifft_transpose(y_bar, x, *, axis):
    return emit(la.fft, y_bar, axis=axis) / _length(x, axis)


