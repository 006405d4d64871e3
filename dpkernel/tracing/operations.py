"""Operators, items, attributes: the plain operation, then its record.

In:  a site, the plain operation `do`, the user's objects.
Out: the plain result.
Start at `Operations.binary`; everything before the first record is on the path of all the user's
code and kept short.
"""

import collections
import types

import numpy as np

from ..ir.types import type_of
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import outside, products, shape
from . import models
from .frames import clean, users
from .objects import holds_objects
from .rewrite import plain_code
from .site import SIGNS, Site
from .unknown import KEYS
from .whole import Whole

BINARY = {
    "Add": e.add, "Sub": e.subtract, "Mult": e.multiply, "Div": e.divide, "Pow": e.power,
    "Mod": e.remainder, "FloorDiv": e.floor_divide,
}
COMPARE = {
    "Eq": e.equal, "NotEq": e.not_equal, "Lt": e.less, "LtE": e.less_equal, "Gt": e.greater,
    "GtE": e.greater_equal,
}
METHODS = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "Pow": "pow", "Mod": "mod",
    "FloorDiv": "floordiv", "MatMult": "matmul", "USub": "neg", "UAdd": "pos",
}
PLAIN = (np.ndarray, np.float64, float, np.float32)
DICTS = frozenset({collections.defaultdict, collections.OrderedDict})
JOINERS = tuple({base for x in (np.r_, np.c_) for base in type(x).__mro__ if base is not object})
NUMBER_TYPES = frozenset({float, int, complex, bool, Whole, np.float64, np.float32, np.int64, np.bool_, np.complex128})
RECORDED = (np.ndarray, np.generic, float, complex, Whole)
ARRAY_ATTRIBUTES = ("T", "mT", "real", "imag")
KEEPERS = (list, tuple, dict, collections.deque)
ADDRESSES = ("ctypes", "__array_interface__")


SEQUENCES = (list, tuple)
DICTS = (dict, collections.defaultdict, collections.OrderedDict, collections.Counter)


def _is_plain_array(x):
    """True for an array of NumPy's own class, of numbers: what is done with it needs no model."""
    return type(x) is np.ndarray and x.dtype.kind in "biufc"


