"""Functions that bring their own derivative: the rule is used, in both modes, in cells, loops and listings."""

import random

import numpy as np
import pytest

from dpkernel import check_gradient, custom_derivative, grad, hessian, jvp, listing, recompute
from dpkernel.errors import NoDerivative, UnsupportedWrite
from dpkernel.runtime.cell import Cell

X = np.linspace(-1.0, 1.3, 5)


@custom_derivative(partials=lambda x, y: y * (1 - y))
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@custom_derivative(
    vjp=lambda A, b, y, y_bar: (-np.outer(np.linalg.solve(A.T, y_bar), y), np.linalg.solve(A.T, y_bar)),
    jvp=lambda A, b, y, A_dot, b_dot: np.linalg.solve(A, b_dot - A_dot @ y))
def solve(A, b):
    return np.linalg.solve(A, b)


@custom_derivative(linear=lambda y_bar, x, k: np.convolve(y_bar, k[::-1], "valid"))
def convolved(x, k):
    return np.convolve(x, k)


@custom_derivative(partials=lambda x, y: 3.0)
def floored(x):
    """Its rule is wrong on purpose: only the rule can have given the gradient."""
    return np.floor(x)


@custom_derivative(vjp=lambda x, y, y_bar: (y_bar[:2],))
def short(x):
    return x * 2


@custom_derivative(jvp=lambda x, y, x_dot: 2 * x_dot)
def forward_only(x):
    return x * 2


def in_a_loop(x):
    for _ in range(6):
        x = sigmoid(x * 1.5)
    return np.sum(x)


@pytest.mark.parametrize("f, args, argnums", [
    (lambda x: np.sum(sigmoid(x) ** 2), (X,), 0), (lambda x: sigmoid(x) * 2.0, (0.3,), 0), (in_a_loop, (X,), 0),
    (lambda A, b: np.sum(solve(A, b) ** 2), (np.eye(3) * 3 + np.arange(9.0).reshape(3, 3) / 9, np.ones(3)), (0, 1)),
    (lambda x: np.sum(convolved(x, np.array([1.0, 2.0, -1.0])) ** 2), (X,), 0),
], ids=["partials", "of a number", "in a loop", "vjp", "linear"])
def test_both_modes(f, args, argnums):
    assert check_gradient(f, *args, argnums=argnums).digits > 6
    found = grad(f, argnums)(*args)
    found = found if isinstance(found, tuple) else (found,)
    rng = np.random.default_rng(0)
    dots = tuple(rng.normal(size=np.shape(x))[()] for x in args)
    assert jvp(f, args, dots)[1] == pytest.approx(sum(np.sum(x_bar * x_dot) for x_bar, x_dot in zip(found, dots)), rel=1e-10)


def test_the_rule_is_used_and_the_function_runs_once():
    calls = []

    @custom_derivative(partials=lambda x, y: 3.0)
    def f(x):
        calls.append(1)
        return np.floor(x)

    assert grad(lambda x: np.sum(f(x)))(X).tolist() == [3.0] * 5 and calls == [1]
    assert floored(2.5) == 2.0 and floored.__name__ == "floored" and "on purpose" in floored.__doc__


def test_in_a_cell_with_its_own_lines():
    space = {"np": np, "w": np.array([0.2, 0.4]), "sigmoid": sigmoid}
    evaluation = Cell("h = sigmoid(w)\nh[0] *= 2\nloss = np.sum(h)", space).evaluate(["w"], "loss")
    y = 1 / (1 + np.exp(-np.array([0.2, 0.4])))
    np.testing.assert_allclose(evaluation.gradients["w"], y * (1 - y) * [2, 1], rtol=1e-14)


def test_what_it_writes_into_is_unknown():
    @custom_derivative(partials=lambda x, y: 1.0)
    def writes(x):
        x[0] = x[1] * 3
        return x + 0.0

    def f(x):
        a = x * 1.0
        writes(a)
        return np.sum(a)

    with pytest.raises(UnsupportedWrite):
        grad(f)(X)


@pytest.mark.parametrize("derivative, words", [
    (lambda: hessian(lambda x: np.sum(sigmoid(x)))(X), "the derivative of sigmoid"),
    (lambda: grad(lambda k: np.sum(convolved(X, k)))(np.ones(3)), "linear in its first argument"),
    (lambda: grad(lambda x: np.sum(forward_only(x)))(X), "forward mode only"),
    (lambda: jvp(lambda x: short(x), (X,), (X,)), "reverse mode only"),
])
def test_what_is_not_written_is_refused(derivative, words):
    with pytest.raises(NoDerivative) as caught:
        derivative()
    assert words in str(caught.value) and "Do:" in str(caught.value)


def test_a_rule_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"short's vjp returned shape \(2,\) where \(5,\) is needed"):
        grad(lambda x: np.sum(short(x)))(X)
    with pytest.raises(TypeError, match="partials, linear, or vjp"):
        custom_derivative(lambda x: x)


