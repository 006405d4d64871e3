"""`%%grad` as a user sees it: names afterwards, the report, the options."""

import numpy as np
import pytest

from dpkernel.errors import NoDerivative
from support.notebook import REPORT, Notebook

CELL = """
z = X @ w + b
loss = np.sum(np.logaddexp(0, z) - y * z) + 0.5 * np.sum(w ** 2)
"""


@pytest.fixture
def notebook():
    book = Notebook()
    book.good("import numpy as np\nrng = np.random.default_rng(0)\nX = rng.normal(size=(60, 3))\n"
              "y = (X[:, 0] > 0) * 1.0\nw = np.array([0.1, -0.2, 0.3])\nb = 0.5")
    return book


def expected(space):
    X, y, w, b = (space[n] for n in ("X", "y", "w", "b"))
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return X.T @ (p - y) + w, np.sum(p - y)


def test_gradients_by_key_and_by_attribute(notebook):
    notebook.good("%%grad loss --wrt w, b" + CELL)
    w_bar, b_bar = expected(notebook.namespace)
    grads = notebook.namespace["grads"]
    np.testing.assert_allclose(grads["w"], w_bar, rtol=1e-12)
    np.testing.assert_allclose(grads.b, b_bar, rtol=1e-12)
    assert type(grads.b) is float and grads.w.shape == (3,) and list(grads) == ["w", "b"]


def test_the_cell_leaves_the_names_of_the_plain_cell(notebook):
    before = set(notebook.namespace)
    notebook.good("%%grad loss --wrt w, b" + CELL + "for k in range(3): last = k\n")
    new = {n for n in set(notebook.namespace) - before if not n.startswith("_")}
    assert new == {"z", "loss", "k", "last", "grads"}
    assert type(notebook.namespace["b"]) is float and notebook.namespace["b"] == 0.5


@pytest.mark.parametrize("line, body", [
    ("%%grad --wrt w, b", CELL),                                                   # the last target
    ("%%grad --wrt w, b", CELL + "loss"),                                          # the last value
    ("%%grad np.sum(np.logaddexp(0, z) - y * z) + 0.5 * np.sum(w ** 2) --wrt w, b  # said here", "\nz = X @ w + b"),
    ("%%grad loss \\\n    --wrt w, \\\n    b", CELL),
    ("# a comment\n\n%%grad loss --wrt w, b", CELL),
    ("%%grad loss --wrt w, b --into grads --check", CELL),
])
def test_ways_to_write_the_line(notebook, line, body):
    notebook.good(line + body)
    w_bar, b_bar = expected(notebook.namespace)
    np.testing.assert_allclose(notebook.namespace["grads"].w, w_bar, rtol=1e-12)
    np.testing.assert_allclose(notebook.namespace["grads"].b, b_bar, rtol=1e-12)


def test_into_another_name_and_the_notice_when_it_was_taken(notebook):
    notebook.good("g = 'mine'")
    output = notebook.good("%%grad loss --wrt w --into g" + CELL)
    assert "`g` was a name of yours; it holds the gradients now." in output.bundle(REPORT)["text/plain"]
    assert "grads" not in notebook.namespace
    again = notebook.good("%%grad loss --wrt w --into g" + CELL)
    assert "was a name of yours" not in again.bundle(REPORT)["text/plain"]


def test_parts_of_structures(notebook):
    notebook.good("class Net: pass\nnet = Net(); net.W = np.ones(2); params = {'b': 2.0, 'name': 'x'}; pair = [3.0, 'text']")
    notebook.good("%%grad loss --wrt params['b'], net.W, pair, params\n"
                  "loss = params['b'] * np.sum(net.W ** 2) * pair[0]")
    grads = notebook.namespace["grads"]
    assert grads['params["b"]'] == grads["params['b']"] == 6.0
    np.testing.assert_array_equal(grads["net.W"], [12.0, 12.0])
    assert grads.pair == [4.0, None] and grads.params == {"b": 6.0, "name": None}


def test_the_value_is_that_of_the_first_reading(notebook):
    notebook.good("%%grad y --wrt x\nx = 2.0\ny = x ** 3")
    assert notebook.namespace["grads"].x == 12.0


def test_whole_numbers_stay_whole_and_have_a_float_gradient(notebook):
    notebook.good("n = 3; shape = np.array([1, 2, 3])")
    output = notebook.good("%%grad loss --wrt n, shape\nhalf = n * n // 2\nloss = n * n * 2.0 + np.sum(shape ** 2)")
    assert type(notebook.namespace["n"]) is int and notebook.namespace["half"] == 4
    assert notebook.namespace["grads"].n == 12.0
    assert notebook.namespace["grads"].shape.tolist() == [2.0, 4.0, 6.0]
    assert output.bundle(REPORT)["text/plain"].count("holds integers") == 2


