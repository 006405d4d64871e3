"""A function at a point as a program: tangents, cotangents, Jacobians, second derivatives.

In:  a traced function: what it returned, and a tracer that has seen it.
Out: a Program, which pushes tangents forward, pulls cotangents back, and differentiates its own gradient.
Start at `Program`.

The control flow is that of the point. What is flat, or depends on no argument, is a constant of the program.
"""

import functools

import numpy as np

from ..errors import BadCall, NoLoss
from ..ir.block import Block
from ..ir.evaluate import evaluate
from ..primitives import outside
from ..tracing.structures import is_number, leaves, map_leaves
from ..transforms import careful, forward, reverse
from ..transforms.activity import active_values
from ..transforms.dead_code import without_dead_code
from . import gradient

TAKEN = (outside.opaque, outside.flat)


class Program:
    """One call of a function, ready to be differentiated.

    value     what the call returned
    inputs    Values of the arguments' numbers, in order
    results   for each number in `value` its Value, or None if it depends on no argument
    """

    def __init__(self, tracer, value, name):
        self.tracer, self.value, self.name = tracer, value, name
        self.inputs = [v for p in tracer.parameters for _, v, _ in p.leaves if v is not None]
        self.leaves = leaves(value)
        self.results = [tracer.find(x) if is_number(x) else None for x in self.leaves]
        self.block = self._smooth([y for y in self.results if y is not None])
        self.point = tracer.all_computed(self.inputs)

    def _smooth(self, results):
        """The tape, its loops rolled, without instructions that have no derivative; what they gave is known from outside."""
        tape = self.tracer.tape(results)
        active = active_values(tape, self.inputs)
        behind = set(results)
        for instruction in reversed(tape.instructions):
            if any(v in behind for v in instruction.outputs):
                if instruction.primitive is outside.opaque and any(v in active for v in instruction.outputs):
                    raise gradient.explain(self.tracer, instruction, self.name)
                if instruction.primitive not in TAKEN:
                    behind.update(instruction.inputs_values())
        self.recorded = gradient.Recorded(self.tracer, results)
        self.tape = self.recorded.tape
        return self._without_taken(self.tape)

    def _without_taken(self, tape):
        kept = [i for i in tape.instructions if i.primitive not in TAKEN]
        return without_dead_code(Block(self.inputs, kept, tape.results))

    @functools.cached_property
    def flat(self):
        """The same program with its loops written out, for transforms/careful.py."""
        return self._without_taken(self.recorded.flat)

    def residuals(self, block, tape=None):
        """What a program derived from this one takes from outside: constants, and values of the call."""
        needed, tape = block.free_values(), self.tape if tape is None else tape
        return {v: gradient.as_numpy(x, False) for v, x in zip(needed, self.tracer.all_computed(needed, tape))}

    def run(self, block, operands, tape=None):
        """Evaluate a program derived from this one."""
        with np.errstate(all="ignore"):
            return evaluate(block, operands, self.residuals(block, tape))

    def of_arrays(self, what, do):
        """Raise BadCall(what, do) unless the value and each argument is one number or array, not a structure of them."""
        of_arrays([p.value for p in self.tracer.parameters], self.value, what, do)

    def real(self):
        """Raise BadCall if an input or a result is complex: its derivative would not be one real array."""
        real(self.name, [*self.inputs, *self.block.results])

    def derived(self, transform):
        return gradient.derived(self.tracer, self.name, transform)

    # first derivatives

    @functools.cached_property
    def pushed(self):
        """The program that also gives tangents."""
        return self.derived(lambda: forward.pushforward(self.block, self.inputs))

    @functools.cached_property
    def pushed_carefully(self):
        return self.derived(lambda: careful.pushforward(self.flat, self.inputs))

    def push(self, tangents):
        """The tangents of the results for tangents of the inputs (arrays, in the order of `inputs`)."""
        given, first = [*map(_inexact, self.point), *tangents], len(self.block.results)
        found = self.run(self.pushed, given)[first:]
        return self.run(self.pushed_carefully, given, self.recorded.flat)[first:] if gradient.has_nan(found) else found

    def pullback(self):
        """A function from the cotangents of the results that have a Value to those of the inputs.

        It keeps copies: writes into arrays that come after the call do not reach it. Where a zero cotangent does not
        give zeros, something is infinite, and transforms/careful.py tells what was not used from what was.
        """
        pull = self._kept(self.derived(lambda: reverse.pullback(self.block, self.inputs)), self.tape)
        if not gradient.has_nan(pull([np.zeros(y.type.shape)[()] for y in self.block.results])):
            return pull
        return self._kept(self.derived(lambda: careful.pullback(self.flat, self.inputs)), self.recorded.flat)

    def _kept(self, back, tape):
        kept = {v: np.copy(x)[()] for v, x in self.residuals(back, tape).items()}

        def pull(cotangents):
            with np.errstate(all="ignore"):
                return evaluate(back, cotangents, kept)

        return pull

    def jacobian(self, y):
        """For each input the array d(y)/d(input), of shape (*y, *input), y the one result; by the cheaper mode."""
        size, many = int(np.prod(y.shape, dtype=int)), sum(int(np.prod(v.shape, dtype=int)) for v in self.inputs)
        if size <= many:
            pull = self.pullback()
            rows = [pull([unit]) for unit in units(y.shape)]
            return [np.reshape([row[k] for row in rows], (*y.shape, *v.shape)) for k, v in enumerate(self.inputs)]
        found = []
        for k, v in enumerate(self.inputs):
            columns = []
            for unit in units(v.shape):
                dots = [unit if n == k else np.zeros(w.shape) for n, w in enumerate(self.inputs)]
                columns.append(np.asarray(self.push(dots)[0]))
            stacked = np.stack(columns, -1) if columns else np.zeros((*y.shape, 0))
            found.append(stacked.reshape((*y.shape, *v.shape)))
        return found

    def derivative(self):
        """(the program, its pullback) of the one result, a number, as they are shown.

        Raises   LossNotScalar; NoDerivative where there is none
        """
        block = self.gradient_block()
        found = self.run(block, [*map(_inexact, self.point)])
        self.recorded.is_careful = gradient.has_nan(found)
        return self.recorded.derivative()

    # second derivatives

    def gradient_block(self, block=None, transform=reverse.pullback):
        """A program from the inputs to the gradient of the one result, a number."""
        block = self.block if block is None else block
        gradient.check_value(self.value, self.name)
        if not block.results:
            raise NoLoss(f"what `{self.name}` returns does not depend on its arguments.", why="there is no derivative to write.")
        y = self.block.results[0]
        back = transform(block, self.inputs, [y], seeds=[np.ones(y.shape)[()] if y.shape else 1.0])
        return Block(self.inputs, [*block.instructions, *back.instructions], back.results)

    def hessian_product(self, directions):
        """The Hessian times a direction, for each input."""
        gradient.check_value(self.value, self.name)
        if not self.block.results:
            return [np.zeros(v.shape) for v in self.inputs]
        given, first = [*map(_inexact, self.point), *directions], len(self.inputs)
        found = self.run(self.gradient_pushed, given)[first:]
        return self.run(self.gradient_pushed_carefully, given, self.recorded.flat)[first:] if gradient.has_nan(found) else found

    @functools.cached_property
    def gradient_pushed(self):
        """Forward over reverse."""
        return self.derived(lambda: forward.pushforward(self.gradient_block(), self.inputs))

    @functools.cached_property
    def gradient_pushed_carefully(self):
        return self.derived(lambda: careful.pushforward(self.gradient_block(self.flat, careful.pullback), self.inputs))

    # structures

    def per_parameter(self, by_input):
        """Arrays for the inputs, put into the structure of each parameter."""
        found = dict(zip(self.inputs, by_input))
        return [gradient._structured(p, found) for p in self.tracer.parameters]

    def flat_tangents(self, tangents):
        """The numbers of tangents, one structure a parameter, in the order of `inputs`."""
        found = []
        for p, tangent in zip(self.tracer.parameters, tangents, strict=True):
            given = leaves(tangent)
            if len(given) != len(p.leaves):
                raise BadCall(f"the tangent of `{p.name}` has {len(given)} numbers or arrays, and it {len(p.leaves)}.",
                              do="give it the structure of the argument.")
            for (_, value, _), dot in zip(p.leaves, given):
                if value is None:
                    continue
                if np.shape(dot) != value.shape:
                    raise BadCall(f"a tangent has shape {np.shape(dot)}, its part of `{p.name}` {value.shape}.",
                                  do="give it the shape of the argument.")
                found.append(np.asarray(dot, value.type.tangent.dtype)[()])
        return found

    def like_value(self, by_result):
        """Arrays for the results, in the structure of the returned value; zeros where nothing moves."""
        found, order = iter(by_result), iter(self.results)

        def leaf(x):
            y = next(order)
            if y is not None:
                return gradient.like(x, next(found), np.shape(x))
            return gradient.like(x, 0.0, np.shape(x)) if is_number(x) else None

        return map_leaves(leaf, self.value)


def of_arrays(arguments, value, what, do):
    """Raise BadCall(what, do) unless these are all one number or array each."""
    for x, role in [*((x, "an argument") for x in arguments), (value, "the value")]:
        if not is_number(x):
            why = f"has dtype {x.dtype}" if isinstance(x, np.ndarray) else f"is of type {type(x).__name__}"
            raise BadCall(f"{what}.", why=f"{role} {why}.", do=do)


def real(name, values):
    """Raise BadCall if a Value is complex."""
    if any(np.dtype(v.dtype).kind == "c" for v in values):
        raise BadCall(f"`{name}` has complex arguments or results.", why="its derivative would not be one array of real numbers.",
                      do="use jvp and vjp, which take those; or its real and imaginary parts.")


def units(shape):
    """The unit arrays of a shape, in C order."""
    for k in range(int(np.prod(shape, dtype=int))):
        unit = np.zeros(shape)
        unit.reshape(-1)[k] = 1.0
        yield unit[()]


def _inexact(x):
    return gradient.as_numpy(x, True)


