"""Whole numbers that are sums of loop variables: what can be proved of them.

In:  Values of whole numbers, and the instructions that make them.
Out: linear forms, and a proof that inequalities cannot hold together.
Start at `Forms.of` and `impossible`.
"""

from fractions import Fraction

from ..ir.block import Value
from ..primitives import control
from ..primitives import elementwise as e

MOST = 300          # inequalities; beyond, nothing is proved


class Form:
    """constant + the sum of coefficient * symbol; a symbol is any object."""

    __slots__ = ("constant", "parts")

    def __init__(self, constant=0, parts=()):
        self.constant, self.parts = Fraction(constant), {s: Fraction(c) for s, c in dict(parts).items() if c}

    def __add__(self, other):
        other = other if isinstance(other, Form) else Form(other)
        parts = dict(self.parts)
        for symbol, c in other.parts.items():
            parts[symbol] = parts.get(symbol, 0) + c
        return Form(self.constant + other.constant, parts)

    def __mul__(self, factor):
        return Form(self.constant * factor, {s: c * factor for s, c in self.parts.items()})

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other if isinstance(other, Form) else -other)


class Forms:
    """Linear forms of Values, as one iteration sees them.

    made       {Value: Instruction} how the Values of an iteration are computed; all others are the same in every one
    instance   a name for the iteration: Values of two instances are different symbols
    """

    def __init__(self, made, own, instance):
        self.made, self.own, self.instance = made, own, instance

    def of(self, x):
        """The form of a Value or an int."""
        if not isinstance(x, Value):
            return Form(int(x))
        instruction = self.made.get(x)
        if instruction is not None:
            primitive, inputs = instruction.primitive, instruction.inputs
            if primitive is e.add:
                return self.of(inputs[0]) + self.of(inputs[1])
            if primitive is e.subtract:
                return self.of(inputs[0]) - self.of(inputs[1])
            if primitive is control.require:
                return self.of(inputs[0])
            if primitive is e.negative:
                return -self.of(inputs[0])
            if primitive is e.multiply and any(isinstance(y, int) for y in inputs):
                x, factor = inputs if isinstance(inputs[1], int) else inputs[::-1]
                return self.of(x) * factor
        return Form(0, {(self.instance, x) if x in self.own else x: 1})

    def at_most(self, x):
        """A form above which `x` is not, where `x` is at least 1: of max(y, 0) that of y."""
        instruction = self.made.get(x) if isinstance(x, Value) else None
        if instruction is not None and instruction.primitive is e.maximum and 0 in [y for y in instruction.inputs if isinstance(y, int)]:
            return self.of(next(y for y in instruction.inputs if isinstance(y, Value)))
        if instruction is not None and instruction.primitive is e.subtract and isinstance(instruction.inputs[1], int):
            return self.at_most(instruction.inputs[0]) - instruction.inputs[1]
        return self.of(x)


def impossible(inequalities):
    """True if the forms cannot all be >= 0 at once (Fourier–Motzkin elimination); False if that is not proved."""
    rest = [f for f in inequalities]
    while True:
        symbols = {s for f in rest for s in f.parts}
        if any(not f.parts and f.constant < 0 for f in rest):
            return True
        if not symbols:
            return False
        symbol = min(symbols, key=lambda s: sum(f.parts.get(s, 0) > 0 for f in rest) * sum(f.parts.get(s, 0) < 0 for f in rest))
        above = [f for f in rest if f.parts.get(symbol, 0) < 0]
        below = [f for f in rest if f.parts.get(symbol, 0) > 0]
        rest = [f for f in rest if symbol not in f.parts]
        for f in below:
            for g in above:
                rest.append(f * (1 / f.parts[symbol]) + g * (-1 / g.parts[symbol]))
        if len(rest) > MOST:
            return False
