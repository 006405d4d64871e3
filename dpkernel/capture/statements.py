"""How statements are read, except loops.

In:  a scope, a statement, and the statements after it.
Out: None, or a Returned if the rest of the body has been read and ends with a value.
Start at `assign`.
"""

import ast

from ..ir.block import Block, Value, type_of_operand
from ..ir.build import copied, emit
from ..primitives import control
from ..primitives import functions as f
from ..primitives import index as ix
from .expressions import BINARY, computed, joined, truth
from .places import at, composed, places
from .scope import Array, Left, Refused, Returned, View, check_alone, is_array, operand, statement
from .trees import Slot, filled, flat, like


@statement(ast.Expr)
def bare(scope, node, after):
    if not isinstance(node.value, ast.Constant):
        scope.value(node.value)


@statement(ast.Pass)
def nothing(scope, node, after):
    return None


@statement(ast.Return)
def give(scope, node, after):
    return Returned(scope.value(node.value) if node.value else None)


@statement(ast.Assign)
def assign(scope, node, after):
    x = scope.value(node.value)
    for target in node.targets:
        bind(scope, target, x)


@statement(ast.AnnAssign)
def annotated(scope, node, after):
    if node.value is not None:
        bind(scope, node.target, scope.value(node.value))


def bind(scope, target, x):
    """`target = x`."""
    if isinstance(target, ast.Name):
        scope.names[target.id] = x
        if isinstance(x, Value) and x.name is None:
            x.name = target.id
        elif isinstance(x, Array) and x.value.name is None:
            x.value.name = target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        unpack(scope, target, x)
    elif isinstance(target, ast.Subscript):
        store(scope, target, x)
    else:
        raise Refused(f"an assignment to {type(target).__name__}", scope.span(target))


def unpack(scope, target, x):
    if any(isinstance(t, ast.Starred) for t in target.elts):
        raise Refused("a star in an assignment")
    if is_array(x):
        if type(x.type.shape[0]) is not int:
            form = "i"
            x = [at(scope, x, [k], form) for k in range(len(target.elts))]
        else:
            x = [at(scope, x, [k], "i") for k in range(x.type.shape[0])]
    if not isinstance(x, (tuple, list)) or len(x) != len(target.elts):
        raise Refused("an unpacking of something else than a tuple")
    for t, part in zip(target.elts, x):
        bind(scope, t, part)


def store(scope, target, x):
    """`a[...] = x`."""
    array = scope.value(target.value)
    if isinstance(array, (list, dict)):
        raise Refused("an assignment into a list or a dict")
    if not is_array(array):
        raise Refused(f"an assignment into {type(array).__name__}")
    operands, form = places(scope, array.type, target.slice)
    write(scope, array, operands, form, x)


def write(scope, array, operands, form, x):
    if any(isinstance(k, Value) and k.type.shape for k in operands):
        raise Refused("a write at an array of places, some of which may be the same")
    view = at_places(scope, array, operands, form)
    kind, value = view.base.type, operand(x)
    found = type_of_operand(value)
    if found.dtype.kind == "f" and kind.dtype.kind != "f" or found.dtype.kind == "c":
        raise Refused("a float written into an array of whole numbers")
    if found.ndim > view.type.ndim:
        raise Refused("a write with more axes than there are places")
    scope.program.write(view.base, emit(ix.update, view.base.read(), value, *view.operands, form=view.form))


def at_places(scope, array, operands, form):
    """A View even of a single element."""
    if isinstance(array, View):
        return View(array.base, *composed(array, operands, form))
    return View(array, operands, form)


@statement(ast.AugAssign)
def augmented(scope, node, after):
    """`x += y`: an array is written in place, a number is a new one."""
    primitive = BINARY.get(type(node.op))
    if primitive is None:
        raise Refused(f"the operator {type(node.op).__name__}")
    if isinstance(node.target, ast.Subscript):
        array = scope.value(node.target.value)
        if not is_array(array):
            raise Refused("an assignment into a list or a dict")
        operands, form = places(scope, array.type, node.target.slice)
        now = at(scope, array, operands, form)
        write(scope, array, operands, form, computed(scope, primitive, now, scope.value(node.value)))
        return
    if not isinstance(node.target, ast.Name):
        raise Refused("an assignment to an attribute")
    x = scope.value(node.target) if node.target.id in scope.names else refuse("a name from outside that is assigned")
    y = scope.value(node.value)
    if isinstance(x, (list, tuple)):
        raise Refused("a list that grows")
    if not is_array(x):
        scope.names[node.target.id] = named(computed(scope, primitive, x, y), node.target.id)
        return
    result = computed(scope, primitive, x, y)
    if type_of_operand(operand(result)).shape != x.type.shape:
        raise Refused("an array that an operator in place would enlarge")
    if isinstance(x, View):
        write(scope, x, *everything(x), result)
    else:
        if result.type.dtype != x.type.dtype:
            raise Refused("an operator in place that changes the dtype")
        scope.program.write(x, result.value)


def everything(view):
    operands, form = [], ""
    for n in view.type.shape:
        operands, form = [*operands, 0, n, 1], form + "w"
    return operands, form


def named(x, name):
    if isinstance(x, Value) and x.name is None:
        x.name = name
    return x


def refuse(why):
    raise Refused(why)


@statement(ast.If)
def branch(scope, node, after):
    """Two arms. Where one of them returns, what comes after belongs to the other."""
    condition = truth(scope, scope.value(node.test))
    if not isinstance(condition, Value):
        return scope.run((node.body if condition else node.orelse) + after) if returns(node) else \
            scope.run(node.body if condition else node.orelse)
    arms = [node.body, node.orelse]
    if returns(node):
        arms = [body + after for body in arms]
    return branched(scope, condition, arms)


