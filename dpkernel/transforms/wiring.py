"""How the iterations of a loop hang together.

In:  iterations as lists of Items, of one variant or of several (the ways that the user's program went).
Out: for each operand of each variant where it comes from, as a `Source`; what is carried.
Start at `Wiring`.

All iterations were recorded, so nothing is guessed: a description of an operand is taken only if it gives, in
every iteration, the very operand that was recorded there.
"""

from dataclasses import dataclass

import numpy as np

from ..ir.block import Value
from ..ir.types import PYTHON_KINDS
from .items import as_type, common_kind

LONGEST_DELAY = 8
MOST_CHOICES = 4


class CannotRoll(Exception):
    """The loop stays unrolled; the text says why."""


@dataclass(frozen=True)
class Source:
    """Where an operand comes from.

    kind    "local"     number: (item, output) of the same iteration
            "same"      number: an operand of the loop
            "affine"    number: two operands of the loop, a and b; it is a + b * i
            "table"     number: two operands of the loop, a table and a first row; it is row first + i of that
            "register"  number: a carried value
            "gather"    number: an operand of the loop, rows a table of positions: it is row `rows` of that
            "history"   number: a history; it is row `rows` of what was computed before
    "choice"    number: several Sources; it is that with the number `rows`
    rows    Source of a whole number
    python  "float", "int", "bool" or "complex" if the row is one of Python's numbers
    """

    kind: str
    number: object
    rows: object = None
    python: str = None


class Register:
    """A carried value: what one of several slots gave last.

    init      operand before the first iteration; None if nobody reads it then
    slots     frozenset of (variant, item, output)
    follows   number of the register whose old value it takes (a delay line), or None
    type      Type
    """

    def __init__(self, init, slots, type, follows=None):
        self.init, self.slots, self.type, self.follows = init, slots, type, follows
        self.out = None         # the recorded Value of its last state, if somebody outside reads it


class History:
    """An array of everything that some slots gave, iteration after iteration, behind some outer values.

    slots    sorted tuple of (variant, item, output)
    outer    operands that stand in front
    width    rows an iteration
    """

    def __init__(self, slots, outer, width, type):
        self.slots, self.outer, self.width, self.type = slots, outer, width, type

    def place(self, slot):
        """Where a slot stands among those of its variant."""
        return [s for s in self.slots if s[0] == slot[0]].index(slot)


