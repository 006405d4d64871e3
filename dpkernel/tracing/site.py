"""A place in the user's code where something happens that can be seen.

In:  the objects that meet there.
Out: what the plain program gives, always; and a note to the tracer, if one is at work.
Start at `Site`. The plain operation is done in a frame that carries the user's file and line, so
that warnings and tracebacks say what they say without us.
"""

import builtins
import functools
import inspect
import itertools
import sys
import threading
from types import FunctionType

import numpy as np

from .frames import DO, clean, users

BUILTIN = type(len)
FRAME_FUNCTIONS = frozenset({
    builtins.exec, builtins.eval, builtins.locals, builtins.globals, builtins.vars, builtins.dir,
})


class _Active:
    tracer = None


ACTIVE = _Active()          # the tracer at work, or None; threads that the traced code starts report to it too

SIGNS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "MatMult": "@", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
    "USub": "-", "UAdd": "+", "Invert": "~",
}


def _template(text):
    """The function of a one-line definition; its code is moved to each place."""
    space = {}
    exec(compile(text, "<dpkernel>", "exec"), space)
    return space[DO]


_TEMPLATES = {
    "call": _template(f"def {DO}(f, a, k): return f(*a, **k) if k else f(*a)"),     # Template() refuses an empty **k
    "item": _template(f"def {DO}(x, i): return x[i]"),
    "attribute": _template(f"def {DO}(x, name): return getattr(x, name)"),
    "store": _template(f"def {DO}(x, i, value): x[i] = value"),
    "set": _template(f"def {DO}(x, name, value): setattr(x, name, value)"),
}
for _name, _sign in SIGNS.items():
    if _name in ("USub", "UAdd", "Invert"):
        _TEMPLATES["unary", _name] = _template(f"def {DO}(x): return {_sign}x")
    else:
        _TEMPLATES["binary", _name] = _template(f"def {DO}(a, b): return a {_sign} b")
    if _sign in ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"):
        _TEMPLATES["in_place", _name] = _template(f"def {DO}(a, b): a {_sign}= b; return a")


_HELD = {}          # for each thread: what `Site.take` takes at once


