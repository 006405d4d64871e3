"""Programs as people write them: solvers, simulations, dynamic programming, hand-written layers, estimators.

Each agrees with differences and leaves what the plain cell leaves; none is refused.
"""

import pytest

from support.cells import check

ABOVE = "import numpy as np, math, random, itertools, functools, collections, heapq, bisect, operator\nrng = np.random.default_rng(3)\n"
PROGRAMS = {}


def program(name, above, text, *wrt, **options):
    PROGRAMS[name] = above, text, list(wrt), options


program("Newton with a tolerance", "a = 2.7", """
x = a / 2
while True:
    new = 0.5 * (x + a / x)
    if abs(new - x) < 1e-13: break
    x = new
loss = x ** 3""", "a")
program("bisection", "a = 2.7", """
lo, hi = 0.0, 3.0
for _ in range(60):
    mid = (lo + hi) / 2
    if mid ** 3 < 5.0: lo = mid
    else: hi = mid
loss = a * mid""", "a", rtol=1e-4)
program("conjugate gradients", "B = rng.normal(size=(6, 6)); A = B @ B.T + np.eye(6); b = rng.normal(size=6)", """
x = np.zeros(6); r = b - A @ x; p = r.copy(); rs = r @ r; n = 0
while rs > 1e-20 and n < 4:
    Ap = A @ p
    alpha = rs / (p @ Ap)
    x += alpha * p
    r -= alpha * Ap
    new = r @ r
    p = r + (new / rs) * p
    rs = new
    n += 1
loss = x @ x""", "A", "b", rtol=1e-4, atol=1e-4)
program("Thomas algorithm", "n = 8\na, b, c, d = rng.normal(size=n), 4 + rng.random(n), rng.normal(size=n), rng.normal(size=n)", """
cp, dp = np.empty(n), np.empty(n)
cp[0], dp[0] = c[0] / b[0], d[0] / b[0]
for i in range(1, n):
    m = b[i] - a[i] * cp[i - 1]
    cp[i] = c[i] / m
    dp[i] = (d[i] - a[i] * dp[i - 1]) / m
x = np.empty(n)
x[-1] = dp[-1]
for i in range(n - 2, -1, -1):
    x[i] = dp[i] - cp[i] * x[i + 1]
loss = np.sum(x ** 2)""", "a", "b", "c", "d")
program("LU with pivoting", "A = rng.normal(size=(5, 5))", """
U, sign = A.copy(), 1.0
for k in range(5):
    p = k + np.argmax(np.abs(U[k:, k]))
    if p != k:
        U[[k, p]] = U[[p, k]]
        sign = -sign
    for i in range(k + 1, 5):
        f = U[i, k] / U[k, k]
        U[i, k:] -= f * U[k, k:]
det = sign
for k in range(5): det *= U[k, k]
loss = det""", "A")
program("Gram-Schmidt", "A = rng.normal(size=(5, 3))", """
Q = np.zeros_like(A); R = np.zeros((3, 3))
for j in range(3):
    v = A[:, j].copy()
    for i in range(j):
        R[i, j] = Q[:, i] @ A[:, j]
        v -= R[i, j] * Q[:, i]
    R[j, j] = np.linalg.norm(v)
    Q[:, j] = v / R[j, j]
loss = np.sum(np.abs(R)) + Q[0, 2]""", "A")
program("Jacobi eigenvalues", "B = rng.normal(size=(4, 4)); A0 = B + B.T", """
A = A0.copy()
for sweep in range(6):
    for p in range(3):
        for q in range(p + 1, 4):
            if abs(A[p, q]) < 1e-12: continue
            t = 0.5 * math.atan2(2 * A[p, q], A[q, q] - A[p, p])
            c, s = math.cos(t), math.sin(t)
            J = np.eye(4); J[p, p] = J[q, q] = c; J[p, q], J[q, p] = s, -s
            A = J.T @ A @ J
loss = sorted(np.diag(A))[-1]""", "A0", rtol=1e-4, atol=1e-5)
program("matrix exponential by a series", "A = rng.normal(size=(3, 3)) * 0.4", """
term, E, k = np.eye(3), np.eye(3), 1
while np.max(np.abs(term)) > 1e-16:
    term = term @ A / k
    E = E + term
    k += 1
loss = np.sum(E * np.arange(9.0).reshape(3, 3))""", "A")
program("Verlet with classes", "k = 1.3; m = 0.7", """
class Body:
    def __init__(self, x, v): self.x, self.v = np.array(x), np.array(v)
    def force(self, other): return k * (other.x - self.x)
bodies = [Body([0.0, 0.0], [0.1, 0.0]), Body([1.0, 0.5], [0.0, -0.2]), Body([0.3, 1.0], [0.0, 0.0])]
dt = 0.05
for step in range(12):
    forces = [sum(b.force(o) for o in bodies if o is not b) for b in bodies]
    for b, f in zip(bodies, forces):
        b.v += dt * f / m
        b.x += dt * b.v
loss = sum(0.5 * m * np.dot(b.v, b.v) for b in bodies)""", "k", "m")
program("adaptive Runge-Kutta", "mu = 1.1; y0 = np.array([1.5, 0.1])", """
def f(y): return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])
t, h, y = 0.0, 0.1, y0
while t < 1.0:
    h = min(h, 1.0 - t)
    k1 = f(y); k2 = f(y + h * k1); low = y + h * k1; high = y + h * (k1 + k2) / 2
    err = float(np.max(np.abs(high - low)))
    if err < 0.02:
        t += h; y = high
        if err < 0.005: h *= 1.5
    else:
        h *= 0.5
loss = y @ y""", "mu", "y0")
program("SIR with a dict", "beta = 0.4; gamma = 0.1", """
state = {'S': 0.99, 'I': 0.01, 'R': 0.0}
history = collections.defaultdict(list)
for day in range(30):
    new = beta * state['S'] * state['I']; out = gamma * state['I']
    state = {**state, 'S': state['S'] - new, 'I': state['I'] + new - out, 'R': state['R'] + out}
    for key, value in state.items(): history[key].append(value)
loss = max(history['I']) + history['R'][-1]""", "beta", "gamma")
program("Burgers upwind by slices", "u0 = np.sin(np.linspace(0, 2 * np.pi, 20)); nu = 0.05", """
u = u0.copy(); dx = 0.3; dt = 0.02
for n in range(15):
    un = u.copy()
    u[1:-1] = un[1:-1] - un[1:-1] * dt / dx * (un[1:-1] - un[:-2]) + nu * dt / dx ** 2 * (un[2:] - 2 * un[1:-1] + un[:-2])
    u[0] = u[-2]; u[-1] = u[1]
loss = np.sum(u ** 2 * np.arange(20))""", "u0", "nu")
program("wave equation, three levels", "c = 0.8; s = rng.normal(size=12)", """
old, now = s.copy(), s.copy()
for n in range(10):
    new = np.zeros_like(now)
    new[1:-1] = 2 * now[1:-1] - old[1:-1] + c ** 2 * (now[2:] - 2 * now[1:-1] + now[:-2])
    old, now = now, new
loss = np.sum(now ** 2)""", "c", "s")
program("Poisson by red-black relaxation", "f = rng.normal(size=(7, 7)); w = 1.3", """
u = np.zeros((7, 7))
for it in range(5):
    for colour in (0, 1):
        for i in range(1, 6):
            for j in range(1 + (i + colour) % 2, 6, 2):
                u[i, j] += w * (0.25 * (u[i-1, j] + u[i+1, j] + u[i, j-1] + u[i, j+1] - f[i, j]) - u[i, j])
loss = np.sum(u ** 2)""", "f", "w")
program("Viterbi in logarithms", "T = rng.normal(size=(3, 3)); E = rng.normal(size=(3, 4)); obs = [0, 2, 1, 3, 3, 0, 1]", """
V = [E[:, obs[0]]]
back = []
for o in obs[1:]:
    scores = V[-1][:, None] + T
    back.append(np.argmax(scores, axis=0))
    V.append(np.max(scores, axis=0) + E[:, o])
path = [int(np.argmax(V[-1]))]
for b in reversed(back): path.append(int(b[path[-1]]))
loss = np.max(V[-1])""", "T", "E")
program("forward algorithm", "A = rng.random((3, 3)); B = rng.random((3, 4)); obs = [0, 2, 1, 3, 3, 0, 1]", """
P = A / A.sum(1, keepdims=True); Q = B / B.sum(1, keepdims=True)
alpha = np.full(3, 1 / 3) * Q[:, obs[0]]; ll = 0.0
for o in obs[1:]:
    c = alpha.sum(); ll += np.log(c)
    alpha = (alpha / c) @ P * Q[:, o]
loss = -(ll + np.log(alpha.sum()))""", "A", "B")
program("edit distance with costs", "sub = 0.7; gap = 0.45; s, t = 'kitten', 'sitting'", """
D = [[0.0] * (len(t) + 1) for _ in range(len(s) + 1)]
for i in range(1, len(s) + 1): D[i][0] = i * gap
for j in range(1, len(t) + 1): D[0][j] = j * gap
for i, a in enumerate(s, 1):
    for j, b in enumerate(t, 1):
        D[i][j] = min(D[i-1][j] + gap, D[i][j-1] + gap, D[i-1][j-1] + (0 if a == b else sub))
loss = D[-1][-1] ** 2""", "sub", "gap")
program("knapsack, smooth", "v = rng.random(6); w = [2, 1, 3, 2, 1, 2]", """
best = np.zeros(8)
for k in range(6):
    for c in range(7, w[k] - 1, -1):
        best[c] = np.logaddexp(best[c] * 5, (best[c - w[k]] + v[k]) * 5) / 5
loss = best[7]""", "v")
program("optimal stopping by recursion", "p = rng.random(5)", """
@functools.wraps(math.exp)
def wait(k): return p[k] if k == 4 else max(p[k], 0.9 * wait(k + 1))
loss = wait(0) + sum(wait(k) for k in range(5))""", "p")
program("shortest path with a heap", "w = rng.random(7)", """
edges = {0: [(1, 0), (2, 1)], 1: [(3, 2), (2, 3)], 2: [(3, 4), (4, 5)], 3: [(4, 6)], 4: []}
dist, queue = {0: 0.0}, [(0.0, 0)]
while queue:
    d, n = heapq.heappop(queue)
    if d > dist.get(n, math.inf): continue
    for m, k in edges[n]:
        new = d + w[k]
        if new < dist.get(m, math.inf):
            dist[m] = new
            heapq.heappush(queue, (new, m))
loss = dist[4] + 0.5 * dist[3]""", "w")
program("multi-head attention", "d, h, n = 8, 2, 5\nX = rng.normal(size=(n, d)); Wq, Wk, Wv, Wo = (rng.normal(size=(d, d)) * 0.3 for _ in range(4))", """
def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
def heads(Z): return Z.reshape(n, h, d // h).transpose(1, 0, 2)
q, k, v = heads(X @ Wq), heads(X @ Wk), heads(X @ Wv)
mask = np.triu(np.full((n, n), -1e9), 1)
att = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(d // h) + mask)
out = (att @ v).transpose(1, 0, 2).reshape(n, d) @ Wo + X
mean, var = out.mean(-1, keepdims=True), out.var(-1, keepdims=True)
loss = np.sum(((out - mean) / np.sqrt(var + 1e-5)) ** 3)""", "X", "Wq", "Wk", "Wv", "Wo", rtol=1e-4, atol=1e-5)
program("layers as objects", "seed = 1; W1 = rng.normal(size=(4, 6)); W2 = rng.normal(size=(6, 2)); x = rng.normal(size=(5, 4))", """
class Layer:
    def __call__(self, z): return self.forward(z)
class Dense(Layer):
    def __init__(self, W): self.W, self.b = W, np.zeros(W.shape[1])
    def forward(self, z):
        self.last = z
        return z @ self.W + self.b
class Swish(Layer):
    def forward(self, z): return z / (1 + np.exp(-z))
class Dropout(Layer):
    def __init__(self, p): self.p, self.rng = p, np.random.default_rng(seed)
    def forward(self, z): return z * (self.rng.random(z.shape) > self.p) / (1 - self.p)
class Sequential(Layer):
    def __init__(self, *layers): self.layers = list(layers)
    def forward(self, z):
        for layer in self.layers: z = layer(z)
        return z
net = Sequential(Dense(W1), Swish(), Dropout(0.3), Dense(W2))
loss = np.mean(net(x) ** 2)""", "W1", "W2")
program("convolution and pooling", "img = rng.normal(size=(8, 8)); K = rng.normal(size=(2, 3, 3))", """
out = np.zeros((2, 6, 6))
for f in range(2):
    for i in range(6):
        for j in range(6):
            out[f, i, j] = np.sum(img[i:i+3, j:j+3] * K[f])
act = np.where(out > 0, out, 0.1 * out)
pooled = act.reshape(2, 3, 2, 3, 2).max(axis=(2, 4))
loss = np.sum(pooled ** 2)""", "img", "K")
program("im2col with strides", "img = rng.normal(size=(6, 6)); K = rng.normal(size=(3, 3))", """
cols = np.lib.stride_tricks.sliding_window_view(img, (3, 3)).reshape(16, 9)
loss = np.sum(np.tanh(cols @ K.ravel()))""", "img", "K")
program("embedding and cross entropy", "E = rng.normal(size=(10, 4)); W = rng.normal(size=(4, 10)); ids = np.array([1, 3, 3, 7, 0])", """
logits = E[ids[:-1]] @ W
logits = logits - logits.max(1, keepdims=True)
logp = logits - np.log(np.exp(logits).sum(1, keepdims=True))
loss = -logp[np.arange(4), ids[1:]].mean()""", "E", "W")
program("batch normalisation with running mean", "x = rng.normal(size=(12, 3)); g = np.ones(3); b = np.zeros(3)", """
running = np.zeros(3); total = 0.0
for batch in np.split(x, 4):
    mu, var = batch.mean(0), batch.var(0)
    running = 0.9 * running + 0.1 * mu
    total += np.sum((g * (batch - mu) / np.sqrt(var + 1e-3) + b) ** 3)
loss = total + running.sum()""", "x", "g", "b")
program("Gaussian process", "X = rng.normal(size=(7, 2)); y = rng.normal(size=7); ell = 0.8; noise = 0.3", """
d2 = ((X[:, None] - X[None]) ** 2).sum(-1)
K = np.exp(-d2 / (2 * ell ** 2)) + noise ** 2 * np.eye(7)
L = np.linalg.cholesky(K)
a = np.linalg.solve(L.T, np.linalg.solve(L, y))
loss = 0.5 * y @ a + np.log(np.diag(L)).sum()""", "ell", "noise", "X")
program("Kalman filter, local level", "y = rng.normal(size=15).cumsum(); q = 0.3; r = 0.9", """
a, P, ll = y[0], 10.0, 0.0
for v in y[1:]:
    F = P + r
    e = v - a
    ll -= 0.5 * (math.log(F) + e * e / F)
    K = P / F
    a, P = a + K * e, P * (1 - K) + q
loss = -ll""", "q", "r")
program("soft k-means", "X = rng.normal(size=(12, 2)); C0 = rng.normal(size=(3, 2))", """
C = C0
for _ in range(5):
    D = ((X[:, None] - C) ** 2).sum(-1)
    R = np.exp(-D + D.min(1, keepdims=True)); R /= R.sum(1, keepdims=True)
    C = (R.T @ X) / R.sum(0)[:, None]
loss = np.sum(C ** 2)""", "X", "C0")
program("coordinate descent", "X = rng.normal(size=(10, 4)); y = rng.normal(size=10); lam = 0.4", """
beta = np.zeros(4); r = y.copy()
for sweep in range(8):
    for j in range(4):
        xj = X[:, j]
        rho = xj @ r + (xj @ xj) * beta[j]
        new = np.sign(rho) * max(abs(rho) - lam, 0.0) / (xj @ xj)
        r += xj * (beta[j] - new)
        beta[j] = new
loss = 0.5 * r @ r + lam * np.abs(beta).sum()""", "lam", "y", "X", rtol=1e-4)
program("binomial tree", "S = 100.0; K = 98.0; sigma = 0.25; rate = 0.03", """
n = 10; dt = 1 / n; u = math.exp(sigma * math.sqrt(dt)); p = (math.exp(rate * dt) - 1 / u) / (u - 1 / u)
values = [max(K - S * u ** (2 * k - n), 0.0) for k in range(n + 1)]
for step in range(n - 1, -1, -1):
    values = [max(math.exp(-rate * dt) * (p * values[k + 1] + (1 - p) * values[k]), K - S * u ** (2 * k - step)) for k in range(step + 1)]
loss = values[0]""", "S", "sigma", "rate", rtol=1e-4)
program("Monte Carlo with a generator object", "S0 = 100.0; vol = 0.2", """
gen = np.random.default_rng(7); payoff = []
for path in range(20):
    S = S0
    for t in range(5):
        S *= np.exp(-0.5 * vol ** 2 / 5 + vol * np.sqrt(1 / 5) * gen.standard_normal())
        if S < 70: break
    else:
        payoff.append(np.maximum(S - 100, 0))
loss = np.mean(payoff)""", "S0", "vol", rtol=1e-4)
program("Sinkhorn", "C = rng.random((5, 4)); eps = 0.3", """
K = np.exp(-C / eps); u, v = np.ones(5), np.ones(4)
for _ in range(15):
    u = (1 / 5) / (K @ v)
    v = (1 / 4) / (K.T @ u)
loss = np.sum(u[:, None] * K * v * C)""", "C", "eps")
program("total variation", "img = rng.random((6, 6)); noisy = img + 0.1", """
x = noisy.copy()
for _ in range(4):
    gx = np.diff(x, axis=0, append=x[-1:]); gy = np.diff(x, axis=1, append=x[:, -1:])
    n = np.sqrt(gx ** 2 + gy ** 2 + 1e-2)
    div = np.gradient(gx / n, axis=0) + np.gradient(gy / n, axis=1)
    x += 0.05 * (div + (noisy - x))
loss = np.sum(x ** 2)""", "noisy")
program("Bezier by de Casteljau", "P = rng.normal(size=(5, 2)); t = 0.37", """
pts = [p for p in P]
while len(pts) > 1:
    pts = [(1 - t) * a + t * b for a, b in zip(pts, pts[1:])]
loss = np.linalg.norm(pts[0])""", "P", "t")
program("Horner and Clenshaw", "c = rng.normal(size=8); x = 0.31", """
h = functools.reduce(lambda acc, a: acc * x + a, c[::-1])
b1 = b2 = 0.0
for a in c[:0:-1]:
    b1, b2 = 2 * x * b1 - b2 + a, b1
loss = h * (x * b1 - b2 + c[0])""", "c", "x")
program("Lindenmayer turtle", "angle = 0.4; step = 1.1", """
rules, word = {'F': 'F+F-F'}, 'F'
for _ in range(3): word = ''.join(rules.get(ch, ch) for ch in word)
x = y = heading = 0.0; stack = []
for ch in word:
    if ch == 'F': x += step * math.cos(heading); y += step * math.sin(heading)
    elif ch == '+': heading += angle
    else: heading -= angle
loss = math.hypot(x, y)""", "angle", "step")
program("expression tree", "a = 1.2; b = 0.7", """
class Node:
    def __init__(self, op, *kids): self.op, self.kids = op, kids
    def value(self, env):
        match self.op:
            case '+': return self.kids[0].value(env) + self.kids[1].value(env)
            case '*': return self.kids[0].value(env) * self.kids[1].value(env)
            case 'sin': return np.sin(self.kids[0].value(env))
            case name: return env[name]
tree = Node('+', Node('*', Node('a'), Node('sin', Node('b'))), Node('*', Node('a'), Node('a')))
loss = tree.value({'a': a, 'b': b})""", "a", "b")
program("dual numbers of their own", "a = 1.2", """
class Dual:
    def __init__(self, v, d=0.0): self.v, self.d = v, d
    def __add__(self, o): return Dual(self.v + o.v, self.d + o.d) if isinstance(o, Dual) else Dual(self.v + o, self.d)
    __radd__ = __add__
    def __mul__(self, o): return Dual(self.v * o.v, self.v * o.d + self.d * o.v) if isinstance(o, Dual) else Dual(self.v * o, self.d * o)
    __rmul__ = __mul__
z = Dual(a, 1.0)
for k in range(5): z = z * z * 0.5 + 0.1 * k
loss = z.d""", "a")
program("coroutine accumulator", "x = rng.normal(size=6)", """
def averager():
    total, count, mean = 0.0, 0, None
    while True:
        term = yield mean
        total += term; count += 1; mean = total / count
co = averager(); next(co)
means = [co.send(v) for v in x]
loss = sum(m * m for m in means)""", "x")
program("moving statistics in a deque", "x = rng.normal(size=12)", """
window, out = collections.deque(maxlen=4), []
for v in x:
    window.append(v)
    if len(window) == 4:
        m = sum(window) / 4
        out.append(sum((w - m) ** 2 for w in window))
loss = max(out) + out[0]""", "x")
program("cart-pole rollout", "theta = rng.normal(size=4)", """
s = np.array([0.0, 0.1, 0.05, -0.1]); cost = 0.0
for t in range(25):
    u = 5 * np.tanh(theta @ s)
    x, xd, a, ad = s
    temp = (u + 0.05 * ad ** 2 * math.sin(a)) / 1.1
    acc = (9.8 * math.sin(a) - math.cos(a) * temp) / (0.5 * (4 / 3 - 0.1 * math.cos(a) ** 2 / 1.1))
    s = s + 0.02 * np.array([xd, temp - 0.05 * acc * math.cos(a) / 1.1, ad, acc])
    cost += s[0] ** 2 + 10 * s[2] ** 2 + 0.01 * u ** 2
    if abs(s[2]) > 0.8: break
loss = cost""", "theta", rtol=1e-4)
program("lattice Boltzmann, one dimension", "omega = 1.2; rho = 1 + 0.1 * np.sin(np.arange(10.0))", """
w = np.array([4 / 6, 1 / 6, 1 / 6]); c = [0, 1, -1]
f = w[:, None] * rho
for t in range(8):
    r = f.sum(0); u = (f[1] - f[2]) / r
    for k in range(3):
        eq = w[k] * r * (1 + 3 * c[k] * u + 4.5 * (c[k] * u) ** 2 - 1.5 * u ** 2)
        f[k] += omega * (eq - f[k])
        f[k] = np.roll(f[k], c[k])
loss = np.sum(f[1] ** 2)""", "omega", "rho")
program("page rank", "W = rng.random((5, 5))", """
P = W / W.sum(0); r = np.full(5, 0.2)
for k in range(100):
    new = 0.85 * P @ r + 0.03
    if np.abs(new - r).sum() < 1e-12: break
    r = new
loss = r[0] / r.sum()""", "W", rtol=1e-4)
program("Mandelbrot, smooth colouring", "re = 0.3; im = 0.6", """
c = complex(re, im); z = 0j
for n in range(60):
    z = z * z + c
    if abs(z) > 50: break
loss = n + 1 - math.log(math.log(abs(z))) / math.log(2)""", "re", "im", rtol=1e-4)
program("exceptions steer the step", "a = 3.0", """
x, step = 1.0, 4.0
for _ in range(12):
    try:
        trial = x + step * (a - x) / a
        if trial > a: raise ValueError(trial)
        x = trial
    except ValueError as problem:
        step *= 0.5
    else:
        step *= 0.9
loss = x ** 2""", "a")
program("in-place bubble sort", "x = rng.normal(size=7)", """
y = x.copy()
for i in range(len(y)):
    for j in range(len(y) - 1 - i):
        if y[j] > y[j + 1]: y[j], y[j + 1] = y[j + 1], y[j]
loss = np.sum(y * np.arange(7))""", "x")
program("histogram by kernel", "x = rng.normal(size=20); h = 0.3", """
grid = np.linspace(-2, 2, 9); dens = np.zeros(9)
for k, g in enumerate(grid):
    for v in x: dens[k] += math.exp(-0.5 * ((g - v) / h) ** 2)
dens /= dens.sum()
loss = -np.sum(dens * np.log(dens))""", "x", "h")
program("spline by second derivatives", "y = rng.normal(size=6); q = 2.4", """
n = 6; x = np.arange(6.0); h = np.diff(x)
A = np.zeros((n, n)); b = np.zeros(n); A[0, 0] = A[-1, -1] = 1
for i in range(1, n - 1):
    A[i, i-1:i+2] = h[i-1], 2 * (h[i-1] + h[i]), h[i]
    b[i] = 6 * ((y[i+1] - y[i]) / h[i] - (y[i] - y[i-1]) / h[i-1])
m = np.linalg.solve(A, b)
i = bisect.bisect(x.tolist(), q) - 1
t = q - x[i]
loss = y[i] + t * ((y[i+1] - y[i]) / h[i] - h[i] * (2 * m[i] + m[i+1]) / 6) + t ** 2 * m[i] / 2 + t ** 3 * (m[i+1] - m[i]) / (6 * h[i])""", "y", "q")
program("wrap at zero in place", "a = rng.normal(size=9)", """
b = a.copy()
for i in range(9):
    b[i] = b[i] * b[i - 1] + 1
loss = b @ b""", "a")
program("swap buffers odd", "u = rng.normal(size=6); k = 0.2", """
w = np.zeros_like(u); start = u
for t in range(7):
    w[:] = u + k * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    u, w = w, u
    w = w.copy() if t == 0 else w
loss = np.sum(u ** 3) + np.sum(w)""", "u", "k")
program("parameter only in one middle iteration", "w = 0.7", """
s = 1.0
for i in range(12):
    if i == 5: s = s * w
    s = math.sin(s) + i * 0.1
loss = s""", "w")
program("body writes iterated array", "x = rng.normal(size=8)", """
y = x * 1
for i, v in enumerate(y):
    y[(i + 1) % 8] += 0.5 * v
    y[i] *= v
loss = y.sum()""", "x")
program("iterating rows that body overwrites", "A = rng.normal(size=(5, 3))", """
B = A.copy()
for i, r in enumerate(B):
    B[-1 - i] = r * 2 + B[(i + 1) % 5]
    r += 1
loss = np.sum(B ** 2 * np.arange(15).reshape(5, 3))""", "A")
program("augmented through alias", "x = rng.normal(size=(4, 4))", """
y = x.copy(); diag = y.ravel()[::5]
dv = np.einsum('ii->i', y)
for k in range(4):
    dv *= 1.1
    y[k] += dv
    y[:, k] -= diag[k]
loss = np.sum(y ** 2) * 0.1""", "x")
program("stack machine", "x = 1.3; y = 0.4", """
prog = "x y + x * 2 x ^ - y sin * x y * +".split()
st = []
for tok in prog:
    if tok in '+-*^':
        b, a = st.pop(), st.pop()
        st.append({'+': a + b, '-': a - b, '*': a * b, '^': a ** b}[tok])
    elif tok == 'sin': st.append(math.sin(st.pop()))
    elif tok == 'x': st.append(x)
    elif tok == 'y': st.append(y)
    else: st.append(float(tok))
loss = st[0]""", "x", "y")
program("heap sort by hand", "x = list(rng.normal(size=9))", """
a = list(x); n = len(a)
def sift(i, n):
    while True:
        c = 2 * i + 1
        if c >= n: return
        if c + 1 < n and a[c + 1] > a[c]: c += 1
        if a[i] >= a[c]: return
        a[i], a[c] = a[c], a[i]
        i = c
for i in range(n // 2, -1, -1): sift(i, n)
for e in range(n - 1, 0, -1):
    a[0], a[e] = a[e], a[0]
    sift(0, e)
loss = sum(k * v for k, v in enumerate(a))""", "x")
program("fft radix 2 iterative", "x = rng.normal(size=8)", """
n = 8; a = x.astype(complex)
j = 0
for i in range(1, n):
    bit = n >> 1
    while j & bit: j ^= bit; bit >>= 1
    j |= bit
    if i < j: a[i], a[j] = a[j], a[i]
L = 2
while L <= n:
    w = np.exp(-2j * np.pi / L)
    for i in range(0, n, L):
        t = 1 + 0j
        for k in range(L // 2):
            u, v = a[i + k], a[i + k + L // 2] * t
            a[i + k] = u + v; a[i + k + L // 2] = u - v
            t *= w
    L *= 2
loss = np.sum(np.abs(a) ** 2 * np.arange(8))""", "x")
program("cky inside", "rules = rng.random((3, 3, 3)); lex = rng.random((3, 2))", """
sent = [0, 1, 1, 0, 1]; n = len(sent)
C = np.zeros((n, n + 1, 3))
for i, w in enumerate(sent): C[i, i + 1] = lex[:, w]
for span in range(2, n + 1):
    for i in range(n - span + 1):
        k = i + span
        for j in range(i + 1, k):
            C[i, k] += np.einsum('abc,b,c->a', rules, C[i, j], C[j, k])
loss = math.log(C[0, n, 0])""", "rules", "lex")
program("belief propagation chain and loop", "psi = rng.random((2, 2)); phi = rng.random((4, 2))", """
m = {(i, j): np.ones(2) / 2 for i in range(4) for j in ((i + 1) % 4, (i - 1) % 4)}
for it in range(5):
    new = {}
    for (i, j) in m:
        prod = phi[i].copy()
        for k in range(4):
            if (k, i) in m and k != j: prod = prod * m[k, i]
        msg = psi @ prod
        new[i, j] = msg / msg.sum()
    m = new
b = phi[0] * m[1, 0] * m[3, 0]
loss = b[0] / b.sum()""", "psi", "phi")
program("mm1 queue with heapq events", "lam = 1.3; mu = 1.7", """
r = random.Random(3); ev = []; t = 0.0
for i in range(12):
    t += r.expovariate(1.0) / lam
    heapq.heappush(ev, (t, i, 'a'))
free, wait, done = 0.0, 0.0, 0
while ev:
    t, i, kind = heapq.heappop(ev)
    if kind == 'a':
        start = max(t, free)
        wait += start - t
        free = start + r.expovariate(1.0) / mu
        heapq.heappush(ev, (free, i, 'd'))
    else: done += 1
loss = wait / done""", "lam", "mu")
program("max flow augmenting", "cap = rng.random(6) + 0.3", """
E = [(0,1),(0,2),(1,2),(1,3),(2,3),(2,1)]
res = collections.defaultdict(float)
for (a, b), c in zip(E, cap): res[a, b] += c
flow = 0.0
while True:
    par = {0: None}; q = collections.deque([0])
    while q:
        a = q.popleft()
        for b in range(4):
            if b not in par and res[a, b] > 1e-12: par[b] = a; q.append(b)
    if 3 not in par: break
    path, b = [], 3
    while par[b] is not None: path.append((par[b], b)); b = par[b]
    f = min(res[e] for e in path)
    for a, b in path: res[a, b] -= f; res[b, a] += f
    flow += f
loss = flow""", "cap")
program("nelder mead", "t = np.array([0.3, -0.2])", """
f = lambda z: (z[0] - t[0]) ** 2 + 2 * (z[1] - t[1]) ** 2 + 0.3
S = [np.zeros(2), np.array([1.0, 0]), np.array([0, 1.0])]
for it in range(12):
    S.sort(key=f)
    m = (S[0] + S[1]) / 2
    r = m + (m - S[2])
    if f(r) < f(S[0]):
        e = m + 2 * (m - S[2]); S[2] = e if f(e) < f(r) else r
    elif f(r) < f(S[1]): S[2] = r
    else: S[2] = m + 0.5 * (S[2] - m)
loss = f(S[0])""", "t")
program("american option lsmc", "s0 = 1.0; K = 1.1", """
g = np.random.default_rng(0); n, m, dt = 24, 4, 0.25
S = np.empty((m + 1, n)); S[0] = s0
for t in range(m):
    S[t + 1] = S[t] * np.exp(-0.02 * dt + 0.2 * np.sqrt(dt) * g.standard_normal(n))
V = np.maximum(K - S[-1], 0)
for t in range(m - 1, 0, -1):
    X = np.stack([np.ones(n), S[t], S[t] ** 2], 1)
    beta = np.linalg.lstsq(X, V, rcond=None)[0]
    ex = np.maximum(K - S[t], 0); cont = X @ beta
    V = np.where((ex > cont) & (ex > 0), ex, V)
loss = V.mean()""", "s0", "K")
program("regula falsi illinois", "k = 0.8", """
a, b = 0.0, 2.0
fa, fb = math.exp(-a) - k * a, math.exp(-b) - k * b
side = 0
for n in range(60):
    c = (fa * b - fb * a) / (fa - fb)
    fc = math.exp(-c) - k * c
    if abs(fc) < 1e-14: break
    if fc * fb > 0:
        b, fb = c, fc
        if side == -1: fa /= 2
        side = -1
    else:
        a, fa = c, fc
        if side == 1: fb /= 2
        side = 1
loss = c""", "k", rtol=0.001, atol=0.0001)
program("ring of python list", "x = rng.normal(size=21)", """
buf = [0.0] * 4; s = 0.0
for n, v in enumerate(x):
    s = 0.9 * s + buf[n % 4] * v
    buf[n % 4] = math.tanh(v + buf[n % 4 - 1])
loss = s""", "x")
program("ctc forward alphas", "L = rng.normal(size=(6, 3))", """
lp = L - np.log(np.exp(L).sum(1, keepdims=True))
lab = [0, 1, 0, 2, 0]
al = [-np.inf] * 5
al[0], al[1] = lp[0, 0], lp[0, 1]
for t in range(1, 6):
    new = []
    for s in range(5):
        terms = [al[s]]
        if s: terms.append(al[s - 1])
        if s > 1 and lab[s] and lab[s] != lab[s - 2]: terms.append(al[s - 2])
        m = max(terms)
        new.append(-np.inf if m == -np.inf else m + np.log(sum(np.exp(x - m) for x in terms)) + lp[t, lab[s]])
    al = new
loss = -np.logaddexp(al[-1], al[-2])""", "L")
program("eikonal fast sweeping", "s = rng.random((5, 5)) + 0.5", """
u = np.full((5, 5), 10.0); u[2, 2] = 0.0
for ri, rj in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
    for i in range(5)[::ri]:
        for j in range(5)[::rj]:
            if (i, j) == (2, 2): continue
            a = min(u[max(i - 1, 0), j], u[min(i + 1, 4), j])
            b = min(u[i, max(j - 1, 0)], u[i, min(j + 1, 4)])
            h = s[i, j]
            t = min(a, b) + h if abs(a - b) >= h else 0.5 * (a + b + math.sqrt(2 * h * h - (a - b) ** 2))
            u[i, j] = min(u[i, j], t)
loss = u.sum()""", "s")
program("rk45 pi controller with rejected steps and dense log", "lam = 3.0", """
f = lambda t, y: -lam * (y - math.cos(t))
t, y, h, rej, out = 0.0, 0.3, 0.5, 0, []
while t < 1.5 and len(out) < 40:
    if t + h > 1.5: h = 1.5 - t
    k1 = f(t, y); k2 = f(t + h / 2, y + h / 2 * k1); k3 = f(t + 3 * h / 4, y + 3 * h / 4 * k2)
    yn = y + h * (2 * k1 + 3 * k2 + 4 * k3) / 9
    k4 = f(t + h, yn)
    err = abs(h * (-5 * k1 / 72 + k2 / 12 + k3 / 9 - k4 / 8)) + 1e-12
    if err < 1e-3: t += h; y = yn; out.append((t, y))
    else: rej += 1
    h *= min(2, max(0.3, 0.9 * (1e-3 / err) ** (1 / 3)))
loss = y + sum(v for _, v in out) / len(out)""", "lam", rtol=0.0001)
program("n body leapfrog with adaptive step", "m = rng.random(3) + 0.5", """
x = np.array([[0.0, 0], [1, 0], [0, 1.5]]); v = np.array([[0, 0.1], [0, 0.7], [-0.5, 0]])
def acc(x):
    a = np.zeros_like(x)
    for i in range(3):
        for j in range(3):
            if i != j:
                r = x[j] - x[i]
                a[i] += m[j] * r / (r @ r + 0.05) ** 1.5
    return a
t, a = 0.0, acc(x)
steps = 0
while t < 0.4:
    h = min(0.1 / np.sqrt(np.abs(a).max()), 0.4 - t)
    v = v + 0.5 * h * a; x = x + h * v; a = acc(x); v = v + 0.5 * h * a
    t += h; steps += 1
loss = np.sum(v ** 2) * steps""", "m", rtol=0.0001)
program("event driven poisson with heap and cancel", "rate = 1.5; k = 0.4", """
r = random.Random(9)
heap = [(r.expovariate(1) / rate, i, 'b') for i in range(4)]
heapq.heapify(heap); alive = {}; cost = 0.0; n = 4
while heap and n < 14:
    t, i, what = heapq.heappop(heap)
    if what == 'b':
        alive[i] = t
        heapq.heappush(heap, (t + r.expovariate(1) / k, i, 'd'))
        heapq.heappush(heap, (t + r.expovariate(1) / rate, n, 'b')); n += 1
    else:
        cost += (t - alive.pop(i)) * math.exp(-0.1 * t)
loss = cost""", "rate", "k")
program("two carried arrays reversed roles by parity", "u = rng.normal(size=5); v = rng.normal(size=5)", """
a, b = u.copy(), v.copy()
for k in range(9):
    src, dst = (a, b) if k % 2 == 0 else (b, a)
    dst[1:] += 0.3 * src[:-1] * dst[:-1]
    dst[0] = src[-1] * 0.5
loss = np.sum(a * b)""", "u", "v")
program("generator state machine", "x = rng.normal(size=12)", """
def smooth(it, a):
    y = None
    for v in it:
        y = v if y is None else a * v + (1 - a) * y
        yield y
        if y > 1.4: return
z = list(smooth(smooth(iter(x), 0.5), 0.7))
loss = sum(z) * len(z)""", "x")
program("tokenise and evaluate expression", "env = {'x': 1.2, 'y': 0.7}", """
src = '(x+2*y)*(x-y)/(1+x*x)'
pos = 0
def peek(): return src[pos] if pos < len(src) else ''
def expr():
    global pos
    v = term()
    while peek() and peek() in '+-':
        op = peek(); pos += 1
        r = term()
        v = v + r if op == '+' else v - r
    return v
def term():
    global pos
    v = fac()
    while peek() and peek() in '*/':
        op = peek(); pos += 1
        r = fac()
        v = v * r if op == '*' else v / r
    return v
def fac():
    global pos
    c = peek(); pos += 1
    if c == '(':
        v = expr(); pos += 1
        return v
    return env[c] if c.isalpha() else float(c)
loss = expr()""", "env")
program("simplex tableau", "c = np.array([3.0, 5.0]); b = np.array([4.0, 12.0, 18.0])", """
T = np.zeros((4, 6))
T[:3, :2] = [[1, 0], [0, 2], [3, 2]]; T[:3, 2:5] = np.eye(3); T[:3, -1] = b; T[3, :2] = -c
for it in range(10):
    j = int(np.argmin(T[-1, :-1]))
    if T[-1, j] >= -1e-12: break
    ratios = [T[i, -1] / T[i, j] if T[i, j] > 1e-12 else math.inf for i in range(3)]
    i = ratios.index(min(ratios))
    T[i] /= T[i, j]
    for k in range(4):
        if k != i: T[k] -= T[k, j] * T[i]
loss = T[-1, -1]""", "c", "b")
program("linked list reverse and sum", "w = rng.normal(size=6)", """
class Node:
    __slots__ = 'v', 'n'
    def __init__(s, v, n=None): s.v, s.n = v, n
head = None
for v in w: head = Node(v, head)
prev = None
while head: head.n, prev, head = prev, head, head.n
s, k, node = 0.0, 1, prev
while node is not None:
    s += k * node.v ** 2; node.v *= s; k += 1; node = node.n
loss = s""", "w")
program("levenshtein soft three rows generator", "c = 0.6; d = 0.3", """
def rows(a, b):
    prev = [j * c for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        cur = [i * c]
        for j, y in enumerate(b, 1):
            opts = (prev[j] + c, cur[-1] + c, prev[j - 1] + (x != y) * d)
            cur.append(-math.log(sum(math.exp(-o * 3) for o in opts)) / 3)
        yield cur
        prev = cur
for last in rows('abracad', 'brcada'): pass
loss = last[-1] * last[2]""", "c", "d")

