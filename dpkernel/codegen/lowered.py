"""A program as scalar loops, in the part of Python that Numba compiles.

In:  a block whose extents may be known only when it runs.
Out: the text of one function; NotLowered if there is something in the block that has no loops yet.
Start at `lower`; arrays.py knows how an element of an array is computed, this file when, and where it is put.

Arrays are values in a program and buffers here. An array that nobody reads any more is overwritten by an update of
it; what would be read later is copied before. An array computed element by element is put off until it is used, and
computed there if it is used once, so chains become one loop.
"""

import keyword

from ..ir.block import Value, type_of_operand
from ..primitives import control, shape
from ..primitives import elementwise as e
from ..primitives import index as ix
from .elements import Elements
from .scalars import Scalars


class NotLowered(Exception):
    """Something without a translation into loops."""


def lower(block, name):
    """The text of a function of the block's inputs, and of a budget, that returns its results as a tuple.

    budget   bytes: if what is kept for the way back takes more, TooLarge is raised before it is made
    """
    return Lowering(block, name).text()


class Lowering(Scalars, Elements):
    """One function being written.

    names    {Value: text}: a variable, or an expression that is used once
    lazy     {Value: Instruction} arrays that are not computed yet
    owned    variables of arrays that may be overwritten
    """

    refuse = NotLowered

    def __init__(self, block, name):
        self.block, self.name = block, name
        self.names, self.lazy, self.owned, self.taken = {}, {}, set(), set()
        self.lines, self.indent, self.checked = [], "    ", [set()]
        self.uses, self.left_over, self.sizes = {}, {}, {}
        self.count(block)
        self.left_over.update(self.uses)

    def count(self, block):
        for instruction in block.instructions:
            for x, n in read_by(instruction):
                self.uses[x] = self.uses.get(x, 0) + n
            for region in instruction.regions:
                self.count(region)
        for x in block.results:
            if isinstance(x, Value):
                self.uses[x] = self.uses.get(x, 0) + 1

    def text(self):
        for x in self.block.inputs:
            self.names[x] = self.fresh(x.name)
            self.sizes.update((n, 1 << 40) for n in x.type.shape if isinstance(n, Value))
        head = f"def {self.name}({', '.join([*(self.names[x] for x in self.block.inputs), 'budget'])}):"
        self.write(self.block)
        results = [self.result(y) for y in self.block.results]
        self.line(f"return {', '.join(results)},")
        return "\n".join([head, *self.lines, ""])

    def result(self, y):
        """A result as a variable of its own."""
        if type_of_operand(y).shape:
            name = self.array(y)
            return name if name in self.owned and self.block.results.count(y) == 1 else f"{name}.copy()"
        return self.number(y)

    def line(self, text):
        self.lines.append(self.indent + text)

    def fresh(self, name=None):
        base = name if name and name.isidentifier() and name.isascii() and not name.startswith("_") else "v"
        base, n = f"{base}_" if base in RESERVED else base, 1
        found = base
        while found in self.taken:
            n += 1
            found = f"{base}_{n}"
        self.taken.add(found)
        return found

    # blocks

    def write(self, block):
        """The instructions of a block; what they leave is in `names`."""
        last = last_uses(block)
        for number, instruction in enumerate(block.instructions):
            self.dying = last.get(number, ())
            if instruction.regions:
                self.everything()
                REGIONS[instruction.primitive](self, instruction)
            elif instruction.primitive in (ix.update, ix.add_at):
                self.put(instruction)
            elif instruction.output.type.shape:
                self.lazy[instruction.output] = instruction
                if not self.may_wait(instruction):
                    self.force(instruction.output)
            else:
                self.scalar(instruction)
            for x, n in read_by(instruction):
                self.left_over[x] -= n

    def may_wait(self, instruction):
        """Views always, other arrays if they are used once, right here."""
        return instruction.primitive in VIEWS or instruction.primitive is shape.full or instruction.primitive in WAITING and self.uses.get(instruction.output, 0) <= 1

    def everything(self):
        """Compute what was put off, and what is still needed; views stay views."""
        for y in [y for y in self.lazy if self.left_over.get(y, 0) and self.lazy[y].primitive not in VIEWS]:
            self.force(y)

    def array(self, x):
        """The variable of an array."""
        if not isinstance(x, Value):
            raise NotLowered("an array that is a literal")
        if x not in self.names:
            self.force(x)
        return self.names[x]

    # writing into arrays

    def put(self, instruction):
        """update, add_at: into the array itself if nobody needs the old one."""
        x, value, *operands = instruction.inputs
        if isinstance(value, Value) and value in self.lazy and x in self.behind(value):
            self.force(value)
        for k in operands:
            if type_of_operand(k).shape:
                self.array(k)
        target = self.target(x, x in self.dying)
        self.names[instruction.output] = target
        extents = ix.index.infer(x, *operands, form=instruction.attributes["form"]).shape
        sign = "=" if instruction.primitive is ix.update else "+="
        with self.nest(extents, [value]) as index:
            place = self.position(x, operands, instruction.attributes["form"], index)
            self.line(f"{target}[{', '.join(place)}] {sign} {self.broadcast(value, index)}")

    def target(self, x, dying):
        """A variable with the elements of `x` that may be overwritten."""
        name = self.array(x)
        if dying and name in self.owned:
            for y in [y for y in self.lazy if self.left_over.get(y, 0) and x in self.behind(y)]:
                self.force(y)
            return name
        return self.copied(x, name)

    def copied(self, x, name):
        """A new variable with the elements of another one."""
        copy = self.fresh(x.name)
        self.line(f"{copy} = {name}.copy()")
        self.owned.add(copy)
        return copy

    # regions

    def enter(self):
        self.indent += "    "
        self.checked.append(set())
        return len(self.lines)

    def leave(self, start):
        if len(self.lines) == start:
            self.line("pass")
        self.indent = self.indent[:-4]
        self.checked.pop()

    def carry(self, inits, params):
        """Set the variables that a loop carries; arrays are its own."""
        dying = self.dying
        for x, p in zip(inits, params):
            if p.type.shape:
                self.names[p] = self.target(x, x in dying and inits.count(x) == 1)
            else:
                self.names[p] = self.fresh(p.name)
                self.line(f"{self.names[p]} = {self.number(x, p.type)}")

    def again(self, params, results):
        """At the end of an iteration: what is carried into the next one."""
        found, seen = [], set()
        for p, y in zip(params, results):
            if not p.type.shape:
                found.append(self.number(y, p.type))
                continue
            name = self.array(y)
            if name not in self.owned or name in seen:
                name = self.copied(y, name)
            seen.add(name)
            found.append(name)
        moved = [(self.names[p], new) for p, new in zip(params, found) if self.names[p] != new]
        if moved:
            self.line(f"{', '.join(a for a, _ in moved)} = {', '.join(b for _, b in moved)}")

    def turn(self, body, params):
        """One iteration."""
        before = self.open({self.names[p] for p in params if p.type.shape})
        self.write(body)
        self.again(params, body.results)
        self.close(before)

    def open(self, owned):
        """Begin a region; of the arrays of its surroundings it may write into `owned` only."""
        before = self.owned, dict(self.lazy)
        self.owned = set(owned)
        return before

    def close(self, before):
        """End a region: what it computed of what was put off outside is put off again."""
        self.owned, lazy = before
        for y in lazy:
            if y not in self.lazy:
                self.names.pop(y, None)
        self.lazy = lazy

    def places_of(self, outputs, variables):
        """Variables for what a branch gives: the arrays that it writes come last, and stay where they are."""
        kept = variables if [bool(y.type.shape) for y in outputs[len(outputs) - len(variables):]] == [True] * len(variables) else []
        return [*(self.fresh(y.name) for y in outputs[:len(outputs) - len(kept)]), *kept]

    def end_arm(self, results, outputs, outs):
        found, seen = [], set()
        for y, p in zip(results, outputs):
            text = self.array(y) if p.type.shape else self.number(y, p.type)
            if p.type.shape and (text not in self.owned or text in seen):
                text = self.copied(y, text)
            seen.add(text)
            found.append(text)
        moved = [(a, b) for a, b in zip(outs, found) if a != b]
        if moved:
            self.line(f"{', '.join(a for a, _ in moved)} = {', '.join(b for _, b in moved)}")

    def left(self, params, outputs):
        self.names.update(zip(outputs, (self.names[p] for p in params)))
        self.owned.update(self.names[p] for p in params if p.type.shape)


