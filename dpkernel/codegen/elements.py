"""Arrays in the lowered form, element by element.

In:  instructions that give arrays.
Out: loops that fill them; expressions for one element of an array that is never made.
Start at `Elements.force` and `Elements.element`.
"""

import contextlib

from ..ir.block import Value, type_of_operand
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import products, reduce, shape
from .scalars import TEXTS


SAVED = "_saved"        # how the names of tapes end


class Elements:
    """The part of the writer that knows arrays."""

    def force(self, y):
        """Compute an array that was put off into a variable of its own."""
        instruction = self.lazy.pop(y, None)
        if instruction is None:
            raise self.refuse("an array that is not there")
        make = MAKERS.get(instruction.primitive)
        if make is not None:
            self.names[y] = make(self, instruction, y)
            self.owned.add(self.names[y])
            return
        if instruction.primitive not in PER_ELEMENT:
            raise self.refuse(f"{instruction.primitive.name} of arrays")
        self.names[y] = by_element(self, y, instruction)

    def new(self, name, y, kind="empty"):
        extents = ", ".join(self.number(n) for n in y.type.shape)
        dtype = {"f": "np.float64", "i": "np.int64", "b": "np.bool_"}.get(y.type.dtype.kind)
        if dtype is None or y.type.dtype.itemsize not in (1, 8):
            raise self.refuse(f"arrays of {y.type.dtype}")
        if y.name and y.name.endswith(SAVED) and self.indent == "    ":
            self.line(f"budget -= {' * '.join([str(y.type.dtype.itemsize), *map(self.number, y.type.shape)])}")
            self.line("if budget < 0: raise TooLarge")
        self.line(f"{name} = np.{kind}(({extents},), {dtype})")
        self.owned.add(name)

    @contextlib.contextmanager
    def nest(self, extents, read):
        """Loops over all places of an array with these extents; gives the texts of the indices.

        read   arrays of which one element is read in each place: what they need is computed before
        """
        for x in read:
            self.ready(x)
            self.fitting(x, extents)
        index, before = [], self.indent
        for n in extents:
            if type(n) is int and n == 1:
                index.append("0")
                continue
            name = self.fresh("j")
            self.line(f"for {name} in range({self.number(n)}):")
            self.indent += "    "
            index.append(name)
        yield index
        self.indent = before

    def ready(self, x):
        """What an element of `x` is computed from is there: variables, and nothing that has to be computed first."""
        if not isinstance(x, Value) or not x.type.shape or x in self.names:
            return
        instruction = self.lazy[x]
        if instruction.primitive not in PER_ELEMENT or instruction.primitive is shape.reshape and not only_units(instruction):
            self.force(x)
            return
        for number, operand in enumerate(instruction.inputs):
            if number and instruction.primitive is ix.index and type_of_operand(operand).shape:
                self.array(operand)
            self.ready(operand)
        if instruction.primitive in ELEMENTWISE:
            for operand in instruction.inputs:
                self.fitting(operand, x.type.shape)
        if instruction.primitive is shape.broadcast_to:
            self.fitting(instruction.inputs[0], x.type.shape)

    def fitting(self, x, extents):
        """Extents that meet are equal, or the program is left."""
        found = type_of_operand(x).shape
        for n, m in zip(reversed(found), reversed(extents)):
            if n is m or type(n) is int and n == 1:
                continue
            if type(n) is int and type(m) is int:
                if n != m:
                    raise self.refuse("shapes that do not fit")
                continue
            a, b = sorted((self.number(n), self.number(m)))
            if a != b and not any((a, b) in seen for seen in self.checked):
                self.checked[-1].add((a, b))
                self.line(f"if {a} != {b}: raise Leave")

    def behind(self, y):
        """The Values of variables from which a lazy array is computed."""
        found, open_ = set(), [y]
        while open_:
            x = open_.pop()
            if x in self.lazy and x not in self.names:
                open_ += [z for z in self.lazy[x].inputs if isinstance(z, Value)]
            else:
                found.add(x)
        return found

    def broadcast(self, x, index):
        """The element of `x` that meets a place of a larger array."""
        extents = type_of_operand(x).shape
        if not extents:
            return self.number(x)
        own = index[len(index) - len(extents):]
        return self.element(x, ["0" if type(n) is int and n == 1 else j for n, j in zip(extents, own)])

    def element(self, x, index):
        """The text of one element of an array."""
        if not type_of_operand(x).shape:
            return self.number(x)
        if not isinstance(x, Value):
            return self.number(x.flat[0]) if x.size and (x == x.flat[0]).all() else self.refuse_this("an array that is a literal")
        if x in self.names:
            return f"{self.names[x]}[{', '.join(index)}]"
        instruction = self.lazy[x]
        primitive, operands = instruction.primitive, instruction.inputs
        if primitive is ix.index:
            place = self.position(operands[0], operands[1:], instruction.attributes["form"], index)
            return self.element(operands[0], place)
        if primitive is shape.broadcast_to:
            return self.broadcast(operands[0], index)
        if primitive is shape.transpose:
            place = [None] * len(index)
            for axis, j in zip(instruction.attributes["axes"], index):
                place[axis] = j
            return self.element(operands[0], place)
        if primitive is shape.reshape:
            kept = iter([j for n, j in zip(x.type.shape, index) if not (type(n) is int and n == 1)])
            return self.element(operands[0], ["0" if type(n) is int and n == 1 else next(kept)
                                              for n in type_of_operand(operands[0]).shape])
        if primitive is shape.full:
            return self.number(operands[0], x.type)
        return self.formula(instruction, [self.broadcast(z, index) for z in operands])

    def position(self, x, operands, form, index):
        """The place in `x` that `x[...]` has at a place of its own."""
        place, rest, outer = [], iter(operands), list(index)
        arrays = [z for z in operands if isinstance(z, Value) and z.type.shape]
        if len(arrays) > 1 or arrays and (form.strip("w") != "i" or arrays[0].type.ndim != 1):
            raise self.refuse("such an index")
        for letter in form:
            if letter == "n":
                outer.pop(0)
            elif letter == "i":
                k = next(rest)
                j = f"{self.array(k)}[{outer.pop(0)}]" if type_of_operand(k).shape else self.number(k)
                place.append(j if self.is_direct(x) else f"within({j}, {self.number(type_of_operand(x).shape[len(place)])})")
            elif letter == "w":
                start, _, step = next(rest), next(rest), next(rest)
                j = outer.pop(0)
                j = j if step == 1 else f"{_factor(j)} * {self.number(step)}"
                place.append(j if type(start) is int and start == 0 else f"{self.number(start)} + {j}")
            elif letter == "s" and (next(rest), next(rest)) == (None, None):        # all of an axis, perhaps backwards
                step, j, n = next(rest), outer.pop(0), type_of_operand(x).shape[len(place)]
                if step not in (None, 1, -1):
                    raise self.refuse("such an index")
                place.append(f"{self.number(n)} - 1 - {_factor(j)}" if step == -1 else j)
            else:
                raise self.refuse("such an index")
        return place + outer

    def is_direct(self, x):
        """True if an element of `x` is read from the same place of an array that is there, which checks the place."""
        instruction = self.lazy.get(x) if isinstance(x, Value) else None
        if instruction is None or instruction.primitive not in ELEMENTWISE:
            return isinstance(x, Value) and instruction is None
        parts = [z for z in instruction.inputs if type_of_operand(z).shape]
        return all(same_extents(type_of_operand(z).shape, x.type.shape) and self.is_direct(z) for z in parts)

    # reductions and products

    def total(self, x, y):
        """The sum of all elements."""
        name = self.fresh(y.name)
        self.ready(x)
        self.line(f"{name} = {'0.0' if y.type.dtype.kind == 'f' else '0'}")
        with self.nest(type_of_operand(x).shape, [x]) as index:
            self.line(f"{name} += {self.element(x, index)}")
        return name

    def extreme(self, x, y, largest):
        self.ready(x)
        name, sign, extents = self.fresh(y.name), ">" if largest else "<", type_of_operand(x).shape
        for n in extents:
            self.line(f"if {self.number(n)} == 0: raise Leave")
        self.line(f"{name} = {self.element(x, ['0'] * len(extents))}")
        with self.nest(extents, [x]) as index:
            one = self.fresh()
            self.line(f"{one} = {self.element(x, index)}")
            self.line(f"if {one} {sign} {name} or {one} != {one}: {name} = {one}")
        return name

    def inner(self, a, b):
        """The product of two vectors."""
        name = self.fresh()
        self.ready(a)
        self.ready(b)
        self.fitting(b, type_of_operand(a).shape)
        self.line(f"{name} = 0.0")
        with self.nest(type_of_operand(a).shape, [a]) as index:
            self.line(f"{name} += {self.element(a, index)} * {self.element(b, index)}")
        return name

    def matrix(self, x):
        """An operand of a product: a variable, perhaps turned."""
        if x not in self.names and self.lazy[x].primitive is shape.transpose and x.type.ndim == 2:
            return f"{self.array(self.lazy[x].inputs[0])}.T"
        return self.array(x)


