"""Derivatives of loops and branches made by hand: bounds, steps, whiles, zero trips."""

import numpy as np
import pytest

from dpkernel.ir.block import Block, Instruction, Value
from dpkernel.ir.build import Builder, emit
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.types import FLOAT, INT, type_of
from dpkernel.ir.verify import verify
from dpkernel.primitives import control
from dpkernel.primitives import elementwise as e
from dpkernel.primitives import functions as f
from dpkernel.transforms import pushforward, value_and_gradient
from dpkernel.transforms.regions import tape_bytes

VECTOR = type_of(np.zeros(5))


def loop(lo, hi, step, inits, body):
    """Append a loop; `body(i, *params)` emits a region and returns what is carried."""
    builder = f.current_builder()
    types = [x.type if isinstance(x, Value) else type_of(x) for x in inits]
    i, params = Value(INT, "i"), [Value(t) for t in types]
    with Builder() as inner:
        results = body(i, *params)
    outs = tuple(Value(t) for t in types)
    builder.instructions.append(Instruction(control.loop, (lo, hi, step, *inits), outs, None, (Block([i, *params], inner.instructions, results),)))
    return outs


def program(build):
    """A Block with inputs x (5,) and s (), and the result of `build(x, s)`."""
    x, s = Value(VECTOR, "x"), Value(FLOAT, "s")
    with Builder() as builder:
        y = build(x, s)
    return verify(Block([x, s], builder.instructions, [y]))


def with_range(lo, hi, step):
    def build(x, s):
        a, t = loop(lo, hi, step, (x, s), lambda i, a, t: (
            f.update(a, f.index(a, i, form="i") * t + f.index(x, i, form="i"), i, form="i"), f.sin(t) + f.index(a, i, form="i") * i))
        return f.reduce_sum(a * a, (0,)) + t * s
    return build


def with_while(x, s):
    """Doubles t while it is small."""
    builder = f.current_builder()
    c, p, out, trips = Value(FLOAT), Value(FLOAT), Value(FLOAT), Value(INT)
    with Builder() as test:
        again = emit(e.less, c, 5.0)
    with Builder() as step:
        next_t = p * (1.5 + f.index(x, 0, form="i"))
    builder.instructions.append(Instruction(control.while_loop, (s,), (out, trips), None, (
        Block([c], test.instructions, [again]), Block([p], step.instructions, [next_t]))))
    return out * s


def with_branch(x, s):
    """In a loop: even iterations square, odd ones read the outer array."""
    def body(i, t):
        builder = f.current_builder()
        a, b, out = Value(FLOAT), Value(FLOAT), Value(FLOAT)
        with Builder() as then:
            squared = f.sin(a) * a * s
        with Builder() as orelse:
            moved = b * f.index(x, i, form="i")
        builder.instructions.append(Instruction(control.branch, (f.equal(i % 2, 0), t), (out,), None, (
            Block([a], then.instructions, [squared]), Block([b], orelse.instructions, [moved]))))
        return (out + t,)
    return loop(0, 5, 1, (s,), body)[0] * s


def with_branch_alone(x, s):
    return with_branch_of(x, s, f.greater(s, 0.0))


def with_branch_of(x, s, condition):
    builder = f.current_builder()
    a, b, out = Value(VECTOR), Value(VECTOR), Value(VECTOR)
    with Builder() as then:
        first = f.update(a, s * s, 1, form="i")
    with Builder() as orelse:
        second = b * s
    builder.instructions.append(Instruction(control.branch, (condition, x), (out,), None, (
        Block([a], then.instructions, [first]), Block([b], orelse.instructions, [second]))))
    return f.reduce_sum(out * x, (0,))


def nested(x, s):
    """Triangular: the inner bound is the outer index."""
    def outer(i, t):
        return loop(0, i, 1, (t,), lambda j, u: (u + f.index(x, i, form="i") * f.sin(f.index(x, j, form="i") * u),))
    return loop(0, 5, 1, (s,), outer)[0]


def read_freely(x, s):
    """The inner loop reads what the outer one carries, and nothing else does."""
    def outer(i, t):
        (r,) = loop(0, 3, 1, (0.0,), lambda j, u: (u + t * (j + 1.0),))
        return (r * r * s * 0.1,)
    return loop(0, 3, 1, (s,), outer)[0] * f.index(x, 0, form="i")


def replaced(x, s):
    """What is carried depends on s in the first iteration only."""
    _, b = loop(0, 4, 1, (s, 0.0), lambda i, a, b: (i * 1.0, b + f.sin(a) * (i + 1.0)))
    return b * b * f.index(x, 0, form="i")


