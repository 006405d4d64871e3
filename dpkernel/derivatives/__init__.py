"""Rules of calculus. Importing this package fills the table `RULES`; start at forms.py."""

from .. import primitives
from ..ir.block import type_of_operand
from ..primitives import control, outside
from . import arrays, complex_numbers, custom, decompositions, elementwise, linalg, special
from .forms import NO_DERIVATIVE, RULES, no_derivative

no_derivative("flat: a whole number, or one of finitely many values", outside.flat)
no_derivative("unknown: a call that cannot be looked into", *outside.UNKNOWN)
no_derivative("made of the derivatives of their regions (transforms/regions.py)", control.loop, control.while_loop, control.branch)


def is_flat(instruction):
    """True if the result of an instruction does not change with its operands, but for jumps."""
    primitive = instruction.primitive
    if primitive is primitives.elementwise.cast:        # digits behind the point are cut off
        cut = instruction.attributes["dtype"].kind in "iub" and type_of_operand(instruction.inputs[0]).inexact
        return cut and not instruction.attributes.get("exact")
    return primitive in NO_DERIVATIVE and primitive not in outside.UNKNOWN and not instruction.regions


__all__ = ["NO_DERIVATIVE", "RULES", "is_flat", "arrays", "complex_numbers", "custom", "decompositions", "elementwise", "linalg",
           "special"]
