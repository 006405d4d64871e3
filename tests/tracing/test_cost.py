"""What recording an operation costs, counted in calls of our functions: no clock."""

import pathlib
import sys

import pytest

import dpkernel.tracing
from dpkernel.runtime.cell import Cell
from support.cells import space_of

HERE = str(pathlib.Path(dpkernel.tracing.__file__).parent)
SETUP = "x = np.ones(20)\nw = 1.5\nM = np.eye(20)\ndef f(a):\n    return np.sin(a) * a"
STEPS = {       # what is repeated, and the most calls for each instruction that it records
    "sum and product": ("y = y * 1.01 + x", 17),         # two calls an iteration mark where it begins
    "numbers": ("v = v * 1.01 + w", 16),
    "function of NumPy's": ("y = np.tanh(y) + x", 20),
    "function of the user's": ("y = f(y)", 20),
    "matrix product": ("y = M @ y + x", 20),
    "write": ("z[i % 20] = y[i % 20] * 2.0", 28),
}


def calls_and_instructions(step, times):
    """Calls of functions of dpkernel.tracing while a cell repeats `step`, and instructions it records."""
    text = f"y = x\nv = w\nz = np.zeros(20)\nfor i in range({times}):\n    {step}\nloss = np.sum(y) + v"
    cell = Cell(text, space_of(SETUP))
    calls = 0

    def note(frame, event, argument):
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename.startswith(HERE)

    sys.setprofile(note)
    try:
        evaluation = cell.evaluate(["x", "w"], "loss")
    finally:
        sys.setprofile(None)
    return calls, evaluation.instructions


@pytest.mark.parametrize("name", STEPS)
def test_calls_for_each_recorded_operation(name):
    step, most = STEPS[name]
    calls, instructions = calls_and_instructions(step, 20)
    more_calls, more_instructions = calls_and_instructions(step, 60)
    assert (more_calls - calls) / (more_instructions - instructions) < most
