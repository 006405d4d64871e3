"""Making programs: instructions are appended where the current builder says.

In:  a primitive, operands, attributes.
Out: the Value of the new instruction.
Start at `emit`; rules of calculus reach it through the functions of the primitives layer.
"""

import threading

import numpy as np

from .block import Instruction, Value
from .types import OBJECT, type_of

SIMPLE = frozenset({int, float, bool, complex, type(None), np.ndarray, np.float64})
_active = threading.local()


class Builder:
    """Collects instructions; `with Builder() as b:` makes it the current one.

    instructions   the list that grows
    span           the Span given to new instructions
    """

    def __init__(self, instructions=None):
        self.instructions = [] if instructions is None else instructions
        self.span = None

    def __enter__(self):
        _stack().append(self)
        return self

    def __exit__(self, *exception):
        _stack().pop()

    def leave(self):
        """Stop being a current builder, however often it is one."""
        stack = _stack()
        stack[:] = [builder for builder in stack if builder is not self]

    def append(self, primitive, inputs, types, attributes=None, regions=()):
        """Append one instruction; return the tuple of its new Values."""
        outputs = tuple(Value(t) for t in types)
        self.instructions.append(
            Instruction(primitive, inputs, outputs, attributes, regions, self.span)
        )
        return outputs


def _stack():
    try:
        return _active.stack
    except AttributeError:
        _active.stack = []
        return _active.stack


def current_builder():
    """The builder of the innermost `with`, or None."""
    stack = _stack()
    return stack[-1] if stack else None


def emit(primitive, *inputs, **attributes):
    """Append `primitive(*inputs, **attributes)` and return its Value.

    If every input is a literal, the primitive is evaluated at once and its result is a literal.
    Raises TypeError where the operands' types do not fit the primitive.
    """
    known = True
    for x in inputs:
        if isinstance(x, Value):
            known = False
        elif type(x) not in SIMPLE and type_of(x) is OBJECT:
            raise TypeError(f"{primitive.name}: an operand of type {type(x).__name__}")
    if known:
        return primitive.evaluate(*inputs, **attributes)
    stack = _stack()
    kind = primitive.infer(*inputs, **attributes)
    return stack[-1].append(primitive, inputs, (kind,), attributes)[0]
