"""Calls that a program can only make, not look into.

In:  operands, and as an attribute the Python function to call with them.
Out: its result.
Start at `flat` (derivative known to be zero) and `opaque` (derivative unknown).
"""

from ..ir.types import OBJECT
from .registry import Primitive


def _call(*operands, function, **attributes):
    return function(*operands)


def _infer_from(*operands, type=OBJECT, **attributes):
    return type


flat = Primitive("flat", _call, _infer_from)        # attributes: function, type, reason
opaque = Primitive("opaque", _call, _infer_from)    # attributes: function, type, what (a short text)
