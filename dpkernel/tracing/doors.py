"""Doors: methods of packages that Python calls by itself.

In:  a class of a package, met by the user's code or a base of a class of the user's.
Out: the same class, whose methods report who comes in.
Start at `door`.

An operator, an attribute, an iteration, the making of an object run methods that no call names. While tracing, such
a method of a package has the code of a door: entered from the user's code it is a call of something unknown; entered
from the package's own it is what it was.
"""

import functools
import inspect
import os
import sys
import types

from .models import name_of
from .rewrite import PLAIN, plain_code
from .site import ACTIVE, DO

OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
NAMES = {       # method -> what it does, in words
    **{f"__{prefix}{name}__": "an operator of {}" for prefix in ("", "r", "i") for name in OPERATORS},
    **{f"__{name}__": "an operator of {}" for name in ("abs", "neg", "pos", "invert", "round")},
    **{f"__{name}__": "the number that {} stands for" for name in ("float", "int", "index", "complex", "array")},
    **{f"__{name}__": "an item of {}" for name in ("getitem", "setitem", "missing")},
    **{f"__{name}__": "an element of {}" for name in ("iter", "next", "reversed")},
    **{f"__{name}__": "an attribute, which {} computes" for name in ("get", "set")},
    "__init__": "{}()", "__new__": "{}()", "__call__": "a call of {}", "__getattr__": "an attribute of {}",
    "__enter__": "what {} does in front of a with block", "__exit__": "what {} does behind a with block", "__set_name__": "{}()", "__init_subclass__": "a class below {}",
}
COMPUTING = frozenset({"statistics", "fractions", "numbers", "random"})     # of Python's own: the others hand on objects
NUMPY = frozenset({"numpy", "dpkernel"})
LATER = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR       # a call of such a function runs nothing
HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
NAME = "dpkernel door"


def has_doors(kind):
    """True for classes of packages that are written in Python and compute."""
    package = (kind.__module__ or "").split(".")[0]
    if not kind.__flags__ & (1 << 9) or package in NUMPY:
        return False
    return package in COMPUTING or package not in sys.stdlib_module_names and package != "__main__"


def methods(kind):
    """(function, what it does) of each method of a class that Python calls by itself."""
    for name, member in list(vars(kind).items()):
        if isinstance(member, property):
            found, what = (member.fget, member.fset), f"the attribute {name} of {{}}"
        else:
            found, what = (getattr(member, "__func__", member),) if name in NAMES else (), NAMES.get(name)
        for f in found:
            if isinstance(f, types.FunctionType) and not f.__code__.co_flags & LATER:
                yield f, what.format(name_of(kind))


class Door:
    """Calls a function for those who come in by its door.

    function    the function with its own code
    what        what it does, in words
    """

    def __init__(self, f, what):
        self.what = what
        self.function = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
        self.function.__kwdefaults__, self.function.__qualname__ = f.__kwdefaults__, f.__qualname__
        self.function.__module__ = f.__module__

    def enter(self, args, kwargs):
        tracer = ACTIVE.tracer
        if tracer is None or tracer.last_site is None or not _is_users_side(sys._getframe(2).f_code):
            return self.function(*args, **kwargs)
        return tracer.call_unknown(tracer.last_site, _do, self.function, None, args, kwargs, self.what)


def _do(f, args, kwargs):
    return f(*args, **kwargs)


def _is_users_side(code):
    """True for code that is followed, and for ours, which acts in its place."""
    return code.co_qualname == DO or plain_code(code) is not None or code.co_filename.startswith(HERE)


def door(f, what):
    """The code of a door to the function `f`: it takes the same arguments and has the same free variables."""
    code = f.__code__
    template = _template(code)
    constants = [Door(f, what) if x == NAME else x for x in template.co_consts if type(x) is not tuple or x[:1] != (PLAIN,)]
    return template.replace(co_consts=(*constants, (PLAIN, code)))


@functools.lru_cache(maxsize=None)
def _template(code):
    names = list(code.co_varnames)
    count, keywords = code.co_argcount, code.co_kwonlyargcount
    named, only = names[:count], names[count:count + keywords]
    rest = iter(names[count + keywords:])
    star = next(rest) if code.co_flags & inspect.CO_VARARGS else None
    double = next(rest) if code.co_flags & inspect.CO_VARKEYWORDS else None
    head = [*named[:code.co_posonlyargcount], *(["/"] if code.co_posonlyargcount else []), *named[code.co_posonlyargcount:]]
    head += [f"*{star}"] if star else ["*"] if only else []
    head += only + ([f"**{double}"] if double else [])
    args = "".join(f"{x}, " for x in [*named, *([f"*{star}"] if star else [])])
    kwargs = ", ".join([*(f"{x!r}: {x}" for x in only), *([f"**{double}"] if double else [])])
    free = code.co_freevars
    text = "def outer():\n" + "".join(f"    {x} = None\n" for x in free)
    text += f"    def {DO}({', '.join(head)}):\n        return {NAME!r}.enter(({args}), {{{kwargs}}})\n"
    text += f"        {', '.join(free)}\n" if free else ""
    text += f"    return {DO}"
    space = {}
    exec(compile(text, __file__, "exec"), space)
    found = space["outer"]().__code__
    assert found.co_freevars == free
    return found.replace(co_firstlineno=code.co_firstlineno)
