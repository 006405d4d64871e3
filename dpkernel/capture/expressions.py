"""How expressions are read.

In:  a scope and a node of a syntax tree.
Out: a number, a Value, an Array or View, a tuple, or an object that is the same at every call.
Start at `binary`.
"""

import ast
import types

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.build import emit
from ..ir.types import FLOAT, Type
from ..primitives import control, products
from ..primitives import elementwise as e
from ..primitives import shape as sh
from .scope import Array, Refused, View, expression, is_array, is_whole, operand

BINARY = {
    ast.Add: e.add, ast.Sub: e.subtract, ast.Mult: e.multiply, ast.Div: e.divide, ast.FloorDiv: e.floor_divide,
    ast.Mod: e.remainder, ast.Pow: e.power, ast.MatMult: products.matmul,
}
COMPARE = {
    ast.Eq: e.equal, ast.NotEq: e.not_equal, ast.Lt: e.less, ast.LtE: e.less_equal, ast.Gt: e.greater,
    ast.GtE: e.greater_equal,
}


@expression(ast.Constant)
def constant(scope, node):
    return node.value


@expression(ast.Name)
def name(scope, node):
    return scope.look_up(node.id)


@expression(ast.Tuple, ast.List)
def display(scope, node):
    if any(isinstance(x, ast.Starred) for x in node.elts):
        raise Refused("a star in a tuple or a list")
    return (tuple if isinstance(node, ast.Tuple) else list)(map(scope.value, node.elts))


@expression(ast.Dict)
def dictionary(scope, node):
    keys = [scope.value(k) if k is not None else None for k in node.keys]
    if not all(isinstance(k, (str, int)) for k in keys):
        raise Refused("a dict with such keys")
    return dict(zip(keys, map(scope.value, node.values)))


@expression(ast.BinOp)
def binary(scope, node):
    """Arithmetic; of tuples and lists their own."""
    a, b = scope.value(node.left), scope.value(node.right)
    if isinstance(a, (tuple, list)) or isinstance(b, (tuple, list)):
        return sequences(type(node.op), a, b)
    primitive = BINARY.get(type(node.op))
    if primitive is None:
        raise Refused(f"the operator {type(node.op).__name__}")
    return computed(scope, primitive, a, b)


def sequences(op, a, b):
    if op is ast.Add and type(a) is type(b):
        return a + b
    if op is ast.Mult and isinstance(a, list) and type(b) is int:
        return a * b
    raise Refused("arithmetic with a tuple or a list")


def computed(scope, primitive, *operands, **attributes):
    """The result of a primitive: a new Array if it has axes. Extents that meet are compared when the program runs."""
    operands = [operand(x) for x in operands]
    if primitive is e.power and all(is_whole(x) for x in operands) and not (type(operands[1]) is int and operands[1] >= 0):
        raise Refused("a power of whole numbers whose exponent may be negative")
    return held(scope, emit(primitive, *operands, **attributes))


def held(scope, y):
    """A result as the program's own object."""
    if isinstance(y, (np.float64, np.int64, np.bool_)):
        return y.item()
    return scope.program.new_array(y) if isinstance(y, Value) and y.type.shape else y


def as_float(y):
    """A number as Python's float."""
    return emit(e.as_float, y) if isinstance(y, Value) and y.type is not FLOAT else y


@expression(ast.UnaryOp)
def unary(scope, node):
    x = scope.value(node.operand)
    if isinstance(node.op, ast.Not):
        return negated(truth(scope, x))
    if isinstance(node.op, ast.UAdd):
        return x
    if isinstance(node.op, ast.Invert):
        raise Refused("the operator ~")
    return -x if type(x) in (int, float) else computed(scope, e.negative, x)


def truth(scope, x):
    """What `if x` asks: True or False, or a Value of it."""
    if is_array(x):
        if x.type.shape:
            raise Refused("the truth of an array")
        x = x.read()
    if not isinstance(x, Value):
        return bool(x)
    return x if x.type.dtype.kind == "b" else emit(e.not_equal, x, 0)


def negated(x):
    return emit(e.logical_not, x) if isinstance(x, Value) else not x


@expression(ast.Compare)
def compare(scope, node):
    """A chain `a < b < c` is read once from left to right; nothing in it can fail."""
    found, left = None, scope.value(node.left)
    for op, right in zip(node.ops, node.comparators):
        right = scope.value(right)
        one = compared(scope, type(op), left, right)
        found = one if found is None else both(found, one)
        left = right
    return found


