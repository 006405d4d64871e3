"""Runs without a page: methods, limits, control, and what is left when something goes wrong."""

import math

import numpy as np
import pytest

from dpkernel.optimize import control, names
from dpkernel.optimize.methods import METHODS
from dpkernel.optimize.run import Run

A = np.diag([1.0, 4.0, 9.0])
B = np.array([1.0, -2.0, 3.0])


class Vector:
    """A parameter that lives in this object."""

    def __init__(self, name, value):
        self.name, self.value, self.history = name, np.array(value, float), []

    def get(self):
        return self.value.copy()

    def set(self, numbers):
        self.value = np.array(numbers)
        self.history.append(self.value)


def quadratic(x):
    """(1/2) x'Ax - b'x and its gradient."""
    return lambda: (0.5 * x.value @ A @ x.value - B @ x.value, [A @ x.value - B])


def run(method="sgd", start=(0.0, 0.0, 0.0), objective=quadratic, **options):
    x = Vector("x", start)
    return Run(objective(x), [x], method, **options), x


def losses(run):
    return [row for row in run.record.points(10**6)["loss"]]


# methods: each trajectory against the formula of its paper, written out here

def sgd(g, state, lr):
    return -lr * g


def momentum(g, state, lr):
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return -lr * state["v"]


def adam(g, state, lr):
    """Kingma & Ba (2015), algorithm 1."""
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    v = state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * g * g
    return -lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


