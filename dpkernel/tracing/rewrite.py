"""Rewriting a syntax tree, so that operations can be seen.

In:  the tree of a cell or of a file, and the names of the parameters.
Out: the same program with a call of a `Site` in place of each operation.
Start at `compile_pair`.

`a * b` becomes `SITE.binary(a, b)`, and so on; see `Site` for what each does. No name is added, no
function is added, and positions are kept, so tracebacks, closures and `locals()` are as before. The
sites travel as constants of the code object.
"""

import ast
import contextlib
import warnings
from types import CodeType

import numpy as np

from ..errors import InternalError
from ..source import Span
from .site import Site

MARK = "dpkernel site"
ARRAYS_MATCH = bool(np.ndarray.__flags__ & 1 << 5)      # from NumPy 2.5 on an array matches `case [a, b]`
PLAIN = object()     # marks the constant that holds the plain twin
SEES_ITS_FRAME = frozenset({"super", "locals", "globals", "vars", "dir", "breakpoint", "__import__"})
KEPT_COMPARISONS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


def compile_pair(tree, source, *, roots=(), modules=(), mode="exec", flags=0, keep=False):
    """Compile a tree twice: as it is, and rewritten.

    tree      ast.Module, ast.Interactive or ast.Expression; not changed
    source    the source.Source it was parsed from
    roots     names whose reading may be the first reading of a parameter
    modules   names that are known to be modules: attributes of them are left alone
    keep      tell the tracer the value of the last statement, an expression

    Returns  (plain code, rewritten code, {rewritten code: plain code} with all nested ones). A rewritten code
             object carries its plain twin as its last constant, see `plain_code`.
    """
    plain = compile(tree, source.filename, mode, flags=flags, dont_inherit=True)
    rewriter = Rewriter(source, frozenset(roots), frozenset(modules))
    changed = ast.fix_missing_locations(rewriter.visit(_copy(tree)))
    if keep:
        last = changed.body[-1]
        last.value = rewriter.site(last.value, "result", [last.value])
    with quietly():
        marked = compile(changed, source.filename, mode, flags=flags, dont_inherit=True)
    pairs = {}
    return plain, _joined(plain, marked, rewriter.sites, pairs), pairs


