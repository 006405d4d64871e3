"""NumPy's functions that call a function of the user's: vectorize, frompyfunc, apply_along_axis, piecewise, fromiter.

In:  a site, the function, its arguments.
Out: what the plain call returns; NumPy itself does the work.
Start at `Callbacks.seen_call`. NumPy makes new numbers for the function that it calls, and copies what it returns: a
stand-in notes which is which. What goes in is tied to its place in the arguments, what comes out is put together
to the Value of the result.
"""

import copy
import dataclasses
import gc
import inspect
import sys
import warnings

import numpy as np

from ..ir.block import Value
from ..primitives import index as ix
from ..primitives.functions import broadcast_to, cast, full, reshape, transpose, update
from . import models
from .look import isinstance
from .reach import GENERATORS
from .whole import Whole

FUNCTIONS = {      # functions -> the tracer's method that calls it
    np.apply_along_axis: "call_along_axis", np.apply_over_axes: "call_over_axes", np.piecewise: "call_piecewise",
    np.fromiter: "call_fromiter", dataclasses.asdict: "copied_structure", dataclasses.astuple: "copied_structure",
    sys._getframe: "call_getframe", inspect.currentframe: "call_getframe",
    (type(iter(np.zeros(1))), "__next__"): "call_next", float.__new__: "call_float", inspect.stack: "call_stack", warnings.warn: "call_warn",
    **{(kind, name): "call_resumed" for kind in GENERATORS for name in ("send", "throw", "close", "__next__")},
}
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)


class Vectorized(np.vectorize):
    """A `vectorize` that keeps the arrays of objects between which its function is called.

    met       function (arrays of objects that go in), called before
    outputs   the array or arrays of what the function returned
    """

    met, outputs = None, None

    def _get_ufunc_and_otypes(self, func, args):
        ufunc, otypes = super()._get_ufunc_and_otypes(func=func, args=args)

        def called(*given, **options):
            self.met(given)
            self.outputs = ufunc(*given, **options)
            return self.outputs

        called.nout = ufunc.nout
        return called, otypes


class Made:
    """What a function returned, call by call, as models see it: NumPy copies it then, and it may change afterwards."""

    def __init__(self):
        self.parts, self.depends = [], False


