"""The forms in which a derivative is declared, and the table of all of them.

In:  a primitive and a line of calculus.
Out: a rule in RULES that pulls cotangents back and pushes tangents forward.
Start at `unary` and `linear`; the engine calls `pull` and `push`.

Rules emit instructions, so a derivative is again a program. Rules do not care about broadcasting,
dtypes, unused operands or values used twice: the engine does (transforms/reverse.py).
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.build import emit
from ..primitives.functions import conjugate, select, zeros_like

RULES = {}          # primitive -> rule
NO_DERIVATIVE = {}  # primitive -> why its derivative is zero, or not to be had


def declare(primitive, rule):
    """Enter a rule into the table; each primitive has one."""
    assert primitive not in RULES and primitive not in NO_DERIVATIVE, primitive
    RULES[primitive] = rule


def no_derivative(reason, *primitives):
    """Enter primitives whose result does not change with their operands, with the reason."""
    for primitive in primitives:
        assert primitive not in RULES and primitive not in NO_DERIVATIVE, primitive
        NO_DERIVATIVE[primitive] = reason


@dataclass(frozen=True)
class Masked:
    """A cotangent that is zero where `np.where` took the other branch, whatever its partials are there.

    `where(x > 0, sqrt(x), 0)` has the derivative 0 left of 0, though that of sqrt(x) is NaN: the selection
    is done after the multiplication, and not before. Partials are multiplied in as long as they come.
    """

    condition: object
    value: object
    otherwise: bool = False     # the cotangent belongs to the branch that is taken where not `condition`

    @property
    def type(self):
        return type_of_operand(self.value)

    def __mul__(self, partial):
        return Masked(self.condition, self.value * partial, self.otherwise)

    def __neg__(self):
        return Masked(self.condition, -self.value, self.otherwise)

    def selected(self):
        """The cotangent itself."""
        branches = (0.0, self.value) if self.otherwise else (self.value, 0.0)
        return select(self.condition, *branches)


def times(y_bar, partial):
    """`y_bar * partial`, without the multiplications by literal 1, -1 and 0 (None)."""
    if not isinstance(y_bar, Value) and isinstance(partial, Value) and np.ndim(y_bar) == 0 and y_bar == 1:
        return partial
    if not isinstance(partial, Value):
        if partial is None:
            return None
        if isinstance(partial, np.ndarray):
            return y_bar * partial
        if partial == 0:
            return None
        if partial == 1:
            return y_bar
        if partial == -1:
            return -y_bar
    return y_bar * partial


def plus(a, b):
    """The sum, where None is zero."""
    return b if a is None else a if b is None else a + b


@dataclass(frozen=True)
class Partials:
    """y = f(a, b, ...) element by element; one function (*operands, y) -> dy/d(operand) an operand."""

    functions: tuple

    def _partial(self, number, instruction):
        function = self.functions[number]
        try:
            return function(*instruction.inputs, instruction.output)
        except ArithmeticError:     # among Python's numbers; NumPy's give inf or nan, as the array would
            literals = (np.float64(x) if type(x) in (int, float) else x for x in instruction.inputs)
            with np.errstate(all="ignore"):
                return function(*literals, instruction.output)

    def pull(self, instruction, y_bar, wanted):
        cotangents = []
        for number, want in enumerate(wanted):
            partial = self._partial(number, instruction) if want else None
            if partial is not None and type_of_operand(partial).complex:
                partial = conjugate(partial)
            cotangents.append(times(y_bar, partial))
        return cotangents

    def push(self, instruction, tangents):
        y_dot = None
        for number, x_dot in enumerate(tangents):
            if x_dot is not None:
                y_dot = plus(y_dot, times(x_dot, self._partial(number, instruction)))
        return y_dot


@dataclass(frozen=True)
class Linear:
    """y is linear in some operands, jointly (`together`) or in each while the others stand still.

    transposes   {operand number: function(y_bar, *operands, **attributes) -> cotangent}
    accumulate   {operand number: function(x_bar, y_bar, *operands, **attributes) -> x_bar + cotangent}
    at_once      the transpose of `...` is function(y_bar, *operands, **attributes) -> all cotangents
    along        function(x_dot, *operands, **attributes) -> y_dot where that is not the operation itself
    """

    transposes: dict
    together: bool = True
    accumulate: dict = None
    at_once: bool = False
    along: Callable = None

    def transpose_of(self, number):
        return self.transposes.get(number, self.transposes.get(...))

    def pull(self, instruction, y_bar, wanted):
        if self.at_once:
            found = self.transposes[...](y_bar, *instruction.inputs, **instruction.attributes)
            return [x_bar if want else None for x_bar, want in zip(found, wanted, strict=True)]
        cotangents = [None] * len(wanted)
        for number in range(len(wanted) - 1, -1, -1):       # what is written into an array before the array
            transpose = self.transpose_of(number) if wanted[number] else None
            if transpose is not None:       # one function for any number of operands takes the number as well
                given = (y_bar,) if number in self.transposes else (number, y_bar)
                cotangents[number] = transpose(*given, *instruction.inputs, **instruction.attributes)
        return cotangents

    def push(self, instruction, tangents):
        primitive, attributes = instruction.primitive, instruction.attributes
        given = [n for n, x_dot in enumerate(tangents) if x_dot is not None and self.transpose_of(n)]
        if not given:
            return None
        if self.along is not None:
            return self.along(tangents[given[0]], *instruction.inputs, **attributes)
        if self.together:
            operands = list(instruction.inputs)
            for n in range(len(operands)):
                if self.transpose_of(n):
                    operands[n] = tangents[n] if n in given else zeros_like(operands[n])
            return emit(primitive, *operands, **attributes)
        y_dot = None
        for n in given:
            operands = list(instruction.inputs)
            operands[n] = tangents[n]
            y_dot = plus(y_dot, emit(primitive, *operands, **attributes))
        return y_dot


@dataclass(frozen=True)
class VjpJvp:
    """Both modes written out.

    vjp   (y_bar, *operands, y, **attributes) -> cotangents, None where not wanted or zero
    jvp   (tangents, *operands, y, **attributes) -> y_dot; a tangent is None where it is zero
    """

    vjp: Callable
    jvp: Callable

    def pull(self, instruction, y_bar, wanted):
        cotangents = self.vjp(
            y_bar, *instruction.inputs, y=instruction.output, **instruction.attributes
        )
        return [c if want else None for c, want in zip(cotangents, wanted, strict=True)]

    def push(self, instruction, tangents):
        return self.jvp(
            tangents, *instruction.inputs, y=instruction.output, **instruction.attributes
        )


def unary(primitive, derivative):
    """Declare dy/dx of an elementwise function as `derivative(x, y)`."""
    declare(primitive, Partials((derivative,)))


def binary(primitive, by_first, by_second):
    """Declare dy/da and dy/db of an elementwise function, each as `function(a, b, y)`."""
    declare(primitive, Partials((by_first, by_second)))


def linear(primitive, operand=0, *, together=True, at_once=False, along=None):
    """Decorator: declares the transpose of `primitive` in one operand (`...`: in any; `at_once`: in all)."""

    def decorate(transpose):
        rule = RULES.get(primitive)
        if rule is None:
            declare(primitive, Linear({operand: transpose}, together, {}, at_once, along))
        else:
            rule.transposes[operand] = transpose
        return transpose

    return decorate


def accumulates(primitive, operand=0):
    """Decorator: how the cotangent of `operand` is added to one that is there already."""

    def decorate(function):
        RULES[primitive].accumulate[operand] = function
        return function

    return decorate


def vjp(primitive, jvp):
    """Decorator: declares the pullback; `jvp` is the push beside it."""

    def decorate(function):
        declare(primitive, VjpJvp(function, jvp))
        return function

    return decorate
