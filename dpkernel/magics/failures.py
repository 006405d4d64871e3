"""Exceptions of a cell, shown as IPython shows those of a plain cell.

In:  an exception on its way out of a magic.
Out: the same exception; IPython shows the user's frames and none of ours.
Start at `users_traceback`.
"""

import contextlib
import functools
import sys

from ..errors import Lesson
from ..lazy import loaded

RENDERING = "_render_traceback_"        # IPython asks an exception for it
OUTER = "_dpkernel_outer"        # of what IPython knows of a cell: the tracing in which it runs


@contextlib.contextmanager
def users_traceback(shell):
    """Let IPython show an exception from the user's first frame on.

    The frames of the magic's own call stand above it when IPython asks; the exception brings its own
    rendering, which `after_cell` takes away. Lessons and SyntaxErrors have theirs.
    """
    try:
        yield
    except (Lesson, SyntaxError):
        raise
    except BaseException as problem:
        _bring_rendering(shell, problem)
        raise


def _bring_rendering(shell, problem):
    from ..tracing.frames import clean

    clean(problem)
    inner, kind = problem.__traceback__, type(problem)

    @functools.cache        # IPython asks twice, for the page and for its history
    def render():
        problem.__traceback__ = sys.last_traceback = inner
        return shell.InteractiveTB.structured_traceback(kind, problem, inner, tb_offset=0)

    setattr(problem, RENDERING, render)


def before_cell(info):
    """Before a cell that a traced cell runs: its end is not that of the tracing."""
    site = loaded("dpkernel.tracing.site")
    if site is not None and site.ACTIVE.tracer is not None:
        setattr(info, OUTER, site.ACTIVE.tracer)


def after_cell(result):
    """After a cell: an interrupt that came just when a tracing ended has not kept it from ending."""
    site = loaded("dpkernel.tracing.site")
    if site is None:        # nothing was traced yet, and a plain cell need not wait for our imports
        return
    info = getattr(result, "info", None)
    if info is not None and not (info.raw_cell or "").strip():
        return              # IPython has not told of its beginning; it did nothing
    outer = vars(info).pop(OUTER, None) if info is not None else None
    while site.ACTIVE.tracer is not None and site.ACTIVE.tracer is not outer:
        site.ACTIVE.tracer.__exit__(None)
    problem = result.error_in_exec or result.error_before_exec
    if problem is not None and outer is None:
        vars(problem).pop(RENDERING, None)
        forget_frames(problem)


def forget_frames(problem):
    """The frames of ours that an exception still leads to hold nothing any more."""
    from ..tracing.frames import is_ours

    seen = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        step = problem.__traceback__
        while step is not None:
            frame, step = step.tb_frame, step.tb_next
            while frame is not None:
                if is_ours(frame.f_code) and frame not in seen:
                    seen.add(frame)
                    with contextlib.suppress(RuntimeError):     # it is running
                        frame.clear()
                frame = frame.f_back
        problem = problem.__cause__ or problem.__context__


def show_syntax_error(shell, problem):
    """Let IPython show a SyntaxError of the cell as it shows that of a plain one: without any frame.

    IPython shows a SyntaxError of running code with its frames, unless a handler does it.
    """
    before, handle_before = shell.custom_exceptions, shell.__dict__.get("CustomTB")

    def handler(shell, kind, value, traceback, tb_offset=None):
        shell.custom_exceptions = before
        if handle_before is not None:
            shell.CustomTB = handle_before
        if value is problem:
            shell.showsyntaxerror()
        else:
            shell.showtraceback((kind, value, traceback), running_compiled_code=True)

    shell.set_custom_exc((SyntaxError,), handler)
