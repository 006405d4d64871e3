"""Derivatives of reductions, shaping, indexing and products.

In:  y_bar, the operands, the attributes.
Out: cotangents. Nearly all are linear, so only the transpose is written.
Start anywhere.
"""

import numpy as np

from ..ir.block import Value, type_of_operand
from ..primitives import index as ix
from ..primitives import control, products, reduce, shape
from ..primitives.functions import (
    add_at, broadcast_along, broadcast_to, cast, concatenate, conjugate, cumsum, einsum, equal,
    full, index, matmul, reduce_sum, reshape, sum_to, swap_last, transpose, update, zeros_like,
)
from .forms import accumulates, linear, vjp


def _shape(x):
    return type_of_operand(x).shape


# reductions

@linear(reduce.reduce_sum)
def reduce_sum_transpose(y_bar, x, *, axes):
    """The transpose of adding along `axes` is copying along `axes`."""
    return broadcast_along(y_bar, _shape(x), axes)


def _others(x, axes):
    """For each element the product of the others along `axes`; exact also where some are zero."""
    kept = [axis for axis in range(len(_shape(x))) if axis not in axes]
    order = (*kept, *axes)
    moved = transpose(x, order)
    extents = _shape(moved)
    size = int(np.prod([_shape(x)[axis] for axis in axes], dtype=int))
    flat = reshape(moved, (*extents[:len(kept)], size))
    before = _exclusive_product(flat, size)
    after = _reverse(_exclusive_product(_reverse(flat), size))
    return transpose(reshape(before * after, extents), np.argsort(order).tolist())


def _reverse(x):
    return index(x, None, None, -1, form="es")


def _exclusive_product(x, size):
    """Element i: the product of the first i elements of the last axis."""
    ones = full(1, (*_shape(x)[:-1], min(size, 1)), type_of_operand(x).dtype)
    product, step = concatenate([ones, index(x, None, -1, None, form="es")], -1), 1
    while step < size:      # doubling: log2(size) products of whole arrays
        shifted = index(product, None, -step, None, form="es")
        pad = full(1, (*_shape(x)[:-1], step), type_of_operand(x).dtype)
        product = product * concatenate([pad, shifted], -1)
        step *= 2
    return product


def reduce_prod_jvp(tangents, x, *, y, axes):
    return reduce_sum(tangents[0] * _others(x, axes), axes)


@vjp(reduce.reduce_prod, reduce_prod_jvp)
def reduce_prod_vjp(y_bar, x, *, y, axes):
    """d(prod x)/dx_i is the product of the others."""
    return (broadcast_along(y_bar, _shape(x), axes) * conjugate_if(_others(x, axes)),)


def conjugate_if(x):
    """Cotangents take the conjugate of a complex factor."""
    return conjugate(x) if type_of_operand(x).complex else x


def _share_of_winners(x, y, axes):
    """1/k at the k elements that equal the extreme value: a tie is shared."""
    won = cast(equal(x, broadcast_along(y, _shape(x), axes)), dtype=type_of_operand(x).dtype)
    return won / broadcast_along(reduce_sum(won, axes), _shape(x), axes)


def extreme_jvp(tangents, x, *, y, axes):
    return reduce_sum(tangents[0] * _share_of_winners(x, y, axes), axes)


@vjp(reduce.reduce_max, extreme_jvp)
def reduce_max_vjp(y_bar, x, *, y, axes):
    return (broadcast_along(y_bar, _shape(x), axes) * _share_of_winners(x, y, axes),)


@vjp(reduce.reduce_min, extreme_jvp)
def reduce_min_vjp(y_bar, x, *, y, axes):
    return reduce_max_vjp(y_bar, x, y=y, axes=axes)


@linear(reduce.cumsum)
def cumsum_transpose(y_bar, x, *, axis):
    """Running sums from the other end."""
    form = "s" * len(_shape(x))
    backward = [part for a in range(len(form)) for part in (None, None, -1 if a == axis else None)]
    return index(cumsum(index(y_bar, *backward, form=form), axis), *backward, form=form)


# shaping

@linear(shape.reshape)
def reshape_transpose(y_bar, x, *extents):
    return reshape(y_bar, _shape(x))


@linear(shape.broadcast_to)
def broadcast_to_transpose(y_bar, x, *extents):
    return sum_to(y_bar, _shape(x))


@linear(shape.transpose)
def transpose_transpose(y_bar, x, *, axes):
    return transpose(y_bar, np.argsort(axes).tolist())


