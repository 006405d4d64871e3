"""What Python's own functions on numbers mean.

In:  operands.
Out: Values.
Start anywhere. `float`, `math.*` and `sum` carry derivatives; `int` and `round` are flat.
"""

import builtins
import collections
import contextvars
import copy
import heapq
import itertools
import math
import operator

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives.functions import as_float, cast, reduce_prod, reduce_sum, root
from .models import BLIND, FLAT, MOVES, WAYS, NoModel, as_value, each, elementwise_model, model, stack, way
from .structures import map_leaves, own_float

for _name in (
    "exp", "expm1", "log2", "log10", "log1p", "sqrt", "cbrt", "exp2", "sin", "cos", "tan", "sinh", "cosh",
    "tanh",
):
    if hasattr(math, _name):
        elementwise_model(getattr(e, _name), getattr(math, _name))
for _name, _primitive in {
    "asin": e.arcsin, "acos": e.arccos, "atan": e.arctan, "atan2": e.arctan2, "asinh": e.arcsinh,
    "acosh": e.arccosh, "atanh": e.arctanh, "fabs": e.absolute, "pow": e.power, "fmod": e.fmod,
    "copysign": e.copysign,
}.items():
    elementwise_model(_primitive, getattr(math, _name))
elementwise_model(e.absolute, operator.abs)
elementwise_model(e.absolute, builtins.abs)

way(FLAT, math.floor, math.ceil, math.trunc, math.isnan, math.isinf, math.isfinite, math.isclose,
    builtins.round)
way(BLIND, math.gcd, math.factorial, math.comb, math.perm, math.isqrt)
way(MOVES, copy.copy, itertools.chain, itertools.product, itertools.combinations, itertools.permutations,
    itertools.islice, itertools.cycle, itertools.repeat, itertools.zip_longest, itertools.starmap,
    itertools.combinations_with_replacement, itertools.takewhile, itertools.dropwhile, itertools.accumulate,
    itertools.tee, itertools.groupby, itertools.compress, itertools.filterfalse, itertools.chain.from_iterable,
    collections.deque, collections.OrderedDict, operator.itemgetter, operator.attrgetter, operator.methodcaller,
    heapq.nlargest, heapq.nsmallest)
way(MOVES, *(getattr(itertools, name) for name in ("pairwise", "batched") if hasattr(itertools, name)))
way(MOVES, ("array", "__iter__"), dict.fromkeys, collections.OrderedDict.fromkeys, tuple.__new__, list.__new__, set.__new__, frozenset.__new__, list.__init__, set.__init__, collections.deque.__init__)
for _kind, _names in {
    collections.deque: dir(collections.deque), contextvars.ContextVar: ("get", "set", "reset"),
    contextvars.Context: ("run", "get", "items", "keys", "values", "copy"),
}.items():
    for _name in _names:
        WAYS[_kind, _name] = MOVES
for _name in ("count", "find", "index", "rfind", "rindex"):      # where something stands in a text, as its length
    WAYS[str, _name] = FLAT


@model(math.log)
def log(x, base=None):
    """log x, or log x / log base."""
    return emit(e.log, x) if base is None else emit(e.log, x) / emit(e.log, base)


@model(math.hypot)
def hypot(*coordinates):
    """The length of a vector of numbers."""
    if len(coordinates) == 2:
        return emit(e.hypot, *coordinates)
    x = stack(coordinates, 0)
    return root(reduce_sum(x * x, (0,)))


@model(math.dist)
def dist(p, q):
    """The distance of two points."""
    d = as_value(p) - as_value(q)
    return root(reduce_sum(d * d, (0,)))


@model(math.radians)
def radians(x):
    return x * (math.pi / 180)


@model(math.degrees)
def degrees(x):
    return x * (180 / math.pi)


@model(builtins.float)
def to_float(x):
    """float(x) of a number or of an array with one element."""
    return as_float(x)


@model(builtins.complex)
def to_complex(real=0.0, imag=None):
    """complex(x), complex(a, b) = a + 1j b."""
    y = cast(as_value(real), dtype=np.dtype(complex))
    return y if imag is None else y + 1j * as_value(imag)


@model(builtins.pow)
def to_power(base, exponent, modulus=None):
    if modulus is not None:
        raise NoModel("pow with a modulus")
    return emit(e.power, base, exponent)


@model(builtins.divmod)
def quotient_and_remainder(a, b):
    """Only the remainder changes smoothly; the quotient is flat."""
    return [emit(e.floor_divide, a, b), emit(e.remainder, a, b)]


@model(builtins.sum, math.fsum, lists=True)
def total(items, start=0):
    """The sum of a list, or of the rows of an array."""
    if isinstance(items, Value):
        return reduce_sum(items, (0,)) + start
    if isinstance(items, dict):
        items = list(items)
    if not isinstance(items, (list, tuple)):
        raise NoModel(f"a {type(items).__name__}")
    y = start
    for x in each(items):
        y = y + as_value(x)
    return y


@model(math.prod, lists=True)
def prod(items, *, start=1):
    """The product of a list, or of the rows of an array."""
    if isinstance(items, Value):
        return reduce_prod(items, (0,)) * start
    if not isinstance(items, (list, tuple)):
        raise NoModel(f"a {type(items).__name__}")
    y = start
    for x in each(items):
        y = y * as_value(x)
    return y


@model(*(f for f in (getattr(math, "sumprod", None),) if f))
def sumprod(p, q):
    """The sum of the products of two lists of numbers."""
    return reduce_sum(as_value(p) * as_value(q), (0,))


def stop_gradient(x):
    """Return `x`, as a constant: no gradient passes.

    x         a number, an array, or a list, tuple, dict or dataclass of them
    Returns   the same numbers; arrays are copied

        loss = np.sum((stop_gradient(target) - prediction) ** 2)
    """
    return map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else own_float(leaf)
                      if type(leaf) is float else leaf, x)


way(FLAT, stop_gradient)


@model(("number", "__float__"))
def same(x):
    return x


elementwise_model(e.conjugate, ("number", "conjugate"))

