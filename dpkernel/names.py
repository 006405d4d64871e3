"""Which names a piece of Python reads and writes, found without running it.

In:  an `ast` tree of a cell's body (or the text of one expression).
Out: names: those read before they are written, those assigned, what the last statement is about.
Start at `reads_before_writes`; the order in which Python evaluates is in `_Order`.

A *place* is what can stand on the left of `=`: a name, or attributes and items of one, as in
`net.layers[0].W`. Its *root* is the name that it starts with. Names of built-ins count like others:
whoever asks compares them with the namespace.
"""

import ast
import symtable

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
BINDS_BY_NAME = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, *FUNCTIONS, ast.ClassDef)


def reads_before_writes(tree, places=()):
    """List the names that the tree may read before it has certainly written them, in order.

    places   normalised texts such as "params['b']", followed as if they were names:
             a use of their root counts as a read of them

    Branches and loops that may be skipped write nothing for certain. What the body of a function
    reads counts where the function's name is first used, not where it is defined.
    """
    order = _Order(places)
    order.block(tree.body, frozenset())
    return list(order.reads)


def assigned(tree):
    """Return every name that the tree may bind at its top level, in whatever way."""
    names = set()
    for node in _outside_functions(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, BINDS_BY_NAME) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= _imported(node)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names |= _globals_inside(node, lambda symbol: symbol.is_declared_global() and symbol.is_assigned())
    return names


def mentioned(tree):
    """Return every name that stands anywhere in the tree to be read, also inside functions."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def written_places(tree):
    """Return the normalised texts of all attributes and items that the tree writes."""
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)
    }


def first_write(tree, name):
    """Return the first statement, in the order of the text, that binds `name`; or None."""
    statements = [node for node in _outside_functions(tree) if isinstance(node, ast.stmt)]
    for statement in sorted(statements, key=lambda node: (node.lineno, node.col_offset)):
        for node in _own_parts(statement):
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                if isinstance(node.ctx, ast.Store) and ast.unparse(node) == name:
                    return statement
        if name in _bound_by_name(statement):
            return statement
    return None


def may_define_anything(tree):
    """Say whether the tree can bind names that no reader sees: `import *`, `exec`, `%run`, ..."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("exec", "globals", "locals", "vars", "get_ipython"):
                return True
    return False


