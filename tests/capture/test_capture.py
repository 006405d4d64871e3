"""Functions read from their source: the same values as Python's, for other sizes too, or refused."""

import collections
import itertools

import numpy as np
import pytest

from dpkernel.capture.capture import capture, first_version
from dpkernel.capture.scope import Refused
from dpkernel.ir.block import Value
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.verify import verify
from dpkernel.runtime import fast
from support.functions import FUNCTIONS, from_text, random_function


def evaluated(f, args, shown=None):
    """The value of the program that was read for arguments like `shown`."""
    entry = fast.Entry(f, (0,))
    entry.captured = capture(f, args if shown is None else shown)
    block = verify(entry.captured.block)
    return evaluate(block, entry.inputs(args))[0], block


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_program_is_the_function(name):
    f, arguments, _ = FUNCTIONS[name]
    value, block = evaluated(f, arguments(7))
    assert value == pytest.approx(f(*arguments(7)), rel=1e-12)
    kind = block.results[0].type.kind
    assert (kind == "float") == (type(f(*arguments(7))) is float), "the type that the user's function returns"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_program_for_all_sizes(name):
    f, arguments, _ = FUNCTIONS[name]
    value, small = evaluated(f, arguments(11), shown=arguments(5))
    assert value == pytest.approx(f(*arguments(11)), rel=1e-12)
    assert len(small.instructions) == len(evaluated(f, arguments(11))[1].instructions)


def test_random_functions(seed):
    f, args = random_function(seed)
    try:
        value, _ = evaluated(f, args)
    except Refused:
        return
    assert value == pytest.approx(f(*args), rel=1e-9)


def test_most_random_functions_are_read():
    def is_read(seed):
        try:
            return bool(capture(*random_function(seed)))
        except Refused:
            return False

    assert sum(map(is_read, range(60))) > 30


# what may not be read: each would give another answer than Python, sooner or later

ABOVE = "settings = {'k': 2.0}\nclass Box:\n    k = 2.0\nlog = []\ndef noisy(v):\n    print(v)\n    return v\n"
REFUSED = {
    "a dict from outside": ("return np.sum(x) * settings['k']", "a dict from outside, which may change"),
    "an attribute of a class": ("return np.sum(x) * Box.k", ".k of type"),
    "an effect": ("for v in x: log.append(v)\nreturn np.sum(x)", "a list from outside"),
    "a print in a helper": ("return noisy(x[0])", "a call of print"),
    "a write into the argument": ("x[0] = 1.0\nreturn np.sum(x)", "it writes into its argument"),
    "a write through a view of the argument": ("y = x[1:]\ny[0] = 1.0\nreturn np.sum(x)", "it writes into its argument"),
    "a write into the argument after a swap": (
        "u, w = x.copy(), x\nfor k in range(3):\n    u[0] = w[1] * 2\n    u, w = w, u\nreturn np.sum(u)", "may write into its argument"),
    "random numbers": ("return np.sum(x) * np.random.normal()", "normal"),
    "repeated places": ("y = x.copy()\ny[i] = x[i] * 2\nreturn np.sum(y)", "some of which may be the same"),
    "a name that may be unbound": ("if x[0] > 0:\n    y = 1.0\nreturn y * x[1]", "may be unbound"),
    "an array that a loop leaves": ("for k in range(3):\n    y = x * 2\nreturn np.sum(y)", "may be unbound"),
    "an alias that begins in a loop": (
        "u, w = x * 1, x * 2\nfor k in range(3):\n    u = w\n    w[0] += 1.0\nreturn np.sum(u)", "another array of before the loop"),
    "an alias that a name leaves": (
        "u = x * 1\nw = u\nfor k in range(3):\n    u = u * 2\n    w[0] += 1.0\nreturn np.sum(u) + np.sum(w)", "another name may leave"),
    "two names of one array, in one arm": (
        "u, w = x * 1, x * 2\nif x[0] > 0:\n    u = w\nelse:\n    w = x * 3\n    u, w = w, u\nu[0] += 1.0\nreturn np.sum(w)",
        "part under a condition"),
    "a view that begins under a condition": ("y = x * 2\nz = y\nif x[0] > 0:\n    z = y[1:]\nreturn np.sum(z)", "a view under a condition"),
    "dtype in place": ("y = np.zeros(3, dtype=int)\ny[0] = x[0]\nreturn np.sum(y) * 1.0", "array of whole numbers"),
    "a view of itself": ("y = x * 1\nfor k in range(3):\n    y = y[1:]\nreturn np.sum(y)", "another array of before the loop"),
    "an array that shrinks": ("y = np.ones(3)\nfor k in range(3):\n    y = y[:1] * x[0]\nreturn np.sum(y)", "whose shape changes"),
    "an array of another shape in each arm": (
        "y = np.ones(3)\nif x[0] > 0:\n    y = np.ones(1) * x[0]\nreturn np.sum(y)", "whose shape changes"),
    "a caught exception": ("try:\n    y = x[9]\nexcept IndexError:\n    y = 0.0\nreturn y + x[0]", "Try"),
    "recursion": ("return F(x, i)", "too deeply"),
    "a number that may become complex": ("return x[0] ** i[0] + 2 ** i[0]", "may be negative"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_be_the_same_is_refused(name):
    text, reason = REFUSED[name]
    body = "\n".join("    " + line for line in text.split("\n"))
    names = {"np": np}
    from_text(ABOVE + "def F(): pass\n", "<above the refused>", names)
    f = from_text(f"def F(x, i):\n{body}\n", f"<refused {name}>", names)
    with pytest.raises(Refused, match=reason):
        capture(f, (np.array([0.3, 1.0, 2.0]), np.array([0, 1, 0])))


@pytest.mark.parametrize("x", [np.zeros(3, np.float32), np.zeros(3, complex), np.ma.zeros(3), "text", None, np.float32(1.0)], ids=repr)
def test_arguments_of_other_kinds_are_refused(x):
    def f(x):
        return x

    with pytest.raises(Refused):
        capture(f, (x,))


def test_structured_arguments():
    Pair = collections.namedtuple("Pair", "a b")

    def f(p, q):
        return p["w"] @ q.a + p["b"][0] * q.b

    args = {"w": np.array([1.0, 2.0]), "b": [3.0, 4.0]}, Pair(np.array([0.5, 0.25]), 2.0)
    value, block = evaluated(f, args)
    assert value == f(*args)
    assert [x.name for x in block.inputs if isinstance(x, Value) and x.type.kind == "array"] == ["a0", "a1"]


def test_outer_names_are_fetched_at_each_call():
    names = {"np": np, "k": 2.0, "table": np.arange(3.0)}
    f = from_text("def F(x):\n    return np.sum(x * table) * k\n", "<outer names>", names)
    entry = fast.Entry(f, (0,))
    entry.captured = capture(f, (np.ones(3),))
    for names["k"], names["table"] in itertools.product((2.0, -1.0), (np.arange(3.0), np.ones(3))):
        assert evaluate(entry.captured.block, entry.inputs((np.ones(3),)))[0] == f(np.ones(3))
    names["k"] = 1
    assert entry.inputs((np.ones(3),)) is None, "another type is another program"
    assert first_version(entry.captured.inputs[0, 0]).type.dtype == float
