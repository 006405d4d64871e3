"""A cell run three ways: plainly, traced, and with its parameters moved a little.

In:  the text of a cell above it, the text of the cell, names of parameters, a loss.
Out: an Outcome of each way, and assertions that compare them.
Start at `check`.
"""

import contextlib
import functools
import io
import itertools
import linecache
import math
import random
import types
import warnings
from dataclasses import dataclass, field

import numpy as np

from dpkernel.errors import Lesson, LossNotScalar, NoDerivative, UnsupportedWrite
from dpkernel.runtime.cell import Cell
from dpkernel.tracing.structures import leaves

STEPS = (1e-2, 1e-3, 1e-4)      # of the ladder; each is also taken halved, to cancel step**2
_NUMBERS = itertools.count()


@dataclass
class Outcome:
    """What one run of a cell left behind."""

    namespace: dict
    printed: str = ""
    exception: tuple = None     # (type, text, line in the cell)
    warned: list = field(default_factory=list)
    loss: object = None
    gradients: dict = None
    lesson: Lesson = None
    evaluation: object = None


def space_of(setup):
    """A new namespace in which the cell above, `setup`, has been run."""
    space = {"__name__": "__main__", "np": np, "math": math}
    exec(_compiled(setup), space)
    return space


@functools.lru_cache(maxsize=4096)
def _compiled(text, mode="exec"):
    """Compiled text whose lines tracebacks and tracing can find."""
    filename = f"<test cell {next(_NUMBERS)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    return compile(text, filename, mode, dont_inherit=True)


@contextlib.contextmanager
def _observed(outcome):
    """Note what is printed and warned; random draws begin at the same place."""
    random.seed(1)
    np.random.seed(1)
    out = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        yield
    outcome.printed = out.getvalue()
    outcome.warned = [(w.category, str(w.message), w.lineno) for w in caught]


def _described(problem, filename):
    line, frame = None, problem.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == filename:
            line = frame.tb_lineno
        frame = frame.tb_next
    return type(problem).__name__, str(problem), line


def run_plainly(setup, text, loss="loss"):
    """Run the cell with `exec`."""
    outcome = Outcome(space_of(setup))
    code = _compiled(text)
    with _observed(outcome):
        try:
            exec(code, outcome.namespace)
            outcome.loss = eval(loss, outcome.namespace)
        except BaseException as problem:
            outcome.exception = _described(problem, code.co_filename)
    return outcome


def run_traced(setup, text, wrt, loss="loss"):
    """Run the cell with its gradient."""
    outcome = Outcome(space_of(setup))
    cell = Cell(text, outcome.namespace)
    with _observed(outcome):
        try:
            outcome.evaluation = cell.evaluate(list(wrt), loss)
            outcome.loss, outcome.gradients = outcome.evaluation.value, outcome.evaluation.gradients
        except Lesson as lesson:
            outcome.lesson = lesson
        except BaseException as problem:
            outcome.exception = _described(problem, cell.source.filename)
    return outcome


# comparing what is left behind

def assert_same(plain, traced):
    """The traced run printed, warned, raised and left what the plain one did."""
    for what in ("exception", "printed", "warned"):
        found, expected = getattr(traced, what), getattr(plain, what)
        if what == "exception" and found and expected:
            found, expected = ((kind, text.split(" while ")[0].split(" in ")[0] if kind == "RecursionError" else text, line if expected[2] else None)
                               for kind, text, line in (found, expected))
        assert found == expected, f"{what}: {found!r} in place of {expected!r}"
    names = [n for n in plain.namespace if n not in ("__builtins__", "__warningregistry__")]
    assert [n for n in traced.namespace if n not in ("__builtins__", "__warningregistry__")] == names
    compare = _Compare()
    for name in names:
        compare(plain.namespace[name], traced.namespace[name], name)


