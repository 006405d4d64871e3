"""Functions that return gradients, in a plain script."""

import dataclasses
import functools
import math
import operator
import subprocess
import sys
import textwrap
import traceback
import types

import numpy as np
import pytest

import dpkernel
from dpkernel.errors import Lesson, LossNotScalar, NoDerivative, UnsupportedCell

K = np.array([1.0, 2.0, 3.0])


def cubes(x, scale=1.0):
    """The sum of cubes, scaled."""
    return scale * np.sum(x ** 3)


def test_grad_and_value():
    x = np.array([1.0, 2.0])
    assert dpkernel.grad(cubes)(x).tolist() == [3.0, 12.0]
    value, gradient = dpkernel.value_and_grad(cubes)(x, scale=2.0)
    assert value == 18.0 and gradient.tolist() == [6.0, 24.0]
    assert dpkernel.grad(cubes).__doc__ == cubes.__doc__ and x.tolist() == [1.0, 2.0]


def test_argnums():
    def f(a, b, c):
        return a * b + c["k"] ** 2

    assert dpkernel.grad(f, 1)(2.0, 3.0, {"k": 4.0}) == 2.0
    assert dpkernel.grad(f, (0, 2))(2.0, 3.0, {"k": 4.0}) == (3.0, {"k": 8.0})


@dataclasses.dataclass
class Net:
    W: np.ndarray
    b: float
    name: str = "net"


def test_structures_come_back_as_they_are():
    def f(net, pair):
        return np.sum(net.W * K) * net.b + pair[0] ** 2 * pair[1]

    net, pair = dpkernel.grad(f, (0, 1))(Net(np.ones(3), 2.0), (3.0, 4))
    assert isinstance(net, Net) and net.W.tolist() == [2.0, 4.0, 6.0] and net.b == 6.0 and net.name is None
    assert pair == (24.0, 9.0)


def test_methods_closures_and_mutation():
    class Model:
        def __init__(self, k):
            self.k, self.calls = k, 0

        def loss(self, x):
            self.calls += 1
            y = np.zeros(3)
            for i in range(3):
                y[i] = x[i] * self.k
            y[1:] += y[:-1]
            return y @ K

    model = Model(2.0)
    assert dpkernel.grad(model.loss)(np.ones(3)).tolist() == [6.0, 10.0, 6.0]
    assert model.calls == 1


def test_a_gradient_inside_a_gradient_is_refused_or_right():
    """Second derivatives of functions belong to a later version; nothing may be silently wrong."""
    def f(x):
        return x ** 3

    try:
        second = dpkernel.grad(lambda x: dpkernel.grad(f)(x) * 1.0)(2.0)
    except NoDerivative:
        return
    assert second == pytest.approx(12.0)


def test_float32_stays_float32():
    assert dpkernel.grad(cubes)(np.ones(2, np.float32)).dtype == np.float32


def test_what_is_no_number_is_refused():
    with pytest.raises(LossNotScalar):
        dpkernel.grad(lambda x: x)(np.ones(2))


def test_functions_without_source_are_refused():
    space = {}
    exec("def f(x):\n    return x ** 2", space)
    with pytest.raises(UnsupportedCell, match="the source of f is not to be found"):
        dpkernel.grad(space["f"])(1.0)


