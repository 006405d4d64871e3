"""Random programs: aliases, writes, functions, containers, loops, branches, effects.

In:  a seed.
Out: the text of a cell above and of a cell, whose parameters are `p`, `q` and `s`.
Start at `program`.

Statements are drawn from templates and tried at once: one that raises, or that leaves numbers that are not
finite, is dropped, so that templates need not know shapes.
"""

import contextlib
import io
import warnings

import numpy as np

SETUP = """
rng = np.random.default_rng({seed})
p = rng.normal(size=({n}, {m}))
q = rng.normal(size={m})
s = float(rng.normal())
c = rng.normal(size=({n}, {m}))
k = rng.integers(0, {m}, size=5)
box = [np.zeros({m}), rng.normal(size={m})]
class Cell:
    def __init__(self, x):
        self.x = x
        self.log = []
    def scale(self, f):
        self.x *= f
        return self.x
    def put(self, i, v):
        self.x[i] = v
        self.log.append(v)
    @property
    def total(self):
        return np.sum(np.sin(self.x))
def halve(x):
    x[...] = x / 2
    return x
def mix(x, y=None, *rest, w=0.5):
    y = x if y is None else y
    return np.tanh(x * w + y * (1 - w))
def running(x):
    out = np.zeros(len(x))
    total = 0.0
    for i in range(len(x)):
        total = 0.5 * total + x[i]
        out[i] = total
    return out
def gen(x):
    for row in x:
        yield np.sin(row)
del rng
"""

# {a}, {b}: arrays; {t}: a number; {v}: a new name; {i}, {j}: small ints; {f}: a function
TEMPLATES = """
{v} = {a} + {b}
{v} = {a} * {b}
{v} = {a} - 0.5 * {b}
{v} = {a} / (1.5 + {b} ** 2)
{v} = {a} @ {b}
{v} = {a} @ {b}.T
{v} = {f}({a})
{v} = np.tanh({a} * {t})
{v} = np.where({a} > 0.1, {a}, {b})
{v} = np.where({a} > 0, np.sqrt(np.abs({a}) + 0.1), {b} * 2)
{v} = np.maximum({a}, {b})
{v} = {a}.copy()
{v} = {a}
{v} = {a}[{i}]
{v} = {a}[{i}:]
{v} = {a}[::-1]
{v} = {a}[:, {i}]
{v} = {a}.T
{v} = {a}.reshape(-1)
{v} = {a}.ravel()[::2]
{v} = {a}[k[:3]]
{v} = {a}[{a} > 0]
{v} = {a}[..., None]
{v} = np.zeros_like({a})
{v} = np.zeros({a}.shape)
{v} = np.empty({a}.shape); {v}[...] = {b}
{v} = np.concatenate([{a}, {b}])
{v} = np.stack([{a}, {b}])
{v} = np.sum({a})
{v} = np.mean({a}, axis=0)
{v} = {a}.max()
{v} = float({t}) * 0.7
{v} = math.sin({t}) + {t} ** 2 * 0.1
{v} = sum({a})
{v} = [{a}, {b}]
{v} = mix({a})
{v} = mix({a}, {b}, w={t})
{v} = running({a})
{v} = np.array([np.sum(x) for x in {a}])
{v} = np.array(list(gen({a})))
{v} = np.cumsum({a})
{v} = np.einsum('i,i->i', {a}, {b})
{v} = np.outer({a}, {b})
{v} = np.diagonal({a})
{v} = np.sort({a})
{v} = np.roll({a}, 1)
{v} = np.pad({a}, 1)
{v} = {a}.real
{v} = np.asarray({a})
{v} = box[{i}]
{v} = box[0]
{v} = Cell({a})
{v} = Cell({a}.copy()).scale({t})
{a} += {b}
{a} *= 0.5
{a} -= {t}
{a} /= 2.0
{a} **= 2
{a}[{i}] = {t}
{a}[{i}] = {b}
{a}[{i}] = {b}[{j}]
{a}[{i}] += {t}
{a}[{i}] *= {b}[{j}]
{a}[{i}:] = {b}[{j}:]
{a}[1:] = {a}[:-1]
{a}[:-1] += {a}[1:]
{a}[::2] = {t}
{a}[:, {i}] = {b}
{a}[:, {i}] *= {t}
{a}[...] = {b}
{a}[k[:3]] = {b}[:3]
{a}[k] = {t}
{a}[k] = np.arange(5.0) * {t}
{a}[{a} > 0] = {t}
{a}[{a} < 0] *= 0.5
{a}.flat[{i}] = {t}
{a}.T[{i}] = {b}
{a}.reshape(-1)[{i}] = {t}
{a}[{i}], {a}[{j}] = {a}[{j}], {a}[{i}]
{a}.fill({t})
{a}.sort()
{a}.shape = (-1,)
np.add({a}, {b}, out={a})
np.multiply({a}, {t}, {b})
np.tanh({a}, out={a})
np.sin({a}, where={a} > 0, out={b})
np.copyto({a}, {b})
np.copyto({a}, {t}, where={a} > 0)
np.add.at({a}, k, {t})
np.put({a}, [0, 1], {b})
np.fill_diagonal({a}, {t})
np.putmask({a}, {a} > 0.5, {b})
halve({a})
box[0][:] = {a}
box[1] = {a}
box.append({a} * 2)
box[0] = box[-1]
for row in {a}: row *= 0.9
for x in {a}: box.append(x)
for i in range(2): {a}[i] = {a}[i - 1] * 0.5 + {t}
for i, x in enumerate({a}): {a}[i] = x * 0.5
for i in range(1, len({a})): {a}[i] += 0.5 * {a}[i - 1]
for x, y in zip({a}, {b}): {a}[0] = x * y
while np.sum({a} ** 2) > 1: {a} *= 0.5
if {t} > 0: {a} *= 2.0
if np.sum({a}) > 0: {a} = -{a}
{v} = {t} if {t} > 0.2 else -{t}
{v} = {t} * 2; {v} += {t}
first, *others = {a}; {v} = first * 2
({v}, other), *_ = {a}
{v} = Cell({a}); {v}.put({i}, {t}); {v} = {v}.total + {v}.log[0]
{v} = Cell({a}); {v}.x += {t}; {v} = {v}.x
{v} = {{'a': {a}, 'b': {t}}}; {v} = {v}['a'] * {v}['b']
{v} = (lambda x, y={t}: x * y)({a})
{v} = sum(map(lambda x: x * 0.5, {a}))
{v} = max({t}, 0.3) * min({t}, 2.0)
print({t})
print(f'{{np.sum({a}):.6f}}')
print({a}.shape, len(box))
del {a}
""".strip().splitlines()
FUNCTIONS = ("np.sin", "np.tanh", "np.exp2", "np.arctan", "np.square", "np.negative", "np.abs")


