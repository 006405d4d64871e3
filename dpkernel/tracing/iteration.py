"""Going through something: loops, comprehensions, unpacking, `next`.

In:  a site and what is gone through.
Out: the same elements in the same order, each recorded when it is taken.
Start at `Iteration.iterate`.

Lists, tuples, dicts and iterators over them hand on objects, which are known by their identity. Arrays make
new numbers. Iterators that compute where nobody looks (a generator made before the cell, `map` of a C
function) may hand out anything that depends on what they lead to.
"""

import functools
import gc
import types

import numpy as np

from ..primitives import index as ix
from ..primitives.functions import reshape
from .crossings import Crossing
from .doors import has_doors
from .look import isinstance
from .reach import GENERATORS
from .rewrite import plain_code
from .site import ACTIVE

CODE_OF = {types.GeneratorType: "gi_code", types.CoroutineType: "cr_code", types.AsyncGeneratorType: "ag_code"}
ARRAY_ITERATOR = (type(iter(np.zeros(1))), reversed)
NUMBERS = (np.ndarray, np.generic, float, complex)
PASSES_ON = (list, tuple, dict, set, frozenset, str, bytes, range)


class Iteration:
    """The part of the tracer that answers iteration."""

    def iterate(self, site, x, pattern):
        """What a loop goes through. `pattern`: how each element is unpacked, see `unpack`; None: it is not."""
        self.last_site = site
        kind = type(x)
        if pattern is None and (kind is list or kind is tuple or kind is range or kind is dict):
            return x
        self.meet(x)
        rows = self.elements(site, x)
        return rows if pattern is None or kind is range else _unpacked(site, rows, pattern)

    def elements(self, site, x):
        """What goes through `x`: itself, or a generator that records each element."""
        if isinstance(x, np.ndenumerate) and self.find(x.iter.base) is not None:
            return _recorded(site, x, Iteration.numbered_row)
        if self.find(x) is not None:
            return self.rows(site, x) if isinstance(x, np.ndarray) else self.opaque_rows(site, x)
        if isinstance(x, np.flatiter):
            return self.flat_rows(site, x) if self.find(x.base) is not None else x
        if isinstance(x, ARRAY_ITERATOR) or hasattr(type(x), "__next__") and self.is_blind(x):
            return self.taken_from(site, x)
        return self.begun(site, x)

    def begun(self, site, x):
        """An object whose `__iter__` is written in Python: something that records its elements, if it computes them."""
        maker = self.answering(type(x), "__iter__")
        if not self.is_users_type(maker) and not has_doors(maker):
            return x
        self.meet(x)
        elements = iter(x)
        if self.find(elements) is not None:
            return self.opaque_rows(site, elements)
        return self.taken_from(site, elements) if isinstance(elements, ARRAY_ITERATOR) or self.is_blind(elements) else elements

    def rows(self, site, x):
        """The elements along the first axis."""
        return _recorded(site, x, Iteration.row)

    def row(self, site, x, row, number):
        """Record `row`, which is `x[number]`."""
        value = self.find(x)
        if id(row) not in self.tracked and value is not None:
            self.append(site, ix.index, (value, number), row, {"form": "i"})
        return row

    def taken(self, site, values, paths):
        """What a pattern of a match statement took out of sequences: elements of arrays are recorded."""
        subject = self.subjects.get(site)
        for value, path in zip(values, paths):
            if path is None:
                known = {id(part): part for part in self.numbers_in(subject)}
                makes = any([isinstance(part, (np.generic, np.ndarray, complex)) for part in known.values()])
                for part in self.numbers_in(value):
                    if makes and isinstance(part, NUMBERS) and id(part) not in known and self.find(part) is None \
                            and self.contains_tracked(subject):
                        self.opaque(site, "a pattern that takes an array apart", part, [subject])
                continue
            for k, place in enumerate(path):
                last = k == len(path) - 1
                if isinstance(subject, np.ndarray):
                    part = value if last else subject[place]
                    subject = self.row(site, subject, part, place)
                else:
                    subject = subject[place]
            subject = self.subjects.get(site)

    def flat_rows(self, site, x):
        """The elements of `array.flat`."""
        return _recorded(site, x, Iteration.flat_row)

    def flat_row(self, site, x, row, number):
        return self.flat_item(site, x.base, x.index - 1, row)

    def flat_item(self, site, base, number, item):
        """Record `base.flat[number]`; of several numbers, an array of these elements."""
        value = self.find(base)
        if value is not None and id(item) not in self.tracked:
            self.builder.span = site.span
            with self.builder:
                flat = reshape(value, (base.size,))
            self.append(site, ix.index, (flat, number if np.ndim(number) else int(number)), item, {"form": "i"})
        return item

    def numbered_row(self, site, x, row, number):
        """Record the element in `row`, which is what np.ndenumerate gives."""
        place, item = row
        value = self.find(x.iter.base)
        if value is not None and id(item) not in self.tracked:
            self.append(site, ix.index, (value, *place), item, {"form": "i" * len(place)})
        return row

    def iterate_async(self, site, x, pattern):
        """What `async for` goes through, where each element is unpacked."""
        self.meet(x)
        return _AsyncUnpacked(site, x, pattern) if hasattr(type(x), "__aiter__") else x

    def opaque_rows(self, site, x):
        """The elements of something that depends on a parameter in an unknown way."""
        reached = self.reach(x)

        def opaque_row(tracer, site, x, row, number):
            what = f"an element of {type(x).__name__}"
            if isinstance(row, NUMBERS):        # one that was there before is what it was
                return tracer.unless_known(site, what, row, reached, tracer.values_behind(reached))
            return tracer.opaque(site, what, row, [x])

        return _recorded(site, x, opaque_row)

    def taken_from(self, site, iterator):
        """The elements of an iterator that computes where nobody looks."""
        return _taken(site, iterator)

    def next_of(self, site, iterator, do, rest=()):
        """`next(iterator)`, recorded."""
        if isinstance(iterator, ARRAY_ITERATOR):
            whole, position = _state(iterator)
            item = do(next, (iterator, *rest), {})
            value = self.find(whole) if isinstance(whole, np.ndarray) else None
            if value is not None and id(item) not in self.tracked and position < len(whole):
                self.append(site, ix.index, (value, position), item, {"form": "i"})
            return item
        reached = self.reach(iterator)
        touches, what = self.touches, f"a {type(iterator).__name__} made before"
        if self.find(iterator) is None and not self.is_blind(iterator):
            return do(next, (iterator, *rest), {})
        crossing = Crossing(site, what, (iterator,), reached)

        def behind():
            return self.values_behind(reached) or crossing.given or (self.inputs if self.touches != touches else [])

        try:
            with self.crossing(crossing):
                item = do(next, (iterator, *rest), {})
        except StopIteration as end:
            self.unless_known(site, what, end.value, reached, behind(), crossing.known)
            raise
        return self.unless_known(site, what, item, reached, behind(), crossing.known)

    def unless_known(self, site, what, x, reached, values, made=()):
        """Numbers in `x` that were not among what was reached, or `made` by the user's code: they depend on `values`."""
        if not values:
            return x
        for part in self.numbers_in(x):
            if isinstance(part, NUMBERS) and id(part) not in reached.things and id(part) not in made and self.find(part) is None \
                    and not any(part is y for y in reached.arrays):
                self.opaque(site, what, part, values=values)
            elif isinstance(part, str) and len(part) > 1:
                self.opaque(site, what, part, values=values)
        return x

    def is_blind(self, x, depth=4):
        """True for an iterator that computes with functions, or runs code, that nobody follows."""
        if isinstance(x, GENERATORS):
            code = getattr(x, CODE_OF[type(x)])
            return plain_code(code) is None and code not in OURS
        if self.is_users_type(type(x)):
            return False
        if isinstance(x, ARRAY_ITERATOR):
            return isinstance(_state(x)[0], np.ndarray)
        parts = gc.get_referents(x)
        if type(x).__module__ not in ("builtins", "itertools"):
            return True
        for y in parts:
            if callable(y) and not isinstance(y, type) and not self.is_followed(y):
                return True
            inner = hasattr(type(y), "__next__") or type(y).__module__ == "itertools"
            if depth and inner and self.is_blind(y, depth - 1):
                return True
            if isinstance(y, type) and y is not type(x) and not self.is_users_type(y):
                return True
        return False

    def call_resumed(self, site, do, f, args, kwargs):
        """`generator.send(x)`, `coroutine.send(x)` and their like: what runs on records itself, if it is followed."""
        if self.is_blind(f.__self__):
            return self.call_unknown(site, do, f, f.__self__, args, kwargs)
        return do(f, args, kwargs)

    def call_next(self, site, do, f, args, kwargs):
        """`iter(array).__next__()`."""
        return self.next_of(site, f.__self__, lambda *_: do(f, args, kwargs))

    def is_followed(self, f):
        """True for a function that is running rewritten now."""
        f = f.__func__ if isinstance(f, types.MethodType) else f
        if not isinstance(f, types.FunctionType):
            return False
        return id(f) in self.follow.exchanged or self.follow.is_seen(f) or plain_code(f.__code__) is not None

    def delegate(self, site, x):
        """`yield from x`."""
        self.last_site = site
        if isinstance(x, (np.ndarray, *ARRAY_ITERATOR)):
            return self.elements(site, x)
        x = self.begun(site, x)
        return _delegated(site, x) if hasattr(type(x), "__next__") and self.is_blind(x) else x

    def unpack(self, site, x, pattern):
        """`a, (b, c) = x`: something with the same elements, each recorded.

        pattern   a tuple: for each target None, "*", or the pattern inside it
        """
        kind = type(x)
        if kind is not tuple and kind is not list:
            self.meet(x)
            rows = self.elements(site, x) if not isinstance(x, np.ndarray) or x.ndim else x
            if rows is x and not any(isinstance(inner, tuple) for inner in pattern):
                return x
            x = rows
        inside = [(n, inner) for n, inner in enumerate(pattern) if isinstance(inner, tuple)]
        if not inside:
            return x
        x = list(x)
        behind = len(pattern) - pattern.index("*") - 1 if "*" in pattern else None
        for n, inner in inside:
            n = n if behind is None or n < len(pattern) - behind else n - len(pattern)
            if -len(x) <= n < len(x):
                x[n] = self.unpack(site, x[n], inner)
        return x

    # text

    def into_text(self, site, x):
        """`f"{x}"`: the text will depend on x."""
        self.meet(x)
        if self.contains_tracked(x):
            self.in_text.append(x)
        return x

    def text(self, site, result):
        """An f-string that may show numbers that depend on parameters."""
        if self.in_text:
            operands, self.in_text = self.in_text, []
            self.opaque(site, "text", result, operands)
        return result


