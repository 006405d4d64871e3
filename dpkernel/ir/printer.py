"""Programs as text, for people and for error reports.

In:  a Block.
Out: lines such as `h: float64[64, 10] = tanh(a)   # In [4], line 3: np.tanh(X @ W)`.
Start at `format_block`.
"""

import numpy as np

from .block import Tape, Value


def format_block(block, names=None, indent=""):
    """Return the program as text; the same Value has the same name everywhere."""
    names = _Names() if names is None else names
    lines = [f"{indent}inputs {', '.join(names.typed(x) for x in block.inputs)}"]
    if isinstance(block, Tape):
        lines += [f"{indent}constant {names.typed(x)}" for x in block.constants]
    for instruction in block.instructions:
        lines += _format_instruction(instruction, names, indent)
    lines.append(f"{indent}results {', '.join(map(names.operand, block.results))}")
    return "\n".join(lines)


def _format_instruction(instruction, names, indent):
    operands = list(map(names.operand, instruction.inputs))
    operands += [f"{key}={value!r}" for key, value in instruction.attributes.items()]
    outputs = ", ".join(map(names.typed, instruction.outputs))
    line = f"{indent}{outputs} = {instruction.primitive.name}({', '.join(operands)})"
    if instruction.span is not None:
        line += f"   # line {instruction.span.line}: {instruction.span.text}"
    lines = [line]
    for region in instruction.regions:
        lines.append(format_block(region, names, indent + "    "))
    return lines


class _Names:
    """Short, unique names: the user's own where there is one, else %1, %2 ..."""

    def __init__(self):
        self.of, self.used = {}, set()

    def operand(self, x):
        if not isinstance(x, Value):
            if isinstance(x, np.ndarray):
                return f"<{x.dtype}{list(x.shape)}>"
            return repr(x)
        if x not in self.of:
            self.of[x] = self._fresh(x.name)
        return self.of[x]

    def typed(self, x):
        return f"{self.operand(x)}: {x.type}"

    def _fresh(self, name):
        candidate, number = name or f"%{len(self.of) + 1}", 1
        while candidate in self.used:
            number += 1
            candidate = f"{name or '%'}_{number}"
        self.used.add(candidate)
        return candidate
