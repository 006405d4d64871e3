"""Derivatives of singular values and vectors, and of Q and R.

In:  cotangents, operands, results; A' is the transpose, k the smaller of A's extents.
Out: cotangents.
Start at `singular_values_vjp`. Source: Giles, Oxford report NA-08/01 (2008), for singular values; Townsend,
"Differentiating the singular value decomposition" (2016), for singular vectors; Walter & Lehmann, "Algorithmic
differentiation of linear algebra functions" (2010), for Q and R. Singular vectors are those of real matrices, of
singular values that differ and are not 0; Q and R those of independent columns.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.build import emit
from ..primitives import linalg as la
from ..primitives.functions import matmul, real, reduce_sum, reshape, select, swap_last
from .forms import vjp
from .linalg import _adjoint, _on_diagonal


def _vectors(a):
    return emit(la.left_vectors, a, full=False), emit(la.right_vectors, a, full=False)


def singular_values_jvp(tangents, a, *, y):
    """ds = diag(U' dA V)."""
    u, vh = _vectors(a)
    turned = matmul(_adjoint(u), tangents[0])
    slope = reduce_sum(turned * _conjugate(vh), (type_of_operand(vh).ndim - 1,))
    return real(slope) if type_of_operand(slope).complex else slope


def _conjugate(x):
    return swap_last(_adjoint(x)) if type_of_operand(x).complex else x


@vjp(la.singular_values, singular_values_jvp)
def singular_values_vjp(y_bar, a, *, y):
    """A_bar = U diag(s_bar) V'. Where some coincide their sum is smooth; at 0 each has a kink."""
    u, vh = _vectors(a)
    return (matmul(u * _on_diagonal(y_bar), vh),)


def _rows(x):
    """Numbers (..., n) as factors of the rows of a matrix (..., n, 1)."""
    return reshape(x, (*type_of_operand(x).shape, 1))


def _inverse_gaps(s):
    """1 / (s_j**2 - s_i**2), 0 on the diagonal."""
    gaps = _on_diagonal(s * s) - _rows(s * s)
    same = np.eye(type_of_operand(s).shape[-1], dtype=bool)
    return select(same, 0.0, 1 / select(same, 1.0, gaps))


def _outside(q, x):
    """(I - Q Q') X."""
    return x - matmul(q, matmul(swap_last(q), x))


def left_vectors_jvp(tangents, a, *, y, full):
    """dU = U (F * (P S + S P')) + (I - U U') dA V inv(S),  P = U' dA V."""
    s = emit(la.singular_values, a)
    v = matmul(swap_last(a), y) / _on_diagonal(s)
    moved = matmul(tangents[0], v)
    p = matmul(swap_last(y), moved)
    inner = _inverse_gaps(s) * (p * _on_diagonal(s) + _rows(s) * swap_last(p))
    return matmul(y, inner) + _outside(y, moved / _on_diagonal(s))


@vjp(la.left_vectors, left_vectors_jvp)
def left_vectors_vjp(y_bar, a, *, y, full):
    """A_bar = (U (G + G') S + (I - U U') U_bar inv(S)) V',  G = F * (U' U_bar)."""
    s = emit(la.singular_values, a)
    v = matmul(swap_last(a), y) / _on_diagonal(s)
    g = _inverse_gaps(s) * matmul(swap_last(y), y_bar)
    inside = matmul(y, (g + swap_last(g)) * _on_diagonal(s))
    return (matmul(inside + _outside(y, y_bar / _on_diagonal(s)), swap_last(v)),)


def right_vectors_jvp(tangents, a, *, y, full):
    """dV = V (F * (S P + P' S)) + (I - V V') dA' U inv(S),  P = U' dA V."""
    s, v = emit(la.singular_values, a), swap_last(y)
    u = matmul(a, v) / _on_diagonal(s)
    moved = matmul(swap_last(tangents[0]), u)
    p = matmul(swap_last(moved), v)
    inner = _inverse_gaps(s) * (_rows(s) * p + swap_last(p) * _on_diagonal(s))
    return swap_last(matmul(v, inner) + _outside(v, moved / _on_diagonal(s)))


@vjp(la.right_vectors, right_vectors_jvp)
def right_vectors_vjp(y_bar, a, *, y, full):
    """A_bar = U (S (G + G') V' + inv(S) V_bar' (I - V V')),  G = F * (V' V_bar)."""
    s, v, v_bar = emit(la.singular_values, a), swap_last(y), swap_last(y_bar)
    u = matmul(a, v) / _on_diagonal(s)
    g = _inverse_gaps(s) * matmul(y, v_bar)
    inside = matmul((g + swap_last(g)) * _rows(s), y)
    return (matmul(u, inside + swap_last(_outside(v, v_bar / _on_diagonal(s)))),)


def _turn(c):
    """The antisymmetric matrix with the lower triangle of C."""
    n = type_of_operand(c).shape[-1]
    lower = select(np.tri(n, k=-1, dtype=bool), c, 0.0)
    return lower - swap_last(lower)


def qr_q_jvp(tangents, a, *, y):
    """dQ = Q W + (I - Q Q') C,  C = dA inv(R),  W antisymmetric with the lower triangle of Q' C."""
    c = matmul(tangents[0], emit(la.inverse, emit(la.qr_r, a)))
    return matmul(y, _turn(matmul(swap_last(y), c))) + _outside(y, c)


@vjp(la.qr_q, qr_q_jvp)
def qr_q_vjp(y_bar, a, *, y):
    """A_bar = (Q_bar - Q M) inv(R)',  M symmetric with the lower triangle of Q_bar' Q."""
    return (_pulled(y_bar, matmul(swap_last(y_bar), y), y, emit(la.qr_r, a), minus=True),)


def qr_r_jvp(tangents, a, *, y):
    """dR = (Q' C - W) R."""
    q = emit(la.qr_q, a)
    inner = matmul(swap_last(q), matmul(tangents[0], emit(la.inverse, y)))
    return matmul(inner - _turn(inner), y)


@vjp(la.qr_r, qr_r_jvp)
def qr_r_vjp(y_bar, a, *, y):
    """A_bar = Q M inv(R)',  M symmetric with the lower triangle of R R_bar'."""
    upper = select(np.tri(type_of_operand(y).shape[-1], dtype=bool), swap_last(y_bar), 0.0)
    return (_pulled(None, matmul(y, upper), emit(la.qr_q, a), y, minus=False),)


def _pulled(q_bar, m, q, r, minus):
    n = type_of_operand(m).shape[-1]
    lower, below = np.tri(n, dtype=bool), np.tri(n, k=-1, dtype=bool)
    symmetric = select(lower, m, 0.0) + swap_last(select(below, m, 0.0))
    moved = matmul(q, symmetric)
    if minus:
        moved = q_bar - moved
    return matmul(moved, swap_last(emit(la.inverse, r)))
