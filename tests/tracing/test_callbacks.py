"""NumPy's functions that call the user's function: the same calls in the same order, the same bits, and the gradient.

In:  cells that print what the function is given, how often and of which class.
Out: each leaves what the plain cell leaves, and has the right gradient or, if it is in REFUSED, a refusal in words.
"""

import numpy as np
import pytest

from dpkernel.errors import NoDerivative
from support.cells import check
from support.notebook import Notebook

BEGIN = """
import math
w = np.array([1.5, -0.5, 2.0])
m = np.array([[1.0, 2.0, -1.0], [0.5, 4.0, 3.0]])
q = 0.7
i = 2
buffer = np.zeros(3)
def say(x):
    print(type(x), x)
    return x
"""
CASES = {
    "vectorize": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2)(w))",
    "vectorize, an order of its own": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2)(m.T) * np.arange(6.0).reshape(3, 2))",
    "vectorize, backwards": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2, otypes=[float])(w[::-1]) * [1.0, 2.0, 3.0])",
    "vectorize, strides": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2)(m[:, ::2]) * [1.0, 2.0])",
    "vectorize, broadcast": "loss = np.sum(np.vectorize(lambda x, y: say(x) * y)(w, m[:, :1]) * np.arange(6.0).reshape(2, 3))",
    "vectorize, equal numbers": "loss = np.sum(np.vectorize(lambda x, k: x ** k)(np.ones(3) * q, np.array([1, 1, 2])) * [1.0, 5.0, 7.0])",
    "vectorize, a number": "loss = np.vectorize(lambda x: say(x) ** 2)(q) * 2",
    "vectorize, a list": "loss = np.sum(np.vectorize(lambda x, y: say(x) * y)([q, 2.0, w[0]], 3))",
    "vectorize, a name": "loss = np.sum(np.vectorize(lambda x, n=2: x ** n)(w, n=3))",
    "vectorize, names": "loss = np.sum(np.vectorize(lambda x, y: say(x) * y ** 2)(y=w, x=m))",
    "vectorize, excluded": "loss = np.sum(np.vectorize(np.polyval, excluded={0})(w, m) * m)",
    "vectorize, an excluded name": "loss = np.sum(np.vectorize(lambda p, x: np.polyval(p, x), excluded=['p'])(p=w, x=m) * m)",
    "vectorize, several results": "a, b = np.vectorize(lambda x: (say(x), x ** 2))(w)\nloss = np.sum(a * b)",
    "vectorize, float32": "loss = np.sum(np.vectorize(lambda x: x * 1.5, otypes='f')(w))",
    "vectorize, whole by the first": "loss = np.sum(np.vectorize(lambda x: 1 if x > 1 else x)(w)) * q",
    "vectorize, float by the first": "loss = np.sum(np.vectorize(lambda x: x if x > 1 else 1)(w)) * q",
    "vectorize, cache": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2, cache=True)(w))",
    "vectorize, cache and order": "loss = np.sum(np.vectorize(lambda x: say(x) ** 2, cache=True)(m.T) * np.arange(6.0).reshape(3, 2))",
    "vectorize, a function in C": "loss = np.sum(np.vectorize(math.sin)(w))",
    "vectorize, a closure": "loss = np.sum(np.vectorize(lambda k: w[k] * q)(np.arange(3)))",
    "vectorize, a decorator": "@np.vectorize(otypes=[float])\ndef f(x):\n    return x ** 2 if x > 0 else -x\nloss = np.sum(f(w)) + np.sum(f(m))",
    "vectorize, whole numbers": "loss = np.sum(np.vectorize(lambda x: x * 1.5)(i))",
    "vectorize, nothing": "loss = np.sum(np.vectorize(lambda x: x, otypes=[float])(w[:0])) + q",
    "vectorize, nothing and no dtype": "loss = np.sum(np.vectorize(lambda x: x)(w[:0]))",
    "vectorize, raises": "def f(x):\n    if x < 0:\n        raise ValueError(x)\n    return say(x)\nloss = np.sum(np.vectorize(f)(w))",
    "vectorize, raises and goes on": "def f(x):\n    if x < 0:\n        raise ValueError(x)\n    return say(x)\ntry:\n    np.vectorize(f)(w)\nexcept ValueError:\n    loss = q * w[0]",
    "vectorize, warns": "loss = np.sum(np.vectorize(lambda x: np.log(x))(w)[::2])",
    "vectorize, divides": "loss = np.vectorize(lambda x: 1 / x)(w * 0)",
    "vectorize, writes": "def f(x):\n    buffer[0] += x\n    return buffer[0]\nloss = np.sum(np.vectorize(f)(w) * [1.0, 2.0, 3.0]) + buffer[0]",
    "vectorize, written afterwards": "y = np.vectorize(lambda x: x ** 2)(w)\nw[:] = 0\ny[0] *= q\nloss = np.sum(y)",
    "vectorize, text": "loss = q if np.vectorize(str)(w)[0] else 0",
    "vectorize, objects": "y = np.vectorize(lambda x: x * q, otypes=[object])(w)\nloss = y[0] * y[1]",
    "signature": "loss = np.sum(np.vectorize(lambda x: np.sum(x) ** 2, signature='(n)->()')(m))",
    "signature, one buffer": "def f(x):\n    buffer[:] = x * q\n    return buffer\nloss = np.sum(np.vectorize(f, signature='(n)->(n)')(m) * m)",
    "signature, numbers": "loss = np.sum(np.vectorize(lambda x, y: say(y) * x, signature='(n),()->(n)')(m, w[:2]) * m)",
    "signature, broadcast": "loss = np.sum(np.vectorize(lambda x, y: y * x, signature='(n),()->(n)')(w, m[:, 0]) * m)",
    "signature, lists": "loss = np.sum(np.vectorize(lambda x, y: y * x, signature='(n),()->(n)')([q, 2.0, q], m[:, 0]) * m)",
    "signature, several": "a, b = np.vectorize(lambda x: (x.sum(), x * 2), signature='(n)->(),(n)')(m)\nloss = np.sum(a[:, None] * b)",
    "signature, views": "loss = np.sum(np.vectorize(lambda x: x[::-1], signature='(n)->(n)')(m) * m)",
    "frompyfunc, a number": "loss = np.frompyfunc(lambda x: say(x) * q, 1, 1)(w[0])",
    "frompyfunc, a float": "loss = np.frompyfunc(lambda x: say(x) * q, 1, 1)(q)",
    "frompyfunc, an array": "y = np.frompyfunc(lambda x, z: say(x) * z, 2, 1)(w[::-1], m)\nloss = y[0, 1] * y[1, 2]",
    "frompyfunc, an order of its own": "y = np.frompyfunc(lambda x: say(x) * q, 1, 1)(m.T)\nloss = y[0, 1] * y[1, 0]",
    "frompyfunc, as floats": "loss = np.sum(np.frompyfunc(lambda x: x * q, 1, 1)(m).astype(float) * m)",
    "frompyfunc, several": "a, b = np.frompyfunc(lambda x: (x * q, x), 1, 2)(w)\nloss = a[0] * b[1]",
    "frompyfunc, an option": "loss = np.frompyfunc(lambda x: x * q, 1, 1)(w[0], dtype=object)",
    "frompyfunc, whole numbers": "loss = np.frompyfunc(lambda x: x * q, 1, 1)(i)",
    "frompyfunc, reduce": "loss = np.frompyfunc(lambda x, y: x * y, 2, 1).reduce(w)",
    "along": "loss = np.sum(np.apply_along_axis(lambda r: say(r) ** 2, 0, m))",
    "along, numbers": "loss = np.sum(np.apply_along_axis(lambda r: r[0] * r[1], 1, m) * [1.0, 2.0])",
    "along, tables": "loss = np.sum(np.apply_along_axis(lambda r: np.outer(r, r), 0, m) * np.arange(12.0).reshape(2, 2, 3))",
    "along, three axes": "t = np.arange(12.0).reshape(2, 3, 2) * q\nloss = np.sum(np.apply_along_axis(lambda r: r[::-1] ** 2, 1, t) * t)",
    "along, one buffer": "def f(r):\n    buffer[:] = r * q\n    return buffer\nloss = np.sum(np.apply_along_axis(f, 1, m) * m)",
    "along, writes into the row": "def f(r):\n    r *= q\n    return r.sum()\nz = m * 2\nloss = np.sum(np.apply_along_axis(f, 1, z) * [1.0, 2.0]) + z[0, 0]",
    "along, further arguments": "loss = np.sum(np.apply_along_axis(lambda r, a, b=1: r * a * b, 1, m, w, b=q))",
    "along, names": "loss = np.sum(np.apply_along_axis(func1d=lambda r: r * q, axis=-1, arr=m))",
    "along, NumPy's function": "loss = np.sum(np.apply_along_axis(np.sort, 1, m) * w)",
    "along, Python's function": "loss = np.sum(np.apply_along_axis(sorted, 1, m) * w)",
    "along, lists": "loss = np.sum(np.apply_along_axis(lambda r: r * 2, 0, [[q, w[0]], [1.0, 2.0]]) * [1.0, 3.0])",
    "along, whole by the first": "loss = np.sum(np.apply_along_axis(lambda r: 1 if r[0] > 0.7 else r[0], 1, m)) * q",
    "along, nothing": "loss = np.sum(np.apply_along_axis(lambda r: r, 1, m[:0]))",
    "along, another shape": "loss = np.sum(np.apply_along_axis(lambda r: r[r > 0], 1, m))",
    "over axes": "loss = np.sum(np.apply_over_axes(lambda x, k: x.sum(axis=k) * q, m, [0, 1]))",
    "piecewise": "loss = np.sum(np.piecewise(w, [w < 0, w > 1.7], [lambda x: say(-x), lambda x: x ** 3, lambda x: x * q]) * [1.0, 2.0, 3.0])",
    "piecewise, constants": "loss = np.sum(np.piecewise(w, [w < 0, w > 1.7], [q, lambda x: x ** 3]) * [1.0, 2.0, 3.0])",
    "piecewise, both": "loss = np.sum(np.piecewise(w, [w > 0, w > 1.7], [lambda x: x ** 2, lambda x: x * q]) * [1.0, 2.0, 3.0])",
    "piecewise, a number": "loss = np.piecewise(q, [q < 0, q >= 0], [lambda x: -x, lambda x: say(x) ** 2])",
    "piecewise, one condition": "loss = np.sum(np.piecewise(w, w > 0, [lambda x, a: x * a, 1.0], q))",
    "piecewise, whole numbers": "loss = np.sum(np.piecewise(np.arange(3), [np.arange(3) > 1], [lambda x: x * q, 2.0])) * q",
    "piecewise, none": "loss = np.sum(np.piecewise(w, [w > 100], [lambda x: say(x), lambda x: x * q]))",
    "piecewise, raises": "loss = np.sum(np.piecewise(w, [w > 0], [lambda x: x[9]]))",
    "piecewise, too many": "loss = np.sum(np.piecewise(w, [w > 0], [1, 2, 3]))",
    "piecewise, written": "def f(x):\n    x *= q\n    return x\nloss = np.sum(np.piecewise(w, [w > 0], [f]) * w)",
    "fromiter": "loss = np.sum(np.fromiter((say(x) ** 2 for x in w), float) * w)",
    "fromiter, a number of them": "it = (x ** 2 for x in w)\nloss = np.sum(np.fromiter(it, np.float32, 2)) + next(it)",
    "fromiter, too few": "loss = np.sum(np.fromiter((x ** 2 for x in w), float, 9))",
    "fromiter, cut off": "loss = np.sum(np.fromiter((x * 2.2 for x in w), int)) * q",
    "fromiter, an array": "loss = np.sum(np.fromiter(w, float) ** 2)",
    "fromiter, raises": "def g():\n    yield w[0]\n    raise KeyError\nloss = np.sum(np.fromiter(g(), float))",
    "fromiter, no numbers": "loss = np.sum(np.fromiter(3, float))",
}
REFUSED = {"vectorize, whole numbers", "frompyfunc, an option"}


