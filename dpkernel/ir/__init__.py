"""The intermediate representation: one language for primal, tangent and adjoint programs.

Start at block.py (what a program is), then build.py (how one is made).
"""

from .block import Block, Instruction, Tape, Value
from .build import Builder, current_builder, emit
from .evaluate import evaluate
from .printer import format_block
from .types import Type, type_of
from .verify import verify

__all__ = [
    "Block", "Builder", "Instruction", "Tape", "Type", "Value",
    "current_builder", "emit", "evaluate", "format_block", "type_of", "verify",
]
