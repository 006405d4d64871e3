"""Prints of a cell that runs a thousand times.

In:  what the cell writes to standard output and standard error.
Out: the first evaluations in full, then at most one an interval; the number left out is counted.
Start at `Thinned`.
"""

import sys
import time

FIRST = 5           # evaluations whose prints are shown in full
INTERVAL = 0.5      # seconds between the later ones that are shown


class Thinned:
    """While this is entered, output of later evaluations is thinned; `run.prints` counts what was left out."""

    def __init__(self, run):
        self.run = run
        self.evaluation, self.shown_at, self.showing = -1, 0.0, True
        run.prints = 0

    def __enter__(self):
        self.streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream(self, sys.stdout), _Stream(self, sys.stderr)
        return self

    def __exit__(self, *exception):
        sys.stdout, sys.stderr = self.streams
        if self.run.prints:
            print(f"({self.run.prints} prints of later evaluations are not shown)")

    def shows(self):
        """True if the present evaluation's output is shown; decided once for each."""
        if self.run.evaluations != self.evaluation:
            self.evaluation, now = self.run.evaluations, time.monotonic()
            self.showing = self.evaluation < FIRST or now - self.shown_at > INTERVAL
            if self.showing:
                self.shown_at = now
        return self.showing


class _Stream:
    """A stream that asks before it writes; everything else is the real stream's."""

    def __init__(self, thinned, stream):
        self._thinned, self._stream = thinned, stream

    def write(self, text):
        if self._thinned.shows():
            return self._stream.write(text)
        self._thinned.run.prints += text.count("\n")
        return len(text)

    def __getattr__(self, name):
        return getattr(self._stream, name)
