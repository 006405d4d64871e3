"""Arrays of objects, and objects of the user's that NumPy calculates with one by one.

In:  a site, operands.
Out: the same operands; where NumPy would make new numbers of an array's elements, an array of objects that are known.
Start at `Objects.one_by_one`. `w * Dual(1.0)` hands Python floats, made of the elements of `w`, to `Dual.__rmul__`:
those are tied to their places in `w`. An array of objects has no Value itself; its elements are known as all objects are.
"""

import math
import types

import numpy as np

from . import models
from .look import isinstance
from .site import SIGNS

ARRAYS = (np.ndarray, np.generic)
SPEAKS_NUMPY = ("__array__", "__array_interface__", "__array_struct__", "__buffer__", "__array_ufunc__", "__array_priority__",
                "__array_function__")
CONTAINERS = (list, tuple, dict, set, frozenset)
ONE_BY_ONE = frozenset({np.dot, np.inner, np.outer, np.vdot})     # beside the ufuncs
MAKES_ARRAY = (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)
OF_MATH = frozenset(f for name, f in vars(math).items() if type(f) is types.BuiltinFunctionType
                    and name not in ("floor", "ceil", "trunc", "prod", "fsum", "dist", "sumprod"))


def takes_objects(f):
    """True for functions written in C that ask an object what number or what array it is."""
    return f in OF_MATH or f is complex or isinstance(f, np.ufunc) or (getattr(f, "__module__", None) or "").startswith("numpy")


