"""Errors that users see: short lessons.

In:  what went wrong, where, why, and what to do.
Out: an exception whose text is those four, in that order.
Start at `Lesson`. Each subclass names one mistake; nothing else is in it.
"""

import difflib


class Lesson(Exception):
    """An error as a record first and a text last.

    what   one sentence, ends with a full stop
    span   a `source.Span`, or None
    why    one or two sentences, or None
    do     what the reader can do now, or None; lines may be separated by newlines
    """

    def __init__(self, what, *, span=None, why=None, do=None):
        super().__init__(what)
        self.what = what
        self.span = span
        self.why = why
        self.do = do

    def __str__(self):
        parts = [self.what]
        if self.span is not None:
            parts.append("\n" + _indent(self.span.excerpt(), "  "))
        for label, text in (("Why:", self.why), ("Do: ", self.do)):
            if text:
                parts.append(f"  {label}  " + text.replace("\n", "\n        "))
        return "\n".join(parts)

    def _render_traceback_(self):
        """IPython shows this in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class NoDerivative(Lesson):
    """The gradient would have to pass through something without a derivative."""


class LossNotScalar(Lesson):
    """The loss is not one real number."""


class UnknownParameter(Lesson):
    """A `--wrt` name does not exist or holds no number."""


class MissingWrt(Lesson):
    """`--wrt` is missing."""


class NoLoss(Lesson):
    """Nothing in the cell says what is to be differentiated."""


class BadCall(Lesson, TypeError, ValueError, IndexError):
    """A derivative was asked for with arguments that do not fit."""


class UnknownOption(Lesson):
    """The magic line has an option that does not exist."""


class BadMagicLine(Lesson):
    """The magic line, or a value in it, cannot be read."""


class UnsupportedWrite(Lesson):
    """A write into an array that the gradient depends on."""


class UnsupportedCell(Lesson):
    """The cell contains something that cannot be followed at all."""


class InternalError(Lesson):
    """One of our own assumptions failed: a bug in dpkernel."""

    def __init__(self, what, *, tape=None):
        super().__init__(
            f"this is a bug in dpkernel: {what}",
            why="one of dpkernel's own assumptions does not hold here.",
            do="please report it, with the cell" + (f" and this tape:\n{tape}" if tape else "."),
        )
        self.tape = tape


def nearest(name, candidates):
    """Return the candidate most like `name`, or None if none is close.

    >>> nearest("wieght", ["weight", "bias"])
    'weight'
    """
    found = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.6)
    return found[0] if found else None


def five(items):
    """Join at most five items, and say how many more there are.

    >>> five("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    items = list(items)
    shown = ", ".join(items[:5])
    return shown if len(items) <= 5 else f"{shown} and {len(items) - 5} more"


def _indent(text, margin):
    return "\n".join(margin + line for line in text.split("\n"))
