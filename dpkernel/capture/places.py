"""How subscripts are read: elements, views, slices that become windows.

In:  a scope and what stands between the brackets.
Out: (operands, form) as primitives/index.py has them; a number or a View.
Start at `subscript` and `places`.
"""

import ast

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import control
from ..primitives import elementwise as e
from ..primitives import index as ix
from .expressions import held
from .scope import Refused, View, expression, is_array, is_whole, operand


@expression(ast.Subscript)
def subscript(scope, node):
    x = scope.value(node.value)
    if isinstance(x, (tuple, list, dict)):
        k = scope.value(node.slice) if not isinstance(node.slice, ast.Slice) else static_slice(scope, node.slice)
        if isinstance(k, Value):
            raise Refused("a computed place in a tuple or a list")
        return x[k]
    if not is_array(x):
        raise Refused(f"a subscript of {type(x).__name__}")
    operands, form = places(scope, x.type, node.slice)
    return at(scope, x, operands, form)


def static_slice(scope, node):
    parts = [scope.value(p) if p else None for p in (node.lower, node.upper, node.step)]
    if any(isinstance(p, Value) for p in parts):
        raise Refused("a computed slice of a tuple or a list")
    return slice(*parts)


def at(scope, x, operands, form):
    """The places of an array: a number, or a View."""
    if isinstance(x, View):
        x, operands, form = x.base, *composed(x, operands, form)
    if any(isinstance(p, Value) and p.type.shape for p in operands):
        return held(scope, emit(ix.index, x.read(), *operands, form=form))
    if form == "i" * x.type.ndim:
        return emit(ix.index, x.read(), *operands, form=form)
    return View(x, operands, form)


def composed(view, operands, form):
    """Places of a view as places of its base: behind leading single indices."""
    rest = view.form.lstrip("i")
    if rest.strip("w"):
        raise Refused("places of such a view")
    if not rest:
        return (*view.operands, *operands), view.form + form
    return through_windows(view, list(operands), form, rest)


def through_windows(view, operands, form, rest):
    """`x[i, a:b][k]` is `x[i, a + k]`, if there are that many; windows likewise."""
    lead = len(view.form) - len(rest)
    windows = [view.operands[lead + 3 * k:lead + 3 * k + 3] for k in range(len(rest))]
    found, letters, n = list(view.operands[:lead]), "i" * lead, 0
    for k, (start, extent, step) in enumerate(windows):
        letter = form[k] if k < len(form) else None
        if letter is None:
            found += [start, extent, step]
            letters += "w"
        elif letter == "i":
            found.append(start + inside(from_front(operands[n], extent), extent) * step)
            letters, n = letters + "i", n + 1
        elif letter == "w":
            s, m, t = operands[n:n + 3]
            found += [start + s * step, m, step * t]
            letters, n = letters + "w", n + 3
        else:
            raise Refused("such places of a view")
    return (*found, *operands[n:]), letters + form[len(windows):]


def from_front(k, extent):
    """An index counted from the front."""
    if type(k) is int:
        return k if k >= 0 else extent + k
    return emit(e.select, emit(e.less, k, 0), k + extent, k)


def inside(k, extent):
    """An index that the view has; what lies behind it in the base is not meant."""
    if type(k) is int and type(extent) is int:
        if not 0 <= k < extent:
            raise Refused("an index out of range")
        return k
    fits = emit(e.logical_and, emit(e.greater_equal, k, 0), emit(e.less, k, extent))
    return emit(control.require, k, fits)


def places(scope, kind, node):
    """(operands, form) of what stands between the brackets, for an array of this type; slices become windows."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    operands, form, axis = [], "", 0
    used = sum(not (isinstance(p, ast.Constant) and p.value in (None, ...)) for p in parts if not is_newaxis(scope, p))
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is ...:
            missing = kind.ndim - used
            for _ in range(missing):
                operands, form, axis = [*operands, 0, kind.shape[axis], 1], form + "w", axis + 1
        elif is_newaxis(scope, part):
            form += "n"
        elif isinstance(part, ast.Slice):
            operands += window(scope, part, kind.shape[axis])
            form, axis = form + "w", axis + 1
        else:
            k = scope.value(part)
            k = operand(k)
            if not is_whole(k) and not (isinstance(k, Value) and k.type.shape and k.type.dtype.kind == "i"):
                raise Refused("such an index")
            operands, form, axis = [*operands, k], form + "i", axis + 1
    return operands, form


def is_newaxis(scope, node):
    if isinstance(node, ast.Constant):
        return node.value is None
    return isinstance(node, (ast.Attribute, ast.Name)) and ast.unparse(node) in ("np.newaxis", "numpy.newaxis", "newaxis")


def window(scope, node, extent):
    """A slice as (start >= 0, extent, step)."""
    lower, upper, step = (operand(scope.value(p)) if p else None for p in (node.lower, node.upper, node.step))
    step = 1 if step is None else step
    if type(step) is not int or step == 0:
        raise Refused("a computed step of a slice")
    if step < 0:
        if lower is not None or upper is not None:
            raise Refused("a slice that runs backwards between bounds")
        return [extent - 1, extent if step == -1 else (extent - step - 1) // -step, step]
    start = 0 if lower is None else clipped(lower, extent)
    stop = extent if upper is None else clipped(upper, extent)
    span = stop - start if isinstance(stop, Value) or isinstance(start, Value) else max(stop - start, 0)
    if isinstance(span, Value) and not (start == 0 if type(start) is int else False):
        span = largest(span, 0)
    return [start, span if step == 1 else (span + step - 1) // step, step]


def clipped(k, extent):
    """A bound of a slice, counted from the front and brought into the array."""
    if type(k) is int and type(extent) is int:
        return min(max(k + extent if k < 0 else k, 0), extent)
    if type(k) is int:
        return smallest(k, extent) if k > 0 else 0 if k == 0 else largest(extent + k, 0)
    k = emit(e.select, emit(e.less, k, 0), k + extent, k)
    return smallest(largest(k, 0), extent)


def smallest(a, b):
    return whole(e.minimum, a, b)


def largest(a, b):
    return whole(e.maximum, a, b)


def whole(primitive, a, b):
    """A whole number of Python, from NumPy's function of two."""
    if not isinstance(a, Value) and not isinstance(b, Value):
        return int(primitive.evaluate(a, b))
    return emit(primitive, a, b)
