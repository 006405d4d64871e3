"""Loops from what was recorded: iterations that do the same become one instruction.

In:  a Tape as it was recorded, one iteration after another, and marks that say where iterations begin.
Out: a Tape that means the same, in which loops are loops; and which of the user's loops stayed unrolled, and why.
Start at `roll`. items.py says when two iterations do the same, wiring.py how they hang together, loops.py writes the
region.

The user's loops have run as Python runs them, so effects, exceptions and types are Python's own, and nothing here can
change them: marks are hints. Inner loops are rolled first; an iteration of the outer loop then has them as single steps.
The first and last iterations may differ from the others (a sum that begins with the int 0): they stay in front and
behind. Iterations that go different ways are variants, and the region a branch.
"""

from dataclasses import dataclass

import numpy as np

from ..ir.block import Block, Instruction, Tape, Value
from ..ir.build import Builder
from ..ir.types import PYTHON_KINDS, array_type, type_of
from ..primitives import outside, shape
from ..primitives.functions import AS_PYTHON, concatenate, full, index, reshape
from .items import Item
from .loops import loop_item
from .wiring import CannotRoll, Wiring

FEWEST = 4              # iterations that make a loop
MOST_VARIANTS = 16


def roll(tape, marks, objects):
    """Return (a Tape with loops, notes).

    tape      a Tape of instructions without regions
    marks     [(number of the next instruction, site of the loop, True at the beginning of an iteration)]
    objects   {Value: object} as recorded, for what no instruction can compute again
    notes     [(Span, reason)] of loops that stayed unrolled
    """
    context = Context(tape, objects)
    root = nest(tape.instructions, marks, context.dead)
    if not any(isinstance(x, Nest) for x in root):
        return tape, []
    items = context.items_of(root)
    results = [context.reached(y, items) for y in tape.results]
    context.finish_tables()
    block = Block(tape.inputs, [item.instruction() for item in items], results)
    constants = {v: context.constants[v] for v in block.free_values()}
    return Tape(block.inputs, block.instructions, results, constants, tape.guards), list(context.notes.items())


@dataclass(frozen=True)
class Row:
    """A row of an array that a rolled loop has made."""

    of: Value
    number: int


@dataclass(frozen=True)
class Reshaped:
    """Another Value in a new shape."""

    of: Value


class Nest:
    """One run of a loop: its iterations, each a list of instructions and Nests, and where each ends."""

    def __init__(self, site):
        self.site, self.iterations, self.ends = site, [], []


def nest(instructions, marks, dead):
    """The instructions in the nests that the marks describe; those in `dead` are left out."""
    root = []
    stack, cursor = [(None, root)], 0

    def advance(to):
        nonlocal cursor
        stack[-1][1].extend(i for i in instructions[cursor:to] if i not in dead)
        cursor = to

    def close(to):
        stack.pop()[0].ends.append(to)

    for position, site, is_turn in marks:
        advance(position)
        depth = next((d for d in range(len(stack) - 1, 0, -1) if stack[d][0].site is site), None)
        if depth is not None:
            while len(stack) > depth:
                loop = stack[-1][0]
                close(position)
        if is_turn:
            if depth is None:
                loop = Nest(site)
                stack[-1][1].append(loop)
            iteration = []
            loop.iterations.append(iteration)
            stack.append((loop, iteration))
    advance(len(instructions))
    while len(stack) > 1:
        close(cursor)
    return root