def test_time_and_capture_go_above(notebook):
    output = notebook.run("%%time\n%%grad loss --wrt w" + CELL)
    assert output.error is None and "Wall time" in output.printed
    notebook.good("%%capture kept\n%%grad loss --wrt w" + CELL + "print('inside')")
    assert "inside" in notebook.namespace["kept"].stdout


def test_magics_and_shell_commands_inside_the_cell(notebook):
    output = notebook.good("%%grad loss --wrt b\nfound = !echo {b}\n%time k = 3.0\n%timeit -n1 -r1 b ** 2\n"
                           "def f(v):\n    mine = v * 2\n    %time kept = mine\n    return mine\nloss = f(b) * float(found[0]) * 2")
    assert "Wall time" in output.printed and notebook.namespace["k"] == 3.0
    assert notebook.namespace["grads"].b == 2.0 and "kept" not in notebook.namespace


@pytest.mark.parametrize("line", ["%time k = b ** 3", "get_ipython().run_cell('k = b * 2')", "get_ipython().ex('k = b * 2')"])
def test_what_a_magic_computes_is_not_known(notebook, line):
    output = notebook.run(f"%%grad loss --wrt b\n{line}\nloss = k * b")
    assert isinstance(output.error, NoDerivative) and notebook.namespace["loss"] == notebook.namespace["k"] * 0.5
    notebook.good(f"%%grad loss --wrt b\n{line}\nloss = 2 * b")
    assert notebook.namespace["grads"].b == 2.0


@pytest.mark.parametrize("text", ["", "1 / 0", "1 +", "%%grad np.sum(w) --wrt w", "k = 3"])
def test_a_cell_inside_the_cell_does_not_end_it(notebook, text):
    notebook.run(f"%%grad loss --wrt b\nget_ipython().run_cell({text!r})\nloss = b ** 2")
    assert notebook.namespace["grads"].b == 1.0


def test_the_line_form(notebook):
    notebook.good("%grad np.sum(w ** 2) + b --wrt w, b")
    np.testing.assert_allclose(notebook.namespace["grads"].w, 2 * notebook.namespace["w"])
    assert notebook.namespace["grads"].b == 1.0


def test_a_metric_beside_the_loss_is_no_error(notebook):
    notebook.good("import scipy.special as special")
    notebook.good("%%grad loss --wrt w" + CELL.replace("loss =", "metric = special.expit(z).sum()\nloss ="))


def test_prints_and_plots_keep_their_order(notebook):
    output = notebook.good("%%grad loss --wrt w\nfor k in range(3):\n    print('step', k)\nloss = np.sum(w ** 2)\nprint('end')")
    assert output.printed == "step 0\nstep 1\nstep 2\nend\n"


def test_report_of_a_small_cell(notebook):
    output = notebook.good("%%grad loss --wrt w, b\nloss = 2 * np.sum(w) + b ** 2\nloss *= 1")
    assert output.bundle(REPORT)["text/plain"].split("\n")[:3] == [
        "loss = 0.65",
        "  w          3  gradient [2, 2, 2]",
        "  b             gradient 1",
    ]
    data = output.bundle(REPORT)[REPORT]
    assert data["version"] == 1 and [p["name"] for p in data["parameters"]] == ["w", "b"]
    assert data["receipt"]["digits"] > 8 and data["receipt"]["how"] == "cell"


def test_show_code_has_the_users_names_and_lines(notebook):
    output = notebook.good("%%grad loss --wrt w --show code\nr = X @ w\nunused = np.tanh(r)\nloss = np.sum(r * r)")
    code = output.bundle(REPORT)[REPORT]["details"]["code"]
    assert [line.split("  # line")[0].strip() for line in code.splitlines()] == [
        "def loss_and_grad(w, X):", "# forward: your cell", "r = X @ w", "loss = np.sum(r * r)", "",
        "# backward: x_bar is d(loss)/dx", "t = np.ones(60)", "return loss, X.T @ (t * r + t * r)",
    ]
    assert "# line 4" in code


def test_help_tells_every_option(notebook):
    import re

    from dpkernel.magics.commands import DifferentiableMagics
    from dpkernel.magics.options import GRAD, OPTIMIZE

    for magic, function in ((GRAD, DifferentiableMagics.cell_grad), (OPTIMIZE, DifferentiableMagics.cell_optimize)):
        for option in magic.options:
            assert re.search(rf"--{option.name}\b", function.__doc__), option.name


