"""value_and_grad, compiled while it runs: the same answers, the same exceptions, and nothing of yesterday's."""

import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest

from dpkernel import grad, hessian, value_and_grad
from dpkernel.runtime import fast
from support.functions import from_text

TEXT = """
def g(v):
    return v * k

def F(x, n):
    t = 0.0
    for i in range(n):
        t += g(x[i % 3]) ** 2 / (1 + i)
    return t
"""


@pytest.fixture
def eager(monkeypatch):
    """Compiling begins with the first iteration, and is always waited for."""
    monkeypatch.delenv("DPKERNEL_COMPILE", raising=False)
    monkeypatch.setattr(fast, "WORTH", 0.0)
    monkeypatch.setattr(fast, "PATIENCE", 0.0)
    monkeypatch.setattr(fast, "SHARE", 0.0)


@pytest.fixture
def interpreted(monkeypatch):
    """How often the interpreter has come to an end."""
    calls, plain = [], fast.value_and_gradients

    def counting(*args, **kwargs):
        found = plain(*args, **kwargs)
        calls.append(found)
        return found

    monkeypatch.setattr(fast, "value_and_gradients", counting)
    return calls


def made(text=TEXT, name="<fast>", **names):
    names = {"np": np, "k": 2.0, **names}
    return from_text(text, name, names), names


def settled(f):
    """Wait for the compiler; return what is known of the calls, one entry a kind of arguments."""
    while not (cells := [c.cell_contents for c in f.__closure__ if isinstance(c.cell_contents, fast.Fast)]):
        f = next(c.cell_contents for c in f.__closure__ if callable(c.cell_contents) and c.cell_contents.__closure__)
    (found,) = cells
    for entry in found.entries.values():
        if entry.thread is not None:
            entry.thread.join()
    return list(found.entries.values())


X = np.array([0.5, -1.0, 2.0])


def exact(n, k=2.0, x=X):
    i = np.arange(n)
    weights = np.bincount(i % 3, 1 / (1 + i), 3)
    return np.sum(weights * (k * x) ** 2), 2 * weights * k ** 2 * x


def test_what_takes_long_is_compiled(eager, interpreted):
    f, _ = made()
    compiled = value_and_grad(f)
    compiled(X, 40)
    (entry,) = settled(compiled)
    assert entry.machine is not None, entry.why
    del interpreted[:]
    for n in (40, 7, 100_000):
        value, gradient = compiled(X, n)
        np.testing.assert_allclose(value, exact(n)[0])
        np.testing.assert_allclose(gradient, exact(n)[1])
        assert type(value) is type(f(X, n)) and gradient.dtype == X.dtype
    assert interpreted == [], "not once"


def test_a_long_call_is_given_up_for_the_compiled_one(interpreted, monkeypatch):
    monkeypatch.delenv("DPKERNEL_COMPILE", raising=False)
    f, _ = made()
    value, gradient = value_and_grad(f)(X, 3_000_000)
    np.testing.assert_allclose(value, exact(3_000_000)[0])
    np.testing.assert_allclose(gradient, exact(3_000_000)[1])
    assert interpreted == [], "three million iterations interpreted would take minutes"


def test_the_same_function_is_compiled_once(eager):
    f, _ = made()
    grad(f)(X, 40)
    settled(value_and_grad(f))
    assert settled(grad(f)) == settled(value_and_grad(f, 0)) and settled(grad(f))[0].machine is not None
    assert settled(value_and_grad(f, (0,))) == settled(grad(f)), "a tuple of one has the same program"
    assert settled(value_and_grad(made()[0])) == [], "another function of the same text may have other names around it"


def test_what_is_short_is_not_compiled(monkeypatch):
    monkeypatch.delenv("DPKERNEL_COMPILE", raising=False)
    f, _ = made()
    compiled = value_and_grad(f)
    compiled(X, 3)
    (entry,) = settled(compiled)
    assert entry.untouched and entry.thread is None


def test_it_can_be_switched_off(eager, monkeypatch):
    monkeypatch.setenv("DPKERNEL_COMPILE", "off")
    f, _ = made()
    compiled = value_and_grad(f)
    compiled(X, 10)
    assert settled(compiled) == []


def test_outer_numbers_and_functions_are_those_of_now(eager):
    f, names = made()
    compiled = value_and_grad(f)
    compiled(X, 10)
    settled(compiled)
    names["k"] = 5.0
    np.testing.assert_allclose(compiled(X, 10)[1], exact(10, 5.0)[1])
    from_text("def g(v):\n    return v * 7.0\nF = g\n", "<another g>", names)
    np.testing.assert_allclose(compiled(X, 10)[1], exact(10, 7.0)[1])
    settled(compiled)
    np.testing.assert_allclose(compiled(X, 10)[1], exact(10, 7.0)[1])
    names["g"].__code__ = from_text("def F(v):\n    return v * 3.0\n", "<its code>", {}).__code__
    np.testing.assert_allclose(compiled(X, 10)[1], exact(10, 3.0)[1])
    names["k"] = 3
    f.__code__ = made("def F(x, n):\n    return np.sum(x) * k\n", "<another>")[0].__code__
    np.testing.assert_allclose(compiled(X, 10)[1], [3.0, 3.0, 3.0])


def test_a_compiled_answer_that_differs_is_not_taken(eager, monkeypatch):
    plain = fast.lowered
    monkeypatch.setattr(fast, "lowered", lambda *args: plain(*args).replace("return ", "return 1.001 * "))
    f, _ = made()
    compiled = value_and_grad(f)
    monkeypatch.setattr(fast.Entry, "answer", lambda self, args: None)      # the first call is not given up
    compiled(X, 10)
    (entry,) = settled(compiled)
    monkeypatch.undo()
    assert entry.machine is None and entry.why == "the compiled program gave another answer"
    np.testing.assert_allclose(compiled(X, 10)[0], exact(10)[0])


