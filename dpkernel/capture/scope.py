"""What is known of a function's names while its source is read.

In:  syntax trees.
Out: what expressions stand for: numbers, Values, Arrays, tuples, and objects that are the same at every call.
Start at `Scope`; how each kind of node is read stands in expressions.py, statements.py and calls.py.

An Array is an object of the program, with one present version; a view of it is found in it. So aliases see each
other's writes, as in NumPy, while the program that comes out knows nothing but values.
"""

import inspect
import types

import numpy as np

from ..ir.block import Block, Value
from ..ir.build import Builder, emit
from ..ir.types import FLOAT, INT, Type, array_type
from ..primitives import control
from ..primitives import index as ix
from ..source import Span
from .trees import flat

EXPRESSIONS, STATEMENTS = {}, {}        # type of node -> function (scope, node)
DEEPEST = 40                            # calls inside each other


class Refused(Exception):
    """Something that is not compiled; the function goes on being interpreted."""

    def __init__(self, why, span=None):
        super().__init__(why)
        self.why, self.span = why, span


class Array:
    """An array of the program.

    value   its present version
    level   how many regions it was made inside of
    given   True if it belongs to the caller, who would see a write
    """

    def __init__(self, value, level=0, given=False):
        self.value, self.level, self.given = value, level, given

    def read(self):
        return self.value

    @property
    def type(self):
        return self.value.type


class View:
    """Places of an Array, addressed as by `base[...]`; what is read is read from its present version."""

    def __init__(self, base, operands, form):
        self.base, self.operands, self.form = base, operands, form
        self.type = ix.index.infer(base.read(), *operands, form=form)

    def read(self):
        return emit(ix.index, self.base.read(), *self.operands, form=self.form)

    @property
    def given(self):
        return self.base.given


class Region:
    """A piece of program that is being written: a loop's body, an arm.

    written   {Array made outside: its version before}
    """

    def __init__(self, level):
        self.level, self.builder, self.written = level, Builder(), {}


class Program:
    """What all scopes of one capture share.

    inputs   {key: Value or Array} what is fetched at each call: arguments, and numbers and arrays of outer names
    fetch    {key: function} the function whose name an input is
    same     {key: (function, object)} what has to be the same object at each call
    codes    {function: its code}
    """

    def __init__(self, code_of):
        self.code_of = code_of
        self.inputs, self.same, self.fetch, self.codes = {}, {}, {}, {}
        self.regions = []
        self.scopes = []

    @property
    def region(self):
        return self.regions[-1]

    def write(self, array, value):
        """Give an Array its next version."""
        if array.given:
            raise Refused("it writes into its argument")
        for region in self.regions:
            if array.level < region.level and array not in region.written:
                region.written[array] = array.value
        array.value = value

    def new_array(self, value):
        return Array(value, self.region.level)

    def take(self, key, x, name):
        """An object from outside as an input of the program."""
        if key not in self.inputs:
            if isinstance(x, np.ndarray):
                extents = tuple(1 if n == 1 else Value(INT, f"{name}_{axis}") for axis, n in enumerate(x.shape))
                self.inputs[key] = Array(Value(array_type(x.dtype, extents) if extents else Type("array", x.dtype, ()), name), 0, True)
            else:
                self.inputs[key] = Value(kind_of(x), name)
        return self.inputs[key]

    def enter(self):
        self.regions.append(Region(len(self.regions)))
        self.region.builder.__enter__()
        return self.region

    def leave(self, region):
        """End a region; Arrays from outside have the version again that they had before."""
        region.builder.__exit__()
        self.regions.pop()
        final = {array: array.value for array in region.written}
        for array, before in region.written.items():
            array.value = before
        return final

    def block(self, region, inputs, results):
        return Block(inputs, region.builder.instructions, results)

    def append(self, primitive, inputs, types, regions):
        """An instruction with regions."""
        return self.region.builder.append(primitive, inputs, types, None, regions)


def kind_of(x):
    """The Type of a number from outside; Refused if it is not one that machines have."""
    if isinstance(x, (bool, np.bool_)):
        return Type("bool", np.dtype(bool))
    if type(x) is int or isinstance(x, np.int64):
        return INT
    if type(x) is float:
        return FLOAT
    if isinstance(x, np.float64):
        return Type("scalar", np.dtype(np.float64))
    raise Refused(f"a value of type {type(x).__name__}")


