"""Functions and their gradients, outside of cells.

In:  an ordinary function and its arguments.
Out: its value and the gradients with respect to some of the arguments.
Start at `value_and_gradients`.
"""

import functools
import inspect
import sys
import types

import numpy as np

from ..errors import BadCall, NoDerivative, UnknownParameter, UnsupportedCell
from ..source import Source, Span
from ..tracing import Tracer, models
from ..tracing.calls import RECORDS_ITSELF
from ..tracing.frames import clean, is_ours
from ..tracing.site import Site
from ..tracing.structures import fresh_numbers, is_number, leaves, map_leaves, why_no_number, without_wholes
from ..tracing.tracer import Parameter
from . import gradient
from .program import Program
from .tracebacks import name_of


def value_and_gradients(f, argnums, args, kwargs, cells=None, watch=None):
    """Call `f(*args, **kwargs)` once; return (value, [gradient for each of argnums]).

    cells    a dict for the next call with the same `f`: what was found out about its source
    watch    a function to call where an iteration begins

    Raises LossNotScalar, NoDerivative, UnsupportedWrite, and whatever `f` raises.
    """
    tracer, value, name = traced(f, argnums, args, kwargs, cells, watch)
    gradient.check_value(value, name)
    found, _, _ = gradient.gradients(tracer, value, name)
    return without_wholes(value), found


def program(f, argnums, args, kwargs=None, cells=None):
    """Call `f` once; return the Program of that call, for other derivatives than gradients."""
    return Program(*traced(f, argnums, args, kwargs or {}, cells))


def check_arguments(f, argnums, args):
    """Raise a Lesson if the arguments at these positions are not there, or hold no number."""
    for k in argnums:
        if not -len(args) <= k < len(args):
            raise BadCall(
                f"argnums names argument {k} of `{gradient.word_for(f)}`, and the call has {len(args)} positional arguments.",
                why="positions count from 0, and arguments that are given by name have none.",
                do="pass it by position; or differentiate a function of it alone: lambda x: f(name=x).",
            )
        found = leaves(args[k])
        if found and not any(map(is_number, found)):
            raise UnknownParameter(
                f"`{_name(f, k)}` is not a number.",
                why=why_no_number(args[k]),
                do="pass a float, an array, or a list, dict or dataclass of them.",
            )


def traced(f, argnums, args, kwargs, cells=None, watch=None):
    """Call `f` once while it is traced; return (tracer, value, name of f)."""
    models.load()
    args = list(args)
    for k in argnums:
        args[k] = fresh_numbers(args[k])
    caller = _caller()
    tracer = Tracer(getattr(f, "__globals__", caller.f_globals), [], name_of, cells)
    copies = _told_apart(tracer, f, argnums, args, kwargs)
    tracer.parameters = [Parameter(_name(f, k), lambda k=k: args[k], None) for k in argnums]
    tracer.watch = watch
    tracer.share_memory(tracer.parameters)
    for p in tracer.parameters:
        tracer.take_parameter(p)
    site = Site(_place(caller))
    with tracer:
        _follow(tracer, f)
        try:
            value = site.call(f, *args, **kwargs)
        except BaseException as problem:
            clean(problem)
            raise
        finally:
            written = [old for old, copy, before in copies if _write_back(old, copy, before)]
    if written:
        raise NoDerivative(
            f"`{gradient.word_for(f)}` writes into an argument that it can also reach in another way.",
            why="a derivative belongs to the argument alone, so the function was given a copy of it.",
            do="pass a copy yourself, or do not write into it.",
        )
    return tracer, value, gradient.word_for(f)


def _told_apart(tracer, f, argnums, args, kwargs):
    """Put copies in place of arrays that `f` can reach in another way, too; [(array, copy, how it was)].

    A derivative belongs to the argument: `f(x, x)`, or a method whose object holds x as well, uses it twice.
    """
    copies = []
    for k in argnums:
        others = [args[j] for j in range(len(args)) if j != k % len(args)]
        arrays = [x for x in leaves(args[k]) if isinstance(x, np.ndarray)]
        around = tracer.reach(f, *others, kwargs).arrays if arrays else []
        shared = {id(x): x.copy("K") for x in arrays if any(np.may_share_memory(x, y) for y in around)}
        if shared:
            copies += [(x, shared[id(x)], x.copy("K")) for x in arrays if id(x) in shared]
            args[k] = map_leaves(functools.partial(_exchanged, shared), args[k])
    return copies


def _exchanged(copies, x):
    return copies.get(id(x), x)


def _write_back(old, copy, before):
    """Put what was written into a copy where it belongs; True if something was."""
    if copy.tobytes() == before.tobytes():
        return False
    np.copyto(old, copy)
    return True


def _caller():
    """The user's frame that calls us."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame.f_code):
        frame = frame.f_back
    return frame


def _place(frame):
    """Where a frame stands now."""
    filename = frame.f_code.co_filename
    return Span(Source.of_file(filename, name_of(filename)), frame.f_lineno)


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