@linear(shape.concatenate, ..., at_once=True)
def concatenate_transpose(y_bar, *arrays, axis):
    """Each operand's own stretch of the result. For all at once: there may be thousands."""
    axis, start, bars = axis % len(_shape(arrays[0])), 0, []
    for x in arrays:
        stop = start + _shape(x)[axis]
        bars.append(index(y_bar, *[None] * 3 * axis, start, stop, None, form="s" * (axis + 1)) if isinstance(x, Value) else None)
        start = stop
    return bars


@linear(shape.full)
def full_transpose(y_bar, value, *extents, dtype):
    return reduce_sum(y_bar, tuple(range(len(extents))))


@linear(control.require)
def require_transpose(y_bar, x, condition):
    return y_bar


# indexing

@linear(ix.index)
def index_transpose(y_bar, x, *operands, form):
    return add_at(zeros_like(x), y_bar, *operands, form=form)


@accumulates(ix.index)
def index_accumulate(x_bar, y_bar, x, *operands, form):
    return add_at(x_bar, y_bar, *operands, form=form)


@linear(ix.update, 0)
def update_transpose_array(y_bar, x, value, *operands, form):
    return update(y_bar, 0, *operands, form=form)


@linear(ix.update, 1)
def update_transpose_value(y_bar, x, value, *operands, form):
    return sum_to(index(y_bar, *operands, form=form), _shape(value))


@linear(ix.add_at, 0)
def add_at_transpose_array(y_bar, x, value, *operands, form):
    return y_bar


@linear(ix.add_at, 1)
def add_at_transpose_value(y_bar, x, value, *operands, form):
    return sum_to(index(y_bar, *operands, form=form), _shape(value))


# products

@linear(products.matmul, 0, together=False)
def matmul_transpose_left(y_bar, a, b):
    """Y = A B: A_bar = Y_bar B'. A vector b stands for a column, a vector a for a row."""
    if len(_shape(b)) == 1:
        return sum_to(_column(y_bar) * conjugate_if(b), _shape(a))
    turned = conjugate_if(swap_last(b))
    if len(_shape(a)) > 1 or len(_shape(b)) == 2:
        return sum_to(matmul(y_bar, turned), _shape(a))
    return sum_to(_without(matmul(_row(y_bar), turned), -2), _shape(a))


@linear(products.matmul, 1)
def matmul_transpose_right(y_bar, a, b):
    """Y = A B: B_bar = A' Y_bar. A vector b stands for a column, a vector a for a row."""
    if len(_shape(a)) == 1:
        alone = len(_shape(b)) == 1
        return conjugate_if(a) * y_bar if alone else sum_to(_column(conjugate_if(a)) * _row(y_bar), _shape(b))
    turned = conjugate_if(swap_last(a))
    if len(_shape(b)) > 1 or len(_shape(a)) == 2:
        return sum_to(matmul(turned, y_bar), _shape(b))
    return sum_to(_without(matmul(turned, _column(y_bar)), -1), _shape(b))


def _column(x):
    return reshape(x, (*_shape(x), 1))


def _row(x):
    return reshape(x, (*_shape(x)[:-1], 1, *_shape(x)[-1:]))


def _without(x, axis):
    extents = list(_shape(x))
    del extents[axis]
    return reshape(x, extents)


@linear(products.einsum, ..., together=False)
def einsum_transpose(number, y_bar, *operands, spec):
    """Swap the operand and the result; axes that only the operand has are copied back."""
    inputs, output = spec.split("->")
    inputs = inputs.split(",")
    own = inputs[number]
    others = [n for n in range(len(operands)) if n != number]
    seen = set(output).union(*(inputs[n] for n in others))
    found = "".join(letter for letter in own if letter in seen)
    letters = ",".join([output, *(inputs[n] for n in others)])
    x_bar = einsum(y_bar, *(conjugate_if(operands[n]) for n in others), spec=f"{letters}->{found}")
    if found == own:
        return sum_to(x_bar, _shape(operands[number]))
    extents = iter(_shape(x_bar))
    with_gaps = reshape(x_bar, [next(extents) if letter in seen else 1 for letter in own])
    return sum_to(broadcast_to(with_gaps, _extents_like(with_gaps, operands[number])), _shape(operands[number]))


def _extents_like(x, operand):
    return [max(n, m) for n, m in zip(_shape(x), _shape(operand))]
