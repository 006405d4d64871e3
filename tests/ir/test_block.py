"""Programs: verifier, evaluator, printer, regions."""

import numpy as np
import pytest

from dpkernel.errors import InternalError
from dpkernel.ir.block import Block, Instruction, Tape, Value
from dpkernel.ir.build import Builder, copied, emit
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.printer import format_block
from dpkernel.ir.types import FLOAT, INT, Type, type_of
from dpkernel.ir.verify import verify
from dpkernel.primitives import control
from dpkernel.primitives import elementwise as e
from dpkernel.primitives import functions as f
from dpkernel.primitives import index as ix
from dpkernel.source import Source, Span

VECTOR = type_of(np.zeros(3))


def square_sum():
    x = Value(VECTOR, "x")
    with Builder() as builder:
        builder.span = Span(Source("loss = np.sum(x * x)", "In [1]"), 1, 7, 1, 20)
        y = f.reduce_sum(x * x, (0,))
    return Block([x], builder.instructions, [y])


def test_evaluate():
    assert evaluate(verify(square_sum()), [np.arange(3.0)]) == [5.0]


def test_print():
    assert format_block(square_sum()).split("\n") == [
        "inputs x: float64[3]",
        "%2: float64[3] = multiply(x, x)   # line 1: np.sum(x * x)",
        "%3: float64 = reduce_sum(%2, axes=(0,))   # line 1: np.sum(x * x)",
        "results %3",
    ]


def test_a_literal_program_is_computed_at_once():
    with Builder() as builder:
        assert emit(e.add, 1, 2) == 3
    assert builder.instructions == []


def broken():
    block = square_sum()
    x, (first, second) = block.inputs[0], block.instructions
    other = Value(VECTOR)
    yield "an operand that nobody defines", Block([x], [Instruction(e.add, (other, 1.0), first.outputs), second], block.results)
    yield "an operand that is defined later", Block([x], [second, first], block.results)
    yield "a value defined twice", Block([x], [first, first, second], block.results)
    yield "a result that nobody defines", Block([x], block.instructions, [other])
    yield "a Value among the attributes", Block(
        [x], [first, Instruction(second.primitive, second.inputs, second.outputs, {"axes": x})], block.results)
    yield "a type of another rank", Block([x], [Instruction(e.multiply, (x, x), (Value(FLOAT),))], [x])
    yield "a type of another kind", Block([x], [Instruction(e.less, (x, x), (Value(VECTOR),))], [x])


@pytest.mark.parametrize("what, block", list(broken()), ids=lambda x: x if isinstance(x, str) else "")
def test_the_verifier_refuses(what, block):
    with pytest.raises(InternalError) as caught:
        verify(block)
    assert "this is a bug in dpkernel" in str(caught.value)


# regions: a factorial by a loop, by a while; a choice by a branch

def loop_program(trips):
    n = Value(INT, "n")
    i, p = Value(INT, "i"), Value(FLOAT, "p")
    with Builder() as builder:
        result = p * (i + 1)
    body = Block([i, p], builder.instructions, [result])
    out = Value(FLOAT)
    loop = Instruction(control.loop, (0, n, 1, 1.0), (out,), {}, (body,))
    return verify(Block([n], [loop], [out]))


@pytest.mark.parametrize("n, expected", [(0, 1.0), (1, 1.0), (5, 120.0)])
def test_loop(n, expected):
    assert evaluate(loop_program(n), [n]) == [expected]


def test_while_loop_counts_its_trips():
    x, c = Value(FLOAT, "x"), Value(FLOAT)
    y, limit = Value(FLOAT), Value(FLOAT, "limit")
    with Builder() as test:
        again = emit(e.less, c, limit)
    with Builder() as step:
        doubled = y * 2.0
    out, trips = Value(FLOAT), Value(INT)
    loop = Instruction(control.while_loop, (x,), (out, trips), {}, (
        Block([c], test.instructions, [again]), Block([y], step.instructions, [doubled])))
    block = verify(Block([x, limit], [loop], [out, trips]))
    assert evaluate(block, [1.0, 100.0]) == [128.0, 7] and evaluate(block, [1.0, 0.0]) == [1.0, 0]


def test_branch_reads_outer_values():
    x, s, t, u = Value(VECTOR, "x"), Value(Type("bool", np.dtype(bool)), "s"), Value(VECTOR), Value(VECTOR)
    outer = Value(VECTOR, "outer")
    with Builder() as then:
        a = t + outer
    with Builder() as orelse:
        b = -u
    out = Value(VECTOR)
    choice = Instruction(control.branch, (s, x), (out,), {}, (Block([t], then.instructions, [a]), Block([u], orelse.instructions, [b])))
    block = verify(Block([s, x, outer], [choice], [out]))
    np.testing.assert_array_equal(evaluate(block, [True, np.ones(3), np.ones(3)])[0], [2, 2, 2])
    np.testing.assert_array_equal(evaluate(block, [False, np.ones(3), np.ones(3)])[0], [-1, -1, -1])
    assert outer in Block([s, x], [choice], [out]).free_values()


