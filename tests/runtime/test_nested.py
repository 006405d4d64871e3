"""Derivatives inside derivatives."""

import numpy as np
import pytest

from dpkernel.tracing import Tracer
from dpkernel.tracing.site import ACTIVE
from dpkernel import custom_derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from dpkernel.errors import LossNotScalar, NoDerivative
from dpkernel.runtime.cell import Cell

X = np.array([0.3, 0.8])
H = 1e-5


def f(x):
    return np.sum(np.sin(x) * x) + x[0] * x[1] ** 2


def looped(x):
    y = x
    for _ in range(8):
        y = np.sin(y) * 1.1 + x
    return np.sum(y)


def writes(x):
    y = x * 1.0
    y[0] = y[1] ** 2
    x = y
    return np.sum(y ** 2)


def slope(g, x):
    """Central differences of a function of an array."""
    return np.array([(g(x + H * e) - g(x - H * e)) / (2 * H) for e in np.eye(len(x))])


def test_any_order():
    def cube(s):
        return s ** 4

    found = cube
    for expected in (32.0, 48.0, 48.0, 24.0, 0.0):
        found = grad(found)
        assert found(2.0) == expected and type(found(2.0)) is float


@pytest.mark.parametrize("g", [f, looped, writes])
def test_grad_of_grad_is_the_hessian(g):
    v = np.array([1.0, -2.0])
    np.testing.assert_allclose(grad(lambda x: np.sum(grad(g)(x) * v))(X), hessian(g)(X) @ v, rtol=1e-10)


def along(x):
    return jvp(f, (x,), (x * 2,))[1]


def pulled(x):
    value, pullback = vjp(f, x)
    return np.sum(pullback(value)[0] ** 2)


def product(x):
    return np.sum(hvp(f)(x, np.array([1.0, 0.5])))


def both(x):
    value, bar = value_and_grad(f)(x)
    return value * np.sum(bar)


def training(x):
    w = np.zeros(2)
    for _ in range(5):
        w = w - x[0] * grad(lambda w: np.sum((w - x) ** 4))(w)
    return np.sum((w - x) ** 2)


def third(x):
    return grad(lambda y: np.sum(grad(f)(y) * y) * x[0])(x)[1]


@pytest.mark.parametrize("g", [along, pulled, product, both, training, third], ids=lambda g: g.__name__)
def test_against_differences(g):
    np.testing.assert_allclose(grad(g)(X), slope(g, X), rtol=1e-6)


def newton(a):
    x = np.array([1.0, 1.5])
    for _ in range(3):
        x = x - np.linalg.solve(hessian(quartic)(x, a), grad(quartic)(x, a))
    return np.sum(x)


def quartic(x, a):
    return np.sum((x ** 2 - a) ** 2) + x[0] * x[1]


def gauss_newton(x):
    J = jacobian(lambda x: np.array([x[0] * x[1], np.sin(x[0]), x[1] ** 3]))(x)
    return np.trace(J.T @ J) + jacobian(lambda s: s * x)(x[0]) @ x


@pytest.mark.parametrize("g", [newton, gauss_newton], ids=lambda g: g.__name__)
def test_jacobians_and_hessians_inside(g):
    np.testing.assert_allclose(grad(g)(X + 1), slope(g, X + 1), rtol=1e-5)


def test_a_tensor_of_third_derivatives():
    def h(x):
        return x[0] ** 2 * x[1] ** 2 + np.sin(x[0])

    found, (a, b) = jacobian(hessian(h))(X), X
    np.testing.assert_allclose(found, [[[-np.cos(a), 4 * b], [4 * b, 4 * a]], [[4 * b, 4 * a], [4 * a, 0]]], atol=1e-12)
    np.testing.assert_allclose(found, jacobian(jacobian(jacobian(h)))(X), atol=1e-12)


def test_closures_and_arguments_are_told_apart():
    """The derivative by the inner argument alone, also where it is the same array."""
    assert grad(lambda b: np.sum(grad(lambda a: np.sum(a * b ** 2))(np.ones(2))))(X).tolist() == (2 * X).tolist()
    np.testing.assert_allclose(grad(lambda x: np.sum(grad(lambda a: np.sum(a * x))(x)))(X), [1, 1])


def test_structures_and_whole_numbers():
    def g(params):
        return params["a"] ** 3 * np.sum(params["b"])

    def outer(params):
        inner = grad(g)(params)
        return inner["a"] * 2 + np.sum(inner["b"])

    found = grad(outer)({"a": 2, "b": np.ones(3)})
    assert found["a"] == 2 * 3 * 2 * 2 * 3 + 3 * 3 * 4 and found["b"].tolist() == [2 * 3 * 4.0] * 3
    assert grad(lambda k: grad(lambda n: sum(1.0 for _ in range(n)) + n ** 3)(k))(3) == 18.0


def test_in_a_cell():
    space = {"np": np, "grad": grad, "f": f, "x": X.copy()}
    found = Cell("slope = grad(f)(x)\nloss = np.sum(slope ** 2)", space).evaluate(["x"], "loss")
    np.testing.assert_allclose(found.gradients["x"], 2 * hessian(f)(X) @ grad(f)(X), rtol=1e-12)
    np.testing.assert_allclose(space["slope"], grad(f)(X), rtol=1e-14)