def test_answers_for_other_arguments_are_not_compared(eager, monkeypatch):
    """Calls with other sizes go on while the compiler works: their answers belong to them."""
    began, plain, problems = threading.Event(), fast.lowered, []
    monkeypatch.setattr(fast, "lowered", lambda *args: (began.wait(), plain(*args))[1])
    monkeypatch.setattr(threading, "excepthook", problems.append)
    f, _ = made("def F(x, n):\n    t = 0.0\n    for i in range(len(x)):\n        t += x[i] ** 2\n    return t\n", "<sizes>")
    compiled = value_and_grad(f)
    for size in (3, 0, 5):
        assert compiled(np.arange(float(size)), 1)[1].tolist() == [2.0 * i for i in range(size)]
    began.set()
    (entry,) = settled(compiled)
    assert problems == [] and entry.machine is not None, entry.why


def test_exceptions_are_the_interpreters(eager):
    f, _ = made("def F(x, n):\n    t = 0.0\n    for i in range(n):\n        t += x[i] ** 2\n    return t\n", "<beyond>")
    compiled = value_and_grad(f)
    compiled(X, 3)
    assert settled(compiled)[0].machine is not None
    with pytest.raises(IndexError, match="index 3 is out of bounds") as caught:
        compiled(X, 4)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("<beyond>", 4, "t += x[i] ** 2")
    np.testing.assert_allclose(compiled(X, 2)[0], 1.25)


def test_numbers_are_pythons(eager):
    """Beyond the machine's whole numbers, and at a pole."""
    f, _ = made("def F(x, n):\n    m = 1\n    for i in range(1, n + 1):\n        m = m * i\n    return x[0] / (m % 1000003)\n", "<factorial>")
    compiled = value_and_grad(f)
    compiled(X, 5)
    settled(compiled)
    assert compiled(X, 30)[0] == f(X, 30)
    g, _ = made("def F(x, n):\n    t = x\n    for i in range(n):\n        t = 1 / (t - 1.0)\n    return t\n", "<pole>")
    compiled = value_and_grad(g)
    compiled(3.0, 3)
    settled(compiled)
    with pytest.raises(ZeroDivisionError):
        compiled(2.0, 3)


def test_arguments_of_other_kinds(eager):
    f, _ = made()
    compiled = value_and_grad(f)
    for x in (X, X.astype(np.float32), X[::-1], X.tolist(), tuple(X.tolist()), np.asfortranarray(X), X):
        value, gradient = compiled(x, 10)
        settled(compiled)
        np.testing.assert_allclose(np.array(gradient), exact(10, x=np.array(x))[1], rtol=1e-6)
        assert type(gradient) is type(x)
    value, gradient = value_and_grad(f)(X, n=5)
    np.testing.assert_allclose(gradient, exact(5)[1])


def test_several_arguments_and_whole_numbers(eager):
    f, _ = made("def F(p, n):\n    t = p['a'] * 1.0\n    for i in range(3):\n        t = t * p['b'][0] + n\n    return t\n", "<whole>")
    compiled = value_and_grad(f, (0, 1))
    for _ in range(3):
        value, (first, second) = compiled({"a": 2.0, "b": [3.0]}, 2)
        settled(compiled)
    assert value == 80.0 and first == {"a": 27.0, "b": [pytest.approx(3 * 2 * 9 + 2 * 6 + 2)]} and second == 13.0
    assert settled(compiled)[0].why == "an integer among the parameters"


def test_derivatives_of_derivatives(eager):
    f, _ = made()
    for _ in range(2):
        np.testing.assert_allclose(np.diag(hessian(f)(X, 6)), exact(6)[1] / X)
        np.testing.assert_allclose(grad(lambda x: np.sum(grad(f)(x, 6) ** 2))(X), 2 * exact(6)[1] ** 2 / X)


def test_beyond_the_budget_segments_run_again(eager, monkeypatch):
    f, _ = made("def F(x, n):\n    u = x.copy()\n    for i in range(n):\n        for j in range(len(u)):\n"
                "            u[j] = np.sin(u[j]) + 0.1\n    return np.sum(u)\n", "<states>")
    expected = value_and_grad(f)(X, 300)
    monkeypatch.setenv("DPKERNEL_MEMORY", str(8 * 3 * 100))
    compiled = value_and_grad(f)
    found = compiled(X, 300)
    (entry,) = settled(compiled)
    np.testing.assert_allclose(found[1], expected[1])
    np.testing.assert_allclose(compiled(X, 300)[1], expected[1])
    np.testing.assert_allclose(compiled(X, 20)[1], value_and_grad(f)(X, 20)[1])
    assert entry.segments == 1 and entry.machine is not None


def test_many_threads(eager):
    f, _ = made()
    compiled, found = value_and_grad(f), []

    def work():
        for n in range(1, 20):
            found.append((n, compiled(X, n)[0]))

    compiled(X, 5)
    settled(compiled)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 76 and all(value == pytest.approx(exact(n)[0]) for n, value in found)


def test_a_process_may_end_while_something_is_compiled(tmp_path):
    """A thread of the compiler that outlives the interpreter would bring the process down."""
    script = tmp_path / "ends.py"
    script.write_text(TEXT + "\nimport numpy as np\nfrom dpkernel import value_and_grad\nfrom dpkernel.runtime import fast\nk = 2.0\n"
                      "fast.WORTH = 0.0\nfast.PATIENCE = 100.0\nprint(value_and_grad(F)(np.ones(3), 50)[0])\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert float(done.stdout) == pytest.approx(4 * np.sum(1 / np.arange(1, 51)))
