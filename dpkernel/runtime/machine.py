"""Lowered text as machine code.

In:  the text of a function, as codegen/lowered.py writes it.
Out: the function, compiled by Numba for the types of its first arguments.
Start at `compiled`. Numba is imported when the first one is asked for.
"""

import math
import os

import numpy as np

from ..lazy import lazy_module

kernels = lazy_module("dpkernel.runtime.kernels")
CALLED = ("Leave", "TooLarge", "maximum", "minimum", "checked_add", "checked_subtract", "checked_multiply", "product",
          "logaddexp", "within")


def compiled(text, name):
    """The function of this name in `text`; it lets other threads run, and checks every index."""
    import numba

    namespace = {"np": np, "math": math, **{called: getattr(kernels, called) for called in CALLED}}
    exec(compile(text, f"<dpkernel {name}>", "exec"), namespace)
    return numba.njit(namespace[name], nogil=True, error_model="numpy", boundscheck=True)


def budget():
    """Bytes that may be kept for the way back: DPKERNEL_MEMORY, or a quarter of what is free."""
    import psutil

    given = os.environ.get("DPKERNEL_MEMORY")
    return int(float(given)) if given else psutil.virtual_memory().available // 4


def left():
    """Exceptions with which a compiled program hands over to the interpreter."""
    return kernels.Leave, ArithmeticError, IndexError, ValueError, MemoryError
