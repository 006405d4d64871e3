"""The policy at kinks and poles, as README has it: one row a case, exact."""

import math
import statistics

import numpy as np
import pytest

from dpkernel import grad, jvp

INF, NAN = np.inf, np.nan
POLICY = [
    # the slope at a minimum is 0
    ("abs", abs, 0.0, 0.0), ("np.abs", np.abs, 0.0, 0.0), ("math.fabs", math.fabs, 0.0, 0.0),
    ("norm at 0", lambda x: np.linalg.norm(x), [0.0, 0.0], [0, 0]), ("hypot at 0", lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0, 0]),
    ("std of equal numbers", lambda x: np.std(x), [1.0, 1.0, 1.0], [0, 0, 0]),
    ("stdev of equal numbers", lambda x: statistics.stdev(x.tolist()) + statistics.pstdev(x.tolist()), [1.0, 1.0], [0, 0]),
    ("norm 3 at 0", lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0, 0]), ("math.dist", lambda x: math.dist(x, [1.0, 1.0]), [1.0, 1.0], [0, 0]),
    ("math.hypot of three", lambda x: math.hypot(*x), [0.0, 0.0, 0.0], [0, 0, 0]),
    # ties of NumPy's functions are shared; what returns one of its arguments chooses that one
    ("np.max", lambda x: np.max(x), [1.0, 1.0, 0.0], [0.5, 0.5, 0]), ("maximum", lambda x: np.maximum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    ("minimum", lambda x: np.minimum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]), ("relu", lambda x: np.sum(np.maximum(x, 0)), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
    ("clip", lambda x: np.sum(np.clip(x, 0, 1)), [-1.0, 0.5, 1.0, 2.0], [0, 1, 0.5, 0]),
    ("max()", lambda x: max(x[0], x[1]), [1.0, 1.0], [1, 0]), ("sort", lambda x: np.sort(x)[0], [1.0, 1.0], [1, 0]),
    ("maximum.reduce", np.maximum.reduce, [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]), ("fmax of nan", lambda x: np.fmax(x[0], x[1]), [1.0, NAN], [1, 0]),
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
    ("where in where", lambda x: np.sum(np.where(x > 2, x, np.where(x > 0, np.sqrt(x), 0.0))), [0.0, 4.0, 1.0], [0, 1, 0.5]),
    ("select", lambda x: np.sum(np.select([x < 0, x > 4], [x ** 2, np.log(x)], np.sqrt(x))), [-2.0, 0.25, 5.0], [-4, 1, 0.2]),
    ("choose", lambda x: np.sum(np.choose((x > 0).astype(int), [x ** 2, np.sqrt(x)])), [-2.0, 0.25], [-4, 1]),
    ("a mask", lambda x: np.sum(np.sqrt(x)[x > 0]), [0.0, 4.0], [0, 0.25]), ("an index", lambda x: np.log(x)[1], [0.0, 4.0], [0, 0.25]),
    ("a slice", lambda x: np.sum(np.sqrt(x)[1:] ** 2), [0.0, 4.0], [0, 1]), ("compress", lambda x: np.sum(np.compress(x > 0, np.sqrt(x))), [0.0, 4.0], [0, 0.25]),
    ("overwritten", lambda x: np.sum(overwritten(np.log(x), x <= 0, 0.0) * x), [0.0, 1.0], [0, 1]),
    ("a root, overwritten", lambda x: np.sum(overwritten(np.sqrt(x), x == 0, 1.0)), [0.0, 4.0], [0, 0.25]),
    ("overwritten one by one", lambda x: np.sum(overwritten(1 / x, 0, x[1])), [0.0, 2.0], [0, 0.75]),
    ("a sum with where", lambda x: np.sum(np.log(x), where=x > 0), [0.0, 4.0], [0, 0.25]), ("nansum", lambda x: np.nansum(np.log(x)), [-1.0, 4.0], [0, 0.25]),
    ("the larger of two", lambda x: np.sum(np.maximum(np.log(x), -10.0)), [0.0, 4.0], [0, 0.25]), ("clip of log", lambda x: np.sum(np.clip(np.log(x), -10, 9)), [0.0, 4.0], [0, 0.25]),
    ("the largest", lambda x: np.max(np.sqrt(x)), [0.0, 4.0], [0, 0.25]), ("sorted", lambda x: np.sort(np.sqrt(x))[1:].sum(), [0.0, 4.0], [0, 0.25]),
    ("distances", lambda x: np.sum(np.sqrt((x[:, None] - x) ** 2)[np.triu_indices(2, 1)]), [0.0, 3.0], [-1, 1]),
    ("a row that is masked", lambda x: np.sum(overwritten(x / np.linalg.norm(x, axis=1)[:, None], 0, 0.0)), [[0.0, 0.0], [3.0, 4.0]], [[0, 0], [0.032, -0.024]]),
    ("times False", lambda x: np.sum(np.sqrt(x) * (x > 0)), [0.0, 4.0], [0, 0.25]), ("nanmedian", lambda x: np.nanmedian(np.sqrt(x)), [-1.0, 4.0, 9.0, 1.0], [0, 0.25, 0, 0]),
    ("a row of a product", lambda x: (np.diag(np.sqrt(x)) @ x)[1], [0.0, 4.0], [0, 3]), ("an element of an outer product", lambda x: np.outer(np.sqrt(x), x)[1, 1], [0.0, 4.0], [0, 3]),
    ("taken one by one", lambda x: sum(v for v in np.sqrt(x) if v > 0), [0.0, 4.0], [0, 0.25]), ("unpacked", lambda x: (lambda a, b: b)(*np.sqrt(x)), [0.0, 4.0], [0, 0.25]),
    ("times an infinity", lambda x: np.sum(np.exp(np.array([-INF, 1.0]) * x)), [2.0, 2.0], [0, np.exp(2.0)]), ("an infinity itself", lambda x: x * INF, 2.0, INF),
    ("an infinity divided", lambda x: np.sum(np.logaddexp(-INF / x, x)), [2.0, 3.0], [1, 1]),
    # but a zero by chance stays one
    ("a root squared", lambda x: np.sum(np.sqrt(x) ** 2), [0.0, 4.0], [NAN, 1]), ("exp of log", lambda x: np.sum(np.exp(np.log(x))), [0.0, 4.0], [NAN, 1]),
    # steps are flat
    ("floor", lambda x: np.floor(x) + x, 1.0, 1.0), ("sign", lambda x: np.sign(x) + x, 0.0, 1.0), ("remainder", lambda x: x % 1.0, 2.0, 1.0),
    # products keep what the others give
    ("prod with one 0", lambda x: np.prod(x), [0.0, 3.0, 2.0], [6, 0, 0]), ("prod with two", lambda x: np.prod(x), [0.0, 0.0, 2.0], [0, 0, 0]),
]



def overwritten(y, where, value):
    y[where] = value
    return y


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, f, x, expected", POLICY, ids=[row[0] for row in POLICY])
def test_policy(name, f, x, expected):
    x = np.array(x) if isinstance(x, list) else x
    np.testing.assert_allclose(grad(lambda x: f(x))(x), expected, rtol=1e-14)
    moved = np.ones(np.shape(x))[()] if np.ndim(x) else 1.0
    if np.isnan(expected).any():
        assert np.isnan(jvp(lambda x: f(x), (x,), (moved,))[1])
    if np.isfinite(expected).all():
        np.testing.assert_allclose(jvp(lambda x: f(x), (x,), (moved,))[1], np.sum(expected), rtol=1e-13, atol=1e-15)
