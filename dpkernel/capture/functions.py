"""Functions that a function defines.

In:  a `def` or a `lambda` inside of what is read.
Out: a LocalFunction, and the scope of a call of it.
Start at `LocalFunction`.
"""

import ast

from .scope import Refused, Scope, expression, statement, there
from .statements import walk


class LocalFunction:
    """A function with the scope in which it was defined: what it does not assign it finds there, when it is called."""

    def __init__(self, scope, node):
        self.scope, self.node = scope, node
        self.defaults = [scope.value(x) for x in node.args.defaults]
        self.only = {a.arg: scope.value(x) for a, x in zip(node.args.kwonlyargs, node.args.kw_defaults) if x is not None}


@statement(ast.FunctionDef)
def define(scope, node, after):
    if node.decorator_list:
        raise Refused("a decorator inside of a function")
    scope.names[node.name] = LocalFunction(scope, node)


@expression(ast.Lambda)
def define_lambda(scope, node):
    return LocalFunction(scope, node)


class InnerScope(Scope):
    """The names of one call of a LocalFunction."""

    def __init__(self, function):
        self.program, self.source, self.node = function.scope.program, function.scope.source, function.node
        self.outer, self.function, self.names = function.scope, function, {}
        body = self.node.body if isinstance(self.node.body, list) else [self.node.body]
        self.own = {x.id for part in body for x in walk(part) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}

    def take_arguments(self, args, keywords):
        a = self.node.args
        if a.vararg or a.kwarg:
            raise Refused("a function with *args or **kwargs")
        positional, defaults = [x.arg for x in (*a.posonlyargs, *a.args)], self.function.defaults
        values = dict(zip(positional[len(positional) - len(defaults):], defaults))
        values.update(self.function.only)
        values.update(zip(positional, args, strict=False))
        values.update(keywords)
        names = {*positional, *(x.arg for x in a.kwonlyargs)}
        if len(args) > len(positional) or set(values) != names or set(keywords) & set(positional[:len(args)]):
            raise Refused("a call that does not fit the function")
        self.names = values

    def look_up(self, name):
        if name in self.names:
            return there(self.names[name])
        if name in self.own:
            raise Refused(f"`{name}`, which may be unbound here")
        return self.outer.look_up(name)
