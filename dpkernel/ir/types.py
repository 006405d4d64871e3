"""Types: what is known of a value before it exists.

In:  objects of Python and NumPy.
Out: `Type(kind, dtype, shape)`.
Start at `type_of`.

The kind tells Python's numbers from NumPy's: `float` overflows and divides with exceptions where
`np.float64` gives inf, and `int` has no limit. An extent in a shape is an int where it is known,
or a Value (an int computed by the program).
"""

import numpy as np

PYTHON_KINDS = ("bool", "int", "float", "complex")


class Type:
    """The type of a Value; never changed.

    kind    'array', 'scalar' (a NumPy scalar), one of PYTHON_KINDS, or 'object' (opaque)
    dtype   numpy dtype; of a Python number the one NumPy would give it
    shape   tuple of extents, each an int or a Value
    """

    __slots__ = ("kind", "dtype", "shape", "_hash")

    def __init__(self, kind, dtype, shape=()):
        self.kind, self.dtype, self.shape = kind, dtype, shape
        self._hash = hash((kind, dtype, shape))

    def __hash__(self):
        return self._hash

    def __eq__(self, other):
        return self is other or (
            isinstance(other, Type) and self._hash == other._hash
            and (self.kind, self.dtype, self.shape) == (other.kind, other.dtype, other.shape)
        )

    def __repr__(self):
        return f"<Type {self}>"

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def inexact(self):
        """True for float and complex types."""
        return self.dtype.kind in "fc"

    @property
    def numeric(self):
        """True for numbers that can carry a derivative: integers too, if a parameter is one."""
        return self.dtype.kind in "iufc"

    @property
    def tangent(self):
        """The type of tangents and cotangents of a value of this type: float64 for whole numbers."""
        if self.dtype.kind not in "iub":
            return self
        return FLOAT if self.kind in PYTHON_KINDS else Type(self.kind, np.dtype(np.float64), self.shape)

    @property
    def complex(self):
        return self.dtype.kind == "c"

    def with_shape(self, shape):
        """The same numbers in another shape, held in an array (or a NumPy scalar)."""
        return array_type(self.dtype, tuple(shape))

    def __str__(self):
        if self.kind in PYTHON_KINDS or self.kind == "object":
            return self.kind
        extents = ", ".join(map(str, self.shape))
        return f"{self.dtype}[{extents}]" if self.kind == "array" else str(self.dtype)


FLOAT = Type("float", np.dtype(np.float64))
INT = Type("int", np.dtype(np.int64))
BOOL = Type("bool", np.dtype(np.bool_))
COMPLEX = Type("complex", np.dtype(np.complex128))
OBJECT = Type("object", np.dtype(object))

_OF_PYTHON = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX}
_SCALARS = {}
_ARRAYS = {}            # (dtype, shape) -> Type: one object for each, so that they are compared fast
_MOST = 10_000


def array_type(dtype, shape):
    """Type of an array; without axes, of a NumPy scalar, as NumPy's functions return them."""
    return _array(dtype, shape) if shape else Type("scalar", dtype, shape)


def _array(dtype, shape):
    found = _ARRAYS.get((dtype, shape))
    if found is None:
        if len(_ARRAYS) > _MOST:
            _ARRAYS.clear()
        found = Type("array", dtype, shape)
        if all(type(n) is int for n in shape):
            _ARRAYS[dtype, shape] = found
    return found


def type_of(x):
    """Return the Type of an object of Python or NumPy.

    >>> import numpy as np
    >>> str(type_of(np.zeros((2, 3)))), str(type_of(1.0)), str(type_of(np.float32(1)))
    ('float64[2, 3]', 'float', 'float32')
    """
    kind = type(x)
    if kind in _OF_PYTHON:
        return _OF_PYTHON[kind]
    if isinstance(x, np.ndarray):
        return _array(x.dtype, x.shape)
    if isinstance(x, np.generic):
        found = _SCALARS.get(kind)
        if found is None:
            found = _SCALARS[kind] = Type("scalar", x.dtype)
        return found
    for base in (bool, int, float, complex):
        if isinstance(x, base):
            return _OF_PYTHON[base]
    return OBJECT
