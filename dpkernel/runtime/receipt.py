"""The receipt: a gradient compared with differences of the loss itself.

In:  a cell that has just been evaluated, its tracer, its gradients.
Out: a Receipt: in how many digits the two agree, and what was run to find out.
Start at `take`.

The component of the gradient along a random direction is compared with central differences over a
ladder of steps. The best agreement counts: large steps suffer from curvature, small ones from rounding.
Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1.
"""

import contextlib
import copy
import io
import math
import random
import time
import types
from dataclasses import dataclass

import numpy as np

from ..errors import BadCall
from ..ir.block import Block, Value
from ..ir.evaluate import evaluate
from ..primitives import outside
from ..tracing.structures import is_number, leaves, map_leaves

STEPS = tuple(10.0 ** -k for k in range(1, 9))
DOUBTFUL = 2.5          # digits: with fewer in common the two do not agree
RECORDING = 1.5e-5      # seconds for one instruction
MOST_BYTES = 8_000_000  # of data that are copied before a cell runs
PLAIN = (int, float, complex, bool, str, bytes, type(None), np.ndarray, np.generic, range, slice)


@dataclass(frozen=True)
class Receipt:
    """How well a gradient agrees with differences.

    digits   decimal digits in common, 0 to 15
    how      'cell': the cell was run again on a copy; 'tape': what was recorded was run again
    text     one line for the report
    """

    digits: float
    how: str
    text: str


def held_before(cell):
    """A copy of the plain data that the cell will read, if that is cheap; else None.

    The cell may write into what it reads, so after it the data may be others.
    """
    data = {n: x for n, x in cell.reads().items() if not isinstance(x, types.ModuleType)}
    if not all(map(_is_plain, data.values())) or _size(data) > MOST_BYTES:
        return None
    return copy.deepcopy(data)


def take(cell, tracer, evaluation, loss, before, *, seconds, seed=0):
    """Return a Receipt, or None if there is nothing to compare or no time for it.

    before    what `held_before` gave before the cell ran
    seconds   what it may take; at least one pair of differences is needed
    """
    values = [evaluation.parameters[p.name] for p in tracer.parameters]
    directions = [_direction(value, np.random.default_rng(seed)) for value in values]
    gradients = [evaluation.gradients[p.name] for p in tracer.parameters]
    slope = sum(_inner(g, d) for g, d in zip(gradients, directions))
    if 2 * _plain_seconds(evaluation) > seconds or not any(map(_moves, directions)):
        return None
    again = _cell_again(cell, tracer, loss, before)
    how = "cell" if again else "tape"
    again = again or _tape_again(tracer, evaluation.tape)
    if again is None:
        return None
    return _compare(again, values, directions, slope, how, seconds)


def _plain_seconds(evaluation):
    """How long the cell would take without recording, roughly: recording dominates it in loops over numbers."""
    recorded = evaluation.seconds_cell
    return max(recorded - RECORDING * evaluation.instructions, recorded / 50)


def of_function(f, argnums, args, gradients, *, seconds=10.0, seed=0):
    """A Receipt for the gradients of `f(*args)` with respect to the arguments `argnums`.

    Raises BadCall if there is no float to move, or `f` cannot be called at neighbouring points.
    """
    values = [copy.deepcopy(args[k]) for k in argnums]
    rng = np.random.default_rng(seed)
    directions = [_direction(value, rng) for value in values]
    if not any(map(_moves, directions)):
        raise BadCall("there is no real number among the arguments that could be moved.",
                      why="the check moves floats, and arrays of floats, a little; whole and complex numbers stay where they are.")

    def again(moved):
        given = list(copy.deepcopy(args))
        for k, value in zip(argnums, moved):
            given[k] = value
        return float(np.asarray(f(*given)).reshape(()))

    found = _compare(again, values, directions, sum(map(_inner, gradients, directions)), "cell", seconds)
    if found is None:
        raise BadCall("there is nothing to compare with.", why="near these arguments the function raises an exception, or has no finite value.",
                      do="check at values where its neighbours are allowed, too.")
    return found


def _compare(again, values, directions, slope, how, seconds):
    """Differences over the ladder, as long as there is time."""
    best, end = -1.0, time.perf_counter() + seconds
    for step in STEPS:
        try:
            with np.errstate(all="ignore"):
                up, down = (
                    again([_moved(value, d, sign * step) for value, d in zip(values, directions)])
                    for sign in (1, -1)
                )
        except Exception:       # the cell may not like the neighbouring point
            continue
        best = max(best, _digits((up - down) / (2 * step), slope, abs(up) * 1e-16 / step))
        if time.perf_counter() > end:
            break
    if best < 0:
        return None
    word = "finite differences" if how == "cell" else "finite differences of what was recorded"
    if best < DOUBTFUL:
        doubt = "the loss has a kink or a jump near these values, or this is a bug in dpkernel"
        return Receipt(best, how, f"does not agree with {word}: {doubt}")
    return Receipt(best, how, f"agrees with {word} to {best:.0f} digits")


