"""Derivatives of the functions of complex numbers that are not analytic.

In:  a cotangent in the convention x_bar = d/dRe + i d/dIm (steepest ascent, as in PyTorch).
Out: the cotangent of the operand.
Start at `absolute_vjp`.
"""

from ..ir.block import type_of_operand
from ..primitives import elementwise as e
from ..primitives.functions import conjugate, equal, real, select, sign
from .forms import linear, vjp


def _direction(x, y):
    """x / |x|, zero at the kink."""
    if not type_of_operand(x).complex:
        return sign(x)
    zero = equal(y, 0)
    return select(zero, 0.0, x / select(zero, 1.0, y))


def absolute_jvp(tangents, x, *, y):
    """d|x| = Re(conj(x/|x|) dx)."""
    direction = _direction(x, y)
    if not type_of_operand(x).complex:
        return tangents[0] * direction
    return real(conjugate(direction) * tangents[0])


@vjp(e.absolute, absolute_jvp)
def absolute_vjp(y_bar, x, *, y):
    """Grows fastest along x itself; we take 0 at 0, the slope at a minimum."""
    return (y_bar * _direction(x, y),)


@linear(e.real)
def real_transpose(y_bar, x):
    return y_bar


@linear(e.imag)
def imag_transpose(y_bar, x):
    return y_bar * 1j if type_of_operand(x).complex else None


@linear(e.conjugate)
def conjugate_transpose(y_bar, x):
    return conjugate(y_bar)
