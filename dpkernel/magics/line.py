"""The magic line, cut into pieces. No meaning yet, only positions.

In:  what stands behind `%%grad`, and the cell's body, into which a final backslash continues.
Out: a `MagicLine`: LOSS and the options in order, each a `Piece` that knows where it stands.
Start at `split`.

    %%grad [LOSS] (--name [VALUE])*

The line is cut at ` --letter` outside quotes and brackets; a VALUE runs to the next cut. Nothing is
unquoted or expanded: pieces are Python, to be read by others. ` # ...` is dropped.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

CLOSING = {"(": ")", "[": "]", "{": "}"}
OPTION = re.compile(r"(?<!\S)--([A-Za-z][\w-]*)")


@dataclass(frozen=True)
class Piece:
    """A part of the magic line's text, without blanks at its ends."""

    text: str
    start: int

    @property
    def end(self):
        return self.start + len(self.text)

    def __str__(self):
        return self.text


@dataclass(frozen=True)
class Option:
    """`--name VALUE`; the name's piece includes the dashes. The value is None if nothing follows."""

    name: Piece
    value: Piece | None


@dataclass(frozen=True)
class MagicLine:
    """The pieces of a magic line.

    text      all rows joined, without comment, each continuing backslash replaced by a blank
    depths    for each character, the number of open brackets; -1 inside quotes
    rows      where in `text` each row starts; row 0 is the magic line itself
    loss      what stands before the first option, or None
    options   in the order of the line
    unclosed  where a quote or bracket stands that is never closed, or None
    """

    text: str
    depths: tuple
    rows: tuple
    loss: Piece | None
    options: tuple
    unclosed: int | None

    @property
    def consumed(self):
        """How many lines of the body belong to the magic line."""
        return len(self.rows) - 1

    def place(self, index):
        """Translate a position in `text` to row and column."""
        row = bisect_right(self.rows, index) - 1
        return row, index - self.rows[row]

    def piece(self, start, end):
        """The text from `start` to `end` without blanks at its ends; None if nothing is left."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip())
        return Piece(text.strip(), start) if text.strip() else None

    def entries(self, piece):
        """Cut a value at its commas outside brackets. Nothing between two commas gives None.

        >>> line = split("--wrt w, p['b, c'],")
        >>> [str(entry) for entry in line.entries(line.options[0].value)]
        ['w', "p['b, c']"]
        """
        commas = [i for i in range(piece.start, piece.end) if self.text[i] == "," and self.depths[i] == 0]
        starts = [piece.start, *(i + 1 for i in commas)]
        found = [self.piece(start, end) for start, end in zip(starts, [*commas, piece.end])]
        return found[:-1] if len(found) > 1 and found[-1] is None else found

    def named(self, entry):
        """Cut `name=value`: (name or None, value or None), where a plain value has no name.

        >>> line = split("--lr w=0.1, b == c")
        >>> [[str(part) for part in line.named(e)] for e in line.entries(line.options[0].value)]
        [['w', '0.1'], ['None', 'b == c']]
        """
        for i in self._outside(entry, "="):
            if self.text[i + 1:i + 2] != "=" and self.text[i - 1] not in "=<>!:":
                return self.piece(entry.start, i), self.piece(i + 1, entry.end)
        return None, entry

    def bounds(self, value):
        """Cut `lo:hi`: (lo or None, hi or None), or None if the value is no range.

        >>> line = split("--bounds 1e-6:10")
        >>> [str(part) for part in line.bounds(line.options[0].value)]
        ['1e-6', '10']
        """
        for i in self._outside(value, ":"):
            if self.text[i + 1:i + 2] != "=":
                return self.piece(value.start, i), self.piece(i + 1, value.end)
        return None

    def _outside(self, piece, character):
        """Where a character stands in a piece, outside quotes and brackets."""
        return [i for i in range(piece.start, piece.end) if self.text[i] == character and self.depths[i] == 0]


def split(line, body=""):
    """Cut a magic line.

    line   what stands behind `%%grad` and one blank
    body   the lines below; as many belong to the magic line as backslashes ask for

    Returns a `MagicLine`. Nothing is refused here: unclosed quotes and unknown names are only noted.

    >>> line = split("loss --wrt w, b --check  # twice as slow")
    >>> str(line.loss), [(str(o.name), o.value and str(o.value)) for o in line.options]
    ('loss', [('--wrt', 'w, b'), ('--check', None)])
    """
    text, depths, rows, unclosed = _scan([line, *body.split("\n")])
    cuts = [match for match in OPTION.finditer(text) if depths[match.start()] == 0]
    bare = MagicLine(text, depths, rows, None, (), unclosed)
    ends = [*(cut.start() for cut in cuts), len(text)]
    options = tuple(
        Option(Piece(cut.group(), cut.start()), bare.piece(cut.end(), end)) for cut, end in zip(cuts, ends[1:])
    )
    return MagicLine(text, depths, rows, bare.piece(0, ends[0]), options, unclosed)


def _scan(lines):
    """Join the rows of the magic line and count the brackets around each character."""
    text, depths, rows = "", [], []
    opened, quote = [], None               # open brackets and quotes: (what closes it, where it stands)
    for line in lines:
        rows.append(len(text))
        stripped = line.rstrip()
        goes_on = stripped.endswith("\\")
        row = stripped[:-1] + " " if goes_on else stripped
        escaped = False
        for column, character in enumerate(row):
            index = len(text) + column
            if quote is None and character == "#" and (column == 0 or row[column - 1].isspace()):
                row, goes_on = row[:column], False
                break
            depths.append(len(opened) if quote is None else -1)
            if quote is not None:
                if character == quote[0] and not escaped:
                    quote = None
                escaped = character == "\\" and not escaped
            elif character in "\"'":
                quote, escaped = (character, index), False
                depths[-1] = -1
            elif character in CLOSING:
                opened.append((CLOSING[character], index))
            elif opened and character == opened[-1][0]:
                opened.pop()
        text += row
        if not goes_on:
            break
    first = quote or (opened[-1] if opened else None)
    return text, tuple(depths), tuple(rows), first and first[1]
