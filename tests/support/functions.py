"""Functions with loops as scientists write them, for the compiler: each with arguments of two sizes.

In:  nothing.
Out: FUNCTIONS, {name: (function, arguments for a size, numbers of the parameters)}; `random_function`.
Start anywhere.
"""

import linecache
import math

import numpy as np

from . import loop_programs

FUNCTIONS = {}


def rng():
    return np.random.default_rng(5)


def example(arguments, numbers=(0,)):
    """Decorator: enter a function with `arguments(n)`."""
    def enter(f):
        FUNCTIONS[f.__name__] = f, arguments, numbers
        return f
    return enter


@example(lambda n: (rng().normal(size=n), 0.3, 4), (0, 1))
def heat_swapped(u0, k, steps):
    u = u0.copy()
    w = u0.copy()
    n = len(u)
    for t in range(steps):
        for i in range(1, n - 1):
            w[i] = u[i] + 0.1 * k * (u[i - 1] - 2 * u[i] + u[i + 1]) * (1 + u[i] ** 2)
        u, w = w, u
    return np.sum(u ** 2)


@example(lambda n: (rng().normal(size=(n, n)), 3))
def seidel(u0, steps):
    u = u0.copy()
    n = u.shape[0]
    for t in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                u[i, j] = (u[i - 1, j] + u[i, j - 1] + u[i, j] ** 2 + u[i, j + 1] + u[i + 1, j]) / 5.0
    return np.sum(u ** 2)


def slope(x, y, p):
    return p[0] * x - p[1] * x * y, -p[2] * y + p[3] * x * y


@example(lambda n: (np.array([0.55, 0.028, 0.84, 0.026]), (30.0, 4.0), n), (0, 1))
def lotka_volterra(p, start, steps):
    x, y = start
    h = 0.05
    for t in range(steps):
        a, b = slope(x, y, p)
        c, d = slope(x + h / 2 * a, y + h / 2 * b, p)
        x = x + h * c
        y = y + h * d
    return x ** 2 + y


PATHS = rng().normal(size=(30, 8))


@example(lambda n: (100.0, 0.2), (0, 1))
def barrier(s0, sigma):
    total = 0.0
    paths = PATHS.shape[0]
    for m in range(paths):
        s = s0
        mean = 0.0
        alive = True
        for t in range(8):
            s = s * math.exp((0.05 - sigma ** 2 / 2) * 0.1 + sigma * math.sqrt(0.1) * PATHS[m, t])
            if s > 115:
                alive = False
                break
            mean += s
        if alive and mean / 8 > 95:
            total += mean / 8 - 95
    return total / paths


@example(lambda n: (0.3, np.linspace(0.1, 3, n)), (0, 1))
def kepler(e, anomalies):
    total = 0.0
    for M in anomalies:
        E = M
        while True:
            d = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
            E = E - d
            if abs(d) < 1e-12:
                break
        total = total + E ** 2
    return total


def logistic(x):
    return 1 / (1 + np.exp(-x))


