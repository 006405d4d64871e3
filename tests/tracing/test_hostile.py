"""Programs that are hard to follow, written by hand.

In:  pairs of texts, the cell above and the cell.
Out: the gradient agrees with differences, or is refused in words; the namespace, the printed text
     and the exceptions are the plain cell's, whatever happens.
Start at `case`.
"""

import sys

import numpy as np
import pytest

from support.cells import check

CASES = {}
BROKEN = {          # name: what is wrong
    "alias of a number made above": "a number that is a parameter gets an identity of its own, so `a is w` is false",
    "small int and literals": "a number that is a parameter gets an identity of its own, so `k is w` is false",
}
W = "w = np.array([1.5, -0.7, 2.0])\n"
S = "w = 1.3\n"


def case(name, above, text, wrt="w", loss="loss", **options):
    assert name not in CASES, name
    CASES[name] = (above, text.strip("\n"), wrt.split("; "), loss, options)


# aliases and names
case("alias", W, "a = w\nprint(a is w)\nloss = np.sum(a * w)")
case("alias of a number", S, "a = w\nprint(a is w)\nloss = a * w")
case("alias made above", W + "a = w\n", "print(a is w)\nloss = np.sum(a ** 2)")
case("alias of a number made above", S + "a = w\n", "print(a is w)\nloss = w ** 2")
case("both aliases are parameters", W + "a = w\n", "loss = np.sum(a * w * w)", "w", exact=None)
case("view made above", W + "a = w[1:]\n", "loss = np.sum(w ** 2) + np.sum(a ** 3)")
case("transposed view made above", "w = np.arange(6.0).reshape(2, 3)\na = w.T\n", "loss = np.sum(a @ w)")
case("parameter is a view", "b = np.arange(6.0)\nw = b[::2]\n", "loss = np.sum(w ** 2) + np.sum(b[1::2])")
case("base of the parameter is read", "b = np.arange(6.0)\nw = b[::2]\n", "loss = np.sum(w ** 2) + np.sum(b ** 3)")
case("parameter is a row", "b = np.arange(6.0).reshape(2, 3)\nw = b[1]\n", "loss = np.sum(b @ w)")
case("two parameters overlap", "b = np.arange(1.0, 7.0)\nv = b[:4]\nw = b[2:]\n", "loss = np.sum(v * w)", "v; w")
case("rebinding", W, "w = w * 2\nw = w ** 2\nloss = w.sum()")
case("rebinding by a name", W, "v = w\nw = 3.0\nloss = np.sum(v ** 2) * w")
case("augmented number", S, "w += 1\nw *= w\nloss = w")
case("augmented array", W, "w += 1\nloss = np.sum(w ** 2)")
case("augmented copy", W, "y = w.copy()\ny += w\nloss = np.sum(y ** 2)")
case("augmented alias", W, "y = w\ny *= 2\nloss = np.sum(w ** 2)")
case("augmented result", W, "y = w * 2\nz = y\ny += w\nloss = np.sum(y * z)")
case("augmented view of a result", W, "y = w * 2\nz = y[:2]\nz += 1\nloss = np.sum(y ** 2)")
case("read before a write", W, "y = w * 2\nk = np.sum(y ** 2)\ny[0] = 7\nloss = k + w[0]")
case("read of the square before a write", W, "y = w * 1.0\nq = y * y\ny[:] = 0\nloss = np.sum(q)")
case("write of a constant", W, "y = w * 1.0\ny[0] = 5.0\nloss = np.sum(y ** 2)")
case("write into an empty array", W, "y = np.empty(3)\nfor i in range(3):\n    y[i] = w[i] ** 2\nloss = y.sum()")
case("write into a view made earlier", W, "y = np.zeros((2, 3))\nr = y[0]\nr[:] = w\nloss = np.sum(y ** 2)")
case("write through reshape", W, "y = np.zeros(3)\ny.reshape(3, 1)[:, 0] = w\nloss = np.sum(y ** 2)")
case("write through ravel", W, "y = np.zeros((3, 1))\ny.ravel()[:] = w\nloss = np.sum(y ** 2)")
case("write through flat", W, "y = np.zeros(3)\ny.flat[1] = w[0]\nloss = np.sum(y ** 2)")
case("write to flat", W, "y = np.zeros(3)\ny.flat = w\nloss = np.sum(y ** 2)")
case("write through T", W, "y = np.zeros((3, 2))\ny.T[0] = w\nloss = np.sum(y ** 2)")
case("write through real", W, "y = np.zeros(3, complex)\ny.real = w\nloss = np.sum(np.abs(y) ** 2)")
case("write through real view", W, "y = np.zeros(3, complex)\ny.real[:] = w\nloss = np.sum(np.abs(y) ** 2)")
case("write through imag augmented", W, "y = np.zeros(3, complex)\ny.imag += w\nloss = np.sum(np.abs(y) ** 2)")
case("write through memoryview", W, "y = np.zeros(3)\nm = memoryview(y)\nm[0] = w[0]\nloss = np.sum(y ** 2)")
case("write through asarray", W, "y = np.zeros(3)\nnp.asarray(y)[0] = w[0]\nloss = np.sum(y ** 2)")
case("write through nditer", W, """
y = np.zeros(3)
with np.nditer([w, y], op_flags=[['readonly'], ['writeonly']]) as pairs:
    for a, b in pairs:
        b[...] = a * 2
loss = np.sum(y ** 2)""")
case("write through swapaxes and a slice", W, "y = np.zeros((2, 3))\ny.swapaxes(0, 1)[:, 1] = w\nloss = np.sum(y ** 2)")
case("write through a list of rows", W, "y = np.zeros((2, 3))\nrows = list(y)\nrows[0][:] = w\nloss = np.sum(y ** 2)")
case("write through iteration", W, "y = np.zeros((2, 3))\nfor row in y:\n    row[:] = w\nloss = np.sum(y ** 3)")
case("write through unpacking", W, "y = np.zeros((2, 3))\np, q = y\np[:] = w\nloss = np.sum(y ** 3)")
case("write through split", W, "y = np.zeros(6)\np, q = np.split(y, 2)\nq[:] = w\nloss = np.sum(y ** 3)")
case("write through diagonal einsum", W, "y = np.zeros((3, 3))\nnp.einsum('ii->i', y)[:] = w\nloss = np.sum(y ** 3)")
case("write of a view onto itself", W, "y = w * 1\ny[1:] = y[:-1]\nloss = np.sum(y ** 2)")
case("swap of elements", W, "y = w.copy()\ny[0], y[1] = y[1], y[0]\nloss = np.sum(y ** 2 * np.arange(3))")
case("write with out", W, "y = np.zeros(3)\nnp.multiply(w, 2, out=y)\nloss = np.sum(y ** 2)")
case("write with out, positional", W, "y = np.zeros(3)\nnp.multiply(w, 2, y)\nloss = np.sum(y ** 2)")
case("result of out", W, "y = np.zeros(3)\nz = np.multiply(w, 2, out=y)\nloss = np.sum(z ** 2)")
case("out is an operand", W, "y = w * 1\nnp.exp(y, out=y)\nloss = np.sum(y)")
case("out is known already", W, "y = w * 1\nz = np.exp(w, out=y)\nloss = np.sum(z)")
case("out of a sum", W, "y = np.zeros(())\nnp.sum(w, out=y)\nloss = y * 2")
case("out of a method", W, "y = np.zeros(())\nw.sum(out=y)\nloss = y * 2")
case("out of dot", W, "y = np.zeros(())\nnp.dot(w, w, out=y)\nloss = y * 2")
case("out of dot, positional", W, "y = np.zeros(3)\nnp.dot(np.eye(3), w, y)\nloss = y.sum()")
case("out of clip, positional", W, "y = np.zeros(3)\nnp.clip(w, 0, 1.7, y)\nloss = np.sum(y ** 2)")
case("out of cumsum, positional", W, "y = np.zeros(3)\nnp.cumsum(w, 0, None, y)\nloss = np.sum(y ** 2)")
case("out of max, positional", W, "y = np.zeros(())\nnp.max(w, 0, y)\nloss = y ** 2")
case("out of take", W, "y = np.zeros(2)\nnp.take(w, [0, 1], out=y)\nloss = np.sum(y ** 2)")
case("out of matmul", W, "y = np.zeros(3)\nnp.matmul(np.eye(3) * 2, w, out=y)\nloss = np.sum(y ** 2)")
case("out of einsum", W, "y = np.zeros(3)\nnp.einsum('i,i->i', w, w, out=y)\nloss = np.sum(y ** 2)")
case("out of concatenate", W, "y = np.zeros(6)\nnp.concatenate([w, w], out=y)\nloss = np.sum(y ** 2)")
case("out of stack", W, "y = np.zeros((2, 3))\nnp.stack([w, w], out=y)\nloss = np.sum(y ** 2)")
case("out of round", W, "y = np.zeros(3)\nnp.round(w, 1, y)\nloss = np.sum(w * 2)")
case("out given as a tuple", W, "y = np.zeros(3)\nnp.add(w, 1, out=(y,))\nloss = np.sum(y ** 2)")
case("out of a constant into a result", W, "y = w * 2\nnp.add(np.ones(3), 1, out=y)\nloss = np.sum(y ** 2)")
case("out of a flat function into a result", W, "y = w * 2\nnp.floor(w, out=y)\nloss = np.sum(y * w)",
     exact={"w": [1.0, -1.0, 2.0]})
case("out of a flat function, positional", W, "y = w * 2\nz = y\nnp.sign(w, y)\nloss = np.sum(z * w)")
case("out into the parameter", W, "k = np.sum(w ** 2)\nnp.add(np.ones(3), 1, out=w)\nloss = k + np.sum(w)")
case("where with out", W, "y = np.zeros(3)\nz = np.log(w, where=w > 0, out=y)\nloss = np.sum(z)")
case("where with a fresh out", W, "z = np.add(w, 1, where=w > 0, out=np.ones_like(w))\nloss = np.sum(z)")
case("where with out of zeros_like", W, "z = np.log(w, where=w > 0, out=np.zeros_like(w))\nloss = np.sum(z)")
case("copyto", W, "y = np.zeros(3)\nnp.copyto(y, w)\nloss = np.sum(y ** 2)")
case("copyto of a constant", W, "y = w * 2\nnp.copyto(y, 1.0)\nloss = np.sum(y * w)")
case("put", W, "y = np.zeros(3)\nnp.put(y, [0], w[1])\nloss = np.sum(y ** 2)")
case("put of a constant", W, "y = w * 2\nnp.put(y, [0], 9.0)\nloss = np.sum(y ** 2)")
case("fill", W, "y = w * 2\ny.fill(3.0)\nloss = np.sum(y * w)")
case("fill with a traced number", W, "y = np.zeros(3)\ny.fill(w[0])\nloss = np.sum(y ** 2)")
case("sort in place", W, "y = w * 2\ny.sort()\nloss = np.sum(y * np.arange(3))")
case("resize in place", W, "y = w * 2\ny.resize(5, refcheck=False)\nloss = np.sum(y ** 2)")
case("fill_diagonal", W, "y = np.zeros((3, 3))\nnp.fill_diagonal(y, w)\nloss = np.sum(y ** 2)")
case("add.at", W, "y = np.zeros(2)\nnp.add.at(y, [0, 1, 1], w)\nloss = np.sum(y ** 2)")
case("add.at into a result", W, "y = w * 2\nnp.add.at(y, [0, 0], 1.0)\nloss = np.sum(y ** 2)")
case("shuffle in place", W, "y = w * 2\nnp.random.default_rng(0).shuffle(y)\nloss = np.sum(y * np.arange(3))")
case("shuffle of a list", W, "import random\ny = [x for x in w]\nrandom.shuffle(y)\nloss = sum(i * x for i, x in enumerate(y))")
case("random.choice", W, "import random\ny = random.choice([x for x in w])\nloss = y ** 2")
case("random.sample", W, "import random\ny = random.sample([x * 2 for x in w], 2)\nloss = y[0] * y[1]")
case("shuffle of equal numbers", "w = np.ones(3)\n",
     "y = w * 2\nnp.random.default_rng(0).shuffle(y)\nloss = np.sum(y * np.arange(3))", refusal="never")
case("choice of elements", W, "y = np.random.default_rng(3).choice(w, 5)\nloss = np.sum(y ** 2 * np.arange(5))", refusal="never")
case("draws scaled by the parameter", W,
     "y = np.random.default_rng(0).normal(w, np.exp(w))\nz = np.random.uniform(0.0, w ** 2)\nloss = np.sum(y ** 2) + np.sum(z)",
     refusal="never")
