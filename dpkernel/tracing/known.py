"""Calls of what is installed: by models where there are some.

In:  a call of a function or a method that is not followed.
Out: its result, recorded.
Start at `Known.call_known`. It asks in three steps: is it a call of a kind of its own; does its model write, draw or
move; else the call is made, and the model says what its result is.
"""

import builtins
import collections
import copy
import operator
import types

import numpy as np

from . import models
from .callbacks import FUNCTIONS
from .counts import without_counts
from .handing import CALLED
from .kinds import is_numbas
from .objects import MAKES_ARRAY, ONE_BY_ONE, holds_objects, takes_objects
from .operations import METHODS
from .structures import is_pandas
from .whole import Whole, plain

ARRAYS = (np.ndarray, np.generic)
NUMBERS = (np.ndarray, np.generic, float, complex, Whole)
RUN_BY_SHELL = frozenset({"run_line_magic", "run_cell", "run_code", "ex", "ev", "safe_execfile", "safe_run_module"})
SURELY_NUMBERS = frozenset({np.ndarray, np.float64, np.float32, np.int64, float, int, complex, bool, str, type(None)})
UNANSWERED = object()       # by one step: the next one is asked


def _operators():
    """{key of a function: (method of the tracer, which operator, True if the operands are swapped)}."""
    table = {operator.getitem: ("item", None, False), operator.setitem: ("set", None, False)}
    for word in ("array", "number"):
        table[word, "__getitem__"] = ("item", None, False)
        table[word, "__setitem__"] = ("set", None, False)
    for detail, name in METHODS.items():
        method = "unary" if detail in ("USub", "UAdd") else "binary"
        table[getattr(operator, name)] = (method, detail, False)
        for word in ("array", "number"):
            table[word, f"__{name}__"] = (method, detail, False)
            table[word, f"__r{name}__"] = ("binary", detail, True)
            table[word, f"__i{name}__"] = ("in_place", detail, False)
        if method == "binary":
            table[getattr(operator, f"i{name}")] = ("in_place", detail, False)
    return table


OPERATORS = _operators()


