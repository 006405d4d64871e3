"""Primitives by subject, and `functions`, the language in which rules are written."""

from . import control, elementwise, functions, index, linalg, outside, products, reduce, shape, special
from .registry import REGISTRY, Primitive

__all__ = [
    "REGISTRY", "Primitive", "control", "elementwise", "functions", "index", "linalg", "outside",
    "products", "reduce", "shape", "special",
]