def test_what_is_refused_says_so():
    import json

    with pytest.raises(LossNotScalar):
        grad(lambda x: np.sum(grad(lambda y: y * 2)(x)))(X)
    with pytest.raises(NoDerivative, match="json"):
        grad(lambda x: np.sum(grad(lambda y: json.loads(json.dumps(float(y[0]))))(x)))(X)


def test_a_rule_that_was_not_written_is_a_lesson_here_too():
    forward_only = custom_derivative(lambda x: x * 2, jvp=lambda x, y, x_dot: 2 * x_dot)
    with pytest.raises(NoDerivative, match="forward mode only"):
        grad(lambda x: np.sum(grad(lambda y: np.sum(forward_only(y)))(x)))(X)


def leapfrog(k):
    def energy(q, p):
        return 0.5 * np.sum(p ** 2) + k[0] * np.sum(np.cos(q * k[1]))

    q, p = np.array([0.3, 0.5]), np.array([0.0, 0.1])
    for _ in range(8):
        p = p - 0.05 * grad(energy, 0)(q, p)
        q = q + 0.1 * grad(energy, 1)(q, p)
    return np.sum(q ** 2)


def laplacians(p):
    def u(p, x):
        return np.tanh(p[0] * x[0] + p[1] * x[1])

    return sum(np.trace(hessian(u, 1)(p, np.array(x))) ** 2 for x in [(0.1, 0.2), (0.5, -0.3)])


def momentum(v):
    def loss(p):
        return np.mean((np.tanh(K * p["w"]) * p["v"] - 0.2) ** 2)

    p, m = {"w": v[0], "v": 0.8}, {}
    for _ in range(3):
        for key, bar in grad(loss)(p).items():
            m[key] = 0.9 * m.get(key, 0.0) + bar
        p = {key: p[key] - v[1] * m[key] for key in p}
    return loss(p)


K = np.array([0.1, 0.5, -0.3])


@pytest.mark.parametrize("g", [leapfrog, laplacians, momentum], ids=lambda g: g.__name__)
def test_programs_of_derivatives(g):
    np.testing.assert_allclose(grad(g)(X), slope(g, X), rtol=1e-5)
    np.testing.assert_allclose(hessian(g)(X) @ [1, 1], slope(lambda x: np.sum(grad(g)(x)), X), rtol=1e-4)
    np.testing.assert_allclose(jvp(g, (X,), (X,))[1], grad(g)(X) @ X, rtol=1e-10)


def test_one_array_in_two_arguments():
    """What a policy's ratio and a kernel need: each argument has a derivative of its own, also in second ones."""
    def kernel(a, b):
        return np.exp(-np.sum((a - b) ** 2) / 2)

    np.testing.assert_allclose(hessian(kernel)(X, X), -np.eye(2))
    np.testing.assert_allclose(jacobian(grad(kernel), 1)(X, X), np.eye(2))
    assert jvp(kernel, (X, X), (np.ones(2), np.ones(2)))[1] == 0
    by_a, by_b = vjp(lambda a, b: np.sum(a ** 2 * b), X, X)[1](1.0)
    np.testing.assert_allclose(by_a, 2 * X * X), np.testing.assert_allclose(by_b, X ** 2)


def writes_into_its_argument(x):
    def f(a, parts):
        a *= 2
        parts.append(parts[0] * 2)
        parts[0] = parts[0] ** 2
        return np.sum(a ** 2) + sum(parts)

    y, parts = x * 1.0, [x[0], x[1]]
    by_a, by_parts = grad(f, (0, 1))(y, parts)
    return np.sum(by_a) + by_parts[0] + np.sum(y ** 3) + sum(parts) * len(parts)


def test_what_the_inner_function_writes_is_written():
    """As without an outer derivative: into the array and the list that it was given, and both are recorded."""
    plainly = writes_into_its_argument(X)
    assert plainly == pytest.approx(np.sum(8 * X) + 2 * X[0] + 2 + np.sum(8 * X ** 3) + 3 * (X[0] ** 2 + X[1] + X[0] * 2))
    np.testing.assert_allclose(grad(writes_into_its_argument)(X), slope(writes_into_its_argument, X), rtol=1e-6)
    space = {"np": np, "grad": grad, "x": X.copy(), "__name__": "__main__"}
    found = Cell("def f(a):\n    a[0] = a[1] * a[0]\n    return np.sum(a ** 2)\ng = grad(f)(x)\nloss = np.sum(g) + x[0]", space).evaluate(["x"], "loss")
    a, b = X
    assert space["x"].tolist() == [a * b, b]
    np.testing.assert_allclose(found.gradients["x"], [2 * b * b + 4 * a * b + b, 4 * a * b + 2 * a * a + 2 + a], rtol=1e-12)


def test_a_tracer_inside_another_gives_back_to_it():
    """A differentiated cell may be run by a function that a differentiated function calls."""
    outer, inner = (Tracer({}, [], str) for _ in range(2))
    with outer:
        with inner:
            assert ACTIVE.tracer is inner
        assert ACTIVE.tracer is outer
    assert ACTIVE.tracer is None
