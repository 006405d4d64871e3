"""Small pictures as SVG text: a histogram, a loss curve.

In:  counts, or columns of a run.
Out: an `<svg>` element that takes the text's colour and needs no script.
Start at `curve`.
"""

import math

from .text import escaped, number

ACCENT = "var(--jp-brand-color1,#1976d2)"
WIDE, HIGH, LEFT, BOTTOM, TOP = 560, 200, 64, 24, 10


def histogram(data):
    """Bars of equal width, 96 x 18 pixels."""
    counts = data["counts"]
    most, width = max(max(counts), 1), 96 / len(counts)
    bars = "".join(
        f'<rect x="{k * width:.1f}" y="{18 - 17 * n / most:.1f}" width="{width - 1:.1f}" height="{17 * n / most:.1f}"/>'
        for k, n in enumerate(counts) if n
    )
    title = f"from {number(data['low'])} to {number(data['high'])}"
    return (f'<svg width="96" height="18" role="img" aria-label="{title}" fill="{ACCENT}">'
            f"<title>{title}</title>{bars}</svg>")


def curve(columns, name):
    """Loss against step; logarithmic where the losses are positive and span more than two decades."""
    points = [(s, y) for s, y in zip(columns["step"], columns["loss"]) if y is not None]
    if not points:
        return '<div class="quiet">no steps yet</div>'
    ys = [y for _, y in points]
    log = min(ys) > 0 and max(ys) > 100 * min(ys)
    scale = (lambda y: math.log10(y)) if log else (lambda y: y)
    low, high = min(map(scale, ys)), max(map(scale, ys))
    if high - low < 1e-12 * max(abs(high), 1e-300):
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    first, last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def x_of(s):
        return LEFT + (WIDE - LEFT - 10) * (s - first) / (last - first)

    def y_of(v):
        return TOP + (HIGH - TOP - BOTTOM) * (high - v) / (high - low)

    line = " ".join(f"{x_of(s):.1f},{y_of(scale(y)):.1f}" for s, y in points)
    mark = (f'<polyline points="{line}" fill="none" stroke="{ACCENT}" stroke-width="1.6"/>' if len(points) > 1
            else f'<circle cx="{x_of(first):.1f}" cy="{y_of(scale(ys[0])):.1f}" r="3" fill="{ACCENT}"/>')
    axes = "".join(
        f'<text x="{LEFT - 6}" y="{y_of(t) + 4:.1f}" text-anchor="end">{number(10**t if log else t)}</text>'
        f'<line x1="{LEFT}" x2="{WIDE - 10}" y1="{y_of(t):.1f}" y2="{y_of(t):.1f}" stroke="currentColor" opacity=".15"/>'
        for t in _ticks(low, high, whole=log and high - low >= 2)
    )
    steps = "".join(
        f'<text x="{x_of(t):.1f}" y="{HIGH - 6}" text-anchor="middle">{number(t)}</text>'
        for t in _ticks(first, last, whole=True)
    )
    title = f"{escaped(name)} from {number(ys[0])} at step {first} to {number(ys[-1])} at step {points[-1][0]}"
    return (f'<svg viewBox="0 0 {WIDE} {HIGH}" width="100%" style="max-width:{WIDE}px" role="img" aria-label="{title}" '
            f'font-size="11" fill="currentColor"><title>{title}</title>{axes}{steps}{mark}</svg>')


def _ticks(low, high, whole=False):
    """Three to six round numbers between `low` and `high`."""
    size = 10 ** math.floor(math.log10((high - low) / 4))
    step = min((k * size for k in (1, 2, 5, 10)), key=lambda s: abs((high - low) / s - 4))
    step = max(round(step), 1) if whole else step
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]
