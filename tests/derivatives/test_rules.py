"""Rules of calculus: each primitive has one or says why not; transposes, ladders of differences, second order."""

import math

import numpy as np
import pytest

from dpkernel.derivatives import NO_DERIVATIVE, RULES
from dpkernel.ir.block import Block, Value
from dpkernel.ir.build import Builder
from dpkernel.ir.evaluate import evaluate
from dpkernel.ir.types import type_of
from dpkernel.ir.verify import verify
from dpkernel.primitives import functions, linalg
from dpkernel.primitives.registry import declared
from dpkernel.transforms import pullback, pushforward

P = declared()
DTYPES = (np.float64, np.float32, np.complex128)
SHAPES = ((), (3,), (2, 3), (1, 3), (0, 3))


def test_every_primitive_has_a_rule_or_a_reason():
    assert set(P.values()) == set(RULES) | set(NO_DERIVATIVE)
    assert not set(RULES) & set(NO_DERIVATIVE)
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in NO_DERIVATIVE.values())


# what the operands of each primitive may be

ANY = (-2.0, 2.0)
DOMAIN = {
    "log": (0.3, 3.0), "log2": (0.3, 3.0), "log10": (0.3, 3.0), "log1p": (-0.6, 3.0), "sqrt": (0.3, 3.0),
    "cbrt": (0.3, 3.0), "arcsin": (-0.8, 0.8), "arccos": (-0.8, 0.8), "arctanh": (-0.8, 0.8), "arccosh": (1.3, 3.0),
    "power": (0.4, 2.0), "divide": (0.5, 2.0), "remainder": (0.6, 0.95), "fmod": (0.6, 0.95), "tan": (-1.2, 1.2),
    "hypot": (0.3, 2.0), "gamma": (0.4, 3.0), "gammaln": (0.4, 3.0), "erf": ANY, "erfc": ANY,
}
ANALYTIC = {     # those that NumPy also has for complex numbers
    "add", "subtract", "multiply", "divide", "power", "negative", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p",
    "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
    "absolute", "conjugate",
}
BINARY = {"add", "subtract", "multiply", "divide", "remainder", "fmod", "power", "arctan2", "hypot", "logaddexp",
          "logaddexp2", "copysign", "maximum", "minimum", "fmax", "fmin"}
UNARY = {p.name for p in RULES} & (ANALYTIC | set(DOMAIN) | {"cbrt", "tanh"}) - BINARY


