"""How calls are read: NumPy's and Python's functions by tables, the user's own by reading their source.

In:  a scope and a call.
Out: its value.
Start at `call`.
"""

import ast
import types

from .expressions import Method
from .functions import InnerScope, LocalFunction
from .scope import DEEPEST, Refused, Scope, expression
from .source import definition

FUNCTIONS, METHODS = {}, {}     # function, or name of a method -> function (scope, *arguments, **keywords)


@expression(ast.Call)
def call(scope, node):
    function = scope.value(node.func)
    args, keywords = [], {}
    for a in node.args:
        args += unpacked(scope.value(a.value), (tuple, list)) if isinstance(a, ast.Starred) else [scope.value(a)]
    for k in node.keywords:
        keywords.update(unpacked(scope.value(k.value), dict) if k.arg is None else {k.arg: scope.value(k.value)})
    if isinstance(function, Method):
        known = METHODS.get(function.name)
        if known is None:
            raise Refused(f"the method {function.name} of arrays")
        return known(scope, function.array, *args, **keywords)
    known = FUNCTIONS.get(function) if callable(function) and function.__hash__ else None
    if known is not None:
        return known(scope, *args, **keywords)
    if isinstance(function, types.FunctionType):
        return inlined(scope, Scope(scope.program, function, *definition(function, scope.program.code_of(function))), args, keywords)
    if isinstance(function, LocalFunction):
        return inlined(scope, InnerScope(function), args, keywords)
    raise Refused(f"a call of {getattr(function, '__name__', type(function).__name__)}")


def unpacked(x, kind):
    if not isinstance(x, kind):
        raise Refused("such a star in a call")
    return x


def inlined(scope, inner, args, keywords):
    """The user's function, read where it is called."""
    program, node = scope.program, inner.node
    if len(program.scopes) > DEEPEST:
        raise Refused("functions that call each other too deeply, or themselves")
    inner.take_arguments(args, keywords)
    span = program.region.builder.span
    program.scopes.append(inner)
    try:
        if isinstance(node, ast.Lambda):
            return inner.value(node.body)
        found = inner.run(node.body)
    finally:
        program.scopes.pop()
        program.region.builder.span = span
    return found.value if found is not None else None


def known(*functions):
    """Decorator: how calls of these functions are read."""
    def enter(read):
        FUNCTIONS.update(dict.fromkeys(functions, read))
        return read
    return enter


def method(name):
    """Decorator: how calls of this method of arrays are read."""
    def enter(read):
        METHODS[name] = read
        return read
    return enter
