"""Derivatives inside derivatives: `grad` of a function that calls `grad`.

In:  a function that is called while a tracer is at work, and its arguments.
Out: its value and its derivatives, both recorded by that tracer.
Start at `call`.

There is one tracer. The inner function is recorded like everything else; its derivative is made of the instructions that
were added meanwhile, and is appended to them. So it can be differentiated as often as one likes.
"""

import numpy as np

from ..ir.block import Block, Instruction, Value
from ..ir.build import copied
from ..ir.evaluate import evaluate
from ..ir.types import type_of
from ..primitives import elementwise, outside
from ..tracing.site import ACTIVE, Site
from ..tracing.structures import change_likewise, is_number, leaves, map_leaves, own_float, twins
from ..tracing.whole import plain
from ..transforms import careful
from ..transforms.activity import active_values
from ..transforms.forward import pushforward
from ..transforms.reverse import pullback
from . import gradient
from .program import of_arrays, real, units


def is_nested():
    """True while something is traced."""
    return ACTIVE.tracer is not None


def call(f, argnums, args, kwargs):
    """Call `f` with copies of its arguments `argnums`; return a Call. What `f` writes into them is written back."""
    tracer, args = ACTIVE.tracer, list(args)
    inputs, span = [], tracer.last_site.span
    given = [leaf for k in argnums for leaf in leaves(args[k]) if is_number(leaf)]
    pairs = []
    for k in argnums:
        whole, args[k] = args[k], map_leaves(lambda leaf: _input(tracer, leaf, inputs), args[k])
        pairs += twins(whole, args[k])
    taken = [map_leaves(lambda leaf: leaf, args[k]) for k in argnums]       # `f` may change lists and dicts
    first = len(tracer.instructions)
    tracer.meet_callback(f)
    value = Site(span).call(f, *args, **kwargs)
    found = Call(tracer, taken, inputs, tracer.instructions[first:], value, gradient.word_for(f))
    for old, (copy, before) in zip(given, inputs):
        if isinstance(old, np.ndarray) and tracer.find(copy) is not before:
            Site(span).call(np.copyto, old, copy)
    change_likewise(pairs)
    return found


def _input(tracer, leaf, inputs):
    """A copy of a number or an array, with a Value of its own that is what it was before."""
    if not is_number(leaf):
        return leaf
    copy = np.array(leaf) if isinstance(leaf, np.ndarray) else tracer.own(int(leaf)) if isinstance(leaf, int) else \
        own_float(float(leaf)) if type(leaf) is float else leaf * 1
    if isinstance(leaf, np.ndarray):
        copy.flags.writeable = leaf.flags.writeable
    old, new = tracer.find(leaf), Value(type_of(copy))
    if old is None:
        tracer.constants[new] = np.array(copy)[()] if isinstance(copy, np.ndarray) else plain(copy)
    else:
        tracer.instructions.append(Instruction(elementwise.multiply, (old, 1), (new,), None, (), tracer.last_site.span))
    tracer.bind(copy, new)
    inputs.append((copy, new))
    return copy


