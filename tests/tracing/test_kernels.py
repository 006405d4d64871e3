"""Kernels, layers, filters and solvers as other projects write them, and arrays that are written through many names.

Each agrees with differences and leaves what the plain cell leaves, in a cell and inside a function; none is refused.
"""

import pytest

from support.cells import check

ABOVE = "import numpy as np, math, random, itertools, functools, collections\nrng = np.random.default_rng(3)\n"
PROGRAMS = {}


def program(name, above, text, *wrt, **options):
    PROGRAMS[name] = above, text.strip("\n"), list(wrt), options


program("nbody", "mass = rng.random((4, 1)) + 0.5; pos = rng.normal(size=(4, 3)); vel = rng.normal(size=(4, 3))", """
def getAcc(pos, mass, G, softening):
    x = pos[:, 0:1]; y = pos[:, 1:2]; z = pos[:, 2:3]
    dx = x.T - x; dy = y.T - y; dz = z.T - z
    inv_r3 = (dx ** 2 + dy ** 2 + dz ** 2 + softening ** 2)
    I = inv_r3 > 0
    inv_r3[I] = inv_r3[I] ** (-1.5)
    ax = G * (dx * inv_r3) @ mass; ay = G * (dy * inv_r3) @ mass; az = G * (dz * inv_r3) @ mass
    return np.hstack((ax, ay, az))
def getEnergy(pos, vel, mass, G):
    KE = 0.5 * np.sum(mass * vel ** 2)
    x = pos[:, 0:1]; y = pos[:, 1:2]; z = pos[:, 2:3]
    dx = x.T - x; dy = y.T - y; dz = z.T - z
    inv_r = np.sqrt(dx ** 2 + dy ** 2 + dz ** 2)
    I = inv_r > 0
    inv_r[I] = 1.0 / inv_r[I]
    PE = G * np.sum(np.sum(np.triu(-(mass * mass.T) * inv_r, 1)))
    return KE, PE
vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
acc = getAcc(pos, mass, 1.0, 0.1)
KE = np.empty(4); PE = np.empty(4)
KE[0], PE[0] = getEnergy(pos, vel, mass, 1.0)
for i in range(3):
    vel += acc * 0.005
    pos += vel * 0.01
    acc[:] = getAcc(pos, mass, 1.0, 0.1)
    vel += acc * 0.005
    KE[i + 1], PE[i + 1] = getEnergy(pos, vel, mass, 1.0)
loss = KE[-1] + 2 * PE[-1] + KE.mean()""", "mass", "pos", "vel", rtol=0.0001)
program("adi", "u0 = rng.random((6, 6)); N = 6; TSTEPS = 2", """
def kernel(TSTEPS, N, u):
    v = np.empty(u.shape, dtype=u.dtype)
    p = np.empty(u.shape, dtype=u.dtype)
    q = np.empty(u.shape, dtype=u.dtype)
    DX = 1.0 / N; DY = 1.0 / N; DT = 1.0 / TSTEPS
    B1 = 2.0; B2 = 1.0
    mul1 = B1 * DT / (DX * DX)
    mul2 = B2 * DT / (DY * DY)
    a = -mul1 / 2.0; b = 1.0 + mul2; c = a
    d = -mul2 / 2.0; e = 1.0 + mul2; f = d
    for t in range(1, TSTEPS + 1):
        v[0, 1:N - 1] = 1.0
        p[1:N - 1, 0] = 0.0
        q[1:N - 1, 0] = v[0, 1:N - 1]
        for j in range(1, N - 1):
            p[1:N - 1, j] = -c / (a * p[1:N - 1, j - 1] + b)
            q[1:N - 1, j] = (-d * u[j, 0:N - 2] + (1.0 + 2.0 * d) * u[j, 1:N - 1] - f * u[j, 2:N] - a * q[1:N - 1, j - 1]) / (a * p[1:N - 1, j - 1] + b)
        v[N - 1, 1:N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            v[j, 1:N - 1] = p[1:N - 1, j] * v[j + 1, 1:N - 1] + q[1:N - 1, j]
        u[1:N - 1, 0] = 1.0
        p[1:N - 1, 0] = 0.0
        q[1:N - 1, 0] = u[1:N - 1, 0]
        for j in range(1, N - 1):
            p[1:N - 1, j] = -f / (d * p[1:N - 1, j - 1] + e)
            q[1:N - 1, j] = (-a * v[0:N - 2, j] + (1.0 + 2.0 * a) * v[1:N - 1, j] - c * v[2:N, j] - d * q[1:N - 1, j - 1]) / (d * p[1:N - 1, j - 1] + e)
        u[1:N - 1, N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            u[1:N - 1, j] = p[1:N - 1, j] * u[1:N - 1, j + 1] + q[1:N - 1, j]
kernel(TSTEPS, N, u0)
loss = np.sum(u0 ** 2)""", "u0")
program("deriche", "alpha = 0.25; imgIn = rng.random((5, 6))", """
def kernel(alpha, imgIn):
    k = (1.0 - np.exp(-alpha)) * (1.0 - np.exp(-alpha)) / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = a5 = k
    a2 = a6 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = a7 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = a8 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    c1 = c2 = 1
    y1 = np.empty_like(imgIn)
    y1[:, 0] = a1 * imgIn[:, 0]
    y1[:, 1] = a1 * imgIn[:, 1] + a2 * imgIn[:, 0] + b1 * y1[:, 0]
    for j in range(2, imgIn.shape[1]):
        y1[:, j] = a1 * imgIn[:, j] + a2 * imgIn[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2 = np.empty_like(imgIn)
    y2[:, -1] = 0.0
    y2[:, -2] = a3 * imgIn[:, -1]
    for j in range(imgIn.shape[1] - 3, -1, -1):
        y2[:, j] = a3 * imgIn[:, j + 1] + a4 * imgIn[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    imgOut = c1 * (y1 + y2)
    y1[0, :] = a5 * imgOut[0, :]
    y1[1, :] = a5 * imgOut[1, :] + a6 * imgOut[0, :] + b1 * y1[0, :]
    for i in range(2, imgIn.shape[0]):
        y1[i, :] = a5 * imgOut[i, :] + a6 * imgOut[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]
    y2[-1, :] = 0.0
    y2[-2, :] = a7 * imgOut[-1, :]
    for i in range(imgIn.shape[0] - 3, -1, -1):
        y2[i, :] = a7 * imgOut[i + 1, :] + a8 * imgOut[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
    imgOut[:] = c2 * (y1 + y2)
    return imgOut
loss = np.sum(kernel(alpha, imgIn) ** 2)""", "alpha", "imgIn")
program("stockham fft", "x = rng.normal(size=8) + 1j * rng.normal(size=8)", """
def stockham_fft(N, R, K, x, y):
    i_coord, j_coord = np.mgrid[0:R, 0:R]
    dft_mat = np.empty((R, R), dtype=np.complex128)
    dft_mat = np.exp(-2.0j * np.pi * i_coord * j_coord / R)
    y[:] = x[:]
    ii_coord, jj_coord = np.mgrid[0:R, 0:R ** K]
    for i in range(K):
        yv = np.reshape(y, (R ** i, R, R ** (K - i - 1)))
        tmp_perm = np.transpose(yv, axes=(1, 0, 2))
        D = np.empty((R, R ** i, R ** (K - i - 1)), dtype=np.complex128)
        tmp = np.exp(-2.0j * np.pi * ii_coord[:, :R ** i] * jj_coord[:, :R ** i] / R ** (i + 1))
        D[:] = np.repeat(np.reshape(tmp, (R, R ** i, 1)), R ** (K - i - 1), axis=2)
        tmp_twid = np.reshape(tmp_perm, (N,)) * np.reshape(D, (N,))
        y[:] = np.reshape(dft_mat @ np.reshape(tmp_twid, (R, R ** (K - 1))), (N,))
y = np.empty(8, complex)
stockham_fft(8, 2, 3, x, y)
loss = np.sum(np.abs(y - np.fft.fft(x) * 0.5) ** 2) + y[1].real""", "x", rtol=0.0001)
program("hdiff and vadv", "inf = rng.random((6, 6, 2)); coeff = rng.random((2, 2, 2)); wcon = rng.random((3, 2, 4)); up = rng.random((2, 2, 4)); us = rng.random((2, 2, 4))", """
I, J, K = 2, 2, 2
lap = 4.0 * inf[1:I + 3, 1:J + 3, :] - (inf[2:I + 4, 1:J + 3, :] + inf[0:I + 2, 1:J + 3, :] + inf[1:I + 3, 2:J + 4, :] + inf[1:I + 3, 0:J + 2, :])
res1 = lap[1:, 1:J + 1, :] - lap[:I + 1, 1:J + 1, :]
flx = np.where((res1 * (inf[2:I + 3, 2:J + 2, :] - inf[1:I + 2, 2:J + 2, :])) > 0, 0, res1)
res2 = lap[1:I + 1, 1:, :] - lap[1:I + 1, :J + 1, :]
fly = np.where((res2 * (inf[2:I + 2, 2:J + 3, :] - inf[2:I + 2, 1:J + 2, :])) > 0, 0, res2)
out = inf[2:I + 2, 2:J + 2, :] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
ccol = np.ndarray((2, 2, 4)); dcol = np.ndarray((2, 2, 4)); data_col = np.ndarray((2, 2)); tend = np.zeros((2, 2, 4))
for k in range(4):
    if k == 0:
        gcv = 0.25 * (wcon[1:, :, 1] + wcon[:-1, :, 1])
        cs = gcv * 0.2
        ccol[:, :, k] = gcv * 0.3
        bcol = 3.0 - ccol[:, :, k]
        dcol[:, :, 0] = 3.0 * up[:, :, 0] + us[:, :, 0] - cs * (up[:, :, 1] - up[:, :, 0])
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided
    else:
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        acol = gav * 0.3
        ccol[:, :, k] = 0.1 * gav
        bcol = 3.0 - acol - ccol[:, :, k]
        dcol[:, :, k] = 3.0 * up[:, :, k] + us[:, :, k]
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided
for k in range(3, -1, -1):
    datacol = dcol[:, :, k] if k == 3 else dcol[:, :, k] - ccol[:, :, k] * data_col[:, :]
    data_col[:] = datacol
    tend[:, :, k] = 3.0 * (datacol - up[:, :, k])
loss = np.sum(out ** 2) + np.sum(tend ** 2)""", "inf", "coeff", "wcon", "up", "us", rtol=0.0001)
program("multigrid V-cycle", "f = rng.normal(size=9)", """
def relax(u, f, h, n):
    for _ in range(n):
        u[1:-1:2] = 0.5 * (u[0:-2:2] + u[2::2] + h * h * f[1:-1:2])
        u[2:-2:2] = 0.5 * (u[1:-3:2] + u[3:-1:2] + h * h * f[2:-2:2])
def vcycle(u, f, h):
    if len(u) == 3:
        u[1] = 0.5 * (u[0] + u[2] + h * h * f[1])
        return u
    relax(u, f, h, 2)
    r = np.zeros_like(u)
    r[1:-1] = f[1:-1] + (u[:-2] - 2 * u[1:-1] + u[2:]) / h ** 2
    rc = r[::2].copy()
    rc[1:-1] = 0.25 * r[1:-3:2] + 0.5 * r[2:-2:2] + 0.25 * r[3:-1:2]
    ec = vcycle(np.zeros(len(rc)), rc, 2 * h)
    e = np.zeros_like(u)
    e[::2] = ec
    e[1::2] = 0.5 * (ec[:-1] + ec[1:])
    u += e
    relax(u, f, h, 1)
    return u
u = vcycle(np.zeros(9), f, 1 / 8)
loss = np.sum(u ** 2) * 100""", "f")
program("pid with saturation and a delay line", "Kp = 1.2; Ki = 0.5; Kd = 0.1", """
delay = collections.deque([0.0] * 3, maxlen=3)
y = integ = prev = 0.0
hist = np.zeros((20, 2))
for k in range(20):
    err = 1.0 - y
    integ += err * 0.1
    u = Kp * err + Ki * integ + Kd * (err - prev) / 0.1
    sat = min(max(u, -1.0), 1.5)
    if sat != u: integ -= err * 0.1
    prev = err
    delayed = delay[0]
    delay.append(sat)
    y += 0.1 * (-y + delayed)
    hist[k] = y, sat
loss = np.sum((1 - hist[:, 0]) ** 2) + 0.01 * np.sum(np.diff(hist[:, 1]) ** 2)""", "Kp", "Ki", "Kd", rtol=0.0001)
program("kalman filter, matrix form with RTS smoother", "q = 0.1; r = 0.5; z = rng.normal(size=6).cumsum()", """
F = np.array([[1.0, 1.0], [0.0, 1.0]]); H = np.array([[1.0, 0.0]])
Q = q * np.array([[0.25, 0.5], [0.5, 1.0]]); R = np.array([[r]])
x = np.zeros((2, 1)); P = np.eye(2) * 10
xs, Ps, xp, Pp = [], [], [], []
ll = 0.0
for zk in z:
    x = F @ x; P = F @ P @ F.T + Q
    xp.append(x); Pp.append(P)
    y = zk - H @ x
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ y
    P = (np.eye(2) - K @ H) @ P
    ll += -0.5 * (y.T @ np.linalg.inv(S) @ y + np.log(np.linalg.det(S))).item()
    xs.append(x); Ps.append(P)
for k in range(len(z) - 2, -1, -1):
    C = Ps[k] @ F.T @ np.linalg.inv(Pp[k + 1])
    xs[k] = xs[k] + C @ (xs[k + 1] - xp[k + 1])
    Ps[k] = Ps[k] + C @ (Ps[k + 1] - Pp[k + 1]) @ C.T
loss = -ll + np.squeeze(xs)[:, 0] @ np.ones(6)""", "q", "r", "z", rtol=0.0001)
program("sandpile of views", "x = rng.normal(size=(4, 6))", """
a = x.copy()
top, bottom = a[:2], a[2:]
left = a[:, ::2]
top += bottom[::-1]
left *= 0.5
bottom.T[1] -= top.T[2]
a.reshape(2, 12)[1, 3:7] = left.ravel()[:4]
loss = np.sum(a ** 2 * np.arange(24).reshape(4, 6)) + left[1, 1] * bottom[0, 0]""", "x")
program("overlapping forward and backward shift", "x = rng.normal(size=9)", """
a = x.copy()
a[2:] = a[:-2]
b = x.copy()
b[:-3] += b[3:]
c = x.copy()
np.add(c[:-1], c[1:], out=c[1:])
np.multiply(c[::2], c[::-2], out=c[::2])
loss = (a * np.arange(9)) @ b + np.sum(c ** 3)""", "x")
program("ufunc where without out leaves old memory", "x = rng.normal(size=7)", """
buf = np.full(7, 2.0)
ok = x > 0
np.sqrt(x, out=buf, where=ok)
np.divide(1.0, x, out=buf, where=~ok)
s = np.add.reduce(x, where=ok, initial=1.0)
loss = np.sum(buf ** 2) + s ** 2 + np.mean(x, where=~ok)""", "x")
program("repeated fancy augmented", "x = rng.normal(size=5); v = rng.normal(size=6)", """
i = np.array([0, 2, 2, 4, 0, 0])
a = x.copy()
a[i] += v
b = x.copy()
np.add.at(b, i, v)
c = x.copy()
c[i] = v
d = x.copy()
np.subtract.at(d, (i,), v * b[i])
loss = np.sum(a ** 2) + 2 * np.sum(b ** 2) + 3 * np.sum(c ** 2) + np.sum(d ** 2)""", "x", "v")
program("put, place, putmask, copyto", "x = rng.normal(size=(3, 4)); v = rng.normal(size=5)", """
a = x.copy()
np.put(a, [0, 5, -1, 0], v[:4])
np.place(a, a > 1, v[:2])
np.putmask(a, a < -1, v)
np.copyto(a, x * 2, where=np.eye(3, 4, dtype=bool))
np.copyto(a[1], v[0])
loss = np.sum(a * np.arange(12.0).reshape(3, 4)) + np.sum(a ** 2)""", "x", "v")
program("nan holes are filled by neighbours", "x = np.array([1.0, np.nan, 2.5, np.nan, np.nan, 4.0]); s = 1.3", """
y = x * s
bad = np.isnan(y)
y[bad] = np.interp(np.flatnonzero(bad), np.flatnonzero(~bad), y[~bad])
m = np.nanmean(x * s)
loss = np.sum(y ** 2) + m + np.nansum((x - s) ** 2) + np.nanmax(x) * s""", "s")
program("xlogy by hand", "p = np.array([0.2, 0.0, 0.5, 0.3]); q = np.array([0.1, 0.4, 0.3, 0.2])", """
kl = 0.0
mask = p != 0
kl = np.sum(p[mask] * np.log(p[mask] / q[mask]))
with np.errstate(divide='ignore', invalid='ignore'):
    t = p * np.log(p / q)
t[~mask] = 0
loss = kl + 2 * t.sum()""", "q")
program("the same array under many names", "x = rng.normal(size=4)", """
a = b = x * 1
c = np.asarray(a)
d = a.view()
e = a.reshape(-1)
f = np.ravel(a)
g = np.atleast_2d(a)
h = np.array(a, copy=None)
i = a.astype(float, copy=False)
b[0] = 2 * b[1]; c[1] *= 3; d[2] += d[0]; e[3] = e[2] ** 2; f[0] += 1; g[0, 1] -= f[0]; h[2] *= i[1]; i[3] += 0.1
loss = np.sum(a * np.arange(1, 5)) + (a is b) + np.shares_memory(a, h)""", "x")
program("out= chained through one scratch", "x = rng.normal(size=6)", """
s = np.empty(6)
y = np.exp(np.negative(np.square(x, out=s), out=s), out=s)
z = np.add(y, 1.0)
np.log(s, out=s)
np.cumsum(s, out=s)
t = np.clip(s, -2.0, None, out=s)
loss = z.sum() + t @ x + y.sum()""", "x")
program("in-place on slices of a list comprehension of views", "x = rng.normal(size=(4, 4))", """
a = x.copy()
blocks = [[a[i:i + 2, j:j + 2] for j in (0, 2)] for i in (0, 2)]
blocks[0][0] @= np.array([[1.0, 2.0], [0.0, 1.0]])
blocks[1][1] -= blocks[0][0] @ blocks[0][1]
blocks[0][1][:] = blocks[1][0].T
for row in blocks:
    for b in row: b /= np.linalg.norm(b)
loss = np.sum(a * np.arange(16).reshape(4, 4))""", "x")
program("nditer and ndenumerate updates", "x = rng.normal(size=(2, 3))", """
a = x.copy()
for (i, j), v in np.ndenumerate(x):
    a[i, j] = v ** 2 + (i - j) * v
for i in np.ndindex(2, 3):
    a[i] *= 1 + sum(i)
it = np.nditer(x, flags=['multi_index'])
s = 0.0
while not it.finished:
    s += it[0] * (it.multi_index[0] + 1)
    it.iternext()
loss = np.sum(a) + s ** 2""", "x")
program("matrix power, multi_dot, block", "A = rng.normal(size=(3, 3)) * 0.5; B = rng.normal(size=(3, 2))", """
M = np.block([[A, B], [B.T, np.eye(2)]])
C = np.hstack([np.linalg.matrix_power(A, k) @ B for k in range(3)])
W = sum(np.linalg.matrix_power(A, k) @ B @ B.T @ np.linalg.matrix_power(A.T, k) for k in range(4))
loss = np.linalg.det(M) + np.linalg.multi_dot([C.T, A, C]).trace() + np.trace(W)""", "A", "B")
program("sqrt of zero distances in a loop", "P = rng.normal(size=(4, 2))", """
total = 0.0
for i in range(4):
    d = np.sqrt(np.sum((P - P[i]) ** 2, axis=1))
    d[i] = 1.0
    total += np.sum(1 / d)
loss = total""", "P")
program("soft dtw with logsumexp of infinities", "a = rng.normal(size=4); b = rng.normal(size=4)", """
g = 0.5
R = np.full((5, 5), np.inf); R[0, 0] = 0
for i in range(1, 5):
    for j in range(1, 5):
        r = np.array([R[i - 1, j - 1], R[i - 1, j], R[i, j - 1]]) / -g
        m = r.max()
        R[i, j] = (a[i - 1] - b[j - 1]) ** 2 - g * (np.log(np.sum(np.exp(r - m))) + m)
loss = R[-1, -1]""", "a", "b", rtol=0.0001)
program("generators over rows with writes between", "x = rng.normal(size=(4, 2))", """
a = x.copy()
def rows():
    for r in a:
        yield r
        r *= 0.5
s = 0.0
for r in rows():
    s += r @ r
    r[0] += 1.0
it = iter(a)
first = next(it)
first[:] = 0
loss = s + np.sum(a ** 2) + sum(r[1] for r in it)""", "x")
program("em for a mixture, in place", "x = np.r_[rng.normal(size=6) - 2, rng.normal(size=6) + 2]; mu0 = np.array([-1.0, 1.5])", """
mu = mu0.copy(); var = np.ones(2); pi = np.full(2, 0.5)
resp = np.empty((12, 2))
for it in range(4):
    for k in range(2):
        resp[:, k] = pi[k] * np.exp(-0.5 * (x - mu[k]) ** 2 / var[k]) / np.sqrt(2 * np.pi * var[k])
    resp /= resp.sum(axis=1, keepdims=True)
    Nk = resp.sum(axis=0)
    mu[:] = resp.T @ x / Nk
    for k in range(2): var[k] = np.average((x - mu[k]) ** 2, weights=resp[:, k])
    pi[:] = Nk / 12
loss = mu @ var + pi[0]""", "x", "mu0", rtol=0.0001)
program("conv layer by im2col indices", "x = rng.normal(size=(2, 2, 5, 5)); w = rng.normal(size=(3, 2, 3, 3)); b = rng.normal(size=3)", """
def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    N, C, H, W = x_shape
    out_height = (H + 2 * padding - field_height) // stride + 1
    out_width = (W + 2 * padding - field_width) // stride + 1
    i0 = np.repeat(np.arange(field_height), field_width)
    i0 = np.tile(i0, C)
    i1 = stride * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field_width), field_height * C)
    j1 = stride * np.tile(np.arange(out_width), out_height)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), field_height * field_width).reshape(-1, 1)
    return (k, i, j)
x_padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode='constant')
k, i, j = get_im2col_indices(x.shape, 3, 3, 1, 2)
cols = x_padded[:, k, i, j]
cols = cols.transpose(1, 2, 0).reshape(18, -1)
res = w.reshape((3, -1)).dot(cols) + b.reshape(-1, 1)
out = res.reshape(3, 3, 3, 2).transpose(3, 0, 1, 2)
back = np.zeros_like(x_padded)
np.add.at(back, (slice(None), k, i, j), cols.reshape(18, 9, 2).transpose(2, 0, 1))
loss = np.sum(np.maximum(out, 0) ** 2) + np.sum(back[:, :, 1:-1, 1:-1] ** 2)""", "w", "b", "x", rtol=0.0001)
program("graph attention with segment softmax", "h = rng.normal(size=(4, 3)); a = rng.normal(size=6)", """
src = np.array([0, 1, 2, 3, 0, 2]); dst = np.array([1, 2, 0, 0, 3, 3])
e = np.concatenate([h[src], h[dst]], axis=1) @ a
e = np.where(e > 0, e, 0.2 * e)
mx = np.full(4, -np.inf)
np.maximum.at(mx, dst, e)
ex = np.exp(e - mx[dst])
den = np.zeros(4)
np.add.at(den, dst, ex)
alpha = ex / den[dst]
out = np.zeros_like(h)
np.add.at(out, dst, alpha[:, None] * h[src])
loss = np.sum(np.tanh(out))""", "h", "a", rtol=0.0001)
program("light curve: transit with limb darkening", "rp = 0.3; u1 = 0.4; u2 = 0.2; b = 0.1", """
t = np.linspace(-1.5, 1.5, 13)
z = np.sqrt(b ** 2 + t ** 2)
flux = np.ones_like(z)
inside = z < 1
mu = np.zeros_like(z)
mu[inside] = np.sqrt(1 - z[inside] ** 2)
I = 1 - u1 * (1 - mu) - u2 * (1 - mu) ** 2
flux[inside] -= rp ** 2 * I[inside]
edge = (z >= 1) & (z < 1 + rp)
flux[edge] -= rp ** 2 * (1 + rp - z[edge]) / rp * 0.5
loss = np.sum((flux - 0.95) ** 2)""", "rp", "u1", "u2", "b")
program("ray sphere tracing with masks", "c = np.array([0.1, 0.0, 3.0]); rad = 1.0; light = np.array([0.5, 0.7, -1.0])", """
H = W = 4
ys, xs = np.mgrid[-1:1:4j, -1:1:4j]
d = np.dstack([xs, ys, np.full_like(xs, 1.5)])
d /= np.linalg.norm(d, axis=2, keepdims=True)
b = d @ c
disc = b ** 2 - (c @ c - rad ** 2)
hit = disc > 0
t = np.full((H, W), np.inf)
t[hit] = b[hit] - np.sqrt(disc[hit])
p = d[hit] * t[hit][:, None]
n = (p - c) / rad
img = np.zeros((H, W, 3))
shade = np.clip(n @ (light / np.linalg.norm(light)), 0, None)
img[hit] = shade[:, None] * np.array([1.0, 0.5, 0.2])
img **= 1.2
loss = img.sum() + t[hit].min()""", "c", "rad", "light", rtol=0.0001)
program("lexsort, unique inverse, group sums", "v = rng.normal(size=9)", """
keys = np.array([2, 0, 1, 2, 1, 0, 2, 2, 1])
u, inv, cnt = np.unique(keys, return_inverse=True, return_counts=True)
s = np.zeros(len(u))
np.add.at(s, inv, v)
mean = s / cnt
centred = v - mean[inv]
o = np.lexsort((v, keys))
bounds = np.flatnonzero(np.diff(keys[o])) + 1
mx = np.maximum.reduceat(v[o], np.r_[0, bounds])
loss = np.sum(centred ** 2) + mx @ mean""", "v")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", ["cell", "function"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_kernel(name, place):
    above, text, wrt, options = PROGRAMS[name]
    if place == "function":
        text = "def program():\n    global loss\n" + "".join(f"    {line}\n" for line in text.split("\n")) + "program()"
        text = text.replace("global loss", f"global loss, {', '.join(wrt)}")
    check(ABOVE + above, text, wrt, **{"refusal": "never", "rtol": 1e-5, "atol": 1e-6, **options})
