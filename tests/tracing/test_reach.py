"""What objects lead to: also iterators of C that are half used, whose insides have holes."""

import itertools

import numpy as np

from dpkernel.tracing.reach import reach


def found(*roots):
    return reach(roots, lambda kind: False, lambda low, high: [], {})


def test_an_exhausted_zip_longest_has_holes_inside():
    """To go through its tuple as one goes through any other would end the process."""
    x = np.ones(3)
    z = itertools.zip_longest([x], [1, 2, 3])
    next(z), next(z)
    assert not found(z).anything and len(found([z, {"k": (x, [z])}]).arrays) == 1


def test_containers_of_all_kinds():
    x, y, s = np.ones(2), np.zeros(2), 1.5
    reached = found([x, (y, {s}), frozenset({2.5})])
    assert {id(a) for a in reached.arrays} == {id(x), id(y)} and id(s) in reached.things


def test_half_used_iterators():
    x = np.ones(3)
    for iterator in (zip([x], [1]), itertools.product([x], repeat=2), itertools.chain([x], [x]), itertools.cycle([x]),
                     itertools.combinations([x, x], 2), itertools.zip_longest([x]), itertools.groupby([x], id), iter([x, x])):
        next(iterator)
        assert found(iterator).arrays or type(iterator) in (zip, itertools.zip_longest), iterator
