"""Update rules, as plain (init, update) pairs.

In:  parameters and gradients, lists of float64 arrays (n,).
Out: new parameters and a new state; nothing is changed in place.
Start at `METHODS`. Defaults are those of torch.optim.
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Method:
    """A first-order method.

    lr       default learning rate
    init     (parameters) -> state
    update   (parameters, gradients, state, rates) -> (parameters, state); one rate a parameter
    """

    name: str
    lr: float
    init: Callable
    update: Callable


def _no_state(parameters):
    return ()


def sgd_update(parameters, gradients, state, rates):
    """Steepest descent: x - lr g. Source: Cauchy (1847); Robbins & Monro (1951)."""
    return [x - lr * g for x, g, lr in zip(parameters, gradients, rates)], state


def _zeros(parameters):
    return [np.zeros_like(x) for x in parameters]


def momentum_update(parameters, gradients, state, rates, *, decay=0.9):
    """v = decay v + g;  x - lr v. Source: Polyak (1964), in the form of torch.optim.SGD."""
    state = [decay * v + g for v, g in zip(state, gradients)]
    return [x - lr * v for x, v, lr in zip(parameters, state, rates)], state


def _adam_init(parameters):
    return 0, _zeros(parameters), _zeros(parameters)


def adam_update(parameters, gradients, state, rates, *, beta1=0.9, beta2=0.999, eps=1e-8):
    """Running means of g and g*g, corrected for their start at zero.

    Source: Kingma & Ba, arXiv:1412.6980 (2014), algorithm 1; the order of operations is torch's.
    """
    t, first, second = state
    t += 1
    first = [m + (1 - beta1) * (g - m) for m, g in zip(first, gradients)]
    second = [beta2 * v + (1 - beta2) * (g * g) for v, g in zip(second, gradients)]
    correction1, correction2 = 1 - beta1**t, (1 - beta2**t) ** 0.5
    new = [
        x - (lr / correction1) * (m / (np.sqrt(v) / correction2 + eps))
        for x, m, v, lr in zip(parameters, first, second, rates)
    ]
    return new, (t, first, second)


METHODS = {
    "sgd": Method("sgd", 0.01, _no_state, sgd_update),
    "momentum": Method("momentum", 0.01, _zeros, momentum_update),
    "adam": Method("adam", 0.001, _adam_init, adam_update),
}
