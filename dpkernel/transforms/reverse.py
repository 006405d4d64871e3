"""Reverse mode: from a block to a block that computes cotangents.

In:  a block, the Values to differentiate with respect to.
Out: a block in the same language; nothing later needs to know that it is a derivative.
Start at `pullback`.

The engine, not the rules, adds cotangents where a value is used twice, sums over broadcast axes,
brings each cotangent into the dtype of its value, and leaves out what nobody wants.
"""

from ..derivatives import RULES
from ..derivatives.forms import Masked, Partials
from ..errors import InternalError
from ..ir.block import Block, Value, type_of_operand
from ..ir.build import Builder, current_builder
from ..primitives.functions import cast, real, sum_to, zeros_like
from .activity import active_values
from .dead_code import without_dead_code


REGIONS = {}        # primitive with regions -> function (instruction, cotangents, active) that pulls it back; see regions.py


class NotDifferentiable(Exception):
    """The sweep met an instruction without a derivative; the caller makes a lesson of it."""

    def __init__(self, instruction):
        super().__init__(instruction.primitive.name)
        self.instruction = instruction


def pullback(block, wrt, results=None, seeds=None):
    """Return a block that maps the cotangents of results to the cotangents of `wrt`.

    block     a verified Block
    wrt       Values of the block, usually some of its inputs
    results   the results whose cotangents come in (default: block.results)
    seeds     numbers in place of these cotangents, if they are known

    Returns   a Block with inputs (y_bar, ...) and results (x_bar, ...) in the order of `wrt`.
              It reads Values of `block`: these are its residuals (`free_values`).
    Raises    NotDifferentiable where the gradient would pass through an unknown call.
    """
    results = block.results if results is None else results
    active = active_values(block, wrt)
    given = [Value(type_of_operand(y).tangent) for y in results] if seeds is None else seeds
    cotangents = {}
    with Builder() as builder:
        for y, y_bar in zip(results, given):
            if isinstance(y, Value) and y in active:
                add_cotangent(cotangents, y, y_bar)
        sweep(block.instructions, cotangents, active)
        builder.span = None
        found = [unmasked(cotangents[x]) if x in cotangents else zeros_like(x) for x in wrt]
    return without_dead_code(Block(given if seeds is None else [], builder.instructions, found))


def sweep(instructions, cotangents, active, pulls=()):
    """From the last instruction to the first: add to `cotangents` what each passes back.

    pulls   {instruction: function (cotangents)} of branches whose residuals are at hand
    """
    builder = current_builder()
    for instruction in reversed(instructions):
        if any(y in cotangents for y in instruction.outputs):
            builder.span = instruction.span
            if instruction in pulls:
                pulls[instruction](cotangents)
            elif instruction.regions:
                REGIONS[instruction.primitive](instruction, cotangents, active)
            else:
                pull_instruction(instruction, cotangents, active)


def pull_instruction(instruction, cotangents, active):
    """Add what one instruction passes back to the cotangents of its operands."""
    y_bar = cotangents.pop(instruction.output)
    rule = RULES.get(instruction.primitive)
    if rule is None:
        raise NotDifferentiable(instruction)
    if isinstance(y_bar, Masked) and not isinstance(rule, Partials):
        y_bar = y_bar.selected()
    wanted = [isinstance(x, Value) and x in active for x in instruction.inputs]
    accumulate = getattr(rule, "accumulate", None)
    if accumulate:
        for number, function in accumulate.items():
            x = instruction.inputs[number]
            if wanted[number] and x in cotangents:
                wanted[number] = False
                cotangents[x] = function(
                    unmasked(cotangents[x]), y_bar, *instruction.inputs, **instruction.attributes
                )
        if not any(wanted):
            return
    for x, x_bar in zip(instruction.inputs, rule.pull(instruction, y_bar, wanted), strict=True):
        if x_bar is not None:
            add_cotangent(cotangents, x, x_bar)


def add_cotangent(cotangents, x, x_bar):
    """Fit `x_bar` to the shape and dtype of `x`, and add it to what is there."""
    if isinstance(x_bar, Masked) and (x in cotangents or x_bar.type != x.type.tangent):
        x_bar = x_bar.selected()
    fitted = x_bar if isinstance(x_bar, Masked) else fit(x_bar, x.type)
    total = unmasked(cotangents[x]) + fitted if x in cotangents else fitted
    if isinstance(total, Value) and total.name is None and x.name is not None:
        total.name = f"{x.name}_bar"
    cotangents[x] = total


def unmasked(x_bar):
    """A cotangent as a Value."""
    return x_bar.selected() if isinstance(x_bar, Masked) else x_bar


def fit(x_bar, type):
    """Sum over broadcast axes; take the real part, and the precision, that the value has."""
    found = type_of_operand(x_bar)
    if found.shape != type.shape:
        x_bar = sum_to(x_bar, type.shape)
    if found.complex and not type.complex:
        x_bar = real(x_bar)
        found = type_of_operand(x_bar)
    wider = type.inexact and found.dtype != type.dtype and found.dtype.itemsize > type.dtype.itemsize
    if wider or type.complex and not found.complex:
        x_bar = cast(x_bar, dtype=type.dtype)
    return x_bar


def value_and_gradient(block, wrt=None):
    """One block that computes the results of `block` and the gradient of the first of them.

    Raises InternalError if the first result is not one real number.
    """
    wrt = block.inputs if wrt is None else wrt
    loss = block.results[0]
    kind = type_of_operand(loss)
    if kind.shape or not kind.inexact or kind.complex:
        raise InternalError(f"the loss has type {kind}", tape=block.format())
    back = pullback(block, wrt, [loss], seeds=[1.0])
    return Block(block.inputs, [*block.instructions, *back.instructions], [*block.results, *back.results])
