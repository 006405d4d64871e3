"""Indexing: reading, replacing and adding at places of an array.

In:  an array, a `form` (one letter an entry of the subscript) and the subscript's parts as operands.
Out: the elements read, or the array after the change.
Start at `subscript`.

Letters: 'i' an int, an int array or a bool array (one operand); 's' a slice (three operands: start,
stop, step; None where absent); 'w' a window, a slice whose extent is known where its start is computed (three operands:
start >= 0, extent, step); 'n' np.newaxis; 'e' an ellipsis. So `x[a, ::2, None]` is `index(x, a, None, None, 2, form="isn")`.
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
        elif letter == "w":
            parts.append(window(next(rest), next(rest), next(rest)))
        else:
            parts.append(None if letter == "n" else Ellipsis)
    return tuple(parts)


def window(start, extent, step):
    """The slice with `extent` elements from `start` on."""
    stop = start + extent * step
    return slice(start, stop if stop >= 0 else None, step) if extent else slice(0, 0, 1)


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
            operands.append(_as_entry(part))
    return operands, form


def _as_entry(part):
    """An entry as NumPy takes it: any sequence is an array, and an empty one has whole numbers."""
    if isinstance(part, (np.ndarray, np.generic)) or not hasattr(part, "__len__"):
        return part
    part = np.asarray(part)
    return part if part.size else part.astype(np.intp)


def may_repeat(operands, form):
    """True if one element may be addressed twice: an integer array is among the entries."""
    n = 0
    for letter in form:
        part = operands[n] if letter == "i" else None
        if isinstance(part, (np.ndarray, Value)) and part.dtype.kind in "iu" and part.shape not in ((), (1,)):
            return True
        n += {"i": 1, "s": 3, "w": 3}.get(letter, 0)
    return False


def _index(x, *operands, form):
    return x[subscript(operands, form)]


def _infer_index(x, *operands, form):
    """Ask NumPy, on an array of the same shape that takes no memory, unless extents are known as Values only."""
    t = type_of_operand(x)
    if any(isinstance(n, Value) for n in (*t.shape, *operands)):
        extents = _basic_extents(t.shape, operands, form)
        if extents is not None:
            return array_type(t.dtype, extents)
    computed = any(isinstance(x, Value) for x in operands)      # then nobody may ever ask an empty axis for it
    unknown = {_UNKNOWN + axis: n for axis, n in enumerate(t.shape) if isinstance(n, Value) or n == 0 and computed}
    extents = tuple(_UNKNOWN + axis if _UNKNOWN + axis in unknown else n for axis, n in enumerate(t.shape))
    probe = np.broadcast_to(np.empty((), t.dtype), extents)
    found = np.shape(probe[subscript(_stand_ins(operands, form), form)])
    return array_type(t.dtype, tuple(unknown.get(n, n) for n in found))


def _basic_extents(shape, operands, form):
    """The extents of what indices (one of them an array of ints), windows, whole axes and new ones leave; None for other forms."""
    found, rest, axes = [], iter(operands), iter(shape)
    if sum(type_of_operand(x).ndim > 0 for x in operands if x is not None) > 1:
        return None
    for letter in form:
        if letter == "i":
            t = type_of_operand(next(rest))
            if t.ndim and t.dtype.kind != "i":
                return None
            next(axes)
            found += t.shape
        elif letter == "w":
            found.append((next(rest), next(rest), next(rest), next(axes))[1])
        elif letter == "n":
            found.append(1)
        elif letter == "s" and (next(rest), next(rest)) == (None, None) and next(rest) in (None, 1, -1):
            found.append(next(axes))
        else:
            return None
    return (*found, *axes)


_UNKNOWN = 1 << 20      # stands for an extent that the program computes


def _stand_ins(operands, form):
    """For operands that the program computes, something of their types that is in range."""
    found, n = list(operands), 0
    for letter in form:
        if letter == "w" and isinstance(found[n], Value):
            found[n] = (found[n + 1] - 1) * max(-found[n + 2], 0)
        n += {"i": 1, "s": 3, "w": 3}.get(letter, 0)
    return [np.zeros(x.shape, x.dtype) if isinstance(x, Value) and x.ndim else 0 if isinstance(x, Value) else x
            for x in found]


def in_words(operands, form):
    """A subscript as it is written: "1, ::2, None"."""
    parts, rest = [], iter(operands)
    for letter in form:
        if letter == "w":
            start, extent, step = (next(rest) for _ in range(3))
            parts.append(_window_in_words(start, int(extent), int(step)))
        elif letter == "s":
            start, stop, step = (next(rest) for _ in range(3))
            text = ":".join("" if part == "None" else part for part in (start, stop))
            parts.append(text if step == "None" else f"{text}:{step}")
        else:
            parts.append(next(rest) if letter == "i" else "None" if letter == "n" else "...")
    return ", ".join(parts) if parts else "()"


def _window_in_words(start, extent, step):
    """`i:i + 3`, `i::-1` is not written: where a window may end before 0, its positions are."""
    if step > 0:
        return f"{start}:{start} + {extent * step}" + (f":{step}" if step > 1 else "")
    return f"{start} + np.arange({extent}) * {step}"


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