@contextlib.contextmanager
def quietly():
    """Compile what was compiled before: the compiler's warnings have been shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def plain_code(code):
    """The plain twin of a rewritten code object; None for any other code object.

    >>> plain_code(plain_code.__code__) is None
    True
    """
    last = code.co_consts[-1] if code.co_consts else None
    return last[1] if type(last) is tuple and len(last) == 2 and last[0] is PLAIN else None


def _copy(node):
    """A deep copy of a syntax tree (copy.deepcopy is ten times slower)."""
    if isinstance(node, list):
        return [_copy(x) for x in node]
    if not isinstance(node, ast.AST):
        return node
    new = type(node)(**{name: _copy(getattr(node, name)) for name in node._fields if hasattr(node, name)})
    for name in node._attributes:
        if hasattr(node, name):
            setattr(new, name, getattr(node, name))
    return new


def _joined(plain, marked, sites, pairs):
    """The rewritten code: Sites where their marks stand among the constants, and the plain twin as the last one."""
    inner = [c for c in plain.co_consts if isinstance(c, CodeType)]
    found = [c for c in marked.co_consts if isinstance(c, CodeType)]
    if [c.co_name for c in inner] != [c.co_name for c in found]:
        raise InternalError(f"rewriting {plain.co_name} changed its functions")
    twins = iter(inner)
    constants = []
    for constant in marked.co_consts:
        if isinstance(constant, CodeType):
            twin = next(twins)
            if twin.co_name == "__annotate__" and twin == constant:
                constant = pairs[twin] = twin       # from Python 3.14 on; nobody would make this function plain
            else:
                constant = _joined(twin, constant, sites, pairs)
        elif type(constant) is tuple and len(constant) == 2 and constant[0] == MARK:
            constant = sites[constant[1]]
        constants.append(constant)
    rewritten = marked.replace(co_consts=(*constants, (PLAIN, plain)))
    pairs[rewritten] = plain
    return rewritten


class Rewriter(ast.NodeTransformer):
    """One visit method a kind of node; each returns the node that takes its place."""

    def __init__(self, source, roots, modules):
        self.source, self.roots, self.modules = source, roots, modules
        self.sites = []
        self.classes = []

    def site(self, node, method, arguments, detail=None, keywords=()):
        """The node `SITE.method(*arguments)` at the position of `node`."""
        self.sites.append(Site(Span.of(self.source, node), detail))
        mark = ast.Constant((MARK, len(self.sites) - 1))
        call = ast.Call(ast.Attribute(mark, method, ast.Load()), list(arguments), list(keywords))
        for new in (mark, call.func, call):
            ast.copy_location(new, node)
        return call

    # expressions

    def visit_BinOp(self, node):
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return node
        self.generic_visit(node)
        return self.site(node, "binary", [node.left, node.right], type(node.op).__name__)

    def visit_UnaryOp(self, node):
        if isinstance(node.operand, ast.Constant) or isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        self.generic_visit(node)
        return self.site(node, "unary", [node.operand], type(node.op).__name__)

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) > 1 or isinstance(node.ops[0], KEPT_COMPARISONS):
            return node
        return self.site(node, "compare", [node.left, node.comparators[0]], type(node.ops[0]).__name__)

    def visit_Call(self, node):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in SEES_ITS_FRAME:
            node.args = [self.visit(x) for x in node.args]
            node.keywords = [self.visit(x) for x in node.keywords]
            return node
        self.generic_visit(node)
        arguments = [node.func, *(self._starred(x) for x in node.args)]
        return self.site(node, "call", arguments, keywords=node.keywords)

    def _starred(self, node):
        if isinstance(node, ast.Starred):
            node.value = self.site(node, "iterate", [node.value])
        return node

    def _display(self, node):
        self.generic_visit(node)
        if isinstance(getattr(node, "ctx", None), ast.Store):
            return node
        node.elts = [self._starred(x) for x in node.elts]
        return node

    visit_List = visit_Tuple = visit_Set = _display

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return node
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store):
            node.value = self.site(node, "overwrite", [node.value], self._mangled(node.attr))
        if not isinstance(node.ctx, ast.Load):
            return node
        return self.site(node, "attribute", [node.value], self._mangled(node.attr))

    def _mangled(self, name):
        """Inside a class, `__x` means `_Class__x`."""
        if self.classes and name.startswith("__") and not name.endswith("__"):
            return f"_{self.classes[-1].lstrip('_')}{name}"
        return name

    def visit_Subscript(self, node):
        node.value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            return self.site(node, "item", [node.value, self._index(node.slice)])
        sliced = isinstance(node.slice, ast.Slice)
        node.slice = self.visit(node.slice)
        node.value = self.site(node, "store", [node.value], "slice" if sliced else None)
        return node

    def _index(self, node):
        """What stands between the brackets, as an ordinary expression: slices become calls."""
        if isinstance(node, ast.Slice):
            absent = ast.Constant(None)
            parts = [absent if x is None else self.visit(x) for x in (node.lower, node.upper, node.step)]
            return self.site(node, "slice", parts)
        if isinstance(node, ast.Tuple):
            return ast.copy_location(ast.Tuple([self._index(x) for x in node.elts], ast.Load()), node)
        return self.visit(node)

    def visit_Name(self, node):
        if node.id in self.roots and isinstance(node.ctx, ast.Load):
            return self.site(node, "parameter", [node], node.id)
        return node

    def visit_JoinedStr(self, node):
        self.generic_visit(node)
        return self.site(node, "text", [node])

    def visit_FormattedValue(self, node):
        node.value = self.site(node.value, "into_text", [self.visit(node.value)])
        if node.format_spec is not None:
            self.generic_visit(node.format_spec)      # its f-string is a part of this one
        return node

    def visit_Lambda(self, node):
        self.generic_visit(node)
        return self.site(node, "made", [node])

    def _comprehension(self, node):
        """(the Site of its first loop, the comprehension)."""
        self.generic_visit(node)
        places = []
        for part in node.generators:
            part.iter = self._iterated(part.iter, part.target)
            if not part.is_async:
                places.append(self._place(part.iter, _name(part.target)))
                part.iter = self._at(places[-1], "loop", part.iter)
        return places[0] if places else None, node

    def visit_GeneratorExp(self, node):
        return self._comprehension(node)[1]

    def visit_ListComp(self, node):
        place, node = self._comprehension(node)
        return node if place is None else self._at(place, "ended", node)

    visit_SetComp = visit_DictComp = visit_ListComp

    def _iterated(self, iterable, target):
        return self.site(iterable, "iterate", [iterable], _pattern(target))

    def visit_YieldFrom(self, node):
        self.generic_visit(node)
        node.value = self.site(node.value, "delegate", [node.value])
        return node

    # statements

    def visit_Assign(self, node):
        self.generic_visit(node)
        patterns = [_pattern(target) for target in node.targets]
        if len(patterns) == 1 and patterns[0] is not None:
            node.value = self.site(node.value, "unpack", [node.value], patterns[0])
        first = node.targets[0]
        if len(patterns) > 1 and any(patterns) and isinstance(first, ast.Name):
            return [ast.copy_location(ast.Assign([first], node.value), node), *(
                ast.copy_location(ast.Assign([target], self._unpacked(first, pattern)), node)
                for target, pattern in zip(node.targets[1:], patterns[1:])
            )]
        return node

    def _unpacked(self, name, pattern):
        """The value of a name that was just assigned, unpacked."""
        value = ast.copy_location(ast.Name(name.id, ast.Load()), name)
        return value if pattern is None else self.site(name, "unpack", [value], pattern)

    def visit_AnnAssign(self, node):
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_AugAssign(self, node):
        value, detail = self.visit(node.value), type(node.op).__name__
        target = node.target
        if isinstance(target, ast.Name):
            read = self.visit(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            new = self.site(node, "in_place", [read, value], detail)
            return ast.copy_location(ast.Assign([target], new), node)
        if isinstance(target, ast.Attribute):
            begin = self.site(target, "begin_attribute", [self.visit(target.value)], self._mangled(target.attr))
        else:
            begin = self.site(target, "begin_item", [self.visit(target.value), self._index(target.slice)])
        return ast.copy_location(ast.Expr(self.site(node, "augment", [begin, value], detail)), node)

    def visit_For(self, node):
        self.generic_visit(node)
        place = self._place(node, _name(node.target))
        node.iter = self._at(place, "loop", self._iterated(node.iter, node.target))
        return [node, self._statement(self._at(place, "ended", at=node))]

    def visit_While(self, node):
        self.generic_visit(node)
        place = self._place(node)
        if isinstance(node.test, ast.Constant):
            node.body.insert(0, self._statement(self._at(place, "turn", at=node)))
        else:
            node.test = self._at(place, "turn", node.test)
        return [node, self._statement(self._at(place, "ended", at=node))]

    def _place(self, node, detail=None):
        """The number of a Site that several calls share."""
        self.sites.append(Site(Span.of(self.source, node), detail))
        return len(self.sites) - 1

    def _at(self, place, method, *arguments, at=None):
        """The node `SITE.method(*arguments)` of a shared Site."""
        node = at or arguments[0]
        call = ast.Call(ast.Attribute(ast.Constant((MARK, place)), method, ast.Load()), list(arguments), [])
        for new in (call.func.value, call.func, call):
            ast.copy_location(new, node)
        return call

    def _statement(self, expression):
        return ast.copy_location(ast.Expr(expression), expression)

    def visit_With(self, node):
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self.site(item.context_expr, "see", [item.context_expr])
        return node

    def visit_FunctionDef(self, node):
        node.decorator_list = [self.site(x, "decorator", [self.visit(x)]) for x in node.decorator_list]
        self.sites.append(Site(Span.of(self.source, node), node.name))
        mark = ast.Attribute(ast.Constant((MARK, len(self.sites) - 1)), "made", ast.Load())
        for new in (mark.value, mark):
            ast.copy_location(new, node)
        node.decorator_list.append(mark)
        for defaults in (node.args.defaults, node.args.kw_defaults):
            defaults[:] = [x and self.visit(x) for x in defaults]
        node.body = self._body(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        node.decorator_list = [self.site(x, "decorator", [self.visit(x)]) for x in node.decorator_list]
        node.bases = [self.visit(x) for x in node.bases]
        self.classes.append(node.name)
        node.body = self._body(node.body)
        self.classes.pop()
        return node

    def _body(self, statements):
        new = []
        for statement in statements:
            result = self.visit(statement)
            new += result if isinstance(result, list) else [result]
        return new

    def visit_Match(self, node):
        """Where NumPy's arrays match patterns of sequences, what such a pattern took of them is recorded."""
        if not ARRAYS_MATCH:
            return self.generic_visit(node)
        place = self._place(node)
        node.subject = self._at(place, "subject", self.visit(node.subject))
        for case in node.cases:
            taken = dict(_taken(case.pattern, ()))
            self.visit(case)
            if taken:
                names = ast.copy_location(ast.Tuple([ast.copy_location(ast.Name(n, ast.Load()), case.pattern) for n in taken],
                                                    ast.Load()), case.pattern)
                paths = ast.copy_location(ast.Constant(tuple(taken.values())), case.pattern)
                case.body.insert(0, self._statement(self._at(place, "taken", names, paths)))
        return node

    def visit_match_case(self, node):
        node.guard = node.guard and self.visit(node.guard)
        node.body = self._body(node.body)
        return node

    def visit_TypeAlias(self, node):
        return node


def _taken(pattern, path):
    """(name, path into the subject) of what a pattern takes out of sequences; the path is None where it is not known."""
    if isinstance(pattern, ast.MatchSequence):
        star = next((n for n, p in enumerate(pattern.patterns) if isinstance(p, ast.MatchStar)), None)
        for n, part in enumerate(pattern.patterns):
            place = n if star is None or n < star else n - len(pattern.patterns)
            yield from _taken(part, None if path is None or n == star else (*path, place))
    elif isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            yield from _taken(pattern.pattern, path)
        if pattern.name is not None and path != ():
            yield pattern.name, path
    elif isinstance(pattern, ast.MatchStar):
        if pattern.name is not None:
            yield pattern.name, None
    else:       # alternatives, mappings, classes
        for part in ast.iter_child_nodes(pattern):
            if isinstance(part, ast.pattern):
                yield from _taken(part, None)


def _name(target):
    """The name that a loop gives its element, if it gives one."""
    return target.id if isinstance(target, ast.Name) else None


def _pattern(target):
    """How a target unpacks: for each part None, "*", or the pattern inside it; None if it does not."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        return None
    return tuple("*" if isinstance(part, ast.Starred) else _pattern(part) for part in target.elts)
