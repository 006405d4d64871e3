"""A zero gradient comes with its reason and line."""

import numpy as np
import pytest

from dpkernel.runtime.cell import Cell

CASES = {
    "loss = float(int(k * 3))": "`k` reaches `loss` only through `int(k * 3)` on line 1, which is flat: its gradient is zero.",
    "n = round(k)\nloss = n * 2.0": "`k` reaches `loss` only through `round(k)` on line 1, which is flat: its gradient is zero.",
    "y = np.floor(w)\nloss = np.sum(y * 2)": "`w` reaches `loss` only through `np.floor(w)` on line 1, which is flat",
    "loss = np.sum(np.sign(w))": "`w` reaches `loss` only through `np.sign(w)` on line 1, which is flat",
    "loss = np.mean((w > 0).astype(float))": "`w` reaches `loss` only through `w > 0` on line 1, which is flat",
    "loss = float(np.argmax(w))": "`w` reaches `loss` only through `np.argmax(w)` on line 1, which is flat",
    "loss = np.sum(w.astype(int)) * 1.0": "`w` reaches `loss` only through `w.astype(int)` on line 1, which is flat",
    "loss = 1.0": "`loss` does not depend on `{p}`: the cell does not read it, and its gradient is zero.",
    "y = w * k\nloss = 2.0": "`loss` does not depend on `{p}`: what the cell computes from it ends at `w * k` on line 1, and is overwritten",
    "y = w * k\ny[:] = 0\nloss = np.sum(y)": "`loss` does not depend on `{p}`: what the cell computes from it ends at `w * k` on line 1, and is overwritten",
    "loss = 1.0 if k > 0 and w[0] > 0 else 2.0": "`loss` does not depend on `{p}`:",
    "loss = k if np.any(w > 1) else 2.0": "`loss` does not depend on `w`: it only decides which way the cell goes, at `w > 1` on line 1.",
    "s = 0.0\nfor i in range(int(k)):\n    s += i\nloss = s": "`loss` does not depend on `k`: what the cell computes from it ends at `int(k)` on line 2",
    "loss = min(k, 1.0) * 2": "`loss` does not depend on `k`: the cell computes no number from it, though it may decide",
    "s = str(k)\nloss = float(len(s))": "`loss` does not depend on `k`: what the cell computes from it ends at `str(k)` on line 1",
    "z = np.zeros(3, int)\nz[0] = w[0]\nloss = np.sum(z) * 1.0": "`w` reaches `loss` only through `z[0]",
}


@pytest.mark.parametrize("text", CASES)
def test_reason(text):
    space = {"np": np, "w": np.array([1.5, -0.5]), "k": 1.2}
    found = Cell(text, space).evaluate(["w", "k"], "loss")
    expected = CASES[text]
    names = ("w", "k") if "{p}" in expected else ("k",) if "`k`" in expected else ("w",)
    for name in names:
        assert any(n.startswith(expected.format(p=name)) for n in found.notices), found.notices
        assert not np.any(found.gradients[name])


def test_a_smooth_zero_is_left_alone():
    space = {"np": np, "w": np.zeros(2)}
    assert Cell("loss = np.sum(w ** 2)", space).evaluate(["w"], "loss").notices == []


