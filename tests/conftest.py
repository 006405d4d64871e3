"""Options of the tests: `--seeds N` for the sweeps, `-m long` for the full ones."""

import pytest

SAMPLE = 120        # random programs in an ordinary run


def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=1000, help="how many random programs the long sweeps run")


def pytest_generate_tests(metafunc):
    """Give `seed` to tests of random programs: a fixed sample, the rest marked as long."""
    if "seed" in metafunc.fixturenames and not any(
        "seed" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    ):
        number = max(metafunc.config.getoption("--seeds"), SAMPLE)
        metafunc.parametrize("seed", [
            pytest.param(n, marks=[pytest.mark.long] if n >= SAMPLE else []) for n in range(number)
        ])


def pytest_collection_modifyitems(config, items):
    """Long sweeps only run when they are asked for."""
    if "long" not in config.getoption("-m"):
        left = [item for item in items if item.get_closest_marker("long") is None]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(left)])
        items[:] = left
