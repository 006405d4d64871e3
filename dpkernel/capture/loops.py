"""How loops are read: the body once, with what it changes carried from iteration to iteration.

In:  a scope and a `for` or a `while`.
Out: one `loop` or `while_loop` in the program.
Start at `Repetition`. What a body changes is found out by reading it: it is read again until nothing is new.
"""

import ast

from ..ir.block import Block, Value, type_of_operand
from ..ir.build import emit
from ..ir.types import INT
from ..primitives import control
from ..primitives import elementwise as e
from ..primitives import functions as f
from .expressions import check_extents, joined, truth
from .jumps import jumps, without_jumps
from .places import at
from .scope import Array, Left, Refused, View, check_alone, is_array, operand, statement
from .statements import bind, branched, returns, walk
from .trees import flat, like

MOST_READINGS = 12
MOST_UNROLLED = 32


class Range:
    """range(lo, hi, step) with numbers of the program."""

    def __init__(self, lo, hi, step):
        self.lo, self.hi, self.step = lo, hi, step

    def length(self):
        if (self.lo, self.step) == (0, 1):
            return self.hi
        return f.trips(self.lo, self.hi, self.step)

    def item(self, scope, k):
        return k if (self.lo, self.step) == (0, 1) else k * self.step + self.lo


class Items:
    """What `for` goes through, addressed by number."""

    def __init__(self, length, item):
        self._length, self.item = length, item

    def length(self):
        return self._length


def items(x):
    """Anything that a loop goes through, as a Range or Items."""
    if isinstance(x, (Range, Items)):
        return x
    if is_array(x):
        return Items(x.type.shape[0], lambda scope, k: at(scope, x, [k], "i"))
    raise Refused(f"a loop over {type(x).__name__}")


@statement(ast.For)
def for_loop(scope, node, after):
    if returns(node):
        raise Refused("a return inside a loop")
    over = scope.value(node.iter)
    if isinstance(over, (tuple, list)):
        return unrolled(scope, node, over)
    over = items(over)
    if jumps(node.body):
        return with_break(scope, node, over)
    if isinstance(over, Range):
        bounds, item = (over.lo, over.hi, over.step), lambda i: i
    else:
        bounds, item = (0, over.length(), 1), lambda i: over.item(scope, i)
    named = node.target.id if isinstance(node.target, ast.Name) and isinstance(over, Range) else None

    def body(i):
        bind(scope, node.target, item(i))
        scope.run(node.body)

    Repetition(scope, node, body).loop(bounds, named)
    scope.run(node.orelse)


def unrolled(scope, node, over):
    if jumps(node.body) or len(over) > MOST_UNROLLED:
        raise Refused("such a loop over a tuple or a list")
    for x in over:
        bind(scope, node.target, x)
        scope.run(node.body)
    scope.run(node.orelse)


def with_break(scope, node, over):
    """A `for` that may end early is a `while` with a flag and a counter."""
    go, number = f"go {node.lineno}", f"k {node.lineno}"
    length = over.length()
    scope.names[go], scope.names[number] = True, 0
    statements = without_jumps(node.body, go)

    def body():
        bind(scope, node.target, over.item(scope, scope.names[number]))
        scope.names[number] = scope.names[number] + 1
        scope.run(statements)

    def condition():
        return emit(e.logical_and, scope.names[go], emit(e.less, scope.names[number], length))

    Repetition(scope, node, body, [go, number]).while_loop(condition)
    finish(scope, node, go)


@statement(ast.While)
def while_loop(scope, node, after):
    if returns(node):
        raise Refused("a return inside a loop")
    go, statements, test = f"go {node.lineno}", node.body, node.test
    if jumps(node.body):
        scope.names[go] = True
        statements = without_jumps(node.body, go)
        test = ast.copy_location(ast.BoolOp(ast.And(), [ast.copy_location(ast.Name(go, ast.Load()), test), test]), test)
    Repetition(scope, node, lambda: scope.run(statements), [go]).while_loop(lambda: truth(scope, scope.value(test)))
    finish(scope, node, go)


def finish(scope, node, go):
    """The `else` of a loop, and no flag any more."""
    flag = scope.names.get(go, True)
    if node.orelse:
        if isinstance(flag, Value):
            branched(scope, flag, [node.orelse, []])
        elif flag:
            scope.run(node.orelse)
    scope.names.pop(go, None)
    scope.names.pop(f"k {node.lineno}", None)