@example(lambda n: (rng().normal(size=(3, 16)), rng().normal(size=(4, 16)), np.zeros(16), rng().normal(size=(n, 3))), (0, 1, 2))
def lstm(W, U, b, X):
    h = np.zeros(4)
    c = np.zeros(4)
    for t in range(X.shape[0]):
        z = X[t] @ W + h @ U + b
        i, f, g, o = logistic(z[:4]), logistic(z[4:8]), np.tanh(z[8:12]), logistic(z[12:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h ** 2)


def positive(n):
    B = rng().normal(size=(n, n))
    return (B @ B.T + n * np.eye(n),)


@example(positive)
def cholesky(A):
    L = A.copy()
    n = A.shape[0]
    for k in range(n):
        L[k, k] = math.sqrt(L[k, k])
        for i in range(k + 1, n):
            L[i, k] = L[i, k] / L[k, k]
        for j in range(k + 1, n):
            for i in range(j, n):
                L[i, j] -= L[i, k] * L[j, k]
    total = 0.0
    for k in range(n):
        total += math.log(L[k, k])
    return total


@example(lambda n: (rng().random((n, n + 1)), 0.3), (0, 1))
def soft_warping(D, gamma):
    n, m = D.shape
    R = np.full((n + 1, m + 1), 1e3)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a = -R[i - 1, j - 1] / gamma
            b = -R[i - 1, j] / gamma
            c = -R[i, j - 1] / gamma
            top = max(max(a, b), c)
            R[i, j] = D[i - 1, j - 1] - gamma * (math.log(math.exp(a - top) + math.exp(b - top) + math.exp(c - top)) + top)
    return R[n, m]


@example(lambda n: (rng().normal(size=n),))
def around_the_end(x):
    """Index -1 at the start of the loop: what is overwritten last is read first."""
    a = x.copy()
    for i in range(len(a)):
        a[i] = a[i] * a[i - 1] + 1
    return np.sum(a)


@example(lambda n: (rng().normal(size=n), 0.5), (0, 1))
def backwards(x, r):
    y = np.zeros_like(x)
    n = len(x)
    for i in range(n - 2, -1, -1):
        y[i] = r * y[i + 1] + x[i] * y[i + 1] + x[i + 1]
    for i in range(1, n, 2):
        y[i] -= 0.3 * y[i - 1] ** 2
    return y @ y


@example(lambda n: (rng().normal(size=(n, n)), rng().normal(size=n)), (0, 1))
def power_iteration(A, v):
    for k in range(4):
        v = A @ v
        v = v / np.sqrt(np.sum(v * v))
    return v @ (A @ v)


@example(lambda n: (rng().normal(size=(n, 3)),))
def pair_energy(X):
    energy = 0.0
    for i in range(X.shape[0]):
        for j in range(i):
            r2 = 0.5
            for k in range(3):
                d = X[i, k] - X[j, k]
                r2 += d * d
            energy += 1 / r2 ** 3 - 1 / r2
    return energy


@example(lambda n: (rng().normal(size=n), rng().normal(size=3)), (0, 1))
def filtered(x, w):
    out = np.zeros(len(x) - 2)
    for i in range(len(out)):
        for k in range(3):
            out[i] += w[k] * x[i + k]
    best = -1e9
    for v in out:
        if v > best:
            best = v
    return best + np.mean(np.maximum(out, 0.0))


@example(lambda n: (rng().normal(size=(n, 4)), rng().normal(size=4)), (1,))
def regression(X, w):
    loss = 0.0
    for i, row in enumerate(X):
        s = 0.0
        for k in range(4):
            s += row[k] * w[k]
        loss += np.log(1 + np.exp(-s)) if i % 2 else np.log(1 + np.exp(s))
    return loss / len(X) + 0.1 * np.sum(w ** 2)


@example(lambda n: (rng().normal(size=n), np.arange(n)[::-1].copy()))
def by_index(x, order):
    total = 0.0
    seen = np.zeros(len(x))
    for k in range(len(order)):
        j = order[k]
        seen[j] = x[j] * (k + 1)
        if seen[j] > 0.5:
            continue
        total += seen[j] ** 2
    return total + np.sum(seen)


@example(lambda n: (rng().normal(size=(n, n)),))
def views(A):
    B = A * 2
    top = B[0]
    inner = B[1:-1, 1:-1]
    top[0] = 3 * A[1, 1]
    for i in range(inner.shape[0]):
        inner[i, 0] *= top[i] + 1
    B[:, -1] = B[:, 0] * 0.5
    B += 0.1
    return np.sum(B * B.T) + np.sum(B, axis=0)[1] + top[0]


@example(lambda n: (rng().normal(size=n), 2.0), (0, 1))
def chosen_arrays(x, a):
    y = x * a
    for k in range(4):
        if k % 2 == 0:
            y = np.tanh(y) + x
        else:
            z = y * y
            y = z - a * y
        if y[0] > 0:
            y[1] += a
    return np.sum(y)


@example(lambda n: (rng().normal(size=n),))
def broken_off(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i, len(x)):
            if x[j] > 1.2:
                break
            if x[j] < -0.5:
                continue
            total += x[i] * x[j]
        else:
            total += 0.5 * x[i]
    return total


@example(lambda n: (rng().normal(size=n), 0.7), (0, 1))
def left_by_a_loop(x, a):
    """The loop variable, and numbers of the last iteration, are read after it."""
    for i, v in enumerate(x):
        y = v * a
        if y > 1:
            break
    k = 0
    while k < 3:
        k += 1
        z = y * k
    return y * z + x[i] ** 2 + i


@example(lambda n: (rng().normal(size=n), 0.7), (0, 1))
def functions_inside(x, a):
    scale = 2.0

    def f(u, k=a, *, power=2):
        w = u * k + scale
        return w ** power

    g = lambda u: f(u, power=3) - u
    total = 0.0
    for v in x:
        total += f(v) + 0.1 * g(v)
    scale = 3.0
    args = x[0], 0.5
    return total + f(*args, **{"power": 1})


@example(lambda n: (rng().normal(size=n), np.arange(n) % 3), (0,))
def gathered(x, group):
    sums = np.zeros(3)
    np.add.at(sums, group, x)
    y = np.concatenate([sums, np.cumsum(x)])
    return np.linalg.norm(y) + np.sum(np.logaddexp(x, 0.0)) + np.linalg.norm(y[::2])


@example(lambda n: (rng().normal(size=n),))
def copies(x):
    """A copy begins as the array that it is taken from, and goes its own way."""
    a = x * 1
    t = 0.0
    for i in range(1, len(x)):
        b = a.copy()
        b[i] = x[i] * 2
        t += b[i] * b[i] * b[i - 1] * a[i]
        a[i] = a[i - 1] * b[i]
    return np.sum(a ** 2) + t


@example(lambda n: (rng().normal(size=n), 0.3), (0, 1))
def sometimes_another(x, a):
    """An array that is written in one arm, and another one in the other."""
    u = x * 1
    w = x * a
    total = 0.0
    for i in range(1, len(x)):
        if x[i] > 0:
            u[i] = u[i - 1] * w[i]
        else:
            u, w = w, u
        total += u[i] * u[i] * w[i - 1]
    return total + np.sum(u * w)


@example(lambda n: (rng().normal(size=n), 0.7), (0, 1))
def views_of_views(x, a):
    """The inner of a view with steps, and of one that runs backwards."""
    half, back = x[::2] * a, x[::-1] * a
    return np.sum(half[1:-1] ** 2) + np.sum(half[1:] ** 3 * np.arange(1, len(half))) + np.sum(back[2:] * half[0])


@example(lambda n: (rng().normal(size=n), 2 - n % 5, np.array([0, -1, -2])), (0,))
def counted_from_the_end(x, k, places):
    """Elements of what is never made: parts of an array."""
    inner, first = x[1:-1].copy(), x[:4] * 2.0
    total = first[k] * inner[-1] + np.sum(first[places] ** 2)
    for i in range(len(inner)):
        total += inner[-1 - i] * inner[i]
    return total


# random ones

NUMBERS = """
u[{i}]|0.3 * t|p[{i} % 5] * s|np.sin(u[{i}] + t)|X[{k}] * q[{j} % 4, {i}]|A[{j} % 4, {i}] * 0.5|math.cos(t)|w[{i} - 1]
(t + u[{j}]) / (1.5 + u[{i}] ** 2)|np.sum(u[{i} % 3:{i} % 3 + 3]) * 0.2|f(t, u[{i}])|A[{j} % 4, {i} - 1] * w[-1]
max(u[{i}], w[{i}])|abs(t)|float(u[{i}])|np.dot(u, w) * 0.05|w[i0]|0.1 * k0|A[:, {i}].sum() * 0.1|t * X[{k}]
np.mean(A[1:3, {i}:]) * 0.1|(A @ u)[{j} % 4] * 0.1|np.dot(A[{j} % 4], u) * 0.05
"""
STATEMENTS = """
u[{i}] = {e}|u[{i}] += 0.1 * {e}|t = {e}|t = 0.5 * t + {e}|t += 0.1 * {e}|r += 0.1 * {e}|w = u.copy()|u, w = w, u|u *= 0.8
w = np.tanh(u * {e})|A[{j} % 4] = u * 0.5|A[{j} % 4, {i}] = {e}|t = max(t, {e})|t, r = r * 0.5, t|w += u * 0.1
u[{i} % 4:{i} % 4 + 2] *= 0.9|t = np.sum(w[K[{k}]]) * 0.1|A[:, {i}] *= 0.6|A[1:, 1:] = A[:-1, :-1] * 0.9|w[1:] = w[:-1]
row = A[{j} % 4]; row[{i}] *= 0.5|i0 = (i0 + 1) % 6|k0 += 0.5|u = u * 0.5 + w * 0.3|v = {e}; t = v * v * 0.1|u = w
A = A * 0.8|w = np.array([u[1], t, t, u[0] * 0.5, w[3], s])|t = {e} if {c} else {e}|u = np.maximum(u, w * 0.5)
w = np.where(u > 0, u, w * 0.3)|z = A[1:3]; z[0, {i}] = {e}|u = w[::-1] * 0.9|w[::2] = u[1::2]|w = A.T @ (A @ u) * 0.05
"""
CONDITIONS = "{k} % 3 == 0|u[{i}] > 0|t < 0.2|{i} > {j}|X[{k}] > 0|abs(t) > 0.5|u[{i}] > w[{j}] and t < 1.0|not t > 0.3 or {i} == 2"
START = "u = np.sin(q[0]); w = q[1] * 0.5; A = q.copy(); t = s; r = 0.0; i0 = 0; k0 = 0.5\n"
END = "return np.sum(u ** 2) + np.sum(w) + np.sum(A * A) + t * 0.3 + r"


def helper(a, b):
    return np.tanh(a) * 0.7 + b * 0.2


def random_function(seed):
    """(function, arguments): nested loops with writes, swaps, views, branches; the same for the same seed."""
    made = loop_programs.Random(seed, NUMBERS, STATEMENTS, CONDITIONS)
    lines = [line for _ in range(made.random.randint(2, 3)) for line in made.loop(0, "")]
    body = "\n".join("    " + line for line in (START + "\n".join(lines) + "\n" + END).split("\n"))
    draw = np.random.default_rng(seed)
    arguments = draw.normal(size=5), draw.normal(size=(4, 6)), float(draw.normal())
    names = {"np": np, "math": math, "f": helper, "X": draw.normal(size=40), "K": draw.integers(0, 6, size=(40, 3))}
    return from_text(f"def F(p, q, s):\n{body}\n", f"<random function {seed}>", names), arguments


def from_text(text, filename, names):
    """The function F of a text, whose source can be found as that of a notebook's cell is."""
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    exec(compile(text, filename, "exec"), names)
    return names["F"]
