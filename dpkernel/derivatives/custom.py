"""Derivatives that the user has written.

In:  an instruction `custom`, with the user's rule among its attributes.
Out: instructions `apply`, which call the user's functions on numbers when the program runs.
Start at `Custom`. They cannot be looked into, so there are no second derivatives of them.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.build import current_builder
from ..primitives import outside
from ..primitives.functions import conjugate, zeros_like
from .forms import declare, plus, times

WHY = "a derivative of your own cannot be looked into, so it has none itself"


class Custom:
    """Pull and push of a function that has its derivative from @custom_derivative.

    The rule has the fields partials, linear, vjp, jvp: functions or None; see tracing/custom.py.
    """

    def pull(self, instruction, y_bar, wanted):
        rule, operands, y = instruction.attributes["rule"], instruction.inputs, instruction.output
        if rule.partials is not None:
            return [times(y_bar, self._conjugated(self._partial(instruction, n))) if want else None
                    for n, want in enumerate(wanted)]
        if rule.linear is not None:
            if any(wanted[1:]):
                raise NoRule(instruction, "it is declared linear in its first argument, and the others depend on parameters, too")
            x_bar = self._apply(instruction, rule.linear, (y_bar, *operands), operands[0], 0, "transpose")
            return [x_bar, *[None] * (len(wanted) - 1)]
        if rule.vjp is None:
            raise NoRule(instruction, "its derivative is written for forward mode only (jvp)")
        once = _Once(rule.vjp)
        return [self._apply(instruction, once, (*operands, y, y_bar), x, n, "vjp") if want else None
                for n, (x, want) in enumerate(zip(operands, wanted))]

    def push(self, instruction, tangents):
        rule, operands, y = instruction.attributes["rule"], instruction.inputs, instruction.output
        if rule.partials is not None:
            y_dot = None
            for n, x_dot in enumerate(tangents):
                y_dot = plus(y_dot, None if x_dot is None else times(x_dot, self._partial(instruction, n)))
            return y_dot
        if rule.linear is not None:
            if any(x_dot is not None for x_dot in tangents[1:]):
                raise NoRule(instruction, "it is declared linear in its first argument, and the others depend on parameters, too")
            return self._apply(instruction, instruction.attributes["function"], (tangents[0], *operands[1:]), y, None, "")
        if rule.jvp is None:
            raise NoRule(instruction, "its derivative is written for reverse mode only (vjp)")
        dots = [zeros_like(x) if x_dot is None else x_dot for x, x_dot in zip(operands, tangents)]
        return self._apply(instruction, rule.jvp, (*operands, y, *dots), y, None, "jvp")

    def _partial(self, instruction, number):
        rule, operands = instruction.attributes["rule"], instruction.inputs
        return self._apply(instruction, rule.partials, (*operands, instruction.output), instruction.output, number, "partials")

    def _conjugated(self, partial):
        return conjugate(partial) if partial.type.complex else partial

    def _apply(self, instruction, function, operands, like, number, word):
        """Emit a call of the user's rule; its result, or that with this number, is like `like`."""
        name, kind = instruction.attributes["name"], type_of_operand(like).tangent
        attributes = {
            "function": _Checked(function, number, kind.shape, f"{name}'s {word}" if word else name, word == "partials"),
            "name": f"{name}_{word}" if word else name, "type": kind, "what": f"the derivative of {name}", "why": WHY,
        }
        return current_builder().append(outside.apply, operands, (kind,), attributes)[0]


class _Once:
    """A rule that gives several derivatives at once is called once for all of them."""

    def __init__(self, function):
        self.function, self.operands, self.found = function, (), None

    def __call__(self, *operands):
        if len(self.operands) != len(operands) or any(x is not y for x, y in zip(operands, self.operands)):
            self.operands, self.found = operands, self.function(*operands)
        return self.found


class _Checked:
    """Calls a rule and holds its result against the shape that is needed."""

    def __init__(self, function, number, shape, name, broadcasts):
        self.function, self.number, self.shape, self.name, self.broadcasts = function, number, shape, name, broadcasts

    def __call__(self, *operands):
        found = self.function(*operands)
        if self.number is not None:
            found = found if isinstance(found, (tuple, list)) else (found,)
            if len(found) <= self.number:
                raise ValueError(f"{self.name} returned {len(found)} derivatives, and argument {self.number + 1} has none")
            found = found[self.number]
        if found is None:
            return np.zeros(self.shape)[()]
        if self.broadcasts:
            return np.broadcast_to(found, np.broadcast_shapes(np.shape(found), self.shape))
        if np.shape(found) != self.shape:
            raise ValueError(f"{self.name} returned shape {np.shape(found)} where {self.shape} is needed")
        return np.asarray(found)[()]


class NoRule(Exception):
    """A derivative that the user has not written is needed; the text says which."""

    def __init__(self, instruction, why):
        super().__init__(why)
        self.instruction = instruction


declare(outside.custom, Custom())
