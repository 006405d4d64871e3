"""The user's frames, without ours between them.

In:  a frame, or an exception that the user's code raised.
Out: what the plain program would see: the frames of the user's, and of what they called.
Start at `is_ours`.
"""

import os
import sys
import warnings

DO = "__dpkernel_do__"      # the qualified name of code that does a plain operation in the user's place
_HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def is_ours(code):
    """True for code of dpkernel and for the plain operations it makes in the user's place."""
    return code.co_qualname == DO or code.co_filename.startswith(_HERE)


def users(frame):
    """The frame itself if it is not one of ours, else the next one outwards; None behind the last."""
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    return frame


def clean(exception):
    """Take our frames out of the traceback of `exception`, of those it came from and of those in its group."""
    waiting, seen = [exception], set()
    while waiting:
        exception = waiting.pop()
        if exception is None or id(exception) in seen:
            continue
        seen.add(id(exception))
        exception.__traceback__ = _without_ours(exception.__traceback__)
        waiting += [exception.__cause__ or exception.__context__]
        if isinstance(exception, BaseExceptionGroup):
            waiting += exception.exceptions


def _without_ours(traceback):
    kept = []
    while traceback is not None:
        if not is_ours(traceback.tb_frame.f_code):
            kept.append(traceback)
        traceback = traceback.tb_next
    for this, following in zip(kept, [*kept[1:], None]):
        if this.tb_next is not following:
            this.tb_next = following
    return kept[0] if kept else None


class Frames:
    """The part of the tracer that answers functions which look at the frames of their callers."""

    def call_getframe(self, site, do, f, args, kwargs):
        """`sys._getframe(depth)`, `inspect.currentframe()`."""
        frame = users(sys._getframe())
        for _ in range(args[0] if args else 0):
            frame = users(frame.f_back)
            if frame is None:
                return do(f, (sys.getrecursionlimit(),), {})        # Python says that there are not so many
        return frame

    def call_stack(self, site, do, f, args, kwargs):
        """`inspect.stack()`."""
        return [x for x in do(f, args, kwargs) if not is_ours(x.frame.f_code)]

    def call_warn(self, site, do, f, args, kwargs):
        """`warnings.warn(message, category, stacklevel)`: the place above the caller's is one of the user's."""
        level = args[2] if len(args) > 2 else kwargs.get("stacklevel", 1)
        if not isinstance(level, int) or level < 2:
            return self.call_unknown(site, do, f, None, args, kwargs)

        def placed(f, args, kwargs):
            given = {**kwargs, **dict(zip(("message", "category"), args)), "stacklevel": 1 + outwards(sys._getframe(), level)}
            return warnings.warn(**given)

        return self.call_unknown(site, placed, f, None, args, kwargs)


def outwards(frame, number):
    """How many frames lie between a frame of ours and the user's frame of that number, counted outwards from 1."""
    count = 0
    while frame is not None:
        number -= not is_ours(frame.f_code)
        if not number:
            break
        frame, count = frame.f_back, count + 1
    return count
