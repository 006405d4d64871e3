"""The view of a run, as a bundle for the page, for mail, for a terminal.

In:  a Run (optimize/run.py).
Out: {MIME type: data}: our JSON, HTML with a static figure, plain text.
Start at `bundle`.
"""

from ..optimize.live import to_mime
from . import html
from .text import duration, number

MIME = "application/vnd.dpkernel.run.v1+json"
BARS = "▁▂▃▄▅▆▇█"


def bundle(run):
    """The run in all its forms."""
    data = to_mime(run)
    return {MIME: data, "text/html": html.run_html(data), "text/plain": run_text(data)}


def run_text(data):
    """One line of status, one line of curve."""
    value = "no value yet" if data["value"] is None else f"{data['loss']} = {number(data['value'])}"
    lines = [f"{value} after {data['step']} steps of {data['method']} "
             f"({data['evaluations']} evaluations, {duration(data['seconds'])})"]
    losses = [y for y in data["columns"]["loss"] if y is not None]
    if len(losses) > 1:
        lines.append("  " + sparkline(losses))
    if data["reason"]:
        lines.append("  " + data["reason"])
    return "\n".join(lines)


def sparkline(values, width=40):
    """A curve in one line of text.

    >>> sparkline([3.0, 2.0, 1.0])
    '█▅▁'
    """
    n = min(len(values), width)
    picked = [values[k * (len(values) - 1) // max(n - 1, 1)] for k in range(n)]
    low, high = min(picked), max(picked)
    span = (high - low) or 1.0
    return "".join(BARS[round((v - low) / span * 7)] for v in picked)
