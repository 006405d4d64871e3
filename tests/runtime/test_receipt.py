"""The receipt: it tells a right gradient from a wrong one, and what it leaves alone."""

import random

import numpy as np
import pytest

from dpkernel.derivatives import RULES
from dpkernel.derivatives.forms import Partials
from dpkernel.primitives import elementwise as e
from dpkernel.runtime.cell import Cell

SETUP = {"np": np, "__name__": "__main__"}


def receipt_of(text, check=True, **names):
    space = {**SETUP, **names}
    found = Cell(text, space).evaluate([n for n in names if n in ("w", "b")], "loss", receipt=True, check=check).receipt
    return found, space


def test_a_right_gradient_agrees():
    found, _ = receipt_of("loss = np.sum(np.tanh(w) ** 2) + b ** 2", w=np.arange(1.0, 5.0), b=0.3)
    assert found.how == "cell" and found.digits > 8 and found.text.startswith("agrees with finite differences to")


def test_a_wrong_rule_does_not(monkeypatch):
    monkeypatch.setitem(RULES, e.tanh, Partials((lambda x, y: 1 - y,)))
    found, _ = receipt_of("loss = np.sum(np.tanh(w) ** 2)", w=np.arange(1.0, 5.0))
    assert found.digits < 2


def test_extra_runs_leave_no_trace(capsys):
    random.seed(3)
    np.random.seed(3)
    state = np.random.get_state()[1].tolist(), random.getstate()
    log = []
    _, space = receipt_of("print('once')\nlog.append(1)\nloss = np.sum(w ** 2)", w=np.ones(2), log=log)
    assert capsys.readouterr().out == "once\n" and log == [1]
    assert (np.random.get_state()[1].tolist(), random.getstate()) == state


@pytest.mark.parametrize("text", [
    "import json\nmeta = json.dumps({'a': 1})\nloss = np.sum(w ** 2)",       # a call that may act outside
    "f = open(__import__('os').devnull, 'w'); f.write('x'); f.close()\nloss = np.sum(w ** 2)",
])
def test_a_cell_that_may_act_outside_is_not_run_again(text):
    found, _ = receipt_of(text, w=np.arange(1.0, 3.0))
    assert found.how == "tape" and found.digits > 8 and "of what was recorded" in found.text


def test_views_of_one_memory_are_not_copied_apart():
    b = np.arange(1.0, 7.0)
    found, _ = receipt_of("loss = np.sum(w * c)", w=b[::2], c=b[1::2])
    assert found is None or found.digits > 8


def test_it_is_not_waited_for():
    found, _ = receipt_of("import time\ntime.sleep(0.15)\nloss = np.sum(w ** 2)", check=False, w=np.ones(2))
    assert found is None
