"""Gradients as functions, for any IPython and any script.

In:  an ordinary function of NumPy arrays and numbers.
Out: its gradient, tangents, cotangents, Jacobian, Hessian.
Start at `grad`. Arguments and results may be lists, tuples, dicts and dataclasses of numbers and arrays.
"""

import contextlib
import functools
import io

import numpy as np

from .codegen.listing import listing as write
from .runtime import nested
from .runtime.fast import Fast
from .runtime.function import program
from .runtime.receipt import of_function
from .tracing.calls import RECORDS_ITSELF
from .tracing.custom import CustomDerivative, custom_derivative, unrecorded
from .tracing.follow import follow
from .tracing.python_models import stop_gradient
from .tracing.structures import is_number, leaves
from .transforms.reverse import pullback


def differentiable(function):
    """Mark a function of this file: called in traced code, it records its derivative itself."""
    RECORDS_ITSELF.add(function)
    return function


def grad(f, argnums=0):
    """Return a function with the arguments of `f` that returns the gradient of `f`.

    f         returns one real number
    argnums   the position of the argument to differentiate with respect to, or a tuple of positions

    Returns   a function: the gradient in the argument's own structure and shape (floats where the
              argument holds integers); for a tuple of positions, a tuple of gradients
    Raises    LossNotScalar, NoDerivative, UnsupportedWrite when the gradient cannot be taken;
              UnsupportedCell if the source of `f` is not to be found
    Source    reverse mode: Griewank & Walther, Evaluating Derivatives (2008), chapter 3

        def f(x):
            return np.sum(x ** 3)

        grad(f)(np.array([1.0, 2.0]))      # array([ 3., 12.])
    """
    both = value_and_grad(f, argnums)

    @differentiable
    @functools.wraps(f, updated=())
    def gradient_of(*args, **kwargs):
        return both(*args, **kwargs)[1]

    return gradient_of


def value_and_grad(f, argnums=0):
    """Return a function with the arguments of `f` that returns `(value, gradient)`; see `grad`.

        value_and_grad(f)(np.array([1.0, 2.0]))      # (9.0, array([ 3., 12.]))
    """
    several, numbers = _numbers(argnums)
    fast = Fast(f, numbers)

    @differentiable
    @functools.wraps(f, updated=())
    def both(*args, **kwargs):
        if nested.is_nested():
            call = nested.call(f, numbers, args, kwargs, _name(f))
            value, found = call.value, call.gradients()
        else:
            value, found = fast.value_and_gradients(args, kwargs)
        return value, tuple(found) if several else found[0]

    return both


@differentiable
def jvp(f, args, tangents):
    """Return `(value, tangent)`: how the value of `f(*args)` moves when each argument moves along its tangent.

    f         any function of arrays and numbers
    args      tuple of its arguments
    tangents  tuple with one tangent an argument, in the argument's structure and shapes

    Returns   the value, and its tangent in the value's structure
    Raises    NoDerivative where a tangent would pass through an unknown call; ValueError if shapes differ
    Source    forward mode: Griewank & Walther, Evaluating Derivatives (2008), chapter 3

        def f(x):
            return np.sin(x)

        jvp(f, (np.array([0.0, 1.0]),), (np.array([1.0, 0.0]),))      # (array([0. , 0.84]), array([1., 0.]))
    """
    if nested.is_nested():
        call = nested.call(f, range(len(args)), args, {}, _name(f))
        dots = [dot for argument, tangent in zip(call.arguments, tangents, strict=True)
                for x, dot in zip(leaves(argument), leaves(tangent), strict=True) if is_number(x)]
        return call.value, call.tangent(dots)
    found = program(f, range(len(args)), args)
    return found.value, found.like_value(found.push(found.flat_tangents(tangents)))


