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
from .errors import BadCall, NoDerivative
from .runtime import nested
from .runtime.fast import fast
from .runtime.function import check_arguments, program, value_and_gradients
from .runtime.gradient import word_for
from .runtime.receipt import of_function
from .runtime.tracebacks import users_frames
from .tracing.calls import RECORDS_ITSELF
from .tracing.custom import CustomDerivative, custom_derivative, unrecorded
from .tracing.follow import follow
from .tracing.python_models import stop_gradient
from .tracing.structures import is_number, leaves, without_wholes


def differentiable(function):
    """Mark a function of this file: called in traced code, it records its derivative itself."""
    called = users_frames(function)
    RECORDS_ITSELF.add(called)
    return called


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
    compiled = fast(f, numbers)

    @differentiable
    @functools.wraps(f, updated=())
    def both(*args, **kwargs):
        check_arguments(f, numbers, args)
        if nested.is_nested():
            call = nested.call(f, numbers, args, kwargs)
            value, found = call.value, call.gradients()
        else:
            value, found = compiled.value_and_gradients(args, kwargs)
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
    if not (isinstance(args, (tuple, list)) and isinstance(tangents, (tuple, list)) and len(args) == len(tangents)):
        raise BadCall("jvp takes a tuple of arguments, and a tuple with one tangent for each of them.",
                      do="write, for one argument, jvp(f, (x,), (x_dot,)).")
    if nested.is_nested():
        call = nested.call(f, range(len(args)), args, {})
        dots = [dot for argument, tangent in zip(call.arguments, tangents, strict=True)
                for x, dot in zip(leaves(argument), leaves(tangent), strict=True) if is_number(x)]
        return call.value, call.tangent(dots)
    found = program(f, range(len(args)), args)
    return without_wholes(found.value), found.like_value(found.push(found.flat_tangents(tangents)))


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
        call = nested.call(f, range(len(args)), args, {})
        return call.value, differentiable(lambda cotangent: tuple(call.pulled(
            [bar for bar, y in zip(leaves(cotangent), call.results, strict=True) if y is not None])))
    found = program(f, range(len(args)), args)
    pull, shapes = found.pullback(), [np.shape(x) for x in found.leaves]

    @users_frames
    def pullback(cotangent):
        given = leaves(cotangent)
        if [np.shape(x) for x in given] != shapes:
            raise BadCall("the cotangent must have the structure and shapes of the value.",
                          why=f"the value has {_shapes(shapes)}, and the cotangent {_shapes([np.shape(x) for x in given])}.",
                          do="for a number pass 1.0, for an array an array of its shape, for a tuple a tuple.")
        bars = [np.asarray(bar, y.type.tangent.dtype)[()] for bar, y in zip(given, found.results) if y is not None]
        return tuple(found.per_parameter(pull(bars)))

    return without_wholes(found.value), pullback


