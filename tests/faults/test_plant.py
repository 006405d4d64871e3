"""The table of faults can't rot, and one fault is planted; the others are planted by the script."""

import pytest

from faults.plant import CAUGHT, FAULTS, ROOT, main, tried, with_fault

FASTEST = "evaluation: what a region also reads is overwritten"
FOLDERS = {     # how many faults at least
    ("derivatives",): 8, ("tracing/memory", "tracing/writes", "tracing/operations", "tracing/iteration"): 8,
    ("transforms", "ir/evaluate"): 9, ("tracing/whole", "tracing/follow", "tracing/tracer", "tracing/frames"): 5,
    ("codegen", "optimize"): 2,
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_place_is_in_the_package(fault):
    """Once, and what stands there instead is Python."""
    text = (ROOT / "dpkernel" / fault.file).read_text(encoding="utf-8")
    assert with_fault(fault, text) != text
    files = [name for name in fault.tests if name.startswith("tests/")]
    assert files and all((ROOT / name.split("::")[0]).exists() for name in files)


def test_every_part_of_the_package_has_faults():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for folders, least in FOLDERS.items():
        assert sum(fault.file.startswith(folders) for fault in FAULTS) >= least, folders


def test_a_fault_is_caught(capsys):
    assert main([FASTEST]) == 0
    assert "caught" in capsys.readouterr().out


def test_a_fault_that_is_none_is_not_caught():
    """The tests pass with the copy of the package, so what is caught is the fault."""
    fault = next(f for f in FAULTS if f.name == FASTEST)
    assert tried(fault, planted=False)[0] != CAUGHT
