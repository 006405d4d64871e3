"""A derivative as a Python function that people can read, save and run without us.

In:  the tape of a cell, and its pullback.
Out: the text of a function (parameters, constants) -> (loss, cotangents): two sweeps, in the user's names and lines.
Start at `listing`.

A value that is used once is folded into the expression that uses it. A written array is copied first, unless the
copy is its own and nobody reads the old one. What tracing took for constant (data, flat results, large index
arrays) are further arguments. regions.py writes loops and branches.
"""

import keyword
import re
from dataclasses import dataclass

from ..ir.block import Block, Value
from ..primitives import elementwise, outside, shape
from ..primitives import index as ix
from .expressions import ATOM, expression, literal
from .regions import Regions

WIDTH = 88          # of a folded expression
MOST_LINES = 400
WRITES = (ix.update, ix.add_at)
OURS = ("range", "int", "float", "slice")       # built-ins that a listing may use
TAKEN = (outside.flat, outside.opaque)      # their results are taken as constants
VIEWS = (ix.index, shape.reshape, shape.broadcast_to, shape.transpose, elementwise.real, elementwise.imag)


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


class _Writer(Regions):
    """The function as far as it is written."""

    def __init__(self, tape, back):
        self.lines = []             # (text, line of the user's or None)
        self.names, self.taken, self.constants = {}, {"np", "scipy", "loss_and_grad", *OURS}, {}
        self.folded = {}            # Value -> (text, strength, line)
        self.owned = set()          # Values whose array only this function has
        self.viewed = set()         # Values of which there are views
        self.new = set()            # folded Values whose expression makes a new array
        self.uses, self.seen, self.indent = _uses(tape, back), {}, ""
        self.written = set(_written((*tape.instructions, *back.instructions)))
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
            self.line(f"{name} = {text}", self.folded.pop(x)[2])
            self.names[x] = name
            return name
        return text

    def line(self, text, where):
        """Write one line; `where` is the user's."""
        self.lines.append((self.indent + text, where))

    # lines

    def comment(self, text):
        self.lines.append(("" if self.lines else None, None))
        self.lines.append((f"# {text}", None))

    def write(self, instructions):
        for instruction in instructions:
            if any(self.uses.get(y) for y in instruction.outputs) and not _is_taken(instruction):
                self.statement(instruction)
                for x in instruction.inputs_values():
                    self.seen[x] = self.seen.get(x, 0) + 1

    def statement(self, instruction):
        if instruction.regions:
            return self.region(instruction)
        out = instruction.output
        where = instruction.span.line if instruction.span is not None else None
        if instruction.primitive in WRITES:
            return self.write_into(instruction, where)
        if instruction.primitive in TAKEN:
            x = instruction.inputs[-1]
            self.names[out] = self.named(x, "constant") if isinstance(x, Value) else self.constant(x, "constant")
            return None
        operands = [self.operand(x) for x in instruction.inputs]
        text, strength = expression(instruction, operands)
        if instruction.primitive in VIEWS and out.shape:
            self.viewed.update(instruction.inputs_values())
        if self.uses[out] == 1 and len(text) <= WIDTH and out not in self.written and not self.is_kept(out):
            self.folded[out] = text, strength, where
            if instruction.primitive.makes_new_array:
                self.new.add(out)
            return None
        name = self.names[out] = self.fresh(out.name or "t")
        if instruction.primitive.makes_new_array and out.shape:
            self.owned.add(out)
        self.line(f"{name} = {text}", where)
        return None

    def is_kept(self, out):
        """True for what the user has given a name: it gets its line."""
        return out.name is not None and not out.name.endswith("_bar")

    def may_be_written(self, x):
        """True for an array of the function's own that nobody reads again."""
        return x in self.owned and x not in self.viewed and self.uses[x] == self.seen.get(x, 0) + 1

    def write_into(self, instruction, where):
        """`x[i] = value`, `x[i] += value`: of a copy, unless the array is its own and not read again."""
        x, value, *places = instruction.inputs
        out = instruction.output
        i = ix.in_words([self.operand(p)[0] for p in places], instruction.attributes["form"])
        text = self.operand(value)[0]
        if isinstance(x, Value) and self.may_be_written(x):
            name = self.names[out] = self.names[x]
            self.before_writing(name, [value, *places])
            i = ix.in_words([self.operand(p)[0] for p in places], instruction.attributes["form"])
            text = self.operand(value)[0]
        else:
            held = self.operand(x)[0]
            name = self.names[out] = self.fresh(out.name or (x.name if isinstance(x, Value) else None) or "t")
            self.line(f"{name} = np.array({held})", where)
        self.owned.add(out)
        if instruction.primitive is ix.update:
            self.line(f"{name}[{i}] = {text}", where)
        elif ix.may_repeat(places, instruction.attributes["form"]):
            form = instruction.attributes["form"]
            i = f"np.s_[{i}]" if {"s", "e", "w"} & set(form) else f"({i})" if len(form) > 1 else i
            self.line(f"np.add.at({name}, {i}, {text})", where)
        else:
            self.line(f"{name}[{i}] += {text}", where)

    def before_writing(self, name, now):
        """Expressions that read the array `name` and are not written yet are written, but for what is read `now`."""
        for x, (text, _, where) in list(self.folded.items()):
            if x not in now and re.search(rf"\b{name}\b", text):
                self.named(x, "t")

    def finish(self, name):
        arguments = ", ".join([*(self.names[x] for x in self.inputs), *self.constants])
        lines = [text for text in self.lines if text[0] is not None]
        cut = max(len(lines) - MOST_LINES, 0)
        shown, half = lines, MOST_LINES // 2
        if cut:
            shown = [*lines[:half], (f"# ... {cut} lines are not shown ...", None), *lines[-half:]]
        width = min(max((len(t) for t, line in shown if line is not None), default=0), 72)
        body = [f"    {t:<{width}}  # line {line}" if line is not None else f"    {t}".rstrip() for t, line in shown]
        if any("scipy." in text for text, _ in shown):
            body.insert(0, "    import scipy.special")
        return Listing("\n".join([f"def {name}({arguments}):", *body]) + "\n", dict(self.constants), cut)


def _uses(tape, back):
    """{Value: how often it is read}, by what leads to the results; once more if a region around it is left."""
    count = {}

    def use(xs, outside=()):
        for x in xs:
            if isinstance(x, Value):
                count[x] = count.get(x, 0) + (2 if x in outside else 1)

    def of(block, outside):
        use(block.results, outside)
        for instruction in reversed(block.instructions):
            if any(count.get(y) for y in instruction.outputs) and not _is_taken(instruction):
                use(instruction.inputs[-1:] if instruction.primitive in TAKEN else instruction.inputs, outside)
                for region in instruction.regions:
                    of(region, set(region.free_values()))

    use((*tape.results, *back.results))
    for block in (back, tape):
        of(Block([], block.instructions, []), ())
    return count


def _is_taken(instruction):
    """True for a result that is an argument; in a rolled loop its last operand is what was recorded."""
    return instruction.primitive in TAKEN and instruction.attributes.get("function") is None


def _written(instructions):
    """The Values that are written into, also in regions: then an operand that the region carries is, too."""
    for instruction in reversed(instructions):
        if instruction.primitive in WRITES:
            yield instruction.inputs[0]
        for region in instruction.regions:
            found = set(_written(region.instructions))
            yield from found
            carried = region.inputs[len(region.inputs) - len(instruction.outputs):]
            if found and len(carried) == len(instruction.outputs):
                yield from (p for p in carried if p.shape)
                yield from instruction.inputs[len(instruction.inputs) - len(carried):]
