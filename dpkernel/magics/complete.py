"""Completion in the line of our magics.

In:  the text of a cell and the position of the cursor.
Out: what could stand there, or None where IPython's own completion should answer.
Start at `complete`.
"""

import re

from ..tracing.structures import is_number, leaves
from .options import GRAD, LINE_GRAD, OPTIMIZE

LINE = re.compile(r"(%%grad|%%optimize|%grad)\b(.*)", re.DOTALL)
MAGICS = {magic.prefix: magic for magic in (GRAD, LINE_GRAD, OPTIMIZE)}
WORD = re.compile(r"[\w.-]*$")


def complete(code, cursor_pos, namespace):
    """Completions for the magic line.

    code, cursor_pos   the cell and the cursor, in characters
    namespace          the user's names

    Returns  {"matches": [...], "cursor_start": n, "cursor_end": n}, or None outside of our lines

    >>> complete("%%grad loss --w", 15, {})["matches"]
    ['--wrt']
    """
    start = code.rfind("\n", 0, cursor_pos) + 1
    line = code[start:cursor_pos]
    found = LINE.match(line)
    if found is None or any(row.strip() and not row.startswith("#") for row in code[:start].split("\n")):
        return None
    magic, before = MAGICS[found.group(1)], found.group(2)
    word = WORD.search(before).group()
    matches = _candidates(magic, before[:len(before) - len(word)], word, code[cursor_pos:], namespace)
    return {
        "matches": [m for m in matches if m.startswith(word)],
        "cursor_start": cursor_pos - len(word), "cursor_end": cursor_pos,
    }


def _candidates(magic, before, word, below, namespace):
    """What could stand behind `before`."""
    given = re.findall(r"(?<!\S)--([\w-]+)", before)
    if word.startswith("-"):
        return ["--" + option.name for option in magic.options if option.name not in given]
    option = magic.option(given[-1]) if given else None
    if option is None:
        return _names(namespace, _numeric) + _assigned(below)
    if option.kind in ("choice", "choices"):
        return list(option.choices)
    if option.kind == "places":
        return _names(namespace, _numeric)
    return _names(namespace, lambda x: True) if option.kind != "flag" else []


def _names(namespace, wanted):
    return sorted(n for n, x in namespace.items() if not n.startswith("_") and wanted(x))


def _numeric(x):
    return not callable(x) and any(map(is_number, leaves(x)))


def _assigned(below):
    """Names that lines below seem to assign; the cell may not be whole yet."""
    return sorted(set(re.findall(r"^(\w+)\s*=(?!=)", below, re.MULTILINE)))
