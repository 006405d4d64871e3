"""After every cell, also a failed one, nothing of ours is left but `grads`."""

import collections
import gc
import warnings

import pytest

from dpkernel.tracing.rewrite import plain_code
from support.notebook import Notebook

SETUP = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X[:, 0] > 0) * 1.0; w = np.zeros(3); b = 0.0; n = 3
def penalty(x):
    return x ** 2
class Net:
    def __init__(self): self.w = np.ones(3)
    def __call__(self, x): return x @ self.w
net = Net()
kept = []
"""
GOOD = """%%grad loss --wrt w, b, n, net.w
z = X @ w + b + net(X)
fs = [lambda x, k=k: x * k for k in range(2)]
kept.append(z)
half = n * 2
gen = (x * b for x in z)
first = next(gen)
exps = map(np.exp, [b, 2.0])
next(exps)
loss = np.sum(np.logaddexp(0, z) - y * z) + np.sum(penalty(w)) + sum(f(b) for f in fs) + half * first
"""
ENDS = {
    "good": GOOD,
    "an exception of the user's": GOOD + "1 / 0",
    "an exception in a function": GOOD + "def broken(x):\n    return x.nothing\nbroken(w)",
    "an interrupt": GOOD + "raise KeyboardInterrupt",
    "no derivative": GOOD + "import pickle\nloss = pickle.loads(pickle.dumps(loss)) * 1.0",
    "a run": "%%optimize loss --wrt w, b --steps 3\nloss = np.sum((X @ w + b - y) ** 2)",
    "a failed run": "%%optimize loss --wrt w --steps 3\nloss = np.sum(w ** 2)\nkept.append(1)\nassert len(kept) % 4",
    "a line": "%grad np.sum(w ** 2) --wrt w",
}
STAYS = {"Gradients", "Run", "Record", "Best", "Parameter", "Type"}
IN_A_TRACEBACK = {"Site", "Span", "Source"}         # the code of the user's frames points at its places


def ours():
    """{class: number} of the objects of our classes."""
    gc.collect()
    kinds = (type(x) for x in gc.get_objects())
    return collections.Counter(k.__name__ for k in kinds if str(k.__module__).startswith("dpkernel"))


@pytest.fixture(scope="module")
def notebook():
    book = Notebook()
    book.good(SETUP)
    for text in ENDS.values():
        book.run(text)
    return book


@pytest.mark.parametrize("name", ENDS)
def test_nothing_is_left(notebook, name):
    notebook.good("kept.clear(); grads = run = None")
    before = ours()
    notebook.run(ENDS[name])
    left = ours() - before
    more = {"NoDerivative", *IN_A_TRACEBACK} if name == "no derivative" else IN_A_TRACEBACK if "an" in name or "failed" in name else set()
    assert set(left) <= STAYS | more, left
    space = notebook.namespace
    assert "dpkernel" not in repr(space["penalty"].__code__.co_consts)
    assert type(space["n"]) is int and type(space["half"]) is int


def test_an_interrupt_while_ints_are_put_back_is_no_end_of_it(notebook, monkeypatch):
    """Whatever was interrupted is done once more."""
    real, calls = gc.get_referrers, []

    def interrupted(*objects):
        calls.append(len(objects))
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*objects)

    monkeypatch.setattr(gc, "get_referrers", interrupted)
    output = notebook.run("%%grad loss --wrt n\nheld = [n * k for k in range(1, 4)]; named = {n: 1, 2: n}; some = {n + 1}\nloss = n * 1.0")
    monkeypatch.undo()
    assert type(output.error) is KeyboardInterrupt and len(calls) > 1
    space = notebook.namespace
    assert [type(x) for x in (*space["held"], *space["named"], space["named"][2], *space["some"])] == [int] * 7
    assert list(space["named"].items()) == [(3, 1), (2, 3)]


def test_a_thousand_runs_do_not_grow(notebook):
    notebook.good(GOOD)
    notebook.good("kept.clear()")
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(40):
        notebook.good(GOOD + "kept.clear()")
    gc.collect()
    assert len(gc.get_objects()) - before < 40 * 40       # IPython keeps each cell's text and code for tracebacks


def test_a_generator_of_the_cell_goes_on_afterwards(notebook):
    notebook.good(GOOD)
    notebook.good("rest = list(gen)\nassert len(rest) == len(z) - 1 and all(type(x) is np.float64 for x in rest)\nassert list(exps) == [np.exp(2.0)]")


def test_functions_that_hold_annotations_are_plain(notebook):
    notebook.good("%%grad y --wrt b\ndef f(x: float) -> float: return x\nclass C:\n    a: float\ny: float = f(b) * 1.0")
    space = notebook.namespace
    for holder in (space["f"], space["C"]):
        assert holder.__annotations__ == {"f": {"x": float, "return": float}, "C": {"a": float}}[holder.__name__]
        function = getattr(holder, "__annotate__", None)        # from Python 3.14 on
        assert function is None or plain_code(function.__code__) is None
    assert "__annotate__" not in space or plain_code(space["__annotate__"].__code__) is None


def test_the_compiler_warns_once(notebook):
    def warned(text):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            notebook.good(text)
        return [(w.category, w.lineno) for w in caught]

    assert warned("%%grad y --wrt b\nodd = b is 3\ny = b * 2") == [(SyntaxWarning, 2)]
    assert warned("def odd(x): return x is 3")
    assert warned("%%grad y --wrt b\ny = odd(b) + b") == []
