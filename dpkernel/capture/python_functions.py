"""What calls of Python's own functions mean in a program.

In:  a scope and the arguments.
Out: a number, a Value, something to loop over.
Start anywhere.
"""

from ..ir.block import Value, type_of_operand
from ..ir.build import emit
from ..ir.types import FLOAT
from ..primitives import elementwise as e
from .calls import FUNCTIONS, known
from .expressions import as_float, computed
from .loops import Items, Range, items
from .places import smallest
from .scope import Refused, is_array, is_whole, operand


@known(range)
def whole_range(scope, *bounds):
    bounds = [operand(b) for b in bounds]
    if not all(map(is_whole, bounds)):
        raise Refused("a range of such bounds")
    lo, hi, step = (0, *bounds, 1) if len(bounds) == 1 else (*bounds, 1) if len(bounds) == 2 else bounds
    if type(step) is not int or step == 0:
        raise Refused("a range with a computed step")
    return Range(lo, hi, step)


@known(len)
def length(scope, x):
    if is_array(x):
        return x.type.shape[0]
    return x.length() if isinstance(x, (Range, Items)) else len(x)


@known(enumerate)
def numbered(scope, x, start=0):
    if isinstance(x, (tuple, list)):
        return list(enumerate(x, start))
    over = items(x)
    return Items(over.length(), lambda scope, k: (k + start if start else k, over.item(scope, k)))


@known(zip)
def zipped(scope, *xs):
    if all(isinstance(x, (tuple, list)) for x in xs):
        return list(zip(*xs))
    overs = [items(x) for x in xs]
    n = overs[0].length()
    for over in overs[1:]:
        n = smallest(n, over.length())
    return Items(n, lambda scope, k: tuple(over.item(scope, k) for over in overs))


@known(reversed)
def backwards(scope, x):
    if isinstance(x, (tuple, list)):
        return x[::-1]
    over = items(x)
    if isinstance(over, Range) and (over.lo, over.step) == (0, 1):
        return Range(over.hi - 1, -1, -1)
    n = over.length()
    return Items(n, lambda scope, k: over.item(scope, n - 1 - k))


@known(float)
def to_float(scope, x):
    x = operand(x)
    if isinstance(x, (int, float)):
        return float(x)
    return emit(e.as_float, x)


@known(int)
def to_int(scope, x):
    x = operand(x)
    if isinstance(x, (int, float)):
        return int(x)
    return x if is_whole(x) else emit(e.as_int, x)


def _extreme(primitive, function, compare):
    def read(scope, *xs):
        """Python's max and min return one of their arguments."""
        xs = xs[0] if len(xs) == 1 and isinstance(xs[0], (tuple, list)) else xs
        if len(xs) < 2:
            raise Refused(f"{function.__name__} of an array")
        found = operand(xs[0])
        for x in map(operand, xs[1:]):
            if not isinstance(x, Value) and not isinstance(found, Value):
                found = function(found, x)
            elif type_of_operand(x).shape or type_of_operand(found).shape:
                raise Refused(f"{function.__name__} of arrays")
            else:
                chosen = emit(e.select, emit(compare, x, found), x, found)
                found = as_float(chosen) if {type_of_operand(x), type_of_operand(found)} == {FLOAT} else chosen
        return found
    return read


FUNCTIONS[max], FUNCTIONS[min] = _extreme(e.maximum, max, e.greater), _extreme(e.minimum, min, e.less)


@known(sum)
def python_sum(scope, xs, start=0):
    if not isinstance(xs, (tuple, list)):
        raise Refused("the built-in sum of an array")
    for x in xs:
        start = computed(scope, e.add, start, x)
    return start
