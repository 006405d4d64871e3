"""Writes into arrays.

In:  an array that is about to be written.
Out: the tape keeps the values from before; what the write touches has no derivative afterwards.
Start at `Writes.before_write`.

NumPy's aliasing is NumPy's own: the user's arrays are real. What has to be noticed is that several
objects lie in the same memory; `owner_of` is the array that holds it.
"""

import numpy as np

from ..ir.types import type_of
from ..primitives import outside

WRITE = "a write into an array"
VIEW = "a view that was made outside the traced code"


def owner_of(x):
    """The array that owns the memory in which `x` lies."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x


class Writes:
    """The part of the tracer that knows about memory."""

    def find_in_memory(self, x):
        """An array that nobody has recorded, in memory that a recorded array lies in."""
        for value in self.owners.get(id(owner_of(x)), ()):
            if value in self.constants:
                continue
            known = self.objects.get(value)
            if isinstance(known, np.ndarray) and np.may_share_memory(known, x):
                kind = type_of(x)
                attributes = {"function": None, "type": kind, "what": VIEW, "why": None}
                site = self.last_site
                out = self.append_typed(site, outside.opaque, [value], kind, attributes)
                self.without_derivative.add(out)
                self.bind(x, out)
                return out
        return None

    def before_write(self, x):
        """Copy what the tape still needs from the memory of `x`."""
        values = self.owners.pop(id(owner_of(x)), None)
        if values is None:
            return
        for value in values:
            if value in self.constants:
                old = self.constants[value]
                self.captured.pop(id(old), None)
                self.constants[value] = old.copy()
            else:
                old = self.objects[value]
                self.alive.append(old)
                if value not in self.without_derivative:
                    self.objects[value] = old.copy()

    def write(self, site, x, value, do):
        """Do a write; afterwards `x`, and whatever shares its memory, is without derivative."""
        depends = self.find(x) is not None or self.contains_tracked(value)
        sharers = self.sharers(x)
        self.before_write(x)
        result = do()
        if depends:
            self.damage(site, x, [x, value], sharers)
        return result

    def sharers(self, x):
        """Known objects that lie in the same memory as `x`."""
        values = self.owners.get(id(owner_of(x)), ())
        return [self.objects[v] for v in values if v in self.objects]

    def damage(self, site, x, operands, sharers=()):
        """Record an opaque result for `x` and for the objects that share its memory."""
        inputs = [v for v in map(self.find, self.numbers_in(operands)) if v is not None]
        for touched in (x, *sharers):
            if isinstance(touched, np.ndarray) and np.may_share_memory(touched, x):
                kind = type_of(touched)
                attributes = {"function": None, "type": kind, "what": WRITE, "why": None}
                out = self.append_typed(site, outside.opaque, inputs, kind, attributes)
                self.without_derivative.add(out)
                self.bind(touched, out)

    def store(self, site, x):
        """The target of `x[i] = value`: itself, or something that notices the write."""
        self.meet(x)
        if isinstance(x, (list, dict)) or self.is_users_type(type(x)):
            return x
        return WatchedTarget(self, site, x)

    def overwrite(self, site, x):
        """`x.flat = ...`, `x.shape = ...` and their like."""
        if isinstance(x, np.ndarray):
            sharers = self.sharers(x)
            self.before_write(x)
            self.damage(site, x, [x], sharers)
        return x


class WatchedTarget:
    """Stands for one object during one assignment to an item of it."""

    __slots__ = ("tracer", "site", "x")

    def __init__(self, tracer, site, x):
        self.tracer, self.site, self.x = tracer, site, x

    def __setitem__(self, i, value):
        def do():
            self.x[i] = value

        if isinstance(self.x, np.ndarray):
            self.tracer.write(self.site, self.x, value, do)
        else:
            do()
            if self.tracer.contains_tracked(value):
                self.tracer.opaque(self.site, f"an item of a {type(self.x).__name__}", self.x, [value])

    def __delitem__(self, i):
        del self.x[i]
