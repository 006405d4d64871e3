"""Heavy packages, imported on first use.

In:  the name of a package.
Out: a module-like object whose first attribute access imports the package.
Start at `lazy_module`.
"""

import importlib
import sys


class LazyModule:
    """Stand-in for a package: importing happens at the first attribute access."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def __getattr__(self, attribute):
        return getattr(importlib.import_module(self._name), attribute)

    def __repr__(self):
        return f"<lazy module {self._name}>"


def lazy_module(name):
    """Return a stand-in for the package `name`; nothing is imported yet.

    >>> lazy_module("json").dumps([1])
    '[1]'
    """
    return LazyModule(name)


def loaded(name):
    """Return the module `name` if somebody has imported it already, else None.

    A value can only be a pandas object, say, if pandas is loaded. What another thread is importing is not loaded yet.

    >>> loaded("sys") is not None, loaded("no_such_package")
    (True, None)
    """
    module = sys.modules.get(name)
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module