case("a compiled function beside functions that are followed", W + """import numba
@numba.njit
def f(n):
    return n + 1
def g(x):
    return np.sum(x ** 2)
""", "a = g(w)\nk = f(2)\nloss = a + k * sum(map(g, [w, 2 * w]))\ndel f", refusal="never")
case("a function compiled by Numba", W + "import numba\n@numba.njit\ndef f(x):\n    t = 0.0\n    for i in range(len(x)):\n"
     "        t += x[i] ** 2\n    return t\n", "loss = f(w) * f(np.ones(2))\ndel f", refusal="never")
case("functions compiled by Numba in the cell", W, """
import numba
@numba.njit
def inner(x):
    return np.sin(x) * 2
@numba.njit
def total(x, k):
    t = 0.0
    for i in range(len(x)):
        t += inner(x[i]) * k
    return t
@numba.njit('f8(f8)')
def square(x):
    return x * x
def cube(x):
    return x ** 3
g, h = numba.njit(cube), numba.vectorize(['f8(f8)'])(cube)
loss = total(w, w[0]) + total(np.ones(3), 2.0) * g(w[1]) * square(2.0) + cube(w[2]) + np.sum(h(np.ones(3)) * w)
del inner, total, square, g, h""", refusal="never")
case("a pole that only NumPy steps over", W, "t = 0.0\nwith np.errstate(all='ignore'):\n    for i in (2, 1, 0, -1):\n        t += w[0] / i + w[1]\nloss = t",
     exact={"w": [np.inf, 4.0, 0.0]})
case("permutation", W, "y = np.random.default_rng(0).permutation(w)\nloss = np.sum(y * np.arange(3))")
case("draws around the parameter", W, "y = np.random.default_rng(0).normal(w, 1.0)\nloss = np.sum(y ** 2)")
case("draws are constants", W, "e = np.random.default_rng(0).normal(size=3)\nloss = np.sum((w + e) ** 2)")
case("draws of the global state", W, "e = np.random.normal(size=3)\nloss = np.sum((w * e) ** 2)")
case("setattr shape", W, "y = w * 2\ny.shape = (3, 1)\nloss = np.sum(y @ y.T)")
case("setattr by name", W, "y = w * 2\nsetattr(y, 'shape', (3, 1))\nloss = np.sum(y @ y.T)")
case("deleted before the end", W, "y = w * 2\nz = y ** 2\ndel y, w\nloss = z.sum()")
case("read after deletion", W, "y = w * 2\ndel w\nloss = np.sum(w)")
case("deleted list item", W, "y = [w, w * 2]\ndel y[0]\nloss = np.sum(y[0] ** 2)")
case("identities after deletion", W, """
total = 0.0
for i in range(50):
    y = w * i
    total = total + np.sum(y ** 2)
    del y
    x = np.ones(3) * i
loss = total""")
case("set before it is read", "x = 5.0\n", "x = 2.0\ny = x ** 3\nloss = y", "x", exact={"x": 12.0})
case("set before it is read, array", "", "w = np.arange(3.0)\nloss = np.sum(w ** 2)", "w",
     exact={"w": [0.0, 2.0, 4.0]})
case("set after it is read", "x = 5.0\n", "y = x ** 2\nx = 2.0\nloss = y * x", "x")

# places of parameters
case("item of a dict", "p = {'a': np.ones(2), 'b': 2.0}\n", "loss = np.sum(p['a'] ** 2) * p['b']", "p['a']; p['b']")
case("a dict", "p = {'a': np.ones(2), 'b': 2.0, 'c': 'text', 'd': True}\n", "loss = np.sum(p['a'] ** 2) * p['b']", "p")
case("a list", "p = [1.5, [2.0, np.ones(2)], (3.0,), 4]\n", "loss = p[0] * p[1][0] * np.sum(p[1][1]) * p[2][0] * p[3]",
     "p")
case("a tuple", "p = (1.5, 2.0)\n", "a, b = p\nloss = a ** 2 * b", "p")
case("one number twice in a list", "x = 1.5\np = [x, x]\n", "loss = p[0] ** 2 + 3 * p[1]", "p")
case("one array twice in a list", "x = np.ones(2)\np = [x, x * 2]\n", "loss = np.sum(p[0] ** 2 * p[1])", "p")
case("an attribute", "class Net:\n    pass\nnet = Net()\nnet.w = np.ones(3)\nnet.b = 0.5\n",
     "loss = np.sum(net.w ** 2) * net.b", "net.w; net.b")
case("attribute of an item", "class Net:\n    pass\nnets = [Net()]\nnets[0].w = 1.5\n", "loss = nets[0].w ** 2",
     "nets[0].w")
case("a dataclass", """
from dataclasses import dataclass
@dataclass
class P:
    a: float
    b: np.ndarray
p = P(1.5, np.ones(2))
""", "loss = p.a ** 2 * np.sum(p.b ** 3)", "p")
case("a frozen dataclass", """
from dataclasses import dataclass
@dataclass(frozen=True)
class P:
    a: float
    b: float = 2.0
p = P(1.5)
""", "loss = p.a ** 2 * p.b", "p")
case("a named tuple", "import collections\nP = collections.namedtuple('P', 'a b')\np = P(1.5, np.ones(2))\n",
     "loss = p.a ** 2 * np.sum(p.b ** 3)", "p")
case("in a closure", S + "def make(x):\n    def f(y):\n        return x * y\n    return f\n",
     "f = make(w)\nloss = f(w) + f(2.0)")
case("in a closure made above", W + "def make(x):\n    def f(y):\n        return np.sum(x * y)\n    return f\nf = make(w)\n",
     "loss = f(w)")
case("in a default argument", W + "def f(x, y=w):\n    return np.sum(x * y)\n", "loss = f(w)")
case("in a default argument made here", S, "def f(x, y=w * 2):\n    return x * y\nloss = f(3.0)")
case("a default number made above", S + "def f(y=w):\n    return y ** 2\n", "loss = f() + w", exact={"w": 1.0})
case("a keyword default", S, "def f(x, *, y=w * 2):\n    return x * y\nloss = f(w)")
case("a global of a function", W + "def f():\n    return np.sum(w ** 2)\n", "loss = f()")
case("a global statement", S + "def f():\n    global w\n    w = w * 2\n    return w ** 2\n", "loss = f() + w")
case("a nonlocal statement", S, """
def f():
    t = w
    def g():
        nonlocal t
        t = t * w
    g(); g()
    return t
loss = f()""")
case("a mutable default", S, "def f(x, seen=[]):\n    seen.append(x)\n    return sum(seen)\nf(w)\nf(w * w)\nloss = f(1.0)")
case("globals()", S, "globals()['k'] = w * 2\nloss = k ** 2")
case("globals() read", S, "loss = globals()['w'] ** 2")
case("locals() in a function", S, "def f(x):\n    y = x ** 2\n    return locals()['y']\nloss = f(w)")
case("vars", S, "class C: pass\nc = C()\nvars(c)['a'] = w ** 2\nloss = c.a + vars(c)['a']")
case("class attribute", S, "class C:\n    k = w ** 2\nloss = C.k + C().k")
case("class body", S, "class C:\n    def f(self):\n        return w ** 2\n    g = lambda self: w\nloss = C().f() * C().g()")
case("a cache", S + "import functools\n@functools.lru_cache\ndef f(x):\n    return x ** 2\n", "loss = f(w) + f(w)")
case("a cache with an older entry", S + "import functools\n@functools.lru_cache\ndef f(x):\n    return x ** 2\nf(1.3)\n",
     "loss = f(w) + w")
case("a cache of its own", S + "cache = {}\ndef f(x):\n    if x not in cache:\n        cache[x] = x ** 2\n    return cache[x]\n",
     "loss = f(w) + f(w)")
case("a cached property", S, """
import functools
class C:
    @functools.cached_property
    def a(self):
        return w ** 2
c = C()
loss = c.a + c.a""")

# control
case("generator", W, "def g(x):\n    for y in x:\n        yield y ** 2\nloss = sum(g(w))")
case("generator with send", S, "def g():\n    x = 0.0\n    while True:\n        x = yield x ** 2\nit = g()\nnext(it)\nloss = it.send(w) + it.send(2 * w)")
case("generator half used", W, "g = (x * 2 for x in w)\nloss = next(g) ** 2")
case("generator delegates", W, "def a():\n    yield from w\ndef b():\n    yield from a()\nloss = sum(x ** 2 for x in b())")
case("generator over an array by another", W, "loss = sum(x ** 2 for x in (y * 3 for y in w) if x > 0)")
case("iterator of an array", W, "it = iter(w)\na = next(it)\nb = next(it)\nloss = a * b")
case("iterator of a matrix", "w = np.arange(4.0).reshape(2, 2)\n", "it = iter(w)\na = next(it)\nb = next(it)\nloss = np.sum(a * b)")
case("next with a default", W, "loss = next((x for x in w if x > 1.6), w[0]) ** 2")
case("class with __iter__", W, """
class C:
    def __init__(self, x): self.x = x
    def __iter__(self):
        for y in self.x: yield y ** 2
loss = sum(C(w))""")
case("class with __next__", W, """
class C:
    def __init__(self, x): self.x, self.i = x, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i == 3: raise StopIteration
        self.i += 1
        return self.x[self.i - 1] ** 2
loss = 0.0
for y in C(w): loss = loss + y""")
case("class with __getitem__", W, """
class C:
    def __init__(self, x): self.x = x
    def __getitem__(self, i): return self.x[i] ** 2
    def __len__(self): return 3
loss = sum(C(w)) + C(w)[0] + max(C(w))""")
case("np.array of a class with __len__", W, """
class C:
    def __getitem__(self, i): return [w[0] ** 2, w[1]][i]
    def __len__(self): return 2
loss = np.sum(np.array(C()))""")
case("try", S, "try:\n    y = w ** 2\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(e)\n    y = y * 3\nfinally:\n    y = y + w\nloss = y")
case("try else", S, "try:\n    y = w ** 2\nexcept ValueError:\n    y = 0.0\nelse:\n    y = y * w\nloss = y")
case("exception carries a number", S, "try:\n    raise ValueError(w ** 2)\nexcept ValueError as e:\n    y = e.args[0]\nloss = y")
case("exception class carries a number", S, """
class E(Exception):
    def __init__(self, x):
        self.x = x
try:
    raise E(w ** 2)
except E as e:
    y = e.x
loss = y""")
case("StopIteration carries a number", S, "def g():\n    yield 1\n    return w ** 2\nit = g()\nnext(it)\ntry:\n    next(it)\nexcept StopIteration as e:\n    y = e.value\nloss = y")
case("yield from returns a number", S, "def g():\n    yield 1\n    return w ** 2\ndef f():\n    global y\n    y = yield from g()\nlist(f())\nloss = y")
case("exception midway", W, "y = w * 2\nk = [y]\nfor i in range(3):\n    k.append(y[i] ** 2)\n    if i == 1:\n        raise ValueError(f'at {k[-1]}')\nloss = y.sum()")
case("exception in a function", W, "def f(x):\n    z = x * 2\n    return z[7]\ny = w * 2\nloss = f(y)")
case("exception in a call", W, "y = w * 2\nnp.dot(y, np.ones(2))\nloss = 1.0")
case("division by zero", S, "y = w - w\nz = 1 / y\nloss = z")
case("NumPy division by zero", W, "y = w - w\nz = 1 / y\nloss = np.sum(np.where(np.isinf(z), w, z))")
case("domain error", S, "y = math.sqrt(-w)\nloss = y")
case("unknown name", S, "y = w ** 2\nloss = nothing + y")
case("unknown attribute", W, "y = w ** 2\nloss = y.nothing")
case("unknown loss", S, "y = w ** 2", loss="nothing")
case("assertion", S, "y = w ** 2\nassert y < 0, f'y is {y:.2f}'\nloss = y")
case("chained exceptions", S, "y = w\ntry:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('no') from e\nloss = y")
case("exit", S, "y = w ** 2\nraise SystemExit(3)")
case("interrupt", S, "y = w ** 2\nraise KeyboardInterrupt")
case("recursion", S, "def f(x, n):\n    return x if n == 0 else x * f(x, n - 1) + n\nloss = f(w, 5)")
case("deep recursion", S, "def f(x, n):\n    return x if n == 0 else f(x * 1.001 + 0.001, n - 1)\nloss = f(w, 700)")
case("mutual recursion", S, "def f(x, n):\n    return x if n == 0 else g(x * w, n - 1)\ndef g(x, n):\n    return math.sin(f(x, n))\nloss = f(w, 3)")
case("recursion without end", S, "def f(x):\n    return f(x * w)\nloss = f(w)")
case("while", S, "x = w\nn = 0\nwhile x < 100:\n    x = x * x + w\n    n += 1\nelse:\n    x = x + w\nloss = x")
case("while with break", S, "x = w\nwhile True:\n    x = x * 2 + w\n    if x > 20:\n        break\nloss = x")
case("for else continue", W, "t = 0.0\nfor x in w:\n    if x < 0:\n        continue\n    t += x ** 2\nelse:\n    t *= 2\nloss = t")
case("chained comparison", W, "y = [x for x in w if 0 < x < 1.7]\nloss = sum(y)")
case("ternary", S, "loss = w ** 2 if w > 0 else -w")
case("and or", S, "y = w and w ** 2\nz = 0.0 or w * 3\nloss = y + z")
case("not", S, "loss = (not w) * 1.0 + w")
case("walrus", S, "if (y := w ** 2) > 1:\n    loss = y * w")
case("walrus in a comprehension", W, "z = [y for x in w if (y := x ** 2) > 1]\nloss = sum(z) + y")
case("match", S, """
match {'a': w ** 2, 'b': [w, 2.0]}:
    case {'a': x, 'b': [y, *rest]} if x > 1:
        loss = x * y * rest[0]""")
