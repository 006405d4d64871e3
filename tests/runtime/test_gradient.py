"""Which program the way back goes through: loops over numbers as loops, loops over large arrays with what was recorded."""

import numpy as np
import pytest

from dpkernel.runtime import gradient
from dpkernel.runtime.cell import Cell

TEXT = "h = X\nfor i in range(6):\n    h = np.tanh(h @ M)\nloss = np.sum(h ** 2)"


@pytest.mark.parametrize("n, loops", [(4, True), (60, False)])
def test_what_is_large_is_not_computed_twice(n, loops, monkeypatch):
    space = {"np": np, "M": np.eye(n) * 0.5, "X": np.ones((n, n)), "__name__": "__main__"}
    swept = []
    monkeypatch.setattr(gradient, "pullback", lambda tape, *rest, f=gradient.pullback: swept.append(tape) or f(tape, *rest))
    found = Cell(TEXT, space).evaluate(["M"], "loss")
    assert any(i.regions for i in swept[0].instructions) == loops
    assert any(i.regions for i in found.tape.instructions)          # the program itself has the loop in both cases
    assert found.gradients["M"].shape == (n, n)


def test_both_ways_give_the_same(monkeypatch):
    space = {"np": np, "M": np.random.default_rng(0).normal(size=(5, 5)), "X": np.ones((2, 5)), "__name__": "__main__"}
    as_a_loop = Cell(TEXT, dict(space)).evaluate(["M", "X"], "loss").gradients
    monkeypatch.setattr(gradient, "HEAVY", -1)
    one_by_one = Cell(TEXT, dict(space)).evaluate(["M", "X"], "loss").gradients
    for name in as_a_loop:
        np.testing.assert_allclose(as_a_loop[name], one_by_one[name], rtol=1e-12)