class _Compare:
    """Same types, same bits, same aliases, all the way down."""

    def __init__(self):
        self.twins = {}
        self.alive = []

    def __call__(self, a, b, path):
        assert type(a).__name__ == type(b).__name__, f"{path}: {type(a)} and {type(b)}"
        assert not type(b).__module__.startswith("dpkernel"), path
        if isinstance(a, (types.ModuleType, np.ufunc)):
            assert a.__name__ == b.__name__, path
            return
        if isinstance(a, types.BuiltinFunctionType):
            assert a.__name__ == b.__name__, path
            return self(a.__self__, b.__self__, f"{path}.__self__")
        if isinstance(a, (type(None), bool, int, str, bytes)):
            assert a == b, f"{path}: {a!r} and {b!r}"
            return
        if isinstance(a, (float, complex)):
            assert repr(a) == repr(b), f"{path}: {a!r} and {b!r}"
            return
        known = self.twins.get(id(a))
        if known is not None:
            assert known is b or isinstance(a, (tuple, np.generic)), f"{path} is another object"
            return
        self.twins[id(a)] = b
        self.alive.append((a, b))
        self.inside(a, b, path)

    def inside(self, a, b, path):
        if isinstance(a, (np.ndarray, np.generic)):
            assert (a.dtype, a.shape) == (b.dtype, b.shape), path
            if a.dtype.kind == "O":
                self(a.tolist(), b.tolist(), path)
            else:
                assert a.tobytes() == b.tobytes(), f"{path}: {a!r} and {b!r}"
        elif isinstance(a, types.FunctionType):
            assert a.__code__.co_consts == b.__code__.co_consts or a.__code__.co_code == b.__code__.co_code, path
            assert "dpkernel" not in repr(b.__code__.co_consts), f"{path} is still rewritten"
            self(a.__defaults__, b.__defaults__, f"{path}.__defaults__")
            for number, (x, y) in enumerate(zip(a.__closure__ or (), b.__closure__ or (), strict=True)):
                self(_content(x), _content(y), f"{path}.__closure__[{number}]")
        elif isinstance(a, dict):
            for number, (x, y) in enumerate(zip(a, b, strict=True)):
                self(x, y, f"{path}, key {number}")
                self(a[x], b[y], f"{path}[{x!r}]")
        elif isinstance(a, (list, tuple, set, frozenset)) or type(a).__name__ == "deque":
            if isinstance(a, (set, frozenset)):
                a, b = sorted(a, key=repr), sorted(b, key=repr)
            assert len(a) == len(b), path
            for number, (x, y) in enumerate(zip(a, b)):
                self(x, y, f"{path}[{number}]")
        elif isinstance(a, types.GeneratorType):
            return
        elif isinstance(a, types.MethodType):
            self(a.__self__, b.__self__, f"{path}.__self__")
        elif isinstance(a, type):
            assert a.__name__ == b.__name__
        else:
            if hasattr(a, "__dict__"):
                self(dict(a.__dict__), dict(b.__dict__), path)
            for name in _slots(type(a)):
                self(getattr(a, name, None), getattr(b, name, None), f"{path}.{name}")


def _slots(kind):
    """The names of the attributes that a class written in Python keeps in slots."""
    return [name for base in kind.__mro__ if "__slots__" in vars(base)
            for name, x in vars(base).items() if isinstance(x, types.MemberDescriptorType)]


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


# differences

def differences(setup, text, wrt, loss="loss"):
    """For each parameter, for each step: derivatives of the plain cell by each element.

    The parameters are moved where they are before the cell runs: arrays in place, so that aliases
    move with them, and numbers in their container.
    """
    cell, value = _compiled(text), _compiled(loss, "eval")

    def run(name, leaf, element, step):
        space = space_of(setup)
        _move(space, name, leaf, element, step)
        random.seed(1)
        np.random.seed(1)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                exec(cell, space)
                y = eval(value, space)
            except Exception:       # the neighbouring point may have another number of elements, say
                y = np.nan
        return float(np.asarray(y).reshape(-1)[0])

    return [[_ladder(run, name, number, leaf) for number, leaf in enumerate(leaves(eval(name, space_of(setup))))]
            for name in wrt]


def _ladder(run, name, number, leaf):
    """[array like the leaf for each step], or None if the leaf is no number."""
    if isinstance(leaf, (bool, np.bool_)) or not isinstance(leaf, (int, float, complex, np.ndarray, np.number)):
        return None
    x = np.asarray(leaf)
    if x.dtype.kind not in "iufc":
        return None
    found = [np.zeros(x.shape, complex if x.dtype.kind == "c" else float) for _ in STEPS]
    for element in np.ndindex(x.shape):
        for k, step in enumerate(STEPS):
            step *= max(1.0, min(abs(x[element]), 1e6)) if np.isfinite(x[element]) else 1.0
            for unit in ((1.0, 1.0j) if x.dtype.kind == "c" else (1.0,)):
                wide, narrow = (
                    (run(name, number, element, unit * h) - run(name, number, element, -unit * h)) / (2 * h)
                    for h in (step, step / 2)
                )
                found[k][element] += unit * (4 * narrow - wide) / 3
    return found