class Callbacks:
    """The part of the tracer that answers calls of functions that call functions."""

    def seen_call(self, site, do, f, made, met=None):
        """A stand-in for the user's `f`: each call is an iteration of a loop, and what it returns is kept in `made`.

        met   function (arguments, named arguments) called before each call
        """
        def call(*args, **kwargs):
            self.mark(site, True)
            if met is not None:
                met(args, kwargs)
            result = self.call(site, do, f, args, kwargs)
            self.keep(made, result)
            return result

        return self.follow.seen(f, call)

    def keep(self, made, result):
        """Add a result to what was made."""
        made.depends = made.depends or self.contains_tracked(result)
        try:
            with self.builder:
                made.parts.append(self.view(result))
        except (models.NoModel, self.unrecordable):
            made.parts.append(None)

    def all_kept(self, objects):
        """What an array of objects holds."""
        made = Made()
        for x in objects.ravel().tolist():
            self.keep(made, x)
        return made

    def tie(self, site, value, x, operands, form="i", shape=None):
        """The new object `x` is what lies in `value`, reshaped to `shape`, at a place."""
        if isinstance(x, NUMBERS) and self.find(x) is None:
            self.builder.span = site.span
            with self.builder:
                held = reshape(value, (_size(value.shape),) if shape is None else shape)
            self.append(site, ix.index, (held, *operands), x, {"form": form})

    def behind(self, x, kinds="fc"):
        """The Value of an argument whose numbers go in one by one, if it depends on a parameter; else None.

        Raises NoModel where the numbers could not be told apart: whole ones, where NumPy makes them.
        """
        if not self.contains_tracked(x) or isinstance(x, np.ndarray) and x.dtype.kind == "O":
            return None
        with self.builder:
            value = models.as_value(self.view(x))
        if not isinstance(value, Value) or value.dtype.kind not in kinds:
            raise models.NoModel("whole numbers")
        return value

    def put_together(self, site, f, made, result, shape, given, arranged=None):
        """`result` holds what was made, in an array of `shape` of them that is then `arranged`."""
        if not made.depends or not isinstance(result, np.ndarray) or result.dtype.kind == "O":
            return

        def meaning():
            held = [models.as_value(x) for x in made.parts]
            inner = models.shape_of(held[0]) if arranged is not None else result.shape[len(shape):]
            held = [broadcast_to(reshape(x, _trailing(x, inner)), inner) for x in held]
            value = reshape(models.stack(held, 0), (*shape, *inner))
            if result.dtype.kind in "biu":
                value = cast(value, dtype=result.dtype)
            return value if arranged is None else arranged(value)

        values = self.values_behind(self.reach(given)) + [x for x in made.parts if isinstance(x, Value)]
        self.record_model(site, f, result, given, meaning, values)

    # vectorize

    def call_vectorize(self, site, do, f, args, kwargs):
        """`np.vectorize(pyfunc)(...)`, with and without `otypes`, `excluded`, `signature`, `cache`."""
        if type(f) is not np.vectorize or f.pyfunc is np._NoValue or f.signature is not None and kwargs:
            return self.call_unknown(site, do, f, None, args, kwargs)
        try:
            values = [self.behind(x) for x in _going_in(f, args, kwargs)]
        except Exception:       # numbers of another kind: NumPy says what it thinks of them
            return self.call_unknown(site, do, f, None, args, kwargs)
        twin = copy.copy(f)
        twin.__class__, twin._ufunc = Vectorized, {}
        call = self.call_elements if f.signature is None else self.call_parts
        try:
            return call(site, do, f, twin, values, args, kwargs)
        finally:
            self.mark(site, False)
            for nin in twin._ufunc:
                f._ufunc.setdefault(nin, np.frompyfunc(f.pyfunc, nin, len(f.otypes)))

    def call_elements(self, site, do, f, twin, values, args, kwargs):
        """Number by number: between arrays of objects, which are known by themselves."""
        places, alive = {}, []      # id(number) -> (Value, flat position); the arrays that hold them

        def met(given):
            alive.extend(given)
            for value, x in zip(values, given):
                if value is not None:
                    places.update((id(part), (value, n)) for n, part in enumerate(x.ravel().tolist()))

        def tied(given, named):
            for n, x in enumerate(_going_in(f, given, named)):
                if alive:
                    value, place = places.get(id(x), (None, 0))
                else:           # the call that finds out the dtype gets the first numbers
                    value, place = values[n], 0
                if value is not None:
                    self.tie(site, value, x, (place,))

        twin.met, made = met, Made()
        twin.pyfunc = self.seen_call(site, do, f.pyfunc, made, tied)
        result = do(twin, args, kwargs)
        pairs = zip(result, twin.outputs) if isinstance(result, tuple) else [(result, twin.outputs)]
        for y, outputs in pairs if twin.outputs is not None else ():
            made = Made()
            for x in np.asarray(outputs, object).ravel().tolist():
                self.keep(made, x)
            self.put_together(site, f.pyfunc, made, y, np.shape(y), (args, kwargs))
        return result

    def call_parts(self, site, do, f, twin, values, args, kwargs):
        """With a signature: part by part, in C order."""
        made, going, dims = Made(), _going_in(f, args, kwargs), f._in_and_out_core_dims[0]
        if len(going) != len(dims) or any(np.ndim(x) < len(core) for x, core in zip(going, dims)):
            return do(f, args, kwargs)      # NumPy says what is wrong
        outer = [np.shape(x)[:np.ndim(x) - len(core)] for x, core in zip(going, dims)]
        shape = np.broadcast_shapes(*outer)

        def tied(given, named):
            for x, value, whole, rows in zip(_going_in(f, given, named), values, going, outer):
                if value is not None:
                    order = np.broadcast_to(np.arange(_size(rows)).reshape(rows), shape).ravel()
                    core = np.shape(whole)[len(rows):]
                    self.tie(site, value, x, (int(order[len(made.parts)]),), "i", (_size(rows), *core))

        twin.pyfunc = self.seen_call(site, do, f.pyfunc, made, tied)
        result = do(twin, args, kwargs)
        for n, y in enumerate(models.parts(result)):
            each = Made()
            each.parts = [x[n] for x in made.parts] if isinstance(result, tuple) else made.parts
            each.depends = made.depends
            self.put_together(site, f.pyfunc, each, y, shape, (args, kwargs))
        return result

    def call_method_of_ufunc(self, site, do, f, args, kwargs):
        """`np.frompyfunc(...).reduce(x)` and its like."""
        ufunc = f.__self__
        inner = [x for x in gc.get_referents(ufunc) if callable(x)]
        if not inner:
            return self.call_unknown(site, do, f, None, args, kwargs)
        identity = {} if ufunc.identity is None else {"identity": ufunc.identity}
        twin = np.frompyfunc(self.seen_call(site, do, inner[0], Made()), ufunc.nin, ufunc.nout, **identity)
        try:
            return do(getattr(twin, f.__name__), tuple([self.from_array(site, x) for x in args]), kwargs)
        finally:
            self.mark(site, False)

    def call_made_ufunc(self, site, do, f, args, kwargs):
        """A ufunc of `np.frompyfunc`: what it returns are the very objects that its function returns."""
        inner = [x for x in gc.get_referents(f) if callable(x)]
        if not inner:
            return self.call_unknown(site, do, f, None, args, kwargs)
        try:
            given = None if kwargs or len(args) != f.nin else [
                x if self.behind(x, "fciu") is None else self.as_objects(site, x) for x in args]
        except Exception:
            given = None
        if given is None:
            result = self.call_unknown(site, do, f, None, args, kwargs)
            if self.contains_tracked((args, kwargs)):
                values = self.values_behind(self.reach(f, args, kwargs))
                self.unsettle(site, models.name_of(inner[0]), result, values, None)
            return result
        twin = np.frompyfunc(self.seen_call(site, do, inner[0], Made()), f.nin, f.nout)
        try:
            return do(twin, tuple(given), {})
        finally:
            self.mark(site, False)

    # rows and pieces of an array

    def as_array(self, site, do, x):
        """A list that depends on a parameter as an array, as NumPy would make it."""
        if isinstance(x, np.ndarray) or not self.contains_tracked(x):
            return x
        return self.call(site, do, np.asarray, (x,), {})

    def call_along_axis(self, site, do, f, args, kwargs):
        """`np.apply_along_axis(func1d, axis, arr, ...)`: func1d gets views of the array, row by row in C order."""
        given = _bound(f, args, kwargs)
        if given is None or self.is_foreign(given["arr"]):
            return self.call_unknown(site, do, f, None, args, kwargs)
        made, array = Made(), self.as_array(site, do, given["arr"])
        stand_in = self.seen_call(site, do, given["func1d"], made)
        try:
            result = do(f, (stand_in, given["axis"], array, *given.get("args", ())), given.get("kwargs", {}))
        finally:
            self.mark(site, False)
        shape = list(np.shape(array))
        axis = given["axis"] % len(shape)
        del shape[axis]

        def arranged(value):
            dims = list(range(value.ndim))
            return transpose(value, dims[:axis] + dims[len(shape):] + dims[axis:len(shape)])

        self.put_together(site, f, made, result, tuple(shape), (args, kwargs), arranged)
        return result

    def call_over_axes(self, site, do, f, args, kwargs):
        """`np.apply_over_axes(func, a, axes)`: func gets the array, then what it returned itself."""
        given = _bound(f, args, kwargs)
        if given is None or not isinstance(given["a"], np.ndarray) or self.is_foreign(given["a"]):
            return self.call_unknown(site, do, f, None, args, kwargs)
        return do(f, (self.seen_call(site, do, given["func"], Made()), given["a"], given["axes"]), {})

    def call_piecewise(self, site, do, f, args, kwargs):
        """`np.piecewise(x, condlist, funclist, ...)`: each function gets a copy of the elements that are its own."""
        given = _bound(f, args, kwargs)
        pieces = None if given is None or self.is_foreign(given["x"]) else _pieces_of(given)
        if pieces is None:
            return self.call_unknown(site, do, f, None, args, kwargs)
        x, made, functions = given["x"], {}, list(given["funclist"])
        try:
            value = self.behind(x)
        except Exception:
            return self.call_unknown(site, do, f, None, args, kwargs)

        def seen(number, function):
            made[number] = Made()

            def tied(arguments, named):
                if value is not None:
                    self.tie(site, value, arguments[0], (pieces[number],))

            return self.seen_call(site, do, function, made[number], tied)

        for n, function in enumerate(functions):
            if callable(function):
                functions[n] = seen(n, function)
            else:
                made[n] = Made()
                self.keep(made[n], function)
        try:
            result = do(f, (x, given["condlist"], functions, *given.get("args", ())), given.get("kw", {}))
        finally:
            self.mark(site, False)

        def meaning():
            y = full(0, (result.size,), result.dtype)
            for n, places in enumerate(pieces):
                for part in made[n].parts if places.size else ():
                    part = models.as_value(part)
                    if not isinstance(part, Value):
                        part = np.asarray(part, result.dtype)
                    elif part.dtype != result.dtype:
                        part = cast(part, dtype=result.dtype)
                    y = update(y, part, places, form="i")
            return reshape(y, result.shape)

        if any(part.depends for part in made.values()):
            self.record_model(site, f, result, (args, kwargs), meaning)
        return result

    def call_fromiter(self, site, do, f, args, kwargs):
        """`np.fromiter(iterable, dtype, count)`: the numbers are noted while they are taken."""
        if not args or "like" in kwargs or not hasattr(type(args[0]), "__iter__"):
            return self.call_unknown(site, do, f, None, args, kwargs)
        made = Made()

        def kept():
            for x in self.elements(site, args[0]):
                self.keep(made, x)
                yield x

        result = do(f, (kept(), *args[1:]), kwargs)
        self.put_together(site, f, made, result, (len(made.parts),), (args, kwargs))
        return result


