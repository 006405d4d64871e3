"""The static analysis of names, on small cells with known answers."""

import ast

import pytest

from dpkernel import names


def reads(text, places=()):
    return names.reads_before_writes(ast.parse(text), places)


@pytest.mark.parametrize("text, expected", [
    ("y = w * x", ["w", "x"]),
    ("x = 2.0; y = x**3", []),
    ("w = w * 2", ["w"]),
    ("w += b", ["w", "b"]),
    ("w[0] = b", ["b", "w"]),
    ("w[i] += b", ["w", "i", "b"]),
    ("a, (b, *c) = d; e = a + b + c", ["d"]),
    ("a: float = b", ["float", "b"]),
    ("del w", ["w"]),
    ("import numpy as np, os.path; y = np.sum(os)", []),
    ("from m import f as g; g(f)", ["f"]),
    # what may be skipped writes nothing for certain
    ("if c: x = 1\ny = x", ["c", "x"]),
    ("if c: x = 1\nelse: x = 2\ny = x", ["c"]),
    ("if c: x = 1\nelse: raise E\ny = x", ["c", "E"]),
    ("for i in n: s = i\ny = s", ["n", "s"]),
    ("for i in n:\n  s = i\n  t = s", ["n"]),
    ("while t > 0: t = t - dt", ["t", "dt"]),
    ("with f() as g: x = g\ny = x", ["f"]),
    ("try: x = f()\nexcept E as e: print(e)\ny = x", ["f", "E", "print", "x"]),
    ("try: x = f()\nexcept E: x = 0\ny = x", ["f", "E"]),
    ("try: f()\nfinally: x = 1\ny = x", ["f"]),
    ("match v:\n  case [a, *b]: y = a\n  case {'k': c, **d}: y = d\n  case _: y = c", ["v", "c"]),
    ("match v:\n  case P.Q if g: y = 1\nz = y", ["v", "P", "g", "y"]),
    # expressions
    ("[w * x for x in xs if x > lo]", ["xs", "lo", "w"]),
    ("{k: v for k, v in d.items()}", ["d"]),
    ("[[a for a in row] for row in rows]", ["rows"]),
    ("(n := m) + n", ["m"]),
    ("c and (n := m); y = n", ["c", "m", "n"]),
    ("a if c else b", ["c", "a", "b"]),
    ("f'{w:.{digits}f}'", ["w", "digits"]),
    # functions: defaults now, bodies when their names are used
    ("def f(x, k=k0): return x * scale\nscale = 3.0\ny = f(2)", ["k0"]),
    ("def f(x): return x * scale\ny = f(2)\nscale = 3.0", ["scale"]),
    ("def f(x): return x * scale", []),
    ("def f(): return g()\ndef g(): return w\nf()", ["w"]),
    ("def f(n): return w * f(n - 1)\nf(3)", ["w"]),
    ("def f():\n  a = w\n  def g(): return a + b\n  return g\nf()", ["b", "w"]),
    ("f = lambda x: x * scale\nscale = 1\nf(1)", []),
    ("g(lambda x: x * scale)", ["g", "scale"]),
    ("@d\ndef f(h=lambda: q): return w\nf()", ["d", "q", "w"]),
    ("class C(B):\n  k = w\n  def m(self): return v\nC()", ["B", "w", "v"]),
])
def test_reads_before_writes(text, expected):
    assert reads(text) == expected


@pytest.mark.parametrize("text, expected", [
    ("params['w'] = 0.0; y = params['w']", ["params"]),
    ("params['w'] = params['w'] * 2", ["params", "params['w']"]),
    ("params[ 'w' ] += 1", ["params['w']", "params"]),
    ("f(params); params['w'] = 1", ["f", "params", "params['w']"]),
    ("params['b'] = 0.0", ["params", "params['w']"]),
])
def test_places_are_followed_like_names(text, expected):
    assert sorted(reads(text, ["params['w']"])) == sorted(expected)


@pytest.mark.parametrize("text, expected", [
    ("a = 1; b += 1; c: int = 2; (d, [*e]) = f; g.h = 1; i[j] = 2", "abcde"),
    ("for a in b:\n  c = 1\nelse: d = 2", "acd"),
    ("with a as b: c = 1", "bc"),
    ("try: a = 1\nexcept E as b: c = 2\nfinally: d = 3", "abcd"),
    ("import a.b, c as d\nfrom e import f, g as h", "adfh"),
    ("def f(x): y = 1\nclass C: z = 1\ng = lambda q: q", "fCg"),
    ("def f():\n  global a\n  a = 1\n  b = 2", "fa"),
    ("[x for x in y if (a := x)]", "a"),
    ("match v:\n  case {'k': a, **b}: pass\n  case [*c]: pass\n  case P(d) as e: pass", "abcde"),
    ("from m import *", ""),
])
def test_assigned(text, expected):
    assert names.assigned(ast.parse(text)) == set(expected)


@pytest.mark.parametrize("text, expected", [
    ("loss = w", "loss"),
    ("np.sum( w**2 )", "np.sum(w ** 2)"),
    ("loss += w;", "loss"),
    ("loss: float = w", "loss"),
    ("loss: float", None),
    ("d['loss'] = w", "d['loss']"),
    ("a = b = w", "a"),
    ("a, b = w", None),
    ("for i in n: loss = i", None),
    ("", None),
])
def test_loss_of_last_statement(text, expected):
    assert names.loss_of_last_statement(ast.parse(text)) == expected


def test_mentioned_looks_into_functions():
    assert names.mentioned(ast.parse("def f(): return w\nv += 1\nz = [x for x in y]")) == set("wvxy")


def test_written_places():
    assert names.written_places(ast.parse("a.b = 1; c[ 'd' ] += 2; e = f.g")) == {"a.b", "c['d']"}


@pytest.mark.parametrize("name, line", [("y", 3), ("f", 1), ("p['q']", 4), ("w", None), ("i", 2)])
def test_first_write(name, line):
    tree = ast.parse("def f(): w = 1\nfor i in n:\n  y = i\np['q'] = 1\ny = 2")
    statement = names.first_write(tree, name)
    assert (statement and statement.lineno) == line


@pytest.mark.parametrize("text, expected", [
    ("from numpy import *", True),
    ("exec('a = 1')", True),
    ("get_ipython().run_line_magic('run', 'x.py')", True),
    ("from numpy import sum", False),
    ("y = executor(1)", False),
])
def test_may_define_anything(text, expected):
    assert names.may_define_anything(ast.parse(text)) is expected


@pytest.mark.parametrize("text, line", [
    ("a = 1\nb = await f()", 2),
    ("async with a: pass", 1),
    ("if c:\n  async for a in b: pass", 2),
    ("x = [a async for a in b]", 1),
    ("x = [await a for a in b]", 1),
    ("async def f(): await g()", None),
])
def test_top_level_await(text, line):
    node = names.top_level_await(ast.parse(text))
    assert (node and node.lineno) == line


@pytest.mark.parametrize("text, root", [
    ("w", "w"), ("params['b']", "params"), (" net.layers[0].W ", "net"), ("w + 1", None), ("f().x", None),
])
def test_root_name(text, root):
    assert names.root_name(text) == root


def test_normalise():
    assert names.normalise(' params[ "b" ] ') == "params['b']"
    with pytest.raises(SyntaxError):
        names.normalise("w +")
