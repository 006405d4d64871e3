"""The user's tracebacks without our frames.

In:  an exception that the user's code raised.
Out: the same exception, whose traceback shows the user's frames (and those of what they called).
Start at `clean`.
"""

import functools
import os

from ..errors import InternalError
from ..lazy import loaded
from ..tracing.site import DO

_HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def is_ours(code):
    """True for frames of dpkernel and for the plain operations it makes in the user's place."""
    return code.co_name == DO or code.co_filename.startswith(_HERE)


def name_of(filename, shell=None):
    """How people know a file: by its cell's number, or by its own name."""
    if shell is None and loaded("IPython") is not None:
        shell = loaded("IPython").get_ipython()
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", {})
    return f"In [{numbers[filename]}]" if filename in numbers else os.path.basename(filename)


def users_frames(function):
    """Decorator: exceptions leave `function` with the user's frames alone."""
    @functools.wraps(function, updated=())
    def called(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except BaseException as problem:
            if not isinstance(problem, InternalError):
                clean(problem)
            raise

    return called


def clean(exception):
    """Take our frames out of the traceback of `exception` and of those it came from."""
    seen = set()
    while exception is not None and id(exception) not in seen:
        seen.add(id(exception))
        exception.__traceback__ = _without_ours(exception.__traceback__)
        exception = exception.__cause__ or exception.__context__


def _without_ours(traceback):
    kept = []
    while traceback is not None:
        if not is_ours(traceback.tb_frame.f_code):
            kept.append(traceback)
        traceback = traceback.tb_next
    for this, following in zip(kept, [*kept[1:], None]):
        this.tb_next = following
    return kept[0] if kept else None
