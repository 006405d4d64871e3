"""What draws of random numbers mean as instructions.

In:  what was drawn, and the arguments of the draw.
Out: a Value. The draw itself is a constant of the evaluation; where it is placed and scaled is not.
Start at `LOCATED`; `Shuffled` is for functions that move or choose elements at random.

Location and scale: y = loc + scale * e with e drawn from the standard distribution, so dy/dloc = 1 and
dy/dscale = e (Kingma & Welling 2013, arXiv:1312.6114, section 2.4).
"""

import numpy as np

from .models import WAYS, Drawn, Shuffled, as_value, concrete

GENERATORS = (np.random.Generator, np.random.RandomState)


def normal(y, loc=0.0, scale=1.0, size=None):
    e = (y - np.asarray(concrete(loc))) / np.asarray(concrete(scale))
    return as_value(loc) + as_value(scale) * e


def uniform(y, low=0.0, high=1.0, size=None):
    low_now, high_now = np.asarray(concrete(low)), np.asarray(concrete(high))
    e = (y - low_now) / (high_now - low_now)
    return as_value(low) + (as_value(high) - as_value(low)) * e


def exponential(y, scale=1.0, size=None):
    return as_value(scale) * (y / np.asarray(concrete(scale)))


LOCATED = {"normal": normal, "laplace": normal, "logistic": normal, "gumbel": normal, "uniform": uniform,
           "exponential": exponential, "rayleigh": exponential}

for _kind in GENERATORS:
    for _name, _meaning in LOCATED.items():
        WAYS[_kind, _name] = Drawn(_meaning)
    for _name in ("permutation", "choice", "permuted"):
        if hasattr(_kind, _name):
            WAYS[_kind, _name] = Shuffled()
    WAYS[_kind, "shuffle"] = Shuffled(in_place=True)
