"""Tracing: running the user's code as it is, and writing down what depends on a parameter.

rewrite.py   the user's syntax tree, with a `Site` called wherever something can be seen
site.py      what such a place does: the plain operation, then `Tracer` writes it down
tracer.py    which object is which Value, and the tape
follow.py    functions of earlier cells and of the user's modules run rewritten meanwhile
models*.py   what NumPy's and Python's functions mean as instructions

The user's objects are the user's: nothing stands in for them. A Value is found by the identity of
the object it describes, which the tape keeps alive, so that nothing has to be swept away afterwards.
"""

from .tracer import Tracer

__all__ = ["Tracer"]