def returns(node):
    return any(isinstance(x, ast.Return) for x in walk(node))


def walk(node):
    """The node and all below it, functions and classes left out."""
    yield node
    for x in ast.iter_child_nodes(node):
        if not isinstance(x, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            yield from walk(x)


def branched(scope, condition, arms):
    """Read both arms, and join what they leave."""
    before, ends = dict(scope.names), []
    for body in arms:
        scope.names = dict(before)
        region = scope.program.enter()
        try:
            returned = scope.run(body)
        finally:
            final = scope.program.leave(region)
        ends.append((region, scope.names, final, returned))
    (one, names_1, final_1, back_1), (two, names_2, final_2, back_2) = ends
    if (back_1 is None) != (back_2 is None):
        raise Refused("a return under a condition, in a place where something else may follow")
    both = {name: (x, names_2[name]) for name, x in names_1.items() if name in names_2}
    kept = {name: ends for name, ends in both.items() if ends[0] is ends[1] or not any(isinstance(x, Left) for x in ends)}
    kept = kept if back_1 is None else {}
    if back_1:
        kept["return"] = back_1.value, back_2.value
    arrays = list(dict.fromkeys([*final_1, *final_2]))
    results, joins, moved = ([], []), {}, []
    for name, (x, y) in kept.items():
        joins[name] = join(scope, x, y, (final_1, final_2), results, moved)
    check_moved(scope, moved, (names_1, names_2), set() if back_1 else {name for name, (x, y) in kept.items() if x is not y}, before)
    for array in arrays:
        results[0].append(final_1.get(array, array.value))
        results[1].append(final_2.get(array, array.value))
    kinds = [joined(type_of_operand(x), type_of_operand(y)) for x, y in zip(*results)]
    kinds = [one_shape(kind, k, results, (one, two)) for k, kind in enumerate(kinds)]
    params = [[Value(array.type, array.value.name) for array in arrays] for _ in arms]
    regions = tuple(as_region(region, values, own, arrays) for (region, *_), values, own in zip(ends, results, params))
    outs = scope.program.append(control.branch, (condition, *(a.value for a in arrays)), kinds, regions)
    outs, written = outs[:len(outs) - len(arrays)], outs[len(outs) - len(arrays):]
    for array, y in zip(arrays, written):
        y.name = array.value.name
        scope.program.write(array, y)
    after = {name: filled(scope.program, tree, outs, any(z.given for pair in moved for z in pair)) for name, tree in joins.items()}
    scope.names = before if back_1 else {**before, **after}
    for name in ({*names_1, *names_2} - set(kept) if back_1 is None else ()):
        scope.names.pop(name, None)
    return Returned(after["return"]) if back_1 else None


def one_shape(kind, k, results, regions):
    """The type of a result whose extents are known after the branch; an arm with others brings its own into this shape."""
    made = [{y for i in region.builder.instructions for y in i.outputs} for region in regions]
    for arm in (0, 1):
        found, other = type_of_operand(results[arm][k]), type_of_operand(results[1 - arm][k])
        if found.shape == other.shape and not any(n in made[arm] for n in found.shape):
            return kind
        if found.shape and not any(n in made[arm] for n in found.shape):
            with regions[1 - arm].builder:
                results[1 - arm][k] = f.broadcast_to(results[1 - arm][k], found.shape)
            return found
    if kind.shape:
        raise Refused("an array whose shape is known under a condition only")
    return kind


def as_region(region, results, params, arrays):
    """A block in which parameters stand for the arrays that came in."""
    mapping = dict(zip((a.value for a in arrays), params))
    instructions = copied(region.builder.instructions, mapping)
    return Block(params, instructions, [mapping.get(y, y) if isinstance(y, Value) else y for y in results])


def join(scope, x, y, finals, results, moved):
    """What a name is after both arms: the same object, or results of the branch put into its structure.

    moved   [(Array of the first arm, of the second, number of the result)], to which this adds
    """
    if x is y:
        return x
    xs, ys = flat(x), flat(y)
    if len(xs) != len(ys) or type(x) is not type(y) and isinstance(x, (tuple, list, dict)):
        raise Refused("a name that is something else in each arm")
    tree = []
    for a, b in zip(xs, ys):
        if a is b or type(a) is type(b) and type(a) in (int, float, bool) and a == b:
            tree.append(a)
            continue
        if isinstance(a, View) or isinstance(b, View):
            raise Refused("a view under a condition")
        for k, z in enumerate((a, b)):
            results[k].append(finals[k].get(z, z.value) if isinstance(z, Array) else operand(z))
        if isinstance(a, Array):
            moved.append((a, b))
        tree.append(Slot(len(results[0]) - 1))
    return like(x, tree)


def check_moved(scope, moved, arms, names, before):
    """Names that are another array in each arm: no other name may be that array in one arm, or hold one of before.

    arms   what the names stand for at the end of each arm
    """
    for ends, arrays in zip(arms, zip(*moved)):
        held = [leaf.base if isinstance(leaf, View) else leaf for x in ends.values() for leaf in flat(x) if is_array(leaf)]
        if any(held.count(z) > 1 for z in arrays):
            raise Refused("names of one array that part under a condition")
    old = {z for pair in moved for z in pair if z.level <= scope.program.region.level}
    check_alone(scope, old, names, before)