class Call:
    """One call of an inner function.

    arguments   what it was called with, at the positions that are differentiated
    inputs      [(number or array, Value)] of their numbers, in order
    """

    def __init__(self, tracer, arguments, inputs, instructions, value, name):
        self.tracer, self.arguments, self.inputs, self.value, self.name = tracer, arguments, inputs, value, name
        self.instructions = instructions
        self.wrt = [v for _, v in inputs]
        self.leaves = leaves(value)
        self.results = [tracer.find(x) if is_number(x) else None for x in self.leaves]

    def block(self):
        """The inner function as a program, without what has no derivative."""
        found = [y for y in self.results if y is not None]
        block = Block([], self.instructions, found)
        active, behind, kept = active_values(block, self.wrt), set(found), []
        for i in reversed(self.instructions):
            if any(v in behind for v in i.outputs):
                if i.primitive is outside.opaque and any(v in active for v in i.outputs):
                    raise gradient.explain(self.tracer, i, self.name)
                if i.primitive not in (outside.opaque, outside.flat):
                    kept.append(i)
                    behind.update(i.reads())
        return Block([], kept[::-1], found)

    def gradients(self):
        """One gradient an argument, in its structure."""
        gradient.check_value(self.value, self.name)
        block = self.block()
        if not block.results:
            return self.structured([0.0] * len(self.wrt))
        y = block.results[0]
        seeds = [np.ones(y.shape)[()] if y.shape else 1.0]

        def back(pullback):
            found = self.derived(lambda: pullback(block, self.wrt, [y], seeds=seeds))
            return found.instructions, found.results

        return self.structured(self.recorded_without_nan(back, pullback, careful.pullback))

    def tangent(self, dots):
        """The tangent of the value, in its structure; `dots`: one number or array for each of `inputs`."""
        pushed, copies = self._copied(self.block())
        dots = [*map(self.tracer.operand, dots)]

        def forward(pushforward):
            given = self.derived(lambda: pushforward(pushed, pushed.inputs))
            mapping = dict(zip(given.inputs, [*self.wrt, *dots]))
            instructions = copied(given.instructions, mapping)
            return instructions, [mapping.get(y, y) if isinstance(y, Value) else y for y in given.results[len(pushed.results):]]

        return self.like_value(self.recorded_without_nan(forward, pushforward, careful.pushforward))

    def _copied(self, block):
        """The block with inputs of its own."""
        inputs = [Value(v.type, v.name) for v in self.wrt]
        mapping = dict(zip(self.wrt, inputs))
        instructions = copied(block.instructions, mapping)
        return Block(inputs, instructions, [mapping.get(y, y) for y in block.results]), inputs

    def pulled(self, bars):
        """Cotangents of the arguments for those of the results, given for each result that has a Value."""
        block, bars = self.block(), [*map(self.tracer.operand, bars)]

        def back(pullback):
            given = self.derived(lambda: pullback(block, self.wrt))
            mapping = dict(zip(given.inputs, bars))
            instructions = copied(given.instructions, mapping)
            return instructions, [mapping.get(y, y) if isinstance(y, Value) else y for y in given.results]

        return self.structured(self.recorded_without_nan(back, pullback, careful.pullback))

    def jacobian(self):
        """d(value)/d(argument), an array (*value, *argument) for each argument; by the cheaper mode."""
        of_arrays(self.arguments, self.value, "jacobian is for functions from arrays to one array", "use vjp or jvp for structures.")
        real(self.name, [*self.wrt, *filter(None, self.results)])
        y, shapes = self.results[0], [v.shape for v in self.wrt]
        shape = np.shape(self.value)
        if y is None:
            return [np.zeros((*shape, *n)) for n in shapes]
        many = sum(int(np.prod(n, dtype=int)) for n in shapes)
        if np.size(self.value) <= many:
            rows = [self.pulled([unit]) for unit in units(shape)]
            return [self._stacked([row[k] for row in rows], 0, (*shape, *n)) for k, n in enumerate(shapes)]
        found = []
        for k, n in enumerate(shapes):
            columns = [self.tangent([unit if j == k else np.zeros(m) for j, m in enumerate(shapes)]) for unit in units(n)]
            found.append(self._stacked(columns, -1, (*shape, *n)))
        return found

    def _stacked(self, parts, axis, shape):
        """Arrays side by side, as the user would put them."""
        if not parts:
            return np.zeros(shape)
        span = self.tracer.last_site.span
        whole = Site(span).call(np.reshape, Site(span).call(np.stack, parts, axis), shape)
        return whole if shape else Site(span).item(whole, ())

    def derived(self, transform):
        return gradient.derived(self.tracer, self.name, transform)

    def recorded_without_nan(self, derivative, ordinary, carefully):
        """What `derivative(transform)` gives, by the careful transform if the ordinary one has a NaN somewhere."""
        first = len(self.tracer.instructions)
        found = self.recorded(*derivative(ordinary))
        if gradient.has_nan([x for x, _ in found]):
            del self.tracer.instructions[first:]
            found = self.recorded(*derivative(carefully))
        return found

    def recorded(self, instructions, results):
        """Append instructions to what is traced; return (object, Value or None) of each result."""
        tracer = self.tracer
        block = Block([], instructions, results)
        needed = block.free_values()
        known = {v: gradient.as_numpy(x, False) for v, x in zip(needed, tracer.all_computed(needed))}
        with np.errstate(all="ignore"):
            objects = evaluate(block, [], known)
        tracer.instructions += instructions
        return [(x, y if isinstance(y, Value) else None) for x, y in zip(objects, results)]

    def structured(self, found):
        """Numbers for the inputs, as objects of the arguments' own kinds and in their structure, known to the tracer."""
        rest = iter(zip(found, self.inputs))

        def leaf(x):
            if not is_number(x):
                return None
            (bar, (_, value)) = next(rest)
            return self._bound(x, bar, value.shape)

        return [map_leaves(leaf, argument) for argument in self.arguments]

    def like_value(self, found):
        """Tangents in the structure of the value."""
        found, order = iter(found), iter(self.results)

        def leaf(x):
            y = next(order)
            if y is None:
                return gradient.like(x, 0.0, np.shape(x)) if is_number(x) else None
            return self._bound(x, next(found), np.shape(x))

        return map_leaves(leaf, self.value)

    def _bound(self, x, bar, shape):
        number, value = bar if isinstance(bar, tuple) else (bar, None)
        new = gradient.like(x, number, shape)
        if value is not None:
            self.tracer.bind(new, value)
        return new
