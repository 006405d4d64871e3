"""Loops and branches in a listing.

In:  an instruction with regions.
Out: a `for` statement, an `if` statement, or a conditional expression.
Start at `Regions.region`.

What a loop carries is a variable: set in front of it, and anew at the end of each iteration.
"""

from ..ir.block import Value
from ..primitives import control
from .expressions import ATOM, enclosed


class Regions:
    """The part of the writer that knows regions."""

    def region(self, instruction):
        where = instruction.span.line if instruction.span is not None else None
        if instruction.primitive is control.loop:
            self.for_loop(instruction, where)
        elif instruction.primitive is control.while_loop:
            self.while_loop(instruction, where)
        else:
            self.if_else(instruction, where)

    def for_loop(self, instruction, where):
        lo, hi, step, *inits = instruction.inputs
        (body,) = instruction.regions
        params = body.inputs[1:]
        bounds = [self.operand(x)[0] for x in (lo, hi, step)]
        self.carry(inits, params, instruction.outputs, where)
        i = self.names[body.inputs[0]] = self.fresh(body.inputs[0].name or "i")
        if step == 1:
            bounds = bounds[:2] if lo != 0 else bounds[1:2]
        self.line(f"for {i} in range({', '.join(bounds)}):", where)
        self.turn(body, params, where)
        self.leave(params, instruction.outputs)

    def while_loop(self, instruction, where):
        condition, body = instruction.regions
        trips = self.fresh("trips")
        self.carry(instruction.inputs, body.inputs, instruction.outputs[:-1], where)
        self.line(f"{trips} = 0", where)
        self.line("while True:", where)
        self.names.update(zip(condition.inputs, (self.names[p] for p in body.inputs)))
        self.indent += "    "
        self.write(condition.instructions)
        self.line(f"if not {enclosed(self.operand(condition.results[0]), ATOM)}:", where)
        self.line("    break", where)
        self.line(f"{trips} += 1", where)
        self.indent = self.indent[:-4]
        self.turn(body, body.inputs, where)
        self.leave(body.inputs, instruction.outputs[:-1])
        self.names[instruction.outputs[-1]] = trips

    def carry(self, inits, params, outputs, where):
        """Set the variables that a loop carries."""
        texts = []
        for x, p in zip(inits, params):
            text = self.operand(x)[0]
            if p in self.written and not (isinstance(x, Value) and (x in self.new or self.may_be_written(x))):
                text = f"np.array({text})"
            texts.append(text)
        for x, text, p, y in zip(inits, texts, params, outputs):
            reuse = isinstance(x, Value) and x in self.owned and self.may_be_written(x) and self.names.get(x) == text
            name = text if reuse else self.fresh(y.name or p.name or "t")
            if not reuse:
                self.line(f"{name} = {text}", where)
            self.names[p] = name
            if p.shape:
                self.owned.add(p)

    def turn(self, body, params, where):
        """One iteration, and the variables' new values."""
        self.indent += "    "
        mark = len(self.lines)
        self.write(body.instructions)
        new = []
        for p, y in zip(params, body.results):
            text = self.operand(y)[0]
            mine = not p.shape or isinstance(y, Value) and y in self.owned and body.results.count(y) == 1 and y not in self.viewed
            if p in self.written and not mine and not (isinstance(y, Value) and y in self.new):
                text = f"np.array({text})"
            if text != self.names[p]:
                new.append((self.names[p], text))
        if new:
            self.line(f"{', '.join(name for name, _ in new)} = {', '.join(text for _, text in new)}", where)
        if len(self.lines) == mark:
            self.line("pass", where)
        self.indent = self.indent[:-4]

    def leave(self, params, outputs):
        """After a loop its variables are the results."""
        for p, y in zip(params, outputs):
            self.names[y] = self.names[p]
            if p in self.written:
                self.owned.add(y)

    def if_else(self, instruction, where):
        condition, *given = instruction.inputs
        test = self.operand(condition)
        arms = instruction.regions
        if len(instruction.outputs) == 1 and not any(arm.instructions for arm in arms):
            texts = [self.operand(self.of_arm(arm, given, arm.results[0])) for arm in arms]
            self.folded[instruction.output] = f"({texts[0][0]} if {test[0]} else {texts[1][0]})", ATOM, where
            self.named(instruction.output, instruction.output.name or "t")
            return
        for x in given:
            self.named(x, "t")
        outs = [y for y in instruction.outputs if self.uses.get(y)]
        names = [self.fresh(y.name or "t") for y in outs]
        self.line(f"if {test[0]}:", where)
        for number, arm in enumerate(arms):
            if number:
                self.line("else:", where)
            self.indent += "    "
            for p, x in zip(arm.inputs, given):
                self.names[p] = self.operand(x)[0] if isinstance(x, Value) else self.fresh("t")
                if not isinstance(x, Value):
                    self.line(f"{self.names[p]} = {self.operand(x)[0]}", where)
            self.write(arm.instructions)
            texts = [self.operand(arm.results[instruction.outputs.index(y)])[0] for y in outs]
            self.line(f"{', '.join(names)} = {', '.join(texts)}" if outs else "pass", where)
            self.indent = self.indent[:-4]
        self.names.update(zip(outs, names))

    def of_arm(self, arm, given, x):
        """What a result of an arm without instructions is outside."""
        return given[arm.inputs.index(x)] if isinstance(x, Value) and x in arm.inputs else x
