"""The examples, run unattended: each ends by asserting its target, and shows what a page would show."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_example(path):
    book = nbformat.read(path, as_version=4)
    assert book.metadata.kernelspec.name == "dpkernel"
    assert all(not cell.get("outputs") for cell in book.cells), "examples are kept without outputs"
    assert "assert" in book.cells[-1].source
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert book.cells[-1].execution_count, "the assertion was not reached"
    shown = [output.data for cell in book.cells for output in cell.get("outputs", []) if "data" in output]
    reports = [data for data in shown if "application/vnd.dpkernel.report.v1+json" in data]
    runs = [data for data in shown if "application/vnd.dpkernel.run.v1+json" in data]
    assert reports or runs
    for data in runs:
        assert data["application/vnd.dpkernel.run.v1+json"]["state"] == "finished" and "<svg" in data["text/html"]


def test_there_are_examples():
    assert [p.stem for p in EXAMPLES] == [
        "01_first_gradient", "02_theophylline", "03_hare_and_lynx", "04_double_integrator", "05_hydrogen_molecule",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_readme_lists_it(path):
    assert f"(examples/{path.name})" in (path.parents[1] / "README.md").read_text()