def compared(scope, op, a, b):
    if op in (ast.Is, ast.IsNot):
        if isinstance(a, Value) and isinstance(b, Value):
            raise Refused("the identity of numbers")
        return (a is b) == (op is ast.Is)
    if op not in COMPARE:
        if isinstance(b, (tuple, list, dict)) and not isinstance(a, (Value, Array, View)):
            return (a in b) == (op is ast.In)
        raise Refused("membership")
    if isinstance(a, (str, type(None))) or isinstance(b, (str, type(None))):
        return {ast.Eq: a == b, ast.NotEq: a != b}[op]
    return computed(scope, COMPARE[op], a, b)


def both(a, b):
    if not isinstance(a, Value):
        return b if a else a
    if not isinstance(b, Value):
        return a if b else b
    return emit(e.logical_and, a, b)


@expression(ast.BoolOp)
def boolean(scope, node):
    """`a and b` reads b only if a is true, so b is a region of its own."""
    first, *rest = node.values
    x = truth(scope, scope.value(first))
    is_and = isinstance(node.op, ast.And)
    if not rest:
        return x
    others = ast.copy_location(ast.BoolOp(node.op, rest), node)
    if not isinstance(x, Value):
        return boolean(scope, others) if x == is_and else x
    return choose(scope, x, *((others, not is_and) if is_and else (True, others)))


@expression(ast.IfExp)
def either(scope, node):
    condition = truth(scope, scope.value(node.test))
    if not isinstance(condition, Value):
        return scope.value(node.body if condition else node.orelse)
    return choose(scope, condition, node.body, node.orelse)


def choose(scope, condition, *nodes):
    """A branch whose arms are expressions (or literals) with one number each."""
    arms, results = [], []
    for node in nodes:
        region = scope.program.enter()
        try:
            x = scope.value(node) if isinstance(node, ast.AST) else node
            results.append(operand(truth(scope, x) if node is not nodes[0] and type(results[0]) is bool else x))
        finally:
            written = scope.program.leave(region)
        if written:
            raise Refused("an expression that writes into an array, under a condition")
        arms.append(region)
    kind = joined(*map(type_of_operand, results))
    if kind.shape:
        raise Refused("an array that is chosen in an expression")
    regions = tuple(scope.program.block(arm, [], [r]) for arm, r in zip(arms, results))
    return held(scope, scope.program.append(control.branch, (condition,), (kind,), regions)[0])


def joined(a, b):
    """The type of a number that is sometimes `a` and sometimes `b`."""
    if a == b:
        return a
    if a.ndim != b.ndim:
        raise Refused("a value that is sometimes a number and sometimes an array, or changes its rank")
    if a.shape:
        if a.dtype != b.dtype:
            raise Refused("an array whose dtype changes")
        check_extents(a.shape, b.shape)
        return a
    if "b" in (a.dtype.kind, b.dtype.kind) and a.dtype != b.dtype:
        raise Refused("a value that is sometimes a bool and sometimes a number")
    if a.dtype == b.dtype:
        return Type("scalar", a.dtype)
    return FLOAT


def check_extents(a, b):
    """Refused unless two shapes may be the same when the program runs (then it is left where they are not)."""
    for n, m in zip(a, b):
        if n is not m and (n == 1 if type(n) is int else False) != (m == 1 if type(m) is int else False) \
                or type(n) is int and type(m) is int and n != m:
            raise Refused("an array whose shape changes")


@expression(ast.Attribute)
def attribute(scope, node):
    x = scope.value(node.value)
    if is_array(x):
        return of_array(scope, x, node.attr)
    if isinstance(x, types.ModuleType) and x.__name__.split(".")[0] in ("numpy", "math"):
        return getattr(x, node.attr)        # of other modules and of classes, attributes may change from call to call
    if isinstance(x, np.ufunc):
        return getattr(x, node.attr)
    if isinstance(x, Value):
        raise Refused(f".{node.attr} of a number")
    if isinstance(x, tuple) and hasattr(type(x), "_fields"):
        return getattr(x, node.attr)
    raise Refused(f".{node.attr} of {type(x).__name__}")


def of_array(scope, x, name):
    shape = x.type.shape
    if name == "shape":
        return tuple(shape)
    if name == "ndim":
        return len(shape)
    if name == "size":
        size = 1
        for n in shape:
            size = size * n
        return size
    if name == "T":
        axes = tuple(range(len(shape)))[::-1]
        return held(scope, emit(sh.transpose, x.read(), axes=axes)) if len(shape) > 1 else x
    if name == "dtype":
        return x.type.dtype
    return Method(x, name)


class Method:
    """A method of an array, about to be called."""

    def __init__(self, array, name):
        self.array, self.name = array, name