def _size(shape):
    return int(np.prod(shape, dtype=int))


def _trailing(x, inner):
    """The shape of `x`, without leading axes of extent 1 that `inner` has not."""
    shape = models.shape_of(x)
    return shape[max(len(shape) - len(inner), 0):]


def _going_in(f, args, kwargs):
    """The arguments that a `vectorize` goes through."""
    return [x for n, x in enumerate(args) if n not in f.excluded] + \
        [x for name, x in kwargs.items() if name not in f.excluded]


def _bound(f, args, kwargs):
    """{name: argument} of a call; None if NumPy will refuse it."""
    try:
        return inspect.signature(f).bind(*args, **kwargs).arguments
    except TypeError:
        return None


def _pieces_of(given):
    """The flat positions that belong to each function of `np.piecewise`; None if a condition has another shape."""
    x, conditions = given["x"], given["condlist"]
    try:
        if np.ndim(conditions) == 0 or not isinstance(conditions[0], (list, np.ndarray)) and np.ndim(x) != 0:
            conditions = [conditions]
        conditions = np.asarray(conditions, bool)
        if len(conditions) == len(given["funclist"]) - 1:
            conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    except (TypeError, ValueError, IndexError):
        return None
    if conditions.shape != (len(given["funclist"]), *np.shape(x)):
        return None
    return [np.flatnonzero(condition) for condition in conditions]