def with_arms(x, s):
    """Each arm reads another operand."""
    def body(i, t):
        (a, b), (c, d), out = (Value(VECTOR), Value(FLOAT)), (Value(VECTOR), Value(FLOAT)), Value(FLOAT)
        with Builder() as then:
            total = f.reduce_sum(a * a, (0,))
        with Builder() as orelse:
            square = d * d
        f.current_builder().instructions.append(Instruction(control.branch, (f.equal(i % 2, 0), x * t, t), (out,), None, (
            Block([a, b], then.instructions, [total]), Block([c, d], orelse.instructions, [square]))))
        return (out * 0.5 + t,)
    return loop(0, 3, 1, (s,), body)[0]


BUILDS = {
    "forwards": with_range(0, 5, 1), "in steps": with_range(0, 5, 2), "backwards": with_range(4, -1, -1), "backwards in steps": with_range(3, -1, -2),
    "no trips": with_range(3, 3, 1), "no trips backwards": with_range(0, 3, -1), "one trip": with_range(2, 3, 1), "from 1": with_range(1, 4, 1),
    "while": with_while, "branch in a loop": with_branch, "branch": with_branch_alone, "triangular": nested,
    "read freely": read_freely, "replaced": replaced, "arms": with_arms,
}


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("s", [0.7, -0.4])
def test_derivatives(name, s):
    """The gradient agrees with differences, and the derivative of the gradient with differences of it."""
    if name == "while" and s < 0:
        s = 0.4
    block = program(BUILDS[name])
    x, rng = np.linspace(0.2, 0.9, 5), np.random.default_rng(1)
    x_dot, s_dot = rng.normal(size=5), 0.3
    first = verify(value_and_gradient(block))
    _, x_bar, s_bar = evaluate(first, [x, s])

    def moved(h):
        return [x + h * x_dot, s + h * s_dot]

    h = 1e-6
    slope = (evaluate(block, moved(h))[0] - evaluate(block, moved(-h))[0]) / (2 * h)
    assert x_bar @ x_dot + s_bar * s_dot == pytest.approx(slope, rel=1e-7, abs=1e-9)
    push = verify(pushforward(block))
    assert evaluate(push, [x, s, x_dot, s_dot])[1] == pytest.approx(slope, rel=1e-7, abs=1e-9)
    second = verify(pushforward(first))
    found = evaluate(second, [x, s, x_dot, s_dot])
    for k, (up, down) in enumerate(zip(evaluate(first, moved(h)), evaluate(first, moved(-h)))):
        np.testing.assert_allclose(found[3 + k], (up - down) / (2 * h), rtol=1e-6, atol=1e-7)


def test_what_nobody_needs_is_not_carried():
    x, s = Value(VECTOR, "x"), Value(FLOAT, "s")
    with Builder() as builder:
        _, t = loop(0, 5, 1, (x, s), lambda i, a, t: (f.update(a, t, i, form="i"), t * 2.0))
    found = value_and_gradient(Block([x, s], builder.instructions, [t]))
    assert [len(i.inputs) - 3 for i in found.instructions if i.primitive is control.loop and i.inputs[2] == -1] == [1]


def test_the_array_is_not_kept_for_a_stencil():
    """What the way back reads are numbers: the tapes have one number an iteration, not the array."""
    x, s = Value(VECTOR, "x"), Value(FLOAT, "s")
    with Builder() as builder:
        (a,) = loop(1, 4, 1, (x,), lambda i, a: (f.update(a, f.index(a, i - 1, form="i") * f.index(a, i, form="i"), i, form="i"),))
        y = f.reduce_sum(a, (0,))
    found = value_and_gradient(Block([x, s], builder.instructions, [y]))
    tapes = [i.output.type.shape for i in found.instructions if i.primitive.name == "full" and i.output.type.shape]
    assert sum(int(np.prod(shape)) for shape in tapes if shape != (5,)) <= 2 * 3


def test_what_is_kept_grows_with_the_sum_of_the_trips():
    """The inner loop keeps its tape while its outer iteration is on the way back only."""
    def kept(n):
        x, s = Value(VECTOR, "x"), Value(FLOAT, "s")
        with Builder() as builder:
            (t,) = loop(0, n, 1, (s,), lambda i, t: loop(0, n, 1, (t,), lambda j, u: (f.sin(u) * u,)))
        return tape_bytes(value_and_gradient(Block([x, s], builder.instructions, [t])))

    assert (kept(10), kept(100)) == (80, 800)
