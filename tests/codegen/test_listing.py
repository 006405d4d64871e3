"""Listings: what is shown is run, and gives the gradient; a few are held word for word."""

import re

import numpy as np
import pytest

from dpkernel.codegen.listing import MOST_LINES, listing
from dpkernel.ir.block import Value
from dpkernel.runtime import gradient
from dpkernel.runtime.cell import Cell, CellTracer
from dpkernel.transforms import pullback
from support.cells import space_of
from support.programs import program
from tracing.test_numpy import DATA, EXPRESSIONS, LOSS, REFUSED_TODAY, cell_of, setup


class Kept(CellTracer):
    """A tracer that the test can ask for objects afterwards."""

    last = None

    def __exit__(self, *exception):
        Kept.last = self
        return super().__exit__(*exception)


def traced(above, text, wrt, monkeypatch):
    """(evaluation, tracer, listing) of a cell."""
    monkeypatch.setattr("dpkernel.runtime.cell.CellTracer", Kept)
    evaluation = Cell(text, space_of(above)).evaluate(wrt, "loss")
    tape = evaluation.tape
    if tape is None:
        return evaluation, Kept.last, None
    with np.errstate(all="ignore"):
        return evaluation, Kept.last, listing(tape, pullback(tape, tape.inputs, seeds=[1.0]))


def check(above, text, wrt, monkeypatch):
    """Run the listing as a function of its own, and compare it with the gradients."""
    evaluation, tracer, found = traced(above, text, wrt, monkeypatch)
    if found is None:       # the loss depends on no parameter
        return
    assert not re.search(r"dpkernel|%\d|<.*object", found.text), found.text
    space = {"np": np}
    exec(compile(found.text, "<listing>", "exec"), space)
    tape = evaluation.tape
    constants = [tracer.all_computed([x], tape)[0] if isinstance(x, Value) else x for x in found.constants.values()]
    with np.errstate(all="ignore"):
        loss, *bars = space["loss_and_grad"](*tracer.all_computed(tape.inputs), *constants)
    assert float(np.asarray(loss).reshape(())) == pytest.approx(evaluation.value, rel=1e-6 if "32" in text else 1e-9, nan_ok=True)
    by_value = dict(zip(tape.inputs, bars))
    for p in tracer.parameters:
        gradients = gradient._structured(p, by_value)
        for x, y in zip(_leaves(gradients), _leaves(evaluation.gradients[p.name])):
            np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-10)


def _leaves(x):
    return [part for part in (x if isinstance(x, (list, tuple)) else [x]) if part is not None]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", [e for e in EXPRESSIONS if e not in REFUSED_TODAY])
def test_listing_of_an_expression(expression, monkeypatch):
    text, wrt = cell_of(expression)
    check(setup(*DATA["float64"]) + LOSS, text, wrt, monkeypatch)


@pytest.mark.parametrize("number", range(40))
def test_listing_of_a_program(number, monkeypatch):
    above, text = program(number)
    check(above, text, ["p", "q", "s"], monkeypatch)


LOOPS = {
    "a copy of a part of what is written in the next iteration": """
u, v, t = np.sin(x), x[1:] * 1.0, 0.0
for i in range(6):
    u[1] = u[1] * 0.5 + t
    t = t + np.sum(v * u[:-1])
    u = np.sin(u)
    v = u[1:].copy()
loss = t + np.sum(u)
""",
    "a copy of the parameter is written": """
u = x.copy()
for i in range(1, 8):
    u[i % 4] = np.sin(u[(i - 1) % 4]) * x[i % 4]
loss = np.sum(u * x)
""",
}


@pytest.mark.parametrize("name", LOOPS)
def test_listing_of_a_loop(name, monkeypatch):
    check("x = np.linspace(0.2, 0.9, 4)", LOOPS[name], ["x"], monkeypatch)


LOGISTIC = '''\
def loss_and_grad(w, b, X, y):
    # forward: your cell
    z = X @ w + b                                                             # line 1
    surprise = np.logaddexp(0.0, z) - y * z                                   # line 2
    loss = np.sum(surprise) + 0.5 * np.sum(w ** 2)                            # line 3

    # backward: x_bar is d(loss)/dx
    surprise_bar = np.ones(4)                                                 # line 3
    z_bar = -surprise_bar * y + surprise_bar * np.where(z == 0.0, 0.5, 1 / (1 + np.exp(0.0 - z)))  # line 2
    return loss, np.full(3, 0.5) * (2 * w) + X.T @ z_bar, np.sum(z_bar)
'''
DIFFUSION = '''\
def loss_and_grad(k, u0):
    # forward: your cell
    t = u0[2:] - 2 * u0[1:-1] + u0[:-2]        # line 3
    u = np.array(u0)                           # line 3
    u[1:5] = u0[1:-1] + k * t                  # line 3
    loss = np.sum(u ** 2)                      # line 4

    # backward: x_bar is d(loss)/dx
    u_bar = np.ones(6) * (2 * u)               # line 4
    t_2 = u_bar[1:5]                           # line 3
    u0_bar = np.array(u_bar)                   # line 3
    u0_bar[1:5] = 0                            # line 3
    t_3 = t_2 * k                              # line 3
    u0_bar[:-2] += t_3                         # line 3
    u0_bar[1:-1] += -t_3 * 2                   # line 3
    u0_bar[2:] += t_3                          # line 3
    u0_bar[1:-1] += t_2                        # line 3
    return loss, np.sum(t_2 * t), u0_bar
'''


