"""Code of packages that calls the user's functions: never silently wrong, whatever it makes of what it gets.

In:  cells that use an installed package, `vendor`.
Out: each leaves what the plain cell leaves; the very objects that come back have their gradient, and what the package
     has computed is refused.
"""

import os
import sys

import numpy as np
import pytest

from support.cells import check, run_traced
from support.notebook import Notebook

CODE = '''
import functools
import numpy as np

HOOKS, KEPT, CONFIG, SCALE = {}, {}, {}, 1.0

def apply(f, x=2.0): return f(x)
def twice(f, x=1.5): return f(f(x))
def scaled(f, x=2.0): return 3.0 * f(x)
def table(f, n=4): return [f(k / n) for k in range(n)]
def integral(f, a, b, n=8):
    h = (b - a) / n
    return h * sum(f(a + (k + 0.5) * h) for k in range(n))
def root(f, a, b):
    for _ in range(40):
        m = 0.5 * (a + b)
        a, b = (m, b) if f(m) < 0 else (a, m)
    return m
def count(predicate): return sum(1 for k in range(5) if predicate(float(k)))
def fill(out, f):
    for k in range(len(out)): out[k] = f(float(k))
def schedule(f, times=3):
    for k in range(times): f(k + 1.0)
def sweep(f):
    buffer = np.zeros(2)
    for k in range(3):
        buffer[:] = k, k + 1
        f(buffer)
def growing(out, f):
    for k in range(len(out)):
        out[k] = k * 2.0
        f(out)
def chain(*steps):
    def run(x=1.0):
        for step in steps: x = step(x)
        return x
    return run
def stream(f, n=3):
    for k in range(n): yield f(k + 1.0)
def doubled(f, n=3):
    for k in range(n): yield 2.0 * f(k + 1.0)
def counted(f):
    @functools.wraps(f)
    def wrapper(*args):
        wrapper.calls += 1
        return f(*args)
    wrapper.calls = 0
    return wrapper
def on(name):
    def decorate(f):
        HOOKS[name] = f
        return f
    return decorate
def fire(name, x=2.0): return HOOKS[name](x) * 1.0
def fire_same(name, x=2.0): return HOOKS[name](x)
def keep(f): KEPT["y"] = f(2.0) * 2.0
def kept(): return KEPT["y"]
def kept_again(): return KEPT["y"] + 0.0
def text(f): return "%.17g" % f(2.0)
def swallow(f):
    try: return f(1.0)
    except ValueError as problem: return problem.args[0] * 1.0
def register(cls):
    cls.total = cls().value * 1.0
    return cls
def answer(x, f): x.answer = f(2.0) + 1.0
def configured(x=2.0): return inner(x)
def inner(x): return CONFIG["k"] * x
def globally(x=2.0): return SCALE * x
def whole(f): return 2 * f()
def spell(f, g): return g("%.6f" % f(2.0))
def share(record, f):
    f(record)
    return record["y"] * 2.0
def handed(f, g):
    record = {}
    f(record)
    return g(record["y"] * 2.0)
def hidden(f, g):
    class Event: pass
    event = Event()
    event.time = f(1.0) * 2.0
    return g(event)

class Hub:
    best = None
    @classmethod
    def keep(cls, f): cls.best = f(2.0) * 2.0
class Unit:
    factor = 2.0
    def scaled(self, x=3.0): return self.factor * x
    @property
    def unit(self): return self.factor * 1.0
    @classmethod
    def of_class(cls, x=3.0): return cls.factor * x
class Node:
    def __init__(self, value): self.value = value
    def __add__(self, other): return Node(self.value + getattr(other, "value", other))
    def map(self, f): return Node(f(self.value))
class Chain:
    def __init__(self, *steps): self.steps = steps
    def __call__(self, x=1.0):
        for step in self.steps: x = step(x)
        return x
class Lazy:
    def __init__(self, f): self.f = f
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, x, owner=None):
        x.__dict__[self.name] = y = self.f(x) * 1.0
        return y
class Positive:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, x, owner=None): return getattr(x, self.name)
    def __set__(self, x, value): setattr(x, self.name, abs(value) * 1.0)
class Base:
    def __init__(self, k=1.0, *rest, unit=2.0, **more):
        self.k, self.hooked = k * unit, self.compute() * 2.0
    def compute(self): return 1.0
    @property
    def double(self): return self.compute() * 2.0
    def __getattr__(self, name):
        if name == "auto": return self.compute() * 5.0
        raise AttributeError(name)
    def __add__(self, other):
        new = type(self).__new__(type(self))
        new.k = self.k + getattr(other, "k", other)
        return new
    def __getitem__(self, i): return self.k * i
    def __call__(self, x): return self.k * x
    def __lt__(self, other): return self.k < other.k
    def __float__(self): return float(self.k)
    def __iter__(self):
        for i in range(3): yield self.k * i
    def __enter__(self): return self.compute() * 2.0
    def __exit__(self, *problem): self.left = self.compute() * 4.0
    def run(self, n=3): return sum(self.step(k + 1.0) for k in range(n))
'''
BEGIN = "import vendor, itertools, functools, collections, concurrent.futures, threading, random\nw, q, n = 1.3, 0.7, 3\nv = np.array([0.5, 1.5])\n"
MINE = "class M(vendor.Base):\n    def compute(self): return w\n"
CASES = {       # name: (above, cell)
    "the very object": ("", "loss = vendor.apply(lambda t: w * t ** 2)"),
    "the very object, handed back": ("", "loss = vendor.twice(lambda t: w * t)"),
    "the very objects of a generator, one after another": ("", "loss = next(vendor.stream(lambda t: w * t))"),
    "a constant that the user's function gives": ("", "loss = vendor.apply(lambda t: 2.0 if w > 0 else w) * w"),
    "a decorator that only counts": ("", "f = vendor.counted(lambda t: w * t)\nloss = f(2.0) * f.calls + f(3.0)"),
    "numbers of the user's own, kept aside": ("", "log = []\nvendor.schedule(lambda t: log.append(w * t))\nloss = sum(log)"),
    "numbers of the user's own, in an array": ("", "acc = np.zeros(3)\ndef f(t): acc[int(t) - 1] = w * t\nvendor.schedule(f)\nloss = acc @ [1.0, 2.0, 3.0]"),
    "numbers of the user's own, in a name": ("", "def g(w):\n    s = 0.0\n    def f(t):\n        nonlocal s\n        s += w * t\n    vendor.schedule(f)\n    return s\nloss = g(w)"),
    "a predicate": ("", "loss = vendor.count(lambda t: t > w) * w"),
    "a buffer that the package writes between the calls": ("", "log = []\nvendor.sweep(lambda b: log.append(np.sum(np.sin(v * b))))\nloss = sum(log) + v[0]"),
    "an array of the user's that the package writes between the calls": ("", "out = np.zeros(3)\nlog = []\nvendor.growing(out, lambda o: log.append(w * o.sum() + np.sum(w * o)))\nloss = log[0] + log[1] * log[2]"),
    "nothing depends on it": ("", "loss = vendor.root(lambda t: t ** 2 - 2.0, 0.0, 3.0) * w"),
    "threads": ("", "with concurrent.futures.ThreadPoolExecutor(2) as ex: loss = sum(ex.map(lambda k: w * k, [1.0, 2.0, 3.0]))\ndel ex"),
    "a thread": ("", "out = []\nt = threading.Thread(target=lambda: out.append(w ** 2)); t.start(); t.join()\nloss = out[0]\ndel t"),
    "a dict of Python's own": ("", "class U(collections.UserDict):\n    def __getitem__(s, k): return super().__getitem__(k) * w\nu = U(a=2.0)\nloss = u['a'] + u.get('a') + sum(u.values())"),
    "a list of Python's own": ("", "u = collections.UserList([1.0, w]) + [2.0]\nloss = u[0] * u[1] * u[2] + sum(u)"),
    "a parser of Python's own": ("import html.parser", "class P(html.parser.HTMLParser):\n    def __init__(s): super().__init__(); s.t = 0.0\n    def handle_starttag(s, tag, attrs): s.t = s.t * 0.5 + w\n    def handle_data(s, d): s.t = s.t + float(d) * w\np = P(); p.feed('<a>1.5</a><b>2.25</b>')\nloss = p.t"),
    "constants in the package's names and classes": ("", "vendor.CONFIG['k'] = 4.0\nloss = (vendor.configured() + vendor.Unit().scaled() + vendor.Unit.of_class()) * w + vendor.Unit().unit * w"),
    "a list of numbers that were there": ("", "loss = sum(vendor.apply(lambda t: t, [2.0, w, 3.0]))"),
    "methods in C of a class below list": ("", "class L(list): pass\nl = L([2.0, w, 3.0])\nloss = l.pop() * w + l.pop(0) * l.pop()"),
    "methods of a base that nobody changes": ("", "class M(vendor.Base): pass\nm = M()\nloss = m[1] * w"),
}
REFUSED = {
    "computed from what it got": ("", "loss = vendor.scaled(lambda t: w * t)"),
    "an integral": ("", "loss = vendor.integral(lambda t: w * t, 0.0, 1.0)"),
    "a root": ("", "loss = vendor.root(lambda t: t ** 2 - w, 0.0, 3.0)"),
    "arguments that it makes when it was given something": ("", "loss = sum(vendor.table(lambda t: w * t ** 2))"),
    "arguments made of what came back": ("", "import math\nloss = vendor.Chain(lambda t: t * w, math.sin, lambda t: t + w)()"),
    "arguments made of what came back, a closure": ("", "import math\nloss = vendor.chain(lambda t: t * w, math.sin, lambda t: t + w)()"),
    "an object with what came back": ("", "loss = vendor.hidden(lambda t: w * t, lambda event: event.time * w)"),
    "put into the user's array": ("", "out = np.zeros(3)\nvendor.fill(out, lambda t: w * t)\nloss = np.sum(out)"),
    "put into an object of the user's": ("", "class A: pass\na = A()\nvendor.answer(a, lambda t: t * w)\nloss = a.answer"),
    "read from a dict that both know": ("", "def f(record): record['y'] = w\nloss = vendor.share({}, f)"),
    "written, and handed on": ("", "def f(record): record['y'] = w\nloss = vendor.handed(f, lambda t: t * w)"),
    "a generator that computes": ("", "loss = 0.0\nfor x in vendor.doubled(lambda t: t * w): loss += x ** 2"),
    "as text": ("", "loss = float(vendor.text(lambda t: t * w))"),
    "in an exception": ("", "def f(t): raise ValueError(w * t)\nloss = vendor.swallow(f)"),
    "in a module": ("", "vendor.keep(lambda t: w * t)\nloss = vendor.kept()"),
    "in a module, computed again": ("", "vendor.keep(lambda t: w * t)\nloss = vendor.kept_again()"),
    "in a class": ("", "vendor.Hub.keep(lambda t: w * t)\nloss = vendor.Hub.best"),
    "a function registered above": ("@vendor.on('a')\ndef h(t): return t * w\n", "loss = vendor.fire('a')"),
    "a function registered above, without a name": ("vendor.on('a')(lambda t: t * w)\n", "loss = vendor.fire_same('a')"),
    "a closure registered above": ("def make(box):\n    vendor.on('a')(lambda t: t * box[0] * w)\nmake([2.0])\n", "loss = vendor.fire('a')"),
    "a class decorator": ("", "@vendor.register\nclass M:\n    value = w\nloss = M.total"),
    "an operator of a package's class": ("", "loss = (vendor.Node(2.0).map(lambda t: t * w) + 1.0).value"),
    "a descriptor that computes": ("", "class A:\n    @vendor.Lazy\n    def y(self): return w ** 2\nloss = A().y"),
    "a descriptor that stores": ("", "class A:\n    y = vendor.Positive()\n    def __init__(s, y): s.y = y\nloss = A(w).y * 2"),
    "in the package's names": ("", "vendor.CONFIG['k'] = w\nloss = vendor.configured()"),
    "in the package's module": ("", "vendor.SCALE = w\nloss = vendor.globally()\nvendor.SCALE = 1.0"),
    "in the package's class": ("", "vendor.Unit.factor = w\nloss = vendor.Unit().scaled()\nvendor.Unit.factor = 2.0"),
    "in the package's class, a property": ("", "vendor.Unit.factor = w\nloss = vendor.Unit().unit\nvendor.Unit.factor = 2.0"),
    "in the package's class, of the class": ("", "vendor.Unit.factor = w\nloss = vendor.Unit.of_class()\nvendor.Unit.factor = 2.0"),
    "a whole number computed": ("", "loss = vendor.whole(lambda: n) * 1.0"),
    "text handed on": ("", "loss = vendor.spell(lambda t: t * w, lambda s: float(s) * w)"),
    "base: made": ("", "class M(vendor.Base): pass\nloss = M(w).k"),
    "base: made with names": ("", "class M(vendor.Base): pass\nloss = M(2.0, 1, unit=w, other=3).k"),
    "base: made, a hook": ("", MINE + "loss = M().hooked"),
    "base: super": ("", "class M(vendor.Base):\n    def __init__(self, k): super().__init__(k)\nloss = M(w).k"),
    "base: property": ("", MINE + "loss = M().double"),
    "base: property by its name": ("", MINE + "loss = getattr(M(), 'double')"),
    "base: __getattr__": ("", MINE + "loss = M().auto"),
    "base: +": ("", "class M(vendor.Base): pass\nloss = (M(w) + M(2.0)).k"),
    "base: + number": ("", "class M(vendor.Base): pass\nloss = (M(2.0) + w).k"),
    "base: item": ("", "class M(vendor.Base): pass\nloss = M(w)[2]"),
    "base: call": ("", "class M(vendor.Base): pass\nloss = M(w)(3.0)"),
    "base: float": ("", "class M(vendor.Base): pass\nloss = float(M(w)) * 2"),
    "base: sum": ("", "class M(vendor.Base): pass\nloss = sum(M(w))"),
    "base: for": ("", "class M(vendor.Base): pass\nloss = 0.0\nfor x in M(w): loss += x"),
    "base: unpacked": ("", "class M(vendor.Base): pass\na, b, c = M(w)\nloss = b + c"),
    "base: with": ("", MINE + "with M() as x: loss = x * 2"),
    "base: behind with": ("", MINE + "m = M()\nwith m: pass\nloss = m.left"),
    "base: compared": ("", "class M(vendor.Base): pass\nloss = max(M(w), M(0.2)).k"),
    "base: a template": ("", "class M(vendor.Base):\n    def step(self, t): return t * w\nloss = M().run()"),
}


