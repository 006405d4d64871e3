"""The region of a rolled loop.

In:  a Wiring.
Out: an Item, which builds the instruction `loop` with its region.
Start at `loop_item`.
"""

from ..ir.block import Block, Instruction, Value
from ..ir.build import Builder
from ..ir.types import INT, array_type
from ..primitives import control
from ..primitives.functions import AS_PYTHON, equal, index, update
from .items import Item, as_type, kind_of


def loop_item(wiring, count, inits, site, interned):
    """The Item of a loop: its operands are the number of iterations, what is carried, and what it reads from outside."""
    inputs = (count, *inits, *wiring.operands)
    outputs = [r.out or Value(r.type) for r in wiring.registers]
    outputs += [Value(array_type(h.type.dtype, (len(h.outer) + count * h.width, *h.type.shape))) for h in wiring.histories]
    writer = _Writer(wiring, site)
    key = interned((wiring.code, site.span, tuple(map(kind_of, inputs)), tuple(y.type for y in outputs)))
    return Item(key, inputs, tuple(outputs), writer.build, site.span)


class _Writer:
    """Writes the instruction of one loop."""

    def __init__(self, wiring, site):
        self.wiring, self.site = wiring, site

    def build(self, inputs, outputs):
        """The instruction for operands and results."""
        carried = len(outputs)
        self.i = Value(INT, self.site.detail)
        self.outer = inputs[1 + carried:]
        params = [Value(y.type, y.name) for y in outputs]
        with Builder() as self.builder:
            self.builder.span = self.site.span
            results = self.choose(params, 0) if len(self.wiring.bodies) > 1 else self.body(0, params)
        body = Block([self.i, *params], self.builder.instructions, results)
        return Instruction(control.loop, (0, inputs[0], 1, *inputs[1:1 + carried]), outputs, None, (body,), self.site.span)

    def choose(self, params, p):
        """A branch to the variants from number `p` on; returns the carried values after it."""
        which = self.operand(self.wiring.ways, {}, params)
        outer = self.builder
        regions = []
        for write in (lambda given: self.body(p, given),
                      lambda given: self.choose(given, p + 1) if p + 2 < len(self.wiring.bodies) else self.body(p + 1, given)):
            given = [Value(x.type, x.name) for x in params]
            with Builder() as self.builder:
                self.builder.span = self.site.span
                results = write(given)
            regions.append(Block(given, self.builder.instructions, results))
        self.builder = outer
        outs = tuple(Value(x.type, x.name) for x in params)
        outer.instructions.append(Instruction(
            control.branch, (equal(which, p), *params), outs, None, tuple(regions), self.site.span))
        return list(outs)

    def body(self, p, params):
        """Write one variant; returns the carried values after it."""
        wiring, made = self.wiring, {}
        for a, item in enumerate(wiring.bodies[p]):
            self.builder.span = item.span
            operands = [self.operand(source, made, params) for source in wiring.sources[p][a]]
            outs = tuple(Value(y.type, name) for y, name in zip(item.outputs, wiring.names[p][a]))
            self.builder.instructions.append(item.build(operands, outs))
            made.update(((a, b), y) for b, y in enumerate(outs))
        self.builder.span = self.site.span
        results = [self.next(r, p, made, params, n) for n, r in enumerate(wiring.registers)]
        for h, array in zip(wiring.histories, params[len(wiring.registers):]):
            for slot in h.slots:
                if slot[0] == p:
                    row = self.affine(len(h.outer) + h.place(slot), h.width)
                    array = update(array, made[slot[1:]], row, form="i")
            results.append(array)
        return results

    def next(self, register, p, made, params, number):
        """What a register holds after the iteration."""
        if register.follows is not None:
            return params[register.follows]
        here = sorted(slot[1:] for slot in register.slots if slot[0] == p)
        return made[here[-1]] if here else params[number]

    def operand(self, source, made, params):
        """The operand that a Source describes."""
        kind = source.kind
        if kind == "local":
            return made[source.number]
        if kind == "same":
            return self.outer[source.number]
        if kind == "affine":
            start, step = (self.outer[n] for n in source.number)
            return self.affine(start, step)
        if kind == "register":
            return params[source.number]
        if kind == "choice":
            return self.chosen([self.operand(x, made, params) for x in source.number],
                               self.operand(source.rows, made, params), 0)
        if kind == "table":
            table, first = (self.outer[n] for n in source.number)
            found = index(table, self.affine(first, 1), form="i")
        else:
            array = self.outer[source.number] if kind == "gather" else params[len(self.wiring.registers) + source.number]
            found = index(array, self.operand(source.rows, made, params), form="i")
        return AS_PYTHON[source.python](found) if source.python else found

    def chosen(self, values, which, number):
        """One of several values of the same type."""
        if number == len(values) - 1 or all(x is values[number] for x in values[number:]):
            return values[number]
        outer = self.builder
        with Builder() as self.builder:
            rest = self.chosen(values, which, number + 1)
        out = Value(next(x.type for x in values if isinstance(x, Value)))
        regions = tuple(Block([], found, [as_type(x, out.type)]) for found, x in (
            ([], values[number]), (self.builder.instructions, rest)))
        self.builder = outer
        outer.instructions.append(Instruction(control.branch, (equal(which, number),), (out,), None, regions, outer.span))
        return out

    def affine(self, start, step):
        """start + step * i, as short as it can be written."""
        if isinstance(step, Value) or step not in (0, 1):
            moved = self.i * step
        elif step == 0:
            return start
        else:
            moved = self.i
        return moved if not isinstance(start, Value) and start == 0 else moved + start
