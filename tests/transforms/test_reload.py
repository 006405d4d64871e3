"""What is still in an array at the end of a loop: proved, or kept."""

import numpy as np
import pytest

from dpkernel import grad
from dpkernel.ir.block import Value
from dpkernel.ir.build import Builder
from dpkernel.ir.types import INT
from dpkernel.transforms.affine import Form, Forms, impossible
from dpkernel.transforms.reload import definitions
from support.compiled import lowered_entry, run
from support.functions import from_text

BODIES = {      # (statement of `for i in range(lo, n)`, lo, is nothing kept for the way back?)
    "a recurrence": ("a[i] = a[i - 1] * a[i - 1] + x[i]", 1, True),
    "a recurrence around the end": ("a[i] = a[i - 1] * a[i - 1] + x[i]", 0, False),
    "the own element": ("a[i] = a[i] * a[i] + x[i]", 0, False),
    "an element ahead": ("a[i] = a[i + 1] * a[i + 1] + x[i]", 0, False),
    "an element that is written twice": ("a[i] = x[i] * 2\na[i] = a[i] * a[i]", 0, False),
    "two behind": ("a[i] = a[i - 2] * a[i - 1] + x[i]", 2, True),
    "every other one": ("a[2 * i] = a[2 * i + 1] * a[2 * i + 1] + x[i]", 0, True),
    "twice as far": ("a[2 * i] = a[i] * a[i] + x[i]", 1, True),
    "twice as far, from 0": ("a[2 * i] = a[i] * a[i] + x[i]", 0, False),
    "an unknown place": ("a[order[i]] = a[i] * a[i] + x[i]", 0, False),
    "the first": ("a[i] = a[0] * a[0] + x[i]", 1, True),
    "the last": ("a[i] = a[n - 1] * a[n - 1] + x[i]", 0, False),
    "a write around the end": ("a[i - 1] = a[2 * n - 1] * a[2 * n - 1] + x[i]", 0, False),
    "behind what is written": ("a[i + 1] = a[i] * a[i] + x[i]", 0, True),
}


def looped(name):
    statement, lo, _ = BODIES[name]
    lines = "\n".join("        " + line for line in statement.split("\n"))
    return from_text(f"def F(x, order):\n    n = len(x)\n    a = np.zeros(2 * n)\n    for i in range(n):\n        a[i] = 0.1 * i\n"
                     f"    for i in range({lo}, n):\n{lines}\n    return np.sum(a) + a[1] * a[2]\n", f"<reload {name}>", {"np": np})


ARGS = np.array([0.3, -0.5, 0.7, 0.2, 0.9, -0.4]), np.array([3, 0, 3, 1, 5, 2])


@pytest.mark.parametrize("name", BODIES)
def test_gradients(name, monkeypatch):
    monkeypatch.setenv("DPKERNEL_COMPILE", "off")
    found = run(looped(name), ARGS)[1][0]
    np.testing.assert_allclose(found, grad(looped(name))(*ARGS), rtol=1e-12)


@pytest.mark.parametrize("name", BODIES)
def test_what_is_proved(name):
    text = lowered_entry(looped(name), ARGS, (0,)).text
    kept = text.count("np.zeros(") + text.count("np.empty(")
    assert (kept == 4) == BODIES[name][2], f"the array, three cotangents, and perhaps tapes:\n{text}"


def test_linear_forms():
    i, n = Value(INT, "i"), Value(INT, "n")
    with Builder() as builder:
        y = (i + 2) * 3 - n
        z = -(n - i)
    forms = Forms(definitions(builder.instructions), {i}, "here")
    assert forms.of(y).parts == {("here", i): 3, n: -1} and forms.of(y).constant == 6
    assert forms.of(z).parts == {("here", i): 1, n: -1}


def test_inequalities():
    x, y = Form(0, {"x": 1}), Form(0, {"y": 1})
    assert impossible([x - 1, -x])                              # x >= 1, x <= 0
    assert impossible([x - y - 1, y - x])                       # x > y, x <= y
    assert not impossible([x - 1, y - x, -y + 5])
    assert impossible([x * 2 - y, y - 3, -x + 1])               # 2x >= y >= 3, x <= 1
    assert not impossible([x * 2 - y, y - 2, -x + 1])
    assert not impossible([])
