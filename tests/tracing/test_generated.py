"""Random programs: the gradient agrees with differences, and everything else with the plain cell."""

import pytest

from support.cells import check
from support.programs import program


def test_program(seed):
    above, text = program(seed)
    check(above, text, ["p", "q", "s"], rtol=2e-5, atol=2e-6, refusal="never")


@pytest.mark.parametrize("seed", range(3))
def test_the_generator_is_deterministic_and_rich(seed):
    above, text = program(seed)
    assert program(seed) == (above, text) and text.count("\n") > 14