def write_loop(self, instruction):
    lo, hi, step, *inits = instruction.inputs
    (body,) = instruction.regions
    i, *params = body.inputs
    self.carry(inits, params)
    name = self.names[i] = self.fresh(i.name or "i")
    self.sizes[i] = 1 << 40
    bounds = [self.number(x) for x in (lo, hi, step)]
    self.line(f"for {name} in range({', '.join(bounds if step != 1 else bounds[:2] if lo != 0 else bounds[1:2])}):")
    start = self.enter()
    self.turn(body, params)
    self.leave(start)
    self.left(params, instruction.outputs)


def write_while(self, instruction):
    condition, body = instruction.regions
    self.carry(instruction.inputs, body.inputs)
    trips = self.names[instruction.outputs[-1]] = self.fresh("trips")
    self.sizes[instruction.outputs[-1]] = 1 << 40
    self.line(f"{trips} = 0")
    self.line("while True:")
    start = self.enter()
    self.names.update(zip(condition.inputs, (self.names[p] for p in body.inputs)))
    before = self.open(())
    self.write(condition)
    self.line(f"if not {self.number(condition.results[0])}: break")
    self.close(before)
    self.turn(body, body.inputs)
    self.line(f"{trips} += 1")
    self.leave(start)
    self.left(body.inputs, instruction.outputs[:-1])


