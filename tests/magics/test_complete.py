"""Completion in the magic line."""

import numpy as np
import pytest

from dpkernel.magics.complete import complete

SPACE = {"weights": np.zeros(3), "width": 2, "words": "abc", "np": np, "_hidden": 1.0, "params": {"b": 1.0}}


def found(text):
    """Complete where | stands."""
    position = text.index("|")
    answer = complete(text.replace("|", ""), position, SPACE)
    return answer and answer["matches"]


@pytest.mark.parametrize("text, expected", [
    ("%%grad loss --w|", ["--wrt"]),
    ("%%grad loss --wrt w --|", ["--into", "--jacobian", "--hessian", "--check", "--show"]),
    ("%%grad loss --wrt w|", ["weights", "width"]),
    ("%%grad loss --wrt weights, p|", ["params"]),
    ("%%grad lo|\nloss = 1.0", ["loss"]),
    ("%%optimize loss --using |", ["sgd", "momentum", "adam", "l-bfgs-b"]),
    ("%%optimize loss --using l-|", ["l-bfgs-b"]),
    ("# a comment\n%%grad loss --sh|", ["--show"]),
    ("%%grad loss --show c|", ["code"]),
])
def test_matches(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize("text", ["x = we|", "%%grad loss --wrt w\nx = we|", "%%time we|", "x = 1\n%%grad lo|"])
def test_elsewhere_it_is_ipythons(text):
    assert found(text) is None
