"""Memory: where arrays lie, and how one array is read from, or placed into, the contents of another.

In:  arrays of NumPy, whatever way they were made.
Out: a `Place`: the subscript, or the positions, with which an array is found in the array that owns its
     memory; and instructions that read it from there or put it there.
Start at `locate`.

The contents of a stretch of memory are one Value, in the shape of the array that owns it. A view is found
by its address, shape and strides alone, so slices, transposes, diagonals, reversed and sliding views,
real and imaginary parts, and complex numbers seen as pairs of floats need no case of their own.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..ir.block import type_of_operand
from ..primitives.functions import broadcast_to, concatenate, imag, index, real, reshape, transpose, update


class Memory:
    """A stretch of memory that arrays which the tape knows lie in.

    owner     the array that owns it
    held      the array that holds its contents: the owner, or a copy from before a write
    version   Value of its present contents in the owner's shape; None as long as nobody asked for it
    members   {id: array}: the arrays in it whose Values are up to date
    values    Values whose objects lie in it
    """

    __slots__ = ("owner", "held", "version", "members", "values", "_bounds")

    def __init__(self, owner):
        self.owner = self.held = owner
        self.version, self.members, self.values = None, {}, []
        self._bounds = None

    def has(self, low, high):
        """True if it has addresses between these two."""
        if self._bounds is None:
            self._bounds = np.lib.array_utils.byte_bounds(self.owner)
        return low < self._bounds[1] and self._bounds[0] < high

    def overlaps(self, x):
        """True if the array `x` has an address in it."""
        return owner_of(x) is self.owner or self.has(*np.lib.array_utils.byte_bounds(x))


    def copy_of(self, x):
        """A copy of what the array `x`, which lies in it, holds."""
        place = None if self.held is self.owner else locate(self.owner, x)
        return np.array(x if place is None else place.take(np.asarray(self.held)))


def owner_of(x):
    """The array that owns the memory in which `x` lies."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x


def address(x):
    """The address of the first element."""
    return x.__array_interface__["data"][0]


@dataclass(frozen=True)
class Place:
    """Where an array lies in the array that owns its memory.

    part        'real' or 'imag' if it is that part of a complex owner; 'both' if it reads both, as one more axis at the end
    subscript   (operands, form, order of the axes left by it), or None
    positions   in place of a subscript: for each element its number in the owner, in C order; or None
    shape       of the array; with neither subscript nor positions it is the whole owner, reshaped
    """

    part: str | None
    subscript: tuple | None
    positions: np.ndarray | None
    shape: tuple

    def read(self, contents):
        """The Value of the array, from the Value of the owner."""
        if self.part:
            contents = self._part(contents)
        if self.positions is not None:
            return index(reshape(contents, (_size(contents),)), self.positions, form="i")
        if self.subscript is not None:
            operands, form, order = self.subscript
            contents = transpose(index(contents, *operands, form=form), order)
        return reshape(contents, self.shape)

    def put(self, contents, value):
        """The Value of the owner after `value`, which broadcasts to the array, was written there.

        Returns None if the array names one element twice.
        """
        value = without_leading(value, len(self.shape))
        if self.part == "both":
            changed = self._put(self._part(contents), value)
            return None if changed is None else index(changed, 0, form="ei") + 1j * index(changed, 1, form="ei")
        if self.part:
            parts = {"real": real(contents), "imag": imag(contents)}
            changed = self._put(parts[self.part], value)
            if changed is None:
                return None
            parts[self.part] = changed
            return parts["real"] + 1j * parts["imag"]
        return self._put(contents, value)

    def _part(self, contents):
        if self.part == "both":
            shape = type_of_operand(contents).shape
            return concatenate([reshape(x, (*shape, 1)) for x in (real(contents), imag(contents))], len(shape))
        return (real if self.part == "real" else imag)(contents)

    def _put(self, contents, value):
        shape = type_of_operand(contents).shape
        if self.positions is not None:
            if np.unique(self.positions).size != self.positions.size:
                return None
            flat = update(reshape(contents, (_size(contents),)), value, self.positions, form="i")
            return reshape(flat, shape)
        if self.subscript is None:
            return reshape(broadcast_to(value, self.shape), shape)
        operands, form, order = self.subscript
        if type_of_operand(value).shape:
            wide = [n for n in self.shape if n != 1]
            value = reshape(broadcast_to(value, self.shape), wide)
            value = transpose(value, np.argsort(order).tolist())
        return update(contents, value, *operands, form=form)

    def take(self, array):
        """The array's part of `array`, which has the owner's shape: `read` on numbers."""
        if self.part == "both":
            array = np.stack([array.real, array.imag], -1)
        elif self.part:
            array = array.real if self.part == "real" else array.imag
        if self.positions is not None:
            return array.reshape(-1)[self.positions]
        if self.subscript is not None:
            from ..primitives.index import subscript

            operands, form, order = self.subscript
            array = array[subscript(operands, form)].transpose(order)
        return array.reshape(self.shape)


