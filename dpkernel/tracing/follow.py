"""Following the user's functions.

In:  functions met while tracing.
Out: the same functions, running rewritten code until the tracing ends.
Start at `Follower.function`.

A function's `__code__` is exchanged in place, so that it does not matter who calls it: the cell,
`map`, a decorator, an operator, a property. `close` puts everything back. Functions that are made
while tracing get their plain code there too.
"""

import ast
import contextlib
import functools
import importlib.util
import linecache
import os
import sys
import sysconfig
import types
import weakref

from ..errors import UnsupportedCell
from ..source import Source
from .doors import door, has_doors, methods
from .rewrite import compile_pair, plain_code, quietly

_FILES = {}             # (filename, roots, flags) -> (text, {plain code: rewritten code}), of files on disk
_MOST_FILES = 64
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp, ast.ListComp,
               ast.SetComp, ast.DictComp)


def _folders():
    """Where installed packages live: their functions are called, not followed."""
    paths = sysconfig.get_paths()
    found = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(os.path.join(os.path.realpath(path), "") for path in found | {here})


_INSTALLED = _folders()


STANDARD_MODULES = {        # of the standard library, what computes in Python and is followed
    "collections": "Counter UserDict UserList", "statistics": "NormalDist quantiles",
    "numbers": "Complex Real Rational Integral", "dataclasses": "asdict astuple _asdict_inner _astuple_inner",
    "colorsys": "rgb_to_yiq yiq_to_rgb rgb_to_hls hls_to_rgb rgb_to_hsv hsv_to_rgb _v",
}
STANDARD = {importlib.util.find_spec(name).origin: frozenset(names.split()) for name, names in STANDARD_MODULES.items()}


def is_users(code):
    """True for code of a notebook or of the user's own files, and for what is followed of the standard library."""
    name = code.co_filename
    if name.startswith("<frozen") or (name.startswith("<") and not linecache.getlines(name)):
        return False
    return _is_users_file(name) or name in STANDARD and code.co_qualname.split(".")[0] in STANDARD[name]


@functools.lru_cache(maxsize=4096)
def _is_users_file(name):
    path = os.path.realpath(name)
    if path.startswith(tuple(FOLLOWED)):
        return True
    return not path.startswith(_INSTALLED) and "site-packages" not in path


FOLLOWED = set()        # folders and files of installed packages that are to be followed nevertheless


def follow(*packages):
    """Follow the Python code of installed packages as if it were yours, from now on.

    packages   names of packages or modules, such as "filterpy" or "quantecon.markov"

    Raises     ImportError if there is none of that name; ValueError if there is no Python code to follow, and for
               NumPy and the standard library, which are known by rules

    Without it installed packages are called with plain values, and a gradient that would have to pass through them
    is refused. What a package computes in C stays unknown also with it.

        dpkernel.follow("filterpy")
    """
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"there is no package named {name!r}", name=name)
        places = list(spec.submodule_search_locations or []) or [spec.origin or ""]
        if name.split(".")[0] in sys.stdlib_module_names or name.split(".")[0] in ("numpy", "dpkernel"):
            raise ValueError(f"{name} is not followed: its functions are known by rules, or are no computation")
        if not spec.submodule_search_locations and not (spec.origin or "").endswith(".py"):
            raise ValueError(f"{name} has no Python code that could be followed")
        FOLLOWED.update(os.path.join(os.path.realpath(p), "") if os.path.isdir(p) else os.path.realpath(p) for p in places)
    _is_users_file.cache_clear()


def named_in(code, space):
    """The objects of the global names that code uses, also in functions inside it."""
    names, waiting = set(), [code]
    while waiting:
        inner = waiting.pop()
        names.update(inner.co_names)
        waiting += [c for c in inner.co_consts if isinstance(c, types.CodeType)]
    return [space[name] for name in names if name in space]


def make_plain(x):
    """Give a function, and what computes the annotations of a function or class, back the code it has without tracing."""
    for f in (x, annotating(x)):
        plain = plain_code(getattr(f, "__code__", None))
        if plain is not None:
            f.__code__ = plain


