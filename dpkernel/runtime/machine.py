"""Lowered text as machine code.

In:  the text of a function, as codegen/lowered.py writes it.
Out: the function, compiled by Numba for the types of its first arguments.
Start at `compiled`. Numba is imported when the first one is asked for.
"""

import functools
import math

import numpy as np


class Leave(Exception):
    """The compiled program has met something that only Python does right; the interpreter takes over."""


LEFT = (Leave, ArithmeticError, IndexError, ValueError, MemoryError)


def compiled(text, name):
    """The function of this name in `text`; it lets other threads run, and checks every index."""
    import numba

    namespace = dict(_helpers())
    exec(compile(text, f"<dpkernel {name}>", "exec"), namespace)
    return numba.njit(namespace[name], nogil=True, error_model="numpy", boundscheck=True)


@functools.cache
def _helpers():
    """What lowered text may call."""
    import numba

    @numba.njit(inline="always")
    def maximum(a, b):
        return a if a > b or a != a else b

    @numba.njit(inline="always")
    def minimum(a, b):
        return a if a < b or a != a else b

    @numba.njit
    def checked_add(a, b):
        """Whole numbers of Python have no limit: where the machine's would wrap around, it is left."""
        y = a + b
        if (a ^ y) & (b ^ y) < 0:
            raise Leave
        return y

    @numba.njit
    def checked_subtract(a, b):
        y = a - b
        if (a ^ b) & (a ^ y) < 0:
            raise Leave
        return y

    @numba.njit
    def checked_multiply(a, b):
        if abs(float(a) * float(b)) > 9e18:
            raise Leave
        return a * b

    return {"np": np, "math": math, "Leave": Leave, "maximum": maximum, "minimum": minimum, "checked_add": checked_add,
            "checked_subtract": checked_subtract, "checked_multiply": checked_multiply}
