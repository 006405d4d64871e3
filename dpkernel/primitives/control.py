"""Control flow: instructions with blocks inside.

In:  bounds or conditions, and carried operands.
Out: the carried values at the end.
Start at `loop`. The bodies may read Values of the surrounding block. `require` stops a program that cannot go on.
"""

from ..ir.block import type_of_operand
from .registry import Primitive, RegionPrimitive


def _evaluate_loop(instruction, operands, lent, call):
    """loop(lo, hi, step, *carried; region(i, *carried) -> carried): Python's range."""
    lo, hi, step, *carried = operands
    (body,), lent = instruction.regions, lent[3:]
    for i in range(lo, hi, step):
        carried, lent = call(body, [i, *carried], [False, *lent])
    return carried, lent


def _check_loop(instruction):
    (body,) = instruction.regions
    carried = instruction.inputs[3:]
    assert len(body.inputs) == len(carried) + 1, "loop: the body takes i and the carried values"
    _check_carried(carried, body.inputs[1:], body.results, instruction.outputs)


def _evaluate_while(instruction, operands, lent, call):
    """while_loop(*carried; condition(*carried) -> bool, body(*carried) -> carried) -> carried, trips."""
    condition, body = instruction.regions
    carried, trips = operands, 0
    while call(condition, carried, [False] * len(carried))[0][0]:
        carried, lent = call(body, carried, lent)
        trips += 1
    return [*carried, trips], [*lent, False]


def _check_while(instruction):
    condition, body = instruction.regions
    assert len(condition.results) == 1, "while_loop: the condition returns one value"
    assert len(condition.inputs) == len(instruction.inputs), "while_loop: condition takes the carried"
    _check_carried(instruction.inputs, body.inputs, body.results, instruction.outputs[:-1])


def _evaluate_branch(instruction, operands, lent, call):
    """branch(condition, *operands; then(*operands) -> results, orelse(*operands) -> results)."""
    condition, *arguments = operands
    then, orelse = instruction.regions
    return call(then if condition else orelse, arguments, lent[1:])


def _check_branch(instruction):
    for region in instruction.regions:
        assert len(region.inputs) == len(instruction.inputs) - 1, "branch: both take the operands"
        _check_same_ranks(region.results, instruction.outputs, "branch")


def _check_carried(carried, parameters, results, outputs):
    _check_same_ranks(carried, parameters, "carried values")
    _check_same_ranks(results, parameters, "the body's results")
    _check_same_ranks(outputs, parameters, "the loop's results")


def _check_same_ranks(xs, ys, what):
    assert len(xs) == len(ys), f"{what}: {len(xs)} for {len(ys)}"
    for x, y in zip(xs, ys):
        x, y = type_of_operand(x), type_of_operand(y)
        assert x.ndim == y.ndim, f"{what}: {x} for {y}"
        assert x.dtype.kind == y.dtype.kind, f"{what}: {x} for {y}"


def _require(x, condition):
    if not condition:
        raise ValueError("a value that is not there")
    return x


require = Primitive("require", _require, lambda x, condition: type_of_operand(x), text="{}")       # x, where the condition holds
loop = RegionPrimitive("loop", _evaluate_loop, _check_loop)
while_loop = RegionPrimitive("while_loop", _evaluate_while, _check_while)
branch = RegionPrimitive("branch", _evaluate_branch, _check_branch)
