"""Numbers in the lowered form: how they are computed, and when the compiled program has to stop.

In:  instructions that give one number.
Out: expressions, and lines that leave the compiled program where Python would raise.
Start at `Scalars.scalar`.
"""

import math

import numpy as np

from ..ir.block import Value, type_of_operand
from ..primitives import elementwise as e
from ..primitives import index as ix
from ..primitives import control, products, reduce

TEXTS = {
    e.add: "({} + {})", e.subtract: "({} - {})", e.multiply: "({} * {})", e.divide: "({} / {})", e.negative: "(-{})",
    e.absolute: "abs({})", e.equal: "({} == {})", e.not_equal: "({} != {})", e.less: "({} < {})", e.less_equal: "({} <= {})",
    e.greater: "({} > {})", e.greater_equal: "({} >= {})", e.logical_and: "({} and {})", e.logical_or: "({} or {})",
    e.logical_not: "(not {})", e.floor_divide: "({} // {})", e.remainder: "({} % {})", e.power: "({} ** {})",
    e.select: "({1} if {0} else {2})", e.as_float: "float({})", e.as_int: "int({})", e.sign: "np.sign({})",
    e.logaddexp: "logaddexp({}, {})", e.maximum: "maximum({}, {})", e.minimum: "minimum({}, {})", e.isnan: "math.isnan({})",
}
TEXTS.update({getattr(e, name): f"math.{own}({{}})" for name, own in {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "expm1": "expm1", "log1p": "log1p"}.items()})
TEXTS.update({getattr(e, name): f"np.{name}({{}})" for name in ("log2", "log10", "floor", "ceil", "trunc", "rint", "cbrt", "exp2")})
TEXTS.update({e.arctan2: "math.atan2({}, {})", e.hypot: "math.hypot({}, {})", e.copysign: "math.copysign({}, {})"})
LIMIT = 1 << 62         # whole numbers that may be larger are computed with a check


