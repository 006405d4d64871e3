"""Installed packages: plain values without a word from the user, followed with `follow`."""

import os
import sys

import numpy as np
import pytest

import dpkernel
from dpkernel.errors import NoDerivative
from dpkernel.tracing import follow

CODE = """
import numpy as np
from .inner import damp
class Filter:
    def __init__(self, gain): self.gain, self.x = gain, 0.0
    def step(self, z):
        self.x = damp(self.x) + self.gain * z
        return self.x
def smooth(zs, gain):
    f = Filter(gain)
    return np.array([f.step(z) for z in zs])
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package `tinyfilter`."""
    folder = tmp_path / "site-packages" / "tinyfilter"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(CODE)
    (folder / "inner.py").write_text("def damp(x):\n    return x * 0.9\n")
    monkeypatch.syspath_prepend(os.fspath(folder.parent))
    held = set(follow.FOLLOWED)
    yield "tinyfilter"
    follow.FOLLOWED.clear()
    follow.FOLLOWED.update(held)
    follow._is_users_file.cache_clear()
    for name in [n for n in sys.modules if n.split(".")[0] == "tinyfilter"]:
        del sys.modules[name]


def test_a_package_is_followed_when_it_is_asked_for(package):
    def loss(gain):
        import tinyfilter
        return np.sum(tinyfilter.smooth(np.arange(8.0), gain) ** 2)

    with pytest.raises(NoDerivative, match="tinyfilter"):
        dpkernel.grad(loss)(0.3)
    dpkernel.follow(package)
    assert dpkernel.check_gradient(loss, 0.3).digits > 7


@pytest.mark.parametrize("name, error, words", [
    ("no_such_package", ModuleNotFoundError, "no package named"), ("numpy", ValueError, "known by rules"), ("json", ValueError, "known by rules"),
    ("_llvmlite_none", ModuleNotFoundError, "no package"), ("math", ValueError, "known by rules"),
])
def test_what_is_not_followed(name, error, words):
    with pytest.raises(error, match=words):
        dpkernel.follow(name)
