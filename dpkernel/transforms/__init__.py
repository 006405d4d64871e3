"""Programs from programs: reverse.py for gradients, forward.py for tangents."""

from .forward import pushforward
from .reverse import NotDifferentiable, pullback, value_and_gradient

__all__ = ["NotDifferentiable", "pullback", "pushforward", "value_and_gradient"]
