"""What users see of files and of tracebacks.

In:  names of files; functions of ours that users call.
Out: how people know a file; the same functions, whose exceptions show the user's frames alone.
Start at `users_frames`.
"""

import functools
import os

from ..errors import InternalError
from ..lazy import loaded
from ..tracing.frames import clean


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
