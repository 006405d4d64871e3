"""Indexing: reading, replacing and adding at places of an array.

In:  an array, a `form` (one letter an entry of the subscript) and the subscript's parts as operands.
Out: the elements read, or the array after the change.
Start at `subscript`.

Letters: 'i' an int, an int array or a bool array (one operand); 's' a slice (three operands: start,
stop, step; None where absent); 'n' np.newaxis; 'e' an ellipsis. So `x[a, ::2, None]` is
`index(x, a, None, None, 2, form="isn")`.
"""

import numpy as np

from ..ir.block import Value, type_of_operand
from ..ir.types import array_type
from .registry import Primitive


def subscript(operands, form):
    """Put a subscript together from its form and its operands."""
    parts, rest = [], iter(operands)
    for letter in form:
        if letter == "i":
            parts.append(next(rest))
        elif letter == "s":
            parts.append(slice(next(rest), next(rest), next(rest)))
        else:
            parts.append(None if letter == "n" else Ellipsis)
    return tuple(parts)


def take_apart(index):
    """The inverse of `subscript`: (operands, form) of what stands between the brackets."""
    operands, form = [], ""
    for part in index if isinstance(index, tuple) else (index,):
        if part is None:
            form += "n"
        elif part is Ellipsis:
            form += "e"
        elif isinstance(part, slice):
            form += "s"
            operands += [part.start, part.stop, part.step]
        else:
            form += "i"
            operands.append(np.asarray(part) if isinstance(part, list) else part)
    return operands, form


def may_repeat(operands, form):
    """True if one element may be addressed twice: an integer array is among the entries."""
    for part in subscript(operands, form):
        if isinstance(part, np.ndarray) and part.dtype.kind in "iu" and part.size > 1:
            return True
    return False


def _index(x, *operands, form):
    return x[subscript(operands, form)]


def _infer_index(x, *operands, form):
    """Ask NumPy, on an array of the same shape that takes no memory."""
    t = type_of_operand(x)
    probe = np.broadcast_to(np.empty((), t.dtype), tuple(map(_extent, t.shape)))
    concrete = [_stand_in(operand) for operand in operands]
    return array_type(t.dtype, np.shape(probe[subscript(concrete, form)]))


def _extent(n):
    if isinstance(n, Value):
        raise TypeError("index: extents that the program computes are not known yet")
    return n


def _stand_in(operand):
    """For an unknown operand, something of its type that is in range."""
    if not isinstance(operand, Value):
        return operand
    return np.zeros(operand.shape, operand.dtype) if operand.ndim else 0


def in_words(operands, form):
    """A subscript as it is written: "1, ::2, None"."""
    parts, rest = [], iter(operands)
    for letter in form:
        if letter == "s":
            start, stop, step = (next(rest) for _ in range(3))
            text = ":".join("" if part == "None" else part for part in (start, stop))
            parts.append(text if step == "None" else f"{text}:{step}")
        else:
            parts.append(next(rest) if letter == "i" else "None" if letter == "n" else "...")
    return ", ".join(parts) if parts else "()"


index = Primitive("index", _index, _infer_index, text=lambda x, i: f"{x[0]}[{in_words(x[1:], i.attributes['form'])}]")


def _same_type(x, value, *operands, form):
    return type_of_operand(x)


def _update_in_place(x, value, *operands, form):
    x[subscript(operands, form)] = value
    return x


def _add_at_in_place(x, value, *operands, form):
    place = subscript(operands, form)
    if may_repeat(operands, form):
        np.add.at(x, place, value)
    else:
        x[place] += value
    return x


update = Primitive(
    "update",
    lambda x, value, *operands, form: _update_in_place(np.array(x), value, *operands, form=form),
    _same_type,
    evaluate_in_place=_update_in_place,
)
add_at = Primitive(
    "add_at",
    lambda x, value, *operands, form: _add_at_in_place(np.array(x), value, *operands, form=form),
    _same_type,
    evaluate_in_place=_add_at_in_place,
)
