"""Derivatives of the elementwise primitives: a table of calculus.

In:  operands and result.
Out: partial derivatives.
Start anywhere. Kinks: at a tie of maximum and its like each operand takes half; |x| has slope 0 at 0,
the slope at a minimum. Poles give inf, as the limit does (sqrt at 0).
"""

import math

import numpy as np

from ..ir.block import Value, type_of_operand
from ..primitives import elementwise as e
from ..primitives.functions import (
    cast, copysign, cos, cosh, equal, exp, floor, hypot, log, reshape, select, sin, sinh, sqrt, trunc,
)
from .forms import Masked, binary, linear, no_derivative, unary

LN2, LN10 = math.log(2), math.log(10)


def _pole(x):
    """A divisor; Python's zero as NumPy's, of which the inverse is inf."""
    return np.asarray(x)[()] if type(x) in (int, float, complex) and x == 0 else x


# arithmetic         dy/da                     dy/db
binary(e.add,        lambda a, b, y: 1,        lambda a, b, y: 1)
binary(e.subtract,   lambda a, b, y: 1,        lambda a, b, y: -1)
binary(e.multiply,   lambda a, b, y: b,        lambda a, b, y: a)
binary(e.divide,     lambda a, b, y: 1 / _pole(b),    lambda a, b, y: -(y / b))
binary(e.remainder,  lambda a, b, y: 1,        lambda a, b, y: -floor(a / b))
binary(e.fmod,       lambda a, b, y: 1,        lambda a, b, y: -trunc(a / b))


def power_by_base(a, b, y):
    """b a**(b-1); zero for b = 0, also at a = 0."""
    if not isinstance(b, Value) and getattr(b, "ndim", 0) == 0:
        return b if b in (0, 1) else 2 * a if b == 2 else b * a ** (b - 1)
    zero = equal(b, 0)
    return select(zero, 0.0, b * a ** select(zero, 1.0, b - 1))


def power_by_exponent(a, b, y):
    """y log(a); zero at a = 0, the limit for b > 0."""
    zero = equal(a, 0)
    return select(zero, 0.0, y * log(select(zero, 1.0, a)))


binary(e.power, power_by_base, power_by_exponent)

#     primitive     dy/dx                      x: operand, y: result
unary(e.negative,   lambda x, y: -1)
unary(e.exp,        lambda x, y: y)
unary(e.exp2,       lambda x, y: LN2 * y)
unary(e.expm1,      lambda x, y: exp(x))     # y + 1 has no digit left for x << 0
unary(e.log,        lambda x, y: 1 / x)
unary(e.log2,       lambda x, y: 1 / (LN2 * x))
unary(e.log10,      lambda x, y: 1 / (LN10 * x))
unary(e.log1p,      lambda x, y: 1 / (1 + x))
unary(e.sqrt,       lambda x, y: 0.5 / y)
unary(e.cbrt,       lambda x, y: 1 / (3 * y * y))
unary(e.sin,        lambda x, y: cos(x))
unary(e.cos,        lambda x, y: -sin(x))
unary(e.tan,        lambda x, y: 1 + y * y)
unary(e.arcsin,     lambda x, y: 1 / sqrt((1 - x) * (1 + x)))
unary(e.arccos,     lambda x, y: -1 / sqrt((1 - x) * (1 + x)))
unary(e.arctan,     lambda x, y: 1 / (1 + x * x))
unary(e.sinh,       lambda x, y: cosh(x))
unary(e.cosh,       lambda x, y: sinh(x))
unary(e.tanh,       lambda x, y: (1 / cosh(x)) ** 2)   # 1 - y*y has no digit left past |x| = 19
unary(e.arcsinh,    lambda x, y: 1 / sqrt(1 + x * x) if type_of_operand(x).complex else 1 / hypot(x, 1.0))
unary(e.arccosh,    lambda x, y: 1 / (sqrt(x - 1) * sqrt(x + 1)))
unary(e.arctanh,    lambda x, y: 1 / ((1 - x) * (1 + x)))

binary(e.arctan2,   lambda a, b, y: b / (a * a + b * b),   lambda a, b, y: -a / (a * a + b * b))
binary(e.copysign,  lambda a, b, y: copysign(1.0, a) * copysign(1.0, b),   lambda a, b, y: 0)


def _share(a, b):
    """The part of a / b; zero where b is zero: the kink of hypot at the origin."""
    zero = equal(b, 0)
    return select(zero, 0.0, a / select(zero, 1.0, b))


def _softmax(function):
    """Weight of `a` in log(exp a + exp b); at a tie a half, also where both are infinite."""
    return lambda a, b: select(equal(a, b), 0.5, function(a, b))


binary(e.hypot, lambda a, b, y: _share(a, y), lambda a, b, y: _share(b, y))
_weight = _softmax(lambda a, b: 1 / (1 + exp(b - a)))
_weight2 = _softmax(lambda a, b: 1 / (1 + exp(LN2 * (b - a))))
binary(e.logaddexp, lambda a, b, y: _weight(a, b), lambda a, b, y: _weight(b, a))
binary(e.logaddexp2, lambda a, b, y: _weight2(a, b), lambda a, b, y: _weight2(b, a))


def _chosen(a, b, y):
    """1 where `a` is the result, a half where `b` is too, else 0."""
    return select(equal(a, y), select(equal(b, y), 0.5, 1.0), 0.0)


for choice in (e.maximum, e.minimum, e.fmax, e.fmin):
    binary(choice, lambda a, b, y: _chosen(a, b, y), lambda a, b, y: _chosen(b, a, y))


@linear(e.select, 1)
def select_transpose_then(y_bar, condition, a, b):
    return Masked(condition, y_bar)


@linear(e.select, 2)
def select_transpose_else(y_bar, condition, a, b):
    return Masked(condition, y_bar, otherwise=True)


def _is_kept(x, dtype, exact):
    """True unless digits behind the point are cut off: then a cast is flat."""
    return exact or dtype.kind in "fc" or dtype.kind in "iu" and type_of_operand(x).dtype.kind in "iu"


def cast_along(x_dot, x, *, dtype, exact=False):
    """The tangent of a whole number is none."""
    return cast(x_dot, dtype=dtype) if dtype.kind in "fc" else x_dot if _is_kept(x, dtype, exact) else None


@linear(e.cast, along=cast_along)
def cast_transpose(y_bar, x, *, dtype, exact=False):
    return y_bar if _is_kept(x, dtype, exact) else None


@linear(e.as_float)
def as_float_transpose(y_bar, x):
    return reshape(y_bar, type_of_operand(x).shape)


@linear(e.as_complex)
def as_complex_transpose(y_bar, x):
    return y_bar


@linear(e.as_int, along=lambda x_dot, x: reshape(x_dot, ()))
def as_int_transpose(y_bar, x):
    """Of an element that is whole already."""
    return reshape(y_bar, type_of_operand(x).shape)


no_derivative(
    "flat: a whole number, or one of finitely many values",
    e.floor_divide, e.sign, e.floor, e.ceil, e.trunc, e.rint, e.as_bool,
    e.equal, e.not_equal, e.less, e.less_equal, e.greater, e.greater_equal,
    e.logical_and, e.logical_or, e.logical_xor, e.logical_not,
    e.isnan, e.isinf, e.isfinite, e.signbit,
)
