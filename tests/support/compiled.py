"""The compiler's text, run as plain Python: quick, and the same as what Numba compiles.

In:  a function and arguments.
Out: value and gradients.
Start at `lowered_entry`.
"""

import math

import numpy as np

from dpkernel.capture.capture import capture
from dpkernel.runtime import fast, kernels, machine


def lowered_entry(f, args, numbers, segments=0):
    """An Entry with its program, for arguments like these; Refused or NotLowered if there is none."""
    entry = fast.Entry(f, numbers)
    entry.captured = capture(f, args)
    entry.text = fast.lowered(entry.captured, entry.wanted(args), segments)
    return entry


def as_python(entry):
    """The entry, with its program as a function of Python."""
    names = {"np": np, "math": math}
    for name in machine.CALLED:
        called = getattr(kernels, name)
        names[name] = getattr(called, "py_func", called)
    exec(compile(entry.text, "<lowered>", "exec"), names)
    entry.function = names["value_and_gradient"]
    return entry


def run(f, args, numbers=(0,)):
    """(value, gradients) by the lowered program; None where it hands over to the interpreter."""
    entry = lowered_entry(f, args, numbers)
    return as_python(entry).run(args)