class Wiring:
    """The description of one loop.

    iterations   [[Item]]
    which        for each iteration the number of its variant
    context      what is known of the whole program: aliases, constants, who reads what outside
    end          position in the program behind the last iteration
    """

    def __init__(self, iterations, which, context, end):
        self.iterations, self.which, self.context, self.end = iterations, which, context, end
        self.count = len(iterations)
        self.variants = [which.index(p) for p in range(max(which) + 1)]       # an iteration of each
        self.defined = {v: (k, (which[k], a, b)) for k, items in enumerate(iterations)
                        for a, item in enumerate(items) for b, v in enumerate(item.outputs)}
        self.operands, self.registers, self.histories = [], [], []
        self.sources = [self._sources(p) for p in range(len(self.variants))]
        self._outside()
        self.ways = None        # Source of the number of the variant
        if len(self.variants) > 1:
            self.ways = self._of_literals(range(self.count), which, ("which",))
        self.bodies = [iterations[k] for k in self.variants]
        last = [len(which) - 1 - which[::-1].index(p) for p in range(len(self.variants))]
        self.names = [[[v.name for v in item.outputs] for item in iterations[k]] for k in last]
        self.code = self._key()
        del self.iterations, self.defined, self.context         # there may be thousands of inner loops

    def item(self, slot):
        """An item and its output in the first iteration of its variant."""
        p, a, b = slot
        item = self.iterations[self.variants[p]][a]
        return item, item.outputs[b]

    def _sources(self, p):
        """For each item of a variant the sources of its operands."""
        turns = [k for k, variant in enumerate(self.which) if variant == p]
        bodies = [self.iterations[k] for k in turns]
        found = []
        for a, item in enumerate(bodies[0]):
            columns = zip(*[items[a].inputs for items in bodies])
            found.append([self._source(turns, column, (item.key, o)) for o, column in enumerate(columns)])
        return found

    def operand(self, x):
        """The number of a new operand of the loop."""
        self.operands.append(x)
        return len(self.operands) - 1

    def _source(self, turns, column, place):
        if not any(isinstance(y, Value) for y in column):
            return self._of_literals(turns, column, place)
        x = column[0]
        defined = self.defined.get
        refs = [(t, y, defined(y) if isinstance(y, Value) else None) for t, y in zip(turns, column)]
        if refs[0][2] is None and all(y is x for y in column):
            return Source("same", self.operand(x))
        groups = {}         # slots of the same iteration, and all the others
        for ref in refs:
            t, _, known = ref
            groups.setdefault(known[1] if known is not None and known[0] == t else None, []).append(ref)
        if len(groups) == 1:
            return self._of_group(*groups.popitem(), place)
        if len(groups) > MOST_CHOICES:
            raise CannotRoll("an operand is one of many values")
        chosen = {t: number for number, group in enumerate(groups.values()) for t, _, _ in group}
        sources = tuple(self._of_group(slot, group, (*place, n)) for n, (slot, group) in enumerate(groups.items()))
        return Source("choice", sources, self._of_literals(turns, [chosen[t] for t in turns], (*place, "choice")))

    def _of_group(self, slot, refs, place):
        """The source of an operand that comes from one slot of the same iteration, or always from elsewhere."""
        if slot is not None:
            return Source("local", slot[1:])
        if all(known is None for _, _, known in refs):
            return self._of_outer([t for t, _, _ in refs], [y for _, y, _ in refs], place)
        return self._register(refs) or self._delay(refs) or self._gathered(refs, place)

    # operands that are numbers

    def _of_literals(self, turns, column, place):
        if any(x is None for x in column):
            raise CannotRoll("what an unknown call gave is not at hand")
        if all(type(x) is int for x in column):
            start, step = _affine(turns, column)
            if step is not None:
                return Source("affine", (self.operand(start), self.operand(step)))
        elif all(_same(x, column[0]) for x in column):
            return Source("same", self.operand(column[0]))
        return self._table(turns, column, place)

    def _table(self, turns, column, place):
        """A row of a constant for each iteration; in those that do not read it stands the first one's."""
        kind = common_kind(column)
        if kind.kind == "object" or kind.dtype.kind not in "biufc":
            raise CannotRoll(f"a {kind} is another one in each iteration")
        rows = [column[0]] * self.count
        for t, x in zip(turns, column):
            rows[t] = x
        if kind.kind == "int" and max(map(abs, rows)) >= 2**63:
            raise CannotRoll("its whole numbers are too large")
        table, first = self.context.table(place, kind, rows)
        return Source("table", (self.operand(table), self.operand(first)), python=_python(kind))

    # operands from outside

    def _of_outer(self, turns, column, place):
        """A Value from outside, or several: constants, or what another loop has computed."""
        context, x = self.context, column[0]
        if all(_same(y, x) for y in column):
            return Source("same", self.operand(x))
        if all(isinstance(y, Value) and y in context.constants for y in column):
            return self._table(turns, [context.constants[y] for y in column], place)
        known = [context.aliases.get(y) if isinstance(y, Value) else None for y in column]
        kind = common_kind(column)
        if all(hasattr(k, "number") and k.of is known[0].of for k in known):
            rows = self._of_literals(turns, [k.number for k in known], (*place, "row"))
            return Source("gather", self.operand(known[0].of), rows, _python(kind))
        distinct, rows = _numbered(column)
        pool = context.stacked(distinct, kind)
        return Source("gather", self.operand(pool), self._of_literals(turns, rows, place), _python(kind))

    # operands from earlier iterations

    def _register(self, refs):
        slots = frozenset(known[1] for _, _, known in refs if known is not None)
        inits = [y for _, y, known in refs if known is None]
        init = inits[0] if inits else None
        if len(refs) == self.count and len(slots) == len(inits) == 1 and refs[0][2] is None:
            (_, a, b), = slots              # the usual case, and quick: what the iteration before gave
            fits = all(refs[t][1] is self.iterations[t - 1][a].outputs[b] for t in range(1, self.count))
        else:
            fits = self._holds(init, slots, refs)
        return Source("register", self._register_of(init, slots, _kind(refs))) if fits else None

    def _holds(self, init, slots, refs):
        """True if what the slots gave last is, whenever it is read, what was read."""
        state, reads = init, {t: y for t, y, _ in refs}
        by_variant = [sorted(s for s in slots if s[0] == p) for p in range(len(self.variants))]
        for t, items in enumerate(self.iterations):
            if t in reads and not _same(reads[t], state):
                return False
            for _, a, b in by_variant[self.which[t]]:
                state = items[a].outputs[b]
        return True

    def _register_of(self, init, slots, type):
        init = as_type(init, type)
        for number, r in enumerate(self.registers):
            if r.follows is None and r.slots == slots and (r.init is init or _same(r.init, init)):
                return number
        self.registers.append(Register(init, slots, type))
        return len(self.registers) - 1

    def _delay(self, refs):
        """What one slot gave a fixed number of iterations before."""
        inside = [(t, known) for t, _, known in refs if known is not None]
        distances = {t - k for t, (k, _) in inside}
        d = min(distances)
        early = [y for _, y, known in refs if known is None]
        if len(self.variants) > 1 or len(distances) > 1 or d > LONGEST_DELAY or len(early) != min(d, self.count) \
                or len({slot for _, (_, slot) in inside}) > 1 or any(known is None for _, _, known in refs[d:]):
            return None
        kind = _kind(refs)
        number = self._register_of(early[d - 1], frozenset({inside[0][1][1]}), kind)
        for y in early[d - 2::-1] if d > 1 else ():
            number = self._follower_of(y, number, kind)
        return Source("register", number)

    def _follower_of(self, init, follows, type):
        init = as_type(init, type)
        for number, r in enumerate(self.registers):
            if r.follows == follows and (r.init is init or _same(r.init, init)):
                return number
        self.registers.append(Register(init, frozenset(), type, follows))
        return len(self.registers) - 1

    def _gathered(self, refs, place):
        """Something computed in any earlier iteration, or outside."""
        kind = _kind(refs)
        slots = tuple(sorted({known[1] for _, _, known in refs if known is not None}))
        outer, numbers = _numbered([y for _, y, known in refs if known is None])
        number = self._history_of(slots, outer, kind)
        history, numbers = self.histories[number], iter(numbers)
        rows = [next(numbers) if known is None else self.row(history, known) for _, _, known in refs]
        return Source("history", number, self._of_literals([t for t, _, _ in refs], rows, place), _python(kind))

    def row(self, history, known):
        """Where in a history stands what a slot gave in some iteration."""
        k, slot = known
        return len(history.outer) + k * history.width + history.place(slot)

    def _history_of(self, slots, outer, kind):
        if kind.kind in ("object", "bool", "int") or kind.dtype.kind not in "iufc":
            raise CannotRoll(f"a {kind} of an earlier iteration is read")
        for number, h in enumerate(self.histories):
            if h.slots == slots and len(h.outer) == len(outer) and all(map(_same, h.outer, outer)):
                return number
        width = max(sum(s[0] == p for s in slots) for p in range(len(self.variants)))
        self.histories.append(History(slots, outer, width, kind))
        return len(self.histories) - 1

    # what is read outside

    def _outside(self):
        """Give registers and histories to what somebody behind the loop reads."""
        wanted = {}
        for v, (k, slot) in self.defined.items():
            if self.context.last_use.get(v, -1) >= self.end:
                wanted.setdefault(slot, []).append((k, v))
        self.read_later = []        # (Value, history number, row)
        for slot, found in wanted.items():
            p, a, b = slot
            last = max(k for k, variant in enumerate(self.which) if variant == p)
            if [k for k, _ in found] == [last]:
                self._last_of(slot).out = found[0][1]
                continue
            number = self._history_of((slot,), [], found[0][1].type)
            self.read_later += [(v, number, self.row(self.histories[number], (k, slot))) for k, v in found]

    def _last_of(self, slot):
        for r in self.registers:
            if r.slots == {slot} and r.out is None:
                return r
        self.registers.append(Register(None, frozenset({slot}), self.item(slot)[1].type))
        return self.registers[-1]

    def _key(self):
        """What two loops have in common that differ in their operands only."""
        return (
            "loop", self.ways,
            tuple(tuple((item.key, tuple(s)) for item, s in zip(self.iterations[k], sources))
                  for k, sources in zip(self.variants, self.sources)),
            tuple((r.slots, r.follows, r.type, r.init is None, r.out is None) for r in self.registers),
            tuple((h.slots, len(h.outer), h.width, h.type) for h in self.histories),
        )