class Repetition:
    """One loop being read.

    numbers   {(name, leaf's number): Type} carried numbers
    arrays    {Array: None} from outside, whose versions are carried: written, or another one bound to their name
    """

    def __init__(self, scope, node, body, more=()):
        self.scope, self.node, self.read_body = scope, node, body
        self.assigned = list(dict.fromkeys([*more, *stores(node)]))
        self.before = {name: x for name, x in scope.names.items() if not (isinstance(x, Left) and name in self.assigned)}
        self.numbers, self.arrays, self.last, self.saved = {}, {}, {}, {}

    def loop(self, bounds, name):
        """loop(lo, hi, step, *carried; body)."""
        lo, hi, step = map(operand, bounds)

        def read():
            i = Value(INT, name)
            self.read_body(i)
            return [i]

        inputs, region, params, results, _ = self.settled(read)
        body = Block([*region[1], *params], region[0].builder.instructions, results)
        kinds = [p.type for p in params]
        outs = self.scope.program.append(control.loop, (lo, hi, step, *inputs), kinds, (body,))
        self.leave(outs, lambda: emit(e.less, *((lo, hi) if step > 0 else (hi, lo))))

    def while_loop(self, read_condition):
        """while_loop(*carried; condition, body): the condition reads the same carried values."""
        def read():
            self.read_body()
            return []

        inputs, region, params, results, test = self.settled(read, read_condition)
        body = Block(params, region[0].builder.instructions, results)
        outs = self.scope.program.append(control.while_loop, tuple(inputs), [*(p.type for p in params), INT], (test, body))
        self.leave(outs[:-1], lambda: emit(e.greater, outs[-1], 0))

    def settled(self, read, read_condition=None):
        """Read the body until what it changes is what is carried."""
        for _ in range(MOST_READINGS):
            self.restore()
            test = self.condition(read_condition) if read_condition else None
            region = self.scope.program.enter()
            try:
                params = self.begin()
                extra = read()
                changed, results = self.end(region)
            finally:
                self.scope.program.leave(region)
                self.restore()
            if not changed:
                params += [Value(type_of_operand(x), name) for name, x in self.last.items()]
                if test is not None:
                    test.inputs += [Value(p.type) for p in params[len(test.inputs):]]
                return self.initial(), (region, extra), params, results, test
        raise Refused("a loop whose carried values do not settle")

    def condition(self, read_condition):
        region = self.scope.program.enter()
        try:
            params = self.begin()
            x = read_condition()
        finally:
            written = self.scope.program.leave(region)
            self.restore()
        if set(written) - set(self.arrays):
            raise Refused("a condition that writes into an array")
        return Block(params, region.builder.instructions, [operand(x)])

    def begin(self):
        """Put parameters in the place of what is carried."""
        scope, params = self.scope, []
        by_name = {}
        for (name, k), kind in self.numbers.items():
            by_name.setdefault(name, {})[k] = Value(kind, plain_name(name))
        for name, found in by_name.items():
            scope.names[name] = like(self.before[name], [found.get(k, x) for k, x in enumerate(flat(self.before[name]))])
            params += [found[k] for k in sorted(found)]
        self.saved = {array: array.value for array in self.arrays}
        for array in self.arrays:
            array.value = Value(array.value.type, array.value.name)
            params.append(array.value)
        return params

    def restore(self):
        self.scope.names = dict(self.before)
        for array, value in self.saved.items():
            array.value = value

    def initial(self):
        return [*(operand(flat(self.before[name])[k]) for name, k in self.sorted_numbers()), *(a.value for a in self.arrays),
                *(type_of_operand(x).dtype.type(0).item() for x in self.last.values())]

    def sorted_numbers(self):
        order = {name: n for n, name in enumerate(dict.fromkeys(name for name, _ in self.numbers))}
        return sorted(self.numbers, key=lambda key: (order[key[0]], key[1]))

    def end(self, region):
        """(is something new carried?, results of the body in the order of the parameters)."""
        changed, self.bound = False, {}
        for name in self.assigned:
            if name not in self.before:
                continue
            if name not in self.scope.names:
                raise Refused(f"`{name}` is not always bound")
            changed |= self.compare(name, self.before[name], self.scope.names[name])
        for array in region.written:
            if array not in self.arrays:
                self.arrays[array] = None
                changed = True
        if changed:
            return True, []
        results = [operand(flat(self.scope.names[name])[k]) for name, k in self.sorted_numbers()]
        for array in self.arrays:       # one that takes another's place has the same extents, or the program stops
            y = self.bound.get(array, array).read()
            check_extents(y.type.shape, self.saved[array].type.shape)
            results.append(f.broadcast_to(y, self.saved[array].type.shape))
        if self.bound:
            self.check_bound(region)
        self.last = {name: operand(self.scope.names[name]) for name in self.assigned if self.is_left(name)}
        return False, [*results, *self.last.values()]

    def is_left(self, name):
        """True for a number of the last iteration that is read after the loop, and was not there before."""
        x = self.scope.names.get(name)
        if name in self.before or isinstance(x, bool) or not isinstance(x, (Value, int, float)) or operand(x) is not x:
            return False
        return any(isinstance(n, ast.Name) and n.id == name and n.lineno > self.node.end_lineno for n in ast.walk(self.scope.node))

    def compare(self, name, x, y):
        xs, ys = flat(x), flat(y)
        if len(xs) != len(ys) or type(x) is not type(y) and isinstance(x, (tuple, list, dict)):
            raise Refused(f"`{name}` changes its structure in a loop")
        changed = False
        for k, (a, b) in enumerate(zip(xs, ys)):
            if (name, k) in self.numbers:
                kind = joined(self.numbers[name, k], type_of_operand(operand(b)))
                changed |= kind != self.numbers[name, k]
                self.numbers[name, k] = kind
            elif a is b:
                continue
            elif isinstance(a, Array) and isinstance(b, (Array, View)):
                joined(a.type, b.type)
                if self.bound.setdefault(a, b) is not b:
                    raise Refused("two names of one array that part in a loop")
                if a not in self.arrays:
                    self.arrays[a] = None
                    changed = True
            elif isinstance(a, (Value, int, float)) and not is_array(b) and isinstance(b, (Value, int, float)):
                self.numbers[name, k] = joined(type_of_operand(operand(a)), type_of_operand(operand(b)))
                changed = True
            else:
                raise Refused(f"`{name}` is something else after an iteration")
        return changed

    def check_bound(self, region):
        """Names that change their arrays: nobody else may hold one of these, or be written through."""
        moved = set(self.bound)
        for a, b in self.bound.items():
            base = b.base if isinstance(b, View) else b
            if isinstance(b, View) or base.level <= region.level - 1 and base not in moved:
                raise Refused("a name that becomes another array of before the loop")
        if len(set(self.bound.values())) < len(self.bound):
            raise Refused("two arrays that become one in a loop")
        if any(a in region.written for a in moved) and any(a.given for a in moved):
            raise Refused("it may write into its argument")
        check_alone(self.scope, moved, self.assigned, self.before)

    def leave(self, outs, has_run):
        """What the names stand for after the loop; `has_run()` says whether there was an iteration."""
        scope, numbers = self.scope, self.sorted_numbers()
        for y, (name, k) in zip(outs, numbers):
            y.name = plain_name(name)
        renewed = {}
        for y, array in zip(outs[len(numbers):], self.arrays):
            y.name = array.value.name
            if array in self.bound:
                renewed[array] = scope.program.new_array(y)
            else:
                scope.program.write(array, y)
        places = {key: n for n, key in enumerate(numbers)}
        for name in self.assigned:
            if name in self.before:
                leaves = [outs[places[name, k]] if (name, k) in places else renewed.get(x, x) if isinstance(x, Array) else x
                          for k, x in enumerate(flat(self.before[name]))]
                scope.names[name] = like(self.before[name], leaves)
            else:
                scope.names.pop(name, None)
        if self.last:
            condition = has_run()
            for y, name in zip(outs[len(outs) - len(self.last):], self.last):
                scope.names[name], y.name = Left(y, condition), name


def plain_name(name):
    return None if " " in name else name


def stores(node):
    """Names that a statement assigns."""
    return [x.id for x in walk(node) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)]
