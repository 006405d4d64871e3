"""Functions that return gradients, in a plain script."""

import dataclasses
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import dpkernel
from dpkernel.errors import LossNotScalar, NoDerivative, UnsupportedCell

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