@pytest.mark.parametrize("method", [sgd, momentum, adam], ids=lambda f: f.__name__)
def test_trajectory(method):
    lr, steps = 0.02, 1000
    found, x = run(method.__name__, lr=lr, steps=steps)
    found.execute()
    expected, state = [np.zeros(3)], {}
    for _ in range(steps):
        expected.append(expected[-1] + method(A @ expected[-1] - B, state, lr))
    np.testing.assert_allclose(x.history[:steps + 1], expected, rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(x.value, x.history[steps])
    assert found.step == steps and found.evaluations == steps + 1 and found.reason == "all 1000 steps are done"


def test_l_bfgs_b_ends_where_scipy_ends():
    found, x = run("l-bfgs-b", start=[5.0, 5.0, 5.0])
    found.execute()
    np.testing.assert_allclose(x.value, np.linalg.solve(A, B), rtol=1e-8)
    assert found.reason.startswith("converged") and found.step < 20 and found.evaluations >= found.step


def test_l_bfgs_b_at_a_kink():
    def kinked(x):
        def loss():
            y = x.value - 0.7
            return np.sum(np.abs(x.value) + 2 * np.abs(y)), [np.sign(x.value) + 2 * np.sign(y)]

        return loss

    found, x = run("l-bfgs-b", start=[2.0], objective=kinked)
    found.execute()
    np.testing.assert_allclose(x.value, 0.7, rtol=1e-8)
    assert found.reason == "no lower point was found downhill: rounding hides it, or the loss has a kink here"


def test_rates_a_parameter():
    found, x = run("sgd", lr={"x": 0.1}, steps=1)
    found.execute()
    np.testing.assert_allclose(x.value, 0.1 * B)


def test_the_names_are_those_of_the_methods():
    assert names.FIRST_ORDER == tuple(METHODS)


# limits and control

def test_the_record_has_every_step():
    found, _ = run(steps=7)
    found.execute()
    frame = found.to_frame()
    assert list(frame.columns) == ["step", "evaluations", "loss", "grad_norm", "lr", "seconds"]
    assert frame.step.tolist() == list(range(8))
    assert found.best == (7, frame.loss.iloc[-1])


def test_time_is_a_limit():
    clock = iter(np.arange(0.0, 1e6, 0.25))
    found, _ = run(time=3.0, clock=lambda: next(clock))
    found.execute()
    assert found.reason == "3 seconds are over" and 0 < found.step < 13


class Scripted:
    """A page that sends controls at given steps, and writes down what it is shown."""

    def __init__(self, script):
        self.script, self.shown = dict(script), []

    def begin(self, run):
        pass

    def attach(self, run):
        self.shown.append("attach")

    def finish(self, run):
        self.shown.append(("finish", run.state, run.step))

    def frame(self, run, always=False):
        self.shown.append((run.state, run.step, run.lr))
        for action, value in self.script.pop((run.state, run.step), ()):
            control.inbox.put({"run": run.id, "action": action, "value": value})


def test_pause_step_rate_resume_stop():
    live = Scripted({
        ("running", 3): [("pause", None)],
        ("paused", 3): [("lr", 0.5), ("step", None)],
        ("paused", 4): [("resume", None)],
        ("running", 6): [("attach", None), ("stop", None)],
    })
    found, _ = run(lr=0.01, steps=100, live=live)
    found.execute()
    assert [(e["action"], e["step"]) for e in found.events] == [
        ("pause", 3), ("lr", 3), ("step", 3), ("resume", 4), ("stop", 6)]
    assert found.step == 6 and found.lr == 0.5 and found.reason.startswith("stopped at step 6")
    assert live.shown[-1] == ("finish", "finished", 6) and "attach" in live.shown


def test_pauses_are_no_time(monkeypatch):
    now, script = [0.0], {3: "pause"}

    def drain(run_id, timeout=None):
        now[0] += 1000.0 if timeout else 1.0
        action = "resume" if timeout else script.pop(found.step, None)
        return [control.Control(action)] if action else []

    monkeypatch.setattr(control, "drain", drain)
    found, _ = run(steps=5, time=100.0, clock=lambda: now[0])
    found.execute()
    assert found.reason == "all 5 steps are done" and found.seconds == 6.0 and now[0] == 1006.0


def test_controls_for_other_runs_are_dropped():
    found, _ = run(steps=3)
    control.inbox.put({"run": "another", "action": "stop"})
    found.execute()
    assert found.step == 3 and control.inbox.empty()


@pytest.mark.parametrize("content", [
    None, [], {"run": "x"}, {"run": 3, "action": "stop"}, {"run": "x", "action": "explode"},
    {"run": "x", "action": "lr"}, {"run": "x", "action": "lr", "value": "0.1"}, {"run": "x", "action": "lr", "value": True},
    {"run": "x", "action": "lr", "value": math.nan}, {"run": "x", "action": "lr", "value": -1},
])
def test_senseless_controls_are_dropped(content):
    assert control.parse(content) is None


# what is left when something goes wrong

@pytest.mark.parametrize("method", ["sgd", "momentum", "adam", "l-bfgs-b"])
@pytest.mark.parametrize("failure", [ValueError("on purpose"), KeyboardInterrupt(), math.nan, math.inf], ids=repr)
def test_the_parameters_are_whole_and_those_of_the_record(method, failure):
    calls = 0

    def objective(x):
        plain = quadratic(x)

        def evaluate():
            nonlocal calls
            calls += 1
            if calls == 5:
                if isinstance(failure, BaseException):
                    raise failure
                return failure, plain()[1]
            return plain()

        return evaluate

    found, x = run(method, start=[5.0, 5.0, 5.0], objective=objective, lr=None if method == "l-bfgs-b" else 0.01)
    if isinstance(failure, ValueError):
        with pytest.raises(ValueError, match="on purpose"):
            found.execute()
    else:
        found.execute()
    assert found.state == "finished" and found.reason and f"step {found.step}" in found.reason
    left = quadratic(x)()[0]
    assert left == pytest.approx(found.record.points(100)["loss"][-1], rel=1e-12)


def test_a_first_evaluation_that_fails_leaves_the_start():
    def objective(x):
        def evaluate():
            raise ZeroDivisionError("no")
        return evaluate

    found, x = run(start=[1.0, 2.0, 3.0], objective=objective)
    with pytest.raises(ZeroDivisionError):
        found.execute()
    assert x.value.tolist() == [1.0, 2.0, 3.0] and found.step == 0
