"""The language in which rules of calculus are written: ordinary functions that emit instructions.

In:  Values (or literals).
Out: Values.
Start at `_function`; below it the few shapes of sums and products that rules need again and again.
Importing this file also gives Values their operators: `x * y`, `-x`, `x[...]` is not among them.
"""

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.build import current_builder, emit
from . import elementwise as e
from . import index as ix
from . import products, reduce, shape


def _function(primitive):
    """A Python function that emits `primitive`."""

    def function(*operands, **attributes):
        return emit(primitive, *operands, **attributes)

    function.__name__ = function.__qualname__ = primitive.name
    function.__doc__ = f"Emit {primitive.name}."
    return function


exp, log, sqrt, sin, cos, tan = map(_function, (e.exp, e.log, e.sqrt, e.sin, e.cos, e.tan))
sinh, cosh, tanh, sign, absolute = map(_function, (e.sinh, e.cosh, e.tanh, e.sign, e.absolute))
log1p, expm1, hypot, copysign = map(_function, (e.log1p, e.expm1, e.hypot, e.copysign))
floor, trunc, signbit, isnan, isinf = map(_function, (e.floor, e.trunc, e.signbit, e.isnan, e.isinf))
select, conjugate, real, imag, cast = map(_function, (e.select, e.conjugate, e.real, e.imag, e.cast))
as_float, as_int, as_bool, as_complex = map(_function, (e.as_float, e.as_int, e.as_bool, e.as_complex))
AS_PYTHON = {"float": as_float, "int": as_int, "bool": as_bool, "complex": as_complex}
equal, greater, less, greater_equal, less_equal = map(
    _function, (e.equal, e.greater, e.less, e.greater_equal, e.less_equal)
)
logical_and, logical_or, logical_not = map(_function, (e.logical_and, e.logical_or, e.logical_not))
add, multiply, power, maximum, minimum = map(
    _function, (e.add, e.multiply, e.power, e.maximum, e.minimum)
)
matmul, einsum, index, update, add_at = map(
    _function, (products.matmul, products.einsum, ix.index, ix.update, ix.add_at)
)


def reduce_sum(x, axes):
    """Add along `axes` (a tuple); without axes `x` itself."""
    return emit(reduce.reduce_sum, x, axes=axes) if axes else x


def reduce_prod(x, axes):
    """Multiply along `axes` (a tuple); without axes `x` itself."""
    return emit(reduce.reduce_prod, x, axes=axes) if axes else x


def cumsum(x, axis):
    """Running sums along one axis."""
    return emit(reduce.cumsum, x, axis=axis)


def reshape(x, extents):
    """`x` in the shape `extents`; `x` itself if it has it."""
    extents = tuple(extents)
    return x if type_of_operand(x).shape == extents else emit(shape.reshape, x, *extents)


def broadcast_to(x, extents):
    """`x` copied along new and unit axes; `x` itself if nothing is to be done."""
    extents = tuple(extents)
    return x if type_of_operand(x).shape == extents else emit(shape.broadcast_to, x, *extents)


def transpose(x, axes):
    """`x` with its axes in the order `axes`."""
    axes = tuple(axes)
    return x if axes == tuple(range(len(axes))) else emit(shape.transpose, x, axes=axes)


def swap_last(x):
    """Matrices transposed."""
    n = type_of_operand(x).ndim
    return transpose(x, (*range(n - 2), n - 1, n - 2))


def concatenate(arrays, axis):
    """Arrays one after the other along `axis`."""
    return emit(shape.concatenate, *arrays, axis=axis)


def full(value, extents, dtype):
    """A new array with the same number everywhere."""
    operands, dtype = (value, *extents), np.dtype(dtype)
    # appended by hand: also with literal operands the array is made when the program runs
    return current_builder().append(
        shape.full, operands, (shape.full.infer(*operands, dtype=dtype),), {"dtype": dtype}
    )[0]


def zeros_like(x):
    """Zeros for a tangent or cotangent of `x`, without reading it: float64 where `x` is whole."""
    t = type_of_operand(x)
    return full(0, t.shape, t.tangent.dtype)


def restore_axes(y, extents, axes):
    """Put reduced `axes` back as axes of extent 1: the inverse of a reduction's dropping them."""
    return reshape(y, [1 if axis in axes else n for axis, n in enumerate(extents)])


def broadcast_along(y, extents, axes):
    """The transpose of adding along `axes`: copy along `axes`."""
    kind = type_of_operand(y)
    if not kind.shape:
        return broadcast_to(y, extents) if isinstance(y, Value) else full(y, extents, kind.dtype)
    return broadcast_to(restore_axes(y, extents, axes), extents)


def sum_to(y, extents):
    """The transpose of broadcasting `extents` to the shape of `y`: add what was copied."""
    t = type_of_operand(y)
    extra = t.ndim - len(extents)
    copied = [axis for axis in range(extra)]
    copied += [extra + axis for axis, n in enumerate(extents) if _is_one(n) and not _is_one(t.shape[extra + axis])]
    return reshape(reduce_sum(y, tuple(copied)), extents) if copied else y


def root(total, degree=2):
    """The square root, or another one, of a sum that is 0 at its minimum: with slope 0 there."""
    zero = equal(total, 0)
    above = select(zero, 1.0, total)
    return select(zero, 0.0, sqrt(above) if degree == 2 else above ** (1.0 / degree))


def _is_one(n):
    return not isinstance(n, Value) and n == 1


def count(extents, axes):
    """How many elements `axes` of an array of this shape have."""
    n = 1
    for axis in axes:
        n = n * extents[axis]
    return n


def trips(lo, hi, step):
    """How many iterations range(lo, hi, step) has; the bounds are numbers or Values, the step is an int."""
    if step in (1, -1):
        n = (hi - lo) * step if type(lo) is not int or lo else hi * step
    else:
        n = -((lo - hi) // step)
    return maximum(n, 0) if isinstance(n, Value) else max(int(n), 0)


def _operators():
    """Give Values the operators of arithmetic; comparisons stay identity, Values are dict keys."""
    for name, primitive in {
        "add": e.add, "sub": e.subtract, "mul": e.multiply, "truediv": e.divide,
        "floordiv": e.floor_divide, "mod": e.remainder, "pow": e.power,
    }.items():
        def forward(a, b, primitive=primitive):
            return emit(primitive, a, b)

        def reflected(a, b, primitive=primitive):
            return emit(primitive, b, a)

        setattr(Value, f"__{name}__", forward)
        setattr(Value, f"__r{name}__", reflected)
    Value.__neg__ = lambda x: emit(e.negative, x)


_operators()