@pytest.mark.parametrize("above, text, wrt, expected", [
    ("X = np.eye(4, 3)\ny = np.ones(4)\nw = np.ones(3)\nb = 0.5",
     "z = X @ w + b\nsurprise = np.logaddexp(0.0, z) - y * z\nloss = np.sum(surprise) + 0.5 * np.sum(w ** 2)", ["w", "b"], LOGISTIC),
    ("u0 = np.arange(6.0)\nk = 0.1", "u = u0.copy()\nfor n in range(1):\n    u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])\nloss = np.sum(u ** 2)",
     ["k", "u0"], DIFFUSION),
], ids=["logistic", "diffusion"])
def test_golden_listing(above, text, wrt, expected, monkeypatch):
    _, _, found = traced(above, text, wrt, monkeypatch)
    lines = [[re.sub(r"  +# line", "  # line", line) for line in x.splitlines()] for x in (found.text, expected)]
    assert lines[0] == lines[1]
    check(above, text, wrt, monkeypatch)


@pytest.mark.filterwarnings("ignore")
def test_a_long_listing_is_cut_and_says_so(monkeypatch):
    _, _, found = traced("x = np.ones(3)", "y = x\n" + 300 * "y = y * y + x\n" + "loss = np.sum(y * 0 + y)", ["x"], monkeypatch)
    assert found.cut > 0 and f"# ... {found.cut} lines are not shown ..." in found.text
    assert found.text.count("\n") <= MOST_LINES + 3


@pytest.mark.parametrize("text", [
    "loss = np.sum(np.i0(x)) + np.sum([math.erf(y) * math.gamma(y) for y in x])",
    "s = 1.0\nfor y in x:\n    s = s * math.lgamma(y) + math.erfc(y)\nloss = s",
    "u, s, v = np.linalg.svd(np.outer(x, x) + np.diag(x ** 2))\nq, r = np.linalg.qr(u * s)\nloss = np.sum(np.abs(q)) + np.sum(r ** 2 @ np.abs(v))",
    "loss = np.sum(np.vectorize(lambda y: y ** 2 if y > 1 else 3 * y)(x) * x)",
], ids=["special", "special in a loop", "decompositions", "vectorize"])
def test_special_functions_and_decompositions_are_written(text, monkeypatch):
    check("import math\nx = np.array([1.5, 0.4, 2.5])", text, ["x"], monkeypatch)


@pytest.mark.parametrize("above, text, wrt", [
    ("sum = np.ones(2); max = 0.5; range = 2.0; len = 1.5", "y = sum * max\nfor k in (1, 2, 3, 4, 5):\n    y = y * range + len\nloss = np.sum(y)", ["sum", "max", "range", "len"]),
    ("x = 1.5; x_bar = 2.0; t_2 = 3.0; loss_bar = 1.0", "y = x * x_bar\ny_bar = y ** 2 * t_2\nloss = y_bar * y * loss_bar", ["x", "x_bar", "t_2", "loss_bar"]),
    ("xp = np; np_ = 3.0; lambda_ = 2.0", "np = xp.ones(2) * np_\nloss = xp.sum(np ** 2) * lambda_", ["np_", "lambda_"]),
    ("θ = np.array([0.3, 0.5]); σ_x = 2.0", "μ = θ * σ_x\nloss = np.sum(np.exp(-μ ** 2))", ["θ", "σ_x"]),
    ("p = {'a-b': 1.0, 'a+b': 2.0, '': 4.0, '1': 5.0}", "loss = p['a-b'] * p['a+b'] ** 2 * p[''] * p['1']", ["p['a-b']", "p['a+b']", "p['']", "p['1']"]),
], ids=["built-ins", "names like ours", "np", "unicode", "keys"])
def test_names_do_not_collide(above, text, wrt, monkeypatch):
    check(above, text, wrt, monkeypatch)