@dataclass(frozen=True)
class Pair:
    """Where a complex array lies in an array of floats: its two parts have Places of their own."""

    real: Place
    imag: Place

    @property
    def shape(self):
        return self.real.shape

    def read(self, contents):
        """The Value of the array, from the Value of the owner."""
        return self.real.read(contents) + 1j * self.imag.read(contents)

    def put(self, contents, value):
        """The Value of the owner after `value` was written there; None if the array names one element twice."""
        changed = self.real.put(contents, real(value))
        return None if changed is None else self.imag.put(changed, imag(value))

    def take(self, array):
        """The array's part of `array`: `read` on numbers."""
        both = np.stack([self.real.take(array), self.imag.take(array)], -1)
        return both.view(np.result_type(both, np.complex64))[..., 0]


def without_leading(value, rank):
    """A value that is assigned may have more axes than its place: those in front have extent 1."""
    shape = type_of_operand(value).shape
    return reshape(value, shape[len(shape) - rank:]) if len(shape) > rank else value


def _size(x):
    return int(np.prod(type_of_operand(x).shape, dtype=int))


def locate(owner, x):
    """The Place (or Pair) of `x` in `owner`, or None if the bytes there are read as something else.

    owner   an array that is dense in memory
    x       an array in the same memory; of the same dtype, or complex while the owner has floats, or the other way round
    """
    offset, size = address(x) - address(owner), owner.itemsize
    part = None
    if x.dtype != owner.dtype:
        owner, x = np.asarray(owner), np.asarray(x)
        if x.dtype.kind == "c" and owner.dtype == x.real.dtype:
            parts = locate(owner, x.real), locate(owner, x.imag)
            return None if any(part is None for part in parts) else Pair(*parts)
        if owner.dtype.kind != "c" or x.dtype != owner.real.dtype:
            return None
        if any(s % size for s, n in zip(x.strides, x.shape) if n > 1):
            place = locate(owner[..., np.newaxis].view(x.dtype), x)
            return None if place is None else replace(place, part="both")
        part = "real" if offset % size == 0 else "imag"
        offset -= 0 if part == "real" else x.itemsize
    if x.size == 0:
        return Place(part, None, np.zeros(x.shape, int), x.shape) if owner.size else Place(part, None, None, x.shape)
    if offset % size or any(s % size for s, n in zip(x.strides, x.shape) if n > 1):
        return None
    offset, strides = offset // size, tuple(s // size for s in x.strides)
    if offset == 0 and part is None and x.size == owner.size and x.flags.c_contiguous and owner.flags.c_contiguous:
        return Place(None, None, None, x.shape)
    owner_strides = tuple(s // size for s in owner.strides)
    found = _subscript(owner.shape, owner_strides, offset, x.shape, strides)
    if found is not None:
        return Place(part, found, None, x.shape)
    positions = _positions(owner, owner_strides, offset, x.shape, strides)
    return None if positions is None else Place(part, None, positions, x.shape)


def _subscript(owner_shape, owner_strides, offset, shape, strides):
    """A subscript of slices and ints that gives these addresses, if there is one."""
    axes = sorted((k for k, n in enumerate(owner_shape) if n > 1), key=lambda k: -owner_strides[k])
    start = [0] * len(owner_shape)
    for k in axes:
        start[k], offset = divmod(offset, owner_strides[k]) if owner_strides[k] > 0 else (0, offset)
        if not 0 <= start[k] < owner_shape[k]:
            return None
    if offset:
        return None
    of_axis = {}            # axis of the owner -> (axis of x, step, extent)
    for axis, (n, stride) in enumerate(zip(shape, strides)):
        if n == 1:
            continue
        for k in axes:
            step, rest = divmod(stride, owner_strides[k]) if owner_strides[k] > 0 else (0, 1)
            if k not in of_axis and not rest and step and 0 <= start[k] + step * (n - 1) < owner_shape[k]:
                of_axis[k] = axis, step, n
                break
        else:
            return None
    operands, form = [], ""
    for k in range(len(owner_shape)):
        if k in of_axis:
            _, step, n = of_axis[k]
            stop = start[k] + step * n
            whole = (start[k], stop, step) == (0, owner_shape[k], 1)
            operands += [None] * 3 if whole else [start[k], stop if stop >= 0 else None, None if step == 1 else step]
            form += "s"
        else:
            operands.append(start[k])
            form += "i"
    left = [of_axis[k][0] for k in sorted(of_axis)]         # axes of x in the owner's order
    return tuple(operands), form, tuple(left.index(a) for a in sorted(left))


def _positions(owner, owner_strides, offset, shape, strides):
    """For each element of x the number, in C order, of the owner's element at its address."""
    order = sorted(range(owner.ndim), key=lambda k: -owner_strides[k])
    in_memory = np.arange(owner.size).reshape(owner.shape).transpose(order).reshape(-1)
    dense = np.empty([owner.shape[k] for k in order], np.int8).strides
    if any(owner.shape[k] > 1 and owner_strides[k] != s for k, s in zip(order, dense)):
        return None
    ends = [s * (n - 1) for n, s in zip(shape, strides)]
    if offset + sum(min(end, 0) for end in ends) < 0 or offset + sum(max(end, 0) for end in ends) >= owner.size:
        return None
    size = in_memory.itemsize
    return np.lib.stride_tricks.as_strided(in_memory[offset:], shape, [s * size for s in strides]).copy()