class Site:
    """Methods are called by rewritten code; the first argument of each is the user's object.

    span     where
    detail   which operator, attribute or name it is about
    """

    __slots__ = ("span", "detail", "_do", "_put", "__weakref__")

    def __init__(self, span, detail=None):
        self.span = span
        self.detail = detail
        self._do = self._put = None

    def do(self, kind):
        """The plain operation, in the user's place."""
        if self._do is None:
            self._do = self._placed(kind)
        return self._do

    def put(self, kind):
        """The plain assignment, "store" or "set", in the user's place."""
        if self._put is None:
            self._put = self._placed(kind)
        return self._put

    def _placed(self, kind):
        template = _TEMPLATES[kind]
        code = template.__code__.replace(co_filename=self.span.source.filename, co_firstlineno=self.span.line,
                                         co_name=users(sys._getframe()).f_code.co_name)
        tracer = ACTIVE.tracer
        return FunctionType(code, tracer.namespace if tracer is not None else template.__globals__, DO)

    # operators

    def binary(self, a, b):
        tracer, do = ACTIVE.tracer, self._do or self.do(("binary", self.detail))
        return do(a, b) if tracer is None else tracer.binary(self, do, a, b)

    def compare(self, a, b):
        tracer, do = ACTIVE.tracer, self._do or self.do(("binary", self.detail))
        return do(a, b) if tracer is None else tracer.compare(self, do, a, b)

    def unary(self, x):
        tracer, do = ACTIVE.tracer, self._do or self.do(("unary", self.detail))
        return do(x) if tracer is None else tracer.unary(self, do, x)

    def in_place(self, a, b):
        tracer, do = ACTIVE.tracer, self._do or self.do(("in_place", self.detail))
        return do(a, b) if tracer is None else tracer.in_place(self, do, a, b)

    # calls, items, attributes

    def call(self, f, /, *args, **kwargs):
        tracer, do = ACTIVE.tracer, self._do or self.do("call")
        if type(f) is BUILTIN and f in FRAME_FUNCTIONS:
            return in_frame(self, tracer, f, args, kwargs, sys._getframe(1))
        return do(f, args, kwargs) if tracer is None else tracer.call(self, do, f, args, kwargs)

    def item(self, x, i):
        tracer, do = ACTIVE.tracer, self._do or self.do("item")
        return do(x, i) if tracer is None else tracer.item(self, do, x, i)

    def slice(self, start, stop, step):
        return slice(start, stop, step)

    def attribute(self, x):
        tracer, do = ACTIVE.tracer, self._do or self.do("attribute")
        name = self.detail
        return do(x, name) if tracer is None else tracer.attribute(self, do, x, name)

    # going through something

    def iterate(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.iterate(self, x, self.detail)

    def unpack(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.unpack(self, x, self.detail)

    def chain(self, x):
        """`x = (a, b) = value`: what each target gets."""
        tracer = ACTIVE.tracer
        return tuple([x if tracer is None or pattern is None else tracer.unpack(self, x, pattern) for pattern in self.detail])

    def iterate_async(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.iterate_async(self, x, self.detail)

    @property
    def held(self):
        """What `with` hands to a target that is unpacked in the next statement."""
        return None

    @held.setter
    def held(self, x):
        _HELD[threading.get_ident()] = x

    def take(self):
        return _HELD.pop(threading.get_ident())

    def delegate(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.delegate(self, x)

    def into_text(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.into_text(self, x)

    def text(self, result):
        tracer = ACTIVE.tracer
        return result if tracer is None else tracer.text(self, result)

    # match statements

    def subject(self, x):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.subjects[self] = x
        return x

    def taken(self, values, paths):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.taken(self, values, paths)

    # loops: where iterations begin and end

    def loop(self, x):
        return x if ACTIVE.tracer is None else itertools.chain(map(self.turn, x), iter(self.ended, None))

    def turn(self, x=None):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.mark(self, True)
        return x

    def ended(self, x=None):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.mark(self, False)
        return x

    # writes

    def store(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.store(self, x)

    def overwrite(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.overwrite(self, x)

    def begin_attribute(self, x):
        return ("attribute", x, self.detail, Site.attribute(self, x))

    def begin_item(self, x, i):
        return ("item", x, i, Site.item(self, x, i))

    def augment(self, begun, value):
        """`x[i] += value` and `x.name += value`: read before, written now."""
        kind, x, key, old = begun
        new = self.in_place(old, value)
        if new is old and type(x) is np.ndarray and np.may_share_memory(new, x):
            return              # the view was written; writing it onto itself would change nothing
        if kind == "attribute":
            setattr(self.overwrite(x), key, new)
        else:
            self.store(x)[key] = new

    # names and functions

    def caught(self):
        """An exception that the user's code looks at from here on."""
        problem = sys.exception()
        if problem is not None:
            clean(problem)

    def parameter(self, x):
        tracer = ACTIVE.tracer
        return x if tracer is None else tracer.parameter(self.detail, x)

    def result(self, x):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.result = x
        return x

    def made(self, x):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.follow.made(x)
        else:
            from .follow import make_plain

            make_plain(x)
        return x

    def decorator(self, x):
        """Itself, or something that notices what a decorator of a package does."""
        tracer = ACTIVE.tracer
        if tracer is None:
            return x
        return functools.partial(self.call, x) if tracer.is_of_packages(x) else tracer.decorator(self, x)

    def see(self, x):
        tracer = ACTIVE.tracer
        if tracer is not None:
            tracer.meet(x)
        return x


def in_frame(site, tracer, f, args, kwargs, frame):
    """Call a function that looks at the frame of its caller: the user's, not ours."""
    space, local = frame.f_globals, frame.f_locals
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED and sys.version_info >= (3, 13):
        local = dict(local)         # a snapshot, as PEP 667 has it
    if f is builtins.globals:
        return space
    if f is builtins.locals:
        return local
    if f is builtins.vars or f is builtins.dir:
        return f(*args, **kwargs) if args or kwargs else local if f is builtins.vars else sorted(local)
    given = list(args[1:])
    space = given[0] if given and given[0] is not None else kwargs.pop("globals", space)
    local = given[1] if len(given) > 1 and given[1] is not None else kwargs.pop(
        "locals", local if space is frame.f_globals and not (given or kwargs) else space)
    if tracer is None or not args:
        return f(*args[:1], space, local, **kwargs)
    return tracer.run_text(site, f, args[0], space, local, kwargs)
