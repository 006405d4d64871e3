"""What NumPy's products mean as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import products
from ..primitives.functions import conjugate, count, index, reduce_sum, reshape, transpose
from ..primitives.functions import matmul as matrix_product
from . import numpy_shaping
from .models import WAYS, NoModel, as_value, dtype_of, expand, model, moved, refuse, shape_of
from .numpy_shaping import along


@model(np.matmul)
def matmul(a, b, **options):
    refuse(options)
    return matrix_product(as_value(a), as_value(b))


@model(np.dot, ("array", "dot"))
def dot(a, b, out=None):
    a, b = as_value(a), as_value(b)
    n, m = len(shape_of(a)), len(shape_of(b))
    if n == 0 or m == 0:
        return a * b
    if n <= 2 and m <= 2:
        return matrix_product(a, b)
    return tensordot(a, b, ([n - 1], [max(m - 2, 0)]))


@model(np.vdot)
def vdot(a, b):
    return matrix_product(emit(e.conjugate, numpy_shaping.ravel(a)), numpy_shaping.ravel(b))


@model(np.inner)
def inner(a, b):
    a, b = as_value(a), as_value(b)
    if not shape_of(a) or not shape_of(b):
        return a * b
    return tensordot(a, b, ([-1], [-1]))


@model(np.outer, (np.multiply, "outer"))
def outer(a, b, out=None):
    a, b = numpy_shaping.ravel(as_value(a)), numpy_shaping.ravel(as_value(b))
    return reshape(a, (*shape_of(a), 1)) * reshape(b, (1, *shape_of(b)))


@model(np.tensordot)
def tensordot(a, b, axes=2):
    """One matrix product: the summed axes last in `a`, first in `b`."""
    a, b = as_value(a), as_value(b)
    n, m = len(shape_of(a)), len(shape_of(b))
    if isinstance(axes, int):
        axes = (list(range(n - axes, n)), list(range(axes)))
    of_a, of_b = ([x] if isinstance(x, int) else list(x) for x in axes)
    of_a, of_b = [x % n for x in of_a], [x % m for x in of_b]
    free_a, free_b = ([x for x in range(k) if x not in used] for k, used in ((n, of_a), (m, of_b)))
    extents = [shape_of(a)[x] for x in free_a] + [shape_of(b)[x] for x in free_b]
    inside = count(shape_of(a), of_a)
    left = reshape(transpose(a, [*free_a, *of_a]), (count(shape_of(a), free_a), inside))
    right = reshape(transpose(b, [*of_b, *free_b]), (inside, count(shape_of(b), free_b)))
    return reshape(emit(products.matmul, left, right), extents)


@model(np.einsum)
def einsum(spec, *operands, out=None, optimize=False, **options):
    """The explicit form 'ij,jk->ik'; implicit output and ellipsis are written out first."""
    refuse(options)
    if not isinstance(spec, str):
        spec, operands = _in_letters((spec, *operands))
    operands = [as_value(x) for x in operands]
    inputs, output = _explicit(spec.replace(" ", ""), [len(shape_of(x)) for x in operands])
    fixed = []
    for number, letters in enumerate(inputs):
        operands[number], letters = numpy_shaping.without_repeats(operands[number], letters)
        fixed.append(letters)
    return emit(products.einsum, *operands, spec=f"{','.join(fixed)}->{output}")


def _in_letters(given):
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as 'ab,bc->ac'."""
    def letters(numbers):
        return "".join("..." if n is Ellipsis else "abcdefghijklmnopqrstuvwxyz"[n] for n in numbers)

    operands, subscripts = given[0::2], [letters(x) for x in given[1::2]]
    if len(given) % 2:
        return f"{','.join(subscripts)}->{letters(given[-1])}", operands[:-1]
    return ",".join(subscripts), operands


def _explicit(spec, ranks):
    """Letters of each operand and of the result; an ellipsis becomes letters that are free."""
    left, arrow, output = spec.partition("->")
    inputs = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in spec]
    widest = max((n - len(s.replace("...", "")) for s, n in zip(inputs, ranks) if "..." in s), default=0)
    dots = "".join(free[:widest])
    full = []
    for letters, n in zip(inputs, ranks, strict=True):
        own = n - len(letters.replace("...", ""))
        full.append(letters.replace("...", dots[len(dots) - own:] if own else ""))
    if arrow:
        return full, output.replace("...", dots)
    joined = "".join(full)
    single = sorted(c for c in set(joined) if joined.count(c) == 1 and c not in dots)
    return full, (dots if "..." in spec else "") + "".join(single)


