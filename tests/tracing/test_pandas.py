"""Series and DataFrames: as parameters they keep index and columns; what pandas computes is refused in words."""

import numpy as np
import pytest

from dpkernel.errors import NoDerivative
from support.notebook import Notebook

pandas = pytest.importorskip("pandas")

SETUP = """
import numpy as np, pandas as pd
w = pd.Series([1.0, 2.0, 3.0], index=list('abc'), name='weights')
d = pd.DataFrame({'u': [1.0, 2.0], 'v': [3.0, 4.0], 't': ['x', 'y']}, index=[10, 20])
n = pd.Series([1, 2], index=['p', 'q'])
X = np.arange(6.0).reshape(2, 3)
x = np.array([1.0, 2.0, 3.0])
shared = pd.Series(x, copy=False)
"""


@pytest.fixture
def book():
    book = Notebook()
    book.good(SETUP)
    return book


def grads(book, text):
    book.good(text)
    return book.namespace["grads"]


@pytest.mark.parametrize("numbers", ["w.to_numpy()", "w.values", "np.asarray(w)", "np.array(w)"])
def test_a_series(book, numbers):
    found = grads(book, f"%%grad loss --wrt w\nloss = np.sum((X @ {numbers}) ** 2)").w
    X = book.namespace["X"]
    expected = pandas.Series(2 * X.T @ (X @ [1.0, 2.0, 3.0]), index=list("abc"), name="weights")
    pandas.testing.assert_series_equal(found, expected)
    assert book.namespace["w"].tolist() == [1, 2, 3]


def test_whole_numbers_give_floats(book):
    found = grads(book, "%%grad loss --wrt n\nloss = np.sum(n.to_numpy() ** 2)").n
    assert found.tolist() == [2.0, 4.0] and found.dtype == float and list(found.index) == ["p", "q"]


def test_a_frame_with_a_column_of_text(book):
    found = grads(book, "%%grad loss --wrt d\nloss = np.sum(d['u'].to_numpy() * d['v'].values ** 2)").d
    assert list(found.columns) == ["u", "v", "t"] and list(found.index) == [10, 20]
    assert found["u"].tolist() == [9, 16] and found["v"].tolist() == [6, 16] and found["t"].tolist() == [None, None]


def test_a_part_of_a_frame_as_an_array(book):
    found = grads(book, "%%grad loss --wrt d\nloss = np.sum(np.array(d[['u', 'v']]) ** 2)").d
    assert found["u"].tolist() == [2, 4] and found["v"].tolist() == [6, 8]


def test_a_column_alone(book):
    found = grads(book, "%%grad loss --wrt d['u']\nloss = np.sum(d['u'].to_numpy() ** 3)")
    assert found["d['u']"].tolist() == [3, 12]


def test_optimize(book):
    book.good("%%optimize loss --wrt w --using l-bfgs-b\nloss = np.sum((w.to_numpy() - 5) ** 2)")
    w = book.namespace["w"]
    np.testing.assert_allclose(w, 5, atol=1e-6)
    assert list(w.index) == list("abc") and w.name == "weights"


@pytest.mark.parametrize("text", [
    "%%grad loss --wrt w\nloss = (w ** 2).sum()", "%%grad loss --wrt w\nloss = np.sum(w ** 2)", "%%grad loss --wrt w\nloss = w['a'] ** 2",
    "%%grad loss --wrt w\nloss = w.mean() * 2", "%%grad loss --wrt x\nloss = (shared ** 2).sum() + x[0]", "%%grad loss --wrt x\nloss = shared.sum()",
    "%%grad loss --wrt x\nloss = pd.DataFrame({'a': x * 2, 'b': x}).prod(axis=1).sum()", "%%grad loss --wrt d\nloss = (d['u'] * d['v']).sum()",
    "%%grad loss --wrt w\nloss = w.rolling(2).sum().iloc[1]", "%%grad loss --wrt w\nloss = np.sum(w)", "%%grad loss --wrt w\nloss = np.dot(X, w)[0]",
    "%%grad loss --wrt w\nloss = np.mean(np.exp(w))", "%%grad loss --wrt w\nloss = np.linalg.norm(w)",
])
def test_what_pandas_computes_is_refused(book, text):
    out = book.run(text)
    assert isinstance(out.error, NoDerivative), (out.error, book.namespace.get("grads"))
