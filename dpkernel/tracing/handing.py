"""Functions that hand on what they are given, or call a function that they are given.

In:  a site, the function, its arguments.
Out: what the plain call returns.
Start at `Handing.call_mover`. Iterators and their like get elements that were recorded; functions written in C
are seen when they are called; a function that stands behind another one is looked for and called in its place.
"""

import functools
import gc
import operator
import types

import numpy as np

from ..ir.types import type_of
from ..primitives import outside
from . import models
from .iteration import ARRAY_ITERATOR, inner_rows
from .look import isinstance
from .whole import Whole, plain

FROM_SOURCE = (types.FunctionType, types.MethodType)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)
CACHED = type(functools.lru_cache(len))
POOLED = frozenset({"map", "imap", "imap_unordered", "starmap"})      # methods of pools of threads
DISPATCHER = functools.singledispatch(len).__code__
KEPT = "what its cache kept was computed from something else, or before this cell; cache_clear() empties it"
CALLED = {      # class of objects that are called -> the tracer's method that does it
    operator.itemgetter: "call_itemgetter", operator.attrgetter: "call_attrgetter",
    operator.methodcaller: "call_methodcaller", CACHED: "call_cached", np.vectorize: "call_vectorize",
    np.poly1d: "call_poly1d", np.polynomial.Polynomial: "call_polynomial",
}


