"""Report and run as data, HTML and text."""

import json

import numpy as np
import pytest

from dpkernel.views.report import summary
from dpkernel.views.svg import curve
from dpkernel.views.text import bytes_in_words, duration, short
from support.notebook import REPORT, RUN, Notebook


@pytest.fixture(scope="module")
def notebook():
    book = Notebook()
    book.good("import numpy as np\nw = np.arange(6.0).reshape(2, 3); b = 0.5; bad = np.array([1.0, 0.0]); z = np.zeros(0)")
    return book


def test_the_bundle_is_strict_json_and_html_without_script(notebook):
    output = notebook.good("%%grad loss --wrt w, b, bad, z --show code\nloss = np.sum(w ** 2) * b + np.sum(np.sqrt(bad)) + np.sum(z)")
    bundle = output.bundle(REPORT)
    data = json.loads(json.dumps(bundle[REPORT], allow_nan=False))
    assert [p["name"] for p in data["parameters"]] == ["w", "b", "bad", "z"]
    assert data["parameters"][2]["gradient"]["nonfinite"] == 1 and data["parameters"][3]["gradient"]["size"] == 0
    assert "the gradient of `bad` is not finite." in data["warnings"]
    html = bundle["text/html"]
    assert "<script" not in html and "javascript:" not in html and "onclick" not in html


def test_names_cannot_break_out_of_the_html(notebook):
    notebook.good("evil = {'<script>alert(1)</script>': 1.0}")
    output = notebook.good("%%grad loss --wrt evil['<script>alert(1)</script>']\nloss = evil['<script>alert(1)</script>'] ** 2")
    assert "<script" not in output.bundle(REPORT)["text/html"]


def test_at_most_eight_lines_are_open(notebook):
    notebook.good("many = [float(k) for k in range(200)]\nfor k in range(200): globals()[f'p{k}'] = float(k)")
    names = ", ".join(f"p{k}" for k in range(200))
    text = notebook.good(f"%%grad loss --wrt {names}\nloss = sum([{names}])").bundle(REPORT)["text/plain"]
    assert len(text.split("\n")) <= 9 and "… 194 more" in text


def test_a_run_at_its_end(notebook):
    output = notebook.good("%%optimize loss --wrt w, b --steps 40 --lr 0.1\nloss = np.sum((w - 1) ** 2) + b ** 2")
    bundle = output.bundle(RUN)
    data = json.loads(json.dumps(bundle[RUN], allow_nan=False))
    assert data["state"] == "finished" and data["step"] == 40 and len(data["columns"]["loss"]) == 41
    assert "<svg" in bundle["text/html"] and "<script" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("loss = ") and "all 40 steps are done" in bundle["text/plain"]


@pytest.mark.parametrize("x", [np.array([]), np.array([np.nan, np.inf]), np.array([1e300, -1e300]), np.ones(3), 1.0, [1.0, None], {}])
def test_summaries_of_anything(x):
    found = summary(x)
    assert json.loads(json.dumps(found, allow_nan=False))["size"] == found["size"]


@pytest.mark.parametrize("losses", [[1.0], [1.0, 1.0], [1e-300, 1e300], [-5.0, 3.0], [None, 2.0, None], []])
def test_curves_of_anything(losses):
    svg = curve({"step": list(range(len(losses))), "loss": losses}, "<loss>")
    assert "nan" not in svg and "<loss>" not in svg


def test_text_fits_a_line():
    assert all(len(short(x)) <= 44 for x in (np.arange(1e6), np.ones((5, 5, 5)), "x" * 100, {k: np.ones(9) for k in range(9)}, [1.0] * 99))
    assert (duration(3e-5), duration(0.25), bytes_in_words(2_500_000)) == ("30 µs", "250 ms", "2.5 MB")
