"""Loops are one instruction, and mean what was recorded."""

import contextlib
import io
import linecache

import numpy as np
import pytest

from dpkernel.ir.block import Block
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.verify import verify
from dpkernel.primitives import control
from dpkernel.runtime import gradient
from dpkernel.runtime.cell import Cell
from dpkernel.transforms import pullback, pushforward, value_and_gradient
from dpkernel.transforms.roll import roll
from support.cells import check
from support.loop_programs import loop_program
from support.loops import LOOPS


def recorded(above, text, wrt, monkeypatch):
    """(tape as recorded, tape with loops, notes, values of the parameters)."""
    held = []

    def spy(tape, marks, objects):
        rolled, notes = roll(tape, marks, objects)
        held.append((tape, verify(rolled), notes, dict(objects)))
        return rolled, notes

    monkeypatch.setattr(gradient, "roll", spy)
    space, above = {"np": np, "__name__": "__main__"}, f"import math\n{above}"
    filename = f"<above {abs(hash(above)):x}>"
    linecache.cache[filename] = (len(above), None, above.splitlines(True), filename)
    exec(compile(above, filename, "exec"), space)
    with contextlib.redirect_stdout(io.StringIO()):
        Cell(text, space).evaluate(wrt, "loss")
    flat, rolled, notes, objects = held[0]
    return flat, rolled, notes, [objects[v] for v in flat.inputs], objects


def sizes(name):
    above, text, wrt, counts = LOOPS[name]
    return [(above.replace("{n}", str(n)), text, wrt) for n in counts]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LOOPS)
def test_the_number_of_instructions_does_not_depend_on_the_number_of_iterations(name, monkeypatch):
    tapes = [recorded(*cell, monkeypatch) for cell in sizes(name)]
    (_, few, notes, _, _), (flat, many, more_notes, _, _) = tapes
    assert len(few.instructions) == len(many.instructions) and not notes and not more_notes
    assert any(i.primitive is control.loop for i in many.instructions) and 3 * total(many) < 2 * len(flat.instructions)


def total(block):
    """All instructions, those in regions included."""
    return sum(1 + sum(map(total, i.regions)) for i in block.instructions)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LOOPS)
def test_as_a_cell(name):
    """Differences, and the plain cell's namespace and output."""
    above, text, wrt = sizes(name)[0]
    loose = "float32" in above
    check("import numpy as np, math\n" + above, text, wrt, refusal="never", rtol=1e-2 if loose else 2e-5, atol=1e-2 if loose else 1e-6)


def derivative_of(tape, inputs, objects, directions=None):
    """The loss with its gradient; with directions also their derivatives along these."""
    with np.errstate(all="ignore"):
        block = value_and_gradient(Block(tape.inputs, tape.instructions, tape.results))
        if directions is not None:
            block = pushforward(block, tape.inputs)
        verify(block, block.free_values())
        known = {v: tape.constants[v] if v in tape.constants else objects[v] for v in block.free_values()}
        return evaluate(block, [*inputs, *(directions or ())], known)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in LOOPS if n not in ("random draws and text", "a smoother with boundaries")])
def test_first_and_second_derivatives_are_those_of_the_iterations(name, monkeypatch):
    """Reverse mode, and forward over reverse."""
    flat, rolled, _, inputs, objects = recorded(*sizes(name)[0], monkeypatch)
    rng = np.random.default_rng(0)
    inputs = [gradient.as_numpy(x, True) for x in inputs]
    directions = [np.asarray(rng.normal(size=np.shape(x)), np.asarray(x).dtype)[()] for x in inputs]
    for x, y in zip(*(derivative_of(tape, inputs, objects, directions) for tape in (rolled, flat)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5 if "32" in name else 1e-9, atol=1e-10)


@pytest.mark.filterwarnings("ignore")
def test_random_loops(seed, monkeypatch):
    """The gradient of the rolled program is that of the recorded one, to rounding."""
    above, text = loop_program(seed)
    flat, rolled, _, _, objects = recorded(above, text, ["p", "q", "s"], monkeypatch)
    if not np.abs(objects[flat.results[0]]) < 1e8:
        return
    found = []
    for tape in (flat, rolled):
        with np.errstate(all="ignore"):
            back = pullback(tape, tape.inputs, tape.results)
            verify(back, back.free_values())
            program = Block(tape.inputs, [*tape.instructions, *back.instructions], back.results)
            known = {v: tape.constants.get(v, objects.get(v)) for v in program.free_values()}
            inputs = [objects[v] for v in tape.inputs]
            found.append(evaluate(Block([*tape.inputs, *back.inputs], program.instructions, program.results), [*inputs, 1.0], known))
    for x, y in zip(*found):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-9 * (1 + np.max(np.abs(y))))