@pytest.fixture(autouse=True, scope="module")
def vendor(tmp_path_factory):
    """An installed package `vendor`."""
    folder = tmp_path_factory.mktemp("environment") / "site-packages"
    folder.mkdir()
    (folder / "vendor.py").write_text(CODE)
    sys.path.insert(0, os.fspath(folder))
    yield
    sys.path.remove(os.fspath(folder))
    sys.modules.pop("vendor", None)


@pytest.mark.parametrize("place", ["cell", "function"])
@pytest.mark.parametrize("name", [*CASES, *REFUSED])
def test_right_or_refused(name, place):
    above, text = {**CASES, **REFUSED}[name]
    if place == "function":
        text = "def program():\n    global loss\n" + "".join(f"    {line}\n" for line in text.split("\n")) + "program()"
    wrt = ["v"] if "v *" in text else ["n"] if "lambda: n" in text else ["w"]
    check(BEGIN + "vendor.HOOKS.clear(), vendor.KEPT.clear()\n" + above, text, wrt, refusal="must" if name in REFUSED else "never")


def test_packages_have_their_own_code_afterwards():
    import vendor

    before = {name: f.__code__ for name, f in vars(vendor.Base).items() if hasattr(f, "__code__")}
    getter = vendor.Base.double.fget.__code__
    run_traced(BEGIN, MINE + "loss = M().double + float(M(w))", ["w"])
    run_traced(BEGIN, MINE + "loss = M().double + missing", ["w"])
    assert all(vars(vendor.Base)[name].__code__ is code for name, code in before.items())
    assert vendor.Base.double.fget.__code__ is getter and sys.getprofile() is None


def test_somebody_elses_profiler_is_left_alone():
    seen = []
    sys.setprofile(lambda *event: seen.append(event[1]))
    try:
        traced = run_traced(BEGIN, "loss = vendor.scaled(lambda t: w * t)", ["w"])
        assert sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert seen and traced.lesson is not None


def test_the_exception_of_a_door_is_the_plain_one():
    check(BEGIN, "class M(vendor.Base): pass\nM(1, 2)[w]['a']", ["w"], "w")
    check(BEGIN, "class M(vendor.Base): pass\nM(unit='a')", ["w"], "w")
    check(BEGIN, "class M(vendor.Base): pass\nM().missing", ["w"], "w")


def test_a_notebook_goes_on_after_a_refusal():
    book = Notebook()
    book.good("import vendor\nw = 1.5")
    assert "vendor" in str(book.run("%%grad loss --wrt w\nclass M(vendor.Base): pass\nloss = M(w).k").error)
    book.good("%%grad loss --wrt w\nloss = w * M(2.0).k")
    assert book.namespace["grads"]["w"] == 4.0 and np.isfinite(book.namespace["loss"])