def program(seed, statements=14):
    """(cell above, cell) of one random program; its loss is `loss`."""
    rng = np.random.default_rng(seed)
    above = SETUP.format(seed=seed, n=int(rng.integers(2, 4)), m=int(rng.integers(3, 5)))
    space = {"__name__": "__main__", "np": np, "math": __import__("math")}
    exec(above, space)
    lines, number = [], 0
    for _ in range(40 * statements):
        if len(lines) == statements:
            break
        line = _drawn(rng, space, number)
        if line is not None and _works("\n".join(lines), line, above):
            lines.append(line)
            exec_quietly(line, space)
            number += 1
    lines.append("loss = s * 0.1")
    for name in _arrays(space) + _numbers(space):
        lines.append(f"loss = loss + np.sum(np.sin({name} * 1.1 + 0.3))")
    lines.append("for part in box: loss = loss + np.sum(part ** 2) * 0.01")
    return above, "\n".join(lines)


def _arrays(space):
    return [n for n, x in space.items() if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size]


def _numbers(space):
    return [n for n, x in space.items() if isinstance(x, (float, np.floating)) and n not in ("x", "y")]


def _drawn(rng, space, number):
    arrays, numbers = _arrays(space), _numbers(space)
    if not arrays or not numbers:
        return None
    pick = {"a": str(rng.choice(arrays)), "b": str(rng.choice(arrays)), "t": str(rng.choice(numbers)),
            "v": f"v{number}", "i": int(rng.integers(0, 3)), "j": int(rng.integers(-1, 3)),
            "f": str(rng.choice(FUNCTIONS))}
    return str(rng.choice(TEMPLATES)).format(**pick)


def exec_quietly(text, space):
    """Run it without output and warnings."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(text, space)


def _works(before, line, above):
    """True if the line runs after the others, and everything is finite and of moderate size."""
    space = {"__name__": "__main__", "np": np, "math": __import__("math")}
    try:
        exec_quietly(above, space)
        exec_quietly(before, space)
        exec_quietly(line, space)
    except Exception:
        return False
    held = [x for x in (*space.values(), *space["box"]) if isinstance(x, (np.ndarray, float, np.floating))]
    return all(np.all(np.isfinite(x)) and np.all(np.abs(x) < 50) for x in held) and sum(map(np.size, held)) < 400
