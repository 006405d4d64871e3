"""What an object leads to: what a call that we cannot look into may read or change.

In:  a function and its arguments.
Out: the arrays, numbers and texts that can be got at from them.
Start at `reach`.

Containers, attributes, closures, bound methods, iterators and generators are gone through, also those of
installed packages, by what the garbage collector knows of them. Modules, classes of packages and functions
of packages are not: what they hold was there before the notebook. Of the user's functions the global names
that they use are looked up.
"""

import ctypes
import gc
import mmap
import types
from array import array
from dataclasses import dataclass, field

import numpy as np

from .follow import is_users, named_in

ATOMS = (str, bytes, type(None), bool, range, types.ModuleType, types.CodeType, np.dtype, np.random.Generator,
         np.random.RandomState, np.random.BitGenerator, type(Ellipsis), types.FrameType)
NUMBERS = (float, complex, int, np.generic)
C_DATA = ctypes.c_double.__mro__[-2]        # the base of the classes of ctypes
EXPORTERS = (memoryview, bytearray, array, mmap.mmap, C_DATA)
GENERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
MOST = 20_000


@dataclass
class Reached:
    """What was found.

    arrays    arrays of NumPy
    things    {id: object}: everything else that a Value may belong to
    anything  True if not everything could be looked at
    """

    arrays: list = field(default_factory=list)
    things: dict = field(default_factory=dict)
    anything: bool = False


def reach(roots, is_users_type, memory_at, namespace, functions=True, most=MOST):
    """Go through everything that `roots` lead to.

    is_users_type   (class) -> True for a class of the user's: its attributes are gone through
    memory_at       (low, high) -> arrays that are known to lie at these addresses
    namespace       the notebook's names: not gone through as a whole
    functions       False: not into functions of the user's, which a package can only call
    most            objects looked at; beyond it anything may be reached
    """
    found, waiting, seen = Reached(), list(roots), {id(namespace), id(roots)}
    while waiting:
        x = waiting.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if len(seen) > most:
            found.anything = True
            return found
        kind = type(x)      # not isinstance: it would ask a proxy of something that is gone
        if issubclass(kind, np.ndarray):
            found.arrays.append(x)
            if x.dtype.kind == "O":
                waiting += x.ravel().tolist()
            continue
        found.things[id(x)] = x
        if issubclass(kind, np.void):
            waiting.append(x.base)
        if issubclass(kind, (*ATOMS, *NUMBERS)):
            continue
        if issubclass(kind, type):
            waiting += list(vars(x).values()) if is_users_type(x) else ()
        elif kind is types.FunctionType:
            waiting += of_function(x, namespace) if functions or not is_users(x.__code__) else ()
        elif kind in GENERATORS:
            waiting += _of_generator(x) if functions or not _runs_users(x) else ()
        elif issubclass(kind, EXPORTERS):
            found.arrays += _lent_by(x, memory_at)
            waiting.append(getattr(x, "obj", None))
            if issubclass(kind, ctypes._Pointer) and x:
                waiting.append(x.contents)
        elif kind is np.flatiter:
            waiting.append(x.base)
        elif kind is np.nditer:
            waiting += _operands(x)
        elif issubclass(kind, dict):
            waiting += x.keys()
            waiting += x.values()
        else:       # not by iterating: the tuple inside an exhausted zip_longest has holes, and Python would crash
            waiting += gc.get_referents(x)
    return found


def of_function(f, namespace=None):
    """What a Python function may use: its closure, defaults, attributes, annotations; of the user's the globals too."""
    found = [x for x in gc.get_referents(f) if x is not f.__globals__ and x is not f.__builtins__]
    return found + named_in(f.__code__, f.__globals__) if is_users(f.__code__) else found


def _of_generator(x):
    frame = getattr(x, "gi_frame", None) or getattr(x, "cr_frame", None) or getattr(x, "ag_frame", None)
    if frame is None:
        return []
    found = list(frame.f_locals.values()) if frame.f_locals is not frame.f_globals else []
    within = getattr(x, "gi_yieldfrom", None)
    if is_users(frame.f_code):
        found += named_in(frame.f_code, frame.f_globals)
    return found if within is None else [*found, within]


def _runs_users(x):
    code = getattr(x, "gi_code", None) or getattr(x, "cr_code", None) or getattr(x, "ag_code", None)
    return code is not None and is_users(code)


def _operands(iterator):
    try:
        return list(iterator.operands)
    except ValueError:      # it is closed
        return []


def _lent_by(x, memory_at):
    """The arrays in the memory of an object that lends it; where none is known, its bytes as an array."""
    if isinstance(x, (array, bytearray)) and not _is_lent(x):
        return []       # an array of its bytes would keep it from growing
    found = _bytes_of(x)
    return found and memory_at(*np.lib.array_utils.byte_bounds(found[0])) or found


def _is_lent(x):
    """True if somebody uses the memory of an object that can grow: then it can't."""
    kind = array if isinstance(x, array) else bytearray
    try:
        kind.append(x, "-" if isinstance(x, array) and x.typecode in "uw" else 0)
    except BufferError:
        return True
    kind.pop(x)
    return False


def _bytes_of(x):
    """The memory that an object lends, as an array of bytes; nothing if it cannot be had."""
    try:
        return [np.frombuffer(x, np.uint8)]
    except (TypeError, ValueError, BufferError):
        return []
