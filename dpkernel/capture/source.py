"""The source of a function, as a syntax tree.

In:  a function of the user's.
Out: a Source and the node of its definition.
Start at `definition`.
"""

import ast
import inspect
import textwrap
import weakref

from ..source import Source
from .scope import Refused

_TREES = weakref.WeakKeyDictionary()


def definition(function, code):
    """(Source, FunctionDef or Lambda) of a function with this code; Refused if its source is not to be found."""
    if code not in _TREES:
        _TREES[code] = _read(function, code)
    return _TREES[code]


def _read(function, code):
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise Refused("a generator or a coroutine")
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        raise Refused("a function whose source is not to be found") from None
    kind = ast.Lambda if function.__name__ == "<lambda>" else ast.FunctionDef
    found = [node for node in ast.walk(tree) if type(node) is kind]
    if kind is ast.FunctionDef:
        found = [node for node in found if node.name == function.__name__][:1]
    if len(found) != 1:
        raise Refused("a function whose source is not to be told apart")
    shift = 0 if first == 0 else first - 1
    text = "\n" * shift + textwrap.dedent("".join(lines))
    ast.increment_lineno(tree, shift)
    return Source(text, code.co_filename, code.co_filename), found[0]
