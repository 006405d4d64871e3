"""What the functions of `math` and `cmath` on single numbers mean.

In:  operands.
Out: Values.
Start anywhere; the functions that NumPy has too are in python_models.py.
"""

import cmath
import math

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import special
from ..primitives.functions import cast
from .models import FLAT, as_value, concrete, dtype_of, elementwise_model, model, way

elementwise_model(special.gamma, math.gamma)
elementwise_model(special.gammaln, math.lgamma)
elementwise_model(special.erf, math.erf)
elementwise_model(special.erfc, math.erfc)
way(FLAT, math.ulp, cmath.isnan, cmath.isinf, cmath.isfinite, cmath.isclose)


@model(math.modf)
def modf(x):
    """What stands behind the point has slope 1; the whole number is flat."""
    whole = emit(e.trunc, as_value(x))
    return [x - whole, whole]


@model(math.frexp)
def frexp(x):
    """x = m 2**k: m has the slope 2**-k, k is flat."""
    _, power = math.frexp(concrete(x))
    return [x * 2.0 ** -power, None]




@model(math.ldexp)
def ldexp(x, i):
    """x 2**i."""
    return as_value(x) * emit(e.exp2, as_value(i))


@model(math.remainder)
def remainder(x, y):
    """x - n y, n the whole number nearest to x / y; it jumps halfway."""
    return x - emit(e.rint, as_value(x) / y) * as_value(y)


@model(math.nextafter)
def nextafter(x, y, **options):
    """A neighbour of x."""
    return as_value(x) + 0.0


if hasattr(math, "fma"):
    @model(math.fma)
    def fma(x, y, z):
        return as_value(x) * y + z


# complex numbers

def _complex(x):
    x = as_value(x)
    return x if dtype_of(x).kind == "c" else cast(x, dtype=np.dtype(complex))


def _analytic(primitive, f):
    """On a branch cut the derivative is that of the side where the result lies."""
    @model(f)
    def of_complex(z):
        return emit(primitive, _complex(z))


for _name in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"):
    _analytic(getattr(e, _name), getattr(cmath, _name))
for _name in ("sin", "cos", "tan", "sinh", "cosh", "tanh"):
    _analytic(getattr(e, f"arc{_name}"), getattr(cmath, f"a{_name}"))


@model(cmath.log)
def log(z, base=None):
    """log z, or log z / log base."""
    y = emit(e.log, _complex(z))
    return y if base is None else y / emit(e.log, _complex(base))


@model(cmath.phase)
def phase(z):
    return emit(e.arctan2, emit(e.imag, _complex(z)), emit(e.real, _complex(z)))


@model(cmath.polar)
def polar(z):
    """(length, phase); the length has slope 0 at 0, the phase none."""
    return [emit(e.absolute, _complex(z)), phase(z)]


@model(cmath.rect)
def rect(r, phi):
    return as_value(r) * emit(e.exp, 1j * as_value(phi))