def make_product(self, instruction, y):
    a, b = instruction.inputs
    kinds = [type_of_operand(x) for x in (a, b)]
    if any(k.ndim > 2 or k.dtype.kind != "f" for k in kinds):
        raise self.refuse("a product of stacks of matrices, or of whole numbers")
    left, right = self.matrix(a), self.matrix(b)
    n, m = kinds[0].shape[-1], kinds[1].shape[0]
    if n is not m:
        self.line(f"if {self.number(n)} != {self.number(m)}: raise Leave")
    name = self.fresh(y.name)
    self.line(f"{name} = product({left}, {right})")
    return name


def make_reduction(self, instruction, y):
    (x,), axes = instruction.inputs, instruction.attributes["axes"]
    name = self.fresh(y.name)
    if instruction.primitive is not reduce.reduce_sum:
        raise self.refuse("the largest element along an axis")
    self.ready(x)
    self.new(name, y, "zeros")
    with self.nest(type_of_operand(x).shape, [x]) as index:
        place = [j for axis, j in enumerate(index) if axis not in axes]
        self.line(f"{name}[{', '.join(place)}] += {self.element(x, index)}")
    return name


def make_running_sums(self, instruction, y):
    (x,) = instruction.inputs
    if type_of_operand(x).ndim != 1:
        raise self.refuse("running sums along an axis")
    name, total = self.fresh(y.name), self.fresh()
    self.ready(x)
    self.new(name, y)
    self.line(f"{total} = {'0.0' if y.type.dtype.kind == 'f' else '0'}")
    with self.nest(y.type.shape, [x]) as index:
        self.line(f"{total} += {self.element(x, index)}")
        self.line(f"{name}[{index[0]}] = {total}")
    return name


