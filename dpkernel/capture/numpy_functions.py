"""What calls of NumPy's functions, of `math`'s and of methods of arrays mean in a program.

In:  a scope and the arguments.
Out: a number, a Value or an Array.
Start anywhere.
"""

import math

import numpy as np

from ..ir.block import type_of_operand
from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import functions as f
from ..primitives import products, reduce, shape
from .calls import FUNCTIONS, METHODS, known, method
from .expressions import as_float, computed, held
from .python_functions import whole_range
from .scope import Array, Refused, is_array, is_whole, operand
from .statements import everything, write

# element by element

def _elementwise(primitive, is_python=False):
    """`is_python`: a function of `math`, which takes numbers and returns a float."""
    def read(scope, *operands):
        if not is_python:
            return computed(scope, primitive, *operands)
        if any(type_of_operand(operand(x)).shape for x in operands):
            raise Refused("a function of `math` of an array")
        return as_float(computed(scope, primitive, *operands))
    return read


for _function, _primitive in {
    np.add: e.add, np.subtract: e.subtract, np.multiply: e.multiply, np.divide: e.divide, np.power: e.power, np.negative: e.negative,
    np.abs: e.absolute, abs: e.absolute, math.fabs: e.absolute, np.exp: e.exp, math.exp: e.exp, np.log: e.log, np.sqrt: e.sqrt,
    math.sqrt: e.sqrt, np.sin: e.sin, math.sin: e.sin, np.cos: e.cos, math.cos: e.cos, np.tan: e.tan, math.tan: e.tan,
    np.arcsin: e.arcsin, np.arccos: e.arccos, np.arctan: e.arctan, math.asin: e.arcsin, math.acos: e.arccos, math.atan: e.arctan,
    np.sinh: e.sinh, math.sinh: e.sinh, np.cosh: e.cosh, math.cosh: e.cosh, np.tanh: e.tanh, math.tanh: e.tanh, np.log1p: e.log1p,
    math.log1p: e.log1p, np.expm1: e.expm1, math.expm1: e.expm1, np.log2: e.log2, np.log10: e.log10, math.log2: e.log2,
    math.log10: e.log10, np.arctan2: e.arctan2, math.atan2: e.arctan2, np.hypot: e.hypot, math.hypot: e.hypot,
    np.maximum: e.maximum, np.minimum: e.minimum, np.sign: e.sign, np.floor: e.floor, np.ceil: e.ceil, np.matmul: products.matmul,
    np.logical_and: e.logical_and, np.logical_or: e.logical_or, np.logical_not: e.logical_not, math.pow: e.power,
    np.greater: e.greater, np.less: e.less, np.logaddexp: e.logaddexp, np.arcsinh: e.arcsinh, np.arccosh: e.arccosh,
    np.arctanh: e.arctanh, math.asinh: e.arcsinh, math.acosh: e.arccosh, math.atanh: e.arctanh, np.cbrt: e.cbrt, np.exp2: e.exp2,
    np.isnan: e.isnan, np.equal: e.equal, np.greater_equal: e.greater_equal, np.less_equal: e.less_equal,
}.items():
    FUNCTIONS[_function] = _elementwise(_primitive, getattr(math, _function.__name__, None) is _function)


@known(math.log)
def log(scope, x, base=None):
    y = as_float(computed(scope, e.log, x))
    return y if base is None else computed(scope, e.divide, y, as_float(computed(scope, e.log, base)))


@known(np.square)
def square(scope, x):
    return computed(scope, e.multiply, x, x)


@known(np.where)
def where(scope, condition, a, b):
    return computed(scope, e.select, condition, a, b)


@known(np.clip)
def clip(scope, x, low, high):
    return computed(scope, e.minimum, computed(scope, e.maximum, x, low), high)


@known(np.dot)
def dot(scope, a, b):
    if not type_of_operand(operand(a)).shape or not type_of_operand(operand(b)).shape:
        return computed(scope, e.multiply, a, b)
    return computed(scope, products.matmul, a, b)


@known(np.outer)
def outer(scope, a, b):
    a, b = operand(a), operand(b)
    return held(scope, f.reshape(a, (*a.type.shape, 1)) * f.reshape(b, (1, *b.type.shape)))


# reductions

def _reduction(primitive):
    def read(scope, x, axis=None, keepdims=False):
        if isinstance(x, (tuple, list)):
            raise Refused("a reduction of a tuple or a list")
        if not is_array(x) or x.type.dtype.kind != "f" and primitive is not reduce.reduce_sum:
            raise Refused("such a reduction")
        kind, value = x.type, x.read()
        axes = tuple(range(kind.ndim)) if axis is None else tuple(sorted({a % kind.ndim for a in (axis if isinstance(axis, tuple) else (axis,))}))
        y = emit(primitive, value, axes=axes)
        if keepdims:
            y = f.restore_axes(y, kind.shape, axes)
        return held(scope, y)
    return read


read_sum = FUNCTIONS[np.sum] = METHODS["sum"] = _reduction(reduce.reduce_sum)
FUNCTIONS[np.max] = METHODS["max"] = _reduction(reduce.reduce_max)
FUNCTIONS[np.min] = METHODS["min"] = _reduction(reduce.reduce_min)


@known(np.mean)
def mean(scope, x, axis=None, keepdims=False):
    total, n = read_sum(scope, x, axis, keepdims), 1
    for a in range(x.type.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,):
        n = n * x.type.shape[a]
    return computed(scope, e.divide, total, n)


