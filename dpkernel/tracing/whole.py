"""Python integers that can be told apart.

In:  an int that depends on a parameter.
Out: a `Whole`, equal to it and with an identity of its own; after the tracing a plain int again.
Start at `sweep`.

Python has one object for each small integer, so an identity says nothing about where a 3 came from.
A `Whole` is an int in every operation; results of operations on it are plain ints, to which the tracer
gives identities again. `sweep` finds those that the program has kept, wherever they are.
"""

import collections
import functools
import gc
import operator
import sys
import types
import weakref

import numpy as np


class Whole(int):
    """An integer that depends on a parameter."""

    __slots__ = ()

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):       # as of an int, there is no copy
        return self

    def __reduce_ex__(self, protocol):  # nothing that is written to a file knows of this class
        return int, (int(self),)


def plain(x):
    """The int of a Whole; anything else as it is."""
    return int(x) if type(x) is Whole else x


def sweep(wholes, namespace, ours):
    """Put plain ints in the place of all Wholes that anything of the user's still holds.

    wholes      list of all that were made; it is emptied
    namespace   where most of them are
    ours        lists and dicts of the tracer that may hold them: they are left alone
    """
    for name, x in list(namespace.items()):
        if type(x) is Whole:
            namespace[name] = int(x)
    expected = collections.Counter(id(x) for holder in ours for x in _held(holder) if type(x) is Whole)
    kept = [x for x, count in zip(wholes, _references(wholes)) if count > expected[id(x)]]
    if kept:
        _replace(kept, {id(holder) for holder in ours} | {id(kept), id(wholes)})
        if any(count > expected[id(x)] + 1 for x, count in zip(kept, _references(kept))):
            _replace_in_object_arrays(namespace)
    wholes.clear()      # an interrupt before this: once more


def _replace_in_object_arrays(namespace):
    """The garbage collector does not know what arrays of objects hold: they are looked for."""
    waiting, seen = list(namespace.values()), set()
    while waiting and len(seen) < 100_000:
        x = waiting.pop()
        if id(x) in seen or issubclass(type(x), (types.ModuleType, type, str, *weakref.ProxyTypes)):
            continue
        seen.add(id(x))
        if isinstance(x, np.ndarray):
            if x.dtype.kind == "O":
                for place, part in np.ndenumerate(x):
                    if type(part) is Whole:
                        x[place] = int(part)
        elif isinstance(x, (list, tuple, dict, set, types.FunctionType)) or hasattr(x, "__dict__"):
            waiting += gc.get_referents(x)


def _references(objects):
    """How many references each object has, beyond those that counting makes."""
    return [sys.getrefcount(x) - _OF_COUNTING for x in objects]


_OF_COUNTING = 0
_OF_COUNTING = _references([Whole(1)])[0] - 1       # the list has one; it differs between Pythons


def _held(holder):
    return holder.values() if isinstance(holder, dict) else holder


def _replace(objects, left_alone, new=plain, depth=8):
    """Replace each of `objects` by `new(object)` in everything that refers to it."""
    ids = {id(x) for x in objects}
    tuples = []
    for holder in gc.get_referrers(*objects):
        if id(holder) in left_alone or isinstance(holder, types.FrameType):
            continue
        if isinstance(holder, (tuple, frozenset)):
            if type(holder) in (tuple, frozenset) or hasattr(holder, "_fields"):
                tuples.append(holder)
        else:
            _replace_in(holder, ids, new)
    if tuples and depth:
        rebuilt = {id(t): _rebuilt(t, ids, new) for t in tuples}
        _replace(tuples, left_alone | {id(tuples)}, lambda t: rebuilt[id(t)], depth - 1)


def _rebuilt(holder, ids, new):
    parts = [new(x) if id(x) in ids else x for x in holder]
    return type(holder)(*parts) if hasattr(holder, "_fields") else type(holder)(parts)


def _replace_in(holder, ids, new):
    """Replace items of a container, or what an object, a function or a closure holds."""
    def exchanged(x):
        return new(x) if id(x) in ids else x

    if isinstance(holder, dict):
        if ids.isdisjoint(map(id, holder)):
            for key, x in list(holder.items()):
                if id(x) in ids:
                    holder[key] = new(x)
        else:
            _filled_again(holder, [(exchanged(key), exchanged(x)) for key, x in holder.items()])
    elif isinstance(holder, (list, collections.deque)):
        for number, x in enumerate(holder):
            if id(x) in ids:
                holder[number] = new(x)
    elif isinstance(holder, set):
        _filled_again(holder, [exchanged(x) for x in holder])
    elif isinstance(holder, types.CellType):
        holder.cell_contents = exchanged(holder.cell_contents)
    elif isinstance(holder, types.FunctionType):
        if holder.__defaults__ is not None:
            holder.__defaults__ = exchanged(holder.__defaults__)
    else:
        _replace_in_attributes(holder, ids, exchanged)


def _filled_again(holder, items):
    """Give a dict or a set other items, in one go: an interrupt finds it empty at no time."""
    list(map(operator.call, (holder.clear, functools.partial(holder.update, items))))


def _replace_in_attributes(holder, ids, exchanged):
    if type(holder).__module__.startswith("dpkernel."):
        return      # it is gone when the tracing is
    names = set(getattr(holder, "__dict__", ()))
    for base in type(holder).__mro__:
        slots = vars(base).get("__slots__", ())
        names.update((slots,) if isinstance(slots, str) else slots)
    for name in names:
        try:
            x = getattr(holder, name)
            if id(x) in ids:
                object.__setattr__(holder, name, exchanged(x))
        except AttributeError:
            continue