@differentiable
def vjp(f, *args):
    """Return `(value, pullback)`: `f(*args)`, and a function from its cotangent to those of the arguments.

    Returns   the value; a function (cotangent in the value's structure) -> tuple with one cotangent an argument
    Raises    NoDerivative where a cotangent would pass through an unknown call; ValueError if shapes differ
    Source    reverse mode: Griewank & Walther, Evaluating Derivatives (2008), chapter 3

        value, pullback = vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
        pullback(np.ones(2))      # (array([2., 4.]),)
    """
    if nested.is_nested():
        call = nested.call(f, range(len(args)), args, {}, _name(f))
        return call.value, differentiable(lambda cotangent: tuple(call.pulled(
            [bar for bar, y in zip(leaves(cotangent), call.results, strict=True) if y is not None])))
    found = program(f, range(len(args)), args)
    pull, shapes = found.pullback(), [np.shape(x) for x in found.leaves]

    def pullback(cotangent):
        given = leaves(cotangent)
        if [np.shape(x) for x in given] != shapes:
            raise ValueError("the cotangent must have the structure and shapes of the value")
        bars = [np.asarray(bar, y.type.tangent.dtype)[()] for bar, y in zip(given, found.results) if y is not None]
        return tuple(found.per_parameter(pull(bars)))

    return found.value, pullback


def jacobian(f, argnums=0):
    """Return a function with the arguments of `f` that returns d(value)/d(argument).

    f         returns a number or an array, shape (*m)
    argnums   the position of an argument that is a number or an array, shape (*n), or a tuple of positions

    Returns   a function: an array (*m, *n), or a tuple of such arrays; by forward or reverse mode, whichever is cheaper
    Raises    NoDerivative; TypeError if the value or an argument is a structure or complex

        jacobian(lambda x: x ** 2)(np.array([1.0, 2.0]))      # array([[2., 0.], [0., 4.]])
    """
    several, numbers = _numbers(argnums)

    @functools.wraps(f)
    def jacobian_of(*args, **kwargs):
        found = program(f, numbers, args, kwargs)
        if not found.is_of_arrays():
            raise TypeError("jacobian is for functions from arrays to one array; use vjp or jvp for structures")
        found.real()
        y = found.results[0]
        if y is None:
            parts = [np.zeros((*np.shape(found.value), *v.shape)) for v in found.inputs]
        else:
            parts = found.jacobian(y)
        return tuple(parts) if several else parts[0]

    return jacobian_of


def hvp(f, argnums=0):
    """Return a function `(*arguments of f, v)` that returns the Hessian of `f` times `v`.

    f         returns one real number
    v         in the structure and shape of the argument (for a tuple of positions, a tuple)

    Returns   a function; its result has the structure and shape of `v`
    Raises    LossNotScalar, NoDerivative; ValueError if the shapes differ; TypeError if something is complex
    Source    forward over reverse: Pearlmutter, Neural Computation 6, 147 (1994)

        hvp(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))      # array([6., 0.])
    """
    several, numbers = _numbers(argnums)

    @differentiable
    @functools.wraps(f, updated=())
    def product(*args, **kwargs):
        *args, v = args
        if nested.is_nested():
            given = [*args]

            def slope(*moving):
                for k, x in zip(numbers, moving):
                    given[k] = x
                return tuple(value_and_grad(f, numbers)(*given, **kwargs)[1])

            parts = jvp(slope, tuple(args[k] for k in numbers), tuple(v) if several else (v,))[1]
            return tuple(parts) if several else parts[0]
        found = program(f, numbers, args, kwargs)
        found.real()
        parts = found.per_parameter(found.hessian_product(found.flat_tangents(v if several else (v,))))
        return tuple(parts) if several else parts[0]

    return product


