"""The reference meaning of a program: plain NumPy, one instruction after another.

In:  a Block and objects for its inputs (and for the Values it reads from outside).
Out: the objects of its results.
Start at `evaluate`.
"""

import numpy as np

from .block import Tape, Value


def evaluate(block, inputs, outer=None):
    """Run `block` on `inputs` and return the list of its results.

    inputs   one object for each block.inputs
    outer    {Value: object} for the Values that the block reads and does not define

    Every instruction runs once, in order, and what a primitive raises is raised here.
    Values are dropped after their last use, so memory is what the program needs.
    """
    values = dict(outer or {})
    if isinstance(block, Tape):
        values.update(block.constants)
    values.update(zip(block.inputs, inputs, strict=True))
    last, owned = _last_uses(block), set()
    for number, instruction in enumerate(block.instructions):
        operands = [values[x] if isinstance(x, Value) else x for x in instruction.inputs]
        primitive = instruction.primitive
        if instruction.regions:
            results = primitive.evaluate_regions(instruction, operands, values, evaluate)
        elif primitive.evaluate_in_place and _dies_here(instruction, operands[0], last.get(number, ()), owned):
            results = (primitive.evaluate_in_place(*operands, **instruction.attributes),)
            owned.add(instruction.output)
        else:
            results = (primitive.evaluate(*operands, **instruction.attributes),)
            if primitive.makes_new_array:
                owned.add(instruction.output)
        if instruction.regions or any(_may_be_seen_through(y, operands) for y in results):
            owned.difference_update(x for x in instruction.inputs if isinstance(x, Value))
        values.update(zip(instruction.outputs, results, strict=True))
        for x in last.get(number, ()):
            values.pop(x, None)
    return [values[x] if isinstance(x, Value) else x for x in block.results]


def _may_be_seen_through(result, operands):
    """True if a result may be an operand, or a view of one: a write into the operand would change it."""
    return type(result) is np.ndarray and (result.base is not None or any(result is x for x in operands))


def _dies_here(instruction, operand, dying, owned):
    """True if the first operand is an array of our own that nobody reads afterwards."""
    x = instruction.inputs[0]
    return type(operand) is np.ndarray and x in owned and x in dying and instruction.inputs.count(x) == 1


def _last_uses(block):
    """{instruction number: Values defined inside that nobody reads after it}."""
    kept = {x for x in block.results if isinstance(x, Value)}
    defined = {x for instruction in block.instructions for x in instruction.outputs}
    seen, last = set(kept), {}
    for number in range(len(block.instructions) - 1, -1, -1):
        instruction = block.instructions[number]
        reads = [x for x in instruction.inputs if isinstance(x, Value)]
        for region in instruction.regions:
            reads += region.free_values()
        for x in (*reads, *instruction.outputs):
            if x in defined and x not in seen:
                seen.add(x)
                last.setdefault(number, []).append(x)
    return last
