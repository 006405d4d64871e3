"""Gradients side by side: by hand, by dpkernel, by HIPS autograd if it is installed.

In:  nothing; run it as a script, with one thread: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1.
Out: a table: median milliseconds of one value and gradient, and ratios to the plain cell.
Start at `PROBLEMS`. All columns of a row are interleaved in one process; gradients are compared first.
"""

import datetime
import linecache
import platform
import statistics
import sys
import time

import numpy as np

import dpkernel

ROUNDS = 15


def register(text, name):
    """A module-like namespace in which `text` was run, so that its functions have a source."""
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {"np": np}
    exec(compile(text, name, "exec"), space)
    return space


LOGISTIC = """
def loss(w, X, y):
    z = X @ w
    return np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * np.sum(w ** 2)
"""
MLP = """
def loss(W, X, y):
    h = np.tanh(X @ W)
    r = np.sum(h, axis=1) - y
    return np.mean(r ** 2)
"""
STEPS = """
def loss(x, X, y):
    for _ in range(300):
        x = x + 0.01 * np.sin(x) * y
    return np.sum(x ** 2)
"""


def logistic_by_hand(w, X, y):
    z = X @ w
    p = 0.5 * (1 + np.tanh(z / 2))
    return np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * np.sum(w ** 2), X.T @ (p - y) + w


def mlp_by_hand(W, X, y):
    h = np.tanh(X @ W)
    r = np.sum(h, axis=1) - y
    return np.mean(r ** 2), X.T @ ((2 / len(y)) * r[:, None] * (1 - h * h))


def steps_by_hand(x, X, y):
    kept = []
    for _ in range(300):
        kept.append(x)
        x = x + 0.01 * np.sin(x) * y
    bar = 2 * x
    for old in reversed(kept):
        bar = bar * (1 + 0.01 * np.cos(old) * y)
    return np.sum(x ** 2), bar


def problems():
    """name, text of the loss, gradient by hand, arguments."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(426, 30))
    yield "logistic regression, 426 × 30", LOGISTIC, logistic_by_hand, (np.zeros(30), X, (X[:, 0] > 0) * 1.0)
    X = rng.normal(size=(1000, 100))
    yield "tanh layer, 1000 × 100 × 50", MLP, mlp_by_hand, (rng.normal(size=(100, 50)) * 0.1, X, X[:, 0])
    yield "300 steps on 20 numbers", STEPS, steps_by_hand, (rng.normal(size=20), None, rng.normal(size=20))


def timed(functions, args):
    """Median milliseconds of each function, interleaved."""
    times = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, row in zip(functions, times):
            start = time.perf_counter()
            function(*args)
            row.append((time.perf_counter() - start) * 1e3)
    return [statistics.median(row) for row in times]


def main():
    try:
        import autograd
        import autograd.numpy as anp
    except ImportError:
        autograd = None
    print(f"{datetime.date.today()}, {platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}\n")
    print("| problem | cell alone | by hand | dpkernel | autograd |\n|---|---|---|---|---|")
    for number, (name, text, by_hand, args) in enumerate(problems()):
        loss = register(text, f"<problem {number}>")["loss"]
        ours = dpkernel.value_and_grad(loss)
        columns = [loss, by_hand, ours]
        expected = by_hand(*args)[1]
        if autograd is not None:
            theirs = register(text, f"<problem {number} for autograd>")["loss"]
            theirs.__globals__["np"] = anp
            columns.append(autograd.value_and_grad(theirs))
        for function in columns[2:]:
            np.testing.assert_allclose(function(*args)[1], expected, rtol=1e-7, atol=1e-12)
        found = timed(columns, args)
        cells = [f"{found[0]:.3f} ms", *(f"{t:.3f} ms ({t / found[0]:.1f})" for t in found[1:])]
        print(f"| {name} | {' | '.join(cells)}{' | –' if autograd is None else ''} |")


if __name__ == "__main__":
    sys.exit(main())
