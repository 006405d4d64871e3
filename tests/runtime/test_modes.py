"""--jacobian and --hessian: shapes, structures, several parameters, and what they refuse."""

import numpy as np
import pytest

from support.notebook import Notebook

SETUP = """
import numpy as np
t = np.linspace(0, 1, 5); p = np.array([1.0, 2.0]); s = 0.5; n = 3
params = {'a': 1.0, 'b': np.ones(2), 'name': 'x'}
M = np.arange(6.0).reshape(2, 3); top = M[0]; left = M[:, 0]
"""


@pytest.fixture(scope="module")
def book():
    book = Notebook()
    book.good(SETUP)
    return book


def test_jacobian(book):
    book.good("%%grad r --wrt p, s --jacobian\nr = s * p[0] * np.exp(-p[1] * t)")
    p, s, t = (book.namespace[name] for name in "pst")
    found = book.namespace["grads"]
    decay = np.exp(-p[1] * t)
    np.testing.assert_allclose(found.p, np.stack([s * decay, -s * p[0] * t * decay], 1))
    np.testing.assert_allclose(found.s, p[0] * decay)


def test_jacobian_of_a_structure_and_of_shared_memory(book):
    book.good("%%grad r --wrt params --jacobian\nr = params['a'] * params['b']")
    found = book.namespace["grads"].params
    assert found["a"].tolist() == [1, 1] and found["b"].tolist() == [[1, 0], [0, 1]] and found["name"] is None
    book.good("%%grad r --wrt top, left --jacobian\nr = M @ M.T")
    found = book.namespace["grads"]
    M = book.namespace["M"]
    assert found.top.shape == (2, 2, 3) and found.left.shape == (2, 2, 2)
    for k in range(3):
        step = np.zeros((2, 3))
        step[0, k] = 1
        np.testing.assert_allclose(found.top[..., k], step @ M.T + M @ step.T)


def test_jacobian_of_a_number_is_its_gradient_and_of_a_constant_zero(book):
    book.good("%%grad loss --wrt p --jacobian\nloss = np.sum(p ** 2)")
    assert book.namespace["grads"].p.tolist() == [2, 4]
    book.good("%%grad r --wrt p --jacobian\nr = t * 2")
    assert book.namespace["grads"].p.tolist() == np.zeros((5, 2)).tolist()


def test_hessian(book):
    book.good("%%grad loss --wrt p --hessian\nloss = np.sum(p ** 3) + p[0] * p[1]")
    assert book.namespace["grads"].p.tolist() == [[6, 1], [1, 12]]
    book.good("%%grad loss --wrt p, s --hessian\nloss = s ** 2 * np.sum(p ** 2)")
    found = book.namespace["grads"]
    assert found.p["s"].tolist() == [2, 4] and found.s["p"].tolist() == [2, 4] and found.s["s"] == 10
    assert found.p["p"].tolist() == [[0.5, 0], [0, 0.5]]


def test_hessian_through_a_loop(book):
    book.good("%%grad loss --wrt p --hessian\nx = p[0]\nfor k in range(12):\n    x = np.sin(x) * p[1] + x * 0.1\nloss = x ** 2")
    found, h = book.namespace["grads"].p, 1e-4
    def loss(p):
        x = p[0]
        for _ in range(12):
            x = np.sin(x) * p[1] + x * 0.1
        return x ** 2
    p, e = np.array([1.0, 2.0]), np.eye(2) * h
    expected = [[(loss(p + a + b) - loss(p + a - b) - loss(p - a + b) + loss(p - a - b)) / (4 * h * h) for b in e] for a in e]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("text, words", [
    ("%%grad r --wrt p --jacobian --hessian\nr = p", "--jacobian and --hessian stand in one line"),
    ("%%grad loss --wrt params --hessian\nloss = params['a']", "`params` is a structure.\n  Why:  a Hessian has a row for each number of one array.\n  Do:   name its parts: --wrt params['a'], params['b']"),
    ("%%grad loss --wrt p --jacobian\nloss = 'text'", "a Jacobian belongs to real numbers"),
    ("%%grad loss --wrt p --jacobian\nloss = p * 1j", "is complex"),
    ("%%grad loss --wrt p --hessian\nloss = p * 2", "a gradient belongs to one real number"),
    ("%%grad loss --wrt p --hessian\nimport json\nloss = json.loads(json.dumps(float(p[0])))", "json"),
])
def test_refused_in_words(book, text, words):
    book.good("%grad np.sum(p ** 2) --wrt p")
    out = book.run(text)
    assert words in str(out.error) and "dpkernel/" not in out.traceback
    assert ("grads" in book.namespace) == ("one line" in words)        # nothing has run then


def test_the_report_names_it(book):
    out = book.good("%%grad r --wrt p --jacobian\nr = p * 2")
    bundle = out.displayed[0]
    assert bundle["application/vnd.dpkernel.report.v1+json"]["derivative"] == "Jacobian"
    assert "Jacobian [[2, 0], [0, 2]]" in bundle["text/plain"] and "<th>Jacobian</th>" in bundle["text/html"]