case("match of a class", S, """
class C:
    __match_args__ = ('a', 'b')
    def __init__(self, a, b): self.a, self.b = a, b
match C(w ** 2, w):
    case C(a, b=k):
        loss = a * k""")
case("match of a number", S, "match w:\n    case float(x):\n        loss = x ** 2\n    case _:\n        loss = 0.0")
case("match of a row", W, "match list(w):\n    case [a, b, c]:\n        loss = a * b * c")
case("with", S, """
import contextlib
@contextlib.contextmanager
def c(x):
    print('in')
    yield x ** 2
    print('out')
with c(w) as y:
    loss = y * w""")
case("with, a class", S, """
class C:
    def __enter__(self): return w ** 2
    def __exit__(self, *e): return True
with C() as y:
    loss = y
    1 / 0""")
case("star arguments", W, "def f(*a, k=1.0, **o):\n    return sum(a) * k * o['z']\nloss = f(*w, k=w[0], **{'z': w[1]})")
case("positional only", S, "def f(a, /, b, *, c):\n    return a * b * c\nloss = f(w, b=w, c=2.0)")
case("keyword called self", S, "def f(self, f, args):\n    return self * f * args\nloss = f(self=w, f=w, args=w)")
case("keyword called f of a class", S, "class C:\n    def __init__(me, f, x): me.y = f * x\nloss = C(f=w, x=w).y")
case("starred targets", W, "a, *b = w\nloss = a * b[0] + b[1] ** 2")
case("nested targets", W, "(a, b), c = (w[0], w[1] ** 2), w[2]\nloss = a * b * c")
case("unpacking a matrix", "w = np.arange(1.0, 5.0).reshape(2, 2)\n", "(a, b), (c, d) = w\nloss = a * d - b * c")
case("unpacking in a for", "w = np.arange(1.0, 7.0).reshape(3, 2)\n", "t = 0.0\nfor a, b in w:\n    t += a * b\nloss = t")
case("unpacking with an index", W, "t = 0.0\nfor i, (a, b) in enumerate(zip(w, w[::-1])):\n    t += i * a * b\nloss = t")
case("attribute as loop target", W, "class C: pass\nc = C()\nt = 0.0\nfor c.x in w:\n    t += c.x ** 2\nloss = t + c.x")
case("item as loop target", W, "k = [0.0]\nt = 0.0\nfor k[0] in w:\n    t += k[0] ** 2\nloss = t + k[0]")
case("array item as loop target", W, "k = np.zeros(2)\nt = 0.0\nfor k[0] in w:\n    t += k[0] ** 2\nloss = t")
case("array item as with target", S, "import contextlib\nk = np.zeros(2)\nwith contextlib.nullcontext(w * 2) as k[0]:\n    pass\nloss = np.sum(k ** 2)")
case("array item in a tuple target", W, "k = np.zeros(2)\nk[0], y = w[0], w[1]\nloss = np.sum(k ** 2) + y")
case("array item in a starred target", W, "k = np.zeros(2)\ny, *k[:] = w\nloss = np.sum(k ** 2) + y")
case("array attribute target in a for", W, "y = w * 2\nfor y.shape in [(3, 1), (1, 3)]:\n    pass\nloss = np.sum(y @ y.T)")
case("annotated item", W, "k = np.zeros(2)\nk[0]: float = w[0]\nloss = np.sum(k ** 2)")
case("annotated attribute of an array", W, "k = np.zeros(3, complex)\nk.real: float = w\nloss = np.sum(np.abs(k) ** 2)")
case("async function", S, "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x ** 2\nc = f(w)\ntry:\n    while True:\n        c.send(None)\nexcept StopIteration as end:\n    loss = end.value\ndel c")
case("thread", S, "import threading\nbox = []\ndef f():\n    box.append(w ** 2)\nt = threading.Thread(target=f)\nt.start()\nt.join()\ndel t\nloss = box[0]")
case("thread pool", S, "from concurrent.futures import ThreadPoolExecutor\ndef f(x):\n    return x * w\nwith ThreadPoolExecutor(1) as pool:\n    ys = list(pool.map(f, [1.0, w]))\ndel pool\nloss = sum(ys)")

