"""Tangents and second derivatives of random programs, against gradients and their differences."""

import copy
import importlib.util
import re
import textwrap

import numpy as np

from dpkernel import grad, hvp, jvp
from support.programs import program

ALL = (0, 1, 2)


def test_tangents_and_second_derivatives(seed, tmp_path):
    f, point = as_function(*program(seed), tmp_path / f"program_{seed}.py")
    directions = tuple(np.random.default_rng(seed).normal(size=np.shape(x))[()] for x in point)
    v = flat(directions)

    def gradient(step):
        return flat(grad(f, ALL)(*(x + step * d for x, d in zip(copy.deepcopy(point), directions))))

    first = gradient(0.0)
    _, dot = jvp(f, copy.deepcopy(point), directions)
    np.testing.assert_allclose(dot, first @ v, rtol=1e-9, atol=1e-9 * np.abs(first * v).sum())

    wide, narrow = ((gradient(h) - gradient(-h)) / (2 * h) for h in (1e-5, 5e-6))
    found = flat(hvp(f, ALL)(*copy.deepcopy(point), directions))
    error, allowed = np.abs(found - narrow), 1e-4 * np.abs(narrow).max() + 1e-4 + 3 * np.abs(wide - narrow)
    assert (error <= allowed).all(), (found, narrow, wide)


def as_function(above, text, path):
    """The cells as one function of p, q and s, which makes everything else anew; and the point of the cell above."""
    constants = re.sub(r"(?m)^([pqs]) = ", r"_\1 = ", above)
    body = textwrap.indent(f"{constants}\n{text}\nreturn loss", "    ")
    path.write_text(f"import math\nimport numpy as np\n{above}\ndef f(p, q, s):\n{body}\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f, (module.p, module.q, module.s)


def flat(parts):
    return np.concatenate([np.ravel(np.asarray(x, float)) for x in parts])
