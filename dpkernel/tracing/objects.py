"""Arrays of objects, and objects of the user's that NumPy calculates with one by one.

In:  a site, operands.
Out: the same operands; where NumPy would make new numbers of an array's elements, an array of objects that are known.
Start at `Objects.one_by_one`. `w * Dual(1.0)` hands Python floats, made of the elements of `w`, to `Dual.__rmul__`:
those are tied to their places in `w`. An array of objects has no Value itself; its elements are known as all objects are.
"""

import numpy as np

from . import models
from .look import isinstance

ARRAYS = (np.ndarray, np.generic)
SPEAKS_NUMPY = ("__array__", "__array_interface__", "__array_struct__", "__buffer__", "__array_ufunc__", "__array_priority__",
                "__array_function__")
ONE_BY_ONE = frozenset({np.dot, np.inner, np.outer, np.vdot})     # beside the ufuncs


def holds_objects(x):
    """True for an array of objects."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "O"


def speaks_numpy(kind):
    """True for a class that has its own say in what NumPy does with its objects."""
    return any(hasattr(kind, name) for name in SPEAKS_NUMPY)


def is_sequence(kind):
    """True for a class through whose objects NumPy goes where it wants an array."""
    return hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not hasattr(kind, "keys")


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
        return tuple([self.made_objects(site, x) if isinstance(x, ARRAYS) and x.dtype.kind in "fciu" and self.find(x) is not None
                      else x for x in operands])

    def asked_first(self, site, a, b):
        """The operands of an operator: an object of the user's on the left answers before NumPy does."""
        first = isinstance(a, ARRAYS) or holds_objects(b)
        return self.one_by_one(site, (a, b)) if first else (a, b)

    def made_objects(self, site, x):
        """The numbers that NumPy makes of `x` for objects: an array of them, or a Python number."""
        if x.dtype.kind in "iu":            # of these it is only known that they depend on `x`
            held = np.asarray(x).astype(object)
            for place, number in np.ndenumerate(held):
                held[place] = self.opaque(site, f"a whole number of an array of dtype {x.dtype}", self.own(number), (x,))
        else:
            held = self.as_objects(site, x)
        return held.item() if isinstance(x, np.generic) else held

    def as_objects(self, site, x):
        """An array of objects with the numbers of `x`, each tied to its place; in the layout of `x`."""
        value = self.behind(x)
        held = np.asarray(x)
        turned = tuple(slice(None, None, -1 if step < 0 else None) for step in held.strides)
        held = held[(..., *turned)].astype(object)[(..., *turned)]
        self.tie_all(site, value, held)
        return held

    def tie_all(self, site, value, held):
        """The elements of an array of objects are those of `value`, in C order."""
        for n, part in enumerate(held.ravel().tolist()):
            self.tie(site, value, part, (n,))

    def of_objects(self, site, primitive, operands, result):
        """An operator of arrays of objects, element by element; what code of the user's has answered is known."""
        held = [np.broadcast_to(np.asarray(x, object), result.shape).ravel().tolist() for x in operands]
        for made, *given in zip(result.ravel().tolist(), *held):
            if self.find(made) is None and not self.is_users_type(type(made)) and self.contains_tracked(given):
                self.record(site, primitive, tuple(given), made)

    def call_one_by_one(self, site, do, f, args, kwargs):
        """A ufunc or a product that calls the operators of objects."""
        given = self.one_by_one(site, args)
        result = do(f, given, kwargs)
        if isinstance(result, np.ndarray) or not self.is_users_type(type(result)):
            values = self.values_behind(self.reach(args, kwargs))
            for part in result.ravel().tolist() if holds_objects(result) else models.parts(result):
                if self.find(part) is None and not self.is_users_type(type(part)) and values:
                    self.opaque(site, models.name_of(f), part, values=values)
        return result

    def held_on(self, site, f, args, result):
        """An array of the very objects of a list, among which arrays have given new ones."""
        known = {id(x) for x in self.numbers_in(args)}
        for part in result.ravel().tolist():
            if id(part) not in known and not self.is_users_type(type(part)):
                self.opaque(site, models.name_of(f), part, (args,))
        return result

    def from_or_to_objects(self, site, do, f, args, kwargs):
        """`array.astype(dtype)` from objects, or to objects."""
        x, result = f.__self__, do(f, args, kwargs)
        if not holds_objects(x):
            self.tie_all(site, self.behind(x), result)
        elif not holds_objects(result):
            self.put_together(site, f, self.all_kept(x), result, x.shape, (x,))
        return result
