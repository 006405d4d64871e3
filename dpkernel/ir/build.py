"""Making programs: instructions are appended where the current builder says.

In:  a primitive, operands, attributes.
Out: the Value of the new instruction.
Start at `emit`; rules of calculus reach it through the functions of the primitives layer.
"""

import threading

import numpy as np

from .block import Block, Instruction, Value
from .types import OBJECT, Type, type_of

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
        outputs = tuple([Value(t) for t in types])
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


def copied(instructions, mapping):
    """The instructions with new Values in the place of all that they define.

    mapping   {Value: operand} what stands for Values from outside; the new Values are entered
    """
    def operand(x):
        return mapping.get(x, x) if isinstance(x, Value) else x

    new = []
    for i in instructions:
        inputs = [operand(x) for x in i.inputs]
        regions = [copied_block(region, mapping) for region in i.regions]
        outputs = [_renewed(y, mapping) for y in i.outputs]
        mapping.update(zip(i.outputs, outputs))
        new.append(Instruction(i.primitive, inputs, outputs, i.attributes, regions, i.span))
    return new


def copied_block(block, mapping):
    """A region with new Values; see `copied`."""
    inputs = [_renewed(x, mapping) for x in block.inputs]
    mapping.update(zip(block.inputs, inputs))
    instructions = copied(block.instructions, mapping)
    return Block(inputs, instructions, [mapping.get(y, y) if isinstance(y, Value) else y for y in block.results])


def _renewed(x, mapping):
    """A new Value like `x`; extents of its shape that the program computes are exchanged, too."""
    kind = x.type
    if any(isinstance(n, Value) for n in kind.shape):
        kind = Type(kind.kind, kind.dtype, tuple(mapping.get(n, n) if isinstance(n, Value) else n for n in kind.shape))
    return Value(kind, x.name)