ENTRIES = {
    "not read": ("loss = np.sum(w[:2] ** 2)", "4 of 6 entries of the gradient of `w` are zero (w[2], w[3], w[4], ...): they are not among what `w[:2]` on line 1 takes."),
    "relu": ("h = np.maximum(w - 2.5, 0)\nloss = np.sum(h)",
             "2 of 6 entries of the gradient of `w` are zero (w[0], w[1]): their effect ends at `np.maximum(w - 2.5, 0)` on line 1, "
             "which is flat or zero there."),
    "times zero": ("m = np.array([1, 0, 1, 1, 1, 1.0])\nloss = np.sum(m * w)",
                   "1 of 6 entries of the gradient of `w` are zero (w[1]): their effect ends at `m * w` on line 2, which is flat or zero there."),
    "overwritten": ("a = w * 2\na[0] = 1.0\nloss = np.sum(a ** 2)",
                    "1 of 6 entries of the gradient of `w` are zero (w[0]): they are overwritten on line 2 before `loss` depends on them."),
    "in a loop": ("s = 0.0\nfor k in range(5):\n    s = s + w[k] ** 2\nloss = s",
                  "1 of 6 entries of the gradient of `w` are zero (w[5]): they are not among what `w[k]` on line 3 takes."),
    "a matrix": ("loss = np.sum(v[0] ** 2)", "3 of 6 entries of the gradient of `v` are zero (v[1, 0], v[1, 1], v[1, 2]): they are not among what `v[0]` on line 1 takes."),
    "several subscripts": ("loss = np.sum(w[:2]) * w[3] * w[4] * w[5]", "1 of 6 entries of the gradient of `w` are zero (w[2]): `loss` does not depend on them."),
    "where": ("loss = np.sum(np.where(w > 2.5, w ** 2, 0.0))", "2 of 6 entries of the gradient of `w` are zero (w[0], w[1]): "
              "their effect ends at `np.where(w > 2.5, w ** 2, 0.0)` on line 1, which is flat or zero there."),
    "int in a loop": ("s = 0.0\nfor i, v in enumerate(w):\n    s += int(v) if i == 1 else v ** 2\nloss = s",
                      "1 of 6 entries of the gradient of `w` are zero (w[1]): their effect ends at `int(v)` on line 3, which keeps whole numbers only."),
    "taken and not used": ("s = 0.0\nfor v in w:\n    s = s + min(v, 4.5)\nloss = s", "2 of 6 entries of the gradient of `w` are zero (w[4], w[5]): "
                           "what the cell takes of them on line 2 is overwritten or not used."),
    "a list": ("l = list(w)\nl.pop()\nloss = sum(l)", "1 of 6 entries of the gradient of `w` are zero (w[5]): "
               "what the cell takes of them on line 1 is overwritten or not used."),
    "several reasons": ("y = w.copy()\ny[0] = 2.0\ny[4:] = y[3]\nloss = np.sum(y[3:]) + y[0] + np.round(y[1])",
                        "5 of 6 entries of the gradient of `w` are zero: they are overwritten on line 2 before `loss` depends on them (w[0]); "
                        "their effect ends at `np.round(y[1])` on line 4, which is flat or zero there (w[1]); "
                        "`loss` does not depend on them (w[2])."),
    "none is zero": ("loss = np.sum(w ** 2)", None),
    "they cancel": ("loss = np.sum(w ** 2) + w[0] * 3 - w[0] * 3 - w[0] ** 2 + w[1] * 0.0", None),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_why_entries_are_zero(name):
    text, expected = ENTRIES[name]
    space = {"np": np, "w": np.arange(1.0, 7.0), "v": np.ones((2, 3)), "__name__": "__main__"}
    which = "v" if name == "a matrix" else "w"
    found = Cell(text, space).evaluate([which], "loss", receipt=True)
    assert [n for n in found.notices if "entries" in n] == ([expected] if expected else [])


@pytest.mark.parametrize("text, expected", [
    ("loss = np.minimum(k, 1.0) * 2", ["the gradient of `k` is zero: its effect ends at `np.minimum(k, 1.0)` on line 1, which is flat or zero there."]),
    ("loss = k - k", ["the gradient of `k` is zero: its effect ends at `k - k` on line 1, which is flat or zero there."]),
    ("loss = p['a'] ** 2 + np.sum(p['b'][1])", ["`loss` does not depend on `p['c']`: the cell computes no number from it, though it may decide which way "
                                               "the cell goes. Its gradient is zero.",
                                               "1 of 2 entries of the gradient of `p['b']` are zero (p['b'][0]): they are not among what `p['b'][1]` on line 1 takes."]),
])
def test_why_numbers_and_parts_are_zero(text, expected):
    space = {"np": np, "k": 1.5, "p": {"a": 1.0, "b": np.ones(2), "c": 2.0}, "__name__": "__main__"}
    assert Cell(text, space).evaluate(["p" if "p[" in text else "k"], "loss", receipt=True).notices == expected


def test_a_line_of_another_file_is_named_with_it(tmp_path, monkeypatch):
    import importlib

    (tmp_path / "rounding_helper.py").write_text("import numpy as np\n\n\ndef rounded(v):\n    return np.round(v * 3) / 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    space = {"np": np, "w": np.ones(2), "rounded": importlib.import_module("rounding_helper").rounded, "__name__": "__main__"}
    (notice,) = Cell("loss = np.sum(rounded(w))", space).evaluate(["w"], "loss").notices
    assert notice.startswith("`w` reaches `loss` only through `np.round(v * 3)` on line 5 of rounding_helper.py, which is flat")
