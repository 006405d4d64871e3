"""Tuples, lists and dicts of numbers and arrays, taken apart and put together again.

In:  what a name stands for.
Out: its leaves in order; the same structure with others.
Start at `flat`.
"""

from ..ir.block import Value


class Slot:
    """Stands for a result of a branch or a loop until there is one."""

    def __init__(self, number):
        self.number = number


def flat(x):
    """The leaves of a structure, in order."""
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in flat(part)]
    if isinstance(x, (tuple, list)):
        return [leaf for part in x for leaf in flat(part)]
    return [x]


def like(x, leaves):
    """The structure of `x` with other leaves."""
    return _like(x, iter(leaves))


def _like(x, leaves):
    if isinstance(x, dict):
        return {key: _like(part, leaves) for key, part in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*(_like(part, leaves) for part in x))
    if isinstance(x, (tuple, list)):
        return type(x)(_like(part, leaves) for part in x)
    return next(leaves)


def filled(program, x, outs, given):
    """The structure with results in the place of its Slots: a new Array (perhaps `given`) where one has axes."""
    leaves = []
    for leaf in flat(x):
        leaf = outs[leaf.number] if isinstance(leaf, Slot) else leaf
        if isinstance(leaf, Value) and leaf.type.shape:
            leaf = program.new_array(leaf)
            leaf.given = given
        leaves.append(leaf)
    return like(x, leaves)
