"""Calls that a program can only make, not look into.

In:  operands, and as an attribute the Python function to call with them.
Out: its result.
Start at `flat` (derivative known to be zero) and `opaque` (derivative unknown).

A function with a derivative of the user's own is `custom`; what such a derivative computes is `apply`, whose own
derivative is unknown.
"""

from ..ir.types import OBJECT
from .registry import Primitive


def _call(*operands, function, **attributes):
    return function(*operands)


def _infer_from(*operands, type=OBJECT, **attributes):
    return type


flat = Primitive("flat", _call, _infer_from)        # attributes: function, type, reason
opaque = Primitive("opaque", _call, _infer_from)    # attributes: function, type, what (a short text)


def _written(operands, instruction):
    return f"{instruction.attributes['name']}({', '.join(operands)})"


custom = Primitive("custom", _call, _infer_from, text=_written)     # attributes: function, rule, name, type
apply = Primitive("apply", _call, _infer_from, text=_written)       # attributes: function, name, type, what, why
UNKNOWN = (opaque, apply)
