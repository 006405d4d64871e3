"""Operators, items, attributes, iteration: the plain operation, then its record.

In:  a site, the plain operation `do`, the user's objects.
Out: the plain result.
Start at `Operations.binary`; everything before the first record is on the path of all the user's
code and kept short.
"""

import numpy as np

from ..ir.types import type_of
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import outside, shape
from .site import SIGNS
from .whole import Whole

BINARY = {
    "Add": e.add, "Sub": e.subtract, "Mult": e.multiply, "Div": e.divide, "Pow": e.power,
    "Mod": e.remainder, "FloorDiv": e.floor_divide,
}
COMPARE = {
    "Eq": e.equal, "NotEq": e.not_equal, "Lt": e.less, "LtE": e.less_equal, "Gt": e.greater,
    "GtE": e.greater_equal,
}
RECORDED = (np.ndarray, np.generic, float, complex, Whole)


class Operations:
    """The part of the tracer that answers operators."""

    def binary(self, site, do, a, b):
        self.last_site = site
        tracked = self.tracked
        if id(a) not in tracked and id(b) not in tracked and not self.depends_slowly(a, b):
            return do(a, b)
        result = do(a, b)
        if type(result) is int and BINARY.get(site.detail) is not None:
            result = self.own(result)
        if isinstance(result, RECORDED):
            self.record(site, BINARY.get(site.detail), (a, b), result)
        elif not self.is_users_type(type(result)):
            self.opaque(site, f"the operator {SIGNS[site.detail]} of {type(a).__name__}", result, (a, b))
        return result

    def depends_slowly(self, *operands):
        """Meet the operands' types; True if one depends on a parameter in an unusual way."""
        found = False
        for x in operands:
            kind = type(x)
            if kind is np.ndarray:
                found = found or (x.base is not None and self.find(x) is not None)
            elif kind is list or kind is tuple:
                found = found or any(isinstance(y, np.ndarray) for y in operands) and self.contains_tracked(x)
            else:
                self.meet(x)
        return found

    def record(self, site, primitive, operands, result, attributes=None):
        """Record an operator; one that no primitive describes becomes opaque."""
        if id(result) in self.tracked:
            return
        if primitive is None:
            if site.detail == "MatMult":
                self.model(site, np.matmul, operands, {}, result)
            elif isinstance(result, RECORDED) and getattr(result, "dtype", np.dtype(float)).kind not in "fc":
                self.flat(site, operands, result)
            else:
                self.opaque(site, f"the operator {SIGNS[site.detail]}", result, operands)
            return
        try:
            given = tuple(map(self.operand, operands))
        except self.unrecordable as problem:
            self.opaque(site, str(problem), result, operands)
            return
        self.append(site, primitive, given, result, attributes)

    def flat(self, site, operands, result, reason="flat"):
        """Record a result that does not change with its operands."""
        inputs = [v for v in map(self.find, operands) if v is not None]
        attributes = {"function": None, "type": type_of(result), "reason": reason}
        self.append(site, outside.flat, inputs, result, attributes)

    def compare(self, site, do, a, b):
        self.last_site = site
        depends = id(a) in self.tracked or id(b) in self.tracked or self.depends_slowly(a, b)
        result = do(a, b)
        if depends and isinstance(result, np.ndarray):
            self.record(site, COMPARE.get(site.detail), (a, b), result)
        return result

    def unary(self, site, do, x):
        self.last_site = site
        depends = id(x) in self.tracked or self.depends_slowly(x)
        result = do(x)
        if depends and type(result) is int and site.detail != "Invert":
            result = self.own(result)
        if depends and not isinstance(result, RECORDED):
            if not self.is_users_type(type(result)):
                self.opaque(site, f"the operator {SIGNS[site.detail]} of {type(x).__name__}", result, (x,))
        elif depends:
            if site.detail == "UAdd":
                self.model(site, np.positive, (x,), {}, result)
            else:
                self.record(site, e.negative if site.detail == "USub" else None, (x,), result)
        return result

    def in_place(self, site, do, a, b):
        """`a += b`: a write if `a` is an array, an ordinary operation if it is a number."""
        self.last_site = site
        if isinstance(a, np.ndarray):
            return self.write(site, a, b, lambda: do(a, b))
        return self.binary(site, do, a, b)

    # items and attributes

    def item(self, site, do, x, i):
        self.last_site = site
        if id(x) not in self.tracked and not self.depends_slowly(x):
            return do(x, i)
        result = do(x, i)
        if id(result) in self.tracked:
            return result
        if isinstance(x, np.ndarray) and isinstance(result, RECORDED):
            try:
                operands, form = self.taken_apart(i)
            except self.unrecordable as problem:
                return self.opaque(site, str(problem), result, [x])
            self.append(site, ix.index, (self.find(x), *operands), result, {"form": form})
            return result
        return self.opaque(site, f"an item of {type(x).__name__}", result, [x])

    def taken_apart(self, i):
        """A subscript as literals: arrays are copied, since the user may change them later."""
        operands, form = ix.take_apart(i)
        literals = []
        for part in operands:
            if isinstance(part, np.ndarray):
                part = part.copy()
            elif not (part is None or isinstance(part, (int, np.integer, np.bool_))):
                if not hasattr(part, "__index__"):
                    raise self.unrecordable(f"a subscript of type {type(part).__name__}")
                part = part.__index__()
            literals.append(part)
        return literals, form

    def attribute(self, site, do, x, name):
        if id(x) not in self.tracked and type(x) in self.builtin:
            if type(x) is not np.ndarray or x.base is None:
                return do(x, name)
        self.last_site = site
        self.meet(x)
        result = do(x, name)
        if name == "__class__" and result is Whole:
            return int
        value = self.find(x)
        if value is None or id(result) in self.tracked or not isinstance(result, (*RECORDED, np.flatiter)):
            if value is None or isinstance(x, (*RECORDED, int)) or callable(result):
                return result
            return self.opaque(site, f"the attribute {name} of {type(x).__name__}", result, [x])
        if isinstance(x, RECORDED) and name in ("T", "mT", "real", "imag"):
            return self.array_attribute(site, x, name, value, result)
        return self.opaque(site, f"the attribute {name}", result, [x])

    def array_attribute(self, site, x, name, value, result):
        """The attributes of arrays that are operations."""
        if name in ("T", "mT"):
            n = x.ndim
            axes = range(n - 1, -1, -1) if name == "T" else (*range(n - 2), n - 1, n - 2)
            self.append(site, shape.transpose, (value,), result, {"axes": tuple(axes)})
        else:
            self.append(site, e.real if name == "real" else e.imag, (value,), result)
        return result

    # going through something

    def iterate(self, site, x, unpack):
        self.last_site = site
        self.meet(x)
        value = self.find(x)
        if value is not None:
            rows = self.rows(site, x) if isinstance(x, np.ndarray) else self.opaque_rows(site, x)
            return map(lambda row: self.unpack(site, row), rows) if unpack else rows
        if unpack and type(x) in (list, tuple) and any(isinstance(row, np.ndarray) for row in x):
            return (self.unpack(site, row) for row in x)
        return x

    def rows(self, site, x):
        """The elements along the first axis, each recorded when it is taken."""
        for number, row in enumerate(x):
            self.append(site, ix.index, (self.find(x), number), row, {"form": "i"})
            yield row

    def opaque_rows(self, site, x):
        for row in x:
            yield self.opaque(site, f"an element of {type(x).__name__}", row, [x])

    def unpack(self, site, x):
        """`a, b = x`: the rows of an array, and anything else as it is."""
        self.meet(x)
        if self.find(x) is None:
            return x
        if not isinstance(x, np.ndarray):
            return self.opaque_rows(site, x)
        return list(self.rows(site, x)) if x.ndim else x

    def into_text(self, site, x):
        """`f"{x}"`: the text will depend on x."""
        if self.contains_tracked(x):
            self.in_text.append(x)
        return x

    def text(self, site, result):
        """An f-string that may show numbers that depend on parameters."""
        if self.in_text:
            operands, self.in_text = self.in_text, []
            self.opaque(site, "text", result, operands)
        return result

    def runs_text(self, text):
        """`exec` and `eval` begin: remember which objects the names stand for."""
        self.before_text = {name: id(x) for name, x in self.namespace.items()}
        return text

    def ran_text(self, site, result):
        """What `eval` returns, and what `exec` assigns, comes from text that was not followed."""
        what, anything = f"text run by {site.detail}", list(self.objects.values())[:1]
        for name, x in self.namespace.items():
            if self.before_text.get(name) != id(x):
                self.opaque(site, what, x, anything)
        return self.opaque(site, what, result, anything)