class Context:
    """What is known of the whole program while it is rolled.

    constants   of the tape, and the tables of what differs between iterations
    tables      {(place in the program, type): (Value, rows)}; inner loops add their rows to the same table
    aliases     {Value: Row or Reshaped}: what a rolled loop computed in an iteration that is read outside
    aliased     the keys of `aliases` in the order in which they were entered
    last_use    {Value: number of the last instruction that reads it}
    notes       {Span: reason}
    """

    def __init__(self, tape, objects):
        self.constants, self.objects = dict(tape.constants), objects
        self.aliases, self.aliased, self.notes, self.keys, self.tables = {}, [], {}, {}, {}
        self.last_use = {x: n for n, i in enumerate(tape.instructions) for x in i.inputs if isinstance(x, Value)}
        self.last_use.update((y, len(tape.instructions)) for y in tape.results)
        self.dead = _unread_calls(tape)
        self.before = None          # items that are needed in front of the loop at work

    # items

    def items_of(self, entries):
        """The items of an iteration, its inner loops rolled."""
        items = []
        for entry in entries:
            if isinstance(entry, Nest):
                self.add_loop(entry, items)
            elif not self.aliases or not self.is_of_rows(entry, items):
                self.add(Item.of(entry, self.objects.get), items)
        return items

    def add(self, item, items):
        """Append an item; what it reads of rolled loops is fetched in front of it."""
        if self.aliases and any(x in self.aliases for x in item.inputs if isinstance(x, Value)):
            item.inputs = [self.reached(x, items) for x in item.inputs]
        items.append(item)

    def reached(self, x, items):
        """The operand `x`, fetched if a rolled loop has made it."""
        found = self.aliases.get(x) if isinstance(x, Value) else None
        if found is None:
            return x
        held = self.reached(found.of, items)
        if isinstance(found, Row):
            return self.emit(items, lambda: _row(held, found.number, x.type))
        return self.emit(items, lambda: reshape(held, x.shape))

    def alias(self, value, what):
        """Note where a Value is to be found from now on."""
        self.aliases[value] = what
        self.aliased.append(value)

    def is_of_rows(self, instruction, items):
        """True if the instruction, one of those that make an array of a list, was taken care of: its rows are a history."""
        x, y = instruction.inputs[0] if instruction.inputs else None, instruction.outputs[0]
        if instruction.primitive is shape.reshape and isinstance(self.aliases.get(x) if isinstance(x, Value) else None, Row) \
                and y.shape == (1, *x.shape):
            self.alias(y, Reshaped(x))
            for needed in (x, self.aliases[x].of):
                self.last_use[needed] = max(self.last_use[needed], self.last_use.get(y, -1))
            return True
        if instruction.primitive is shape.concatenate and instruction.attributes["axis"] == 0:
            pieces = _pieces([self._row_behind(x) for x in instruction.inputs])
            if len(pieces) < len(instruction.inputs):
                parts = [self.window(piece, items) for piece in pieces]
                same = Instruction(shape.reshape, (parts[0], *y.shape), (y,), None, (), instruction.span) if len(parts) == 1 else \
                    Instruction(shape.concatenate, parts, (y,), instruction.attributes, (), instruction.span)
                self.add(Item.of(same, self.objects.get), items)
                return True
        return False

    def _row_behind(self, x):
        """The Row that an array with one row was made of; anything else as it is."""
        found = self.aliases.get(x) if isinstance(x, Value) else None
        return self.aliases[found.of] if isinstance(found, Reshaped) and found.of in self.aliases else x

    def window(self, piece, items):
        """Rows of a history that follow each other, as (history, first, count); anything else is an operand."""
        if not isinstance(piece, tuple):
            return self.reached(piece, items)
        history, first, count = piece
        held = self.reached(history, items)
        if (first, count) == (0, held.shape[0]):
            return held
        return self.emit(items, lambda: index(held, first, first + count, None, form="s"))

    def emit(self, items, function):
        """What `function` emits, as items."""
        with Builder() as builder:
            result = function()
        items += [Item.of(i, self.objects.get) for i in builder.instructions]
        return result

    def add_loop(self, loop, items):
        """Append a loop: rolled, or one iteration after another."""
        iterations, ends, recorded, known = [], [], [], []
        for entries, end in zip(loop.iterations, loop.ends):
            before = len(self.aliased)
            found = self.items_of(entries)
            if found:
                iterations.append(found)
                ends.append(end)
                recorded.append(entries)
                known.append(before)
        behind = len(self.aliased)
        signatures = [self.signature(x) for x in iterations]
        first, last = _inner(signatures)
        try:
            rolled = self.rolled(loop, iterations, signatures, first, last, ends)
        except CannotRoll as problem:
            self.notes.setdefault(loop.site.span, str(problem))
            rolled = None
        if rolled is None:
            first = last = len(iterations)
        for iteration in iterations[:first]:
            items += iteration
        items += rolled or []
        if last < len(recorded):        # the last ones once more, since they may read what the loop has made
            for v in self.aliased[known[last]:behind]:
                self.aliases.pop(v, None)
            for entries in recorded[last:]:
                items += self.items_of(entries)

    def rolled(self, loop, recorded, signatures, first, last, ends):
        """The items of the iterations from `first` to `last`, as a loop; None where it is too short to be one."""
        iterations, signatures = recorded[first:last], signatures[first:last]
        if len(iterations) < FEWEST:
            if len(recorded) >= 2 * FEWEST:
                raise CannotRoll(_difference(recorded))
            return None
        numbers = {s: n for n, s in enumerate(sorted(set(signatures)))}
        if len(numbers) > MOST_VARIANTS or 2 * len(numbers) > len(iterations):
            raise CannotRoll(_difference(iterations))
        self.before = []
        wiring = Wiring(iterations, [numbers[s] for s in signatures], self, ends[last - 1])
        inits = [self.dummy(r.type) if r.init is None else r.init for r in wiring.registers]
        inits += [self.empty_history(h, len(iterations)) for h in wiring.histories]
        before = self.before
        item = loop_item(wiring, len(iterations), inits, loop.site, self.interned)
        outs = item.outputs[len(wiring.registers):]
        for v, number, row in wiring.read_later:
            self.alias(v, Row(outs[number], row))
            self.last_use[outs[number]] = max(self.last_use.get(outs[number], -1), self.last_use[v])
        items = []
        for x in (*before, item):
            self.add(x, items)
        return items

    # comparison

    def interned(self, key):
        """A small number for a key."""
        return self.keys.setdefault(key, len(self.keys))

    def signature(self, items):
        """A number for what an iteration does: the keys of its items."""
        for item in items:
            if type(item.key) is not int:
                item.key = self.interned(item.key)
        return self.interned(tuple([item.key for item in items]))

    # what a loop needs in front of it

    def table(self, place, kind, rows):
        """(Value of a constant to which the rows were added, the number of the first one)."""
        key = place, kind.dtype, kind.shape
        if key not in self.tables:
            self.tables[key] = Value(array_type(kind.dtype, (0, *kind.shape))), []
        value, held = self.tables[key]
        held += rows
        self.constants[value] = held
        return value, len(held) - len(rows)

    def finish_tables(self):
        """Make arrays of the tables."""
        for value, rows in self.tables.values():
            self.constants[value] = np.array(rows, value.dtype).reshape(len(rows), *value.shape[1:])
            value.type = type_of(self.constants[value])

    def stacked(self, operands, kind):
        """The Value of an array with the operands as its rows."""
        rows = [self.reached(x, self.before) for x in operands]
        shape = (1, *kind.shape)

        def stack():
            parts = [reshape(x, shape) if kind.kind == "array" else full(x, shape, kind.dtype) for x in rows]
            return concatenate(parts, 0) if len(parts) > 1 else parts[0]

        return self.emit(self.before, stack)

    def empty_history(self, history, count):
        """What a history is before the first iteration: its outer values, and zeros."""
        kind, zeros = history.type, (count * history.width, *history.type.shape)
        if not history.outer:
            return self.emit(self.before, lambda: full(0, zeros, kind.dtype))
        pool = self.stacked(history.outer, kind)
        return self.emit(self.before, lambda: concatenate([pool, full(0, zeros, kind.dtype)], 0))

    def dummy(self, kind):
        """Something of a type, for a carried value that nobody reads before it is set."""
        if kind.kind == "array":
            return self.emit(self.before, lambda: full(0, kind.shape, kind.dtype))
        if kind.kind == "object":
            raise CannotRoll("it computes what is no number")
        zero = kind.dtype.type(0)
        return zero.item() if kind.kind in PYTHON_KINDS else zero


