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
    assert any(i.primitive is control.loop for i in many.instructions) and 3 * total(many) < 2 * len(flat.instructions) or name == "convolution"


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
    try:
        flat, rolled, _, _, objects = recorded(above, text, ["p", "q", "s"], monkeypatch)
    except (ZeroDivisionError, OverflowError, IndexError):
        pytest.skip("the program itself raises")
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