def _digits(difference, slope, rounding):
    """Decimal digits that two slopes have in common."""
    scale = max(abs(difference), abs(slope))
    if not math.isfinite(scale):
        return -1.0
    if scale <= rounding:
        return 15.0
    error = abs(difference - slope) / scale
    return 15.0 if error == 0 else min(max(-math.log10(error), 0.0), 15.0)


# moving parameters

def _inexact(leaf):
    return isinstance(leaf, (float, np.floating)) or isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"


def _direction(value, rng):
    """A random direction, for each number of the order of the number itself."""
    def leaf_direction(leaf):
        if not _inexact(leaf):
            return None
        return rng.normal(size=np.shape(leaf)) * np.maximum(np.abs(leaf), 0.1)

    return map_leaves(leaf_direction, value)


def _moves(direction):
    return any(isinstance(x, (np.ndarray, float)) and np.size(x) for x in leaves(direction))


def _inner(gradient, direction):
    pairs = zip(leaves(gradient), leaves(direction))
    return sum(float(np.sum(np.asarray(g) * d)) for g, d in pairs if is_number(d) and is_number(g))


def _moved(value, direction, step):
    """The parameter, moved; everything that is not inexact stays."""
    steps = iter(leaves(direction))

    def move(leaf):
        d = next(steps)
        if not is_number(d):
            return leaf
        new = leaf + step * d
        return new.astype(leaf.dtype) if isinstance(leaf, (np.ndarray, np.generic)) else float(new)

    return map_leaves(move, value)


# running again

def _cell_again(cell, tracer, loss, before):
    """A function (parameter values) -> loss that runs the plain cell on a copy; None if that is not safe.

    It is safe if the cell reads plain data and modules only, and made no call that may act outside.
    """
    reads = cell.reads()
    data = {n: x for n, x in reads.items() if not isinstance(x, types.ModuleType)} if before is None else before
    if before is None and tracer.wrote:
        return None
    names = [p.name for p in tracer.parameters]
    if tracer.acts_outside or not all(n.isidentifier() for n in names) or not all(map(_is_plain, data.values())):
        return None
    if any(n not in reads for n in names) or _share_memory(data.values()):
        return None
    run = cell.plain(loss)
    modules = {n: x for n, x in reads.items() if isinstance(x, types.ModuleType)}

    def again(values):
        space = {"__name__": "__main__", "__builtins__": __builtins__, **modules, **copy.deepcopy(data)}
        space.update(zip(names, copy.deepcopy(values)))
        state, other = np.random.get_state(), random.getstate()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                return float(np.asarray(run(space)).reshape(()))
        finally:
            np.random.set_state(state)
            random.setstate(other)

    return again


def _share_memory(objects):
    """True if two arrays have memory in common: copies of them would not."""
    arrays = [x for x in objects if isinstance(x, np.ndarray)]
    return any(np.may_share_memory(x, y) for n, x in enumerate(arrays) for y in arrays[:n])


def _size(x):
    """Bytes, roughly."""
    if isinstance(x, np.ndarray):
        return x.nbytes
    if isinstance(x, dict):
        return sum(map(_size, x.values()))
    return sum(map(_size, x)) if isinstance(x, (list, tuple, set)) else 32


def _is_plain(x, depth=6):
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "biufc"
    if isinstance(x, dict):
        return depth > 0 and all(_is_plain(part, depth - 1) for part in x.values())
    if isinstance(x, (list, tuple, set)):
        return depth > 0 and all(_is_plain(part, depth - 1) for part in x)
    return isinstance(x, PLAIN)


def _tape_again(tracer, tape):
    """A function (parameter values) -> loss that evaluates the tape; flat results stay as they were."""
    if tape is None:
        return None
    need, kept = set(tape.results), []
    for instruction in reversed(tape.instructions):
        if any(v in need for v in instruction.outputs):
            if instruction.primitive is outside.flat:
                continue
            kept.append(instruction)
            need.update(instruction.reads())
    block = Block(tape.inputs, kept[::-1], tape.results)
    known = {v: tracer.objects.get(v, tape.constants.get(v)) for v in block.free_values()}

    def again(values):
        inputs = [x for value, p in zip(values, tracer.parameters)
                  for x, (_, v, _) in zip(leaves(value), p.leaves) if isinstance(v, Value) and v in tape.inputs]
        if len(inputs) != len(tape.inputs):
            raise ValueError("a parameter is computed from another one")
        return float(np.asarray(evaluate(block, inputs, known)[0]).reshape(()))

    return again