def test_listing():
    text = listing(in_a_loop, X)
    assert "sigmoid_partials(" in text and "for " in text
    space = {"np": np, "sigmoid": sigmoid.function, "sigmoid_partials": sigmoid.partials}
    exec(text, space)
    loss, bar = space["loss_and_grad"](X)
    np.testing.assert_allclose(bar, grad(in_a_loop)(X), rtol=1e-12)
    assert loss == pytest.approx(in_a_loop(X))


def test_what_it_reads_beside_its_arguments_is_not_forgotten():
    def f(w):
        scaled = custom_derivative(lambda x: x * w[0], partials=lambda x, y: w[0])
        return np.sum(scaled(w))

    with pytest.raises(NoDerivative, match="lambda"):
        grad(f)(X)
    space = {"np": np, "w": np.ones(2), "custom_derivative": custom_derivative, "__name__": "__main__"}
    text = "@custom_derivative(partials=lambda x, y: 1.0)\ndef f(x): return x + np.sum(w)\nloss = np.sum(f(w))"
    with pytest.raises(NoDerivative, match="f, whose derivative"):
        Cell(text, space).evaluate(["w"], "loss")


def test_recompute():
    calls = []

    @recompute
    def block(h, W):
        calls.append(1)
        print("inside")
        for _ in range(50):
            h = np.tanh(h @ W)
        return h

    def plainly(h, W):
        for _ in range(50):
            h = np.tanh(h @ W)
        return h

    def through(f):
        return lambda W: np.sum(f(f(X, W), W) ** 2)

    W = np.eye(5) * 0.9 + 0.05          # stable: rounding does not grow on the way
    found = grad(through(block))(W)
    assert len(calls) == 4          # twice forward, twice on the way back
    np.testing.assert_allclose(found, grad(through(plainly))(W), rtol=1e-12)
    np.testing.assert_allclose(jvp(through(block), (W,), (W,))[1], np.sum(found * W), rtol=1e-10)
    space = {"np": np, "W": W, "X": X, "block": block, "__name__": "__main__"}
    cell = Cell("loss = np.sum(block(X, W))", space).evaluate(["W"], "loss")
    assert cell.instructions < 10


def test_recompute_prints_once(capsys):
    @recompute
    def f(x):
        print("once")
        return x * x

    assert grad(lambda x: f(x) * 2.0)(3.0) == 12.0
    assert capsys.readouterr().out == "once\n"


def test_recompute_inside_a_derivative_of_a_derivative():
    @recompute
    def f(x):
        return x ** 3

    assert grad(lambda x: grad(lambda y: y * 2.0)(x) * f(x))(2.0) == 24.0
    with pytest.raises(NoDerivative):
        grad(grad(lambda x: f(x) * 1.0))(2.0)


class Noisy:
    def __init__(self):
        self.numpys, self.pythons = np.random.RandomState(3), random.Random(2)

    def block(self, x):
        return x * self.numpys.normal() + self.pythons.random() * x ** 2 + random.random() * x + np.random.normal() * x ** 3


def drawn(x):
    noisy = Noisy()
    random.seed(8), np.random.seed(9)
    g = recompute(noisy.block)
    return g(g(x))


def dropout(W):
    rng = np.random.default_rng(5)

    @recompute
    def layer(h, W):
        return np.tanh(h @ W) * (rng.random(h.shape) > 0.3)

    @recompute
    def two(h, W):
        return layer(layer(h, W) * rng.normal(), W)

    h = np.ones(3)
    for _ in range(6):
        h = two(h, W) + 0.1
    return np.sum(h ** 2)


@pytest.mark.parametrize("f, x", [(drawn, 0.7), (dropout, np.arange(9.0).reshape(3, 3) / 9)])
def test_recompute_draws_the_same_random_numbers(f, x):
    assert check_gradient(f, x).digits > 7
    random.seed(1), np.random.seed(1)
    f(x)
    plainly = random.random(), np.random.rand()
    random.seed(1), np.random.seed(1)
    found = grad(f)(x)
    assert (random.random(), np.random.rand()) == plainly
    assert jvp(f, (x,), (x,))[1] == pytest.approx(np.sum(found * x))


def test_recompute_notices_what_has_changed_meanwhile():
    def f(x):
        scale = 2.0
        g = recompute(lambda y: y * scale)
        a = g(x)
        scale = 3.0
        return a * g(x)

    with pytest.raises(NoDerivative, match="`lambda` gives another value when it is called again"):
        grad(f)(1.5)


def test_recompute_with_arguments_by_name():
    @recompute
    def f(x, k=2.0):
        return np.sin(x) * k

    assert grad(lambda x: f(x, k=3.0))(0.1) == pytest.approx(3 * np.cos(0.1))
    assert jvp(lambda x: f(x, k=3.0), (0.1,), (1.0,))[1] == pytest.approx(3 * np.cos(0.1))


def test_a_custom_partial_that_is_infinite_where_it_does_not_count():
    root = custom_derivative(np.sqrt, partials=lambda x, y: 0.5 / y)
    x = np.array([0.0, 4.0])
    assert grad(lambda x: root(x)[1])(x).tolist() == grad(lambda x: np.sum(recompute(root)(x)[1:]))(x).tolist() == [0, 0.25]