# Python's functions
for _name, _text in {
    "partial": "import functools\nf = functools.partial(pow, w)\nloss = f(3)",
    "partial of a user's function": "import functools\ndef f(a, b, c=1.0):\n    return a * b * c\ng = functools.partial(f, w, c=w)\nloss = g(w)",
    "partial bound to an object":
        "import functools, types\nf = types.MethodType(functools.partial(pow, w), 3.0)\n"
        "loss = f() + sum(map(f, [None]))",
    "object bound to another":
        "import types\nclass C:\n    def __call__(self, a, b): return a * b\nf = types.MethodType(C(), w)\n"
        "loss = f(w)",
    "partial with NumPy": "import functools\nf = functools.partial(np.power, w)\nloss = f(3.0)",
    "partialmethod": "import functools\nclass C:\n    def f(self, a, b): return a * b\n    g = functools.partialmethod(f, 2.0)\nloss = C().g(w)",
    "reduce": "import functools\nloss = functools.reduce(lambda a, b: a * b + w, [w, 2.0, w])",
    "reduce with operator": "import functools, operator\nloss = functools.reduce(operator.mul, [w, 2.0, w])",
    "reduce with a start": "import functools, operator\nloss = functools.reduce(operator.add, [1.0, 2.0], w)",
    "accumulate": "import itertools\nloss = sum(itertools.accumulate([w, w, 2.0]))",
    "accumulate with a function": "import itertools\nloss = list(itertools.accumulate([w, w, 2.0], lambda a, b: a * b))[-1]",
    "chain": "import itertools\nloss = sum(itertools.chain([w], (w * w,)))",
    "product": "import itertools\nloss = sum(a * b for a, b in itertools.product([w, 2.0], repeat=2))",
    "groupby": "import itertools\nloss = sum(sum(g) * k for k, g in itertools.groupby([w, w, 2.0]))",
    "tee": "import itertools\na, b = itertools.tee([w, 2.0])\nloss = sum(a) * sum(b)",
    "compress": "import itertools\nloss = sum(itertools.compress([w, 3.0], [1, 0]))",
    "singledispatch": "import functools\n@functools.singledispatch\ndef f(x): return 0.0\n@f.register\ndef _(x: float): return x ** 2\nloss = f(w)",
    "total_ordering": "import functools\n@functools.total_ordering\nclass C:\n    def __init__(self, x): self.x = x\n    def __lt__(self, o): return self.x < o.x\n    def __eq__(self, o): return self.x == o.x\nloss = max(C(w), C(2 * w)).x",
    "wraps": "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        return f(*a, **k) * w\n    return g\n@d\ndef f(x):\n    return x ** 2\nloss = f(w)",
    "decorator class": "class D:\n    def __init__(self, f): self.f, self.n = f, 0\n    def __call__(self, *a):\n        self.n += 1\n        return self.f(*a)\n@D\ndef f(x):\n    return x ** 2\nloss = f(w) * f.n",
    "property": "class C:\n    def __init__(self, x): self._x = x\n    @property\n    def x(self): return self._x ** 2\n    @x.setter\n    def x(self, v): self._x = v * 2\nc = C(w)\nc.x = c.x\nloss = c.x",
    "descriptor": "class D:\n    def __get__(self, o, t): return o.y ** 2\n    def __set__(self, o, v): o.y = v * 3\nclass C:\n    x = D()\nc = C()\nc.x = w\nloss = c.x",
    "__getattr__": "class C:\n    def __getattr__(self, n): return w ** len(n)\nloss = C().ab * C().abc",
    "__setattr__": "class C:\n    def __setattr__(self, n, v): object.__setattr__(self, n, v * 2)\nc = C()\nc.a = w\nc.a += w\nloss = c.a",
    "__slots__": "class C:\n    __slots__ = ('a',)\nc = C()\nc.a = w\nc.a *= w\nloss = c.a",
    "name mangling": "class C:\n    def __init__(self, x): self.__x = x\n    def f(self):\n        self.__x *= 2\n        return self.__x ** 2\nloss = C(w).f()",
    "static and class methods": "class C:\n    @staticmethod\n    def f(x): return x * w\n    @classmethod\n    def g(cls, x): return cls.f(x) ** 2\nloss = C.g(w) + C().g(2.0)",
    "inheritance": "class A:\n    def f(self, x): return x ** 2\nclass B(A):\n    def f(self, x): return super().f(x) * w\nloss = B().f(w)",
    "metaclass": "class M(type):\n    def __call__(cls, *a):\n        o = super().__call__(*a)\n        o.y = w ** 2\n        return o\nclass C(metaclass=M):\n    pass\nloss = C().y",
    "__new__": "class C(float):\n    def __new__(cls, x): return super().__new__(cls, x * 2)\nloss = float(C(w)) ** 2",
    "a subclass of float": "class F(float):\n    pass\nx = F(w)\nloss = x * x",
    "a subclass of list": "class L(list):\n    def total(self): return sum(self)\nloss = L([w, w ** 2]).total()",
    "a subclass of dict": "class D(dict):\n    def __missing__(self, k): return w ** k\nloss = D()[3]",
    "a subclass of tuple": "class T(tuple):\n    pass\nt = T([w, w ** 2])\nloss = t[1]",
    "defaultdict": "import collections\nd = collections.defaultdict(float)\nfor k in 'aab':\n    d[k] += w\nloss = d['a'] * d['b']",
    "Counter": "import collections\nd = collections.Counter()\nd['a'] += w\nd['a'] += w\nloss = d['a']",
    "deque": "import collections\nd = collections.deque([w], maxlen=2)\nd.append(w ** 2)\nd.appendleft(w)\nd.rotate(1)\nloss = d[0] * d[-1]",
    "ChainMap": "import collections\nd = collections.ChainMap({'a': w}, {'b': w ** 2})\nloss = d['a'] * d['b']",
    "OrderedDict": "import collections\nd = collections.OrderedDict(a=w)\nd['b'] = w ** 2\nd.move_to_end('a')\nloss = list(d.values())[-1]",
    "namedtuple made here": "import collections\nP = collections.namedtuple('P', 'a b')\np = P(w, b=w ** 2)\nq = p._replace(a=3.0)\nloss = p.a * q.b + q.a",
    "dataclass made here": "from dataclasses import dataclass, field, replace, astuple, asdict\n@dataclass\nclass P:\n    a: float\n    b: float = 1.0\n    c: list = field(default_factory=list)\n    def __post_init__(self): self.b = self.a ** 2\np = P(w)\nq = replace(p, a=2 * w)\nloss = p.b + q.b + astuple(p)[0] + asdict(q)['a']",
    "SimpleNamespace": "import types\nn = types.SimpleNamespace(a=w)\nn.b = n.a ** 2\nloss = n.b",
    "enum": "import enum\nclass E(enum.Enum):\n    A = 2.0\nloss = w ** E.A.value",
    "heapq": "import heapq\nh = []\nfor x in (w, 3 * w, 2 * w):\n    heapq.heappush(h, x)\nloss = heapq.heappop(h) * heapq.heappop(h) ** 2",
    "bisect": "import bisect\nk = [0.0, w, 5.0]\nbisect.insort(k, 2 * w)\nloss = k[2] ** 2",
    "copy": "import copy\nk = [w, [w ** 2]]\nloss = copy.copy(k)[0] * copy.deepcopy(k)[1][0]",
    "deepcopy of a class": "import copy\nclass C: pass\nc = C()\nc.x = np.array([w, 2.0])\nloss = np.sum(copy.deepcopy(c).x ** 2)",
    "pickle": "import pickle\nloss = pickle.loads(pickle.dumps(w)) ** 2",
    "pickle of an array": "import pickle\nloss = np.sum(pickle.loads(pickle.dumps(np.ones(2) * w)) ** 2)",
    "json": "import json\nloss = json.loads(json.dumps([w]))[0] ** 2",
    "Fraction": "from fractions import Fraction\nloss = float(Fraction(w)) ** 2",
    "Decimal": "from decimal import Decimal\nloss = float(Decimal(w)) ** 2",
    "statistics": "import statistics\nloss = statistics.mean([w, w ** 2])",
    "cmath": "import cmath\nloss = abs(cmath.exp(1j * w + w))",
    "struct": "import struct\nloss = struct.unpack('d', struct.pack('d', w))[0] ** 2",
    "array.array": "import array\nloss = array.array('d', [w, 2.0])[0] ** 2",
    "ctypes": "import ctypes\nloss = ctypes.c_double(w).value ** 2",
    "operator": "import operator as o\nloss = o.add(w, o.mul(w, o.pow(w, 2))) + o.neg(w) + o.truediv(1.0, w) + o.sub(w, 1) + abs(o.pos(w))",
    "operator in place": "import operator as o\nloss = o.iadd(w, o.imul(w, w))",
    "operator getters": "import operator as o\nloss = o.itemgetter(1)([0, w]) * o.attrgetter('real')(w) * o.methodcaller('conjugate')(w)",
    "operator on lists": "import operator as o\nk = [w]\no.setitem(k, 0, w ** 2)\nloss = o.getitem(k, 0) + o.concat(k, [w])[1]",
    "operator comparisons": "import operator as o\nloss = w * o.gt(w, 0) + o.lt(w, 0)",
    "map": "loss = sum(map(lambda x: x * w, [1.0, w]))",
    "map of a builtin": "loss = sum(map(math.exp, [w, 2 * w]))",
    "map of NumPy": "loss = sum(map(np.exp, [w, 2 * w]))",
    "map of pow": "loss = sum(map(pow, [w, 2 * w], [2, 3]))",
    "map of abs": "loss = sum(map(abs, [w, -2 * w]))",
    "map of float": "loss = sum(map(float, [w, 2 * w]))",
    "map of max": "loss = sum(map(max, [w, 1.0], [1.0, w]))",
    "map of a method": "loss = sum(map(w.__mul__, [1.0, 2.0]))",
    "filter": "loss = sum(filter(lambda x: x > 1, [w, 0.5, w * 2]))",
    "starmap": "import itertools\nloss = sum(itertools.starmap(pow, [(w, 2), (w, 3)]))",
    "zip": "loss = sum(a * b for a, b in zip([w, 2.0], (w, w), strict=True))",
    "zip star": "a, b = zip(*[(w, 1.0), (2.0, w)])\nloss = a[0] * b[1]",
    "enumerate": "loss = sum(i * x for i, x in enumerate([w, w * w], start=1))",
    "reversed": "loss = sum(i * x for i, x in enumerate(reversed([w, w * w])))",
    "sorted": "k = sorted([w, 0.5 * w, 3.0])\nloss = k[0] * k[1] ** 2",
    "sorted with a key": "k = sorted([w, 0.5 * w, 3.0], key=lambda x: -x, reverse=True)\nloss = k[0] * k[1] ** 2",
    "list sort": "k = [w, 0.5 * w, 3.0]\nk.sort(key=abs)\nloss = k[0] * k[1] ** 2",
    "sum with a start": "loss = sum([w, w], start=w * 2) + sum([[w], [w]], [])[1]",
    "sum of a dict": "loss = sum({w: 1, 2.0: 3}) + sum({'a': w}.values())",
    "sum of a set": "loss = sum({w, 2 * w})",
    "min max": "loss = min(w, 2.0) * max(w, 0.5) * max([w, 3 * w]) * min((w, 5.0), key=lambda x: -x)",
    "max with a default": "loss = max([], default=w) + w",
    "abs round": "loss = abs(-w) + round(w) * w + round(w, 1) * w",
    "pow": "loss = pow(w, 3) + pow(2.0, w) + pow(w, w) + w ** w + 2 ** w",
    "divmod": "q, r = divmod(w * 5, 2.0)\nloss = q * w + r ** 2",
    "floor division": "loss = w * 5 // 2 * w + (w * 5) % 2",
    "float": "loss = float(w) ** 2 + float(np.float64(w)) + float(str(1.0))",
    "float of text": "loss = float(str(w)) ** 2 + w",
    "float of an f-string": "loss = float(f'{w:.3f}') ** 2 + w",
    "float of %": "loss = float('%r' % w) ** 2 + w",
    "float of % with a tuple": "loss = float('%r' % (w,)) ** 2 + w",
    "float of format": "loss = float('{}'.format(w)) ** 2 + w",
    "float of hex": "loss = float.fromhex(w.hex()) ** 2",
    "float of repr": "loss = float(repr(w)) + eval(repr(w))",
    "float of joined text": "loss = float(''.join(['1', str(w)])) + w",
    "float of split text": "loss = sum(float(x) for x in f'{w} {w}'.split())",
    "float of a printed line": "import io\nf = io.StringIO()\nprint(w, file=f)\nloss = float(f.getvalue()) ** 2",
    "integer ratio": "a, b = w.as_integer_ratio()\nloss = a / b",
    "int bool len": "loss = w * int(w) + bool(w) + len([w]) + w",
    "complex": "loss = abs(complex(w, 2.0)) + complex(w).real + (w + 2j).imag",
    "complex attributes": "z = complex(w, w ** 2)\nloss = z.real * z.imag + z.conjugate().imag",
    "math": "loss = math.exp(w) + math.log(w) + math.log(w, 3) + math.log2(w) + math.log10(w) + math.log1p(w) + math.sqrt(w) + math.sin(w) * math.cos(w) + math.tan(w) + math.atan(w) + math.asinh(w) + math.pow(w, 3)",
    "more math": "loss = math.atan2(w, 2.0) + math.hypot(w, 1.0) + math.hypot(w, w, 2.0) + math.fabs(-w) + math.expm1(w) + math.degrees(w) + math.radians(w) + math.cbrt(w) + math.exp2(w) + math.tanh(w) + math.copysign(w, -1)",
    "math prod fsum": "loss = math.prod([w, w, 2.0]) + math.fsum([w, w * w]) + math.prod((w, 3.0), start=w)",
    "math of generators": "loss = math.prod(x for x in [w, w]) + math.fsum(x * w for x in [w, 1.0])",
    "math dist": "loss = math.dist([w, 1.0], [0.0, 2 * w])",
    "math fmod": "loss = math.fmod(w * 5, 2.0) ** 2 + math.floor(w) * w + math.trunc(w) + math.ceil(w)",
    "math modf": "a, b = math.modf(w * 5)\nloss = a ** 2",
    "math frexp ldexp": "a, b = math.frexp(w)\nloss = math.ldexp(a, b) ** 2",
    "math remainder": "loss = math.remainder(w * 5, 2.0) ** 2",
    "math erf gamma": "loss = math.erf(w) + math.gamma(w) + math.lgamma(w) + math.erfc(w)",
    "math of an array": "loss = math.sin(np.array(w)) + math.exp(np.array([w])[0])",
    "math sumprod": "loss = sum(a * b for a, b in zip([w, 1.0], [w, w]))",
    "math nextafter": "loss = math.nextafter(w, 2.0) + math.ulp(w) + w",
    "printing": "print(w, [w], {'a': w}, f'{w:.2f} {w!r} {w=}', '%s' % w, '{0:.1f}'.format(w), str(w), repr(w))\nloss = w ** 2",
    "string keys": "d = {f'{w:.1f}': w ** 2}\nloss = d[f'{w:.1f}'] * w",
    "keys that are traced": "d = {w: 2.0, w * 2: w}\nloss = sum(d) + d[w] + d[w * 2]",
    "keys that are traced, gone through": "d = {w: 2.0}\nloss = sum(k * v for k, v in d.items()) + w",
    "sets of traced numbers": "k = {w, w, 2.0}\nprint(len(k), w in k)\nloss = sum(x ** 2 for x in k)",
    "list methods": "k = [w]\nk.append(w * 2)\nk.extend([w, 3.0])\nk.insert(0, w ** 2)\nx = k.pop()\nk.remove(w)\nk.reverse()\nprint(k.index(w * 2), k.count(w))\nloss = k[0] * k[-1] + x * w",
    "list in place": "k = [w]\nj = k\nk += [w ** 2]\nk *= 2\nk[0:1] = [w, w * 3]\nprint(j is k)\nloss = sum(i * x for i, x in enumerate(j))",
    "list item in place": "k = [[w, 1.0]]\nk[0][1] += w\nk[0][1] *= w\nloss = k[0][1]",
    "dict methods": "d = dict(a=w, b=w * 2)\nd.update(c=w ** 2)\nd.setdefault('d', w)\nx = d.pop('a')\ne = {**d, 'e': w} | {'f': w}\nloss = x * sum(e.values()) + d.get('zz', w) + d.get('c')",
    "dict comprehension": "d = {i: w ** i for i in range(3)}\nloss = sum(v * k for k, v in d.items())",
    "set comprehension": "loss = sum({w ** i for i in range(3)})",
    "nested comprehension": "k = [[w * i * j for i in range(3)] for j in range(2)]\nloss = sum(sum(r) for r in k)",
    "list times number": "k = [w] * 3\nloss = sum(k) * k[1]",
    "slice of a list": "k = [w, 2 * w, 3 * w]\nloss = sum(k[::2]) + sum(k[1:]) + k[-1]",
    "comparison of lists": "print([w] == [w], (w, 1) < (w, 2), w in [w], [w].index(w))\nloss = w",
    "types": "print(type(w), type(w * 2), isinstance(w, float), type(w) is float, type(w * 2).__name__, w.__class__, issubclass(type(w), float))\nloss = w ** 2",
    "is": "a = w\nb = w + 0\nprint(a is w, b is w, a is not w, w is None)\nloss = a * b",
    "id and hash": "a = w\nprint(id(a) == id(w), hash(w) == hash(1.3))\nloss = a",
    "attributes of a float": "loss = w.real ** 2 + w.imag + w.conjugate() + w.__float__() + w.__neg__() + w.__abs__()",
    "special methods of a float": "loss = w.__add__(1.0) + w.__mul__(w) + w.__rsub__(3.0) + w.__pow__(2) + w.__truediv__(2.0)",
    "float.__add__": "loss = float.__add__(w, w) + float.__mul__(w, w)",
    "getattr": "loss = getattr(w, 'real') * getattr(np, 'sin')(w) + getattr(w, 'none', w)",
    "getattr without a name": "y = w * 2\nloss = getattr(y)",
    "getattr of an array": "y = np.array([w, 2.0])\nloss = getattr(y, 'sum')() + getattr(y, 'T')[0] + getattr(y, 'real')[1]",
    "setattr": "class C: pass\nc = C()\nsetattr(c, 'a', w)\nc.a += 1\nloss = getattr(c, 'a') ** 2",
    "exec": "exec('y = w ** 2')\nloss = y",
    "eval": "loss = eval('w ** 2') + w",
    "eval of a text that the compiler warns of": "loss = w ** 2 + eval('w is 3')",
    "exec in another namespace": "d = {'x': w}\nexec('y = x ** 2', d)\nloss = d['y']",
    "eval in another namespace": "loss = eval('x ** 2', {'x': w})",
    "exec that changes a list": "k = [0.0]\nexec('k[0] = w ** 2')\nloss = k[0]",
    "exec that changes an array": "k = np.zeros(2)\nexec('k[0] = w ** 2')\nloss = np.sum(k)",
    "exec that defines a function": "exec('def f(x):\\n    return x ** 2')\nloss = f(w)",
    "exec by another name": "run = exec\nrun('y = w ** 2', globals())\nloss = y",
    "eval by another name": "run = eval\nloss = run('w ** 2', globals())",
    "builtins.eval": "import builtins\nloss = builtins.eval('w ** 2', globals())",
    "compile and exec": "code = compile('y = w ** 2', 'x', 'exec')\nexec(code)\ndel code\nloss = y",
    "FunctionType": "import types\ndef f(x): return x ** 2\ng = types.FunctionType(f.__code__, globals())\nloss = g(w)",
    "code put into another": "def f(x): return x ** 2\ndef g(x): return 0.0\ng.__code__ = f.__code__\nloss = g(w)",
    "weakref": "import weakref\nclass C: pass\nc = C()\nc.x = w ** 2\nloss = weakref.ref(c)().x",
    "weak value dictionary": "import weakref\nclass C: pass\nc = C()\nc.x = w ** 2\nd = weakref.WeakValueDictionary(a=c)\nloss = d['a'].x\ndel d",
    "contextvars": "import contextvars\nv = contextvars.ContextVar('v')\nv.set(w ** 2)\nloss = v.get()",
    "queue": "import queue\nq = queue.Queue()\nq.put(w ** 2)\nloss = q.get()\ndel q",
    "lambda default": "f = [lambda x, i=i: x * i * w for i in range(3)]\nloss = sum(g(w) for g in f)",
    "late binding": "f = [lambda x: x * i * w for i in range(3)]\nloss = sum(g(w) for g in f)",
    "function attributes": "def f(x):\n    f.n = x ** 2\n    return f.n\nloss = f(w) + f.n",
    "keyword defaults changed": "def f(x, k=1.0):\n    return x * k\nf.__defaults__ = (w,)\nloss = f(w)",
    "redefinition": "def f(x): return x\na = f(w)\ndef f(x): return x ** 2\nloss = a * f(w)",
    "shadowed builtin": "def sum(x): return x[0] ** 2\nloss = sum([w, 1.0])",
    "shadowed module": "class math:\n    pi = w\n    def sin(x): return x ** 2\nloss = math.sin(w) + math.pi",
    "np by another name": "import numpy\nfrom numpy import exp as e\nloss = numpy.exp(w) + e(w) + numpy.linalg.norm([w, 1.0])",
    "a module attribute": "import types\nm = types.ModuleType('m')\nm.x = w ** 2\nloss = m.x",
    "a module known above": "math.tau_of_ours = w ** 2\nloss = math.tau_of_ours\ndel math.tau_of_ours",
    "type annotations": "def f(x: float, y: 'np.ndarray' = None) -> float:\n    z: float = x ** 2\n    return z\nloss: float = f(w)",
    "ellipsis and slices": "k = np.array([[w, 1.0], [2.0, w]])\nloss = k[..., 0].sum() * k[slice(None), slice(1, 2)].sum()",
    "tracing by sys.settrace": "import sys\nsys.settrace(None)\nloss = w ** 2",
    "an exponent of 0": "loss = w ** 0 + 0.0 * w",
    "big numbers": "loss = w * 1e300 * 1e-300 + w / 1e308",
    "overflow": "loss = (w * 1e200) ** 3",
    "infinite": "y = w * math.inf\nloss = min(y, w)",
    "not a number": "y = w * math.nan\nloss = w if y != y else 0.0",
    "counting by a float": "x = 0.0\nwhile x < 1.0:\n    x += 0.25\nloss = x * w",
    "assertions that hold": "assert w > 0, w\nassert isinstance(w, float)\nloss = w ** 2",
    "docstring and pass": "'text'\npass\n...\nloss = w",
    "semicolons": "a = w; b = a * a; loss = b",
    "unicode": "λ = w ** 2; größe = λ * w\nprint('é', λ)\nloss = größe",
    "a very long expression": "loss = " + " + ".join(["w"] * 200),
    "deep nesting": "loss = " + "(" * 50 + "w" + " * 1.01)" * 50,
    "float.__format__": "print(format(w, '.2f'), w.__format__('.3e'))\nloss = w",
    "warning": "import warnings\nwarnings.warn('careful')\nloss = w ** 2",
    "vectorize": "f = np.vectorize(lambda x: x * w)\nloss = np.sum(f(np.arange(3.0)))",
    "fromiter": "loss = np.sum(np.fromiter((x * w for x in range(3)), float))",
    "array of generators": "loss = np.sum(np.array([x * w for x in range(3)]) ** 2)",
    "object array": "y = np.array([w, w ** 2], dtype=object)\nloss = y[0] * y[1]",
    "object array of a sum": "y = np.array([w, w ** 2], dtype=object)\nloss = float(np.sum(y))",
    "object array filled": "y = np.empty(2, object)\ny[0] = w\ny[1] = w ** 2\nloss = y[0] * y[1]",
    "object array operators": "y = np.array([w, 2.0], dtype=object) * 2\nloss = y[0] + y[1] ** 2",
    "structured array": "y = np.zeros(2, [('a', float)])\ny['a'] = w\nloss = np.sum(y['a'] ** 2)",
    "structured item": "y = np.zeros(2, [('a', float)])\ny[0]['a'] = w\nloss = np.sum(y['a'] ** 2)",
    "record array": "y = np.rec.array([(w, 2.0)], dtype=[('a', float), ('b', float)])\nloss = y.a[0] ** 2",
    "array from text": "loss = np.array(str(w)).astype(float) ** 2",
    "array of text": "loss = np.sum(np.array([str(w), '2.0']).astype(float))",
    "fromstring": "loss = np.sum(np.fromstring(f'{w} 2.0', sep=' '))",
    "frombuffer": "loss = np.sum(np.frombuffer(np.array([w, 2.0]).tobytes()) ** 2)",
    "bytes and back": "y = np.array([w, 2.0])\nz = np.ndarray(2, float, y)\nloss = np.sum(z ** 2)",
    "view as integers and back": "y = np.array([w, 2.0])\nloss = np.sum(y.view(np.int64).view(float) ** 2)",
    "view as complex": "y = np.array([w, 2.0])\nloss = np.abs(y.view(complex)[0])",
    "save and load": "import io\nf = io.BytesIO()\nnp.save(f, np.array([w]))\nf.seek(0)\nloss = np.load(f)[0] ** 2\ndel f",
    "matrix class": "y = np.asmatrix([[w, 1.0], [2.0, w]])\nloss = float((y * y)[0, 0])",
    "masked array": "y = np.ma.array([w, 2.0], mask=[False, True])\nloss = float(y.sum()) * w",
    "poly1d": "p = np.poly1d([w, 1.0])\nloss = p(2.0) ** 2",
    "Polynomial": "p = np.polynomial.Polynomial([w, 1.0])\nloss = p(w) ** 2",
    "memoryview": "y = np.array([w, 2.0])\nloss = memoryview(y)[0] ** 2",
    "dlpack": "y = np.from_dlpack(np.array([w, 2.0]))\nloss = np.sum(y ** 2)",
    "array interface": "class A:\n    def __init__(self, x): self.__array_interface__ = x.__array_interface__; self.x = x\nloss = np.sum(np.asarray(A(np.array([w, 2.0]))) ** 2)",
    "ufunc of its own": "f = np.frompyfunc(lambda a, b: a * b * w, 2, 1)\nloss = float(f(w, 2.0))",
    "apply_along_axis": "y = np.array([[w, 1.0], [2.0, w]])\nloss = np.sum(np.apply_along_axis(lambda r: r * r, 0, y))",
    "nditer": "loss = sum(float(x) ** 2 for x in np.nditer(np.array([w, 2.0])))",
    "ndenumerate": "loss = sum(i[0] * x ** 2 for i, x in np.ndenumerate(np.array([2.0, w])))",
    "ndindex": "y = np.array([2.0, w])\nloss = sum(y[i] ** 2 for i in np.ndindex(2))",
    "flat": "y = np.array([[2.0, w]])\nloss = sum(x ** 2 for x in y.flat)",
    "tolist": "loss = sum(x ** 2 for x in np.array([2.0, w]).tolist())",
    "item": "y = np.array([2.0, w])\nloss = y[1].item() ** 2 + y.item(1) + y.max().item()",
    "unique": "loss = np.sum(np.unique([w, w, 2.0]) ** 2)",
    "np.float64 of a float": "loss = np.float64(w) ** 2",
    "np.float32 of a float": "loss = float(np.float32(w)) + w",
    "np.array of a number": "loss = np.array(w) ** 2",
    "np.array of rows": "r = np.array([w, 1.0])\nloss = np.sum(np.array([r, r * 2, [w, w]]) ** 2)",
    "np.sum of a generator": "loss = np.sum(x * w for x in [1.0, w])",
    "np of lists": "loss = np.dot([w, 1.0], [2.0, w]) + np.mean([w, 2 * w]) + np.max([w, 0.0]) + np.sum([[w], [w]])",
    "array plus list": "loss = np.sum((np.ones(2) + [w, 1.0]) * [w, 2.0])",
    "list plus array": "loss = np.sum([w, 1.0] * np.ones(2) * (w, w))",
    "comparison as a number": "loss = (w > 1) * w + (w < 1) * 2.0",
    "astype of a comparison": "y = np.array([w, -w])\nloss = np.sum((y > 0) * y + (y > 0).astype(float))",
    "boolean loss": "loss = w > 1", "text loss": "loss = 'a'", "None loss": "loss = None",
    "integer loss": "loss = int(w)", "constant loss": "loss = 3.0",
    "array loss": "loss = np.ones(2) * w", "complex loss": "loss = w + 0j",
    "loss of size one": "loss = np.array([[w ** 2]])", "0-d loss": "loss = np.array(w ** 2)",
    "the parameter is the loss": "loss = w",
}.items():
    case(_name, S, _text)


