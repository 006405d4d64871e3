"""Functions that bring their own derivative.

In:  a function, and its derivative in one of the forms of the table of rules.
Out: the same function; when it is traced, one instruction.
Start at `custom_derivative`.
"""

import contextlib
import functools

import numpy as np

from ..errors import BadCall
from ..ir.types import type_of
from ..primitives import outside
from .draws import Draws
from .look import isinstance
from .rewrite import plain_code
from .site import ACTIVE
from .structures import is_number, own_float


class CustomDerivative:
    """A function with its own derivative; called as the function.

    again   function (context, keyword arguments) -> the same, whose derivative calls the function once more, with these
            and inside the context; None where it does not call it
    """

    def __init__(self, function, partials, linear, vjp, jvp, again=None):
        functools.update_wrapper(self, function)
        self.function, self.again = function, again
        self.partials, self.linear, self.vjp, self.jvp = partials, linear, vjp, jvp

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __get__(self, owner, kind=None):
        return self if owner is None else functools.partial(self, owner)


def custom_derivative(function=None, *, partials=None, linear=None, vjp=None, jvp=None):
    """Decorator: give a function its derivative, in place of that of its lines.

    The function takes numbers and arrays, and returns a new array or a number. One of:

    partials   (*args, y) -> a tuple of dy/d(arg), one an argument, where the function works element by element
               (for one argument the array alone will do); both modes
    linear     (y_bar, *args) -> the cotangent of the first argument, in which the function is linear; both modes
    vjp        (*args, y, y_bar) -> a tuple of cotangents, one an argument, each of its shape (None: zero); reverse mode
    jvp        (*args, y, *tangents) -> the tangent of y; forward mode; may stand beside vjp

    Raises     TypeError without a rule; where one of the wrong shape comes back, ValueError.
               What the rules compute is not differentiated again: second derivatives are refused in words; so is the
               gradient if the function reads, beside its arguments, what depends on a parameter.
    Source     Griewank & Walther, Evaluating Derivatives (2008), section 4.1 (elemental functions)

        @custom_derivative(partials=lambda x, y: y * (1 - y))
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
    """
    forms = [rule for rule in (partials, linear, vjp or jvp) if rule is not None]
    if len(forms) != 1:
        raise BadCall(f"custom_derivative needs one of partials, linear, or vjp and jvp, and has {len(forms) or 'none'}.",
                      do="write, for example, @custom_derivative(partials=lambda x, y: ...) above the function.")

    def decorate(f):
        return CustomDerivative(f, partials, linear, vjp, jvp)

    return decorate if function is None else decorate(function)


@contextlib.contextmanager
def unrecorded():
    """As if nothing were traced."""
    held, ACTIVE.tracer = ACTIVE.tracer, None
    try:
        yield
    finally:
        ACTIVE.tracer = held


@contextlib.contextmanager
def _as_written(function):
    """A function that the traced code has made runs without being followed."""
    code = getattr(function, "__code__", None)
    plain = plain_code(code) if code is not None else None
    if plain is not None:
        function.__code__ = plain
    try:
        yield
    finally:
        if plain is not None:
            function.__code__ = code


class Customs:
    """The part of the tracer that answers calls of such functions."""

    def call_custom(self, site, do, f, args, kwargs):
        """Run the function without looking into it, then record the call as one instruction."""
        reads = f.function
        draws = Draws(self.reach(f.function)) if f.again is not None else None
        with _as_written(f.function):
            result = self.call_unknown(
                site, do, f, None, args, kwargs, f"{f.__name__.replace('<lambda>', 'lambda')}, whose derivative is your own", (args, kwargs, f.function))
        if draws is not None and draws.changed():
            f = f.again(draws.again, kwargs)
        elif draws is not None and kwargs:
            f = f.again(contextlib.nullcontext, kwargs)
        if not is_number(result) or not self.contains_tracked(args):
            return result
        if self.values_behind(self.reach(reads)):
            return result               # it reads what depends on a parameter beside its arguments: unknown
        try:
            operands = tuple(map(self.operand, args))
        except self.unrecordable:
            return result
        if self.contains_tracked(kwargs):
            return result               # unknown: the rule has nothing to say of them
        function = functools.partial(f.function, **kwargs) if kwargs else f.function
        if draws is not None and draws.changed():
            function = draws.again()(function)
        memory = self.memory_of(result) if isinstance(result, np.ndarray) else None
        if memory is not None and (memory.version is not None or set(memory.members) - {id(result)}):
            return result               # not a new array: it stays unknown
        if type(result) is float:
            result = own_float(result)
        attributes = {"function": function, "rule": f, "name": f.__name__.replace("<lambda>", "lambda"), "type": type_of(result)}
        value = self.append_typed(site, outside.custom, operands, type_of(result), attributes)
        self.tracked[id(result)] = value
        self.objects[value] = result
        if memory is not None:
            memory.values.append(value)
        else:
            self.alive.append(result)
        return result