def top_level_await(tree):
    """Return the first `await`, `async for` or `async with` outside functions, or None."""
    found = [
        node for node in _outside_functions(tree)
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith))
        or isinstance(node, COMPREHENSIONS) and any(part.is_async for part in node.generators)
    ]
    return min(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def loss_of_last_statement(tree):
    """Return the text of the last statement's value or target, or None if it has neither.

    >>> loss_of_last_statement(ast.parse("y = w * x\\nloss = y ** 2"))
    'loss'
    """
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        return ast.unparse(last.value)
    target = None
    if isinstance(last, ast.Assign):
        target = last.targets[0]
    elif isinstance(last, ast.AugAssign) or isinstance(last, ast.AnnAssign) and last.value:
        target = last.target
    if target is None or isinstance(target, (ast.Tuple, ast.List, ast.Starred)):
        return None
    return ast.unparse(target)


def root_name(text):
    """Return the name that a place starts with, or None if the text is no place.

    >>> root_name("net.layers[0].W"), root_name("w + 1")
    ('net', None)
    """
    node = ast.parse(text.strip(), mode="eval").body
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def normalise(text):
    """Write an expression as `ast.unparse` does; raises SyntaxError.

    >>> normalise('params[ "b" ]')
    "params['b']"
    """
    return ast.unparse(ast.parse(text.strip(), mode="eval").body)


class _Order:
    """Walks a tree in the order in which Python evaluates it.

    `written` is the set of names certainly written so far, or None where control never arrives.
    Names local to a comprehension are simply counted as written inside it.
    """

    def __init__(self, places=()):
        self.places = {text: root_name(text) for text in places}
        self.reads = {}           # name -> None, in the order of the first reads
        self.inside = {}          # function or class -> names that its body reads when used
        self.following = set()    # functions whose bodies are being looked through

    def read(self, name, written):
        if name not in written:
            self.reads[name] = None
        if name in self.inside and name not in self.following:
            self.following.add(name)
            for other in self.inside[name]:
                self.read_with_places(other, written)
            self.following.discard(name)

    def read_with_places(self, name, written):
        self.read(name, written)
        for place, root in self.places.items():
            if root == name and place != name:
                self.read(place, written)

    # statements

    def block(self, statements, written):
        for statement in statements:
            if written is None:
                return None
            kind = type(statement).__name__.lower()        # Python's keywords cannot name methods:
            handle = getattr(self, kind, None) or getattr(self, kind + "_", self.other_statement)   # if_
            written = handle(statement, written)
        return written

    def other_statement(self, node, written):
        return self.children(node, written)

    def expr(self, node, written):
        return self.expression(node.value, written)

    def assign(self, node, written):
        if isinstance(node.value, ast.Lambda) and isinstance(node.targets[0], ast.Name):
            written = self.define(node.targets[0].id, node.value, node.value.args, written)
        else:
            written = self.expression(node.value, written)
        for target in node.targets:
            written = self.target(target, written)
        return written

    def augassign(self, node, written):
        loaded = ast.parse(ast.unparse(node.target), mode="eval").body
        written = self.expression(loaded, written)
        written = self.expression(node.value, written)
        return self.target(node.target, written)

    def annassign(self, node, written):
        written = self.expression(node.annotation, written)
        if node.value is None:
            return written
        return self.target(node.target, self.expression(node.value, written))

    def delete(self, node, written):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.read_with_places(target.id, written)
                written = written - {target.id}
            else:
                written = self.children(target, written)
        return written

    def leave(self, node, written):
        self.children(node, written)
        return None

    def pass_(self, node, written):
        return written

    def if_(self, node, written):
        written = self.expression(node.test, written)
        return _both(self.block(node.body, written), self.block(node.orelse, written))

    def for_(self, node, written):
        written = self.expression(node.iter, written)
        self.block(node.body, self.target(node.target, written))
        self.block(node.orelse, written)
        return written

    def while_(self, node, written):
        written = self.expression(node.test, written)
        self.block(node.body, written)
        self.block(node.orelse, written)
        return written

    def with_(self, node, written):
        for item in node.items:
            written = self.expression(item.context_expr, written)
            if item.optional_vars is not None:
                written = self.target(item.optional_vars, written)
        return self.block(node.body, written)

    def try_(self, node, written):
        after = self.block(node.body, written)
        ways = [after if after is None else self.block(node.orelse, after)]
        for handler in node.handlers:
            start = self.expression(handler.type, written) if handler.type else written
            ways.append(self.block(handler.body, start | {handler.name} if handler.name else start))
        after = ways[0]
        for way in ways[1:]:
            after = _both(after, way)
        last = self.block(node.finalbody, written)
        return None if after is None or last is None else after | last

    def match(self, node, written):
        written = self.expression(node.subject, written)
        after, complete = None, False
        for case in node.cases:
            start = written
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.expr):
                    start = self.expression(part, start)
                start = start | _bound_by_name(part)
            if case.guard is not None:
                start = self.expression(case.guard, start)
            after = _both(after, self.block(case.body, start))
            complete = complete or (
                isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
            )
        return after if complete else _both(after, written)

    def function(self, node, written):
        for part in (*node.decorator_list, *filter(None, [node.returns])):
            written = self.expression(part, written)
        return self.define(node.name, node, node.args, written)

    def classdef(self, node, written):
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            written = self.expression(part, written)
        for name in sorted(_globals_inside(node, lambda symbol: symbol.is_referenced(), deep=False)):
            self.read_with_places(name, written)
        self.inside[node.name] = sorted(_globals_inside(node, lambda symbol: symbol.is_referenced()))
        return written | {node.name}

    def define(self, name, node, arguments, written):
        """A function: its defaults are read now, its body when its name is used."""
        written = self.children(arguments, written)
        self.inside[name] = sorted(_globals_inside(node, lambda symbol: symbol.is_referenced()))
        return written | {name}

    def import_(self, node, written):
        return written | _imported(node)

    def typealias(self, node, written):
        return written | {node.name.id}

    return_ = raise_ = break_ = continue_ = leave
    global_ = nonlocal_ = pass_
    asyncfor, asyncwith, trystar = for_, with_, try_
    functiondef = asyncfunctiondef = function
    importfrom = import_

    # expressions

    def expression(self, node, written):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and ast.unparse(node) in self.places:
            self.read(ast.unparse(node), written)
        if isinstance(node, ast.Name):
            self.read_with_places(node.id, written)
            return written
        if isinstance(node, ast.NamedExpr):
            return self.expression(node.value, written) | {node.target.id}
        if isinstance(node, ast.Lambda):
            written = self.children(node.args, written)
            for name in sorted(_globals_inside(node, lambda symbol: symbol.is_referenced())):
                self.read_with_places(name, written)
            return written
        if isinstance(node, COMPREHENSIONS):
            return self.comprehension(node, written)
        if isinstance(node, (ast.BoolOp, ast.IfExp)):      # only the first part is sure to run
            first, *rest = [node.test, node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
            written = after = self.expression(first, written)
            for part in rest:
                branch = self.expression(part, after)
                after = branch if isinstance(node, ast.BoolOp) else after
            return written
        return self.children(node, written)

    def comprehension(self, node, written):
        first, *rest = node.generators
        written = self.expression(first.iter, written)
        inner = self.target(first.target, written)
        for generator in rest:
            inner = self.target(generator.target, self.expression(generator.iter, inner))
        for generator in node.generators:
            for condition in generator.ifs:
                inner = self.expression(condition, inner)
        for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            inner = self.expression(part, inner)
        return written

    def children(self, node, written):
        for child in ast.iter_child_nodes(node):
            written = self.expression(child, written)
        return written

    def target(self, node, written):
        if isinstance(node, ast.Name):
            return written | {node.id}
        if isinstance(node, (ast.Tuple, ast.List)):
            for part in node.elts:
                written = self.target(part, written)
            return written
        if isinstance(node, ast.Starred):
            return self.target(node.value, written)
        if ast.unparse(node) not in self.places:
            return self.children(node, written)
        written = written | {ast.unparse(node)}            # the place is written, not read, by way
        while not isinstance(node, ast.Name):              # of its root
            if isinstance(node, ast.Subscript):
                written = self.expression(node.slice, written)
            node = node.value
        self.read(node.id, written)
        return written


def _both(first, second):
    """What is certainly written whichever of two ways was taken."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def _outside_functions(tree):
    """Every node that belongs to the top level; functions and classes without their insides."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, COMPREHENSIONS):               # its targets are its own, := is not
            waiting += [part for part in ast.walk(node) if isinstance(part, (ast.NamedExpr, ast.Await))]
            continue
        waiting += ast.iter_child_nodes(node)


def _own_parts(statement):
    """The nodes of a statement without the statements inside it."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child for child in ast.iter_child_nodes(node)
            if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
        ]


def _bound_by_name(node):
    """Names that a node binds as plain text, not as an `ast.Name`."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return _imported(node)
    name = node.rest if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
    return {name} if isinstance(name, str) else set()


def _imported(node):
    return {alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.name != "*"}


def _globals_inside(node, wanted, deep=True):
    """Global names in the scope of a function, class or lambda, for which `wanted(symbol)` holds."""
    table = symtable.symtable(ast.unparse(node), "<cell>", "exec")
    names, waiting = set(), [_scope(table, getattr(node, "name", "lambda"))]
    while waiting:
        scope = waiting.pop()
        names |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global() and wanted(symbol)}
        waiting += scope.get_children() if deep else []
    return names


def _scope(table, name):
    """The scope of a definition; those of its defaults and decorators come before it."""
    child = table.get_children()[-1]
    return child if child.get_name() == name and child.get_type() in ("function", "class") else _scope(child, name)