NEW_IN_3_14 = {
    "partial with a Placeholder":
        "from functools import partial, Placeholder\nf = partial(pow, Placeholder, 2)\nloss = f(w)",
    "partial with two Placeholders":
        "from functools import partial, Placeholder as P\nf = partial(lambda a, b, c: a - b * c, P, w, P)\n"
        "loss = f(w ** 2, w * 3)",
    "Placeholder and more arguments":
        "from functools import partial, Placeholder\nf = partial(lambda a, b, c: a - b * c, Placeholder, w)\n"
        "loss = f(w ** 2, w * 3)",
    "Placeholder left empty": "from functools import partial, Placeholder\nloss = partial(pow, Placeholder, w)()",
    "Placeholder of a partial of NumPy":
        "from functools import partial, Placeholder\nf = partial(np.subtract, Placeholder, w)\n"
        "loss = np.sum(f(np.array([w ** 2, 1.0])) ** 2)",
    "Placeholder in map":
        "from functools import partial, Placeholder\nloss = sum(map(partial(pow, Placeholder, 2), [w, 2 * w]))",
    "partialmethod with a Placeholder":
        "from functools import partialmethod, Placeholder\nclass C:\n    def f(self, a, b): return a - b * a\n"
        "    g = partialmethod(f, Placeholder, w)\nloss = C().g(w ** 2)",
    "partial as a method":
        "import functools\nclass C:\n    k = 3.0\n"
        "    f = functools.partial(lambda a, self, b: a * self.k * b, w)\nloss = C().f(w) * sum(map(C().f, [w]))",
    "map strictly":
        "print(list(map(pow, [w, w], [1, 2], strict=True)))\n"
        "loss = sum(map(lambda a, b: a * b, [w, w], [w], strict=True))",
    "reduce from a keyword": "import functools, operator\nloss = functools.reduce(operator.mul, [w, 2.0], initial=w)",
    "t-string":
        "n = 2\nt = t'{w ** 2:.{n}f} and {w!r}'\nprint(t.interpolations[0].format_spec, t.strings)\n"
        "loss = t.interpolations[0].value * t.values[1]",
    "t-string gone through":
        "loss = 0.0\nfor part in t'a {w} b' + t'{w * 2}':\n"
        "    loss = loss + (len(part) if isinstance(part, str) else part.value ** 2)",
    "t-string as text": "t = t'{2.0:{w}}'\nloss = float(t.interpolations[0].format_spec) ** 2",
    "Template made":
        "from string.templatelib import Interpolation, Template\nt = Template('a', Interpolation(w * 2, 'x'))\n"
        "loss = t.values[0] ** 2",
    "annotations of names that come later":
        "def f(x: Later, *a: Later[w]) -> w * 2: return x ** 2\nclass C:\n    k: Later = w\ny: Later = f(w)\n"
        "loss = y * C.k",
    "annotations of a closure":
        "def make(k):\n    def f(x: k, y: Later = None) -> k: return x * k\n    return f\nloss = make(w)(w)",
    "dataclass of names that come later":
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    a: float\n    b: P | None = None\n"
        "p = P(w, P(w ** 2))\nloss = p.a * p.b.a",
    "annotations that compute":
        "k = w\ndef f(a: k * 3) -> k * 2: return a\nclass C:\n    a: w ** 2\n    b: Later = 2.0\n    def g(s, q: w): return s.b\n"
        "k = 1.0\nloss = f.__annotations__['return'] * w + C.g.__annotations__['q']",
    "annotations above that compute":
        "import annotationlib\nloss = f.__annotations__['return'] * C.__annotations__['a']\n"
        "print(annotationlib.get_annotations(f, format=annotationlib.Format.STRING))",
    "except without parentheses": "try:\n    1 / 0\nexcept ValueError, ZeroDivisionError:\n    loss = w ** 2",
}
ABOVE_IN_3_14 = {"annotations above that compute": "def f() -> w * 2: return 1\nclass C:\n    a: w ** 2 = 1\n"}
if sys.version_info >= (3, 14):
    for _name, _text in NEW_IN_3_14.items():
        case(_name, S + ABOVE_IN_3_14.get(_name, ""), _text)
