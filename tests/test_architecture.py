"""The architecture is a promise: layers, sizes, what an import loads."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dpkernel"
LAYERS = [
    {"errors", "source", "lazy"}, {"ir"}, {"primitives"}, {"derivatives", "tracing", "capture", "names"}, {"transforms", "codegen"},
    {"runtime"}, {"optimize"}, {"views"}, {"api"}, {"magics"}, {"kernel", "course", "sklearn"},
]
FILES = sorted(PACKAGE.rglob("*.py"))


def layer(name):
    return next(n for n, names in enumerate(LAYERS) if name in names)


def imports(inside, text):
    """(module of ours, line) for each import in the text of a file, `from ..ir import x` made absolute.

    inside   the parts of the file's path in the package, without its ending
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            module = (*inside[:len(inside) - node.level], *filter(None, (node.module or "").split(".")))
            for alias in node.names:
                yield (module or (alias.name,))[0], node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("dpkernel."):
                    yield alias.name.split(".")[1], node.lineno


@pytest.mark.parametrize("path", [p for p in FILES if p.parent != PACKAGE or p.stem not in ("__init__",)],
                         ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_imports_only_from_layers_left_of_its_own(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for found, line in imports(path.relative_to(PACKAGE).with_suffix("").parts, path.read_text(encoding="utf-8")):
        if found in (own, "__version__"):
            continue
        assert layer(found) < layer(own), f"{path.name}, line {line}: {own} imports {found}"


def test_a_wrong_import_would_be_found():
    assert layer("ir") < layer("tracing") and layer("derivatives") == layer("tracing")
    assert list(imports(("ir", "x"), "from ..tracing import Tracer")) == [("tracing", 1)]
    assert list(imports(("ir", "x"), "from .block import Block\nfrom .. import errors")) == [("ir", 1), ("errors", 2)]
    assert list(imports(("kernel",), "from . import names\nimport dpkernel.api")) == [("names", 1), ("api", 2)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_file_begins_with_what_it_is_for(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, "no docstring"
    if path.name != "__init__.py" and "In:" not in text:
        pytest.fail("the first lines do not say what comes in and what goes out")


HEAVY = ("numba", "scipy", "pandas", "ipywidgets", "matplotlib", "sklearn")


@pytest.mark.parametrize("code", [
    "import dpkernel",
    "import dpkernel; dpkernel.grad",
    "from IPython.core.interactiveshell import InteractiveShell as S; S().extension_manager.load_extension('dpkernel')",
])
def test_nothing_heavy_is_loaded_early(code):
    assert loaded(code, HEAVY) == []


def test_the_kernel_starts_without_numpy():
    code = "from ipykernel.ipkernel import IPythonKernel; import sys; before = set(sys.modules)\n"
    code += "import dpkernel.kernel; from IPython.core.interactiveshell import InteractiveShell as S\n"
    code += "shell = S(); shell.extension_manager.load_extension('dpkernel'); shell.run_cell('1')"
    assert loaded(code, (*HEAVY, "numpy")) == []


def loaded(code, modules):
    """Those of `modules` that are loaded after `code`, in a process of its own."""
    text = f"{code}\nimport sys, json\nprint(json.dumps([m for m in {modules} if m in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return json.loads(found.stdout.splitlines()[-1])