def hessian(f, argnums=0):
    """Return a function with the arguments of `f` that returns the Hessian: an array (*n, *n) for an argument (*n).

    f         returns one real number
    argnums   the position of an argument that is a number or an array

    Raises    LossNotScalar, NoDerivative; TypeError if the argument is a structure or complex
    Source    one Hessian-vector product an element: Griewank & Walther (2008), section 3.5

        hessian(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))      # array([[ 6.,  0.], [ 0., 12.]])
    """
    if not isinstance(argnums, int):
        raise TypeError("hessian is for one argument; use hvp for several")

    @functools.wraps(f)
    def hessian_of(*args, **kwargs):
        found = program(f, (argnums,), args, kwargs)
        if not found.is_of_arrays():
            raise TypeError("hessian is for one argument that is a number or an array; use hvp for structures")
        found.real()
        shape = found.inputs[0].shape
        columns = []
        for k in range(int(np.prod(shape, dtype=int))):
            unit = np.zeros(shape)
            unit.reshape(-1)[k] = 1.0
            columns.append(found.hessian_product([unit[()]])[0])
        return np.reshape(columns, (*shape, *shape)) if columns else np.zeros((*shape, *shape))

    return hessian_of


def recompute(f):
    """Decorator: nothing is recorded of what `f` computes; the way back calls it again and records it then.

    f         a function of numbers and arrays that returns a new array or a number, and does nothing else
    Returns   a function that is called as `f`; memory for its values is needed only while the way back is in it

    Raises    NoDerivative if `f` reads, beside its arguments, what depends on a parameter, and for second derivatives
    Source    checkpointing: Griewank & Walther, Evaluating Derivatives (2008), chapter 12

        @recompute
        def block(h, W):
            for _ in range(1000):
                h = np.tanh(h @ W)
            return h
    """
    def alone(derivative, args):
        with unrecorded(), contextlib.redirect_stdout(io.StringIO()):
            return derivative(*map(np.copy, args))

    def pull(*given):
        *args, _, y_bar = given
        return alone(lambda *args: vjp(f, *(x[()] for x in args))[1](y_bar), args)

    def push(*given):
        n = len(given) // 2
        return alone(lambda *args: jvp(f, tuple(x[()] for x in args), given[n + 1:])[1], given[:n])

    return CustomDerivative(f, None, None, pull, push)


def check_gradient(f, *args, argnums=0):
    """Compare the gradient of `f` at these arguments with differences; return a Receipt.

    f         returns one real number
    args      its arguments
    argnums   the position of the argument to differentiate with respect to, or a tuple of positions

    Returns   a Receipt: `digits` (decimal digits in common, 0 to 15; over 7 is what differences can give), `text`
    Raises    as `grad`; LossNotScalar
    Source    central differences over a ladder of steps: Nocedal & Wright, Numerical Optimization (2006), section 8.1

    It compares one random direction. It cannot tell a wrong derivative at a kink or a jump from the kink itself, does
    not see parts whose share of the slope is below rounding, says nothing of integers, which do not move, and
    nothing of values that `f` draws at random or changes from call to call.

        check_gradient(lambda x: np.sum(x ** 3), np.array([1.0, 2.0])).digits > 7      # True
    """
    _, numbers = _numbers(argnums)
    return of_function(f, numbers, args, value_and_gradients(f, numbers, args, {})[1])


def listing(f, *args, argnums=0):
    """Return the derivative of `f` as the text of a Python function that runs without dpkernel.

    f         returns one real number
    args      arguments at which it is called once: loops and branches are those of this call
    argnums   the position of the argument to differentiate with respect to, or a tuple of positions

    Returns   text that defines `loss_and_grad(parameters, constants)`, which returns the loss and the gradients
    Raises    as `grad`

        print(listing(lambda x: np.sum(x ** 3), np.array([1.0, 2.0])))
    """
    _, numbers = _numbers(argnums)
    found = program(f, numbers, args)
    block = found.gradient_block()      # refuses what is no number, and what has no derivative
    del block
    with np.errstate(all="ignore"):
        return write(found.tape, pullback(found.tape, found.inputs, seeds=[1.0])).text


def _name(f):
    return getattr(f, "__name__", "the function")


def _numbers(argnums):
    several = isinstance(argnums, (tuple, list))
    return several, tuple(argnums) if several else (argnums,)


__all__ = [
    "check_gradient", "custom_derivative", "follow", "grad", "hessian", "hvp", "jacobian", "jvp", "listing", "recompute",
    "stop_gradient", "value_and_grad", "vjp",
]