class Scalars:
    """The part of the writer that knows numbers."""

    def scalar(self, instruction):
        """One instruction whose result is a number."""
        primitive, y = instruction.primitive, instruction.output
        if primitive is ix.index:
            x, *places = instruction.inputs
            self.ready(x)
            return self.keep(y, self.element(x, self.position(x, places, instruction.attributes["form"], [])))
        if primitive is reduce.reduce_sum:
            return self.names.__setitem__(y, self.total(instruction.inputs[0], y))
        if primitive in (reduce.reduce_max, reduce.reduce_min):
            return self.names.__setitem__(y, self.extreme(instruction.inputs[0], y, primitive is reduce.reduce_max))
        if primitive is products.matmul:
            return self.names.__setitem__(y, self.inner(*instruction.inputs))
        if primitive is e.cast:
            text = {"f": "float", "i": "int", "b": "bool"}[instruction.attributes["dtype"].kind]
            return self.keep(y, f"{text}({self.number(instruction.inputs[0])})")
        if instruction.primitive.name in ("reshape", "broadcast_to"):
            return self.keep(y, self.element(instruction.inputs[0], []) if not type_of_operand(instruction.inputs[0]).shape
                             else f"{self.array(instruction.inputs[0])}[{', '.join('0' for _ in type_of_operand(instruction.inputs[0]).shape)}]")
        if instruction.primitive.name == "full":
            return self.keep(y, self.number(instruction.inputs[0], y.type))
        texts = [self.number(x) for x in instruction.inputs]
        if primitive is control.require:
            self.line(f"if not {texts[1]}: raise Leave")
            self.sizes[y] = self.size(instruction.inputs[0])
            return self.keep(y, texts[0])
        self.guard(instruction, texts)
        text = self.formula(instruction, texts)
        if self.uses.get(y, 0) == 1 and len(text) < 90:
            self.names[y] = text
        else:
            self.keep(y, text)

    def refuse_this(self, what):
        raise self.refuse(what)

    def keep(self, y, text):
        """A line that computes a number."""
        name = self.fresh(y.name)
        self.line(f"{name} = {text}")
        self.names[y] = name

    def number(self, x, kind=None):
        """The text of a number; `kind`: as one of this type."""
        if isinstance(x, Value):
            if x.type.shape:
                raise self.refuse("an array in the place of a number")
            text = self.names[x]
            return f"float({text})" if kind is not None and kind.dtype.kind == "f" and x.type.dtype.kind != "f" else text
        if np.ndim(x):
            raise self.refuse("an array that is a literal")
        x = x.item() if isinstance(x, np.generic) else x
        if kind is not None and kind.dtype.kind == "f":
            x = float(x)
        if isinstance(x, float) and not math.isfinite(x):
            return "math.nan" if x != x else "math.inf" if x > 0 else "(-math.inf)"
        return f"({x!r})" if not isinstance(x, bool) and x < 0 else repr(x)

    def formula(self, instruction, texts):
        """An elementwise primitive applied to texts."""
        primitive, kinds = instruction.primitive, [type_of_operand(x) for x in instruction.inputs]
        if primitive is e.power:
            return self.power(instruction, texts)
        if primitive is e.cast:
            return {"f": "float", "i": "int", "b": "bool"}[instruction.attributes["dtype"].kind] + f"({texts[0]})"
        if primitive is e.multiply and "1.0" in texts:
            return texts[1 - texts.index("1.0")]
        text = TEXTS.get(primitive)
        if text is None or any(k.dtype.kind not in "fib" or k.dtype.itemsize not in (1, 8) for k in kinds):
            raise self.refuse(f"{primitive.name} of {', '.join(str(k.dtype) for k in kinds)}")
        whole = instruction.output.type.dtype.kind == "i" and not instruction.output.type.shape
        if whole and primitive in (e.add, e.subtract, e.multiply):
            size = self.size_of(instruction)
            self.sizes[instruction.output] = size
            if size > LIMIT:
                return f"checked_{primitive.name}({texts[0]}, {texts[1]})"
        elif whole:
            self.sizes[instruction.output] = self.size_of(instruction)
        return text.format(*texts)

    def power(self, instruction, texts):
        x, n = instruction.inputs
        if not isinstance(n, Value) and n == 2 and texts[0].isidentifier():
            return f"({texts[0]} * {texts[0]})"
        return f"({texts[0]} ** {texts[1]})"

    def guard(self, instruction, texts):
        """Leave the compiled program where Python raises or changes the type."""
        primitive = instruction.primitive
        if primitive in (e.divide, e.floor_divide, e.remainder) and isinstance(instruction.inputs[1], Value):
            if not texts[1].isidentifier():
                name = self.fresh()
                self.line(f"{name} = {texts[1]}")
                texts[1] = name
            self.line(f"if {texts[1]} == 0: raise Leave")
        elif primitive is e.power and not isinstance(instruction.inputs[1], int):
            self.line(f"if {texts[0]} <= 0: raise Leave")
        elif primitive is e.power and instruction.inputs[1] < 0:
            self.line(f"if {texts[0]} == 0: raise Leave")
        elif primitive in (e.log, e.log2, e.log10):
            self.line(f"if not {texts[0]} > 0: raise Leave")
        elif primitive is e.sqrt:
            self.line(f"if not {texts[0]} >= 0: raise Leave")

    def size_of(self, instruction):
        """A bound of the magnitude of a whole number."""
        primitive, sizes = instruction.primitive, [self.size(x) for x in instruction.inputs]
        if primitive is e.multiply:
            return sizes[0] * sizes[1]
        if primitive in (e.add, e.subtract):
            return sizes[0] + sizes[1]
        if primitive in (e.maximum, e.minimum, e.negative, e.absolute, e.floor_divide):
            return max(sizes) if primitive is not e.floor_divide else sizes[0]
        if primitive is e.remainder:
            return sizes[1]
        return max(sizes[1:]) if primitive is e.select else 1 << 63

    def size(self, x):
        if not isinstance(x, Value):
            return abs(int(x))
        return self.sizes.get(x, 1 << 63)
