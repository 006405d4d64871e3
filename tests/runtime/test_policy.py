"""The policy at kinks and poles, as README has it: one row a case, exact."""

import math

import numpy as np
import pytest

from dpkernel import grad

INF, NAN = np.inf, np.nan


def overwritten(x):
    y = np.sqrt(x)
    y[x == 0] = 1.0
    return np.sum(y)


POLICY = [
    # the slope at a minimum is 0
    ("abs", abs, 0.0, 0.0), ("np.abs", np.abs, 0.0, 0.0), ("math.fabs", math.fabs, 0.0, 0.0),
    ("norm at 0", lambda x: np.linalg.norm(x), [0.0, 0.0], [0, 0]), ("hypot at 0", lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0, 0]),
    ("std of equal numbers", lambda x: np.std(x), [1.0, 1.0, 1.0], [0, 0, 0]),
    # ties of NumPy's functions are shared; what returns one of its arguments chooses that one
    ("np.max", lambda x: np.max(x), [1.0, 1.0, 0.0], [0.5, 0.5, 0]), ("maximum", lambda x: np.maximum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    ("minimum", lambda x: np.minimum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]), ("relu", lambda x: np.sum(np.maximum(x, 0)), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
    ("clip", lambda x: np.sum(np.clip(x, 0, 1)), [-1.0, 0.5, 1.0, 2.0], [0, 1, 0.5, 0]),
    ("max()", lambda x: max(x[0], x[1]), [1.0, 1.0], [1, 0]), ("sort", lambda x: np.sort(x)[0], [1.0, 1.0], [1, 0]),
    # poles: the limit
    ("sqrt", np.sqrt, 0.0, INF), ("math.sqrt", math.sqrt, 0.0, INF), ("x ** 0.5", lambda x: x ** 0.5, 0.0, INF), ("cbrt", np.cbrt, 0.0, INF),
    ("arcsin", np.arcsin, 1.0, INF), ("arccos", np.arccos, 1.0, -INF), ("1 / x", lambda x: 1 / x, np.float64(0.0), -INF),
    # powers
    ("0 ** x", lambda x: 0.0 ** x, 2.0, 0.0), ("x ** 0", lambda x: x ** 0, 0.0, 0.0), ("x ** 1", lambda x: x ** 1, 0.0, 1.0),
    ("x ** 2", lambda x: x ** 2, 0.0, 0.0), ("a negative number ** x", lambda x: np.float64(-1.0) ** x, 2.0, NAN),
    # no direction
    ("arctan2 at the origin", lambda x: np.arctan2(x[0], x[1]), [0.0, 0.0], [NAN, NAN]),
    # what was not taken counts for nothing
    ("where and sqrt", lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), [0.0, 4.0], [0, 0.25]),
    ("where and log", lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)), [0.0, 1.0], [0, 1]),
    ("sqrt, overwritten", overwritten, [0.0, 4.0], [0, 0.25]), ("log, not read", lambda x: np.log(x)[1], [0.0, 2.0], [0, 0.5]),
    # steps are flat
    ("floor", lambda x: np.floor(x) + x, 1.0, 1.0), ("sign", lambda x: np.sign(x) + x, 0.0, 1.0), ("remainder", lambda x: x % 1.0, 2.0, 1.0),
    # products keep what the others give
    ("prod with one 0", lambda x: np.prod(x), [0.0, 3.0, 2.0], [6, 0, 0]), ("prod with two", lambda x: np.prod(x), [0.0, 0.0, 2.0], [0, 0, 0]),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, f, x, expected", POLICY, ids=[row[0] for row in POLICY])
def test_policy(name, f, x, expected):
    x = np.array(x) if isinstance(x, list) else x
    np.testing.assert_array_equal(grad(lambda x: f(x))(x), expected)