def _move(space, name, number, element, step):
    """Add `step` to one element of one leaf of the parameter `name`."""
    count = itertools.count()
    whole = [eval(name, space)]

    def visit(holder, key, x, put):
        if isinstance(x, (list, dict)):
            for k, part in (x.items() if isinstance(x, dict) else enumerate(x)):
                visit(x, k, part, x.__setitem__)
        elif isinstance(x, tuple):
            parts = list(x)
            for k, part in enumerate(parts):
                visit(parts, k, part, parts.__setitem__)
            put(key, type(x)(*parts) if hasattr(x, "_fields") else tuple(parts))
        elif hasattr(x, "__dataclass_fields__"):
            for k in x.__dataclass_fields__:
                visit(x, k, getattr(x, k), functools.partial(object.__setattr__, x))
        elif next(count) == number:
            if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
                writeable, x.flags.writeable = x.flags.writeable, True
                x[element] += step
                x.flags.writeable = writeable
            elif isinstance(x, np.ndarray):
                x = x.astype(float)
                x[element] += step
                put(key, x)
            elif isinstance(x, np.generic):
                put(key, (x.dtype if x.dtype.kind in "fc" else np.dtype(float)).type(x + step))
            else:
                put(key, complex(x + step) if isinstance(x, complex) else float(x + step))

    visit(whole, 0, whole[0], whole.__setitem__)
    if whole[0] is not eval(name, space):
        space["__moved__"] = whole[0]
        exec(f"{name} = __moved__", space)
        del space["__moved__"]


def assert_gradients(found, expected, wrt, rtol=1e-6, atol=1e-7):
    """Each leaf agrees with a step of the ladder."""
    for name, ladders in zip(wrt, expected, strict=True):
        for x_bar, ladder in zip(leaves(found[name]), ladders, strict=True):
            if ladder is None:
                assert x_bar is None, f"{name}: {x_bar!r} for what is no number"
                continue
            assert x_bar is not None and np.shape(x_bar) == ladder[0].shape, f"{name}: {x_bar!r}"
            best = min(ladder, key=lambda d: np.nan_to_num(np.max(np.abs(np.asarray(x_bar) - d), initial=0.0), nan=np.inf))
            np.testing.assert_allclose(x_bar, best, rtol=rtol, atol=atol * max(1.0, np.max(np.abs(best), initial=0)),
                                       err_msg=f"gradient by {name}")


def assert_in_words(lesson):
    """A refusal says what, where, why and what to do."""
    assert isinstance(lesson, (NoDerivative, UnsupportedWrite)), repr(lesson)
    assert lesson.what.startswith("the gradient would have to pass through ")
    assert lesson.span is not None and lesson.why and lesson.do
    assert "dpkernel" not in str(lesson)


def check(setup, text, wrt, loss="loss", *, exact=None, refusal="may", rtol=1e-6, atol=1e-7):
    """The whole comparison; returns the traced Outcome.

    exact     {parameter: gradient} to compare with, in place of differences
    refusal   "may": a refusal in words is as good as a right gradient; "must"; "never"
    """
    plain = run_plainly(setup, text, loss)
    traced = run_traced(setup, text, wrt, loss)
    if plain.exception is None and traced.lesson is None:
        assert traced.exception is None, traced.exception
        assert repr(float(np.asarray(plain.loss).reshape(-1)[0])) == repr(traced.loss)
    assert_same(plain, traced)
    if plain.exception is not None:
        assert traced.lesson is None, traced.lesson
        return traced
    if isinstance(traced.lesson, LossNotScalar):
        assert np.size(plain.loss) != 1 or np.asarray(plain.loss).dtype.kind not in "iuf"
        return traced
    if traced.lesson is not None:
        assert refusal != "never", str(traced.lesson)
        assert_in_words(traced.lesson)
        return traced
    assert refusal != "must", f"no longer refused: {traced.gradients}"
    if exact is not None:
        for name in wrt:
            np.testing.assert_allclose(traced.gradients[name], exact[name], rtol=1e-12, err_msg=f"gradient by {name}")
    else:
        assert_gradients(traced.gradients, differences(setup, text, wrt, loss), wrt, rtol, atol)
    return traced
