"""Derivatives that leave out what was not used: the same numbers, but where the others are NaN."""

import ast

import numpy as np
import pytest

from dpkernel import grad, hessian, jacobian, jvp, listing, vjp
from dpkernel import names
from dpkernel.ir.block import Tape
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.verify import verify
from dpkernel.runtime.cell import Cell
from dpkernel.runtime.function import program
from dpkernel.transforms import careful, forward, reverse
from dpkernel.views.report import code
from support import programs
from support.cells import _compiled, check, space_of

X = np.array([0.0, 4.0])


def overwritten(x):
    with np.errstate(all="ignore"):
        y = np.sqrt(x)
    y[x == 0] = 0.0
    return y


def in_a_loop(x):
    s = 0.0
    for k in range(1, 5):
        with np.errstate(all="ignore"):
            r = 1.0 / x ** k
        r[np.isinf(r)] = 0.0
        s = s + np.sum(r) * k
    return s


@pytest.mark.parametrize("number", range(25))
def test_the_same_as_the_ordinary_ones(number):
    above, text = programs.program(number)
    space = space_of(above)
    also = sorted(names.assigned(ast.parse(text)) & set(space) - set("pqs"))
    body = "".join(f"    {line}\n" for line in text.splitlines())
    exec(_compiled(f"def f(p, q, s, {', '.join(f'{n}={n}' for n in also)}):\n{body}    return loss\n"), space)
    found = program(space["f"], (0, 1, 2), [space[name] for name in "pqs"])
    if not found.block.results:
        return
    backs = [way(found.flat, found.inputs, seeds=[1.0]) for way in (reverse.pullback, careful.pullback)]
    for a, b in zip(*(evaluate(back, [], found.residuals(back, found.recorded.flat)) for back in backs)):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    dots = [np.random.default_rng(number).normal(size=v.shape)[()] for v in found.inputs]
    ends = [found.run(way(found.flat, found.inputs), [*found.point, *dots], found.recorded.flat)[-1]
            for way in (forward.pushforward, careful.pushforward)]
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


def test_all_kinds_of_derivatives():
    assert jacobian(overwritten)(X).tolist() == [[0, 0], [0, 0.25]]
    assert jvp(overwritten, (X,), (np.ones(2),))[1].tolist() == [0, 0.25]
    assert vjp(overwritten, X)[1](np.ones(2))[0].tolist() == [0, 0.25]
    assert hessian(lambda x: np.sum(overwritten(x)))(X).tolist() == [[0, 0], [0, -0.25 * 4 ** -1.5]]
    assert grad(lambda x: np.sum(grad(lambda y: np.sum(overwritten(y)))(x)))(X).tolist() == [0, -0.25 * 4 ** -1.5]
    assert grad(lambda x: np.sum(jvp(overwritten, (x,), (X,))[1]))(X).tolist() == [0, -0.25 * 4 ** -1.5 * 4]
    assert grad(in_a_loop)(X).tolist() == pytest.approx([0, -sum(k * k / 4.0 ** (k + 1) for k in range(1, 5))])


def test_a_direction_that_does_not_move_an_element():
    """Its infinite derivative is not asked for."""
    assert jacobian(np.sqrt)(X).tolist() == [[np.inf, 0], [0, 0.25]]
    assert jacobian(lambda x: np.sqrt(np.concatenate([x, x])))(X)[:, 0].tolist() == [np.inf, 0, np.inf, 0]
    assert jvp(np.sqrt, (X,), (np.array([0.0, 1.0]),))[1].tolist() == [0, 0.25]


def test_a_pullback_keeps_what_it_needs():
    x = X.copy()
    _, pull = vjp(overwritten, x)
    x[:] = 9.0
    assert pull(np.ones(2))[0].tolist() == [0, 0.25]


def test_the_listing_is_of_the_same_derivative():
    space = {"np": np}
    exec(listing(lambda x: np.sum(overwritten(x)), X), space)
    with np.errstate(all="ignore"):
        assert space["loss_and_grad"](X)[1].tolist() == [0, 0.25]


def test_matrices_of_a_stack_are_told_apart():
    A = np.array([[[2.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]])      # the second one is singular
    assert grad(lambda A: np.linalg.det(A)[0])(A).tolist() == [[[1, 0], [0, 2]], [[0, 0], [0, 0]]]


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
    assert found.evaluation.program.is_careful
    compile(code(found.evaluation.program), "listing", "exec")


TEXT = """
y = np.outer(x, x[::-1]) / (1 + q)
y[1:, 1] += np.cumsum(x)[:2]
y[[0, 2, 0]] = np.array([q, x * q, q ** 2])
z = np.where(y > 0.3, np.sin(y), y.T @ P.sum(1)) + abs(y * (1 + 2j)) * np.real((y + 1j) ** 2)
z = np.concatenate([z, z.T.reshape(9)[:3][None]]).max(axis=0)
loss = np.sum(z * np.linalg.solve(np.eye(3) * 4 + np.outer(q, x), x))
"""


def test_a_program_of_many_operations():
    space = {"np": np}
    exec(ABOVE, space)
    found = Cell(TEXT, space).evaluate(["x", "q", "P"], "loss")
    flat = found.program.flat
    grown = []
    for pull in (reverse.pullback, careful.pullback):
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
def masked_softmax(t):
    """Of scores at a temperature, with -inf where there is nothing to choose; also as a logarithm of a sum."""
    scores = np.where(np.tri(3) == 0, -np.inf, np.arange(9.0).reshape(3, 3))
    z = scores / t
    w = np.exp(z - z.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    return np.sum(w ** 2) + np.sum(np.logaddexp.reduce(scores * t, axis=1))


def without_mask(t):
    total = 0.0
    for n in (1, 2, 3):
        z = (3.0 * n - 3 + np.arange(n)) / t
        w = np.exp(z - z.max())
        total += np.sum((w / w.sum()) ** 2) + np.log(np.sum(np.exp((3.0 * n - 3 + np.arange(n)) * t)))
    return total


def test_an_infinity_that_stays_one_counts_for_nothing_where_it_is_flat():
    assert grad(masked_softmax)(0.7) == pytest.approx(grad(without_mask)(0.7), rel=1e-12)
    assert jvp(masked_softmax, (0.7,), (1.0,))[1] == pytest.approx(grad(without_mask)(0.7), rel=1e-12)
    assert hessian(masked_softmax)(0.7) == pytest.approx(hessian(without_mask)(0.7), rel=1e-10)
    assert grad(lambda t: t * np.inf)(0.7) == np.inf
