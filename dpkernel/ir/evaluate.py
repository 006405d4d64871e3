"""The reference meaning of a program: plain NumPy, one instruction after another.

In:  a Block and objects for its inputs (and for the Values it reads from outside).
Out: the objects of its results.
Start at `evaluate`.

An array that nobody reads any more is overwritten by an update of it, if it is the program's own. `owned` holds
the Values of such arrays; they may be handed into regions and back, so that a loop updates what it carries in place.
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
    return _Evaluation().run(block, inputs, [False] * len(block.inputs), values)[0]


class _Evaluation:
    """One evaluation. What must be known of each block is found out once, however often it runs."""

    def __init__(self):
        self.plans = {}

    def run(self, block, inputs, lent, values):
        """Evaluate a block; `values`, which hold what it reads from outside, become its own.

        lent     for each input: nobody else needs this array
        Returns  results, and for each of them: nobody else has this array
        """
        last = self.plan(block)[0]
        values.update(zip(block.inputs, inputs, strict=True))
        owned = {x for x, mine in zip(block.inputs, lent) if mine}
        for number, instruction in enumerate(block.instructions):
            dying = last.get(number, ())
            operands = [values[x] if isinstance(x, Value) else x for x in instruction.inputs]
            if instruction.regions:
                results = self.run_regions(instruction, operands, dying, owned, values)
            else:
                results = (_run(instruction, operands, dying, owned),)
            values.update(zip(instruction.outputs, results, strict=True))
            for x in dying:
                values.pop(x, None)
                owned.discard(x)
        found = [values[x] if isinstance(x, Value) else x for x in block.results]
        return found, [isinstance(x, Value) and x in owned and block.results.count(x) == 1 for x in block.results]

    def run_regions(self, instruction, operands, dying, owned, values):
        """Evaluate an instruction with regions; which of its results are owned is entered in `owned`."""
        shared = {x for region in instruction.regions for x in self.plan(region)[1]}
        mine = [isinstance(x, Value) and x in owned and x in dying and x not in shared and instruction.inputs.count(x) == 1
                for x in instruction.inputs]
        outside = {}

        def call(region, arguments, lent):
            if region not in outside:
                outside[region] = {x: values[x] for x in self.plan(region)[1]}
            return self.run(region, arguments, lent, dict(outside[region]))

        results, lent = instruction.primitive.evaluate_regions(instruction, operands, mine, call)
        owned.difference_update(x for x in instruction.inputs if isinstance(x, Value))
        owned.update(x for x, is_owned in zip(instruction.outputs, lent) if is_owned)
        return results

    def plan(self, block):
        """({instruction number: Values that nobody reads after it}, what it reads from outside)."""
        found = self.plans.get(block)
        if found is None:
            found = self.plans[block] = _last_uses(block), block.free_values()
        return found


def _run(instruction, operands, dying, owned):
    """Evaluate one instruction without regions."""
    primitive, first = instruction.primitive, instruction.inputs[0] if instruction.inputs else None
    if primitive.evaluate_in_place and type(operands[0]) is np.ndarray and first in owned and first in dying \
            and instruction.inputs.count(first) == 1:
        owned.add(instruction.output)
        return primitive.evaluate_in_place(*operands, **instruction.attributes)
    result = primitive.evaluate(*operands, **instruction.attributes)
    if primitive.makes_new_array:
        owned.add(instruction.output)
    if type(result) is np.ndarray and owned and (result.base is not None or any(result is x for x in operands)):
        seen = owned.intersection(x for x in instruction.inputs if isinstance(x, Value))
        if seen and 2 * result.nbytes <= max(np.size(x) * result.itemsize for x in operands):
            return np.array(result)         # a row is copied, so that the array can be written in place
        owned -= seen                       # else a write into the operand would change the result
    return result


def _last_uses(block):
    """{instruction number: Values defined inside, and inputs, that nobody reads after it}."""
    kept = {x for x in block.results if isinstance(x, Value)}
    defined = {x for instruction in block.instructions for x in instruction.outputs}.union(block.inputs)
    seen, last = set(kept), {}
    for number in range(len(block.instructions) - 1, -1, -1):
        instruction = block.instructions[number]
        for x in (*instruction.reads(), *instruction.outputs):
            if x in defined and x not in seen:
                seen.add(x)
                last.setdefault(number, []).append(x)
    return last