@model(np.kron)
def kron(a, b):
    a, b = as_value(a), as_value(b)
    n = max(len(shape_of(a)), len(shape_of(b)))
    of_a, of_b = ((1,) * (n - len(shape_of(x))) + tuple(shape_of(x)) for x in (a, b))
    left = reshape(a, [m for extent in of_a for m in (extent, 1)])
    right = reshape(b, [m for extent in of_b for m in (1, extent)])
    return reshape(left * right, [p * q for p, q in zip(of_a, of_b)])


@model(np.cross, np.linalg.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Of vectors with three components, along the last axis."""
    a, b = as_value(a), as_value(b)
    if axis not in (None, -1) or (axisa, axisb, axisc) != (-1, -1, -1) or shape_of(a)[-1] != 3 or shape_of(b)[-1] != 3:
        raise NoModel("vectors along another axis, or not of three components")

    def turned(x, order):
        return index(x, np.array(order), form="ei")

    return turned(a, [1, 2, 0]) * turned(b, [2, 0, 1]) - turned(a, [2, 0, 1]) * turned(b, [1, 2, 0])


@model(np.convolve)
def convolve(a, v, mode="full"):
    a, v = as_value(a), as_value(v)
    if shape_of(v)[0] > shape_of(a)[0]:
        a, v = v, a
    n, m = shape_of(a)[0], shape_of(v)[0]
    windows = moved(lambda tags, zero: np.lib.stride_tricks.sliding_window_view(
        np.pad(tags, m - 1, constant_values=zero), m), a, 0)
    y = reshape(emit(products.matmul, windows, reshape(along(v, 0, None, None, -1), (m, 1))), (n + m - 1,))
    if mode == "full":
        return y
    start, length = ((m - 1) // 2, n) if mode == "same" else (m - 1, n - m + 1)
    return along(y, 0, start, start + length)


@model(np.correlate)
def correlate(a, v, mode="valid"):
    v = as_value(v)
    v = conjugate(v) if np.dtype(dtype_of(v)).kind == "c" else v
    if shape_of(v)[0] > shape_of(a)[0]:
        raise NoModel("a second array that is longer")
    return convolve(a, along(v, 0, None, None, -1), mode)


@model(np.polyval)
def polyval(p, x):
    """Horner's rule."""
    x, y = as_value(x), 0.0
    p = [as_value(c) for c in p] if isinstance(p, (list, tuple)) else \
        [index(as_value(p), k, form="i") for k in range(shape_of(p)[0])]
    for c in p:
        y = y * x + c
    return y


if hasattr(np, "vecdot"):
    @model(np.vecdot)
    def vecdot(a, b, **options):
        a = as_value(a)
        a = conjugate(a) if np.dtype(dtype_of(a)).kind == "c" else a
        y = a * as_value(b)
        return reduce_sum(y, (len(shape_of(y)) - 1,))

if hasattr(np, "matvec"):
    @model(np.matvec)
    def matvec(a, b, **options):
        return reshape(emit(products.matmul, as_value(a), expand(as_value(b), len(shape_of(b)))),
                       np.matvec(np.empty(shape_of(a)), np.empty(shape_of(b))).shape)


@model(np.linalg.multi_dot, lists=True)
def multi_dot(arrays, *, out=None):
    y = as_value(arrays[0])
    for x in arrays[1:]:
        y = WAYS[np.matmul]((y, as_value(x)), {})
    return y


@model(np.linalg.matrix_power)
def matrix_power(a, n):
    if n < 1:
        raise NoModel("a power that is not positive")
    y = x = as_value(a)
    for _ in range(n - 1):
        y = emit(products.matmul, y, x)
    return y


WAYS[np.linalg.outer] = WAYS[np.outer]


@model(np.linalg.trace)
def matrix_trace(x, /, *, offset=0, dtype=None):
    return WAYS[np.trace]((x, offset, -2, -1), {})