def annotating(x):
    """The function that computes the annotations of a function or class when they are asked for: from Python 3.14 on."""
    return vars(x).get("__annotate_func__") if isinstance(x, type) else getattr(x, "__annotate__", None)


class Follower:
    """What one tracing has exchanged.

    roots     names of parameters, as globals of `namespace`
    name_of   (filename) -> how people know this file, such as "In [4]"
    cells     a dict that outlives the tracing: rewritten code of notebook cells is kept in it
    """

    def __init__(self, namespace, roots, name_of=os.path.basename, cells=None):
        self.cells = {} if cells is None else cells
        self.namespace, self.roots, self.name_of = namespace, frozenset(roots), name_of
        self.exchanged = {}         # id(function) -> (function, its own code, its rewritten code)
        self.fresh = []             # weak references to functions and classes made meanwhile
        self.watched = {}           # id(cell) -> (cell that a stand-in calls, function that it stands for)
        self.types, self.spaces = set(), set()
        self.is_users_type = lambda kind: False     # the tracer knows better

    def function(self, f):
        """Follow a plain Python function, if it is the user's; True if it is followed now."""
        if id(f) in self.exchanged:
            return True
        code = f.__code__
        if plain_code(code) is not None:
            return True
        if not is_users(code):
            return False
        roots = self.roots if f.__globals__ is self.namespace else frozenset()
        new = rewritten(code, roots, f.__globals__, self.name_of, self.cells)
        if new is None:
            return False
        self.exchanged[id(f)] = (f, code, new)
        f.__code__ = new
        if isinstance(annotating(f), types.FunctionType):
            self.function(annotating(f))
        self.classes_around(code, f.__globals__)
        return True

    def classes_around(self, code, space):
        """Follow the user's classes: those in the globals `space`, and those of the objects that `code` names there.

        Their methods may be called where no site is: by `if x:`, `x in y`, `x.name = y`, `A[0]`, `class B(A)`.
        """
        around = named_in(code, space)
        if id(space) not in self.spaces:
            self.spaces.add(id(space))
            around += [x for x in list(space.values()) if issubclass(type(x), type)]
        for x in around:
            cls = x if issubclass(type(x), type) else type(x)       # not isinstance: it would ask a proxy
            if cls not in self.types and self.is_users_type(cls):
                with contextlib.suppress(UnsupportedCell, SyntaxError, ValueError):     # said when it is called
                    self.type(cls)

    def hidden(self, f):
        """Follow the user's functions that a decorator of a package has wrapped into `f`."""
        for cell in f.__closure__ or ():
            with contextlib.suppress(ValueError, UnsupportedCell):
                if isinstance(cell.cell_contents, types.FunctionType):
                    self.function(cell.cell_contents)

    def type(self, cls):
        """Follow the functions of a class of the user's, and of its bases."""
        for base in cls.__mro__:
            if base in self.types:
                continue
            self.types.add(base)
            if not self.is_users_type(base):
                self.doors(base)
                continue
            for member in (base, *vars(base).values()):         # a metaclass, descriptors
                kind = type(member)
                if kind not in self.types:
                    self.type(kind) if self.is_users_type(kind) else self.doors(kind)
            for member in list(vars(base).values()):
                for f in _functions_in(member):
                    self.function(f)

    def doors(self, cls):
        """Notice who comes into the methods of a package's class, and of its bases, that Python calls by itself."""
        for base in cls.__mro__:
            if base in self.types and base is not cls:
                continue
            self.types.add(base)
            for f, what in methods(base) if has_doors(base) else ():
                if id(f) not in self.exchanged and plain_code(f.__code__) is None and not is_users(f.__code__):
                    self.exchanged[id(f)] = f, f.__code__, door(f, what)
                    f.__code__ = self.exchanged[id(f)][2]

    def made(self, x):
        """Note a function or a class that the traced code has just made."""
        if isinstance(x, (types.FunctionType, type)):       # a metaclass may make anything
            self.fresh.append(weakref.ref(x))

    @contextlib.contextmanager
    def suspended(self):
        """For as long as this is entered, functions have their own code: a compiler may read it."""
        held = [(f, f.__code__, code) for f, code, _ in self.exchanged.values()]
        for f in filter(None, (reference() for reference in self.fresh)):
            code = getattr(f, "__code__", None)
            if plain_code(code) is not None:
                held.append((f, code, plain_code(code)))
        for f, _, code in held:
            f.__code__ = code
        try:
            yield
        finally:
            for f, code, _ in held:
                f.__code__ = code

    def seen(self, f, call):
        """A function that calls `f` through `call`, and plainly when the tracing has ended."""
        def function(*args, **kwargs):
            return call(*args, **kwargs)

        cell = function.__closure__[0]
        self.watched[id(cell)] = cell, f
        return function

    def is_seen(self, f):
        """True for a stand-in of this tracing."""
        return bool(f.__closure__) and id(f.__closure__[0]) in self.watched

    def close(self):
        """Put every code back."""
        for cell, f in self.watched.values():
            cell.cell_contents = f
        for f, code, _ in self.exchanged.values():
            f.__code__ = code
        for x in (*(reference() for reference in self.fresh), self.namespace.get("__annotate__")):
            make_plain(x)
        self.exchanged, self.fresh, self.watched = {}, [], {}