class Scope:
    """The names of one call of a function."""

    def __init__(self, program, function, source, node):
        self.program, self.function, self.source, self.node = program, function, source, node
        self.names, self.code = {}, program.code_of(function)
        program.codes[function] = self.code
        self.cells = dict(zip(self.code.co_freevars, function.__closure__ or ()))

    def value(self, node):
        """What an expression stands for."""
        read = EXPRESSIONS.get(type(node))
        if read is None:
            raise Refused(f"{type(node).__name__} in an expression", self.span(node))
        try:
            return read(self, node)
        except Refused as problem:
            problem.span = problem.span or self.span(node)
            raise
        except (TypeError, ArithmeticError, IndexError, KeyError, AttributeError, AssertionError) as problem:
            raise Refused(f"{type(problem).__name__}: {problem}", self.span(node)) from None

    def run(self, statements):
        """Read statements; the value that is returned, or None if the end is reached."""
        for number, node in enumerate(statements):
            read = STATEMENTS.get(type(node))
            if read is None:
                raise Refused(f"the statement {type(node).__name__}", self.span(node))
            self.program.region.builder.span = self.span(node)
            found = read(self, node, statements[number + 1:])
            if found is not None:
                return found
        return None

    def span(self, node):
        return Span.of(self.source, node) if hasattr(node, "lineno") else None

    def take_arguments(self, args, keywords):
        """Bind the parameters as Python does."""
        found = inspect.signature(self.function, follow_wrapped=False).bind(*args, **keywords)
        for name, parameter in inspect.signature(self.function, follow_wrapped=False).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise Refused("a function with *args or **kwargs")
            if name in found.arguments:
                self.names[name] = found.arguments[name]
            else:
                self.names[name] = self.from_outside((self.code, name, "default"), parameter.default, name)

    def look_up(self, name):
        """What a name stands for: a local one, or one from outside that the function does not assign."""
        if name in self.names:
            return there(self.names[name])
        if name in self.code.co_varnames or name in self.code.co_cellvars:
            raise Refused(f"`{name}`, which may be unbound here")
        key, x = (self.code, name), None
        if name in self.cells:
            x = self.cells[name].cell_contents
        elif name in self.function.__globals__:
            x = self.function.__globals__[name]
        else:
            return getattr(__import__("builtins"), name)
        return self.from_outside(key, x, name)

    def from_outside(self, key, x, name):
        if isinstance(x, np.ndarray) and type(x) is np.ndarray and x.dtype in (np.float64, np.int64, np.bool_) \
                or isinstance(x, (bool, int, float, np.float64, np.int64)):
            self.program.fetch[key] = self.function
            return self.program.take(key, x, name)
        if not is_fixed(x):
            raise Refused(f"`{name}`, a {type(x).__name__} from outside, which may change")
        self.program.same[key] = self.function, x
        return x


def is_fixed(x):
    """True for objects that stay what they are: functions (their code is compared), modules, texts, tuples of such."""
    if isinstance(x, tuple):
        return all(map(is_fixed, x))
    return callable(x) or isinstance(x, (types.ModuleType, str, bool, int, float, type(None)))


def check_alone(scope, arrays, names, before):
    """Refused if somebody else holds one of `arrays`, which the `names` of this scope may leave.

    before   what the names of this scope stand for
    """
    for other in scope.program.scopes:
        for name, x in (before if other is scope else other.names).items():
            if other is scope and name in names:
                continue
            for leaf in flat(x):
                if leaf in arrays if isinstance(leaf, Array) else isinstance(leaf, View) and leaf.base in arrays:
                    raise Refused(f"`{name}` holds an array that another name may leave")


class Left:
    """A number of the last iteration of a loop that may not have had one: reading it then stops the program."""

    def __init__(self, value, condition):
        self.value, self.condition = value, condition


def there(x):
    """What a name stands for where it is read."""
    return emit(control.require, x.value, x.condition) if isinstance(x, Left) else x


class Returned:
    """The value of a return statement, told apart from None."""

    def __init__(self, value):
        self.value = value


def expression(*types):
    """Decorator: how nodes of these types are read."""
    def enter(function):
        EXPRESSIONS.update(dict.fromkeys(types, function))
        return function
    return enter


def statement(*types):
    """Decorator: how statements of these types are read: function (scope, node, those after it)."""
    def enter(function):
        STATEMENTS.update(dict.fromkeys(types, function))
        return function
    return enter


def is_array(x):
    return isinstance(x, (Array, View))


def operand(x):
    """What stands in an instruction for `x`."""
    if is_array(x):
        return x.read()
    if isinstance(x, Value) or type(x) in (int, float, bool):
        return x
    if isinstance(x, (np.float64, np.int64, np.bool_)):
        return x.item()
    raise Refused(f"a value of type {type(x).__name__} in arithmetic")


def is_whole(x):
    return isinstance(x, int) or isinstance(x, Value) and x.type.dtype.kind in "iu" and not x.type.shape
