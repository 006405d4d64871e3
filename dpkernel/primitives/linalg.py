"""Linear algebra: solving, inverting, factoring; Fourier transforms.

In:  square matrices, or stacks of them; arrays.
Out: arrays.
Start anywhere. A singular matrix gives NaN here: where the user's own call raises, nothing is recorded, and a
derivative that meets one must not raise.
"""

import numpy as np

from ..ir.block import type_of_operand
from ..ir.types import array_type
from .registry import Primitive, broadcast_shapes


def _or_nan(function):
    """`function`, with NaN where it finds no answer."""
    def evaluate(*operands):
        try:
            return function(*operands)
        except np.linalg.LinAlgError:
            return np.full_like(np.asarray(operands[-1]), np.nan)

    return evaluate


def _inverse(a):
    """The inverse of each matrix; NaN for those that have none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        found = np.full(np.shape(a), np.nan, np.result_type(a, np.float32))
        for place in np.ndindex(np.shape(a)[:-2]) if np.ndim(a) > 2 else ():
            found[place] = _inverse(a[place])
        return found


def _floating(*operands):
    dtype = np.result_type(*(type_of_operand(x).dtype for x in operands))
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def _infer_solve(a, b):
    a_shape, b_shape = type_of_operand(a).shape, type_of_operand(b).shape
    return array_type(_floating(a, b), (*broadcast_shapes([a_shape[:-2], b_shape[:-2]]), *b_shape[-2:]))


def _infer_like(a):
    return array_type(_floating(a), type_of_operand(a).shape)


def _real(dtype):
    return np.empty(0, dtype).real.dtype


def _infer_logabsdet(a):
    return array_type(_real(_floating(a)), type_of_operand(a).shape[:-2])


def _infer_det(a):
    return array_type(_floating(a), type_of_operand(a).shape[:-2])


def _infer_eigenvalues(a):
    return array_type(_real(_floating(a)), type_of_operand(a).shape[:-1])


solve = Primitive("solve", _or_nan(np.linalg.solve), _infer_solve, text="np.linalg.solve({}, {})")
inverse = Primitive("inverse", _inverse, _infer_like, text="np.linalg.inv({})")
det = Primitive("det", np.linalg.det, _infer_det, text="np.linalg.det({})")
logabsdet = Primitive("logabsdet", lambda a: np.linalg.slogdet(a)[1], _infer_logabsdet, text="np.linalg.slogdet({})[1]")
cholesky = Primitive("cholesky", _or_nan(np.linalg.cholesky), _infer_like, text="np.linalg.cholesky({})")
eigenvalues = Primitive("eigenvalues", np.linalg.eigvalsh, _infer_eigenvalues, text="np.linalg.eigvalsh({})")
eigenvectors = Primitive("eigenvectors", lambda a: np.linalg.eigh(a)[1], _infer_like, text="np.linalg.eigh({})[1]")


def _smaller(a):
    return min(type_of_operand(a).shape[-2:])


def _infer_singular_values(a):
    return array_type(_real(_floating(a)), (*type_of_operand(a).shape[:-2], _smaller(a)))


def _infer_left(a, **attributes):
    return array_type(_floating(a), (*type_of_operand(a).shape[:-1], _smaller(a)))


def _infer_right(a, **attributes):
    shape = type_of_operand(a).shape
    return array_type(_floating(a), (*shape[:-2], _smaller(a), shape[-1]))


def _text_of_svd(number, cut):
    return lambda x, i: f"np.linalg.svd({x[0]}, full_matrices={i.attributes['full']})[{number}]" + \
        (cut.format(_smaller(i.inputs[0])) if i.attributes["full"] else "")


# as many singular vectors as singular values; `full` says how they are computed: their signs may depend on it
singular_values = Primitive(
    "singular_values", lambda a: np.linalg.svd(a, compute_uv=False), _infer_singular_values,
    text="np.linalg.svd({}, compute_uv=False)")
left_vectors = Primitive(
    "left_vectors", lambda a, *, full: np.linalg.svd(a, full_matrices=full)[0][..., :, :_smaller(a)], _infer_left,
    text=_text_of_svd(0, "[..., :{}]"))
right_vectors = Primitive(
    "right_vectors", lambda a, *, full: np.linalg.svd(a, full_matrices=full)[2][..., :_smaller(a), :], _infer_right,
    text=_text_of_svd(2, "[..., :{}, :]"))
qr_q = Primitive("qr_q", lambda a: np.linalg.qr(a)[0], _infer_left, text="np.linalg.qr({})[0]")
qr_r = Primitive("qr_r", lambda a: np.linalg.qr(a)[1], _infer_right, text="np.linalg.qr({})[1]")


def _infer_fft(x, *, axis):
    t = type_of_operand(x)
    return array_type(np.result_type(t.dtype, np.complex64), t.shape)


def _text_of_fft(name):
    return lambda x, i: f"np.fft.{name}({x[0]}, axis={i.attributes['axis']})"


fft = Primitive("fft", lambda x, *, axis: np.fft.fft(x, axis=axis), _infer_fft, text=_text_of_fft("fft"))
ifft = Primitive("ifft", lambda x, *, axis: np.fft.ifft(x, axis=axis), _infer_fft, text=_text_of_fft("ifft"))
