"""The front end's unit tests, and what the built extension must hold."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "labextension"


def test_unit_tests():
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no Node on this machine")
    if not (FOLDER / "node_modules" / "vitest").is_dir():
        pytest.skip("the front end was not built in this folder")
    found = subprocess.run([npm, "test"], cwd=FOLDER, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_lock_names_no_addresses():
    for name, entry in json.loads((FOLDER / "package-lock.json").read_text())["packages"].items():
        held = {key: value for key, value in entry.items() if key != "funding"}
        assert "resolved" not in held and "://" not in json.dumps(held), name


def test_the_extension_and_the_kernel_are_installed():
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_path

    spec = KernelSpecManager().get_kernel_spec("dpkernel")
    assert spec.display_name == "Differentiable Python" and "-P" in spec.argv
    assert (Path(spec.resource_dir) / "logo-svg.svg").is_file()
    found = [Path(p) / "dpkernel-labextension" / "package.json" for p in jupyter_path("labextensions")]
    assert any(p.is_file() for p in found)
