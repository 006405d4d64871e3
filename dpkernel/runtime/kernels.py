"""What lowered text calls, compiled once and kept on disk.

In:  numbers and arrays of float64 and int64.
Out: numbers and arrays.
Start anywhere. Importing this file imports Numba.
"""

import math

import numba
import numpy as np


class Leave(Exception):
    """The compiled program has met something that only Python does right; the interpreter takes over."""


class TooLarge(Exception):
    """What would be kept for the way back is more than the budget."""


@numba.njit(inline="always")
def maximum(a, b):
    """NumPy's: NaN wins."""
    return a if a > b or a != a else b


@numba.njit(inline="always")
def minimum(a, b):
    """NumPy's: NaN wins."""
    return a if a < b or a != a else b


@numba.njit(cache=True, nogil=True)
def logaddexp(a, b):
    """log(exp a + exp b), without an overflow on the way."""
    if a == b:
        return a + math.log(2)
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


@numba.njit(cache=True, nogil=True)
def within(k, n):
    """The place that `k` names on an axis of `n` places, counted from the front."""
    if k < -n or k >= n:
        raise Leave
    return k if k >= 0 else k + n


@numba.njit(cache=True, nogil=True)
def checked_add(a, b):
    """Whole numbers of Python have no limit: where the machine's would wrap around, the program is left."""
    y = a + b
    if (a ^ y) & (b ^ y) < 0:
        raise Leave
    return y


@numba.njit(cache=True, nogil=True)
def checked_subtract(a, b):
    """See checked_add."""
    y = a - b
    if (a ^ b) & (a ^ y) < 0:
        raise Leave
    return y


@numba.njit(cache=True, nogil=True)
def checked_multiply(a, b):
    """See checked_add."""
    if abs(float(a) * float(b)) > 9e18:
        raise Leave
    return a * b


@numba.njit(cache=True, nogil=True)
def product(a, b):
    """a @ b by BLAS."""
    return np.dot(a, b)
