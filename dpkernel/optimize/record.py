"""The record of a run: what happened at each step.

In:  one row a step.
Out: columns, bounded in memory; the points to draw; a table.
Start at `Record.add`.

When the record is full, neighbouring rows are merged in fours and the rows with the smallest and the
largest loss of each four are kept, so that spikes stay visible at every scale.
"""

import math
from typing import NamedTuple

import numpy as np

COLUMNS = ("step", "evaluations", "loss", "grad_norm", "lr", "seconds")


class Best(NamedTuple):
    """The step with the smallest finite loss."""

    step: int
    loss: float


class Record:
    """Columns `step, evaluations, loss, grad_norm, lr, seconds` and tracked names.

    limit    rows kept at most; beyond it the record is thinned
    rows     how many steps were added in all
    """

    def __init__(self, tracked=(), limit=200_000):
        self.names = (*COLUMNS, *tracked)
        self.limit = limit
        self.rows = 0
        self.best = None            # a Best
        self.events = []
        self._rows = []

    def __len__(self):
        return len(self._rows)

    @property
    def last_step(self):
        """The step of the last row; -1 if there is none."""
        return self._rows[-1][0] if self._rows else -1

    def add(self, *row):
        """Append one row, in the order of `names`. An interrupt leaves a whole row or none."""
        assert len(row) == len(self.names), row
        step, loss = row[0], row[2]
        self._rows.append(row)
        self.rows += 1
        if math.isfinite(loss) and (self.best is None or loss < self.best[1]):
            self.best = Best(step, loss)
        if len(self) > self.limit:
            self._rows = [self._rows[k] for k in extremes([row[2] for row in self._rows], self.limit // 2)]

    def column(self, name):
        """One column as an array."""
        number = self.names.index(name)
        return np.asarray([row[number] for row in self._rows])

    def points(self, most, start=0):
        """{name: list} with at most `most` rows from row `start` on; non-finite numbers are None."""
        rows = self._rows[start:]
        if len(rows) > most:
            rows = [rows[k] for k in extremes([row[2] for row in rows], most)]
        return {name: [_finite(row[number]) for row in rows] for number, name in enumerate(self.names)}

    def to_frame(self):
        """The record as a pandas DataFrame, one row a step."""
        import pandas

        return pandas.DataFrame({name: self.column(name) for name in self.names})


def extremes(values, most):
    """Indices of at most `most` values: the smallest and the largest of each bucket, first and last.

    NaN counts as larger than everything: a curve that broke should show where.
    """
    x = np.asarray(values, float)
    n, buckets = len(x), max((most - 2) // 2, 1)
    chosen = {0, n - 1}
    for part in np.array_split(np.arange(n), min(buckets, n)):
        piece = np.where(np.isnan(x[part]), np.inf, x[part])
        chosen.add(int(part[np.argmin(piece)]))
        chosen.add(int(part[np.argmax(piece)]))
    return sorted(chosen)


def _finite(x):
    return x if x is None or math.isfinite(x) else None
