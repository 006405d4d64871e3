"""Derivatives in which what was not used counts for nothing, whatever its own derivative would be.

In:  a block without loops, as for pullback and pushforward.
Out: a block that gives the same derivatives, but where a zero would be multiplied by an infinity or NaN.
Start at `pullback` and `pushforward`.

`y = np.log(x); y[x == 0] = 0` has the slope 0 at 0: the infinite one of log(0) was overwritten. Its cotangent is 0
there, but 0 * inf is NaN. A zero that came about by chance (`np.sqrt(x) ** 2` at 0) has to stay one; so beside each
cotangent goes its *presence*, 0 where no path leads to the loss at all, and what has none is left out of products.
So is what an infinity is multiplied with, where the result stays infinite and what is made of it is flat there.
It is needed where the ordinary derivative has a NaN, and costs as much again.
"""

import numpy as np

from ..derivatives import RULES
from ..derivatives.forms import Partials
from ..ir.block import Block, Instruction, Value, type_of_operand
from ..ir.build import Builder
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import linalg as la
from ..primitives import products, reduce, shape
from ..primitives.functions import (
    broadcast_along, broadcast_to, equal, full, isinf, reduce_sum, reshape, select, sum_to, zeros_like,
)
from .activity import active_values
from .dead_code import without_dead_code
from .forward import spread
from .reverse import NotDifferentiable, fit, unmasked

CHOOSES = frozenset({   # their result does not depend on all elements of an operand
    ix.index, ix.update, e.select, e.maximum, e.minimum, e.fmax, e.fmin, reduce.reduce_max, reduce.reduce_min,
})
MOVES = CHOOSES | {     # what their derivatives do to a cotangent they do to its presence
    ix.add_at, shape.reshape, shape.broadcast_to, shape.transpose, shape.concatenate, shape.full,
    reduce.reduce_sum, reduce.cumsum, e.as_float,
}
SAME = frozenset({e.absolute, e.real, e.imag, e.conjugate, e.cast})     # element by element, as all with partials
OF_MATRICES = frozenset({la.solve, la.inverse, la.det, la.logabsdet, la.cholesky, la.singular_values})
PRODUCTS = frozenset({products.matmul, products.einsum})


def pullback(block, wrt, results=None, seeds=None):
    """As `reverse.pullback`; a cotangent that comes in is present where it is not 0."""
    results = block.results if results is None else results
    active = active_values(block, wrt)
    given = [Value(type_of_operand(y).tangent) for y in results] if seeds is None else seeds
    found = {}          # Value -> (cotangent, presence; None where it is present everywhere)
    with Builder() as builder:
        for y, y_bar in zip(results, given):
            if isinstance(y, Value) and y in active:
                _add(found, y, y_bar, _flag(y_bar) if isinstance(y_bar, Value) else None)
        for instruction in reversed(block.instructions):
            if instruction.output in found:
                builder.span = instruction.span
                _pull(instruction, found, active)
        builder.span = None
        bars = [found[x][0] if x in found else zeros_like(x) for x in wrt]
    return without_dead_code(Block(given if seeds is None else [], builder.instructions, bars))


def _pull(instruction, found, active):
    y_bar, there = found.pop(instruction.output)
    rule = RULES.get(instruction.primitive)
    if rule is None:
        raise NotDifferentiable(instruction)
    wanted = [isinstance(x, Value) and x in active for x in instruction.inputs]
    accumulate = getattr(rule, "accumulate", None)
    if accumulate and instruction.inputs[0] in found:      # into the cotangent that is there already
        x, add = instruction.inputs[0], accumulate[0]
        x_bar, before = found[x]
        rest = instruction.inputs, instruction.attributes
        found[x] = add(x_bar, y_bar, *rest[0], **rest[1]), None if before is None else \
            add(before, _as_value(there, instruction.output), *rest[0], **rest[1])
        return
    bars = rule.pull(instruction, y_bar, wanted)
    moved = None
    if instruction.primitive in CHOOSES or there is not None and instruction.primitive in MOVES:
        moved = rule.pull(instruction, _as_value(there, instruction.output), wanted)
    elif there is not None and instruction.primitive in PRODUCTS:
        moved = rule.pull(_of_ones(instruction), there, wanted)
    for n, (x, x_bar) in enumerate(zip(instruction.inputs, bars, strict=True)):
        if x_bar is not None:
            moves = _where_it_moves(instruction, n, y_bar, there)
            present = unmasked(moved[n]) if moved else _pulled(instruction, rule, moves, x)
            _add(found, x, unmasked(x_bar), present)


def _pulled(instruction, rule, there, x):
    """The presence of an operand's cotangent, from that of the result's."""
    if instruction.primitive is e.multiply:
        there = _where_true(instruction, x, there)
    if there is None or _is_elementwise(instruction, rule):
        return there
    kind = type_of_operand(x)
    if "axes" in instruction.attributes:
        return broadcast_along(there, kind.shape, instruction.attributes["axes"])
    stack = len(kind.shape) - 2
    if stack > 0 and instruction.primitive in OF_MATRICES and there.type.shape[:stack] == kind.shape[:stack]:     # matrix by matrix
        there = reduce_sum(there, tuple(range(stack, len(there.type.shape))))
        return broadcast_to(reshape(there, (*kind.shape[:stack], 1, 1)), kind.shape)
    return broadcast_to(_anywhere(there), kind.shape)


def _where_it_moves(instruction, n, y_bar, there):
    """Where what is made of a result that stays infinite is flat, a factor counts for nothing."""
    stays = _stays_infinite(instruction, n)
    if stays is None:
        return there
    there = _as_value(there, instruction.output)
    return select(stays, select(equal(y_bar, 0), 0.0, there), there)


