"""Numbers and arrays in short.

In:  numbers, arrays, structures.
Out: text that fits a line.
Start at `short`.
"""

import html
import math

import numpy as np

from ..tracing.structures import is_pandas

WIDTH = 44


def short(x, width=WIDTH):
    """A value in at most `width` characters."""
    if is_pandas(x):
        x = dict(zip(map(str, x.index), x)) if x.ndim == 1 else {str(name): x[name].to_numpy() for name in x.columns}
    if isinstance(x, (bool, np.bool_)) or x is None:
        text = str(x)
    elif isinstance(x, (int, np.integer)):
        text = str(x)
    elif isinstance(x, (float, np.floating)):
        text = number(float(x))
    elif isinstance(x, np.ndarray):
        text = _array(x, width)
    elif isinstance(x, dict):
        text = "{" + ", ".join(f"{k!r}: {short(v, 24)}" for k, v in list(x.items())[:4]) + "}"
    elif isinstance(x, (list, tuple)) and not hasattr(x, "_fields"):
        text = "[" + ", ".join(short(v, 24) for v in list(x)[:6]) + "]"
    else:
        text = repr(x)
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 1] + "…"


def _array(x, width):
    if x.size == 0:
        return f"empty {list(x.shape)}"
    whole = 4 if x.size <= 6 else 0         # a few numbers are shown all, with fewer digits rather than cut
    for digits, edge in ((4, 3), (3, whole), (2, whole), (4, 2), (4, 1), (2, 1)):
        formatter = {"float_kind": f"{{:.{digits}g}}".format} if x.dtype.kind == "f" else None
        if edge:
            text = np.array2string(x, precision=digits, threshold=2 * edge, edgeitems=edge, separator=", ", formatter=formatter)
            if len(" ".join(text.split())) <= width:
                break
    return text


def number(x):
    """Six significant digits.

    >>> number(0.1), number(float("nan")), number(1234567.0)
    ('0.1', 'nan', '1.23457e+06')
    """
    return f"{x:.6g}"


def duration(seconds):
    """Seconds with a unit that suits them.

    >>> duration(0.00042), duration(0.12), duration(75.0)
    ('420 µs', '120 ms', '75 s')
    """
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def bytes_in_words(n):
    """Bytes with a unit that suits them.

    >>> bytes_in_words(800), bytes_in_words(3_100_000_000)
    ('800 bytes', '3.1 GB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n} bytes"


def shape_in_words(shape):
    """`(30,)` as "30", `(64, 10)` as "64 × 10", a number as ""."""
    return " × ".join(map(str, shape)) if shape else ""


def finite(x):
    """`x` for JSON: None where it is not finite."""
    return float(x) if x is not None and math.isfinite(x) else None


def escaped(x):
    """Text for HTML, also inside attributes."""
    return html.escape(str(x), quote=True)
