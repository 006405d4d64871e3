"""Random numbers that a function has drawn, drawn again.

In:  what the function leads to, before it is called.
Out: whether it has drawn from something, and a context in which the same numbers are drawn.
Start at `Draws`.
"""

import contextlib
import random

import numpy as np


class Draws:
    """The sources that a function may draw from, and their states before it is called.

    reached   what the function leads to (reach.py): generators of NumPy's and Python's among it
    """

    def __init__(self, reached):
        self.sources = [(np.random.get_state, np.random.set_state), (random.getstate, random.setstate)]
        self.sources += [_states_of(x) for x in reached.things.values()
                         if isinstance(x, (np.random.Generator, np.random.RandomState, random.Random))]
        self.states = self.now()

    def now(self):
        return [get() for get, _ in self.sources]

    def changed(self):
        """True if something has been drawn since."""
        return any(not _same(a, b) for a, b in zip(self.states, self.now()))

    @contextlib.contextmanager
    def again(self):
        """Inside it the same numbers are drawn as from here on; later draws do not notice."""
        later = self.now()
        self.put(self.states)
        try:
            yield
        finally:
            self.put(later)

    def put(self, states):
        for (_, put), state in zip(self.sources, states):
            put(state)


def _states_of(x):
    if isinstance(x, np.random.Generator):
        return lambda: x.bit_generator.state, lambda state: setattr(x.bit_generator, "state", state)
    if isinstance(x, np.random.RandomState):
        return x.get_state, x.set_state
    return x.getstate, x.setstate


def _same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(_same, a, b))
    return np.array_equal(a, b)