# These are the only things of ours that may stay behind, in a generator of the user's that is not used up: they
# hold no tracer, and without one they hand on what they get.

def _recorded(site, x, record):
    for number, row in enumerate(x):
        yield row if ACTIVE.tracer is None else record(ACTIVE.tracer, site, x, row, number)


def _taken(site, iterator):
    while True:
        try:
            item = next(iterator) if ACTIVE.tracer is None else ACTIVE.tracer.next_of(site, iterator, _next)
        except StopIteration:
            return
        yield item


def _delegated(site, iterator):
    """The same for `yield from`, which hands on what is sent, thrown and returned."""
    step = functools.partial(next, iterator)
    while True:
        try:
            item = step() if ACTIVE.tracer is None else ACTIVE.tracer.next_of(site, iterator, lambda *_: step())
        except StopIteration as end:
            return end.value
        try:
            sent = yield item
        except GeneratorExit:
            if hasattr(iterator, "close"):
                iterator.close()
            raise
        except BaseException as problem:
            if not hasattr(iterator, "throw"):
                raise
            step = functools.partial(iterator.throw, problem)
        else:
            step = functools.partial(next, iterator) if sent is None else functools.partial(iterator.send, sent)


def inner_rows(site, rows):
    """Rows whose elements are recorded, too."""
    for row in rows:
        yield row if ACTIVE.tracer is None else ACTIVE.tracer.gone_over(site, row)


def _next(f, args, kwargs):
    return next(args[0])


class _AsyncUnpacked:
    """The elements of an asynchronous iterator, whose parts are recorded."""

    def __init__(self, site, x, pattern):
        self.site, self.pattern, self.rows = site, pattern, aiter(x)

    def __aiter__(self):
        return self

    async def __anext__(self):
        row = await self.rows.__anext__()
        return row if ACTIVE.tracer is None else ACTIVE.tracer.unpack(self.site, row, self.pattern)


def _unpacked(site, rows, pattern):
    for row in rows:
        yield row if ACTIVE.tracer is None else ACTIVE.tracer.unpack(site, row, pattern)


def _state(iterator):
    """(what an array's iterator goes through, the position of its next element); ((), 0) at the end."""
    parts = iterator.__reduce__()
    return parts[1][0], parts[2] if len(parts) > 2 else 0


OURS = frozenset(f.__code__ for f in (_recorded, _taken, _delegated, _unpacked, inner_rows))      # they record what they hand on