# poles beside what counts, structures, parts: infinities that are overwritten or left out (np.seterr above keeps them quiet)
program('attention with causal -inf mask', "np.seterr(all='ignore')\nQ = np.array([[0.1, 0.5], [0.3, -0.2], [0.7, 0.4]])", """
S = Q @ Q.T / np.sqrt(2)
S[np.triu_indices(3, 1)] = -np.inf
P = np.exp(S - S.max(-1, keepdims=True))
P /= P.sum(-1, keepdims=True)
loss = np.sum((P @ Q) ** 2)""", 'Q')
program('entropy of masked distribution', "np.seterr(all='ignore')\np = np.array([[0.2, 0.8, 0.5], [0.5, 0.25, 0.25]]); m = np.array([[1, 1, 0], [1, 1, 1]], bool)", """
q = p * m
q = q / q.sum(1, keepdims=True)
L = np.log(q)
L[~m] = 0
loss = -(q * L).sum()""", 'p')
program('cosine similarity off diagonal', "np.seterr(all='ignore')\nV = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.3]])", """
D = V[:, None, :] - V[None, :, :]
r = np.linalg.norm(D, axis=-1)
F = D / r[..., None] ** 3
F[np.arange(3), np.arange(3)] = 0.0
loss = np.sum(F[0] * np.array([1.0, 2.0])) + np.sum(r)""", 'V')
program('lennard jones with eye added', "np.seterr(all='ignore')\nX = np.array([[0.0, 0.0], [1.1, 0.2], [0.3, 1.2]])", """
d2 = ((X[:, None] - X[None]) ** 2).sum(-1)
np.fill_diagonal(d2, np.inf)
inv6 = 1 / d2 ** 3
loss = 2 * np.sum(inv6 ** 2 - inv6)""", 'X')
program('lj by pow with nan_to_num', "np.seterr(all='ignore')\nX = np.array([[0.0, 0.0], [1.1, 0.2], [0.3, 1.2]])", """
d = np.sqrt(((X[:, None] - X[None]) ** 2).sum(-1))
e = d ** -6.0
e = np.where(np.isinf(e), 0, e)
loss = e.sum()""", 'X')
program('geometric mean of positive part', "np.seterr(all='ignore')\nx = np.array([2.0, -1.0, 3.0])", """
lx = np.log(x)
pos = ~np.isnan(lx)
loss = np.exp(lx[pos].mean())""", 'x')
program('ratio list comprehension with if', "np.seterr(all='ignore')\na = np.array([1.0, 2.0, 3.0]); b = np.array([2.0, 0.0, 4.0])", """
r = a / b
keep = [v for v in r if math.isfinite(v)]
loss = sum(keep) ** 2""", 'a')
program('cumulative log then last', "np.seterr(all='ignore')\nx = np.array([0.0, 2.0, 3.0])", """
c = np.log(x)[::-1].cumsum()
loss = c[1] ** 2""", 'x')
program('matmul with inf row unused', "np.seterr(all='ignore')\nx = np.array([0.5, 2.0, 3.0]); z = np.array([0.0, 1.0, 1.0])", """
W = np.outer(x, 1 / z)
y = W[:, 1:] @ x[1:]
loss = y @ y""", 'x')
program('complex sqrt branch unused', "np.seterr(all='ignore')\nx = np.array([0.5, 2.0])", """
z = np.sqrt(x.astype(complex) - 1)
z[0] = 0
loss = np.abs(z).sum()""", 'x')
program('argsort gather then log tail', "np.seterr(all='ignore')\nx = np.array([3.0, 0.5, 2.0])", """
o = np.argsort(x)
L = np.log(x - x[o[0]])
loss = L[o[1]] * L[o[2]]""", 'x')
program('minimum over distances exclude self', "np.seterr(all='ignore')\nX = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])", """
d = np.linalg.norm(X[:, None] - X[None], axis=2)
d = d + np.diag([np.inf] * 3)
loss = np.sum(d.min(axis=1))""", 'X')
program('hypot of shifted grid', "np.seterr(all='ignore')\nh = 0.5", """
g = np.arange(-1.0, 2.0) * h
R = np.hypot(g[:, None], g[None])
inv = np.divide(1.0, R, out=np.zeros_like(R), where=R > 0)
loss = inv.sum()""", 'h')
program('sinc by hand', "np.seterr(all='ignore')\nx = np.array([0.5, 0.0, -1.5]); k = 2.0", """
u = k * x
s = np.sin(u) / u
s[np.isnan(s)] = 1.0
loss = np.sum(s)""", 'k')
program('frozen dataclass replaced in a loop', "import dataclasses\nnp.seterr(all='ignore')\n@dataclasses.dataclass(frozen=True)\nclass S:\n    x: float\n    v: float\n    hist: tuple = ()\ns = S(1.0, 0.0)\nk = 2.0", """
st = s
for i in range(10):
    a = -k * st.x
    st = dataclasses.replace(st, x=st.x + 0.1 * st.v, v=st.v + 0.1 * a, hist=st.hist + (st.x,))
loss = st.x ** 2 + sum(st.hist)""", 's', 'k')
program('chainmap and defaultdict of arrays', "np.seterr(all='ignore')\nbase = {'w': np.array([1.0, 2.0])}; over = {'k': 0.5}", """
cm = collections.ChainMap(over, base)
d = collections.defaultdict(lambda: np.zeros(2))
for i in range(4):
    d[i % 2] = d[i % 2] + cm['w'] * cm['k'] * i
loss = np.sum(d[0] * d[1])""", 'base', 'over')
program('out= chain', "np.seterr(all='ignore')\nx = np.array([0.5, 1.5])", """
b = np.empty(2)
np.multiply(x, 2, out=b)
np.sin(b, b)
np.add(b, x, out=b, where=[True, False])
c = b.copy()
np.exp(c, out=c[::-1])
loss = np.sum(b * c)""", 'x')
program('rows of a matrix as parameters', "np.seterr(all='ignore')\nM = np.arange(6.0).reshape(3, 2)", """
M[0] = M[1] * M[2]
s = 0.0
for r in M: s = s + r @ r
loss = s""", 'M[0]', 'M[2]', 'M[:, 1]')
program('strided half and the whole', "np.seterr(all='ignore')\na = np.arange(1.0, 7.0)", """
b = a.reshape(2, 3)
b[:, 0] += b[:, 1] * 2
a[::2] *= 1.5
loss = np.sum(a ** 2 * np.arange(6))""", 'a[::2]')
program('slots class and __iadd__ by key', "np.seterr(all='ignore')\nw = {'a': np.ones(2), 'b': 2.0}", """
class Acc:
    __slots__ = ('t', 'n')
    def __init__(self): self.t = 0.0; self.n = 0
    def __iadd__(self, v):
        self.t = self.t + np.sum(v); self.n += 1
        return self
    def mean(self): return self.t / self.n
acc = Acc()
for v in w.values(): acc += v * w['b']
loss = acc.mean()""", 'w')
program("loops over whole numbers", "v = [3, 5, 9, 4, 7, 8]; u = np.array([2, 7, 1, 8, 5])", """
n, kept, loss = 0, [], 0.0
for x in v: n = n + 2 * x; kept.append(n + x)
for x in u.tolist(): loss += x * 2.5
for k in kept: loss = loss * 1.1 + k ** 2 * 1e-2
loss += n * 0.3 + sum(y / 2 for y in kept)""", "v", "u")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    above, text, wrt, options = PROGRAMS[name]
    check(ABOVE + above, text.strip(), wrt, **{"refusal": "never", "rtol": 1e-5, "atol": 1e-6, **options})
