"""Comments above a magic line.

In:  the lines of a cell.
Out: the same lines with the magic line first; where it stood is remembered by the order of the lines.
Start at `install`.

IPython knows a cell magic by the first line alone. Lines of comment above `%%grad` are moved below it,
and `lines_above` finds them again, so that line numbers stay the user's.
"""

import re

OURS = re.compile(r"%%(grad|optimize)\b")
MARK = "#\u200b"      # begins a line of comment that was moved down; no one types a zero-width space


def move_comments(lines):
    """An input transformer: comment and blank lines above one of our magics go below it."""
    for number, line in enumerate(lines):
        if OURS.match(line):
            if number == 0:
                return lines
            last = number
            while lines[last].rstrip("\n").endswith("\\") and last + 1 < len(lines):
                last += 1
            return [*lines[number:last + 1], *(MARK + above for above in lines[:number]), *lines[last + 1:]]
        if line.strip() and not line.lstrip().startswith("#"):
            return lines
    return lines


def put_back(body):
    """(lines that stood above the magic line, body without them)."""
    rows = body.split("\n")
    above = []
    while rows and rows[0].startswith(MARK):
        above.append(rows.pop(0)[len(MARK):])
    return above, "\n".join(rows)


def install(shell):
    """Let the shell's input go through `move_comments` first."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    if move_comments not in transforms:
        transforms.insert(0, move_comments)


def uninstall(shell):
    """Undo `install`."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    if move_comments in transforms:
        transforms.remove(move_comments)
