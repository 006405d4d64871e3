"""Zeros that are none: what nobody reads counts for nothing, also where its partial is inf or nan."""

import numpy as np
import pytest

from dpkernel import jacobian
from dpkernel.ir.block import Tape
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.verify import verify
from dpkernel.runtime.cell import Cell
from dpkernel.transforms import pullback
from dpkernel.transforms.reached import careful_pullback
from dpkernel.views.report import code
from support.cells import check

ABOVE = "import numpy as np\nx = np.array([0.0, 4.0, 9.0])\nq = np.array([0.0, 0.4, 0.3])\nP = np.arange(6.0).reshape(3, 2) ** 1.5\n"
UNREAD = {      # a loss, and its gradient
    "overwritten": ("y = np.sqrt(x)\ny[x == 0] = 1.0\nloss = np.sum(y)", "x", [0, 1 / 4, 1 / 6]),
    "written only where it is good": ("y = np.ones(3)\nr = np.sqrt(x)\ny[x > 0] = r[x > 0]\nloss = np.sum(y)", "x", [0, 1 / 4, 1 / 6]),
    "a slice": ("y = np.sqrt(x)\nloss = np.sum(y[1:])", "x", [0, 1 / 4, 1 / 6]),
    "an item": ("y = 1 / q\nloss = y[1] + y[2] ** 2", "q", [0, -1 / 0.16, -2 / 0.027]),
    "nan that is a constant": ("y = q * np.array([np.nan, 2.0, 3.0])\ny[0] = 7.0\nloss = np.sum(y)", "q", [0, 2, 3]),
    "under the diagonal": ("d = np.sqrt(((P[:, None] - P) ** 2).sum(-1))\nd[d > 0] = 1 / d[d > 0]\nloss = np.sum(np.triu(d * 1.5, 1))", "P", None),
    "through other steps": ("t = q * np.log(q)\nt = t.reshape(3, 1).T * 2\nt[0, 0] = 0\nloss = np.concatenate([t[0], [1.0]]).sum()", "q",
                            [0, 2 + 2 * np.log(0.4), 2 + 2 * np.log(0.3)]),
    "in a loop": ("y = np.zeros(3)\nfor i in range(3):\n    s = np.sqrt(x * (i + 1))\n    s[x == 0] = 0\n    y += s\nloss = np.sum(y)", "x",
                  [0, np.sum(np.sqrt([1, 2, 3])) / 4, np.sum(np.sqrt([1, 2, 3])) / 6]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", UNREAD)
def test_what_nobody_reads(name):
    text, wrt, expected = UNREAD[name]
    found = check(ABOVE, text, [wrt], refusal="never", rtol=1e-4, **({} if expected is None else {"exact": {wrt: expected}}))
    assert found.evaluation.program.careful
    compile(code(found.evaluation.program), "listing", "exec")


@pytest.mark.filterwarnings("ignore")
def test_a_pole_that_is_read_stays_one():
    """The root of 0 is squared: the slope of a difference is 1, and that of the formula nan, not 0."""
    found = Cell("loss = np.sum(np.sqrt(x) ** 2)", {"np": np, "x": np.array([0.0, 4.0])}).evaluate(["x"], "loss")
    np.testing.assert_array_equal(found.gradients["x"], [np.nan, 1.0])


TEXT = """
y = np.outer(x, x[::-1]) / (1 + q)
y[1:, 1] += np.cumsum(x)[:2]
y[[0, 2, 0]] = np.array([q, x * q, q ** 2])
z = np.where(y > 0.3, np.sin(y), y.T @ P.sum(1)) + abs(y * (1 + 2j)) * np.real((y + 1j) ** 2)
z = np.concatenate([z, z.T.reshape(9)[:3][None]]).max(axis=0)
loss = np.sum(z * np.linalg.solve(np.eye(3) * 4 + np.outer(q, x), x))
"""


def test_it_gives_what_the_other_way_back_gives():
    space = {"np": np}
    exec(ABOVE, space)
    found = Cell(TEXT, space).evaluate(["x", "q", "P"], "loss")
    flat = found.program.flat
    grown = []
    for pull in (pullback, careful_pullback):
        back = pull(flat, flat.inputs, seeds=[1.0])
        grown.append(verify(Tape(flat.inputs, [*flat.instructions, *back.instructions], back.results, flat.constants)))
    point = [space[n] for n in ("x", "q", "P")]
    for one, other in zip(*(evaluate(block, point) for block in grown)):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_in_a_jacobian():
    def f(x):
        y = np.sqrt(x)
        y[0] = x[1]
        return y

    np.testing.assert_array_equal(jacobian(f)(np.array([0.0, 4.0])), [[0, 1], [0, 0.25]])