METHODS["mean"] = mean


@known(np.linalg.norm)
def norm(scope, x):
    """The root of the sum of squares; at zero, where it has a kink, the program is left."""
    return computed(scope, e.sqrt, read_sum(scope, computed(scope, e.multiply, x, x)))


@known(np.cumsum)
def cumsum(scope, x):
    if x.type.ndim != 1:
        raise Refused("running sums of several axes")
    return held(scope, f.cumsum(x.read(), 0))


# new arrays

def _extents(extents):
    extents = extents if isinstance(extents, (tuple, list)) else (extents,)
    if not all(map(is_whole, extents)):
        raise Refused("such a shape")
    return tuple(extents)


def _dtype(dtype):
    found = np.dtype({float: np.float64, int: np.int64, bool: np.bool_}.get(dtype, dtype))
    if found not in (np.dtype(np.float64), np.dtype(np.int64), np.dtype(bool)):
        raise Refused(f"arrays of {found}")
    return found


@known(np.zeros, np.empty)
def zeros(scope, extents, dtype=float):
    return held(scope, f.full(0, _extents(extents), _dtype(dtype)))


@known(np.ones)
def ones(scope, extents, dtype=float):
    return held(scope, f.full(1, _extents(extents), _dtype(dtype)))


@known(np.full)
def full(scope, extents, value, dtype=None):
    value = operand(value)
    return held(scope, f.full(value, _extents(extents), _dtype(type_of_operand(value).dtype if dtype is None else dtype)))


@known(np.zeros_like, np.empty_like)
def zeros_like(scope, x, dtype=None):
    return held(scope, f.full(0, x.type.shape, x.type.dtype if dtype is None else _dtype(dtype)))


@known(np.ones_like)
def ones_like(scope, x):
    return held(scope, f.full(1, x.type.shape, x.type.dtype))


@known(np.copy)
@method("copy")
def copy(scope, x):
    """Arrays are values: a copy is another object with the same one."""
    return scope.program.new_array(x.read())


@known(np.asarray)
def asarray(scope, x, dtype=None):
    if is_array(x) and (dtype is None or _dtype(dtype) == x.type.dtype):
        return x
    return array(scope, x, dtype)


@known(np.array)
def array(scope, x, dtype=None):
    """An array of numbers, or of arrays of one shape."""
    if is_array(x):
        if dtype is not None and _dtype(dtype) != x.type.dtype:
            return held(scope, f.cast(x.read(), dtype=_dtype(dtype)))
        return copy(scope, x)
    if not isinstance(x, (tuple, list)) or not x:
        raise Refused("np.array of this")
    parts = [array(scope, part) if isinstance(part, (tuple, list)) else part for part in x]
    kinds = [type_of_operand(operand(part)) for part in parts]
    found = np.result_type(*(k.dtype for k in kinds)) if dtype is None else _dtype(dtype)
    if found not in (np.dtype(np.float64), np.dtype(np.int64)) or any(k.ndim != kinds[0].ndim for k in kinds):
        raise Refused("np.array of this")
    y = f.full(0, (len(parts), *kinds[0].shape), found)
    for k, part in enumerate(parts):
        y = f.update(y, operand(part), k, form="i")
    return held(scope, y)


@known(np.arange)
def arange(scope, *bounds):
    over = whole_range(scope, *bounds)
    n = over.length()
    y = f.full(1, (n,), np.dtype(np.int64))
    return held(scope, (f.cumsum(y, 0) - 1) * over.step + over.lo)


@known(np.linspace)
def linspace(scope, start, stop, num=50):
    n = operand(num)
    k = f.cast(f.cumsum(f.full(1, (n,), np.dtype(np.int64)), 0) - 1, dtype=np.dtype(float))
    width = computed(scope, e.subtract, stop, start)
    return computed(scope, e.add, computed(scope, e.multiply, held(scope, k), computed(scope, e.divide, width, n - 1)), start)


@known(np.concatenate, np.hstack)
def concatenate(scope, parts):
    if not isinstance(parts, (tuple, list)) or any(not is_array(x) or x.type.ndim != 1 for x in parts):
        raise Refused("such arrays one after the other")
    total, starts = 0, []
    for x in parts:
        starts.append(total)
        total = total + x.type.shape[0]
    y = f.full(0, (total,), np.result_type(*(x.type.dtype for x in parts)))
    for x, start in zip(parts, starts):
        y = f.update(y, x.read(), start, x.type.shape[0], 1, form="w")
    return held(scope, y)


@known(np.add.at)
def add_at(scope, array, place, value):
    """Adds as often as a place occurs."""
    if not isinstance(array, Array) or array.type.ndim != 1 or type_of_operand(operand(place)).dtype.kind != "i":
        raise Refused("such an np.add.at")
    scope.program.write(array, f.add_at(array.read(), operand(value), operand(place), form="i"))


@method("reshape")
def reshape(scope, x, *extents):
    extents = _extents(extents[0] if len(extents) == 1 and isinstance(extents[0], (tuple, list)) else extents)
    if any(type(n) is int and n < 0 for n in extents):
        raise Refused("a reshape to an extent of -1")
    return held(scope, emit(shape.reshape, x.read(), *extents))


@method("dot")
def dot_method(scope, x, y):
    return dot(scope, x, y)


@method("fill")
def fill(scope, x, value):
    write(scope, x, *everything(x), value)
