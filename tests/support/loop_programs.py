"""Random programs of loops: nested, triangular, broken off; what they carry is swapped, appended, written in place.

In:  a seed.
Out: the text of a cell above and of a cell, whose parameters are `p`, `q` and `s`.
Start at `loop_program`.
"""

import random

ABOVE = """
import math
rng = np.random.default_rng({seed})
p = rng.normal(size=5)
q = rng.normal(size=(4, 6))
s = float(rng.normal())
X = rng.normal(size=40)
K = rng.integers(0, 6, size=(40, 3))
del rng
class Box:
    def __init__(self, x):
        self.x = x
    def move(self, v):
        self.x = 0.9 * self.x + v
def f(a, b):
    return np.tanh(a) * 0.7 + b * 0.2
def first(values, least):
    for v in values:
        if v > least:
            return v * 2
    return least
"""
START = "u = np.sin(q[0]); w = q[1] * 0.5; A = q.copy(); t = s; r = 0; L = [s * p[0], p[1]]; c = Box(s)\n"
END = "loss = np.sum(u ** 2) + np.sum(w) + np.sum(A * A) + t * 0.3 + r + sum(L) * 0.1 + L[len(L) // 2] + c.x"

NUMBERS = """
u[{i}]|0.3 * t|p[{i} % 5] * s|np.sin(u[{i}] + t)|X[{k}] * q[{j} % 4, {i}]|A[{j} % 4, {i}] * 0.5|math.cos(t)|w[{i} - 1]
(t + u[{j}]) / (1.5 + u[{i}] ** 2)|L[-1] * 0.5|L[{k} % len(L)]|c.x * 0.2|np.sum(u[{i} % 3:{i} % 3 + 3]) * 0.2|f(t, u[{i}])
max(u[{i}], w[{i}])|abs(t)|float(u[{i}])|np.dot(u, w) * 0.05|w[i0]|first(u, t)|0.1 * k0|A[:, {i}].sum() * 0.1|t * X[{k}]
"""
STATEMENTS = """
u[{i}] = {e}|u[{i}] += 0.1 * {e}|t = {e}|t = 0.5 * t + {e}|t += 0.1 * {e}|r += 0.1 * {e}|w = u.copy()|u, w = w, u|u = w
w = np.tanh(u * {e})|A[{j} % 4] = u * 0.5|A[{j} % 4, {i}] = {e}|L.append({e})|t = max(t, {e})|c.move({e})|t, r = r * 0.5, t
u[{i} % 4:{i} % 4 + 2] *= 0.9|u[X[{i}:{i} + 6] > 0] *= 0.9|np.add.at(u, K[{k}], 0.1 * {e})|u[K[{k}]] = w[K[{k}]] * 0.5
row = A[{j} % 4]; row[{i}] *= 0.5|L[-1] = {e}|i0 = (i0 + 1) % 6|k0 += 0.5|u = u * 0.5 + w * 0.3|w[1:] = w[:-1]|v = {e}; t = v * v * 0.1
L = [x * 0.9 for x in L]|A = A * 0.8|A.T[{i}] *= 0.7|w = np.array([x * 0.5 for x in u])|print({k}, end=' ')|t = {e} if {c} else {e}
"""
CONDITIONS = "{k} % 3 == 0|u[{i}] > 0|t < 0.2|{i} > {j}|X[{k}] > 0|len(L) < 6|abs(t) > 0.5"


class Random:
    """Statements drawn from tables, which are lines of alternatives."""

    def __init__(self, seed, numbers=NUMBERS, statements=STATEMENTS, conditions=CONDITIONS):
        self.random = random.Random(seed)
        self.numbers, self.statements, self.conditions = numbers, statements, conditions
        self.names = ["0"]
        self.fresh = 0

    def one(self, table):
        return self.random.choice([x for line in table.strip().split("\n") for x in line.split("|")])

    def filled(self, text):
        index = self.random.choice(self.names)
        other = self.random.choice(self.names)
        while "{e}" in text or "{c}" in text:
            text = text.replace("{e}", self.one(self.numbers), 1).replace("{c}", self.one(self.conditions), 1)
        return text.replace("{i}", f"({index} % 6)").replace("{j}", f"({other} % 6)").replace("{k}", f"({index} + {other})")

    def body(self, depth, space):
        lines = []
        for _ in range(self.random.randint(1, 4)):
            lines += self.statement(depth, space)
        return lines

    def statement(self, depth, space):
        kind = self.random.random()
        if kind < 0.25 and depth < 3:
            return self.loop(depth, space)
        if kind < 0.4 and depth < 3:
            lines = [f"{space}if {self.filled(self.one(self.conditions))}:", *self.body(depth + 1, space + "    ")]
            return lines + ([f"{space}else:", *self.body(depth + 1, space + "    ")] if self.random.random() < 0.5 else [])
        if kind < 0.46 and depth:
            return [f"{space}if {self.filled(self.one(self.conditions))}: {self.random.choice(['break', 'continue'])}"]
        return [space + self.filled(self.one(self.statements))]

    def loop(self, depth, space):
        self.fresh += 1
        i, n = f"i{self.fresh}", self.random.randint(1, (9, 6, 5)[depth])
        inner = self.names[-1]
        head = self.random.choice([
            f"for {i} in range({n}):", f"for {i} in range({n}):", f"for {i} in range({n}, 0, -1):", f"for {i} in range({inner} % 6, 7):",
            f"for {i}, x{self.fresh} in enumerate(u):", f"while {i} < {n}:", f"for {i} in reversed(range({n})):"])
        start = [f"{space}{i} = 0"] if head.startswith("while") else []
        self.names.append(i)
        step = [f"{space}    {i} += 1"] if start else []
        lines = [*start, space + head, *step, *self.body(depth + 1, space + "    ")]
        self.names.pop()
        return lines


def loop_program(seed):
    """Return (cell above, cell): the same for the same seed."""
    made = Random(seed)
    lines = ["i0 = 0; k0 = 0.5"]
    for _ in range(made.random.randint(2, 3)):
        lines += made.loop(0, "")
    return ABOVE.format(seed=seed), START + "\n".join(lines) + "\n" + END
