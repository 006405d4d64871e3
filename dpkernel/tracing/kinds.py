"""What kind of class or function something is.

In:  a class, or a function.
Out: whether the user has written it, or Numba compiles it.
Start at `defined_by_user`.
"""

import sys
import types

from ..lazy import loaded
from .follow import STANDARD_MODULES, is_users
from .reach import C_DATA


def defined_by_user(kind):
    """True for a class that the user has written, or that has methods of the user's."""
    if not kind.__flags__ & (1 << 9) or issubclass(kind, C_DATA):      # not made by a class statement; or all in C
        return False
    for base in kind.__mro__:
        if base is not kind and base.__module__ in STANDARD_MODULES:
            continue        # a class of a package may come from it
        for member in vars(base).values():
            function = getattr(member, "__func__", member)
            function = getattr(function, "fget", function)
            if issubclass(type(function), types.FunctionType) and is_users(function.__code__):
                return True
    module = sys.modules.get(kind.__module__)
    return kind.__module__ == "__main__" or getattr(module, "__file__", None) is not None and is_users(
        types.SimpleNamespace(co_filename=module.__file__, co_qualname=kind.__qualname__)
    )


def is_njit(f):
    """True for a function that Numba compiles."""
    registry = loaded("numba.core.registry")
    return registry is not None and issubclass(type(f), registry.CPUDispatcher)


def is_numbas(f):
    """True for a decorator of Numba, and for what it makes: the compiler reads the code of functions."""
    module = f.__module__ if issubclass(type(f), types.FunctionType) else type(f).__module__
    return issubclass(type(module), str) and module.startswith("numba.")