def test_the_cell_may_read_what_the_gradients_replace(notebook):
    """The gradients of the last cell, and a name of the user's, are there as long as the cell runs."""
    notebook.good("w = np.ones(3); m = np.zeros(3)")
    notebook.good("%%grad loss --wrt w\nloss = np.sum(w ** 2)")
    notebook.good("%%grad loss --wrt w\nm = 0.9 * m + grads.w\nloss = np.sum(w ** 3)")
    assert notebook.namespace["m"].tolist() == [2.0] * 3 and notebook.namespace["grads"].w.tolist() == [3.0] * 3
    notebook.good("g = 9.81\ndef fall(t): return 0.5 * g * t ** 2")
    assert "was a name of yours" in notebook.good("%%grad y --wrt t --into g\nt = 2.0\ny = fall(t)").bundle(REPORT)["text/plain"]
    notebook.good("g = 9.81")
    notebook.lesson("%%grad y --wrt w --into g\ny = fall(w)")
    assert notebook.namespace["g"] == 9.81


def test_a_run_is_kept_where_the_cell_reads_another_thing(notebook):
    notebook.good("w = np.ones(2)\ndef run(x): return x * 2\ndef loss_of(x): return np.sum(run(x) ** 2)")
    notebook.good("%%optimize loss --wrt w --steps 2\nloss = loss_of(w)")
    assert type(notebook.namespace["run"]).__name__ == "Run" and np.all(notebook.namespace["w"] < 1)


PARTS = """
import collections, dataclasses
Point = collections.namedtuple("Point", "x y")
@dataclasses.dataclass(frozen=True)
class Config:
    rate: float
    decay: float
a = np.arange(6.0); M = np.arange(4.0).reshape(2, 2); t = (2.0, 2.0); point = Point(1.5, 1.5); config = Config(0.5, 0.5)
n = np.arange(4); z = np.array([1 + 2j, 3j]); nested = {"t": (1.0, np.ones(2))}
"""


@pytest.mark.parametrize("wrt, body, expected", [
    ("a[2:5]", "loss = np.sum(a ** 2)", {"a[2:5]": [4, 6, 8]}),
    ("a[2], a[1]", "a[2] *= 3\nloss = a[2] ** 2 + a[2] * a[1]", {"a[2]": 39, "a[1]": 6}),
    ("made[1]", "made = np.arange(3.0)\nloss = np.sum(made ** 3)", {"made[1]": 3}),
    ("a[::-1]", "loss = np.sum(a * np.arange(6))", {"a[::-1]": [5, 4, 3, 2, 1, 0]}),
    ("M[0, 1], M.T, M", "loss = np.sum(M ** 3)", {"M[0, 1]": 3, "M.T": [[0, 12], [3, 27]], "M": [[0, 3], [12, 27]]}),
    ("M[1]", "row = M[1]\nrow += 1\nloss = np.sum(M[1] ** 2)", {"M[1]": [6, 8]}),
    ("t[0]", "loss = t[0] * 3 + t[1] * 5", {"t[0]": 3}), ("point[1], point.x", "loss = point.x * 3 + point.y * 5", {"point[1]": 5, "point.x": 3}),
    ("config.rate", "loss = config.rate * 3 + config.decay * 5", {"config.rate": 3}), ("n[1]", "loss = n[1] ** 2 * 1.0", {"n[1]": 2}),
    ("z[0], z.imag", "loss = np.sum(np.abs(z) ** 2)", {"z[0]": 2 + 4j, "z.imag": [4, 6]}),
    ("nested['t'][0], nested['t'][1][0]", "loss = nested['t'][0] * np.sum(nested['t'][1] ** 2)", {"nested['t'][0]": 2, "nested['t'][1][0]": 2}),
    ("a[1], a[2] --hessian", "loss = a[1] ** 2 * a[2]", {"a[2]": {"a[1]": 2, "a[2]": 0}}),
    ("a[1] --jacobian", "loss = a ** 2", {"a[1]": [0, 2, 0, 0, 0, 0]}),
])
def test_parts_of_arrays_tuples_and_frozen_objects(notebook, wrt, body, expected):
    notebook.good(PARTS)
    notebook.good(f"%%grad loss --wrt {wrt}\n{body}")
    for name, value in expected.items():
        found = notebook.namespace["grads"][name]
        for part in value if isinstance(value, dict) else [None]:
            np.testing.assert_allclose(found if part is None else found[part], value if part is None else value[part])
        assert isinstance(value, dict) or np.shape(value) or not isinstance(found, np.ndarray)


def test_a_run_moves_parts(notebook):
    notebook.good(PARTS)
    notebook.good("%%optimize loss --wrt a[2:4], a[0], t[0], point.x, config.rate --steps 300 --lr 0.1\n"
                  "loss = np.sum((a - 1) ** 2) + (t[0] - 1) ** 2 + (point.x - 2) ** 2 + (config.rate - 3) ** 2")
    space = notebook.namespace
    np.testing.assert_allclose([*space["a"], *space["t"], *space["point"]], [1, 1, 1, 1, 4, 5, 1, 2, 2, 1.5], atol=1e-3)
    assert abs(space["config"].rate - 3) < 1e-3
    assert "whole numbers" in notebook.run("%%optimize loss --wrt n[1:3] --steps 3\nloss = np.sum(n ** 2) * 1.0").traceback