def make_full(self, instruction, y):
    value, name = instruction.inputs[0], self.fresh(y.name)
    if not isinstance(value, Value) and value == 0:
        self.new(name, y, "zeros")
        return name
    self.new(name, y)
    with self.nest(y.type.shape, []) as index:
        self.line(f"{name}[{', '.join(index)}] = {self.number(value, y.type)}")
    return name


def make_reshape(self, instruction, y):
    """Elements in the same order: a copy, through the flat array."""
    x = instruction.inputs[0]
    source, name = self.array(x) if type_of_operand(x).shape else self.refuse_this("a reshape of a number"), self.fresh(y.name)
    self.line(f"if {source}.size != {' * '.join(self.number(n) for n in y.type.shape)}: raise Leave")
    self.line(f"{name} = {source}.copy().reshape(({', '.join(self.number(n) for n in y.type.shape)},))")
    return name


def make_concatenated(self, instruction, y):
    name, axis = self.fresh(y.name), instruction.attributes["axis"]
    starts = ["0"]
    for x in instruction.inputs:
        starts.append(f"{starts[-1]} + {self.number(type_of_operand(x).shape[axis])}")
    self.new(name, y)
    for x, start in zip(instruction.inputs, starts):
        with self.nest(type_of_operand(x).shape, [x]) as index:
            place = [f"{start} + {j}" if k == axis % len(index) else j for k, j in enumerate(index)]
            self.line(f"{name}[{', '.join(place)}] = {self.element(x, index)}")
    return name


def make_reshaped(self, instruction, y):
    if only_units(instruction):
        return by_element(self, y, instruction)
    return make_reshape(self, instruction, y)


def _factor(j):
    """The text of an index, for where more than a sum may stand."""
    return j if j.isidentifier() or j.isdigit() else f"({j})"


def by_element(self, y, instruction):
    self.lazy[y] = instruction
    name = self.fresh(y.name)
    self.ready(y)
    self.new(name, y)
    with self.nest(y.type.shape, [y]) as index:
        self.line(f"{name}[{', '.join(index)}] = {self.element(y, index)}")
    del self.lazy[y]
    return name


def only_units(instruction):
    """True if a reshape only puts in and takes out axes of extent 1."""
    def kept(extents):
        return [n for n in extents if not (type(n) is int and n == 1)]

    return same_extents(kept(type_of_operand(instruction.inputs[0]).shape), kept(instruction.output.type.shape))


def same_extents(a, b):
    return len(a) == len(b) and all(n is m or type(n) is int and type(m) is int and n == m for n, m in zip(a, b))


ELEMENTWISE = set(TEXTS) | {e.power, e.cast}
PER_ELEMENT = ELEMENTWISE | {ix.index, shape.broadcast_to, shape.transpose, shape.reshape, shape.full}
MAKERS = {products.matmul: make_product, reduce.reduce_sum: make_reduction, reduce.reduce_max: make_reduction,
          reduce.reduce_min: make_reduction, reduce.cumsum: make_running_sums, shape.full: make_full,
          shape.reshape: make_reshaped, shape.concatenate: make_concatenated}
