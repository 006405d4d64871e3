"""Tangents, cotangents, Jacobians and second derivatives of functions, against each other and against differences."""

import numpy as np
import pytest

from dpkernel import grad, hessian, hvp, jacobian, jvp, stop_gradient, vjp
from dpkernel.errors import LossNotScalar, NoDerivative

X = np.array([0.7, 1.3, 0.4])
W = np.array([[1.0, -2.0, 0.5], [0.3, 0.8, -1.1]])


def layer(x):
    return np.tanh(W @ x) * x[:2]


def written(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i % 3] ** (i + 1) + (y[i - 1] if i else 0.0)
    y[1:3] *= x[0]
    return y


def sorted_and_solved(x):
    A = np.eye(3) * 4 + np.outer(x, np.sin(x))
    return np.sort(np.linalg.solve(A, x))


MAPS = [layer, written, sorted_and_solved]


def differences(f, x, h=1e-6):
    """Central differences of an array function, the differentiated axis last."""
    return np.stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)], -1)


@pytest.mark.parametrize("f", MAPS)
def test_a_jacobian_equals_differences(f):
    np.testing.assert_allclose(jacobian(f)(X), differences(f, X), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("f", MAPS)
def test_tangents_and_cotangents_are_transposes(f):
    rng = np.random.default_rng(0)
    dot = rng.normal(size=3)
    value, y_dot = jvp(f, (X,), (dot,))
    again, pullback = vjp(f, X)
    bar = rng.normal(size=value.shape)
    assert value.tolist() == again.tolist() == f(X).tolist()
    np.testing.assert_allclose(bar @ y_dot, pullback(bar)[0] @ dot, rtol=1e-12)


def test_a_jacobian_has_one_shape_by_either_mode():
    assert jacobian(lambda x: np.outer(x, x))(X).shape == (3, 3, 3)
    assert jacobian(lambda x: np.sum(x))(np.ones((2, 3))).shape == (2, 3)
    assert jacobian(lambda s: s * X)(2.0).tolist() == X.tolist()
    by_a, by_b = jacobian(lambda a, b: a * b, (0, 1))(X, 2.0)
    assert by_a.tolist() == (2.0 * np.eye(3)).tolist() and by_b.tolist() == X.tolist()
    assert jacobian(lambda x: np.ones(2))(X).tolist() == [[0.0] * 3] * 2
    assert jacobian(lambda x: 2 * x)(np.zeros(0)).shape == (0, 0)


def test_a_tangent_spreads_as_the_value_does():
    """A number that moves moves each element of the array it is added to, also below an index and a product."""
    def f(s):
        y = X + s
        return y[1:] @ (W[:, 1:] * s)[0] + (s + W)[0, 2]

    exact = sum(W[0, 1:] * (X[1:] + 2 * 2.0)) + 1
    assert jvp(f, (2.0,), (1.0,))[1] == pytest.approx(exact) == pytest.approx(grad(f)(2.0))
    assert jvp(lambda s: W + s, (2.0,), (1.0,))[1].tolist() == np.ones((2, 3)).tolist()
    assert jvp(lambda x: x + np.ones(2), (np.ones(2, np.float32),), (np.ones(2),))[1].dtype == np.float64


def test_a_hessian_equals_differences_of_the_gradient():
    def loss(x):
        y = written(x)
        return np.sum(layer(x) ** 2) * np.linalg.norm(y)

    found = hessian(loss)(X)
    np.testing.assert_allclose(found, differences(grad(loss), X), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(hvp(loss)(X, v), found @ v, rtol=1e-12)


def test_second_derivatives_of_numbers_constants_and_lines():
    assert hessian(lambda s: s ** 3)(2.0) == 12.0
    assert hessian(lambda x: 1.0)(X).tolist() == np.zeros((3, 3)).tolist()
    assert hvp(lambda x: 3 * np.sum(x))(X, X).tolist() == [0.0] * 3
    assert hessian(lambda x: x @ x)(np.zeros(0)).shape == (0, 0)


def test_structures_keep_their_form():
    def f(d):
        return {"a": d["u"] * d["k"], "rest": [d["k"], "name"]}

    value, dot = jvp(f, ({"u": X, "k": 2.0},), ({"u": np.ones(3), "k": 1.0},))
    assert dot["a"].tolist() == (2.0 + X).tolist() and dot["rest"] == [1.0, None]
    (product,) = [hvp(lambda d: d["u"] @ d["u"] * d["k"])({"u": X, "k": 2.0}, {"u": np.ones(3), "k": 0.0})]
    assert product["u"].tolist() == [4.0] * 3 and product["k"] == pytest.approx(2 * X.sum())


def test_a_pullback_keeps_what_it_needs():
    """Writes after the call, into the argument, a constant, or what was computed, do not reach it."""
    seen = {}

    def f(x):
        seen["y"] = x * seen["k"]
        return seen["y"] ** 2, x

    x, seen["k"] = np.array([1.0, 2.0]), np.array([2.0, 3.0])
    value, pullback = vjp(f, x)
    for array in (x, seen["k"], seen["y"], *value):
        array[:] = 50.0
    assert pullback((np.ones(2), np.zeros(2)))[0].tolist() == [8.0, 36.0]
    assert pullback((np.zeros(2), np.ones(2)))[0].tolist() == [1.0, 1.0]


def test_a_stopped_gradient():
    x = np.array([1.0, 2.0])
    assert grad(lambda x: np.sum(stop_gradient(x) * x))(x).tolist() == [1.0, 2.0]
    assert grad(lambda d: stop_gradient(d)["a"] * d["a"])({"a": 3.0}) == {"a": 3.0}
    kept = stop_gradient([x, 2.0, "name"])
    assert kept[0] is not x and kept[0].tolist() == x.tolist() and kept[1:] == [2.0, "name"]


@pytest.mark.parametrize("outer", [grad, jacobian])
@pytest.mark.parametrize("inner", [grad, jacobian, hessian, lambda f: lambda x: vjp(f, x)[1](1.0)[0],
                                   lambda f: lambda x: jvp(f, (x,), (1.0,))[1], lambda f: lambda x: hvp(f)(x, 1.0)])
def test_a_derivative_inside_a_derivative_is_refused_or_right(outer, inner):
    def f(x):
        return x ** 4

    order = 3 if inner(f)(2.0) == 48.0 else 2
    try:
        found = outer(lambda x: inner(f)(x) * 1.0)(2.0)
    except NoDerivative:
        return
    assert found == {2: 48.0, 3: 48.0}[order]


@pytest.mark.parametrize("call, error, words", [
    (lambda: hessian(lambda x: x)(X), LossNotScalar, "one real number"),
    (lambda: hessian(lambda x: np.sum(x), (0,)), TypeError, "one argument"),
    (lambda: hessian(lambda x: x[0])([1.0]), TypeError, "use hvp"),
    (lambda: jacobian(lambda x: (x, x))(X), TypeError, "use vjp or jvp"),
    (lambda: jacobian(lambda x: x * float(str(x[0])))(X), NoDerivative, "str"),
    (lambda: jacobian(lambda x: np.exp(1j * x))(X), TypeError, "complex"),
    (lambda: jacobian(lambda x: x, 3)(X), IndexError, "1 positional"),
    (lambda: jvp(lambda x: x, (X,), (1.0,)), ValueError, "shape"),
    (lambda: vjp(lambda x: x, X)[1](1.0), ValueError, "structure and shapes"),
])
def test_what_cannot_be_had_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()
