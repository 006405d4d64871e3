"""A derivative as a Python function that people can read, save and run without us.

In:  the tape of a cell, and its pullback.
Out: the text of a function (parameters, constants) -> (loss, cotangents): two sweeps, in the user's names and lines.
Start at `listing`.

A value that is used once is folded into the expression that uses it. A written array is copied first, unless the
copy is its own and nobody reads the old one. What tracing took for constant (data, flat results, large index
arrays) are further arguments.
"""

import keyword
import re
from dataclasses import dataclass

from ..ir.block import Value
from ..primitives import index as ix
from ..primitives import outside
from ..primitives.shape import full
from .expressions import ATOM, expression, literal

WIDTH = 88          # of a folded expression
MOST_LINES = 400
WRITES = (ix.update, ix.add_at)
TAKEN = (outside.flat, outside.opaque)      # their results are taken as constants


@dataclass(frozen=True)
class Listing:
    """A function as text, and the arguments that it takes behind the parameters.

    constants   {name in the text: Value or literal}
    cut         how many lines were left out; such a text cannot be run
    """

    text: str
    constants: dict
    cut: int = 0


def listing(tape, back, name="loss_and_grad"):
    """Return the Listing of a loss and its cotangents.

    tape    a Tape with one result, the loss
    back    its pullback with respect to `tape.inputs`, begun with the cotangent 1 of the loss: without inputs
    """
    writer = _Writer(tape, back)
    writer.comment("forward: your cell")
    writer.write(tape.instructions)
    loss = writer.named(tape.results[0], "loss")
    writer.comment("backward: x_bar is d(loss)/dx")
    writer.write(back.instructions)
    results = [loss, *(writer.operand(x)[0] for x in back.results)]
    writer.lines.append((f"return {', '.join(results)}", None))
    return writer.finish(name)


class _Writer:
    """The function as far as it is written."""

    def __init__(self, tape, back):
        self.lines = []             # (text, line of the user's or None)
        self.names, self.taken, self.constants = {}, {"np", "loss_and_grad"}, {}
        self.folded = {}            # Value -> (text, strength, line)
        self.owned = set()          # Values whose array only this function has
        self.uses = _uses(tape, back)
        self.written = {i.inputs[0] for i in (*tape.instructions, *back.instructions) if i.primitive in WRITES}
        self.inputs = tape.inputs
        for x in tape.inputs:
            self.names[x] = self.fresh(x.name or "x")

    # names

    def fresh(self, wanted):
        """A name that is not taken: the wanted one, or one with a number."""
        base = re.sub(r"\W+", "_", wanted).strip("_") or "t"
        base = f"_{base}" if base[0].isdigit() else base
        name, number = base, 1
        while name in self.taken or keyword.iskeyword(name):
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def constant(self, x, wanted):
        """The name of an argument that holds something known before."""
        name = self.fresh(wanted)
        self.constants[name] = x
        return name

    def operand(self, x):
        """(text, strength) of an operand."""
        if not isinstance(x, Value):
            found = literal(x)
            return (self.constant(x, "indices"), ATOM) if found is None else found
        if x in self.folded:
            text, strength, _ = self.folded[x]
            return text, strength
        if x not in self.names:     # of the data, or of a result that is taken as a constant
            self.names[x] = self.constant(x, x.name or "constant")
        return self.names[x], ATOM

    def named(self, x, wanted):
        """The text of a result; one that is folded gets a name."""
        text, _ = self.operand(x)
        if x in self.folded:
            name = self.fresh(wanted)
            self.lines.append((f"{name} = {text}", self.folded.pop(x)[2]))
            self.names[x] = name
            return name
        return text

    # lines

    def comment(self, text):
        self.lines.append(("" if self.lines else None, None))
        self.lines.append((f"# {text}", None))

    def write(self, instructions):
        for instruction in instructions:
            if instruction.primitive not in TAKEN and any(self.uses.get(y) for y in instruction.outputs):
                self.statement(instruction)

    def statement(self, instruction):
        out = instruction.output
        where = instruction.span.line if instruction.span is not None else None
        if instruction.primitive in WRITES:
            return self.write_into(instruction, where)
        operands = [self.operand(x) for x in instruction.inputs]
        text, strength = expression(instruction, operands)
        if self.uses[out] == 1 and len(text) <= WIDTH and out not in self.written and not self.is_kept(out):
            self.folded[out] = text, strength, where
            return None
        name = self.names[out] = self.fresh(out.name or "t")
        if instruction.primitive is full and out.shape:
            self.owned.add(out)
        self.lines.append((f"{name} = {text}", where))
        return None

    def is_kept(self, out):
        """True for what the user has given a name: it gets its line."""
        return out.name is not None and not out.name.endswith("_bar")

    def write_into(self, instruction, where):
        """`x[i] = value`, `x[i] += value`: of a copy, unless the array is its own and not read again."""
        x, value, *places = instruction.inputs
        out = instruction.output
        i = ix.in_words([self.operand(p)[0] for p in places], instruction.attributes["form"])
        text = self.operand(value)[0]
        if x in self.owned and self.uses[x] == 1:
            name = self.names[out] = self.names[x]
        else:
            held = self.operand(x)[0]
            name = self.names[out] = self.fresh(out.name or (x.name if isinstance(x, Value) else None) or "t")
            self.lines.append((f"{name} = np.array({held})", where))
        self.owned.add(out)
        if instruction.primitive is ix.update:
            self.lines.append((f"{name}[{i}] = {text}", where))
        elif ix.may_repeat(places, instruction.attributes["form"]):
            form = instruction.attributes["form"]
            i = f"np.s_[{i}]" if {"s", "e"} & set(form) else f"({i})" if len(form) > 1 else i
            self.lines.append((f"np.add.at({name}, {i}, {text})", where))
        else:
            self.lines.append((f"{name}[{i}] += {text}", where))

    def finish(self, name):
        arguments = ", ".join([*(self.names[x] for x in self.inputs), *self.constants])
        lines = [text for text in self.lines if text[0] is not None]
        cut = max(len(lines) - MOST_LINES, 0)
        shown, half = lines, MOST_LINES // 2
        if cut:
            shown = [*lines[:half], (f"# ... {cut} lines are not shown ...", None), *lines[-half:]]
        width = min(max((len(t) for t, line in shown if line is not None), default=0), 72)
        body = [f"    {t:<{width}}  # line {line}" if line is not None else f"    {t}".rstrip() for t, line in shown]
        return Listing("\n".join([f"def {name}({arguments}):", *body]) + "\n", dict(self.constants), cut)


def _uses(tape, back):
    """{Value: how often it is read}, by what leads to the results."""
    count = {}

    def use(x):
        if isinstance(x, Value):
            count[x] = count.get(x, 0) + 1

    for x in (*tape.results, *back.results):
        use(x)
    for block in (back, tape):
        for instruction in reversed(block.instructions):
            if any(count.get(y) for y in instruction.outputs) and instruction.primitive not in TAKEN:
                for x in instruction.inputs:
                    use(x)
    return count
