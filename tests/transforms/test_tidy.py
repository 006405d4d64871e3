"""Nothing is computed twice, nothing in a loop that could stand in front of it; and the values stay what they are."""

import numpy as np
import pytest

from dpkernel.capture.capture import capture
from dpkernel.ir.block import Block, Value
from dpkernel.ir.build import Builder
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.types import FLOAT, INT
from dpkernel.ir.verify import verify
from dpkernel.primitives import control
from dpkernel.primitives import elementwise as e
from dpkernel.primitives.functions import full, sin, update
from dpkernel.runtime import fast
from dpkernel.transforms.joint import joint
from dpkernel.transforms.tidy import tidied
from support.functions import FUNCTIONS


def loop_of(body):
    """A loop over i < n that adds body(i, n, x) to a number."""
    n, x, i, s = Value(INT), Value(FLOAT), Value(INT), Value(FLOAT)
    with Builder() as inner:
        result = s + body(i, n, x)
    with Builder() as outer:
        (t,) = outer.append(control.loop, (0, n, 1, 0.0), (FLOAT,), None, (Block([i, s], inner.instructions, [result]),))
    return Block([n, x], outer.instructions, [t])


def test_what_does_not_change_moves_out():
    block = verify(tidied(loop_of(lambda i, n, x: (n + 1) * 2 + sin(x) + i)))
    assert [i.primitive for i in block.instructions] == [e.add, e.multiply, control.loop]
    assert evaluate(block, [3, 0.5])[0] == pytest.approx(3 * (8 + np.sin(0.5)) + 3)


def test_the_same_is_computed_once():
    block = verify(tidied(loop_of(lambda i, n, x: sin(x) * sin(x) + i * 3 + i * 3)))
    body = block.instructions[-1].regions[0]
    assert [i.primitive for i in body.instructions].count(e.sin) == 1
    assert evaluate(block, [3, 0.5])[0] == pytest.approx(3 * np.sin(0.5) ** 2 + 18)


def test_numbers_of_other_types_are_others():
    x = Value(FLOAT)
    with Builder() as builder:
        results = [x * 2, x * 2.0, x * True]
    block = tidied(Block([x], builder.instructions, results))
    assert len(block.instructions) == 3


def test_each_new_array_stands_for_itself():
    with Builder() as builder:
        a, b = full(0, (2,), float), full(0, (2,), float)
        c = update(a, 1.0, 0, form="i")
    block = verify(tidied(Block([], builder.instructions, [b, c])))
    assert [list(y) for y in evaluate(block, [])] == [[0, 0], [1, 0]]


def test_nothing_happens_to_whole_numbers_that_do_nothing():
    n = Value(INT)
    with Builder() as builder:
        y = (n + 0) * 1 - 0
    assert tidied(Block([n], builder.instructions, [y])).results == [n]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient_in_one_program(name):
    """The joint program is well formed, and its loops run forward once: the value is computed in them, too."""
    f, arguments, numbers = FUNCTIONS[name]
    entry = fast.Entry(f, numbers)
    entry.captured = capture(f, arguments(6))
    block = verify(joint(entry.captured.block, entry.wanted(arguments(6))))
    assert evaluate(block, entry.inputs(arguments(6)))[0] == pytest.approx(f(*arguments(6)), rel=1e-12)