def test_in_a_script(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import numpy as np
        from dpkernel import value_and_grad
        from helper import energy

        print(value_and_grad(energy)(np.arange(3.0)))
    """))
    (tmp_path / "helper.py").write_text("import numpy as np\ndef energy(x):\n    x = x.copy()\n    x[0] = x[1]\n    return np.sum(x ** 2)\n")
    found = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "(np.float64(6.0), array([0., 4., 4.]))"


def test_a_module_that_is_being_edited(tmp_path, monkeypatch):
    """Its functions can't be followed until it is whole again; everything else can."""
    import importlib
    import linecache

    path = tmp_path / "edited_module.py"
    path.write_text("class Thing:\n    def square(self, x):\n        return x ** 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    Thing = importlib.import_module("edited_module").Thing
    monkeypatch.setitem(globals(), "Thing", Thing)
    assert dpkernel.grad(Thing().square)(3.0) == 6.0
    path.write_text("class Thing:\n    def square(self, x):\n        return x ** 3\n\nclass Half(\n")
    linecache.checkcache()
    with pytest.raises(UnsupportedCell, match="is not what is running"):
        dpkernel.grad(Thing().square)(3.0)
    assert dpkernel.grad(cubes)(np.ones(2)).tolist() == [3.0, 3.0]


class Proximal:
    def __init__(self, w):
        self.w = w

    def loss(self, w):
        return np.sum(w * self.w)


def test_an_argument_is_told_apart_from_what_the_function_reaches_otherwise():
    """f(x, x), a closure, an attribute: the derivative is by the argument alone, as differences say."""
    x = np.array([1.0, 2.0])
    assert dpkernel.grad(lambda a, b: np.sum(a * b ** 2))(x, x).tolist() == [1.0, 4.0]
    by_a, by_b = dpkernel.grad(lambda a, b: np.sum(a * b ** 2), (0, 1))(x, x)
    assert by_a.tolist() == [1.0, 4.0] and by_b.tolist() == [2.0, 8.0]
    assert dpkernel.grad(lambda a: np.sum(a * x))(x).tolist() == [1.0, 2.0]
    assert dpkernel.grad(Proximal(x).loss)(x).tolist() == [1.0, 2.0]
    assert dpkernel.grad(lambda d, a: np.sum(d["w"] * a))({"w": x[:1], "v": x}, x[1:])["w"].tolist() == [2.0]
    assert dpkernel.check_gradient(Proximal(x).loss, x).digits > 7 and x.tolist() == [1.0, 2.0]


def test_writing_into_such_an_argument_is_refused_in_words():
    x = np.array([1.0, 2.0])

    def f(a):
        a *= 2
        return np.sum(a * x)

    with pytest.raises(NoDerivative, match="also reach in another way"):
        dpkernel.grad(f)(x)
    assert x.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("f, x, expected", [
    (math.sin, 2.0, math.cos(2.0)), (np.sum, np.ones(2), [1, 1]), (np.sin, 2.0, math.cos(2.0)), (np.linalg.norm, np.array([3.0, 4.0]), [0.6, 0.8]),
    (abs, -2.0, -1.0), (functools.partial(np.multiply, 3.0), 2.0, 3.0), (operator.methodcaller("prod"), np.array([2.0, 3.0]), [3, 2]),
], ids=["math", "np.sum", "ufunc", "norm", "builtin", "partial", "methodcaller"])
def test_a_function_of_numpys_or_pythons_own(f, x, expected):
    np.testing.assert_allclose(dpkernel.grad(f)(x), expected)
    np.testing.assert_allclose(dpkernel.jacobian(f)(x), expected)
    np.testing.assert_allclose(dpkernel.grad(lambda y: dpkernel.grad(f)(y * 1.0).sum() if np.ndim(x) else dpkernel.grad(f)(y))(x),
                               dpkernel.hessian(f)(x).sum(0) if np.ndim(x) else dpkernel.hessian(f)(x), atol=1e-12)


@pytest.mark.parametrize("call, words", [
    (lambda: dpkernel.grad(lambda x: x)("two"), "`x` is not a number.+of type str"),
    (lambda: dpkernel.grad(lambda x: x)(True), "`x` is not a number.+True and False"),
    (lambda: dpkernel.grad(lambda x: x)(np.array([1.0, 2.0], object)), "array of dtype object"),
    (lambda: dpkernel.jacobian(lambda x: x > 1)(np.ones(2)), "the value has dtype bool"),
    (lambda: dpkernel.check_gradient(np.sqrt, 0.0), "no finite value"),
    (lambda: dpkernel.grad(lambda x: x)(types.SimpleNamespace(w=1.0)), "of type SimpleNamespace"),
    (lambda: dpkernel.grad(lambda x: x, 1)(2.0), "names argument 1 of `lambda`, and the call has 1"),
    (lambda: dpkernel.grad(lambda x: x)(x=2.0), "given by name have none"),
    (lambda: dpkernel.grad(lambda x: x, "x")(2.0), "argnums is 'x'"),
    (lambda: dpkernel.grad(lambda x: None)(2.0), "what `lambda` returns is None"),
    (lambda: dpkernel.grad(lambda x: x > 1)(2.0), "returns is True or False.+in place of a comparison"),
    (lambda: dpkernel.jvp(lambda x: x, np.ones(2), np.ones(2)), "takes a tuple of arguments"),
    (lambda: dpkernel.hvp(lambda x: x ** 2)(2.0), "names argument 0 of `lambda`"),
    (lambda: dpkernel.hessian(lambda x: np.exp(1j * x).real)(1j), "complex arguments"),
])
def test_a_wrong_call_is_a_lesson(call, words):
    with pytest.raises(Lesson, match="(?s)" + words):
        call()


def test_an_exception_of_the_function_shows_its_own_frames():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError) as caught:
        dpkernel.grad(f)(2.0)
    assert not [entry for entry in caught.traceback if "dpkernel" in str(entry.path.parent.name)]


@pytest.mark.parametrize("f", [lambda n: n * 2, lambda n: (n * 3, [n, 2.0])])
def test_values_hold_nothing_of_ours(f):
    values = [dpkernel.jvp(f, (3,), (1.0,))[0], dpkernel.vjp(f, 3)[0]]
    values += [dpkernel.value_and_grad(f)(3)[0]] if f(3) == 6 else []
    for value in values:
        assert value == f(3) and "Whole" not in str([type(x) for x in (value if isinstance(value, tuple) else [value])])
    assert type(values[1]) is int or type(values[1][1][0]) is int


def test_what_an_exception_came_from_shows_the_users_frames_alone():
    def f(x):
        try:
            return x * (1 // int(x[0] * 0))
        finally:
            raise ValueError("no such number")

    with pytest.raises(ValueError) as caught:
        dpkernel.grad(f)(np.ones(2))
    frames = traceback.extract_tb(caught.value.__context__.__traceback__)
    assert frames and {frame.filename for frame in frames} == {__file__}
