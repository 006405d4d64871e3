"""The report of a gradient, as a bundle for the page, for mail, for a terminal.

In:  an Evaluation (runtime/cell.py).
Out: {MIME type: data}: our JSON, HTML without script, plain text.
Start at `bundle`.
"""

import numpy as np

from ..codegen.listing import listing
from ..tracing.structures import is_number, is_pandas, leaves
from . import html
from .text import bytes_in_words, duration, finite, shape_in_words, short

MIME = "application/vnd.dpkernel.report.v1+json"
OPEN_LINES = 6      # parameters shown without unfolding
BINS = 16
NAMES = {"gradient": "gradient", "jacobian": "Jacobian", "hessian": "Hessian"}


def bundle(evaluation, show=()):
    """The report in all its forms."""
    data = report(evaluation, show)
    return {MIME: data, "text/html": html.report_html(data, show), "text/plain": report_text(data)}


def report(evaluation, show=()):
    """The report as JSON (NaN and infinities are null; their text says what they are)."""
    ev = evaluation
    receipt = ev.receipt
    return {
        "version": 1,
        "derivative": NAMES[ev.mode],
        "loss": {"name": ev.loss_name, "value": finite(ev.value) if np.ndim(ev.value) == 0 else None, "text": short(ev.value)},
        "parameters": [parameter(n, ev.parameters[n], g) for n, g in ev.gradients.items()],
        "receipt": None if receipt is None else
        {"digits": receipt.digits, "how": receipt.how, "text": receipt.text},
        "warnings": list(ev.notices),
        "details": {
            "seconds_cell": ev.seconds_cell, "seconds_gradient": ev.seconds_gradient,
            "ratio": finite(ev.seconds_gradient / ev.seconds_cell) if ev.seconds_cell else None,
            "saved_bytes": int(ev.saved_bytes), "instructions": int(ev.instructions),
            "unrolled": unrolled(ev.program),
            "code": code(ev.program) if ev.tape is not None and "code" in show and ev.mode == "gradient" else None,
            "graph": None, "source": "",
        },
    }


def unrolled(program):
    """Loops that are not loops in the program, with the line and the reason."""
    return [f"line {span.line}: {why}" for span, why in program.unrolled] if program is not None else []


def code(program):
    """The gradient as a function in Python."""
    return listing(*program.way_back()).text


def parameter(name, value, gradient):
    """One parameter and its gradient, in numbers."""
    array = numbers(value)
    is_array = isinstance(value, np.ndarray)
    is_number = isinstance(value, (int, float, complex, np.generic))
    return {
        "name": name,
        "kind": "array" if is_array else "number" if is_number else "container",
        "shape": list(value.shape) if is_array else [] if is_number else None,
        "dtype": str(value.dtype) if hasattr(value, "dtype") else type(value).__name__,
        "value": {"text": short(value), "norm": _norm(array)},
        "gradient": summary(gradient),
        "note": None,
    }


def summary(gradient):
    """What a reader wants to know of a gradient without reading its numbers."""
    x = numbers(gradient)
    good = x[np.isfinite(x)]
    return {
        "text": short(gradient), "norm": _norm(x),
        "min": float(good.min()) if good.size else None, "max": float(good.max()) if good.size else None,
        "zeros": int(np.sum(x == 0)), "nonfinite": int(x.size - good.size), "size": int(x.size),
        "histogram": histogram(good) if good.size > 1 else None,
    }


def numbers(x):
    """All numbers inside a structure, as one real array (of complex numbers the absolute values)."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (list, tuple)):
        parts = [numbers(part) for part in x]
        return np.concatenate(parts) if parts else np.empty(0)
    if hasattr(x, "__dataclass_fields__"):
        return numbers([getattr(x, name) for name in x.__dataclass_fields__])
    if is_pandas(x):
        return numbers([leaf for leaf in leaves(x) if is_number(leaf)])
    if isinstance(x, (bool, str)) or not isinstance(x, (int, float, complex, np.generic, np.ndarray)):
        return np.empty(0)
    x = np.ravel(np.asarray(x))
    if x.dtype.kind not in "iufc":
        return np.empty(0)
    return np.abs(x) if x.dtype.kind == "c" else x.astype(float)


def histogram(x):
    """Counts in equal bins between the smallest and the largest number."""
    low, high = float(x.min()), float(x.max())
    if not np.isfinite(high - low):
        return None
    counts, _ = np.histogram(x, BINS, (low, high) if low < high else (low - 0.5, low + 0.5))
    return {"counts": counts.tolist(), "low": low, "high": high}


def _norm(x):
    with np.errstate(all="ignore"):
        return finite(np.sqrt(np.sum(x * x)))


def report_text(data):
    """The report in plain text, aligned."""
    loss, parameters = data["loss"], data["parameters"]
    lines = [f"{loss['name']} = {loss['text']}"]
    shown = parameters[:OPEN_LINES]
    width = min(max((len(p["name"]) for p in shown), default=0), 30)
    for p in shown:
        shape = shape_in_words(p["shape"] or ())
        lines.append(
            f"  {_cut(p['name'], 30):<{width}}  {shape:>9}  {data['derivative']} {p['gradient']['text']}{_remarks(p['gradient'])}"
        )
    if len(parameters) > len(shown):
        lines.append(f"  … {len(parameters) - len(shown)} more")
    if data["receipt"]:
        lines.append(f"  {data['receipt']['text']}")
    lines += [f"  note: {warning}" for warning in data["warnings"][:5]]
    return "\n".join(line.rstrip() for line in lines)


def _remarks(gradient):
    remarks = []
    if gradient["nonfinite"]:
        remarks.append(f"{gradient['nonfinite']} of {gradient['size']} not finite")
    if gradient["zeros"] and gradient["size"] > 1:
        remarks.append(f"{gradient['zeros']} of {gradient['size']} zero")
    return f"  ({', '.join(remarks)})" if remarks else ""


def _cut(text, width):
    return text if len(text) <= width else text[:width - 1] + "…"


def costs(details):
    """Times, memory and size in words, for the folded part."""
    ratio = f" ({details['ratio']:.2g} times the cell)" if details["ratio"] is not None else ""
    return [
        ("cell", duration(details["seconds_cell"])),
        ("derivative", duration(details["seconds_gradient"]) + ratio),
        ("held for the backward sweep", bytes_in_words(details["saved_bytes"])),
        ("instructions recorded", str(details["instructions"])),
        *(("stays unrolled", text) for text in details["unrolled"]),
    ]
