"""A function as a program for all arguments of these types.

In:  a function, and arguments that show the types.
Out: a Captured; Refused, with a reason and a place, if the function is not one of those that can be read.
Start at `capture`.
"""

import numpy as np

from ..ir.block import Block, Value
from . import calls, functions, loops, numpy_functions, places, python_functions, statements    # they enter what they can read
from .scope import Array, Program, Refused, Scope, operand
from .source import definition
from .trees import flat, like

LOADED = calls, functions, loops, numpy_functions, places, python_functions, statements


class Captured:
    """A program and where its inputs come from.

    block     inputs: for each of `inputs` its Value, behind an array those of its extents; one result
    inputs    {key: Value or Array}; a key is (number of the argument, of its leaf), or one of `fetch`
    fetch     {key: function} whose outer name or default it is
    same      {key: (function, object)} outer names that have to be the same objects
    codes     {function: code} the functions that were read
    """

    def __init__(self, program, block):
        self.block, self.inputs = block, program.inputs
        self.fetch, self.same, self.codes = program.fetch, program.same, program.codes


def capture(function, args, code_of=lambda function: function.__code__):
    """Read a function for arguments like these.

    args      numbers, arrays of float64, int64 or bool, and tuples, lists and dicts of them
    code_of   function -> its code as it was written
    """
    program = Program(code_of)
    source, node = definition(function, code_of(function))
    scope = Scope(program, function, source, node)
    program.scopes.append(scope)
    region = program.enter()
    try:
        scope.take_arguments([taken(program, number, x) for number, x in enumerate(args)], {})
        found = scope.run(node.body) if hasattr(node, "name") else statements.Returned(scope.value(node.body))
        if found is None:
            raise Refused("a function that returns nothing")
        result = operand(found.value)
    finally:
        program.leave(region)
    return Captured(program, Block(block_inputs(program.inputs), region.builder.instructions, [result]))


def taken(program, number, x):
    """An argument: its numbers and arrays become inputs, anything else has to be the same object again."""
    leaves = []
    for k, leaf in enumerate(flat(x)):
        if isinstance(leaf, np.ndarray):
            if type(leaf) is not np.ndarray or leaf.dtype not in (np.float64, np.int64, np.bool_):
                raise Refused(f"an array of {leaf.dtype}")
            leaves.append(program.take((number, k), leaf, f"a{number}"))
        elif isinstance(leaf, (bool, int, float, np.floating, np.integer, np.bool_)):
            leaves.append(program.take((number, k), leaf, f"a{number}"))
        else:
            raise Refused(f"an argument of type {type(leaf).__name__}")
    return like(x, leaves)


def block_inputs(inputs):
    """The Values that come in: behind each array its extents."""
    found = []
    for x in inputs.values():
        value = first_version(x)
        found += [value, *(n for n in value.type.shape if isinstance(n, Value))]
    return found


def first_version(x):
    return x.value if isinstance(x, Array) else x
