"""Loops side by side: the plain function, Numba on the plain function, an adjoint written by hand, dpkernel.

In:  nothing; run it as a script, with one thread: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1.
Out: a table: median milliseconds of one call, and the ratio of value and gradient to the adjoint by hand.
Start at `PROBLEMS`. All compiled columns of a row are interleaved in one process; gradients are compared first.
"""

import datetime
import math
import platform
import statistics
import sys
import time

import numba
import numpy as np

import dpkernel

ROUNDS = 9


def heat(u0, k, steps):
    u = u0.copy()
    w = u0.copy()
    n = len(u)
    for t in range(steps):
        for i in range(1, n - 1):
            w[i] = u[i] + 0.1 * k * (u[i - 1] - 2 * u[i] + u[i + 1]) * (1 + u[i] ** 2)
        u, w = w, u
    return np.sum(u ** 2)


@numba.njit
def heat_by_hand(u0, k, steps):
    n = len(u0)
    saved = np.empty((steps + 1, n))
    for i in range(n):
        saved[0, i] = u0[i]
    c = 0.1 * k
    for t in range(steps):
        u, w = saved[t], saved[t + 1]
        w[0], w[n - 1] = u0[0], u0[n - 1]
        for i in range(1, n - 1):
            w[i] = u[i] + c * (u[i - 1] - 2 * u[i] + u[i + 1]) * (1 + u[i] * u[i])
    value = 0.0
    bar, new, g = np.empty(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        value += saved[steps, i] ** 2
        bar[i] = 2 * saved[steps, i]
    for t in range(steps - 1, -1, -1):
        u = saved[t]
        for i in range(1, n - 1):
            g[i] = bar[i] * c * (1 + u[i] * u[i])
        for i in range(1, n - 1):
            own = bar[i] * (1 + c * (u[i - 1] - 2 * u[i] + u[i + 1]) * 2 * u[i])
            new[i] = own - 2 * g[i] + g[i - 1] + g[i + 1]
        new[0], new[n - 1] = bar[0] + g[1], bar[n - 1] + g[n - 2]
        bar, new = new, bar
    return value, bar


def lotka_volterra(p, steps):
    x, y = 30.0, 4.0
    h = 0.002
    for t in range(steps):
        a = p[0] * x - p[1] * x * y
        b = p[3] * x * y - p[2] * y
        u = x + h / 2 * a
        v = y + h / 2 * b
        x = x + h * (p[0] * u - p[1] * u * v)
        y = y + h * (p[3] * u * v - p[2] * v)
    return x ** 2 + y


@numba.njit
def lotka_volterra_by_hand(p, steps):
    h = 0.002
    xs, ys = np.empty(steps), np.empty(steps)
    x, y = 30.0, 4.0
    for t in range(steps):
        xs[t], ys[t] = x, y
        u = x + h / 2 * (p[0] * x - p[1] * x * y)
        v = y + h / 2 * (p[3] * x * y - p[2] * y)
        x = x + h * (p[0] * u - p[1] * u * v)
        y = y + h * (p[3] * u * v - p[2] * v)
    value = x ** 2 + y
    xb, yb = 2 * x, 1.0
    g0 = g1 = g2 = g3 = 0.0
    for t in range(steps - 1, -1, -1):
        x, y = xs[t], ys[t]
        u = x + h / 2 * (p[0] * x - p[1] * x * y)
        v = y + h / 2 * (p[3] * x * y - p[2] * y)
        xh, yh = h * xb, h * yb
        g0 += xh * u
        g1 -= xh * u * v
        g3 += yh * u * v
        g2 -= yh * v
        ub = xh * (p[0] - p[1] * v) + yh * p[3] * v
        vb = yh * (p[3] * u - p[2]) - xh * p[1] * u
        ah, bh = h / 2 * ub, h / 2 * vb
        g0 += ah * x
        g1 -= ah * x * y
        g3 += bh * x * y
        g2 -= bh * y
        xb += ub + ah * (p[0] - p[1] * y) + bh * p[3] * y
        yb += vb + bh * (p[3] * x - p[2]) - ah * p[1] * x
    return value, np.array([g0, g1, g2, g3])


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


@numba.njit
def cholesky_by_hand(A):
    L = A.copy()
    n = A.shape[0]
    for k in range(n):
        L[k, k] = math.sqrt(L[k, k])
        for i in range(k + 1, n):
            L[i, k] /= L[k, k]
        for j in range(k + 1, n):
            for i in range(j, n):
                L[i, j] -= L[i, k] * L[j, k]
    value, B = 0.0, np.zeros((n, n))
    for k in range(n):
        value += math.log(L[k, k])
        B[k, k] = 1 / L[k, k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            s = 0.0
            for i in range(j, n):
                b = B[i, j]
                s += b * L[i, k]
                B[i, k] -= b * L[j, k]
            B[j, k] -= s
        for i in range(k + 1, n):
            B[i, k] /= L[k, k]
            B[k, k] -= B[i, k] * L[i, k]
        B[k, k] *= 0.5 / L[k, k]
    return value, B


def soft_warping(D, gamma):
    n, m = D.shape
    R = np.full((n + 1, m + 1), 1e10)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a = -R[i - 1, j - 1] / gamma
            b = -R[i - 1, j] / gamma
            c = -R[i, j - 1] / gamma
            top = max(max(a, b), c)
            R[i, j] = D[i - 1, j - 1] - gamma * (math.log(math.exp(a - top) + math.exp(b - top) + math.exp(c - top)) + top)
    return R[n, m]


@numba.njit
def soft_warping_by_hand(D, gamma):
    """The recursion of Cuturi & Blondel (ICML 2017), algorithm 2."""
    n, m = D.shape
    R = np.full((n + 2, m + 2), 1e10)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a, b, c = -R[i - 1, j - 1] / gamma, -R[i - 1, j] / gamma, -R[i, j - 1] / gamma
            top = max(max(a, b), c)
            R[i, j] = D[i - 1, j - 1] - gamma * (math.log(math.exp(a - top) + math.exp(b - top) + math.exp(c - top)) + top)
    value, E, d = R[n, m], np.zeros((n + 2, m + 2)), np.zeros((n + 2, m + 2))
    d[1:n + 1, 1:m + 1] = D
    R[:, m + 1] = R[n + 1] = -1e10
    R[n + 1, m + 1] = R[n, m]
    E[n + 1, m + 1] = 1.0
    for j in range(m, 0, -1):
        for i in range(n, 0, -1):
            a = math.exp((R[i + 1, j] - R[i, j] - d[i + 1, j]) / gamma)
            b = math.exp((R[i, j + 1] - R[i, j] - d[i, j + 1]) / gamma)
            c = math.exp((R[i + 1, j + 1] - R[i, j] - d[i + 1, j + 1]) / gamma)
            E[i, j] = E[i + 1, j] * a + E[i, j + 1] * b + E[i + 1, j + 1] * c
    return value, E[1:n + 1, 1:m + 1].copy()


def positive(n):
    B = np.random.default_rng(0).normal(size=(n, n))
    return B @ B.T + n * np.eye(n)


PROBLEMS = [
    ("heat, 1000 cells × 1000 steps, in place", heat, heat_by_hand, (np.random.default_rng(0).normal(size=1000), 0.3, 1000)),
    ("Lotka–Volterra, 10,000 steps of the midpoint rule", lotka_volterra, lotka_volterra_by_hand,
     (np.array([0.55, 0.028, 0.84, 0.026]), 10_000)),
    ("Cholesky in place, 150 × 150", cholesky, cholesky_by_hand, (positive(150),)),
    ("soft dynamic time warping, 300 × 300", soft_warping, soft_warping_by_hand, (np.random.default_rng(0).random((300, 300)), 0.1)),
]


def once(function, args):
    start = time.perf_counter()
    found = function(*args)
    return (time.perf_counter() - start) * 1e3, found


def settled(gradient, args):
    """Milliseconds of the first call; the compiler is done when this returns."""
    first, _ = once(gradient, args)
    while once(gradient, args)[0] > 0.2 * first:
        time.sleep(0.5)
    return first


def main():
    print(f"{datetime.date.today()}, {platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, "
          f"Numba {numba.__version__}\n")
    print("| problem | plain Python | Numba, value only | adjoint by hand | dpkernel | its first call |\n|---|---|---|---|---|---|")
    dpkernel.value_and_grad(lambda x: x * x)(1.0)
    for name, function, by_hand, args in PROBLEMS:
        gradient, primal = dpkernel.value_and_grad(function), numba.njit(function)
        first = settled(gradient, args)
        np.testing.assert_allclose(gradient(*args)[1], by_hand(*args)[1], rtol=1e-7, atol=1e-9)
        primal(*args)
        rows = [[], [], []]
        for _ in range(ROUNDS):
            for row, f in zip(rows, (primal, by_hand, gradient)):
                row.append(once(f, args)[0])
        value, hand, ours = map(statistics.median, rows)
        print(f"| {name} | {once(function, args)[0]:.0f} ms | {value:.2f} ms | {hand:.2f} ms | {ours:.2f} ms ({ours / hand:.1f}) "
              f"| {first / 1e3:.1f} s |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
