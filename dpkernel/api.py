"""Gradients as functions, for any IPython and any script.

In:  an ordinary function of NumPy arrays and numbers that returns one real number.
Out: functions that return its gradient.
Start at `grad`.
"""

import functools

from .runtime.function import value_and_gradients


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

    @functools.wraps(f)
    def gradient_of(*args, **kwargs):
        return both(*args, **kwargs)[1]

    return gradient_of


def value_and_grad(f, argnums=0):
    """Return a function with the arguments of `f` that returns `(value, gradient)`; see `grad`.

        value_and_grad(f)(np.array([1.0, 2.0]))      # (9.0, array([ 3., 12.]))
    """
    several = isinstance(argnums, (tuple, list))
    numbers = tuple(argnums) if several else (argnums,)
    cells = {}

    @functools.wraps(f)
    def both(*args, **kwargs):
        value, found = value_and_gradients(f, numbers, args, kwargs, cells)
        return value, tuple(found) if several else found[0]

    return both