@pytest.mark.parametrize("name", CASES)
def test_right_or_refused(name):
    text = CASES[name]
    wrt = [p for p in ("w", "m", "q", "i") if any(part == p for part in _names(text))]
    precision = 1e-3 if "float32" in name else 2e-5
    check(BEGIN, text, wrt, refusal="must" if name in REFUSED else "never", rtol=precision, atol=precision / 10)


def _names(text):
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def test_nothing_of_ours_stays_in_a_cache():
    """An int of ours is not left as a key or a result; the next cell computes it again."""
    book = Notebook()
    book.good("import functools\nk, w = 3, 1.5\n@functools.lru_cache\ndef f(x): return int(x * 2)\n"
              "@functools.lru_cache(None)\ndef g(x): return x + 1")
    for _ in range(3):
        book.good("%%grad loss --wrt w\nloss = f(w) * w")
        assert book.namespace["grads"]["w"] == 3
        assert isinstance(book.run("%%grad loss --wrt k\nloss = g(k) * 1.0").error, NoDerivative)
        assert type(book.namespace["f"](1.5)) is int and type(book.namespace["g"](3)) is int
        assert book.namespace["g"].cache_info().misses == 1


def test_what_a_cache_kept_from_an_earlier_cell_is_refused_and_says_what_helps():
    book = Notebook()
    book.good("import functools\nw = 1.5\n@functools.lru_cache\ndef f(x): return x ** 2")
    book.good("%%grad loss --wrt w\nloss = f(w) + f(w)")
    assert book.namespace["grads"]["w"] == 6.0
    error = book.run("%%grad loss --wrt w\nloss = f(w)").error
    assert isinstance(error, NoDerivative) and "cache_clear() empties it" in str(error)
    book.good("%%grad loss --wrt w\nf.cache_clear()\nloss = f(w)")
    assert book.namespace["grads"]["w"] == 3.0


def test_a_vectorized_function_is_left_as_it_was():
    book = Notebook()
    book.good("import numpy as np\nw = np.array([1.0, 2.0])\n@np.vectorize(otypes=[float])\ndef f(x): return x ** 2")
    pyfunc = book.namespace["f"].pyfunc
    for _ in range(2):
        book.good("%%grad loss --wrt w\nloss = np.sum(f(w))")
        assert book.namespace["grads"]["w"].tolist() == [2.0, 4.0]
        assert book.namespace["f"].pyfunc is pyfunc and type(book.namespace["f"]) is np.vectorize
    assert book.namespace["f"](book.namespace["w"]).tolist() == [1.0, 4.0]