def numbers(rng, shape, dtype, low, high):
    x = rng.uniform(low, high, shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.uniform(-0.4, 0.4, shape)
    return np.asarray(x, dtype)[()]


def elementwise_cases():
    for name in sorted(UNARY | BINARY):
        for dtype in DTYPES:
            if np.dtype(dtype).kind == "c" and name not in ANALYTIC:
                continue
            for shape in SHAPES:
                operands = [shape] if name in UNARY else [shape, (3,) if shape != () else ()]
                yield name, {}, operands, dtype


def case(name, shapes, literals=(), **attributes):
    return [(name, attributes, shapes, dtype, literals) for dtype in DTYPES]


STRUCTURAL = [
    *case("reduce_sum", [(2, 3)], axes=(0,)), *case("reduce_sum", [(2, 3, 2)], axes=(0, 2)), *case("reduce_sum", [(0, 3)], axes=(0,)),
    *case("reduce_prod", [(2, 3)], axes=(1,)), *case("reduce_prod", [(2, 3)], axes=(0, 1)), *case("reduce_prod", [(1, 1)], axes=(0,)),
    *[c for c in case("reduce_max", [(2, 3)], axes=(1,)) + case("reduce_min", [(2, 3)], axes=(0,)) if c[3] != np.complex128],
    *case("cumsum", [(2, 3)], axis=1), *case("cumsum", [(3,)], axis=0),
    *case("reshape", [(2, 3)], (3, 2)), *case("reshape", [(2, 3)], (6,)), *case("broadcast_to", [(1, 3)], (2, 3)),
    *case("broadcast_to", [()], (2, 3)), *case("transpose", [(2, 3, 2)], axes=(2, 0, 1)),
    *case("concatenate", [(2, 3), (1, 3)], axis=0), *case("concatenate", [(2, 0), (2, 3)], axis=1),
    *case("require", [()], (True,)), *case("full", [()], (2, 3)), *case("index", [(4, 3)], (1,), form="i"), *case("index", [(4, 3)], (None, None, 2, None), form="sn"),
    *case("index", [(4, 3)], (np.array([0, 2, 2]),), form="i"), *case("index", [(4, 3)], (np.eye(4, 3) > 0,), form="i"),
    *case("index", [(4, 3)], (np.array([0, 0]), np.array([1, 1])), form="ii"),
    *case("index", [(4, 3)], (1, 2, 1), form="w"), *case("update", [(4, 3), (2, 3)], (3, 2, -2), form="w"),
    *case("update", [(4, 3), (3,)], (1,), form="i"), *case("update", [(4, 3), ()], (0, 2, None), form="s"),
    *case("add_at", [(4, 3), (3, 3)], (np.array([0, 2, 2]),), form="i"), *case("add_at", [(4, 3), (3,)], (1,), form="i"),
    *case("matmul", [(2, 3), (3, 4)]), *case("matmul", [(5, 2, 3), (3, 4)]), *case("matmul", [(2, 0), (0, 4)]),
    *case("einsum", [(2, 3), (3, 4)], spec="ij,jk->ik"), *case("einsum", [(2, 3), (2, 3)], spec="ij,ij->"),
    *case("einsum", [(2, 3)], spec="ij->i"), *case("einsum", [(2,), (3,), (2, 3)], spec="i,j,ij->j"),
    *case("real", [(2, 3)]), *case("imag", [(2, 3)]), *case("cast", [(2, 3)], dtype=np.dtype(np.complex128)),
    *case("solve", [(3, 3), (3, 2)]), *case("solve", [(2, 3, 3), (3, 1)]), *case("inverse", [(3, 3)]), *case("inverse", [(2, 2, 2)]),
    *case("det", [(3, 3)]), *case("logabsdet", [(3, 3)]), *case("logabsdet", [(2, 2, 2)]), *case("fft", [(2, 5)], axis=1),
    *case("ifft", [(4,)], axis=0), *[c for name in ("cholesky", "eigenvalues") for c in case(name, [(3, 3)])],
    *[c for c in case("eigenvectors", [(3, 3)]) if c[3] == np.float64],
    *case("singular_values", [(3, 2)]), *case("singular_values", [(2, 2, 3)]),
    *[c for name in ("left_vectors", "right_vectors") for shape in ((3, 3), (4, 2), (2, 3), (2, 3, 3)) for c in case(name, [shape], full=False)
      if c[3] != np.complex128],
    *[c for name in ("qr_q", "qr_r") for shape in ((3, 3), (4, 2), (2, 3, 3)) for c in case(name, [shape]) if c[3] != np.complex128],
    *[c for order in (0, 1) for name in ("polygamma", "bessel_i") for c in case(name, [(2, 3)], order=order)
      if c[3] != np.complex128],
    *case("select", [(2, 3), (3,)]), *[c for c in case("as_float", [()]) if c[3] != np.complex128],
    *[c for c in case("as_complex", [()]) if c[3] == np.complex128],
]
CASES = [(name, attributes, shapes, dtype, ()) for name, attributes, shapes, dtype in elementwise_cases()] + STRUCTURAL


def test_every_rule_is_tried():
    # the others: tracing/test_custom.py, and below
    assert {p.name for p in RULES} == {name for name, *_ in CASES} | {"custom", "as_int"}


@pytest.mark.parametrize("emit", [lambda x: functions.as_int(x), lambda x: functions.cast(x, dtype=np.dtype(int), exact=True)])
def test_whole_numbers_are_not_cut_off(emit):
    """Of a number that is whole already: neither way loses what stands behind the point of a tangent or a cotangent."""
    x = Value(type_of(np.float64(3.0)))
    with Builder() as builder:
        y = emit(x)
    block = Block([x], builder.instructions, [y])
    assert evaluate(pushforward(block), [np.float64(3.0), 0.25]) == [3, 0.25]
    assert evaluate(pullback(block, [x]), [0.25], {}) == [0.25]


def block_of(name, attributes, operands, literals):
    """A program of one instruction."""
    primitive = P[name]
    inputs = [Value(type_of(x)) for x in operands]
    given = [*inputs, *literals]
    if name == "full":
        attributes = {"dtype": operands[0].dtype}
    if name == "select":
        given = [np.arange(3) % 2 == 0, *inputs]
    with Builder() as builder:
        kind = primitive.infer(*given, **attributes)
        out = builder.append(primitive, given, (kind,), attributes)[0]
    return verify(Block(inputs, builder.instructions, [out]))


FACTORED = ("singular_values", "left_vectors", "right_vectors", "qr_q", "qr_r")
SYMMETRIC = ("cholesky", "eigenvalues", "eigenvectors")


def conditioned(name, operands):
    """Operands at which the function is smooth and well conditioned."""
    a = operands[0]
    if name in ("remainder", "fmod", "polygamma"):
        return [a + np.asarray(2.3, a.dtype), *operands[1:]]
    if name in SYMMETRIC:
        a = a + np.swapaxes(a, -1, -2).conj() + np.diag(np.arange(6.0, 6.0 + 4 * a.shape[-1], 4)).astype(a.dtype)
    elif name in FACTORED:
        a = a + np.eye(*a.shape[-2:], dtype=a.dtype) * np.arange(3, 3 + 2 * a.shape[-1], 2).astype(a.dtype)
    elif P[name] in vars(linalg).values() and a.ndim > 1 and name not in ("fft", "ifft"):
        a = a + 4 * np.eye(a.shape[-1], dtype=a.dtype)
    return [a, *operands[1:]]


def inner(a, b):
    """The real inner product, for complex numbers of (re, im) pairs."""
    return float(np.real(np.vdot(a, b)))


@pytest.mark.parametrize("name, attributes, shapes, dtype, literals", CASES,
                         ids=lambda x: x if isinstance(x, str) else getattr(x, "__name__", None) or str(x)[:40])
def test_rule(name, attributes, shapes, dtype, literals):
    """<y_bar, J x_dot> = <J' y_bar, x_dot>, and J x_dot is the limit of differences."""
    rng = np.random.default_rng(3)
    low, high = DOMAIN.get(name, ANY)
    operands = conditioned(name, [numbers(rng, shape, dtype, low, high) for shape in shapes])
    block = block_of(name, attributes, operands, literals)
    forward, back = verify(pushforward(block)), pullback(block, block.inputs)
    dots = [numbers(rng, x.shape, x.dtype, -1, 1) for x in operands]
    if name in SYMMETRIC:       # they read one triangle: both modes take the matrix as symmetric
        dots = [d + np.swapaxes(d, -1, -2).conj() for d in dots]
    y, y_dot = evaluate(forward, [*operands, *dots])
    y_bar = numbers(rng, np.shape(y), np.asarray(y_dot).dtype, -1, 1)
    held = dict(zip(block.inputs, operands)) | {block.results[0]: y}
    bars = evaluate(back, [y_bar], {v: held[v] for v in back.free_values()})
    small = np.dtype(dtype) == np.float32
    assert inner(y_bar, y_dot) == pytest.approx(sum(map(inner, bars, dots)), rel=2e-4 if small else 1e-10, abs=1e-5 if small else 1e-12)
    for x, x_bar in zip(operands, bars):
        assert np.shape(x_bar) == np.shape(x) and np.asarray(x_bar).dtype == x.dtype
    if not small:
        assert_ladder(block, operands, dots, y_dot)


def assert_ladder(block, operands, dots, y_dot):
    """Central differences come nearer as the square of the step, until rounding stops them."""
    errors = []
    for step in (1e-1, 1e-2, 1e-3):
        up, down = (evaluate(block, [x + np.asarray(s * step, x.dtype) * d for x, d in zip(operands, dots)])[0] for s in (1, -1))
        errors.append(np.max(np.abs((np.asarray(up) - down) / (2 * step) - y_dot), initial=0.0))
    scale = max(1.0, np.max(np.abs(y_dot), initial=0.0))
    assert errors[2] <= 1e-5 * scale and errors[2] <= errors[1] * 0.05 + 1e-9 * scale


SMOOTH = sorted((UNARY | BINARY | {"matmul", "reduce_prod", "einsum", "index", "cumsum", "solve", "inverse", "logabsdet", "polygamma", "bessel_i", "singular_values", "left_vectors", "right_vectors", "qr_q", "qr_r"}) - {"copysign", "absolute"})


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivative(name):
    """A derivative is a program: its own derivative agrees with differences of it."""
    rng = np.random.default_rng(5)
    found = next((c for c in CASES if c[0] == name and c[3] == np.float64 and c[2][0] not in ((), (0, 3))), None)
    _, attributes, shapes, dtype, literals = found
    low, high = DOMAIN.get(name, ANY)
    operands = conditioned(name, [numbers(rng, shape, dtype, low, high) for shape in shapes])
    first = pushforward(block_of(name, attributes, operands, literals))
    dots = [rng.uniform(-1, 1, x.shape) for x in operands]
    second = verify(pushforward(first, first.inputs[:len(operands)]))
    found = evaluate(second, [*operands, *dots, *dots])[3]

    def slope(step):
        return evaluate(first, [*(x + step * d for x, d in zip(operands, dots)), *dots])[1]

    np.testing.assert_allclose(found, (slope(1e-5) - slope(-1e-5)) / 2e-5, rtol=1e-5, atol=1e-5)


# values at kinks, poles and far out, where differences are blind

EXACT = [
    ("absolute", (0.0,), 0, 0.0), ("sqrt", (0.0,), 0, math.inf), ("hypot", (0.0, 0.0), 0, 0.0),
    ("maximum", (1.0, 1.0), 0, 0.5), ("maximum", (1.0, 1.0), 1, 0.5), ("minimum", (2.0, 1.0), 0, 0.0),
    ("power", (0.0, 2.0), 0, 0.0), ("power", (0.0, 0.0), 0, 0.0), ("power", (0.0, 2.0), 1, 0.0), ("power", (0.0, 1.0), 0, 1.0),
    ("tanh", (30.0,), 0, 4 * math.exp(-60.0)), ("expm1", (-50.0,), 0, math.exp(-50.0)), ("arctanh", (1 - 1e-12,), 0, 1 / (1e-12 * (2 - 1e-12))),
    ("logaddexp", (-math.inf, -math.inf), 0, 0.5), ("logaddexp", (1000.0, 0.0), 1, 0.0), ("arcsinh", (1e200,), 0, 1e-200),
    ("log", (0.0,), 0, math.inf), ("divide", (1.0, 0.0), 0, math.inf), ("cbrt", (-8.0,), 0, 1 / 12),
    ("remainder", (-5.5, 2.0), 1, 3.0), ("fmod", (-5.5, 2.0), 1, 2.0),
    ("erfc", (30.0,), 0, -2 / math.sqrt(math.pi) * math.exp(-900.0)), ("gammaln", (-0.5,), 0, 0.03648997397857652),
    ("erf", (0.0,), 0, 2 / math.sqrt(math.pi)),
]


@pytest.mark.parametrize("name, operands, number, expected", EXACT, ids=str)
def test_exact_slope(name, operands, number, expected):
    operands = [np.float64(x) for x in operands]
    block = block_of(name, {}, operands, ())
    with np.errstate(all="ignore"):
        y = evaluate(block, operands)[0]
        back = pullback(block, block.inputs)
        held = dict(zip(block.inputs, operands)) | {block.results[0]: y}
        found = evaluate(back, [np.float64(1.0)], {v: held[v] for v in back.free_values()})[number]
    assert found == pytest.approx(expected, rel=2e-4 if "arctanh" in name else 1e-12, abs=1e-300)