@pytest.mark.filterwarnings("ignore")
def test_random_loops_against_differences(seed):
    if seed % 4 == 0:
        above, text = loop_program(seed)
        check("import numpy as np\n" + above, text, ["p", "q", "s"], refusal="never", rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("rows", ["out", "out[::-1]", "out[::2]", "out[3:] + out[:3]", "[out[0]] + out", "out + other"])
def test_arrays_of_results_in_any_order(rows):
    """What a loop has put into a list: only rows that follow each other are one piece of its history."""
    check("import numpy as np\nx = np.linspace(0.2, 0.9, 3)", f"""
out, other = [], []
for i in range(9):
    out.append(np.sin(x * i))
    other.append(np.cos(x + i))
a = np.array({rows})
loss = np.sum(a * np.arange(a.size).reshape(a.shape))
""", ["x"], refusal="never")


RARE = {
    "the last iteration reads an older value":
        "L = [x * 1.0]\nfor i in range(9):\n    L.append(np.sin(L[i if i < 8 else 3]) * x)\nloss = np.sum(L[-1])",
    "windows with other steps":
        "t = 0.0\nfor i in range(8):\n    k = 1 + i % 2\n    t = t + np.sum(np.sin(x[0:4 * k:k]) * (i + 1))\nloss = t",
    "windows between an ellipsis and a new axis":
        "A = np.outer(x[:3], x)\nt = 0.0\nfor i in range(7):\n    t = t + np.sum(np.sin(A[..., i:i + 2, None]) * (i + 1))\nloss = t",
    "what depends on a parameter in the first iteration only":
        "t, y = x[1], 0.0\nfor i in range(9):\n    y = y + np.sin(t) * x\n    t = 0.5 * i\nloss = np.sum(y)",
}


@pytest.mark.parametrize("name", RARE)
def test_rare_ways_to_hang_together(name):
    check("import numpy as np\nx = np.linspace(0.2, 0.9, 8)", RARE[name], ["x"], refusal="never")


@pytest.mark.parametrize("text, reason", [
    ("u = x\nfor i in range(9):\n    u = u[1:] * 2\nloss = np.sum(u)", "`u[1:]` on line 3 has another shape or type in each iteration"),
    ("u = x\nfor i in range(20):\n    for _ in range(i % 3):\n        u = u * 2.0\n    if i > 9: u = u + 1\nloss = np.sum(u)", None),
])
def test_what_stays_unrolled_is_said(text, reason, monkeypatch):
    _, _, notes, _, _ = recorded("x = np.ones(12)", text, ["x"], monkeypatch)
    assert [why for _, why in notes] == ([reason] if reason else []), notes


def test_a_loop_that_is_not_reached_costs_nothing(monkeypatch):
    """Unknown calls beside the loss, in a loop, are no error."""
    flat, rolled, _, _, _ = recorded(
        "import json\nx = np.ones(3)", "y = 0.0\nfor i in range(9):\n    y = y + np.sum(x * i)\n    json.loads(json.dumps(float(y)))\nloss = y",
        ["x"], monkeypatch)
    assert len(rolled.instructions) == 1


HOSTILE = {
    "a sum that no model covers, in a loop": "y = 0.0\nfor i in range(9):\n    z = sum([x, np.array([1, 2, 3], object)])\n    y = y + np.sum(x) * i\nloss = y",
    "a list that changes while it is gone through": "L = [1.0, 2.0]\ny = 0.0\nfor v in L:\n    y = y + v * x[0]\n    if len(L) < 9: L.append(v * 0.5)\nloss = y",
    "a generator between two loops": "def g():\n    for k in range(12):\n        yield x[k % 3] * k\nit = g()\ny = 0.0\nfor a in it:\n    y += a * next(it, 1.0)\nloss = y",
    "two generators at once": "a = (v * 2 for v in x)\nb = (v * k for k, v in enumerate(list(x) * 2))\nloss = sum(p * q for p, q in zip(a, b))",
    "recursion through a loop": "def walk(d, v):\n    if d == 0: return v\n    t = 0.0\n    for k in range(4):\n        t = t + walk(d - 1, v * x[k % 3])\n    return np.tanh(t)\nloss = walk(3, x[0])",
    "return out of two loops": "def f(x):\n    s = 0.0\n    for i in range(9):\n        for j in range(9):\n            s = s + x[j % 3] * i\n            if s > 9: return s\n    return s\nloss = 0.0\nfor k in range(8): loss = loss + f(x * (1 + k))",
    "break, else, continue": "s = 0.0\nfor i in range(20):\n    for j in range(20):\n        if j * s > 5: break\n        if j % 3 == 1: continue\n        s = s + x[j % 3] * 0.1\n    else:\n        s = s * 0.9\nloss = s",
    "while with an else and a walrus": "s, n = x[0], 0\nwhile (n := n + 1) < 15:\n    s = np.sin(s) + x[n % 3] * 0.1\nelse:\n    s = s * 2\nloss = s",
    "an exception caught outside the loop": "s = 0.0\ntry:\n    for i in range(99):\n        s = s + x[i]\nexcept IndexError:\n    s = s * 2\nloss = s + sum(x[k % 3] for k in range(9))",
    "a loop that only shuffles objects": "L = list(x)\nfor i in range(10): L = L[1:] + L[:1]\nloss = L[0] * 3 + L[1]",
    "dictionaries of numbers": "d = {k: x[k % 3] for k in range(6)}\nfor r in range(8):\n    d = {k: d[(k + 1) % 6] * 0.9 + d[k] * 0.1 for k in d}\nloss = sum(d.values()) + d[2]",
    "a matrix that grows": "M = x[:1].reshape(1, 1)\nfor k in range(6):\n    M = np.block([[M, np.ones((len(M), 1))], [np.ones((1, len(M))), x[:1].reshape(1, 1) * k]])\nloss = np.sum(M ** 2)",
    "old values from far behind": "L = [x[0], x[1], x[2]]\nfor k in range(30): L.append(L[k] * 0.5 + L[-3] * L[k // 2])\nloss = L[-1] + L[7]",
    "the same array under many names": "a = x.copy(); rows = [a[k:] for k in range(3)]\nfor k in range(12):\n    rows[k % 3][0] *= 1.1\n    a[k % 3] += rows[0][2] * 0.1\nloss = np.sum(a ** 2)",
    "an array that the loop makes anew and one that it keeps": "keep = []\na = x.copy()\nfor k in range(10):\n    b = a\n    a = a * 0.9\n    b[0] += x[1]\n    keep.append(b)\nloss = sum(np.sum(b) for b in keep) + np.sum(a)",
    "complex numbers": "z = x[0] + 1j * x[1]\nc = z\nfor k in range(12):\n    c = c * c * 0.3 + z\nloss = abs(c) ** 2",
    "whole numbers from a float": "s = 0.0\nfor k in range(12):\n    n = int(abs(s) * 3) % 3\n    s = s * 0.7 + x[n]\nloss = s",
    "draws": "rng = np.random.default_rng(0)\ns = 0.0\nfor k in range(12):\n    s = s * 0.5 + rng.normal(x[0], abs(x[1]) + 0.1)\nloss = s",
    "zero, one, many inner iterations": "s = 0.0\nfor i in range(14):\n    for j in range(i % 5):\n        s = s * 0.9 + x[j % 3]\n    for j in range(3 - i % 4):\n        s = s - 0.1 * x[j]\nloss = s",
    "attributes and closures": "class C: pass\nc = C(); c.v = x[0]\ndef make(k):\n    def f(a): return a * x[k % 3] + c.v\n    return f\nfor k in range(9):\n    c.v = np.tanh(make(k)(c.v))\nloss = c.v",
    "a loop over a set, a dict, a string": "s = 0.0\nfor ch in 'abcabcabc': s += x['abc'.index(ch)] * 0.5\nfor k, v in {'a': 0, 'b': 1, 'c': 2, 'd': 0, 'e': 1}.items(): s = s * x[v]\nfor k in {0, 1, 2}: s += x[k]\nloss = s",
    "match in a loop": "s = 0.0\nfor p in [(0, 1.0), (1, 2.0), 'x', (2, 3.0), (0, 1.0), (1, 2.0), 'x', (2, 3.0)] * 2:\n    match p:\n        case (k, w): s = s + x[k] * w\n        case _: s = s * 0.5\nloss = s",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_loops(name):
    check("import numpy as np\nx = np.array([0.4, 0.7, 1.1])", HOSTILE[name], ["x"], refusal="never", rtol=1e-5, atol=1e-7)
