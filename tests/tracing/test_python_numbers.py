"""Python's numbers are not the machine's: each row means in a differentiated cell what it means in a plain one.

In a loop as well, where the gradient goes back through a loop that NumPy evaluates.
"""

import pytest

from dpkernel.runtime.cell import Cell
from support.cells import check, space_of

ABOVE = "import math\nimport numpy as np\nx = 1.5\nw = np.array([0.5, 2.0])"
TABLE = {
    "integers without limit": "n = math.factorial(25)\nloss = x * (n % 1000) + n / 1e25",
    "integers in a loop": "n = 1\nfor k in range(1, 26):\n    n = n * k\nloss = x * (n % 1000003)",
    "a whole number to a negative power": "loss = x * 2 ** -1",
    "a negative number to a broken power": "z = (-2.0) ** 0.5\nloss = x * abs(z) + z.imag",
    "overflow raises": "loss = x\ntry:\n    loss = x * 2.0 ** 10000\nexcept OverflowError as problem:\n    loss = x * 3\n    text = str(problem)",
    "a NumPy number divided by zero": "with np.errstate(divide='ignore'):\n    y = np.float64(1) / 0.0\nloss = x if y == math.inf else 0 * x",
    "a Python number divided by zero": "try:\n    y = 1 / 0.0\nexcept ZeroDivisionError:\n    y = 7.0\nloss = x * y",
    "no iteration at all": "s = 0\nfor k in range(0):\n    s += 0.5\nloss = x * 2 + s\nkind = type(s).__name__",
    "one iteration changes the type": "s = 0\nfor k in range(1):\n    s += 0.5\nloss = x * s\nkind = type(s).__name__",
    "many do": "s = 0\nfor k in range(9):\n    s += x * k\nloss = s\nkind = type(s).__name__",
    "floor and remainder of negative numbers": "loss = (-x) % 1.0 + (-7) // 2 * x + (-7 % 3) * x + math.fmod(-7, 3) * x",
    "round to even": "loss = x * (round(2.5) + round(3.5)) + round(x * 1.2345, 2) * 0",
    "a bool is a number": "loss = x * (True + True) + (x > 1) * x",
    "int of a large float": "loss = x * (int(1e20) % 97)",
    "float of text": "loss = x * float('1e3') + float('inf' if x < 0 else '0')",
    "hexadecimal and complex": "loss = x * float.fromhex('0x1.8p1') + (3 + 4j).real * x",
    "integer division in a loop": "n, s = 1000, 0.0\nwhile n > 0:\n    s += x * (n % 10)\n    n //= 10\nloss = s",
    "bits": "s = 0.0\nfor k in range(12):\n    s += x * ((k << 2) ^ (k & 5)) * 0.1\nloss = s",
    "a NumPy integer wraps around": "with np.errstate(over='ignore'):\n    n = np.int8(100) + np.int8(100)\nloss = x * n",
    "a Python integer with a NumPy array": "s = w * 0\nfor k in range(8):\n    s = s + w * 10 ** k\nloss = np.sum(s)",
    "very large integers in a loop": "s = 0.0\nfor k in range(8):\n    s = s + x * (10 ** (20 + k) % 7)\nloss = s",
    "a float and its NumPy twin": "kinds = []\ns = x\nfor k in range(6):\n    s = s * w[0] if k % 2 else float(s)\n    kinds.append(type(s).__name__)\nloss = s",
    "sums of floats in order": "loss = sum([0.1] * 10) * x + math.fsum([0.1] * 10) * x",
    "minus zero": "y = -0.0 * x\nloss = math.copysign(x, y)",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TABLE)
def test_row(name):
    check(ABOVE, TABLE[name], ["x", "w"], refusal="never")


@pytest.mark.parametrize("text", [
    "q = copy.deepcopy([n, [n]])\nloss = q[0] ** 2 * 1.0 + q[1][0]", "loss = copy.copy(n) ** 2 * x",
    "p = pickle.loads(pickle.dumps([n, x]))\nkept = copy.copy(p)\nloss = x * 1.0",
])
def test_copies_of_whole_numbers(text):
    check("import copy, pickle\n" + ABOVE + "\nn = 3", text, ["n", "x"], refusal="never")


@pytest.mark.parametrize("text", [
    "o = v.astype(object)\nloss = o[0] * o[1] * x", "o = v.astype(dtype='O')[::-1]\nloss = np.sum(o * w)",
    "o = np.array(v, object)\nloss = o[0] * o[1] * x", "o = np.asarray(w, dtype=object)\nloss = o[0] * o[1] * x",
    "o = np.empty(2, object)\no[:] = v\nloss = o[0] * o[1] * x", "o = np.array([*v.tolist(), None])\nloss = o[0] * o[1] * x",
    "class Times:\n    def __init__(self, v): self.v = v\n    def __rmul__(self, o): return o * self.v\nloss = sum(v * Times(x)) ** 2",
])
def test_numbers_as_objects(text):
    """Nothing of ours is left in an array of objects, and its numbers are known."""
    check(ABOVE + "\nv = np.array([3, 5])", text, ["x", "v", *(["w"] if "w" in text else [])], refusal="never")


@pytest.mark.parametrize("expression", [
    "np.ones(p['n'])", "np.full((p['n'],), 2.0)", "np.linspace(0, 1, p['n'])", "np.arange(p['n'])", "np.random.default_rng(0).normal(size=p['n'])",
    "np.tile([1.0], p['n'])", "np.ones(12).reshape(p['n'], p['m'])[:, 0]", "np.array([1.0] * p['n'])", "np.random.rand(p['n'])", "np.random.permutation(p['n'])",
    "np.roll(np.arange(3.0), p['n'])", "np.split(np.ones(9), p['n'])[0]", "np.sum(np.ones((1, 2, 3)), axis=p['n'] - 2)[0]", "np.array(list(range(p['n'])))",
    "np.arange(p['n'], p['n'] + 3)", "np.linspace(0, p['n'], 3)", "np.full(3, p['n'])", "np.clip(np.arange(3.0), 0, p['n'] - 2)", "p['w'] ** p['n']",
])
def test_a_whole_number_that_counts_is_flat_and_one_that_is_computed_with_is_not(expression):
    """Among the parameters there may be sizes; the gradient of the others is not refused for them."""
    above = "import numpy as np\np = {'n': 3, 'w': np.array([1.0, 2.0, 3.0]), 'm': 4}"
    text = f"loss = np.sum({expression} * p['w'])"
    counts = not any(word in expression for word in ("p['n'] + 3", "0, p['n']", "3, p['n']", "** p['n']"))
    check(above, text, ["p['w']"] if counts else ["p"], refusal="never")
    assert (Cell(text, space_of(above)).evaluate(["p"], "loss").gradients["p"]["n"] == 0) == counts
