"""The text that Numba compiles: it gives the interpreter's gradients, in place, and is left where Python would do something else."""

import math
import re

import numpy as np
import pytest

from dpkernel import value_and_grad
from dpkernel.capture.scope import Refused
from dpkernel.codegen.lowered import NotLowered
from dpkernel.runtime import fast, kernels, machine
from support.compiled import as_python, lowered_entry, run
from support.functions import FUNCTIONS, from_text, random_function


@pytest.fixture(autouse=True)
def interpreted(monkeypatch):
    monkeypatch.setenv("DPKERNEL_COMPILE", "off")


def same(found, expected):
    assert found is not None and type(found[0]) is type(expected[0])
    assert fast.agree(found, expected), f"{found}\n{expected}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_interpreter(name):
    f, arguments, numbers = FUNCTIONS[name]
    entry = lowered_entry(f, arguments(6), numbers)
    for n in (6, 9):
        same(as_python(entry).run(arguments(n)), value_and_grad(f, numbers)(*arguments(n)))


@pytest.mark.parametrize("segments", [1, 2])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_segments_that_run_again_change_nothing(name, segments):
    f, arguments, numbers = FUNCTIONS[name]
    entry = lowered_entry(f, arguments(6), numbers, segments)
    same(as_python(entry).run(arguments(7)), value_and_grad(f, numbers)(*arguments(7)))


def budget_needed(steps, segments):
    """Bytes of tapes, found by the budget that is just enough."""
    f, arguments, numbers = FUNCTIONS["heat_swapped"]
    entry, (u0, k, _) = lowered_entry(f, arguments(6), numbers, segments), arguments(6)
    function, low, high = as_python(entry).function, 0, 8 * 7 * 2 * steps
    while high - low > 8:
        budget = (low + high) // 2
        try:
            function(*entry.inputs((u0, k, steps)), budget)
            high = budget
        except kernels.TooLarge:
            low = budget
    return high


def test_memory_grows_with_the_root():
    assert budget_needed(400, 0) == pytest.approx(8 * 6 * 400, abs=8)
    assert budget_needed(400, 1) == pytest.approx(2 * 8 * 6 * 20, rel=0.1), "two arrays in front of each segment"
    assert budget_needed(1600, 1) == pytest.approx(2 * budget_needed(400, 1), rel=0.1)


def test_random_functions(seed):
    f, args = random_function(seed)
    try:
        found = run(f, args, (0, 1, 2))
    except (Refused, NotLowered):
        return
    same(found, value_and_grad(f, (0, 1, 2))(*args))


@pytest.mark.parametrize("name", ["heat_swapped", "barrier", "kepler", "cholesky", "soft_warping", "counted_from_the_end"])
def test_compiled(name):
    f, arguments, numbers = FUNCTIONS[name]
    entry = lowered_entry(f, arguments(6), numbers)
    entry.function = machine.compiled(entry.text, "value_and_gradient")
    for n in (6, 9):
        same(entry.run(arguments(n)), value_and_grad(f, numbers)(*arguments(n)))
    assert len(entry.function.signatures) == 1, "other sizes are not compiled again"


def made(name):
    """The arrays that a program makes and copies, (how many, how many copies)."""
    f, arguments, numbers = FUNCTIONS[name]
    text = lowered_entry(f, arguments(6), numbers).text
    return len(re.findall(r"np\.(?:zeros|empty)\(", text)), text.count(".copy()")


def test_what_is_written_in_place_is_not_kept():
    """Cholesky's matrix is read from what it becomes: one tape (the roots of the diagonal), one cotangent, one copy."""
    assert made("cholesky") == (2, 1)
    assert made("soft_warping") == (3, 0)       # R, and the cotangents of R and D


def test_a_row_is_kept_for_each_step():
    """heat: the tape of u, and two cotangents."""
    assert made("heat_swapped") == (4, 2)


def test_tapes_do_not_grow_with_inner_loops():
    f, arguments, numbers = FUNCTIONS["heat_swapped"]
    text = lowered_entry(f, arguments(6), numbers).text
    assert re.search(r"np\.zeros\(\(a2, a0_0,\)", text), "one row of cells for each of the steps"


def test_the_first_index_may_be_the_last():
    """a[i - 1] is a[-1] at i = 0: what is read there is overwritten later, and must be kept."""
    f, arguments, numbers = FUNCTIONS["around_the_end"]
    same(run(f, arguments(5), numbers), value_and_grad(f, numbers)(*arguments(5)))


# where Python would do something else, the program is left: None

def body(text):
    return from_text("def F(x, k):\n" + "\n".join("    " + line for line in text.split("\n")) + "\n", f"<{text}>",
                     {"np": np, "math": math})


LEFT = {
    "division by zero": ("return 1.0 / (x[0] - x[0]) + x[1]", 1),
    "a root of a negative number": ("return math.sqrt(-x[1]) + x[0]", 1),
    "a logarithm of zero": ("return np.log(x[0] - x[0]) + x[1]", 1),
    "a negative number to a power": ("return (-x[1]) ** 0.5", 1),
    "whole numbers without a limit": ("n = 3\nfor i in range(k):\n    n = n * n\nreturn x[0] * (n % 7)", 8),
    "shapes that differ": ("y = x[1:]\nz = x[k:]\nreturn np.sum(y * z)", 2),
    "shapes that differ, the first is shorter": ("return np.sum(x[:k] * x)", 2),
    "a value that is not finite": ("t = x[0]\nfor i in range(k):\n    t = t + 1e308\nreturn t", 3),
    "an array that shrinks": ("y = x * 1\nfor i in range(k):\n    y = y[1:] * 2.0\nreturn np.sum(y)", 2),
    "not finite": ("return np.sum(np.exp(x * 1000 * k))", 5),
    "an empty maximum": ("return np.max(x[k:])", 9),
    "an index behind a view": ("y = np.array([1.0, 2.0, 3.0, 4.0]) * x[0]\nz = y[0:2]\nz[0] = x[1]\nreturn z[k] * y[3]", 2),
    "an index in front of a view": ("y = np.array([1.0, 2.0, 3.0, 4.0]) * x[0]\nz = y[2:]\nz[0] = x[1]\nreturn z[-k] * y[3]", 3),
    "an index out of range": ("return x[k] * 2", 9),
}


@pytest.mark.parametrize("name", LEFT)
def test_the_program_is_left(name):
    text, k = LEFT[name]
    f, x = body(text), np.array([0.5, 1.5, 2.5])
    assert run(f, (x, k)) is None
    if name == "shapes that differ":
        same(run(f, (x, 1)), value_and_grad(f, (0,))(x, 1))


def test_whole_numbers_are_checked():
    large = np.int64(2 ** 62)
    for function, a, b in [(kernels.checked_add, large, large), (kernels.checked_subtract, -large, large + 1),
                           (kernels.checked_multiply, large, np.int64(2))]:
        with pytest.raises(kernels.Leave):
            function(a, b)
    assert kernels.checked_add(3, -5) == -2 and kernels.checked_subtract(3, -5) == 8 and kernels.checked_multiply(3, -5) == -15
