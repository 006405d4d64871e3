"""Programs from programs: roll.py makes loops, reverse.py gradients, forward.py tangents; regions.py is for loops of both."""

from . import regions
from .forward import pushforward
from .reverse import NotDifferentiable, pullback, value_and_gradient
from .roll import roll

__all__ = ["NotDifferentiable", "pullback", "pushforward", "regions", "roll", "value_and_gradient"]
