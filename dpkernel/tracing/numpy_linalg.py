"""What numpy.linalg and numpy.fft mean as instructions.

In:  arguments as the user passes them; Values where they depend on a parameter.
Out: Values.
Start anywhere; each model has the signature of NumPy's function.
"""

import numpy as np

from ..ir.build import emit
from ..primitives import elementwise as e
from ..primitives import linalg as la
from ..primitives.functions import concatenate, conjugate, full, matmul, real, reduce_sum, reshape, swap_last
from .models import NoModel, as_value, concrete, dtype_of, model, mover, shape_of
from .numpy_products import matrix_power as positive_power
from .numpy_shaping import along


@model(np.linalg.inv)
def inv(a):
    return emit(la.inverse, as_value(a))


@model(np.linalg.solve)
def solve(a, b):
    b = as_value(b)
    if len(shape_of(b)) != 1:
        return emit(la.solve, as_value(a), b)
    x = emit(la.solve, as_value(a), reshape(b, (*shape_of(b), 1)))
    return reshape(x, shape_of(x)[:-1])


@model(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    """Solve with the last axes of `a` as one, those of the solution."""
    if axes is not None:
        raise NoModel("axes=")
    a, b = as_value(a), as_value(b)
    found, n = shape_of(a)[len(shape_of(b)):], int(np.prod(shape_of(b), dtype=int))
    return reshape(emit(la.solve, reshape(a, (n, n)), reshape(b, (n, 1))), found)


@model(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    a = as_value(a)
    first, last = shape_of(a)[:ind], shape_of(a)[ind:]
    n = int(np.prod(last, dtype=int))
    return reshape(emit(la.inverse, reshape(a, (n, n))), (*last, *first))


@model(np.linalg.det)
def det(a):
    return emit(la.det, as_value(a))


@model(np.linalg.slogdet)
def slogdet(a):
    """The sign is flat."""
    return [None, emit(la.logabsdet, as_value(a))]


@model(np.linalg.cholesky)
def cholesky(a, /, *, upper=False):
    a = as_value(a)
    if not upper:
        return emit(la.cholesky, a)
    return adjoint(emit(la.cholesky, adjoint(a)))


def adjoint(a):
    """Matrices transposed, and conjugate if they are complex."""
    return conjugate(swap_last(a)) if np.dtype(dtype_of(a)).kind == "c" else swap_last(a)


@model(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L"):
    return emit(la.eigenvalues, as_value(a))


@model(np.linalg.eigh)
def eigh(a, UPLO="L"):
    return [emit(la.eigenvalues, as_value(a)), emit(la.eigenvectors, as_value(a))]


def _gram(a):
    """(A' A, A') where A has independent columns, else refused."""
    x = concrete(a)
    if np.linalg.matrix_rank(x) < x.shape[-1]:
        raise NoModel("a matrix without full column rank")
    return matmul(adjoint(a), a), adjoint(a)


@model(np.linalg.pinv)
def pinv(a, *args, **options):
    """inv(A' A) A' of a tall matrix, A' inv(A A') of a wide one."""
    a = as_value(a)
    if len(shape_of(a)) != 2:
        raise NoModel("a stack of matrices")
    if shape_of(a)[0] >= shape_of(a)[1]:
        gram, turned = _gram(a)
        return emit(la.solve, gram, turned)
    return swap_last(pinv(swap_last(a)))


@model(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    """The solution, of full column rank, and the sums of squares of what is left."""
    gram, turned = _gram(as_value(a))
    b = as_value(b)
    right = matmul(turned, b if len(shape_of(b)) > 1 else reshape(b, (*shape_of(b), 1)))
    x = emit(la.solve, gram, right)
    x = x if len(shape_of(b)) > 1 else reshape(x, shape_of(x)[:-1])
    misfit = matmul(as_value(a), x) - b
    squares = emit(e.real, misfit) ** 2 + emit(e.imag, misfit) ** 2 if dtype_of(misfit).kind == "c" else misfit * misfit
    total = reduce_sum(squares, (0,))
    rows, columns = shape_of(as_value(a))
    residuals = (total if shape_of(total) else reshape(total, (1,))) if rows > columns else full(0.0, (0,), dtype_of(total))
    return [x, residuals, None, emit(la.singular_values, as_value(a))]


@model(np.linalg.matrix_power)
def matrix_power(a, n):
    if n == 0:
        return None
    return positive_power(inv(a), -n) if n < 0 else positive_power(as_value(a), n)


# Fourier transforms

def _fitted(x, n, axis):
    """`x` cut, or filled with zeros, to `n` elements along an axis."""
    have = shape_of(x)[axis]
    if n is None or n == have:
        return x
    if n < have:
        return along(x, axis, 0, n)
    zeros = full(0, [n - have if k == axis else m for k, m in enumerate(shape_of(x))], dtype_of(x))
    return concatenate([x, zeros], axis)


def _scale(norm, n, inverse):
    """The factor beside NumPy's default, which scales the inverse by 1/n."""
    factors = {None: 1.0, "backward": 1.0, "ortho": n ** 0.5 if inverse else n ** -0.5, "forward": n if inverse else 1 / n}
    return factors[norm]


def _transform(x, n, axis, norm, inverse=False):
    x = as_value(x)
    axis %= len(shape_of(x))
    x = _fitted(x, n, axis)
    return emit(la.ifft if inverse else la.fft, x, axis=axis) * _scale(norm, shape_of(x)[axis], inverse)


@model(np.fft.fft)
def fft(a, n=None, axis=-1, norm=None, out=None):
    return _transform(a, n, axis, norm)


@model(np.fft.ifft)
def ifft(a, n=None, axis=-1, norm=None, out=None):
    return _transform(a, n, axis, norm, inverse=True)


@model(np.fft.rfft)
def rfft(a, n=None, axis=-1, norm=None, out=None):
    y = _transform(a, n, axis, norm)
    axis %= len(shape_of(y))
    return along(y, axis, 0, shape_of(y)[axis] // 2 + 1)


@model(np.fft.irfft)
def irfft(a, n=None, axis=-1, norm=None, out=None):
    """The other half is the conjugate of the first; what is not real at its ends is left out."""
    x = as_value(a)
    axis %= len(shape_of(x))
    n = 2 * (shape_of(x)[axis] - 1) if n is None else n
    x = _fitted(x, n // 2 + 1, axis)
    ends = [k == 0 or n % 2 == 0 and k == n // 2 for k in range(n // 2 + 1)]
    flags = np.reshape(ends, [-1 if k == axis else 1 for k in range(len(shape_of(x)))])
    half = emit(e.select, flags, real(x) + 0j, x + 0j)
    rest = along(half, axis, (n - 1) // 2, 0, -1) if n > 2 else along(half, axis, 0, 0)
    return real(_transform(concatenate([half, conjugate(rest)], axis), None, axis, norm, inverse=True))


def _several(f):
    def transform(a, s=None, axes=None, norm=None, out=None):
        x = as_value(a)
        axes = range(len(shape_of(x))) if axes is None else axes
        for k, axis in enumerate(axes):
            x = f(x, None if s is None else s[k], axis, norm)
        return x

    return transform


model(np.fft.fftn)(_several(fft))
model(np.fft.ifftn)(_several(ifft))


@model(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None, out=None):
    """The last of the axes by rfft, then the others."""
    x = as_value(a)
    axes = list(range(len(shape_of(x))) if axes is None else axes)
    x = rfft(x, None if s is None else s[-1], axes[-1], norm)
    return _several(fft)(x, None if s is None else s[:-1], axes[:-1], norm)


@model(np.fft.irfftn)
def irfftn(a, s=None, axes=None, norm=None, out=None):
    """The last of the axes by irfft, after the others."""
    x = as_value(a)
    axes = list(range(len(shape_of(x))) if axes is None else axes)
    x = _several(ifft)(x, None if s is None else s[:-1], axes[:-1], norm)
    return irfft(x, None if s is None else s[-1], axes[-1], norm)


@model(np.fft.rfft2)
def rfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return rfftn(a, s, axes, norm)


@model(np.fft.irfft2)
def irfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return irfftn(a, s, axes, norm)


@model(np.fft.fft2)
def fft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return _several(fft)(a, s, axes, norm)


@model(np.fft.ifft2)
def ifft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return _several(ifft)(a, s, axes, norm)


mover(np.fft.fftshift, np.fft.ifftshift)
