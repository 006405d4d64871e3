"""Programs: values, instructions, blocks, tapes.

In:  nothing.
Out: the four classes that every later layer reads and writes.
Start at `Block`.

A program is in single-assignment form: a Value is defined once. Arrays are values: no instruction
changes one. An operand is a Value, or any other object, which then stands for itself (a literal).
"""

from .types import type_of


class Value:
    """A result of an instruction, or an input of a block. Identity is its name.

    type   a Type
    name   the user's name for it, or None
    """

    __slots__ = ("type", "name")
    __array_priority__ = 1e6
    __array_ufunc__ = None      # a NumPy array on the left gives way to the operators of Value

    def __init__(self, type, name=None):
        self.type = type
        self.name = name

    @property
    def shape(self):
        return self.type.shape

    @property
    def dtype(self):
        return self.type.dtype

    @property
    def ndim(self):
        return len(self.type.shape)

    def __repr__(self):
        return f"%{self.name or 'v'}:{self.type}"


class Instruction:
    """One use of a primitive.

    primitive    a primitives.Primitive
    inputs       tuple of operands
    attributes   dict of what is fixed when the program is made (axes, subscripts)
    outputs      tuple of Values
    regions      tuple of Blocks that run inside the instruction; they may read outer Values
    span         the source.Span it comes from, or None
    """

    __slots__ = ("primitive", "inputs", "attributes", "outputs", "regions", "span")

    def __init__(self, primitive, inputs, outputs, attributes=None, regions=(), span=None):
        self.primitive = primitive
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.attributes = attributes or {}
        self.regions = tuple(regions)
        self.span = span

    @property
    def output(self):
        """The result of an instruction that has one."""
        return self.outputs[0]

    def inputs_values(self):
        """The operands that are Values."""
        return [x for x in self.inputs if isinstance(x, Value)]

    def reads(self):
        """The Values that it reads, also in its regions."""
        found = self.inputs_values()
        for region in self.regions:
            found += region.free_values()
        return found

    def __repr__(self):
        return f"<{self.primitive.name} -> {self.outputs}>"


class Block:
    """Inputs, instructions in order, results (operands)."""

    __slots__ = ("inputs", "instructions", "results")

    def __init__(self, inputs=(), instructions=(), results=()):
        self.inputs = list(inputs)
        self.instructions = list(instructions)
        self.results = list(results)

    def free_values(self):
        """Values that the block reads and does not define, in the order of their first use."""
        defined = set(self.inputs)
        free = {}
        for instruction in self.instructions:
            for x in instruction.reads():
                if x not in defined:
                    free[x] = None
            defined.update(instruction.outputs)
        for x in self.results:
            if isinstance(x, Value) and x not in defined:
                free[x] = None
        return list(free)

    def format(self):
        """The program as text."""
        from .printer import format_block

        return format_block(self)

    def __repr__(self):
        return f"<Block of {len(self.instructions)} instructions>"


class Tape(Block):
    """The outermost block, with what tracing knows about it.

    constants   {Value: object} what the program reads from outside and treats as constant
    guards      list of (description, Span): what must hold for the tape to be used again
    """

    __slots__ = ("constants", "guards")

    def __init__(self, inputs=(), instructions=(), results=(), constants=None, guards=()):
        super().__init__(inputs, instructions, results)
        self.constants = dict(constants or {})
        self.guards = list(guards)


def type_of_operand(x):
    """The Type of an operand: a Value has one, a literal shows its own."""
    if isinstance(x, Value):
        return x.type
    return type_of(x)