def _functions_in(member):
    """Plain functions behind methods, properties and wrappers."""
    if isinstance(member, types.FunctionType):
        inner = getattr(member, "__wrapped__", None)
        return [member] if inner is None else [member, *_functions_in(inner)]
    if isinstance(member, (staticmethod, classmethod)):
        return _functions_in(member.__func__)
    if isinstance(member, property):
        return [f for f in (member.fget, member.fset, member.fdel) if isinstance(f, types.FunctionType)]
    inner = getattr(member, "func", None)       # functools.cached_property, partialmethod
    return [inner] if isinstance(inner, types.FunctionType) else []


def rewritten(code, roots, space, name_of, cells):
    """The rewritten twin of a function's code, or None if its source is not to be had.

    Raises UnsupportedCell if the file has changed since the function was made.
    """
    filename = code.co_filename
    text = "".join(linecache.getlines(filename))
    if not text:
        return None
    key = (filename, roots, code.co_flags & _FUTURE)
    on_disk = os.path.exists(filename)
    files = _FILES if on_disk else cells
    known = files.get(key)
    if known is None or known[0] != text:
        try:
            with quietly():
                pairs = _rewrite_file(text, filename, roots, space, name_of, key[2], not on_disk)
        except SyntaxError:         # it is being edited
            pairs = {}
        known = files[key] = (text, pairs)
        while len(files) > _MOST_FILES:
            del files[next(iter(files))]
    new = known[1].get(code)
    if new is None:
        raise UnsupportedCell(
            f"the source of {code.co_name} is not what is running.",
            why=f"{name_of(filename)} has changed since {code.co_name} was defined.",
            do="run the definition again.",
        )
    return new


def _rewrite_file(text, filename, roots, space, name_of, flags, is_cell):
    """{plain code: rewritten code} of all functions in a text.

    IPython compiles each statement of a cell by itself, and Python's compiler writes `np.ones` in another way
    where it sees the import: a cell is compiled as a whole and in statements.
    """
    tree = ast.parse(text)
    modules = {name for name, x in space.items() if isinstance(x, types.ModuleType)}
    source = Source(text, name_of(filename), filename)
    pieces = [tree]
    if filename in STANDARD:
        pieces = [ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
                              or getattr(node, "name", None) in STANDARD[filename]], [])]
    if is_cell and len(tree.body) > 1:
        pieces += [ast.Module([node], []) for node in tree.body
                   if any(isinstance(x, DEFINITIONS) for x in ast.walk(node))]
    found = {}
    for piece in pieces:
        _, _, pairs = compile_pair(piece, source, roots=roots, modules=modules, flags=flags)
        found.update((plain, new) for new, plain in pairs.items())
    return found


def _future_flags():
    import __future__

    return sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names
               if name not in ("nested_scopes", "generators"))


_FUTURE = _future_flags()
