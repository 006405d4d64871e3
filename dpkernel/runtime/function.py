"""Functions and their gradients, outside of cells.

In:  an ordinary function and its arguments.
Out: its value and the gradients with respect to some of the arguments.
Start at `value_and_gradients`.
"""

import inspect
import os
import types

from ..errors import UnsupportedCell
from ..tracing import Tracer, models
from ..tracing.calls import RECORDS_ITSELF
from ..tracing.structures import fresh_numbers
from ..tracing.tracer import Parameter
from . import gradient
from .program import Program
from ..tracing.frames import clean


def value_and_gradients(f, argnums, args, kwargs, cells=None):
    """Call `f(*args, **kwargs)` once; return (value, [gradient for each of argnums]).

    cells    a dict for the next call with the same `f`: what was found out about its source

    Raises LossNotScalar, NoDerivative, UnsupportedWrite, and whatever `f` raises.
    """
    tracer, value, name = traced(f, argnums, args, kwargs, cells)
    gradient.check_scalar(value, name)
    found, _, _ = gradient.gradients(tracer, value, name)
    return value, found


def program(f, argnums, args, kwargs=None, cells=None):
    """Call `f` once; return the Program of that call, for other derivatives than gradients."""
    return Program(*traced(f, argnums, args, kwargs or {}, cells))


def traced(f, argnums, args, kwargs, cells=None):
    """Call `f` once while it is traced; return (tracer, value, name of f)."""
    models.load()
    args = list(args)
    for k in argnums:
        if not -len(args) <= k < len(args):
            raise IndexError(f"argnums names argument {k}, and the call has {len(args)} positional arguments")
        args[k] = fresh_numbers(args[k])
    parameters = [Parameter(_name(f, k), lambda k=k: args[k], None) for k in argnums]
    tracer = Tracer(getattr(f, "__globals__", {}), parameters, os.path.basename, cells)
    tracer.share_memory(parameters)
    for p in parameters:
        tracer.take_parameter(p)
    with tracer:
        _follow(tracer, f)
        try:
            value = f(*args, **kwargs)
        except BaseException as problem:
            clean(problem)
            raise
    return tracer, value, getattr(f, "__name__", "the function")


def _follow(tracer, f):
    """Let the function run rewritten; one without source would give zeros without a word."""
    tracer.meet_callback(f)
    plain = f.__func__ if isinstance(f, types.MethodType) else f
    if isinstance(plain, types.FunctionType) and plain not in RECORDS_ITSELF and not tracer.is_followed(plain):
        raise UnsupportedCell(
            f"the source of {getattr(f, '__qualname__', f)} is not to be found.",
            why="a gradient is taken by following the lines of the function, and only code from a\n"
                "notebook or from a file of your own is followed.",
            do="define it in a cell or in a file.",
        )


def _name(f, k):
    """The name of argument `k`."""
    try:
        return list(inspect.signature(f).parameters)[k]
    except (ValueError, TypeError, IndexError):
        return f"argument {k}"
