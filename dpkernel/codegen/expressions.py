"""One instruction as a Python expression.

In:  an instruction, and the texts of its operands with their binding strengths.
Out: its text and binding strength.
Start at `expression`. How a primitive is written is said where it is declared (`Primitive.text`).
"""

import re

import numpy as np

ATOM = 20           # names, calls, subscripts: nothing binds stronger
STRENGTH = {"**": 14, "@": 12, "*": 12, "/": 12, "//": 12, "%": 12, "+": 11, "-": 11}      # others: comparisons
COMPARISON, NEGATIVE = 6, 13
HOLE = "\0"
BINARY = re.compile(r"\{\} (\S+) \{\}")


def expression(instruction, operands):
    """(text, strength) of an instruction.

    operands   (text, strength) of each of its inputs
    """
    primitive, text = instruction.primitive, instruction.primitive.text
    if callable(text):
        written = text([HOLE, *(text for text, _ in operands[1:])] if operands else [], instruction)
        # in front of a dot or a bracket it must be an atom; as an argument it may be anything
        first = enclosed(operands[0], ATOM) if written.startswith(HOLE) else operands[0][0] if operands else ""
        return written.replace(HOLE, first), ATOM
    if text is None:
        return f"np.{primitive.name}({', '.join(text for text, _ in operands)})", ATOM
    binary = BINARY.fullmatch(text)
    if binary:
        return _binary(binary.group(1), *operands)
    if text == "-{}":
        return "-" + enclosed(operands[0], NEGATIVE), NEGATIVE
    return text.format(*(text for text, _ in operands)), ATOM


def _binary(sign, left, right):
    strength = STRENGTH.get(sign, COMPARISON)
    tight = strength + (sign in ("**",) or strength == COMPARISON)
    return f"{enclosed(left, tight)} {sign} {enclosed(right, strength if sign == '**' else strength + 1)}", strength


def enclosed(operand, strength):
    """The text of an operand, in brackets if it binds weaker than its surroundings."""
    text, own = operand
    return text if own >= strength else f"({text})"


def literal(x):
    """(text, strength) of an operand that stands for itself, or None if it is too large to be written."""
    if isinstance(x, np.ndarray):
        if x.size > 12:
            return None
        if not x.size:
            return f"np.zeros({x.shape if x.ndim > 1 else len(x)}, np.{x.dtype})", ATOM
        kind = "" if x.dtype in (np.float64, np.int64, np.bool_) else f", np.{x.dtype}"
        return f"np.array({_numbers(x.tolist())}{kind})", ATOM
    if isinstance(x, np.generic):
        return (f"np.{x.dtype}({_numbers(x.item())})", ATOM) if x.dtype != np.float64 else literal(x.item())
    text = _numbers(x)
    return text, NEGATIVE if text.startswith("-") else ATOM


def _numbers(x):
    """Numbers as Python writes them, with np.inf and np.nan."""
    if isinstance(x, list):
        return f"[{', '.join(map(_numbers, x))}]"
    if isinstance(x, float) and not np.isfinite(x):
        return "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"
    return repr(x)
