"""The user's tracebacks without our frames.

In:  an exception that the user's code raised.
Out: the same exception, whose traceback shows the user's frames (and those of what they called).
Start at `clean`.
"""

import os

from ..tracing.site import DO

_HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def is_ours(code):
    """True for frames of dpkernel and for the plain operations it makes in the user's place."""
    return code.co_name == DO or code.co_filename.startswith(_HERE)


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
