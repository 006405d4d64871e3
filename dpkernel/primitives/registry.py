"""Primitives: the operations that programs are made of.

In:  a name, how to evaluate it with NumPy, how to infer its result's type.
Out: a `Primitive` in REGISTRY.
Start at `Primitive`; the files beside this one declare them by subject.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import PYTHON_KINDS, array_type, type_of

REGISTRY = {}
_MOST = 10_000      # types remembered for one primitive


class Primitive:
    """One operation.

    name               unique; printed in programs
    evaluate           (*operands, **attributes) -> object: the meaning, in NumPy
    infer              (*operands, **attributes) -> Type of the result
    evaluate_in_place  the same as evaluate, but may overwrite its first operand; or None
    makes_new_array    True if the result is always a fresh array that nobody else can see
    text               how a listing writes it: a template such as "{} + {}", or a function
                       (texts of the operands, instruction) -> text; None: np.name(operands)
    """

    def __init__(self, name, evaluate, infer, *, text=None, evaluate_in_place=None,
                 makes_new_array=False):
        assert name not in REGISTRY, f"primitive {name} is declared twice"
        self.name = name
        self.evaluate = evaluate
        self.infer = infer
        self.text = text
        self.evaluate_in_place = evaluate_in_place
        self.makes_new_array = makes_new_array or evaluate_in_place is not None
        REGISTRY[name] = self

    def check(self, instruction):
        """Assert that the recorded type is one that this primitive gives (see ir.verify)."""
        inferred = self.infer(*instruction.inputs, **instruction.attributes)
        found = instruction.output.type
        assert inferred.ndim == found.ndim and inferred.dtype.kind == found.dtype.kind, (
            f"{self.name} gives {inferred}, recorded as {found}"
        )

    def __repr__(self):
        return self.name

    def __reduce__(self):
        return REGISTRY.__getitem__, (self.name,)


class RegionPrimitive(Primitive):
    """An operation whose bodies are blocks.

    evaluate_regions   (instruction, operands, lent, call) -> results, lent: `call(region, arguments, lent)` runs a
                       region; `lent` says of each array whether it may be overwritten
    """

    def __init__(self, name, evaluate_regions, check):
        super().__init__(name, None, None)
        self.evaluate_regions = evaluate_regions
        self.check = check


def elementwise(name, function, *, ufunc=None, result=None, text=None):
    """Declare a primitive that works element by element, with NumPy's broadcasting.

    function   evaluates it; keeps Python numbers Python where the operation does
    ufunc      the NumPy ufunc that knows the result's dtype (default: `function` itself)
    result     the dtype of every result instead, e.g. bool for comparisons
    """
    resolve = _dtype_resolver(ufunc or function)

    known = {}

    def infer(*operands):
        types = tuple([type_of_operand(x) for x in operands])
        found = known.get(types)
        if found is None:
            if len(known) > _MOST:
                known.clear()
            dtype = np.dtype(result) if result is not None else resolve(types)
            found = known[types] = broadcast_type(types, dtype)
        return found

    return Primitive(name, function, infer, text=text)


def broadcast_type(types, dtype):
    """The type of an elementwise result: a Python number only if all operands are."""
    if all(t.kind in PYTHON_KINDS for t in types):
        return _python_type(dtype)
    return array_type(dtype, broadcast_shapes([t.shape for t in types]))


def broadcast_shapes(shapes):
    """NumPy's rule for extents that are ints or Values; a Value stands against 1, or for an extent equal to it.

    Raises TypeError where the shapes do not fit.
    """
    rank = max(map(len, shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        offset = rank - len(shape)
        for axis, extent in enumerate(shape):
            here = result[offset + axis]
            if isinstance(here, int) and here == 1 or isinstance(extent, int) and extent != 1 and not isinstance(here, int):
                result[offset + axis] = extent
            elif isinstance(extent, int) and isinstance(here, int) and extent not in (1, here):
                raise TypeError(f"shapes do not fit: {', '.join(map(str, shapes))}")
    return tuple(result)


def _python_type(dtype):
    return type_of({"b": False, "i": 0, "u": 0, "f": 0.0, "c": 0j}[dtype.kind])


_WEAK = {"int": int, "float": float, "complex": complex, "bool": np.dtype(bool)}


def _dtype_resolver(ufunc):
    """(types) -> dtype of the ufunc's result, Python numbers being weak (NEP 50)."""
    def resolve(types):
        weak = [_WEAK.get(t.kind, t.dtype) for t in types]
        if all(not isinstance(x, np.dtype) for x in weak):
            weak = [t.dtype for t in types]
        return ufunc.resolve_dtypes((*weak, *[None] * ufunc.nout))[len(types)]

    return resolve


def declared():
    """All primitives, by name."""
    return dict(REGISTRY)