def jacobian(f, argnums=0):
    """Return a function with the arguments of `f` that returns d(value)/d(argument).

    f         returns a number or an array, shape (*m)
    argnums   the position of an argument that is a number or an array, shape (*n), or a tuple of positions

    Returns   a function: an array (*m, *n), or a tuple of such arrays; by forward or reverse mode, whichever is cheaper
    Raises    NoDerivative; TypeError if the value or an argument is a structure or complex

        jacobian(lambda x: x ** 2)(np.array([1.0, 2.0]))      # array([[2., 0.], [0., 4.]])
    """
    several, numbers = _numbers(argnums)

    @differentiable
    @functools.wraps(f, updated=())
    def jacobian_of(*args, **kwargs):
        check_arguments(f, numbers, args)
        if nested.is_nested():
            parts = nested.call(f, numbers, args, kwargs).jacobian()
            return tuple(parts) if several else parts[0]
        found = program(f, numbers, args, kwargs)
        found.of_arrays("jacobian is for functions from arrays to one array", "use vjp or jvp for structures.")
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
        if not args:
            raise BadCall("hvp(f) is called without v.", do="write hvp(f)(x, v): the arguments of f, and behind them v.")
        *args, v = args
        check_arguments(f, numbers, args)
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
        raise BadCall("hessian is for one argument.", do="use hvp for several.")

    @differentiable
    @functools.wraps(f, updated=())
    def hessian_of(*args, **kwargs):
        check_arguments(f, (argnums,), args)
        if nested.is_nested():
            return jacobian(grad(f, argnums), argnums)(*args, **kwargs)
        found = program(f, (argnums,), args, kwargs)
        found.of_arrays("hessian is for one argument that is a number or an array", "use hvp for structures.")
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

    f         a function of numbers and arrays that returns a new array or a number, and does nothing else but draw
              random numbers; called again, it draws the same
    Returns   a function that is called as `f`; memory for its values is needed only while the way back is in it

    Raises    NoDerivative if `f` reads, beside its arguments, what depends on a parameter, or what has changed when it
              is called again; and for second derivatives
    Source    checkpointing: Griewank & Walther, Evaluating Derivatives (2008), chapter 12

        @recompute
        def block(h, W):
            for _ in range(1000):
                h = np.tanh(h @ W)
            return h
    """
    return _recomputed(f, contextlib.nullcontext)


def _recomputed(f, drawing, kwargs=None):
    """`f` with the derivative of `recompute`; it is called again with `kwargs` and inside the context `drawing()`."""
    g = functools.partial(f, **kwargs) if kwargs else f

    def alone(derivative, args, y):
        with drawing(), unrecorded(), contextlib.redirect_stdout(io.StringIO()):
            value, found = derivative(*(np.copy(x)[()] for x in args))
        if not _agrees(value, y):
            raise NoDerivative(
                f"`{word_for(f)}` gives another value when it is called again.",
                why="recompute calls it once more on the way back, and what it reads beside its arguments has changed since.",
                do="pass that as an argument; or leave out recompute.",
            )
        return found

    def pull(*given):
        *args, y, y_bar = given
        return alone(lambda *args: vjp(g, *args), args, y)(y_bar)

    def push(*given):
        n = len(given) // 2
        return alone(lambda *args: jvp(g, args, given[n + 1:]), given[:n], given[n])

    return CustomDerivative(f, None, None, pull, push, functools.partial(_recomputed, f))


def _agrees(value, y):
    """True for equal numbers, but for what another order of the same sums gives."""
    if np.shape(value) != np.shape(y):
        return False
    value, y = np.asarray(value), np.asarray(y)
    scale = np.max(np.abs(y[np.isfinite(y)]), initial=0.0)
    digits = np.finfo(y.dtype).eps ** 0.5 if y.dtype.kind in "fc" else 1e-8
    return np.allclose(value, y, rtol=digits, atol=digits * scale, equal_nan=True)


@users_frames
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
    check_arguments(f, numbers, args)
    return of_function(f, numbers, args, value_and_gradients(f, numbers, args, {})[1])


@users_frames
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
    check_arguments(f, numbers, args)
    return write(*program(f, numbers, args).derivative()).text


def _numbers(argnums):
    several = isinstance(argnums, (tuple, list))
    numbers = tuple(argnums) if several else (argnums,)
    if not all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in numbers):
        raise BadCall(f"argnums is {argnums!r}.", why="it is the position of an argument, counted from 0, or a tuple of positions.",
                      do="write, for the first argument, argnums=0.")
    return several, numbers


def _shapes(shapes):
    """Shapes in words: "one number", "shape (3,)", "2 parts of shapes () and (3,)"."""
    if len(shapes) == 1:
        return f"shape {shapes[0]}" if shapes[0] else "one number"
    return f"{len(shapes)} parts of shapes {' and '.join(map(str, shapes[:5]))}"


__all__ = [
    "check_gradient", "custom_derivative", "follow", "grad", "hessian", "hvp", "jacobian", "jvp", "listing", "recompute",
    "stop_gradient", "value_and_grad", "vjp",
]