class Handing:
    """The part of the tracer that answers calls of functions that stand for other functions."""

    # functions that hand on what they are given

    def with_callbacks(self, site, do, key, args, kwargs):
        """Functions written in C that are handed to `map`, `reduce` and their like are seen when they are called."""
        number, name, default = models.CALLBACKS[key]
        f = args[number] if number is not None and number < len(args) else kwargs.get(name)
        f = default if f is None else f
        followed = isinstance(f, FROM_SOURCE) and self.is_followable(f)
        if f is None or followed or isinstance(f, type) and self.is_users_type(f):
            return args, kwargs
        wrapped = self.follow.seen(f, lambda *a, **k: self.call(site, do, f, a, k))
        if number is not None and number < len(args):
            return (*args[:number], wrapped, *args[number + 1:]), kwargs
        return args, {**kwargs, name: wrapped}

    def is_followable(self, f):
        f = f.__func__ if isinstance(f, types.MethodType) else f
        return isinstance(f, types.FunctionType) and self.follow.function(f)

    def call_mover(self, site, do, f, key, receiver, args, kwargs):
        """Functions that hand on the objects they are given: arrays among these are gone through here."""
        if f is next and args:
            return self.next_of(site, args[0], do, args[1:])
        if f is iter and len(args) == 1:
            return self.opaque(site, "iter()", do(f, args, kwargs), args) \
                if self.find(args[0]) is not None and not isinstance(args[0], np.ndarray) else do(f, args, kwargs)
        if key in models.GOES_INSIDE and any(hasattr(type(x), "keys") for x in args):
            return do(f, args, kwargs)      # a mapping is asked by key
        if key in models.GOES_OVER and f is not reversed:
            over = models.gone_over(key, args)
            args = tuple(self.gone_over(site, x) if over(n) else x for n, x in enumerate(args))
            kwargs = {name: self.gone_over(site, x) if name == "iterable" else x for name, x in kwargs.items()}
        if key in models.GOES_INSIDE:
            at = models.GOES_INSIDE[key]
            args = tuple(self.gone_inside(site, x) if n == at else x for n, x in enumerate(args))
        touches = self.touches
        result = do(f, args, kwargs)
        if receiver is not None:        # what was put there, and nothing else
            return self.looked_up(site, result, args[0]) if args and isinstance(receiver, dict) else result
        if self.touches == touches and isinstance(result, NUMBERS) and self.find(result) is None \
                and self.contains_tracked((args, kwargs)):
            reached = self.reach(args, kwargs)
            self.unless_known(site, models.name_of(key), result, reached, self.values_behind(reached))
        return result

    def gone_over(self, site, x):
        """What a function that goes through `x` is given: something that records each element."""
        if isinstance(x, np.ndarray):
            return self.rows(site, x) if x.ndim and self.find(x) is not None else x
        if isinstance(x, (np.flatiter, np.ndenumerate, *ARRAY_ITERATOR)) or hasattr(type(x), "__next__") and (
                self.is_blind(x) or self.find(x) is not None):
            return self.elements(site, x) if self.values_behind(self.reach(x)) else x
        return self.begun(site, x)

    def gone_inside(self, site, x):
        """What a function that goes through the elements of `x` too is given."""
        if not hasattr(type(x), "__iter__") or hasattr(type(x), "keys") or isinstance(x, (list, tuple)) and all(
                type(row) in (list, tuple, str) for row in x):
            return x
        return inner_rows(site, x if isinstance(x, np.ndarray) and x.ndim < 2 else self.gone_over(site, x))

    def given_to_pool(self, site, f, receiver, args):
        """The arguments of `pool.map(function, rows, ...)`, which goes through rows and calls the user's function."""
        name = getattr(f, "__name__", None)
        if receiver is None or name not in POOLED or not (hasattr(receiver, "submit") or hasattr(receiver, "apply_async")):
            return args
        going = self.gone_inside if name == "starmap" else self.gone_over
        return (*args[:1], *(going(site, x) for x in args[1:]))

    # the user's functions among arguments

    def meet_callback(self, x):
        """Follow functions that are handed to something installed."""
        kind = type(x)
        if kind is types.FunctionType:
            self.follow.function(x)
        elif kind is types.MethodType:
            self.meet(x.__self__)
            self.meet_callback(x.__func__)
        elif kind is functools.partial:
            self.meet_callback(x.func)
        elif isinstance(x, type):
            if self.is_users_type(x):
                self.follow.type(x)
        else:
            self.meet(x)

    def meet_type(self, x, kind):
        if kind is types.FunctionType or kind is types.MethodType:
            self.meet_callback(x)
        elif self.is_users_type(kind):
            self.follow.type(kind)
        elif kind not in self.follow.types:
            self.follow.doors(kind)

    # functions that stand for another one

    def call_itemgetter(self, site, do, f, args, kwargs):
        """`itemgetter(i, ...)(x)` is `x[i]`, or the tuple of several."""
        if len(args) != 1 or kwargs:
            return do(f, args, kwargs)

        def item(x, i):
            return do(operator.getitem, (x, i), {})

        found = [self.item(site, item, args[0], i) for i in f.__reduce__()[1]]
        return found[0] if len(found) == 1 else tuple(found)

    def call_attrgetter(self, site, do, f, args, kwargs):
        """`attrgetter("a.b", ...)(x)` is `x.a.b`, or the tuple of several."""
        if len(args) != 1 or kwargs:
            return do(f, args, kwargs)
        found = []
        for path in f.__reduce__()[1]:
            x = args[0]
            for name in path.split("."):
                x = self.attribute(site, lambda x, name: do(getattr, (x, name), {}), x, name)
            found.append(x)
        return found[0] if len(found) == 1 else tuple(found)

    def call_methodcaller(self, site, do, f, args, kwargs):
        """`methodcaller(name, *given)(x)` is `x.name(*given)`."""
        if len(args) != 1 or kwargs:
            return do(f, args, kwargs)
        made, given = f.__reduce__()
        options = made.keywords if isinstance(made, functools.partial) else {}
        name, *given = (*made.args, *given) if isinstance(made, functools.partial) else given
        method = self.attribute(site, lambda x, name: do(getattr, (x, name), {}), args[0], name)
        return self.call(site, do, method, tuple(given), options)

    def call_dispatched(self, site, do, f, args, kwargs):
        """A function with `singledispatch`: the one that answers for the class of the first argument."""
        if not args:
            return do(f, args, kwargs)
        kind = int if type(args[0]) is Whole else args[0].__class__
        return self.call(site, do, f.dispatch(kind), args, kwargs)

    def call_poly1d(self, site, do, f, args, kwargs):
        """`np.poly1d(c)(x)`: the polynomial with the coefficients that it holds."""
        if len(args) != 1 or kwargs or self.find(f) is not None or isinstance(args[0], np.poly1d):
            return self.call_unknown(site, do, f, None, args, kwargs)
        result = do(f, args, {})
        if self.contains_tracked((f.coeffs, args)):
            self.model(site, np.polyval, (f.coeffs, *args), {}, result)
        return result

    def call_polynomial(self, site, do, f, args, kwargs):
        """`np.polynomial.Polynomial(c)(x)`: x is mapped from the domain to the window first."""
        if len(args) != 1 or kwargs or self.find(f) is not None or self.contains_tracked((f.domain, f.window)):
            return self.call_unknown(site, do, f, None, args, kwargs)
        result = do(f, args, {})
        if self.contains_tracked((f.coef, args)):
            offset, scale = np.polynomial.polyutils.mapparms(f.domain, f.window)
            horner = models.WAYS[np.polynomial.polynomial.polyval]
            self.record_model(site, type(f), result, (f.coef, args), lambda: horner(
                (models.as_value(self.view(args[0])) * scale + offset, self.view(f.coef)), {}))
        return result

    def call_cached(self, site, do, f, args, kwargs):
        """A function with `lru_cache`: followed where it is computed.

        What it kept is honest only where it was computed from the same Values in this cell: keys are compared by
        their numbers, and numbers of another origin may be equal.
        """
        inner = getattr(f, "__wrapped__", None)
        if type(inner) is not types.FunctionType or not any(inner is x for x in gc.get_referents(f)) \
                or not self.follow.function(inner):
            return self.call_unknown(site, do, f, None, args, kwargs)
        given = tuple(self.find(x) for x in self.numbers_in((args, kwargs)))
        whole = any(type(x) is Whole for x in self.numbers_in((args, kwargs)))
        if whole:       # none of ours may stay in the cache
            args, kwargs = tuple(map(plain, args)), {name: plain(x) for name, x in kwargs.items()}
        if whole and any(type(x) is Whole for x in self.numbers_in((args, kwargs))):    # inside a key
            self.caches.append(f)
        misses = f.cache_info().misses
        result = do(f, args, kwargs)
        computed = f.cache_info().misses != misses
        if any(type(x) is Whole for x in self.numbers_in(result)):
            self.caches.append(f)
        known = self.kept.setdefault(id(result), [])
        if computed and not whole:
            known.append((f, given, result))
        elif whole or not any(g is f and values == given for g, values, _ in known):
            result = self.own(result) if whole else result      # of numbers that are not whole an int is flat
            self.unsettle(site, models.name_of(f), result, [v for v in given if v is not None]
                          + self.values_behind(self.reach(inner, result)))
        return result

    def unsettle(self, site, what, result, values, why=KEPT):
        """From now on `result` depends on `values` in an unknown way, whatever it was before."""
        if not values:
            return
        reached = self.reach(result)
        plainly = isinstance(result, (*NUMBERS, tuple, list, dict))     # else numbers may be anywhere in it
        for x in list(self.numbers_in(result)) if plainly else list(reached.things.values()):
            if isinstance(x, NUMBERS) and not isinstance(x, np.ndarray):
                attributes = {"function": None, "type": type_of(x), "what": what, "why": why}
                self.bind(x, self.append_typed(site, outside.opaque, values, type_of(x), attributes))
        with self.watching(reached.arrays, lambda: values, what, certain=True):
            pass
