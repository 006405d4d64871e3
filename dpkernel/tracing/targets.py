"""The targets of assignments to items and attributes that have to be noticed.

In:  the tracer, a site, the user's object.
Out: what the rewritten code assigns to in its place.
Start at `WatchedTarget`.
"""

import inspect
import types

import numpy as np

from .look import isinstance
from .objects import holds_objects


class WatchedTarget:
    """Stands for one object during one assignment to an item or an attribute of it."""

    __slots__ = ("_tracer", "_site", "_x")

    def __init__(self, tracer, site, x):
        for name, value in (("_tracer", tracer), ("_site", site), ("_x", x)):
            object.__setattr__(self, name, value)

    def __setitem__(self, i, value):
        tracer, site, x = self._tracer, self._site, self._x
        put = site.put("store")

        def do():
            put(x, i, value)

        if isinstance(x, (np.ndarray, np.flatiter)) and not holds_objects(x):
            value = tracer.as_number(site, value)
        if isinstance(x, np.flatiter):
            flat, x = x, x.base
            whole = np.arange(x.size).reshape(x.shape).flat[i]
            return tracer.assign(site, x, np.unravel_index(whole, x.shape),
                                 tracer.cyclic(site, value, np.size(whole)), lambda: put(flat, i, value))
        if isinstance(x, np.ndarray):
            if holds_objects(x) and isinstance(np.broadcast_to(False, x.shape)[i], np.ndarray):     # else it is kept as it is
                value = tracer.one_by_one(site, (x, value))[1]
            return tracer.assign(site, x, i, value, do)
        if type(x) is list:
            elements = tracer.gone_over(site, value)
            return put(x, i, value if elements is value else list(elements))
        return tracer.set_unknown(site, do, x, (i, value), f"an item of a {type(x).__name__}")

    def __delitem__(self, i):
        del self._x[i]

    def __setattr__(self, name, value):
        tracer, site, x, put = self._tracer, self._site, self._x, self._site.put("set")
        if isinstance(x, np.ndarray) and not tracer.is_foreign(x):
            tracer.assign_attribute(site, x, name, value, put)
        else:
            tracer.set_unknown(site, lambda: put(x, name, value), x, (value,), f"the attribute {name} of {type(x).__name__}")


KEEPS = (type, types.ModuleType, BaseException, types.SimpleNamespace)      # have a __setattr__ of their own that does what it says


def keeps_attribute(kind, name):
    """True if `x.name = value` keeps the very object, as ordinary attributes and slots do."""
    if kind.__setattr__ is not object.__setattr__ and not issubclass(kind, KEEPS):
        return False
    found = inspect.getattr_static(kind, name, None)
    return isinstance(found, types.MemberDescriptorType) or not hasattr(type(found), "__set__")