else:
    case("annotations of the cell's names", S, "v: w * 3 = 2.0\nu: w\nloss = __annotations__['v'] ** 2 * v + __annotations__['u']", refusal="never")
    case("annotations that are text", S, "from __future__ import annotations\ndef f(a: w * 2) -> w: return a\nprint(f.__annotations__)\nloss = f(w)")
    case("a type that typing keeps", S + "import typing\nkept = typing.Annotated[float, 1.3]\n",
         "t = typing.Annotated[float, w]\nloss = t.__metadata__[0] * w\ndel t", refusal="must")

# the user's classes
case("class with operators", S, """
class D:
    def __init__(self, a, b): self.a, self.b = a, b
    def __add__(self, o): return D(self.a + o.a, self.b + o.b) if isinstance(o, D) else D(self.a + o, self.b)
    __radd__ = __add__
    def __mul__(self, o): return D(self.a * o.a, self.a * o.b + self.b * o.a) if isinstance(o, D) else D(self.a * o, self.b * o)
    __rmul__ = __mul__
    def __iadd__(self, o):
        self.a = self.a + o
        return self
    def __neg__(self): return D(-self.a, -self.b)
    def __getitem__(self, i): return (self.a, self.b)[i]
    def __setitem__(self, i, x): self.a = x
    def __call__(self, x): return self.a * x
    def __lt__(self, o): return self.a < o.a
    def __float__(self): return float(self.a)
    def __abs__(self): return abs(self.a)
    def __contains__(self, x): return x == self.a
    def __matmul__(self, o): return self.a * o.b
    def __bool__(self): return self.a > 0
    def __eq__(self, o): return self.a == o.a
    def __hash__(self): return 1
    def __round__(self, n=0): return self.a * 2
    def __pow__(self, n): return self.a ** n
    def __len__(self): return 2
    def __str__(self): return f'D({self.a:.2f})'
    def __format__(self, s): return 'formatted'
x = D(w, 1.0)
y = x * x + 2.0 * x + w
y += w
y[0] = y.a * 2
print(x < y, w in x, bool(x), str(x), f'{x}', x == y, sum([x, x]).a)
loss = y[0] + (-y)[1] + y(w) + float(x) + abs(x) + x @ y + round(x) + x ** 2 + sum([x, x]).a + sum(x)""")
case("class with __array__", W, """
class A:
    def __init__(self, x): self.x = x
    def __array__(self, dtype=None, copy=None): return self.x * 2
loss = np.sum(np.asarray(A(w)) ** 2)""")
case("class with __array__ in a function", W, """
class A:
    def __init__(self, x): self.x = x
    def __array__(self, dtype=None, copy=None): return self.x * 2
loss = np.sum(A(w)) + np.dot(A(w), w)""")
case("class with __array__ and an operator", W, """
class A:
    def __init__(self, x): self.x = x
    def __array__(self, dtype=None, copy=None): return self.x * 2
loss = np.sum(w * A(w)) + np.sum(np.ones(3) + A(w))""")
case("class with __array__ in a ufunc", W, """
class A:
    def __init__(self, x): self.x = x
    def __array__(self, dtype=None, copy=None): return self.x * 2
loss = np.sum(np.multiply(w, A(w))) + np.sum(np.hypot(A(w), w))""")
case("class with __array__ over a global", W, """
class A:
    def __array__(self, dtype=None, copy=None): return w * 2
loss = np.sum(np.ones(3) * A()) + np.sum(np.asarray(A()) ** 2)""")
case("class with __float__ over a global", S, """
class A:
    def __float__(self): return w * 2
loss = float(A()) ** 2 + math.sin(A()) + np.float64(A())""")
case("class with __index__", W, "class A:\n    def __index__(self): return 1\nloss = w[A()] ** 2 + w[A():].sum()")
case("class with __array_ufunc__", W, """
class A:
    def __init__(self, x): self.x = x
    def __array_ufunc__(self, u, method, *i, **k):
        return A(getattr(u, method)(*[y.x if isinstance(y, A) else y for y in i], **k))
loss = np.sum(np.exp(A(w) if False else A(w)).x) + np.sum((w * A(w)).x)""")
case("class with __array_function__", W, """
class A:
    def __init__(self, x): self.x = x
    def __array_function__(self, f, types, args, kwargs): return f(args[0].x ** 2)
loss = np.sum(A(w)) + np.mean(A(w))""")
case("class with __array_priority__", W, """
class A:
    __array_ufunc__ = None
    def __init__(self, x): self.x = x
    def __rmul__(self, o): return o * self.x
loss = np.sum(w * A(w))""")
case("subclass of ndarray", W, """
class A(np.ndarray):
    def total(self): return self.sum()
y = w.view(A)
print(type(y).__name__, type(y * 2).__name__)
loss = (y * y).total()""")
case("parameter of a subclass", "class A(np.ndarray):\n    def total(self): return self.sum()\nw = np.ones(3).view(A)\n",
     "loss = (w * w).total()")
case("getattr with a default, of a function that keeps what it computed", S, """
def f(x):
    f.total = getattr(f, 'total', 0.5) + x * w
    return f.total
f(1)
loss = f(2) * f.total""", refusal="never")
case("where something stands in a text", W, """
signs = "".join("+" if x > 0.5 else "-" for x in w)
text = f"{w[0]:.3f}"
loss = w.sum() * (signs.count("+") + signs.find("?") + signs.rfind("+")) + w[1] * text.index(".")""", refusal="never")
FINALIZED = "n = []\nclass A(np.ndarray):\n    def __array_finalize__(self, o):\n        n.append(type(o)); self.k = getattr(o, 'k', 1.0); o.shape\ny = (w * 2).view(A)\n"
for number, text in enumerate([
    "u = y[1:] * y[:-1]\nu[0] += 1\ny[2] = 0\nloss = float(np.sum(np.sin(u))) + float(y.sum())",
    "q = y.T\nq[1:] = q[:-1] * q[1:]\nloss = float(np.sqrt(q @ q))",
    "u = y * y\ny[[0, 0]] += 2\ny[y > 1.1] = 1\ny *= 2\nloss = float(np.sum(u * y))",
    "u = y[np.array([0, 1, 1])] * 2\nu[[0, 1]] = w[:2]\nnp.put(u, [0], [y[2]])\nloss = float((u ** 2).sum())",
    "u = y.copy()\nu.sort()\nu[...] = y\nu[:] = u[::-1]\nnp.add.at(u, [0, 0], y[1])\nu.fill(y[2])\nloss = float(u.sum() + np.where(u > 0, y, u).mean())",
]):
    case(f"what __array_finalize__ reads, {number}", W, FINALIZED + text, refusal="never")
case("subclass with __array_finalize__", W, """
class A(np.ndarray):
    def __array_finalize__(self, o): self.k = getattr(o, 'k', 1.0)
y = w.view(A)
y.k = w[0]
loss = np.sum((y * 2) ** 2) * (y * 2).k""")
case("subclass that overrides an operator", W, """
class A(np.ndarray):
    def __mul__(self, o): return np.asarray(self) ** 2
loss = np.sum(w.view(A) * 3.0)""")
case("pandas series", "import pandas as pd\nw = 1.5\ns = pd.Series([1.0, 2.0])\n", "loss = float((s * w).sum())")
case("pandas column", "import pandas as pd\nd = pd.DataFrame({'a': [1.0, 2.0]})\n" + W[:0] + "w = 1.5\n",
     "y = d['a'].to_numpy() * w\nloss = np.sum(y ** 2)")
case("pandas column set", "import pandas as pd\nd = pd.DataFrame({'a': [1.0, 2.0]})\nw = 1.5\n",
     "d['b'] = d['a'].values * w\nloss = float(d['b'].sum())")
case("pandas loc set", "import pandas as pd\nd = pd.DataFrame({'a': [1.0, 2.0]})\nw = 1.5\n",
     "d.loc[0, 'a'] = w\nloss = float(d['a'].sum())")
case("pandas apply", "import pandas as pd\ns = pd.Series([1.0, 2.0])\nw = 1.5\n",
     "loss = float(s.apply(lambda x: x * w).sum())")
case("pandas around the parameter", "import pandas as pd\n" + W, "loss = float(pd.Series(w).pow(2).sum())")
case("pandas iterated", "import pandas as pd\nd = pd.DataFrame({'a': [1.0, 2.0]})\nw = 1.5\n",
     "loss = sum(r.a * w for r in d.itertuples())")
case("scipy", "from scipy import special\n" + W, "loss = np.sum(special.expit(w)) + special.logsumexp(w)")
case("scipy minimise with a user's function", S + "from scipy import optimize\n",
     "r = optimize.minimize_scalar(lambda x: (x - w) ** 2)\nloss = float(r.x) ** 2")
case("scipy quad", S + "from scipy import integrate\n", "loss = integrate.quad(lambda x: x * w, 0.0, 1.0)[0]")
case("scipy solve_ivp", S + "from scipy import integrate\n",
     "loss = integrate.solve_ivp(lambda t, y: -w * y, (0, 1), [1.0]).y[0, -1]", rtol=1e-3)
case("scipy sparse", W + "from scipy import sparse\n", "A = sparse.diags_array([1.0, 2.0, 3.0])\nloss = np.sum((A @ w) ** 2)")
case("scipy sparse of a parameter", W + "from scipy import sparse\n",
     "A = sparse.csr_array(np.diag(w))\nloss = np.sum(A @ np.ones(3))")
case("scipy interpolation object", W + "from scipy import interpolate\n",
     "f = interpolate.interp1d(np.arange(3.0), w)\nloss = float(f(0.5)) ** 2")
case("a class of the library that remembers", S + "import logging\n", "r = logging.makeLogRecord({'x': w})\nloss = r.x ** 2\ndel r")

# kinds of numbers
case("small int", "w = 3\n", "loss = w ** 2 * 1.5")
case("small int and literals", "w = 3\n", "k = 3\nprint(k is w, w == k, type(w), w + 1, [w], {w: 1})\nloss = w * k + 3")
case("int as an index", "w = 2\nx = np.arange(5.0)\n", "loss = x[w] + np.sum(x[:w]) * 1.0", exact={"w": 0.0})
case("int as a count", "w = 3\n", "t = 0.0\nfor i in range(w):\n    t += w * i\nloss = t", exact={"w": 3.0})
case("int as a shape", "w = 3\n", "loss = np.sum(np.ones(w)) + w * 1.0", exact={"w": 1.0})
case("int division", "w = 7\n", "print(w // 2, w % 4, divmod(w, 2), w / 2, -w, ~w, w & 3, w << 1)\nloss = w / 2 + w % 4 + w // 2", exact={"w": 1.5})
case("int power", "w = 3\n", "print(w ** 2, 2 ** w, w ** -1, pow(w, 2, 5))\nloss = w ** 2 + 2.0 ** w + w ** -1",
     exact={"w": 6 + 8 * np.log(2) - 1 / 9})
case("int methods", "w = 3\n", "print(w.bit_length(), w.real, w.numerator, float(w), str(w), bool(w))\nloss = w.real ** 2 + float(w)", exact={"w": 7.0})
case("int kept in many places", "w = 3\n", """
class C: pass
c = C()
c.a, k, d, s, t, q = w, [w, w + 1], {w: w + 2, 'a': w}, {w, w + 5}, (w, (w, [w])), (w * 2,)
def f(x=w): return x
g = lambda: k
e = ValueError(w)
p = frozenset([w])
loss = float(w ** 2)""")
case("int kept in a closure", "w = 3\n", "def make(x):\n    y = x + 1\n    return lambda: (x, y)\nf = make(w)\nloss = w * 1.5")
case("int kept in a generator", "w = 3\n", "def g(x):\n    while True:\n        yield x\nit = g(w + 1)\nnext(it)\nloss = w * 1.5")
case("int kept in an iterator", "w = 3\n", "it = iter([w, w + 1])\nnext(it)\nloss = w * 1.5")
case("int kept in a deque and a partial", "w = 3\n", "import collections, functools\nd = collections.deque([w])\nf = functools.partial(pow, w)\nloss = w * 1.5")
case("int kept in an object array", "w = 3\n", "y = np.array([w, 'a'], dtype=object)\nprint(type(y[0]))\nloss = w * 1.5")
case("computed int kept in object arrays", "w = 3\n",
     "y = np.empty(2, object)\ny[0] = w * 2\nk = [np.array([w * 5, None], object)]\nloss = w * 1.5")
case("int negated", "w = 3\n", "k = -w\nn = -3\nloss = k * 1.5 + n * k", exact={"w": 1.5})
case("int kept in slots", "w = 3\n", """
class A:
    __slots__ = ("a",)
class B(A):
    __slots__ = ("b", "c")
x = B()
x.a, x.b = w + 1, w * 2
loss = w * 1.5""")
case("int kept in tuples of tuples", "w = 3\n",
     "import collections\nP = collections.namedtuple('P', 'a b')\nk = {1: (((w + 1, 2), 3), P(P(w * 2, 4), 5))}\nloss = w * 1.5")