def _affine(turns, column):
    """(a, b) such that every whole number is a + b * i; b is None if there are none."""
    if len(column) == 1 or column[0] == column[-1]:
        return (column[0], 0) if all(x == column[0] for x in column) else (column[0], None)
    step, rest = divmod(column[1] - column[0], turns[1] - turns[0])
    start = column[0] - step * turns[0]
    fits = not rest and all(x == start + step * t for t, x in zip(turns, column))
    return start, step if fits else None


def _same(x, y):
    """True for one Value, or for literals that are the same to the last bit."""
    if x is y:
        return True
    if isinstance(x, Value) or isinstance(y, Value) or type(x) is not type(y):
        return False
    return _bits(x) == _bits(y)


def _bits(x):
    """What tells literals apart, to the last bit."""
    return (x.dtype, x.shape, x.tobytes()) if isinstance(x, np.ndarray) else (type(x), repr(x))


def _numbered(column):
    """(the distinct operands, for each of the column its number among them)."""
    numbers = {}
    rows = [numbers.setdefault(id(x) if isinstance(x, Value) else _bits(x), len(numbers)) for x in column]
    distinct = [column[rows.index(number)] for number in range(len(numbers))]
    return distinct, rows


def _kind(refs):
    return common_kind([y for _, y, _ in refs])


def _python(kind):
    return kind.kind if kind.kind in PYTHON_KINDS else None
