"""Where arrays lie: every view is found by its address, read and written through the owner."""

import itertools

import numpy as np
import pytest

from dpkernel.derivatives import NO_DERIVATIVE, RULES
from dpkernel.derivatives.forms import Linear, Partials
from dpkernel.ir.block import Block, Value
from dpkernel.ir.build import Builder
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.types import type_of
from dpkernel.ir.verify import verify
from dpkernel.tracing.memory import Pair, locate, owner_of
from dpkernel.tracing.writes import LINEAR


def random_view(rng, x):
    """A view of a view of ... an array, made by NumPy's own functions."""
    for _ in range(rng.integers(0, 4)):
        way = rng.integers(0, 11)
        if way == 0 and x.ndim:
            x = x[tuple(slice(int(rng.integers(0, n)), None, int(rng.choice([1, 2]))) for n in x.shape)]
        elif way == 1 and x.ndim:
            x = x[..., ::-1]
        elif way == 2:
            x = x.transpose(rng.permutation(x.ndim))
        elif way == 3 and x.ndim > 1:
            x = x[int(rng.integers(0, len(x)))]
        elif way == 4:
            x = x[..., None]
        elif way == 5 and x.ndim > 1:
            x = np.diagonal(x)
        elif way == 6 and x.flags.c_contiguous:
            x = x.reshape(-1)
        elif way == 7 and x.ndim == 1 and len(x) > 2:
            x = np.lib.stride_tricks.sliding_window_view(x, 2)
        elif way == 8 and x.dtype.kind == "c":
            x = x.real if rng.random() < 0.5 else x.imag
        elif way >= 9 and x.ndim and x.strides[-1] == x.itemsize:
            if x.dtype.kind == "c":
                x = x.view(x.real.dtype)
            elif x.shape[-1] % 2 == 0:
                x = x.view(np.result_type(x, np.complex64))
    return x


@pytest.mark.parametrize("number", range(500))
def test_view(number):
    rng = np.random.default_rng(number)
    shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
    owner = np.empty(shape, rng.choice([np.float64, np.float32, np.complex128]), order=rng.choice(["C", "F"]))
    owner[...] = rng.normal(size=shape)
    x = random_view(rng, owner)
    if owner_of(x) is not owner or x.size == 0:
        return
    place = locate(owner, x)
    contents = owner.copy("K")
    np.testing.assert_array_equal(place.take(contents), x)
    base = Value(type_of(owner))
    with Builder() as builder:
        read = place.read(base)
    np.testing.assert_array_equal(evaluate(Block([base], builder.instructions, [read]), [contents])[0], x)
    value = rng.normal(size=x.shape).astype(x.dtype) * np.array(1 + 2j if x.dtype.kind == "c" else 1, x.dtype)
    with Builder() as builder:
        new = place.put(base, Value(type_of(value)))
    if new is None:         # it names an element twice
        assert any(np.unique(part.positions).size < part.positions.size
                   for part in ([place.real, place.imag] if isinstance(place, Pair) else [place]))
        return
    given = Value(type_of(value))
    with Builder() as builder:
        new = place.put(base, given)
    written = evaluate(verify(Block([base, given], builder.instructions, [new])), [contents, value])[0]
    x.flags.writeable = True
    x[...] = value
    np.testing.assert_array_equal(written, owner)


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))), ids=str)
@pytest.mark.parametrize("order", "CF")
def test_a_view_with_its_axes_in_another_order_is_written(axes, order):
    owner = np.zeros((4, 3, 5), order=order)
    x = owner[1:3].transpose(axes)          # extents 2, 3, 5
    value = np.random.default_rng(0).normal(size=x.shape)
    base, given = Value(type_of(owner)), Value(type_of(value))
    with Builder() as builder:
        new = locate(owner, x).put(base, given)
    written = evaluate(verify(Block([base, given], builder.instructions, [new])), [owner.copy("K"), value])[0]
    x[...] = value
    np.testing.assert_array_equal(written, owner)


def test_a_view_that_names_an_element_twice_is_not_put():
    """What is written there last wins: no subscript says that of its gradient."""
    owner = np.zeros(4)
    x = np.lib.stride_tricks.as_strided(owner, (3, 2), (8, 8))
    assert locate(owner, x).put(Value(type_of(owner)), Value(type_of(x))) is None


def test_bytes_read_as_something_else_are_not_located():
    x = np.zeros(4)
    assert locate(x, x.view(np.int64)) is None and locate(x, x.view(np.float32)) is None
    y = np.zeros(9, np.uint8)
    assert locate(y, y[1:].view(np.float64)) is None


def test_the_primitives_whose_operands_are_not_read_are_linear():
    for primitive in LINEAR:
        rule = RULES[primitive]
        if isinstance(rule, Partials):
            assert all(
                isinstance(function(*[Value(type_of(1.0))] * (len(rule.functions) + 1)), int)
                for function in rule.functions
            ), primitive
        else:
            assert isinstance(rule, Linear) and rule.together, primitive
        assert primitive not in NO_DERIVATIVE
