"""What a magic's line and cell ask for, read and checked.

In:  the shell, the magic, its line and its cell.
Out: a Request: the options' values, the body as a Cell, the loss.
Start at `read`.
"""

from dataclasses import dataclass

from ..runtime.cell import Cell
from ..source import Source
from . import check
from .failures import show_syntax_error
from .header import Header
from .line import split
from .transform import put_back


@dataclass
class Request:
    """A checked magic line above its cell.

    values   option name -> value
    cell     the body
    loss     text of the loss, or None for the last statement
    span     where the loss stands, or None
    """

    shell: object
    values: dict
    cell: Cell
    loss: str | None
    span: object


def read(shell, magic, line, body):
    """Cut the line, check all that can be checked before the cell runs, and make the Cell.

    Raises Lessons, and SyntaxError if the body is no Python; nothing has been run then.
    """
    pieces = split(line, body)
    rows = body.split("\n")
    above, rest = put_back("\n".join(rows[pieces.consumed:]))
    header = "\n".join([*above, f"{magic.prefix} {line}".rstrip(), *rows[:pieces.consumed]])
    number = shell.displayhook.prompt_count     # the number of this cell, in all versions of IPython
    source = Source(f"{header}\n{rest}", f"In [{number}]")
    asked = Header(magic, pieces, source, len(above) + 1, shell.user_ns)
    check.the_line(asked, rest)
    try:
        cell = Cell(rest, shell.user_ns, header=header, number=number, shell=shell)
    except SyntaxError as problem:
        show_syntax_error(shell, problem)
        raise
    check.the_cell(asked, cell.tree)
    loss = pieces.loss
    return Request(shell, asked.values(), cell, loss and loss.text, loss and asked.span(loss))
