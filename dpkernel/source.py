"""Source text and places in it.

In:  the text of a cell or of a function's file.
Out: `Span`s, which point at a piece of that text and can draw carets under it.
Start at `Source` and `Span`.
"""

import linecache
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Source:
    """A text that the user wrote.

    text      the whole text, lines separated by newlines
    name      how people know it: "In [4]", or a file's name
    filename  what tracebacks call it
    header    the magic line(s) above the body; they count as the first lines
    """

    text: str
    name: str = "cell"
    filename: str = "<cell>"
    lines: list = field(init=False, repr=False)

    @classmethod
    def of_file(cls, filename, name):
        """The text that tracebacks show for a file."""
        return cls("".join(linecache.getlines(filename)), name, filename)

    def __post_init__(self):
        object.__setattr__(self, "lines", self.text.split("\n"))

    def line(self, number):
        """The text of line `number`, counted from 1; empty outside."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Span:
    """A piece of a source: lines count from 1, columns from 0 in characters.

    `end_column` is exclusive, as in Python's own positions.
    """

    __slots__ = ("source", "line", "column", "end_line", "end_column")

    def __init__(self, source, line, column=0, end_line=None, end_column=None):
        self.source = source
        self.line = line
        self.column = column
        self.end_line = line if end_line is None else end_line
        self.end_column = end_column

    @classmethod
    def of(cls, source, node):
        """The span of an `ast` node, whose columns count UTF-8 bytes."""
        return cls(
            source,
            node.lineno,
            _characters(source.line(node.lineno), node.col_offset),
            node.end_lineno,
            _characters(source.line(node.end_lineno), node.end_col_offset),
        )

    @property
    def place(self):
        """Where it is, in words: "In [4], line 3"."""
        return f"{self.source.name}, line {self.line}"

    @property
    def text(self):
        """The piece itself, cut at the end of its first line."""
        return self.source.line(self.line)[self.column:self._last_column()]

    def excerpt(self):
        """Two lines: the user's line behind its place, and carets below the piece.

        >>> print(Span(Source("y = exp(x)", "In [4]"), 1, 4, 1, 10).excerpt())
        In [4], line 1:   y = exp(x)
                              ^^^^^^
        """
        line = self.source.line(self.line)
        indent = len(line) - len(line.lstrip())
        prefix = f"{self.place}:   "
        shown = line[indent:].rstrip()
        start = max(self.column - indent, 0)
        width = max(self._last_column() - indent - start, 1)
        carets = " " * (len(prefix) + start) + "^" * width
        return f"{prefix}{shown}\n{carets}"

    def _last_column(self):
        """Exclusive end on the first line; a piece of several lines ends where that line ends."""
        line = self.source.line(self.line).rstrip()
        if self.end_column is None or self.end_line != self.line:
            return len(line)
        return self.end_column

    def __repr__(self):
        return f"<Span {self.place}: {self.text}>"


def _characters(line, byte_column):
    """Translate a column in UTF-8 bytes into one in characters."""
    if line.isascii():
        return byte_column
    return len(line.encode()[:byte_column].decode(errors="ignore"))