def test_regions_that_do_not_fit_are_refused():
    i, p = Value(INT), Value(FLOAT)
    body = Block([i], [], [i])
    with pytest.raises(InternalError):
        verify(Block([p], [Instruction(control.loop, (0, 3, 1, p), (Value(FLOAT),), {}, (body,))], [p]))


# the evaluator and memory

def test_updates_are_in_place_only_where_nobody_sees_it():
    x = Value(VECTOR, "x")
    with Builder() as builder:
        a = f.update(x, 5.0, 0, form="i")           # x is the caller's
        b = f.update(a, 6.0, 1, form="i")           # a is read again below
        c = f.update(b, 7.0, 2, form="i")
    block = verify(Block([x], builder.instructions, [a, c]))
    held = np.zeros(3)
    first, last = evaluate(block, [held])
    assert held.tolist() == [0, 0, 0] and first.tolist() == [5, 0, 0] and last.tolist() == [5, 6, 7]


def test_an_update_leaves_a_view_taken_before_it():
    """The array is not read again, but its view is."""
    x = Value(VECTOR, "x")
    with Builder() as builder:
        a = f.update(x, 5.0, 0, form="i")
        view = f.reshape(a, (3, 1))
        b = f.update(a, 6.0, 0, form="i")
    block = verify(Block([x], builder.instructions, [view, b]))
    view, last = evaluate(block, [np.zeros(3)])
    assert view.tolist() == [[5], [0], [0]] and last.tolist() == [6, 0, 0]


def test_a_tape_brings_its_constants():
    x, c = Value(VECTOR, "x"), Value(VECTOR, "c")
    with Builder() as builder:
        y = x * c
    tape = verify(Tape([x], builder.instructions, [y], {c: np.array([1.0, 2.0, 3.0])}))
    assert evaluate(tape, [np.ones(3)])[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("subscript", [
    (slice(None), 1), (Ellipsis, None, 0), (np.array([0, 1]), slice(0, 2)), (np.array([True, False, True]),), 2,
])
def test_a_subscript_is_taken_apart_and_put_together(subscript):
    operands, form = ix.take_apart(subscript)
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(x[ix.subscript(operands, form)], x[subscript])
    out = ix.index.infer(Value(type_of(x)), *operands, form=form)
    assert out.shape == np.shape(x[subscript])


def test_a_loop_writes_into_what_it_carries_in_place():
    """One copy at the start, none in the iterations; the caller's array stays."""
    x, i, a = Value(VECTOR, "x"), Value(INT), Value(VECTOR)
    with Builder() as builder:
        b = f.update(a, 1.0, i, form="i")
    out = Value(VECTOR)
    block = verify(Block([x], [Instruction(control.loop, (0, 3, 1, x), (out,), {}, (Block([i, a], builder.instructions, [b]),))], [out]))
    held, copies = np.zeros(3), []
    plain = ix.update.evaluate
    ix.update.evaluate = lambda *operands, **attributes: copies.append(1) or plain(*operands, **attributes)
    try:
        assert evaluate(block, [held])[0].tolist() == [1, 1, 1] and held.tolist() == [0, 0, 0] and len(copies) == 1
    finally:
        ix.update.evaluate = plain


def test_what_a_region_also_reads_is_not_overwritten():
    """The loop carries a copy of an array and reads the array itself."""
    x, i, a = Value(VECTOR, "x"), Value(INT), Value(VECTOR)
    with Builder() as outer:
        y = f.full(1.0, (3,), np.float64)
    with Builder() as builder:
        b = f.update(a, f.index(y, i, form="i") * 2.0, i - 1, form="i")
    out = Value(VECTOR)
    loop = Instruction(control.loop, (0, 3, 1, y), (out,), {}, (Block([i, a], builder.instructions, [b]),))
    assert evaluate(verify(Block([x], [*outer.instructions, loop], [out])), [np.zeros(3)])[0].tolist() == [2, 2, 2]


def test_an_array_that_is_carried_twice_is_not_overwritten():
    """After the first iteration both carried values are one array; the second one is read after the first is written."""
    x, i, a, b, t = Value(VECTOR, "x"), Value(INT), Value(VECTOR), Value(VECTOR), Value(FLOAT)
    with Builder() as builder:
        c = f.update(a, i + 1.0, i, form="i")
        s = t + f.reduce_sum(b, (0,))
    outs = Value(VECTOR), Value(VECTOR), Value(FLOAT)
    loop = Instruction(control.loop, (0, 3, 1, x, x, 0.0), outs, {}, (Block([i, a, b, t], builder.instructions, [c, c, s]),))
    assert evaluate(verify(Block([x], [loop], [outs[2]])), [np.zeros(3)]) == [0 + 1 + 3]


def test_copies_have_values_of_their_own_also_in_shapes():
    """Extents that the program computes are exchanged with the rest."""
    n = Value(INT, "n")
    with Builder() as builder:
        m = n + 1
        x = f.full(0.0, (m,), np.float64)
    mapping = {n: Value(INT)}
    first, second = copied(builder.instructions, mapping)
    assert second.output.type.shape == (first.output,) and mapping[x] is second.output and mapping[m] is not m