def write_branch(self, instruction):
    """Arrays that come in may be written by both arms; numbers and new arrays go out as variables."""
    condition, *given = instruction.inputs
    dying, test = self.dying, self.number(condition)
    arrays = [x for x in given if type_of_operand(x).shape]
    variables = [self.target(x, x in dying and given.count(x) == 1) if x in arrays else self.number(x) for x in given]
    mine = {v for x, v in zip(given, variables) if x in arrays}
    outs = self.places_of(instruction.outputs, [v for v in variables if v in mine])
    for word, arm in zip((f"if {test}:", "else:"), instruction.regions):
        self.line(word)
        start = self.enter()
        self.names.update(zip(arm.inputs, variables))
        before = self.open(mine)
        self.write(arm)
        self.end_arm(arm.results, instruction.outputs, outs)
        self.close(before)
        self.leave(start)
    self.names.update(zip(instruction.outputs, outs))
    self.owned -= mine
    self.owned.update(name for name, y in zip(outs, instruction.outputs) if y.type.shape)


REGIONS = {control.loop: write_loop, control.while_loop: write_while, control.branch: write_branch}
VIEWS = {ix.index, shape.broadcast_to, shape.transpose, shape.reshape}
#       what is read through is not copied
ELEMENTWISE = {p for p in vars(e).values() if type(p) is type(e.add)}
WAITING = ELEMENTWISE
RESERVED = {"np", "math", "Leave", "TooLarge", "budget", "maximum", "minimum", "product", "logaddexp", "float", "int", "range", "max", "min", "abs", "len", "bool"} | set(keyword.kwlist)


def read_by(instruction):
    """[(Value, how often)] that an instruction reads; a region reads again and again, so it counts twice."""
    return [*((x, 1) for x in instruction.inputs_values()), *((x, 2) for region in instruction.regions for x in region.free_values())]


def last_uses(block):
    """{instruction number: Values that nobody reads after it, in this block or as a result}."""
    kept, last, seen = {x for x in block.results if isinstance(x, Value)}, {}, set()
    for number in range(len(block.instructions) - 1, -1, -1):
        for x in block.instructions[number].reads():
            if x not in kept and x not in seen:
                seen.add(x)
                last.setdefault(number, set()).add(x)
    return last