class Operations:
    """The part of the tracer that answers operators."""

    def binary(self, site, do, a, b):
        self.last_site = site
        tracked = self.tracked
        if id(a) not in tracked and id(b) not in tracked:
            if not self.depends_slowly(a, b):
                return do(a, b)
        else:
            self.meet(a)
            self.meet(b)
        touches = self.touches
        detail, kind, other = site.detail, type(a), type(b)
        if (kind in NUMBER_TYPES or kind is np.ndarray and a.dtype.kind != "O") \
                and (other in NUMBER_TYPES or other is np.ndarray and b.dtype.kind != "O"):
            result = do(int(a) if kind is Whole else a, int(b) if other is Whole else b)    # a plain int answers as a Whole
        else:
            a, b = self.asked_first(site, a, b)
            result = do(a, b)
            if holds_objects(result):
                self.of_objects(site, BINARY.get(detail), (a, b), result)
                return result
        if type(result) is int and detail in BINARY:
            result = self.own(result)
        if issubclass(type(result), RECORDED):
            if self.touches == touches or not self.is_overridden(detail, a, b):
                self.record(site, BINARY.get(detail), (a, b), result)
        elif detail == "Mult" and type(result) in SEQUENCES and Whole in (type(a), type(b)):
            return result           # the same objects, as often as a whole number says
        elif not self.is_users_type(type(result)):
            self.opaque(site, f"the operator {SIGNS[detail]} of {type(a).__name__}", result, (a, b))
        return result

    def is_overridden(self, detail, *operands):
        """True if a class of the user's has its own method for the operator."""
        name = METHODS.get(detail)
        return any(
            self.is_users_type(type(x))
            and any(f"__{prefix}{name}__" in vars(kind) for kind in type(x).__mro__ if self.is_users_type(kind)
                    for prefix in ("", "r", "i"))
            for x in operands
        )

    def depends_slowly(self, *operands):
        """Meet the operands' types; True if one depends on a parameter in an unusual way."""
        found = False
        for x in operands:
            kind = type(x)
            if kind is np.ndarray:
                if x.dtype.kind == "O":
                    found = found or self.contains_tracked(x)
                else:
                    found = found or (self.memories and self.find(x) is not None)
            elif kind is list or kind is tuple:
                found = found or any(issubclass(type(y), (np.ndarray, str)) for y in operands) and self.contains_tracked(x)
            elif kind not in self.builtin:
                self.meet(x)
                found = found or not issubclass(type(x), np.generic) and self.leads_to_parameters(x)
        return found

    def leads_to_parameters(self, x):
        """True if an object of a class that is not built in holds something that depends on a parameter."""
        if issubclass(type(x), np.ndarray):
            return self.find(x) is not None
        return bool(self.values_behind(self.reach(x)))

    def record(self, site, primitive, operands, result, attributes=None):
        """Record an operator; one that no primitive describes becomes opaque."""
        if id(result) in self.tracked:
            return
        if type(result) not in PLAIN and self.is_foreign(*operands):
            self.opaque(site, f"an operator of {type(operands[0]).__name__}", result, operands)
            return
        if primitive is None and site.detail == "MatMult":
            if not all(map(_is_plain_array, operands)):
                self.model(site, np.matmul, operands, {}, result)
                return
            primitive = products.matmul
        if primitive is None:
            if issubclass(type(result), RECORDED) and getattr(result, "dtype", np.dtype(float)).kind not in "fcO":
                self.flat(site, operands, result)
            else:
                self.opaque(site, f"the operator {SIGNS[site.detail]}", result, operands)
            return
        try:
            if issubclass(type(result), np.ndarray) and result.dtype.kind not in "biufc":
                raise self.unrecordable(f"an array of dtype {result.dtype}")
            given = tuple(map(self.operand, operands))
        except self.unrecordable as problem:
            values = self.values_behind(self.reach(operands))
            self.opaque(site, str(problem), result, values=values)
            return
        self.append(site, primitive, given, result, attributes)

    def flat(self, site, operands, result, reason="flat"):
        """Record a result that does not change with its operands."""
        inputs = [v for v in map(self.find, operands) if v is not None]
        attributes = {"function": None, "type": type_of(result), "reason": reason}
        self.append(site, outside.flat, inputs, result, attributes)

    def compare(self, site, do, a, b):
        self.last_site = site
        depends = self.depends_slowly(a, b) or id(a) in self.tracked or id(b) in self.tracked
        if depends and not (type(a) in NUMBER_TYPES and type(b) in NUMBER_TYPES):
            a, b = self.asked_first(site, a, b)
        result = do(a, b)
        if depends and issubclass(type(result), np.ndarray) and result.dtype.kind == "b":
            self.record(site, COMPARE.get(site.detail), (a, b), result)
        return result

    def unary(self, site, do, x):
        self.last_site = site
        depends = id(x) in self.tracked or self.depends_slowly(x)
        touches = self.touches
        result = do(x)
        if not depends:
            return result
        if type(result) is int and site.detail != "Invert":
            result = self.own(result)
        if not issubclass(type(result), RECORDED):
            if not self.is_users_type(type(result)):
                self.opaque(site, f"the operator {SIGNS[site.detail]} of {type(x).__name__}", result, (x,))
        elif self.touches == touches or not self.is_overridden(site.detail, x):
            if site.detail == "UAdd":
                self.model(site, np.positive, (x,), {}, result)
            else:
                self.record(site, e.negative if site.detail == "USub" else None, (x,), result)
        return result

    def in_place(self, site, do, a, b):
        """`a += b`: a write if `a` is an array, an ordinary operation if it is a number."""
        if type(a) in (list, collections.deque) and not hasattr(type(b), "__radd__"):      # an array answers itself
            return do(a, self.gone_over(site, b))
        if not issubclass(type(a), np.ndarray):
            return self.binary(site, do, a, b)
        self.last_site = site
        self.writes(a)
        if holds_objects(a):
            old, b = a.copy(), self.one_by_one(site, (a, b))[1]
            result = do(a, b)
            self.of_objects(site, BINARY.get(site.detail), (old, b), a)
            return result
        memory = self.memory_of(a)
        depends = self.find(a) is not None or self.contains_tracked(b)
        if not depends and (memory is None or self.begin_write(memory, False) is None):
            return do(a, b)
        detail = site.detail
        if self.is_overridden(detail, a):
            return self.call_unknown(site, lambda f, args, k: do(*args), do, a, (a, b), {})

        def contents(old):
            if detail == "MatMult":
                return models.WAYS[np.matmul]((old, self.operand(b)), {})
            return models.emit(BINARY[detail], old, self.operand(b))

        known = detail in BINARY or detail == "MatMult"
        return self.rewrite(site, a, contents if known else None, lambda: do(a, b), (b,))

    # items and attributes

    def item(self, site, do, x, i):
        self.last_site = site
        kind = type(x)
        if issubclass(type(x), JOINERS) and self.contains_tracked(i):
            result = do(x, i)
            self.model(site, "np.r_", (x, i), {}, result)
            return result
        if id(x) not in self.tracked:
            if kind is dict:
                return self.looked_up(site, do(x, i), i)
            if kind in DICTS:
                return self.looked_up(site, self.made_item(site, do, x, i) if kind is collections.defaultdict else do(x, i), i)
            if kind is list or kind is tuple or kind is str or kind is collections.deque:
                return do(x, i)
            if issubclass(kind, dict) and self.answering(kind, "__getitem__") is dict:
                self.meet(x)
                return self.looked_up(site, do(x, i), i)
            if not self.depends_slowly(x):
                return self.own_item(site, do, x, i)
        touches = self.touches
        reached = None if isinstance(x, np.ndarray) else self.reach(x)
        result = do(x, i)
        if id(result) in self.tracked:
            return result
        if not issubclass(type(x), (np.ndarray, np.number)) or x.dtype.kind == "O" or self.is_foreign(x):
            if kind is np.ndarray or self.is_users_type(self.answering(kind, "__getitem__")) \
                    or issubclass(kind, (list, tuple)) and self.is_users_type(kind):
                return result
            if self.hands_on_items(x, kind):
                return self.looked_up(site, result, i)
            if kind is np.flatiter:
                return self.flat_item(site, x.base, np.arange(x.base.size)[i], result)
            if reached is not None and isinstance(result, RECORDED):
                return self.unless_known(site, f"an item of {kind.__name__}", result, reached, self.values_behind(reached))
            reached = self.reach(x)
            known = None if type(i) in KEYS and self.contains_tracked(i) else reached
            return self.handed_on(site, f"an item of {kind.__name__}", result, known, self.values_behind(reached))
        answered = self.touches != touches and self.is_users_type(self.answering(kind, "__getitem__"))
        if answered or not issubclass(type(result), RECORDED):
            if issubclass(type(result), RECORDED):
                return result
            return self.opaque(site, f"an item of {kind.__name__}", result, [x])
        try:
            operands, form = self.taken_apart(i)
        except self.unrecordable as problem:
            return self.opaque(site, str(problem), result, [x])
        if result.dtype.kind not in "biufc" or result.dtype != x.dtype:
            return self.opaque(site, f"a field of dtype {result.dtype}", result, [x])
        self.append(site, ix.index, (self.find(x), *operands), result, {"form": form})
        return result

    def made_item(self, site, do, x, key):
        """An item of a defaultdict: under a key that is not there it is made by a function of the user's."""
        try:
            missing = x.default_factory is not None and key not in x
        except TypeError:
            missing = False
        if missing:
            x[key] = Site(site.span).call(x.default_factory)
        return do(x, key)
    def hands_on_items(self, x, kind):
        """True for containers that keep objects: an item is the very object that was put there."""
        made_by = getattr(x, "default_factory", None)
        return self.answering(kind, "__getitem__") in KEEPERS and (
            not callable(made_by) or isinstance(made_by, type) or self.is_followed(made_by))

    def looked_up(self, site, result, key):
        """An item of a dict: under a key that depends on a parameter there may be what was computed before from it."""
        if type(key) in KEYS and issubclass(type(result), RECORDED) and self.contains_tracked(key) and self.find(result) is None:
            self.opaque(site, "an item of a dict under a key that depends on a parameter", result, [key])
        return result

    def own_item(self, site, do, x, i):
        """An item of something that does not depend on a parameter: as it is."""
        if issubclass(type(x), type) and not self.is_users_type(x) and self.contains_tracked(i):     # typing keeps what it made
            return self.call_unknown(site, lambda *_: do(x, i), do, None, (i,), {}, f"{x.__name__}[...]")
        touches = self.touches
        result = do(x, i)
        if self.touches != touches and issubclass(type(result), RECORDED) and not self.is_users_type(type(x)):
            self.opaque(site, f"an item of {type(x).__name__}", result, values=self.inputs)
        return result

    def taken_apart(self, i):
        """A subscript as literals: arrays are copied, since the user may change them later."""
        operands, form = ix.take_apart(i)
        literals = []
        for part in operands:
            if issubclass(type(part), np.ndarray):
                part = np.array(part)
            elif not (part is None or issubclass(type(part), (int, np.integer, np.bool_))):
                if not hasattr(part, "__index__"):
                    raise self.unrecordable(f"a subscript of type {type(part).__name__}")
                part = part.__index__()
            literals.append(part)
        return literals, form

    def attribute(self, site, do, x, name, *default):
        kind = type(x)
        if id(x) not in self.tracked and kind in self.builtin:
            if kind is not np.ndarray or name not in ARRAY_ATTRIBUTES or self.find(x) is None:
                return self.expose(x, name, do(x, name))
        self.last_site = site
        self.meet(x)
        if name == "__traceback__" and issubclass(type(x), BaseException):
            clean(x)
        touches = self.touches
        result = self.expose(x, name, do(x, name))
        if default and result is default[0]:
            return result
        if name == "f_back" and kind is types.FrameType:
            return users(result)
        if name == "__class__" and result is Whole:
            return int
        if name == "__code__":
            return plain_code(result) or result
        if kind is Whole and name in ARRAY_ATTRIBUTES:
            result = self.own(result)
        if self.find(result) is not None or not issubclass(type(result), (*RECORDED, list, tuple, dict, str)):
            if self.find(x) is None or issubclass(type(x), (*RECORDED, int)) or callable(result):
                return result
            return self.opaque(site, f"the attribute {name} of {kind.__name__}", result, [x])
        if issubclass(type(x), RECORDED):
            value = self.find(x)
            if value is not None and name in ARRAY_ATTRIBUTES and value.type.dtype.kind in "biufc":
                return self.array_attribute(site, x, name, value, self.own(result))
            return result
        if self.is_users_type(kind) or self.touches != touches:
            return result
        reached = self.reach(x)
        values = self.values_behind(reached)
        return self.unless_known(site, f"the attribute {name} of {kind.__name__}", result, reached, values)

    def expose(self, x, name, result):
        """Note that the cell knows the address of an array: unknown calls can get at its memory."""
        if name in ADDRESSES and issubclass(type(x), np.ndarray):
            self.exposed.append(x)
        return result

    def array_attribute(self, site, x, name, value, result):
        """The attributes of arrays that are operations."""
        if name in ("T", "mT"):
            n = x.ndim
            axes = range(n - 1, -1, -1) if name == "T" else (*range(n - 2), n - 1, n - 2)
            self.append(site, shape.transpose, (value,), result, {"axes": tuple(axes)})
        else:
            self.append(site, e.real if name == "real" else e.imag, (value,), result)
        return result
