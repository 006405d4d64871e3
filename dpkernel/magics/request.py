"""What a magic's line and cell ask for, read and checked.

In:  the shell, the magic, its line and its cell.
Out: a Request: the options' values, the body as a Cell, the loss.
Start at `read`.
"""

from dataclasses import dataclass

from ..runtime.cell import Cell
from ..source import Source
from . import check
from .line import split
from .options import Header


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

    Raises Lessons; nothing has been run then.
    """
    pieces = split(line, body)
    rows = body.split("\n")
    header = "\n".join([f"{magic.prefix} {line}".rstrip(), *rows[:pieces.consumed]])
    rest = "\n".join(rows[pieces.consumed:])
    above = check.lines_above(shell, header)
    full = above + header
    number = shell.execution_count
    source = Source(f"{full}\n{rest}", f"In [{number}]")
    asked = Header(magic, pieces, source, above.count("\n") + 1, shell.user_ns)
    check.before_running(asked, rest)
    cell = Cell(rest, shell.user_ns, header=full, number=number, shell=shell)
    loss = pieces.loss
    return Request(shell, asked.values(), cell, loss and loss.text, loss and asked.span(loss))


def show_users_traceback(shell, problem):
    """Let IPython show this exception from the user's first frame on.

    The frames of the magic's own call stand above it; a handler for this one exception leaves them out.
    """
    inner = problem.__traceback__
    before = dict(shell.custom_exceptions and {"types": shell.custom_exceptions, "how": shell.CustomTB})

    def handler(shell, kind, value, traceback, tb_offset=None):
        shell.custom_exceptions = before.get("types", ())
        if "how" in before:
            shell.CustomTB = before["how"]
        return shell.InteractiveTB.structured_traceback(kind, value, inner, tb_offset=0)

    shell.set_custom_exc((type(problem),), handler)
