"""Rules of calculus. Importing this package fills the table `RULES`; start at forms.py."""

from ..primitives import control, outside
from . import arrays, complex_numbers, elementwise, linalg
from .forms import NO_DERIVATIVE, RULES, no_derivative

no_derivative("flat: a whole number, or one of finitely many values", outside.flat)
no_derivative("unknown: a call that cannot be looked into", outside.opaque)
no_derivative("not yet: loops and branches inside a tape", control.loop, control.while_loop, control.branch)

__all__ = ["NO_DERIVATIVE", "RULES", "arrays", "complex_numbers", "elementwise", "linalg"]
