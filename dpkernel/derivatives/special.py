"""Derivatives of the special functions.

In:  operands and result.
Out: partial derivatives.
Start anywhere. Source: Abramowitz & Stegun, 6.3.1, 6.4.1 (gamma), 7.1.1 (erf), 9.6.26 (Bessel). At the poles of gamma,
0 and the negative whole numbers, the derivatives are NaN or infinite, as the functions are.
"""

import math

from ..ir.build import emit
from ..primitives import special as s
from ..primitives.functions import exp
from .forms import Partials, declare, unary

SLOPE = 2 / math.sqrt(math.pi)      # of erf at 0


class OfOrder(Partials):
    """y = f(x) of an order: one function (x, y, order) -> dy/dx."""

    def _partial(self, number, instruction):
        return self.functions[0](instruction.inputs[0], instruction.output, instruction.attributes["order"])


def bessel_i_by_x(x, y, order):
    """I_0' = I_1,  I_n' = (I_(n-1) + I_(n+1)) / 2."""
    above = emit(s.bessel_i, x, order=order + 1)
    return above if order == 0 else (emit(s.bessel_i, x, order=order - 1) + above) / 2


#     primitive    dy/dx                      x: operand, y: result
unary(s.gamma,     lambda x, y: y * emit(s.polygamma, x, order=0))
unary(s.gammaln,   lambda x, y: emit(s.polygamma, x, order=0))
unary(s.erf,       lambda x, y: SLOPE * exp(-(x * x)))
unary(s.erfc,      lambda x, y: -SLOPE * exp(-(x * x)))
declare(s.polygamma, OfOrder((lambda x, y, order: emit(s.polygamma, x, order=order + 1),)))
declare(s.bessel_i, OfOrder((bessel_i_by_x,)))