def _stays_infinite(instruction, n):
    """Where the result is infinite whatever operand `n` is: infinity times a number, or divided by one."""
    if instruction.primitive not in (e.multiply, e.divide) or instruction.output.type.dtype.kind != "f":
        return None
    other = instruction.inputs[1 - n]
    return isinf(other) if isinstance(other, Value) or np.any(np.isinf(other)) else None


def _where_true(instruction, x, there):
    """A product with True and False chooses as well."""
    others = [other for other in instruction.inputs if other is not x and type_of_operand(other).dtype.kind == "b"]
    return select(others[0], _as_value(there, instruction.output), 0.0) if others else there


def _of_ones(instruction):
    """The same product with all elements 1: it says which elements of a result an element of an operand is in."""
    ones = [full(1.0, kind.shape, float) if kind.shape else 1.0 for kind in map(type_of_operand, instruction.inputs)]
    return Instruction(instruction.primitive, ones, instruction.outputs, instruction.attributes, (), instruction.span)


def _is_elementwise(instruction, rule):
    """True also for a function with partials of the user's own."""
    own = instruction.attributes.get("rule")
    return isinstance(rule, Partials) or instruction.primitive in SAME or own is not None and own.partials is not None


def _add(found, x, x_bar, there):
    """Leave out what is not present, and add the rest to what is there."""
    if there is not None:
        x_bar = select(equal(there, 0), 0.0, x_bar)
        there = sum_to(there, x.type.shape)
    x_bar = fit(x_bar, x.type)
    if x in found:
        before, was = found[x]
        x_bar = before + x_bar
        there = None if was is None or there is None else _flag(was + there)
    found[x] = x_bar, there


def pushforward(block, wrt=None):
    """As `forward.pushforward`; a tangent that comes in is present where it is not 0."""
    wrt = block.inputs if wrt is None else wrt
    moving = {x: Value(x.type.tangent, x.name and f"{x.name}_dot") for x in wrt}
    found = {}
    with Builder() as builder:
        for x, x_dot in moving.items():
            found[x] = x_dot, _flag(x_dot)
        for instruction in block.instructions:
            builder.span = instruction.span
            builder.instructions.append(instruction)
            _push(instruction, found)
        dots = [found[y][0] if isinstance(y, Value) and y in found else zeros_like(y) for y in block.results]
    return without_dead_code(Block([*block.inputs, *moving.values()], builder.instructions, [*block.results, *dots]))


def _push(instruction, found):
    rule, y = RULES.get(instruction.primitive), instruction.output
    given = [found.get(x) if isinstance(x, Value) else None for x in instruction.inputs]
    if rule is None or not any(given):
        return
    if instruction.primitive in (reduce.reduce_max, reduce.reduce_min):
        (chosen,) = rule.pull(instruction, _as_value(None, y), [True])
        given = [(select(equal(chosen, 0), 0.0, given[0][0]), given[0][1])]
    if isinstance(rule, Partials):
        y_dot = _sum_of_partials(instruction, rule, given)
    else:
        y_dot = spread(rule.push(instruction, [pair and pair[0] for pair in given]), y.type.tangent)
    if y_dot is not None:
        there = _pushed(instruction, rule, [pair and pair[1] for pair in given])
        found[y] = spread(select(equal(there, 0), 0.0, y_dot), y.type.tangent), there


def _sum_of_partials(instruction, rule, given):
    """What each operand passes on, without what is not present or not chosen."""
    y, y_dot = instruction.output, None
    for n, pair in enumerate(given):
        part = spread(rule.push(instruction, _alone(given, n, 0)), y.type.tangent) if pair is not None else None
        if part is None:
            continue
        if (stays := _stays_infinite(instruction, n)) is not None:
            part = select(stays, 0.0, part)
        there = pair[1] if instruction.primitive not in CHOOSES else rule.push(instruction, _alone(given, n, 1))
        if instruction.primitive is e.multiply:
            there = _where_true(instruction, instruction.inputs[n], broadcast_to(there, y.type.shape))
        part = select(equal(there, 0), 0.0, part)
        y_dot = part if y_dot is None else y_dot + part
    return y_dot


def _pushed(instruction, rule, present):
    """The presence of a result's tangent, from those of the operands'."""
    kind = instruction.output.type
    if instruction.primitive in MOVES:
        return spread(rule.push(instruction, present), kind.tangent)
    if instruction.primitive in PRODUCTS:
        return spread(rule.push(_of_ones(instruction), present), kind.tangent)
    present = [p for p in present if p is not None]
    if "axes" in instruction.attributes:
        return reduce_sum(present[0], instruction.attributes["axes"])
    if not _is_elementwise(instruction, rule):
        present = [_anywhere(p) for p in present]
    there = broadcast_to(present[0], kind.shape)
    for p in present[1:]:
        there = _flag(there + broadcast_to(p, kind.shape))
    return there


def _alone(given, number, part):
    """Of all pairs, one part of this one."""
    return [pair[part] if k == number else None for k, pair in enumerate(given)]


def _flag(x):
    """1 where `x` is not 0."""
    return select(equal(x, 0), 0.0, 1.0)


def _as_value(there, y):
    if there is not None:
        return there
    return full(1.0, y.type.shape, float) if y.type.shape else 1.0


def _anywhere(there):
    """One number that is not 0 if `there` is not 0 anywhere."""
    axes = tuple(range(len(type_of_operand(there).shape)))
    return reduce_sum(there, axes)