def holds_objects(x):
    """True for an array of objects."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "O"


def speaks_numpy(kind):
    """True for a class that has its own say in what NumPy does with its objects."""
    return any(hasattr(kind, name) for name in SPEAKS_NUMPY)


def is_sequence(kind):
    """True for a class through whose objects NumPy goes where it wants an array."""
    return hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not hasattr(kind, "keys")


def _plainly(f, args, kwargs):
    return f(*args, **kwargs)


class Objects:
    """The part of the tracer that answers arrays of objects."""

    def is_object(self, x):
        """True for an object of the user's that NumPy takes as it is, and for an array or a list of objects."""
        kind = type(x)
        if kind is list or kind is tuple:
            return any([self.is_object(part) for part in x if type(part) not in (float, int, np.float64)])
        if kind in self.builtin or isinstance(x, (*ARRAYS, float, int, complex, str, type)):
            return holds_objects(x)
        return self.is_users_type(kind) and not speaks_numpy(kind) and not is_sequence(kind)

    def asks_users_code(self, x):
        """True for an object of the user's, and for an array or a list of them."""
        if holds_objects(x):
            return any([self.is_users_type(type(part)) for part in x.ravel().tolist()])
        return self.is_object(x)

    def one_by_one(self, site, operands):
        """Operands for NumPy: beside objects, which it takes one by one, numbers are tied to their places."""
        if not any([self.is_object(x) for x in operands]):
            return operands
        return tuple([self.from_array(site, x) for x in operands])

    def asked_first(self, site, a, b):
        """The operands of an operator: an object of the user's on the left answers before NumPy does."""
        first = isinstance(a, ARRAYS) or holds_objects(b)
        return self.one_by_one(site, (a, b)) if first else (a, b)

    def from_array(self, site, x):
        """The numbers that NumPy makes of an array for objects: an array of them, or a Python number; else `x` itself."""
        if not isinstance(x, ARRAYS) or x.dtype.kind not in "fciu" or self.find(x) is None:
            return x
        held = self.as_objects(site, x)
        return held.item() if isinstance(x, np.generic) else held

    def as_objects(self, site, x):
        """An array of objects with the numbers of `x`, each tied to its place; in the layout of `x`."""
        value = self.behind(x, "fciu")
        held = np.asarray(x)
        turned = tuple(slice(None, None, -1 if step < 0 else None) for step in held.strides)
        held = held[(..., *turned)].astype(object)[(..., *turned)]
        self.tie_all(site, value, held)
        return held

    def tie_all(self, site, value, held):
        """The elements of an array of objects are those of `value`, in C order."""
        for place in np.ndindex(held.shape) if value.dtype.kind in "iu" else ():
            held[place] = self.own(held[place])
        for n, part in enumerate(held.ravel().tolist()):
            self.tie(site, value, part, (n,))

    def of_objects(self, site, primitive, operands, result):
        """An operator of arrays of objects, element by element; what code of the user's has answered is known."""
        if primitive is None:       # a product of matrices
            return self.unless_answered(site, f"the operator {SIGNS[site.detail]} of objects", result, operands)
        operands = [self.from_array(site, x) for x in operands]     # NumPy has made numbers of its elements by itself
        held = [np.broadcast_to(np.asarray(x, object), result.shape).ravel().tolist() for x in operands]
        for made, *given in zip(result.ravel().tolist(), *held):
            if self.find(made) is None and not self.is_users_type(type(made)) and self.contains_tracked(given):
                self.record(site, primitive, tuple(given), made)

    def unless_answered(self, site, what, result, operands):
        """What no code of the user's has answered depends on `operands` in an unknown way."""
        values = self.values_behind(self.reach(operands))
        for part in result.ravel().tolist() if holds_objects(result) else models.parts(result):
            if self.find(part) is None and not self.is_users_type(type(part)) and values:
                self.opaque(site, what, part, values=values)
        return result

    def call_one_by_one(self, site, do, f, args, kwargs):
        """A ufunc or a product that calls the operators of objects."""
        return self.unless_answered(site, models.name_of(f), do(f, self.one_by_one(site, args), kwargs), args)

    def held_on(self, site, f, args, result):
        """An array of objects: the numbers of an array, or the very objects of a list, among which arrays have given new ones."""
        if args and isinstance(args[0], ARRAYS) and args[0].dtype.kind in "fciu" and args[0].shape == result.shape:
            self.tie_all(site, self.behind(args[0], "fciu"), result)
            return result
        known = {id(x) for x in self.numbers_in(args)}
        for part in result.ravel().tolist():
            if id(part) not in known and not self.is_users_type(type(part)):
                self.opaque(site, models.name_of(f), part, (args,))
        return result

    def as_number(self, site, x):
        """An object that is put into an array of numbers."""
        if type(x) in self.builtin:
            return x
        kind = type(x)
        return self.as_numbers(site, _plainly, np.copyto if speaks_numpy(kind) or is_sequence(kind) else math.sqrt, x)

    def as_numbers(self, site, do, f, x):
        """An object of the user's that says itself what number, or what array, it is for a function written in C."""
        kind = type(x)
        if (kind is list or kind is tuple) and not all([type(part) in self.builtin for part in x]):
            return kind([self.as_numbers(site, do, f, part) for part in x])
        if isinstance(x, (*ARRAYS, *CONTAINERS, float, int, complex, str, type)) or not self.is_users_type(kind):
            return x

        def says(name):
            return self.is_users_type(self.answering(kind, name))

        if f in OF_MATH:
            return do(float, (x,), {}) if says("__float__") else x
        if f is complex:
            return kind.__complex__(x) if says("__complex__") else x
        if hasattr(kind, f.__name__):       # NumPy leaves it to the method
            return x
        if speaks_numpy(kind):
            alone = not any(hasattr(kind, name) for name in ("__array_ufunc__", "__array_function__"))
            return self.call(site, do, np.asarray, (x,), {}) if alone and says("__array__") and f not in MAKES_ARRAY else x
        return list(self.elements(site, x)) if is_sequence(kind) else x

    def from_objects(self, site, do, f, args, kwargs):
        """`array.astype(dtype)` from objects."""
        x, result = f.__self__, do(f, args, kwargs)
        if not holds_objects(result):
            self.put_together(site, f, self.all_kept(x), result, x.shape, (x,))
        return result