case("int printed after the cell", "w = 3\n", "k = w * w\ns = [k]\nloss = k * 1.0")
case("int in a range", "w = 3\n", "r = range(w, w * 2)\nprint(list(r))\nloss = sum(r) * w * 1.0", exact={"w": 12.0})
case("int in a slice", "w = 3\n", "r = slice(w, w * 2)\nloss = w * 1.0")
case("int as a key", "w = 3\nd = {3: 2.0}\n", "loss = d[w] * w", exact={"w": 2.0})
case("int is", "w = 3\n", "print(w == 3, type(w) is int, type(w) == int, isinstance(w, int), w.__class__ is int)\nloss = w * 1.0", exact={"w": 1.0})
case("int type in a dict", "w = 3\nd = {int: 2.0, float: 3.0}\n", "loss = d[type(w)] * w + d[w.__class__]", exact={"w": 2.0})
case("int in match", "w = 3\n", "match w:\n    case 3:\n        loss = w * 2.0\n    case int():\n        loss = w * 3.0", exact={"w": 2.0})
case("int in json and format", "w = 3\n", "import json\nprint(json.dumps([w, w + 1]), f'{w:03d}', '%d' % w, '{:x}'.format(w), repr(w + 1))\nloss = w * 1.0", exact={"w": 1.0})
case("int and numpy types", "w = 3\n", "y = np.array([w, 1])\nprint(y.dtype, np.asarray(w).dtype, type(np.int64(w)), (np.ones(2, np.int8) * w).dtype)\nloss = np.sum(y * 1.0) + np.full(2, w).sum()", exact={"w": 3.0})
case("int array", "w = np.array([1, 2, 3])\n", "loss = np.sum(w ** 2 * 0.5)")
case("int array sum", "w = np.array([1, 2, 3])\n", "loss = np.sum(w ** 2) / 2 + w[0] * w[1]")
case("int8 array", "w = np.array([1, 2, 3], np.int8)\n", "loss = np.sum(w * 1.5)")
case("bool array is no parameter's leaf", "w = np.array([True, False])\nv = 2.0\n", "loss = np.sum(w * v)", "v")
case("np.float64", "w = np.float64(1.5)\n", "print(type(w), type(w * 2), w.dtype, w.shape)\nloss = w ** 2 + np.sin(w) + w.sum() + math.exp(w)")
case("np.float64 reduced", "w = np.float64(1.5)\n", "loss = w.max() * w.mean() + w.item() + w.astype(float) + w.real + w.T + w.ravel()[0] + w[()] + w[None][0]")
case("np.float32", "w = np.float32(1.5)\n", "print(type(w * 2), type(w * 2.0), type(w + np.float64(1)))\nloss = w * w * 2", rtol=1e-3)
case("np.int64", "w = np.int64(3)\n", "print(type(w * 2))\nloss = w * 1.5 + w ** 2")
case("np.complex128", "w = np.complex128(1 + 2j)\n", "loss = np.abs(w) ** 2 + w.real * w.imag")
case("complex parameter", "w = 1 + 2j\n", "loss = abs(w) ** 2 + w.real * w.imag + (w * w).real")
case("complex array", "w = np.array([1 + 2j, 3 - 1j])\n", "loss = np.sum(np.abs(w) ** 2) + np.sum((w ** 3).imag) + (w @ w).real")
case("complex to real by abs at zero", "w = np.array([0j, 3 - 1j])\n", "loss = np.sum(np.abs(w[1:]))")
case("complex64", "w = np.array([1 + 2j], np.complex64)\n", "loss = np.sum(np.abs(w) ** 2)", rtol=1e-3, atol=1e-3)
case("complex dropped", W, "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    y = (w * (1 + 1j)).astype(float)\nloss = np.sum(y ** 2)")
case("0-d array", "w = np.array(1.5)\n", "print(type(w), type(w * 2), w.shape)\nloss = w ** 2 + w[()] + w.item() + float(w)")
case("0-d array and an ellipsis", "w = np.array(1.5)\n", "loss = w[...] ** 2")
case("0-d array augmented", "w = np.array(1.5)\n", "y = w * 1\ny += w\nw += 1\nloss = y * 2")
case("0-d array read", "w = np.array(1.5)\n", "loss = np.sum(w) + np.max(w) * w.sum() + np.cumsum(w)[0] + np.reshape(w, 1)[0]")
case("empty array", "w = np.zeros((0, 3))\n", "loss = np.sum(w ** 2) + np.sum(w @ np.ones(3)) + np.prod(w)")
case("empty array and more", "w = np.zeros(0)\nv = 2.0\n", "loss = np.sum(w * v) + np.concatenate([w, [v]]).sum()", "w; v")
case("empty selection", W, "y = w[w > 100]\nloss = np.sum(y) + w[:0].sum() + w[0]")
case("maximum of nothing", W, "loss = np.max(w[:0])")
case("NaN in the parameter", "w = np.array([1.0, np.nan])\n", "loss = np.sum(np.where(np.isnan(w), 0.0, w) ** 2)",
     exact={"w": [2.0, 0.0]})
case("inf in the parameter", "w = np.array([1.0, np.inf])\n", "loss = np.sum(np.where(np.isinf(w), 0.0, w) ** 2)",
     exact={"w": [2.0, 0.0]})
case("NaN masked", "w = np.array([1.0, -1.0])\n", "with np.errstate(all='ignore'):\n    y = np.log(w)\nloss = np.sum(y[w > 0] ** 2) + w[0]")
case("NaN in a branch not taken", "w = np.array([4.0, -1.0])\n", "with np.errstate(all='ignore'):\n    y = np.where(w > 0, np.sqrt(w), w)\nloss = y.sum()")
case("sqrt at zero, masked", "w = np.array([4.0, 0.0])\n", "y = np.where(w > 0, np.sqrt(w), 2 * w)\nloss = y.sum()", exact={"w": [0.25, 2.0]})
case("slope at kinks", "w = np.array([0.0, 0.0])\n", "loss = np.sum(np.abs(w))", exact={"w": [0.0, 0.0]})
case("ties of max", "w = np.array([1.0, 1.0])\n", "loss = np.max(w) * 2.0")
case("float32 array", "w = np.array([1.5, 2.0], np.float32)\n", "y = w * 2.0\nprint(y.dtype, (w * np.ones(2)).dtype)\nloss = np.sum(y)", rtol=1e-3, atol=1e-3)
case("float16 array", "w = np.array([1.5, 2.0], np.float16)\n", "loss = np.sum(w)", exact={"w": [1.0, 1.0]})
case("longdouble array", "w = np.array([1.5, 2.0], np.longdouble)\n", "loss = np.sum(w ** 2)")
case("big-endian array", "w = np.array([1.5, 2.0], '>f8')\n", "loss = np.sum(w ** 2)")
case("read-only array", W + "w.flags.writeable = False\n", "y = w * 2\nprint(w.flags.writeable)\nloss = y.sum()")
case("read-only array written", W + "w.flags.writeable = False\n", "w[0] = 2.0\nloss = w.sum()")
case("Fortran order", "w = np.asfortranarray(np.arange(6.0).reshape(2, 3))\n",
     "print(w.flags.f_contiguous, (w * 2).flags.f_contiguous)\nloss = np.sum(w.ravel() * np.arange(6)) + np.sum(w.ravel('K') * 2)")
case("ravel in memory's order", "w = np.asfortranarray(np.arange(6.0).reshape(2, 3))\n", "loss = np.sum(w.ravel('K') * np.arange(6))")
case("negative strides", "w = np.arange(3.0)[::-1]\n", "loss = np.sum(w * np.arange(3)) + w[0] ** 2")
case("broadcast parameter", "w = np.broadcast_to(np.array([1.0]), (3,)).copy()\n", "loss = np.sum(w * np.arange(3))")
case("uneven zero strides", "b = np.array([2.0])\nw = np.array([1.0, 2.0, 3.0])\n", "y = np.broadcast_to(b, (3,))\nloss = np.sum(y * w)", "w; b")
case("constant written later", W + "c = np.ones(3)\n", "y = w * c\nc[:] = 7\nloss = np.sum(y * w)")
case("constant list changed later", W, "i = [0, 1]\ny = w[i] ** 2\ni[0] = 2\nloss = y.sum()")
case("constant index array changed later", W, "i = np.array([0, 1])\ny = w[i] ** 2\ni[:] = 2\nloss = y.sum()")
case("constant mask changed later", W, "m = w > 0\ny = w[m] ** 2\nm[:] = True\nloss = y.sum()")
case("where's mask changed later", W, "m = w > 0\ny = np.where(m, w ** 2, 3 * w)\nm[:] = False\nloss = y.sum()")
case("condition computed, then changed", W, "m = np.array([True, False, True])\ny = np.where(m, w ** 2, 3 * w)\nm ^= True\nloss = y.sum()")
case("constant written through a view later", W + "c = np.ones((2, 3))\nd = c[0]\n", "y = w * d\nc[:] = 7\nloss = np.sum(y * w)")
case("constant written by a callee later", W + "c = np.ones(3)\ndef f(x):\n    x[:] = 9\n", "y = w * c\nf(c)\nloss = np.sum(y * w)")
case("constant sorted later", W + "c = np.array([3.0, 2.0, 1.0])\n", "y = w * c\nc.sort()\nloss = np.sum(y * w)")
case("constant shuffled later", W + "c = np.array([3.0, 2.0, 1.0])\n", "y = w * c\nnp.random.default_rng(1).shuffle(c)\nloss = np.sum(y * w)")
case("constant written by out later", W + "c = np.ones(3)\n", "y = w * c\nnp.add(c, 5, out=c)\nloss = np.sum(y * w)")
case("constant written by positional out later", W + "c = np.ones(3)\n", "y = w * c\nnp.add(c, 5, c)\nloss = np.sum(y * w)")
case("constant written by a method's positional out", W + "c = np.ones(3)\n", "y = w * c\nnp.ones((2, 3)).sum(0, None, c)\nloss = np.sum(y * w)")
case("constant written by exec later", W + "c = np.ones(3)\n", "y = w * c\nexec('c[:] = 7')\nloss = np.sum(y * w)")
case("constant written in an unknown call later", W + "c = np.ones(3)\nfrom scipy import linalg\n",
     "y = w * c\nlinalg.solve(np.eye(3) * 2, c, overwrite_b=True)\nloss = np.sum(y * w)")
case("constant written by a memoryview later", W + "c = np.ones(3)\nm = memoryview(c)\n", "y = w * c\nm[0] = 7.0\nloss = np.sum(y * w)")
case("constant written by a slot's call", W + "c = np.ones(3)\n", "y = w * c\nc.__setitem__(0, 7.0)\nloss = np.sum(y * w)")
case("constant written by operator.setitem", W + "c = np.ones(3)\n", "import operator\ny = w * c\noperator.setitem(c, 0, 7.0)\nloss = np.sum(y * w)")
case("constant written by operator.iadd", W + "c = np.ones(3)\n", "import operator\ny = w * c\noperator.iadd(c, 7.0)\nloss = np.sum(y * w)")
case("constant written by __iadd__", W + "c = np.ones(3)\n", "y = w * c\nc.__iadd__(7.0)\nloss = np.sum(y * w)")
case("constant written by map", W + "c = np.ones(3)\n", "y = w * c\nlist(map(c.__setitem__, [0, 1], [7.0, 8.0]))\nloss = np.sum(y * w)")
case("constant written in a thread", W + "c = np.ones(3)\n", "import threading\ny = w * c\nt = threading.Thread(target=c.fill, args=(7.0,))\nt.start(); t.join()\ndel t\nloss = np.sum(y * w)")
case("constant written by a for target", W + "c = np.ones(3)\n", "y = w * c\nfor c[0] in [5.0, 6.0]:\n    pass\nloss = np.sum(y * w)")
case("constant written by a with target", W + "c = np.ones(3)\n", "import contextlib\ny = w * c\nwith contextlib.nullcontext(5.0) as c[0]:\n    pass\nloss = np.sum(y * w)")
case("constant written by a class of NumPy", W + "c = np.ones(3)\n", "y = w * c\nfor x in np.nditer(c, op_flags=['readwrite']):\n    x[...] = 7\nloss = np.sum(y * w)")
case("constant written by flat item", W + "c = np.ones(3)\n", "y = w * c\nc.flat[0] = 7\nloss = np.sum(y * w)")
case("constant written by flat kept", W + "c = np.ones(3)\nf = c.flat\n", "y = w * c\nf[0] = 7\nloss = np.sum(y * w)")
case("constant written by an iterated row", W + "c = np.ones((2, 3))\n", "y = np.sum(w * c, axis=0)\nfor r in c:\n    r += 5\nloss = np.sum(y * w)")
case("constant written by pandas", "import pandas as pd\nc = np.ones(3)\ns = pd.Series(c, copy=False)\n" + W,
     "y = w * c\ns.iloc[0] = 7.0\nloss = np.sum(y * w)")
