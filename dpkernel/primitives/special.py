"""Special functions: gamma, error and Bessel functions, element by element.

In:  numbers or arrays of real numbers.
Out: one primitive a line; SciPy evaluates them, and is imported when the first one is.
Start anywhere.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from ..lazy import lazy_module
from .registry import PYTHON_KINDS, Primitive, broadcast_type

_scipy = lazy_module("scipy.special")


def _infer(x, **attributes):
    t = type_of_operand(x)
    dtype = t.dtype if t.dtype.kind == "f" else np.dtype(np.float64)
    return broadcast_type((t,), dtype) if t.kind in PYTHON_KINDS else array_type(dtype, t.shape)


def _function(name):
    """A primitive that is SciPy's function of the same name."""
    return Primitive(name, lambda x: getattr(_scipy, name)(x), _infer, text=f"scipy.special.{name}({{}})")


def _of_order(name, function):
    """A primitive with an attribute `order`, SciPy's function of (order, x)."""
    def text(x, i):
        return f"scipy.special.{function}({i.attributes['order']}, {x[0]})"

    def evaluate(x, *, order):
        y = getattr(_scipy, function)(order, x)
        return y.astype(x.dtype)[()] if isinstance(x, (np.ndarray, np.generic)) else y

    return Primitive(name, evaluate, _infer, text=text)


gamma = _function("gamma")
gammaln = _function("gammaln")      # log |gamma|
erf = _function("erf")
erfc = _function("erfc")
polygamma = _of_order("polygamma", "polygamma")     # the derivative `order` + 1 of log gamma; 0: digamma
bessel_i = _of_order("bessel_i", "iv")              # modified, of the first kind