class Known:
    """The part of the tracer that answers calls by models."""

    def call_known(self, site, do, f, args, kwargs):
        """A call of something installed: look for a model."""
        key, receiver = models.key_of(f)
        key = key if hashable(key) else type(f)
        if self.wholes and models.is_numpys(f, receiver):
            args, kwargs = without_counts(f, args, kwargs)
        way, meant = models.WAYS.get(key), OPERATORS.get(key)
        if self.is_foreign(receiver, *args):
            way = meant = None
        found = self.call_of_its_own(site, do, f, key, way, receiver, args, kwargs)
        if found is not UNANSWERED:
            return found
        if callable(way) and not all([type(x) in SURELY_NUMBERS for x in args]) and takes_objects(f):
            args = tuple([x if type(x) in SURELY_NUMBERS else self.as_numbers(site, do, f, x) for x in args])
        if meant is not None and not kwargs:
            return self.call_operator(site, do, f, meant, args if receiver is None else (receiver, *args))
        found = self.call_of_python(site, do, f, way, args, kwargs)
        if found is not UNANSWERED:
            return found
        if key in models.CALLBACKS:
            args, kwargs = self.with_callbacks(site, do, key, args, kwargs)
        for x in (*args, *kwargs.values()):
            if type(x) not in self.builtin:
                self.meet_callback(x)
        if way == models.MOVES:
            return self.call_mover(site, do, f, key, receiver, args, kwargs)
        if key in models.GOES_THROUGH and args and not issubclass(type(args[0]), (list, tuple)) and not (
                issubclass(type(args[0]), np.ndarray) and args[0].dtype.kind != "O"):
            args = (list(self.elements(site, args[0])), *args[1:])
        if models.writes_in_place(key, args, kwargs):
            way = models.WAYS["np.nan_to_num in place"] if f is np.nan_to_num and args else None
        found = self.call_that_writes(site, do, f, key, way, receiver, args, kwargs)
        return self.call_by_model(site, do, f, key, way, receiver, args, kwargs) if found is UNANSWERED else found

    def call_of_its_own(self, site, do, f, key, way, receiver, args, kwargs):
        """Calls that are answered before anything is asked of a model."""
        if is_numbas(f):
            with self.follow.suspended():
                return do(f, args, kwargs) if issubclass(type(f), types.FunctionType) else \
                    self.call_unknown(site, do, f, None, args, kwargs)
        if type(f) in CALLED:
            return getattr(self, CALLED[type(f)])(site, do, f, args, kwargs)
        if type(key) is tuple and key[1] in RUN_BY_SHELL and hasattr(type(receiver), "run_line_magic"):
            return self.call_shell(site, do, f, args, kwargs)
        if key in FUNCTIONS:
            return getattr(self, FUNCTIONS[key])(site, do, f, args, kwargs)
        if key == ("array", "astype") and holds_objects(receiver):
            return self.from_objects(site, do, f, args, kwargs)
        if (type(f) is np.ufunc or key in ONE_BY_ONE) and not kwargs and any(self.asks_users_code(x) for x in args) \
                and self.contains_tracked(args):
            return self.call_one_by_one(site, do, f, args, kwargs)
        if way is None and type(f) is np.ufunc:
            return self.call_made_ufunc(site, do, f, args, kwargs)
        if way is None and type(key) is tuple and type(key[0]) is np.ufunc:
            return self.call_method_of_ufunc(site, do, f, args, kwargs)
        return UNANSWERED

    def call_of_python(self, site, do, f, way, args, kwargs):
        """Functions of Python's that only look, fetch, put or copy."""
        if way == models.FREE and kwargs.get("file") is None:
            result = do(f, args, kwargs)
            return int if result is Whole and f is type else result
        if f is getattr and not kwargs and len(args) in (2, 3):
            return self.attribute(site, lambda x, name: do(f, args, kwargs), *args)
        if f is setattr and len(args) == 3 and issubclass(type(args[0]), np.ndarray):
            return self.assign_attribute(site, *args, lambda *given: do(f, given, {}))
        if f is copy.deepcopy and len(args) == 1 and not kwargs:
            return self.copied_deeply(site, do, args[0], {})
        if f is copy.copy and len(args) == 1 and not kwargs and type(args[0]) in (np.ndarray, list, dict, set, collections.deque):
            result = do(f, args, kwargs)            # of a container the same objects
            if issubclass(type(result), np.ndarray) and self.find(args[0]) is not None:
                self.model(site, np.copy, args, {}, result)
            return result
        return UNANSWERED

    def call_that_writes(self, site, do, f, key, way, receiver, args, kwargs):
        """Functions whose result is an argument, or drawn; and all that have no model."""
        if issubclass(type(receiver), (list, dict, set, collections.deque)) or issubclass(type(way), models.Writer):
            self.writes(receiver if receiver is not None else args and args[0])
        if issubclass(type(way), (models.Drawn, models.Shuffled)):
            return self.call_random(site, do, f, way, receiver, args, kwargs)
        if issubclass(type(way), models.Writer):
            return self.call_writer(site, do, f, way, receiver, args, kwargs)
        outs = models.outs_of(f, key, args, kwargs)
        if outs and way not in (None, models.BLIND):
            self.writes(outs[0])
            return self.call_out(site, do, f, key, way, receiver, args, kwargs, outs)
        if way is None or way == models.FREE:
            return self.call_unknown(site, do, f, receiver, self.given_to_pool(site, f, receiver, args), kwargs)
        return UNANSWERED

    def call_by_model(self, site, do, f, key, way, receiver, args, kwargs):
        """Make the call; the model says what its result is."""
        foreign = [x for x in (*args, *kwargs.values()) if self.is_of_package(x) and self.leads_to_parameters(x)]
        if foreign:
            args = tuple(np.asarray(x) if f in MAKES_ARRAY and x is args[0] and is_pandas(x) else x for x in args)
            if any(x is y for x in foreign for y in (*args, *kwargs.values())) or self.find(args[0]) is None:
                return self.call_unknown(site, do, f, receiver, args, kwargs)
        given = (receiver, args, kwargs) if receiver is not None else (args, kwargs)
        touches = self.touches
        if not self.contains_tracked(given):
            result = do(f, args, kwargs)
            if self.touches != touches and way != models.FLAT:
                self.opaque(site, models.name_of(key), result, values=self.inputs)
            return result
        if way == models.FLAT:
            return self.call_flat(site, do(f, args, kwargs), given)
        if way == models.BLIND:
            return self.opaque(site, models.name_of(key), self.own_results(do(f, args, kwargs)), given)
        return self.recorded_call(site, do, f, key, receiver, args, kwargs, given)

    def recorded_call(self, site, do, f, key, receiver, args, kwargs, given):
        """A call with something that depends on a parameter."""
        if f in (builtins.divmod, builtins.pow) and len(args) > 1:
            args = (*self.asked_first(site, *args[:2]), *args[2:])
        first = len(self.instructions)
        result = self.own_results(do(f, tuple(map(plain, args)), kwargs))
        if first != len(self.instructions):         # code of the user's has computed
            self.unless_partial(site, models.name_of(key), result, [
                part for x in (receiver, *args) for part in (
                    x if type(x) in (list, tuple) else x.ravel().tolist() if holds_objects(x) else [x])], first)
        if any([self.is_users_type(type(part)) and not issubclass(type(part), NUMBERS) for part in models.parts(result)]):
            return result       # code of the user's has answered
        if holds_objects(result) and (f in MAKES_ARRAY or key == ("array", "astype")):
            return self.held_on(site, f, args if receiver is None else (receiver,), result)
        if receiver is not None:
            args = (receiver, *args)
        self.model(site, key, args, kwargs, result, given)
        return result


def hashable(x):
    try:
        hash(x)
    except TypeError:
        return False
    return True