def _unread_calls(tape):
    """Calls of which nothing is computed: texts that were printed, metrics beside the loss."""
    read, found = set(tape.results), set()
    for instruction in reversed(tape.instructions):
        if instruction.primitive in (outside.opaque, outside.flat) and instruction.output not in read:
            found.add(instruction)
        else:
            read.update(instruction.inputs_values())
    return found


def _pieces(rows):
    """Operands, with Rows that follow each other joined to (history, first, count)."""
    pieces = []
    for x in rows:
        if not isinstance(x, Row):
            pieces.append(x)
        elif pieces and isinstance(pieces[-1], tuple) and pieces[-1][0] is x.of and pieces[-1][1] + pieces[-1][2] == x.number:
            pieces[-1] = (*pieces[-1][:2], pieces[-1][2] + 1)
        else:
            pieces.append((x.of, x.number, 1))
    return pieces


def _row(array, row, kind):
    found = index(array, row, form="i")
    return AS_PYTHON[kind.kind](found) if kind.kind in ("float", "complex") else found


def _inner(signatures):
    """(first, last): without iterations at the two ends that no other one is like."""
    count = {}
    for s in signatures:
        count[s] = count.get(s, 0) + 1
    first, last = 0, len(signatures)
    while first < last and count[signatures[first]] == 1:
        first += 1
    while last > first and count[signatures[last - 1]] == 1:
        last -= 1
    return first, last


def _difference(iterations):
    """Why iterations differ: at the first place where two in the middle do."""
    middle = len(iterations) // 2
    for one, other in zip(iterations[middle - 1], iterations[middle]):
        if one.key != other.key:
            if one.span is not None and one.span == other.span:
                return f"`{one.span.text}` on line {one.span.line} has another shape or type in each iteration"
            break
    return "its iterations go too many different ways"
