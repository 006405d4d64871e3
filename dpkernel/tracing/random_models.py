"""What draws of random numbers mean as instructions.

In:  what was drawn, and the arguments of the draw.
Out: a Value. The draw itself is a constant of the evaluation; where it is placed and scaled is not.
Start at `LOCATED`; `Shuffled` is for functions that move or choose elements at random.

Location and scale: y = loc + scale * e with e drawn from the standard distribution, so dy/dloc = 1 and
dy/dscale = e (Kingma & Welling 2013, arXiv:1312.6114, section 2.4).
"""

import random

import numpy as np

from ..ir.block import Value
from ..ir.build import emit
from ..primitives import elementwise as e
from .site import ACTIVE
from .models import FREE, WAYS, Drawn, NoModel, Shuffled, as_value, concrete

GENERATORS = (np.random.Generator, np.random.RandomState)


def normal(y, loc=0.0, scale=1.0, size=None):
    drawn = (y - np.asarray(concrete(loc))) / np.asarray(concrete(scale))
    return as_value(loc) + as_value(scale) * drawn


def uniform(y, low=0.0, high=1.0, size=None):
    low_now, high_now = np.asarray(concrete(low)), np.asarray(concrete(high))
    drawn = (y - low_now) / (high_now - low_now)
    return as_value(low) + (as_value(high) - as_value(low)) * drawn


def exponential(y, scale=1.0, size=None):
    return as_value(scale) * (y / np.asarray(concrete(scale)))


def lognormal(y, mean=0.0, sigma=1.0, size=None):
    return emit(e.exp, normal(np.log(y), mean, sigma))


def power(y, a, size=None):
    """y = u ** (1 / a)."""
    return emit(e.exp, np.log(y) * np.asarray(concrete(a)) / as_value(a))


def weibull(y, a, size=None):
    """y = u ** (1 / a) with u from the exponential distribution."""
    return power(y, a)


def pareto(y, a, size=None):
    """1 + y = u ** (-1 / a)."""
    return power(1 + y, a) - 1


def multivariate_normal(y, mean, cov, size=None, **options):
    """The location only: how the draw depends on `cov` is a matter of the method."""
    if isinstance(cov, Value) and cov not in ACTIVE.tracer.constants:
        raise NoModel("a covariance that depends on a parameter")
    return as_value(mean) + (y - np.asarray(concrete(mean)))


LOCATED = {"normal": normal, "laplace": normal, "logistic": normal, "gumbel": normal, "uniform": uniform,
           "exponential": exponential, "rayleigh": exponential, "lognormal": lognormal, "power": power, "weibull": weibull,
           "pareto": pareto, "multivariate_normal": multivariate_normal}

for _kind in GENERATORS:
    for _name, _meaning in LOCATED.items():
        WAYS[_kind, _name] = Drawn(_meaning)
    for _name in ("permutation", "choice", "permuted"):
        if hasattr(_kind, _name):
            WAYS[_kind, _name] = Shuffled()
    WAYS[_kind, "shuffle"] = Shuffled(in_place=True)


# Python's own generator, whose functions have other names for their arguments

OF_PYTHON = {
    "uniform": lambda y, a, b: uniform(y, a, b),
    "gauss": lambda y, mu=0.0, sigma=1.0: normal(y, mu, sigma),
    "normalvariate": lambda y, mu=0.0, sigma=1.0: normal(y, mu, sigma),
    "lognormvariate": lambda y, mu=0.0, sigma=1.0: lognormal(y, mu, sigma),
    "expovariate": lambda y, lambd=1.0: y * np.asarray(concrete(lambd)) / as_value(lambd),
    "paretovariate": lambda y, alpha: power(y, alpha),
    "weibullvariate": lambda y, alpha, beta: as_value(alpha) * power(y / np.asarray(concrete(alpha)), beta),
}
for _name, _meaning in OF_PYTHON.items():
    WAYS[random.Random, _name] = Drawn(_meaning)
for _name in ("choice", "choices"):
    WAYS[random.Random, _name] = Shuffled()
WAYS[random.Random, "shuffle"] = Shuffled(in_place=True)
for _name in ("random", "getrandbits", "seed", "getstate", "setstate"):
    WAYS[random.Random, _name] = FREE
