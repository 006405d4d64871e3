"""The report and the run as HTML without script, for pages that do not have our extension.

In:  the JSON of a report or of a run.
Out: HTML that follows JupyterLab's theme, or the reader's preference elsewhere.
Start at `report_html` and `run_html`.
"""

from . import svg
from .text import bytes_in_words, duration, escaped, shape_in_words

STYLE = """<style>
.dpk{font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#222);max-width:760px}
.dpk table{border-collapse:collapse;margin:4px 0}.dpk td,.dpk th{padding:2px 14px 2px 0;text-align:left;background:none}
.dpk th{font-weight:400;color:var(--jp-ui-font-color2,#666)}
.dpk code,.dpk pre{font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px}
.dpk pre{max-height:320px;overflow:auto}.dpk .quiet{color:var(--jp-ui-font-color2,#666)}
.dpk .warn{color:var(--jp-warn-color0,#a15c00)}
.dpk .name{max-width:220px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;display:inline-block;vertical-align:bottom}
.dpk svg{vertical-align:middle}.dpk summary{cursor:pointer;color:var(--jp-ui-font-color2,#666)}
@media (prefers-color-scheme:dark){.dpk{color:var(--jp-ui-font-color1,#ddd)}.dpk .quiet,.dpk th,.dpk summary{color:var(--jp-ui-font-color2,#aaa)}}
</style>"""
OPEN = 6


def report_html(data, show=()):
    """The report: parameters, receipt, warnings; costs and code are folded."""
    loss, parameters = data["loss"], data["parameters"]
    parts = [STYLE, '<div class="dpk">', f"<div><code>{escaped(loss['name'])}</code> = <b>{escaped(loss['text'])}</b></div>",
             _table(parameters[:OPEN], data["derivative"])]
    if len(parameters) > OPEN:
        parts.append(f"<details><summary>{len(parameters) - OPEN} more</summary>{_table(parameters[OPEN:], data['derivative'])}</details>")
    if data["receipt"]:
        kind = "warn" if data["receipt"]["text"].startswith("does not") else "quiet"
        parts.append(f'<div class="{kind}">{escaped(data["receipt"]["text"])}</div>')
    parts += [f'<div class="warn">{escaped(text)}</div>' for text in data["warnings"][:5]]
    parts.append(_details(data["details"], show))
    return "".join(parts) + "</div>"


def _table(parameters, derivative):
    rows = "".join(map(_row, parameters))
    return f"<table><tr><th>parameter</th><th>shape</th><th>value</th><th>{derivative}</th><th></th></tr>{rows}</table>"


def _row(p):
    g = p["gradient"]
    remarks = []
    if g["nonfinite"]:
        remarks.append(f"{g['nonfinite']} not finite")
    if g["zeros"] and g["size"] > 1:
        remarks.append(f"{g['zeros']} zero")
    picture = svg.histogram(g["histogram"]) if g["histogram"] else ""
    return (
        f'<tr><td><code class="name" title="{escaped(p["name"])}">{escaped(p["name"])}</code></td>'
        f'<td class="quiet">{escaped(shape_in_words(p["shape"] or ()))}</td><td><code>{escaped(p["value"]["text"])}</code></td>'
        f'<td><code>{escaped(g["text"])}</code></td><td>{picture} <span class="warn">{escaped(", ".join(remarks))}</span></td></tr>'
    )


def _details(details, show):
    ratio = f" ({details['ratio']:.2g} times the cell)" if details["ratio"] is not None else ""
    rows = (("cell", duration(details["seconds_cell"])), ("derivative", duration(details["seconds_gradient"]) + ratio),
            ("held for the backward sweep", bytes_in_words(details["saved_bytes"])),
            ("instructions recorded", details["instructions"]), *(("stays unrolled", text) for text in details["unrolled"]))
    table = "".join(f"<tr><th>{escaped(a)}</th><td>{escaped(b)}</td></tr>" for a, b in rows)
    found = f"<details><summary>details</summary><table>{table}</table></details>"
    if details["code"]:
        found += f"<details open><summary>program</summary><pre>{escaped(details['code'])}</pre></details>"
    return found


def run_html(data):
    """A run: one line of status, the curve, the parameters."""
    value = "" if data["value"] is None else f" = <b>{data['value']:.6g}</b>"
    steps = f"step {data['step']}" + (f" of {data['steps']}" if data["steps"] else "")
    status = f"{escaped(data['method'])}, {steps}, {data['evaluations']} evaluations, {duration(data['seconds'])}"
    parts = [STYLE, '<div class="dpk">', f"<div><code>{escaped(data['loss'])}</code>{value}</div>",
             f'<div class="quiet">{status}</div>', svg.curve(data["columns"], data["loss"])]
    if data["reason"]:
        parts.append(f"<div>{escaped(data['reason'])}</div>")
    rows = "".join(
        f'<tr><td><code class="name" title="{escaped(p["name"])}">{escaped(p["name"])}</code></td>'
        f'<td><code>{escaped(p["text"])}</code></td></tr>' for p in data["parameters"][:OPEN]
    )
    return "".join(parts) + f"<details><summary>parameters</summary><table>{rows}</table></details></div>"