case("result written by operator.setitem", W, "import operator\ny = w * 2\noperator.setitem(y, 0, 7.0)\nloss = np.sum(y * w)")
case("result written by __setitem__", W, "y = w * 2\ny.__setitem__(0, 7.0)\nloss = np.sum(y * w)")
case("result written by ndarray.__setitem__", W, "y = w * 2\nnp.ndarray.__setitem__(y, 0, 7.0)\nloss = np.sum(y * w)")
case("result written by ndarray.fill", W, "y = w * 2\nnp.ndarray.fill(y, 7.0)\nloss = np.sum(y * w)")
case("result written by operator.iadd", W, "import operator\ny = w * 2\noperator.iadd(y, w)\nloss = np.sum(y * w)")
case("result written by reduce with iadd", W, "import functools, operator\ny = functools.reduce(operator.iadd, [w, w], np.zeros(3))\nloss = np.sum(y * w)")
case("list extended by operator.iadd", W, "import operator\nk = [w]\noperator.iadd(k, [w * 2])\nloss = np.sum(k[1] * k[0])")
case("zeros written by operator.setitem", W, "import operator\ny = np.zeros(3)\noperator.setitem(y, 0, w[0])\nloss = np.sum(y ** 2)")
case("zeros written by __setitem__", W, "y = np.zeros(3)\ny.__setitem__(0, w[0])\nloss = np.sum(y ** 2)")
case("zeros written by map", W, "y = np.zeros(3)\nlist(map(y.__setitem__, range(3), w))\nloss = np.sum(y ** 2)")
case("zeros written by map of a lambda", W, "y = np.zeros(3)\ndef f(i):\n    y[i] = w[i] ** 2\nlist(map(f, range(3)))\nloss = np.sum(y ** 2)")
case("zeros written by a partial", W, "import functools\ny = np.zeros(3)\nf = functools.partial(y.__setitem__, 0)\nf(w[0])\nloss = np.sum(y ** 2)")
case("zeros written by add.at", W, "y = np.zeros(3)\nnp.add.at(y, [0], w[0])\nloss = np.sum(y ** 2)")
case("zeros written by put_along_axis", W, "y = np.zeros(3)\nnp.put_along_axis(y, np.array([0]), w[:1], 0)\nloss = np.sum(y ** 2)")
case("zeros written by place", W, "y = np.zeros(3)\nnp.place(y, y == 0, w)\nloss = np.sum(y ** 2)")
case("zeros written by putmask", W, "y = np.zeros(3)\nnp.putmask(y, y == 0, w)\nloss = np.sum(y ** 2)")
case("zeros written by a ufunc's at through a view", W, "y = np.zeros((2, 3))\nv = y[1]\nnp.add.at(v, [0], w[0])\nloss = np.sum(y ** 2)")
case("zeros written by a setter of pandas", "import pandas as pd\n" + W, "y = np.zeros(3)\ns = pd.Series(y, copy=False)\ns[:] = w\nloss = np.sum(s.to_numpy() ** 2) + w[0]")
case("zeros written in a list of arrays", W, "k = [np.zeros(3), np.zeros(3)]\nk[0][:] = w\nk[1] += w * 2\nloss = np.sum(k[0] * k[1])")
case("zeros written in an attribute", W, "class C: pass\nc = C()\nc.y = np.zeros(3)\nc.y[1:] += w[1:]\nc.y *= 2\nloss = np.sum(c.y ** 2)")
case("zeros written by a method", W, "class C:\n    def __init__(self): self.y = np.zeros(3)\n    def put(self, i, x): self.y[i] = x\nc = C()\nfor i in range(3):\n    c.put(i, w[i] ** 2)\nloss = c.y.sum()")
case("zeros read before and after", W, "y = np.zeros(3)\na = y.sum() + y[0]\ny[0] = w[0]\nb = y.sum()\nloss = a + b + w[1]")
case("view taken before, read after", W, "y = np.zeros(3)\nv = y[:2]\ny[0] = w[0]\nloss = np.sum(v ** 2)")
case("view of a view taken before, read after", W, "y = np.zeros((2, 3))\nv = y.T[::-1][1:]\ny[0] = w\nloss = np.sum(v ** 2)")
case("view kept in a container, read after", W, "y = np.zeros(3)\nk = {'v': y[:2]}\ny[:] = w\nloss = np.sum(k['v'] ** 2)")
case("view in a closure, read after", W, "y = np.zeros(3)\ndef make():\n    v = y[1:]\n    return lambda: np.sum(v ** 2)\nf = make()\ny[:] = w\nloss = f()")
case("view made above, base written", W + "y = np.zeros(3)\nv = y[1:]\n", "y[:] = w\nloss = np.sum(v ** 2)")
case("view made above, view written", W + "y = np.zeros(3)\nv = y[1:]\n", "v[:] = w[1:]\nloss = np.sum(y ** 2)")
case("two views of one base", W + "y = np.zeros(4)\na = y[:3]\nb = y[1:]\n", "a[:] = w\nloss = np.sum(b ** 2)")
case("view of a result, read after the result is written", W, "y = w * 2\nv = y[:2]\ny[0] = w[2]\nloss = np.sum(v ** 2)", refusal="never")
case("view of a result, read after another view is written", W, "y = w * 2\nv = y[:2]\nu = y[1:]\nu[0] = w[2]\nloss = np.sum(v ** 2)", refusal="never")
case("write at repeated places", W, "y = np.zeros(3)\ny[np.array([0, 1, 0])] = w\nloss = np.sum(y ** 2)", refusal="never")
case("write at repeated places behind a slice", "w = np.arange(6.0).reshape(2, 3)\n",
     "y = np.zeros((2, 4))\ny[:, [0, 1, 0]] = w\nloss = np.sum(y ** 2)", refusal="never")
case("write into a view that names an element twice", "w = np.arange(1.0, 7.0).reshape(3, 2)\n",
     "y = np.zeros(4)\nv = np.lib.stride_tricks.as_strided(y, (3, 2), (8, 8))\nv[...] = w\nloss = np.sum(y ** 2)")
case("unpacking behind a star", W, "a, *b, (c, d) = [w[0], 2.0, 3.0, w[1:]]\nloss = a * c + d ** 2", refusal="never")
case("parameter written after a model has read it", W, "v = np.var(w)\nw[:] = 0\nloss = v + np.sum(w)", refusal="never")
case("flat result written after a model has read it", W, "k = np.digitize(w, [0.0, 1.0])\nv = np.cov(w, k)[0, 1]\nk[:] = 0\nloss = v", refusal="never")
case("write, then a view", W, "y = np.zeros(3)\ny[:] = w\nv = y[::-1]\nloss = np.sum(v * np.arange(3))")
case("frombuffer shares memory", W, "y = np.zeros(3)\nv = np.frombuffer(y)\ny[:] = w\nloss = np.sum(v ** 2)")
case("frombuffer shares memory, made above", W + "y = np.zeros(3)\nv = np.frombuffer(y)\n", "y[:] = w\nloss = np.sum(v ** 2)")
case("memory shared by a bytearray", W + "m = bytearray(24)\ny = np.frombuffer(m)\nv = np.frombuffer(m)\n", "y[:] = w\nloss = np.sum(v ** 2)")
case("memory shared by ctypes", W + "y = np.zeros(3)\nv = np.ctypeslib.as_array(y.ctypes.data_as(__import__('ctypes').POINTER(__import__('ctypes').c_double)), (3,))\n",
     "y[:] = w\nloss = np.sum(v ** 2) + y[0]")
case("array.array shares memory", W + "import array\nm = array.array('d', [0.0] * 3)\ny = np.asarray(m)\n", "y[:] = w\nloss = m[0] ** 2 + y[1]")
case("parameter's memory shared by array.array", "import array\nm = array.array('d', [1.0, 2.0])\nw = np.frombuffer(m)\n",
     "loss = m[0] ** 2 + w[1]", exact={"w": [4.0 / 2, 1.0]})
case("memoryview of the parameter", W, "m = memoryview(w)\nloss = m[0] ** 2 + w[1]")
case("memoryview of the parameter made above", W + "m = memoryview(w)\n", "loss = m[0] ** 2 + w[1]")
case("parameter in a pandas series", "import pandas as pd\n" + W + "s = pd.Series(w, copy=False)\n", "loss = float(s.sum()) + w[0]")
case("matrix view of the parameter made above", W + "m = np.asmatrix(w)\n", "loss = float((m * m.T)[0, 0]) + w[0]")
case("list of rows of the parameter made above", "w = np.arange(4.0).reshape(2, 2)\nk = list(w)\n", "loss = np.sum(k[0] * k[1])")
case("flat of the parameter made above", W + "f = w.flat\n", "loss = f[0] ** 2 + w[1]")
case("iterator of the parameter made above", W + "it = iter(w)\n", "loss = next(it) ** 2 + w[1]")
case("bound method of the parameter made above", W + "total = w.sum\n", "loss = total() ** 2")
case("bound method of a float made above", S + "times = w.__mul__\n", "loss = times(2.0) + w", exact={"w": 1.0})
case("bound method kept", W, "total = (w * 2).sum\nloss = total() ** 2")
case("generator made above over the parameter", W + "g = (x ** 2 for x in w)\n", "loss = sum(g) + w[0]")
case("generator made above that reads the name", S + "g = (w * x for x in [1.0, 2.0])\n", "loss = sum(g) + w")
case("map made above", W + "m = map(lambda x: x ** 2, w)\n", "loss = sum(m) + w[0]")
case("partial made above", W + "import functools\nf = functools.partial(np.multiply, w)\n", "loss = np.sum(f(w))")
case("decorated function above", W + "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(x):\n        return f(x) * w[0]\n    return g\n@d\ndef f(x):\n    return np.sum(x ** 2)\n", "loss = f(w)")
case("function in an attribute above", W + "class C: pass\nc = C()\nc.f = lambda x: np.sum(x ** 2)\n", "loss = c.f(w)")
case("function in a dict above", W + "fs = {'relu': lambda x: np.maximum(x, 0)}\n", "loss = np.sum(fs['relu'](w) ** 2)")
case("instance made above", W + "class C:\n    def __init__(self, k): self.k = k\n    def __call__(self, x): return np.sum(x * self.k)\nc = C(w)\n", "loss = c(w)")
case("two functions on one line above", W + "f, g = (lambda x: np.sum(x ** 2)), (lambda x: np.sum(x ** 3))\n", "loss = f(w) * g(w)")
case("function that is also named otherwise", W + "def f(x):\n    return np.sum(x ** 2)\ng = f\ndef f(x):\n    return np.sum(x ** 3)\n", "loss = f(w) * g(w)")
case("parameters by default, called without", W, "def f(x=w):\n    return np.sum(x ** 2)\nloss = f() * f(2 * w)")
case("state kept between calls", S + "total = []\ndef log(x):\n    total.append(x)\n    return x\n", "loss = log(w ** 2) + total[-1]")
case("random numbers", W, "import random\nk = random.random()\nloss = np.sum(w) * k")
case("time", W, "import time\ntime.sleep(0)\nloss = np.sum(w)")
case("flat path only", S, "loss = float(int(w * 10)) + np.floor(w) + round(w)", exact={"w": 0.0})
case("a metric beside the loss", W, "m = np.median(w)\nt = np.sort(w)\nprint(m, t)\nloss = np.sum(w ** 2)", refusal="never")
case("a write beside the loss", W, "h = np.zeros(3)\nh[0] = w[0]\nhistory = [h]\nloss = np.sum(w ** 2)", refusal="never")

FRACTIONS = W + "from fractions import Fraction as F\nfrom datetime import timedelta\nk = F(1, 2)\n"
for number, text in enumerate([
        "loss = (w * k).sum()", "loss = (w * F(1, 3) * w).sum()", "loss = (w * (k, 2, 1)).sum()", "loss = (w - k).astype(float).sum()",
        "loss = (w / k)[0]", "loss = (w ** F(2, 1))[1]", "a = np.zeros(3)\na[:] = w * [2 ** 70, 1, 1]\nloss = a[0] / 1e21",
        "loss = sum(t.total_seconds() for t in w * timedelta(seconds=2))", "loss = np.inner(w, [k, 1, 1])", "loss = w @ [k, k, k]",
        "loss = np.dot(w * k, w)"]):
    case(f"numbers of other kinds beside an array {number}", FRACTIONS, text)


def cases():
    for name in CASES:
        marks = [pytest.mark.xfail(strict=True, reason=BROKEN[name])] if name in BROKEN else []
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", list(cases()))
def test_case(name):
    above, text, wrt, loss, options = CASES[name]
    check(above, text, wrt, loss, **options)
