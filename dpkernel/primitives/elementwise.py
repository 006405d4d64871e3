"""Arithmetic, elementary functions, comparisons: element by element.

In:  operands, broadcast against each other as NumPy does.
Out: one primitive a line, named as in NumPy.
Start anywhere: the table is the file.
"""

import operator

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import BOOL, COMPLEX, FLOAT, INT, Type, array_type
from .registry import Primitive, broadcast_shapes, elementwise


def _or_limit(operation, ufunc):
    """Python's operator; at a pole, where Python would raise, NumPy's: only derivatives get there."""
    def evaluate(a, b):
        try:
            return operation(a, b)
        except (ZeroDivisionError, OverflowError):
            return ufunc(np.float64(a) if isinstance(a, int) else a, b)

    return evaluate


# arithmetic: Python's operators, so that Python numbers keep Python's meaning
add = elementwise("add", operator.add, ufunc=np.add, text="{} + {}")
subtract = elementwise("subtract", operator.sub, ufunc=np.subtract, text="{} - {}")
multiply = elementwise("multiply", operator.mul, ufunc=np.multiply, text="{} * {}")
divide = elementwise("divide", _or_limit(operator.truediv, np.true_divide), ufunc=np.true_divide, text="{} / {}")
floor_divide = elementwise("floor_divide", operator.floordiv, ufunc=np.floor_divide, text="{} // {}")
remainder = elementwise("remainder", operator.mod, ufunc=np.remainder, text="{} % {}")
power = elementwise("power", _or_limit(operator.pow, np.power), ufunc=np.power, text="{} ** {}")
negative = elementwise("negative", operator.neg, ufunc=np.negative, text="-{}")
absolute = elementwise("absolute", operator.abs, ufunc=np.absolute)

# elementary functions
exp = elementwise("exp", np.exp)
exp2 = elementwise("exp2", np.exp2)
expm1 = elementwise("expm1", np.expm1)
log = elementwise("log", np.log)
log2 = elementwise("log2", np.log2)
log10 = elementwise("log10", np.log10)
log1p = elementwise("log1p", np.log1p)
sqrt = elementwise("sqrt", np.sqrt)
cbrt = elementwise("cbrt", np.cbrt)
sin = elementwise("sin", np.sin)
cos = elementwise("cos", np.cos)
tan = elementwise("tan", np.tan)
arcsin = elementwise("arcsin", np.arcsin)
arccos = elementwise("arccos", np.arccos)
arctan = elementwise("arctan", np.arctan)
sinh = elementwise("sinh", np.sinh)
cosh = elementwise("cosh", np.cosh)
tanh = elementwise("tanh", np.tanh)
arcsinh = elementwise("arcsinh", np.arcsinh)
arccosh = elementwise("arccosh", np.arccosh)
arctanh = elementwise("arctanh", np.arctanh)
arctan2 = elementwise("arctan2", np.arctan2)
hypot = elementwise("hypot", np.hypot)
logaddexp = elementwise("logaddexp", np.logaddexp)
logaddexp2 = elementwise("logaddexp2", np.logaddexp2)
fmod = elementwise("fmod", np.fmod)
copysign = elementwise("copysign", np.copysign)

# choices
maximum = elementwise("maximum", np.maximum)
minimum = elementwise("minimum", np.minimum)
fmax = elementwise("fmax", np.fmax)
fmin = elementwise("fmin", np.fmin)

# complex numbers
conjugate = elementwise("conjugate", np.conjugate)

# piecewise constant
sign = elementwise("sign", np.sign)
floor = elementwise("floor", np.floor)
ceil = elementwise("ceil", np.ceil)
trunc = elementwise("trunc", np.trunc)
rint = elementwise("rint", np.rint)
equal = elementwise("equal", operator.eq, result=bool, ufunc=np.equal, text="{} == {}")
not_equal = elementwise("not_equal", operator.ne, result=bool, ufunc=np.not_equal, text="{} != {}")
less = elementwise("less", operator.lt, result=bool, ufunc=np.less, text="{} < {}")
less_equal = elementwise("less_equal", operator.le, result=bool, ufunc=np.less_equal, text="{} <= {}")
greater = elementwise("greater", operator.gt, result=bool, ufunc=np.greater, text="{} > {}")
greater_equal = elementwise(
    "greater_equal", operator.ge, result=bool, ufunc=np.greater_equal, text="{} >= {}"
)
logical_and = elementwise("logical_and", np.logical_and, result=bool)
logical_or = elementwise("logical_or", np.logical_or, result=bool)
logical_xor = elementwise("logical_xor", np.logical_xor, result=bool)
logical_not = elementwise("logical_not", np.logical_not, result=bool)
isnan = elementwise("isnan", np.isnan, result=bool)
isinf = elementwise("isinf", np.isinf, result=bool)
isfinite = elementwise("isfinite", np.isfinite, result=bool)
signbit = elementwise("signbit", np.signbit, result=bool)


def _infer_select(condition, a, b):
    types = [type_of_operand(x) for x in (condition, a, b)]
    weak = [x if t.kind in ("int", "float", "complex") and not _is_value(x) else t.dtype
            for x, t in zip((a, b), types[1:])]
    return array_type(np.result_type(*weak), broadcast_shapes([t.shape for t in types]))


def _is_value(x):
    return hasattr(x, "type")


select = Primitive("select", np.where, _infer_select, text="np.where({}, {}, {})")


def _real(x):
    return x.real


def _imag(x):
    return x.imag


def _infer_real(x):
    t = type_of_operand(x)
    if t.kind in ("int", "float", "bool", "complex"):
        return FLOAT
    return Type(t.kind, np.empty(0, t.dtype).real.dtype, t.shape)


real = Primitive("real", _real, _infer_real, text="np.real({})")
imag = Primitive("imag", _imag, _infer_real, text="np.imag({})")


def _cast(x, *, dtype, exact=False):
    """`x` in another dtype; `exact`: nothing is cut off, since the numbers are whole."""
    return x.astype(dtype) if isinstance(x, (np.ndarray, np.generic)) else dtype.type(x)


def _infer_cast(x, *, dtype, exact=False):
    t = type_of_operand(x)
    return array_type(dtype, t.shape)


cast = Primitive("cast", _cast, _infer_cast, text=lambda x, i: f"np.asarray({x[0]}).astype(np.{i.attributes['dtype']})[()]")


def _as_float(x):
    return float(x.item() if isinstance(x, np.ndarray) else x)


as_float = Primitive(
    "as_float", _as_float, lambda x: FLOAT,
    text=lambda x, i: f"float({x[0]}.item())" if type_of_operand(i.inputs[0]).kind == "array" else f"float({x[0]})",
)
# of an element that is whole: `int(x)` of the user's is flat, and no use of it
as_int = Primitive("as_int", lambda x: int(x), lambda x: INT, text="int({})")
as_bool = Primitive("as_bool", lambda x: bool(x), lambda x: BOOL, text="bool({})")
as_complex = Primitive("as_complex", lambda x: complex(x), lambda x: COMPLEX, text="complex({})")
