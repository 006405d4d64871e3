"""A cell, run once with its meaning, and its gradient.

In:  the text of a cell, a namespace, names of parameters, a loss.
Out: an Evaluation: the value, the gradients, what they cost.
Start at `Cell.evaluate`.
"""

import ast
import dataclasses
import linecache
import os
import time

import numpy as np

from .. import names
from ..errors import InternalError, NoLoss, UnknownParameter, UnsupportedCell
from ..source import Source, Span
from ..tracing import Tracer, models
from ..tracing.frames import clean
from ..tracing.rewrite import compile_pair, quietly
from ..tracing.structures import fresh_numbers, is_number, leaves, why_no_number
from ..tracing.tracer import Parameter
from . import gradient, modes
from .receipt import held_before
from .receipt import take as take_receipt
from .tracebacks import name_of
from .zeros import why_entries_are_zero, why_zero

_RESULT = "the value of the last line"


@dataclasses.dataclass
class Evaluation:
    """What one run of a cell gave.

    loss_name        how the loss is written
    value            the loss, a float; of a Jacobian an array
    gradients        {parameter: gradient, or what `mode` asks for, in the parameter's own structure}
    parameters       {parameter: value at the cell's first read of it}
    seconds_cell, seconds_gradient
    instructions     recorded while the cell ran
    saved_bytes      held for the backward sweep
    notices          sentences about what the user may not expect
    program          what leads to the loss (gradient.Recorded); None if that depends on no parameter
    """

    loss_name: str
    value: float
    gradients: dict
    parameters: dict
    seconds_cell: float
    seconds_gradient: float
    instructions: int
    saved_bytes: int
    notices: list = dataclasses.field(default_factory=list)
    program: object = None
    receipt: object = None
    mode: str = "gradient"

    @property
    def tape(self):
        """The program as a Tape, or None."""
        return self.program and self.program.tape


class Cell:
    """The body of a cell below its magic line.

    text        the body
    namespace   the dict in which it runs
    header      the magic line(s), so that line numbers are the user's
    number      the execution count, for "In [4]"
    shell       the IPython shell, or None
    """

    def __init__(self, text, namespace, *, header="", number=None, shell=None):
        self.namespace, self.shell, self.number = namespace, shell, number
        self.header_lines = header.count("\n") + 1 if header else 0
        text, body = _as_ipython_reads(text, shell) if shell is not None else (text, text)
        shown = f"{header}\n{text}" if header else text
        commented = "".join(f"# {line}\n" for line in header.split("\n")) if header else ""
        filename = self._register(shown, commented + body)
        name = f"In [{number}]" if number is not None else "cell"
        self.source = Source(shown, name, filename)
        self.quiet = text.rstrip().endswith(";")
        self.tree = ast.parse(commented + body, filename)
        self._compiled, self._functions = {}, {}

    def _register(self, shown, text):
        """Let tracebacks find the text; return the file name that they know it by."""
        if self.shell is not None:
            return self.shell.compile.cache(text, self.number or 0, raw_code=shown)
        filename = f"<cell {abs(hash(shown)):x}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        return filename

    def name_of(self, filename):
        """How people know a file."""
        return name_of(filename, self.shell)

    def reads(self):
        """{name: object} of what the cell reads before writing it, as far as it exists."""
        return {n: self.namespace[n] for n in names.reads_before_writes(self.tree) if n in self.namespace}

    def writes(self):
        """Names that the cell may bind."""
        return names.assigned(self.tree)

    # running

    def evaluate(self, wrt, loss=None, *, loss_span=None, receipt=False, check=False, mode="gradient"):
        """Run the cell once, then take the gradient of `loss` with respect to each of `wrt`.

        wrt      texts such as "w" or "params['b']"
        loss     text of an expression; None for the value or target of the last statement
        receipt  compare the gradient with differences, in at most 0.2 s or a fifth of the cell's time
        check    compare it in full, and wait for it
        mode     "gradient", "jacobian" or "hessian"; the last two come without a receipt

        Raises whatever the cell raises; after the cell, LossNotScalar, NoDerivative, UnsupportedWrite.
        """
        models.load()
        parameters = [self._parameter(text) for text in wrt]
        tracer = CellTracer(self.namespace, parameters, self.name_of, self._functions)
        tracer.home = self.source.filename
        given = [p for p in parameters if p.root in self.namespace and _exists(p)]
        for p in given:
            tracer.prepare(p)       # all of them first: one may be a part of another
        tracer.share_memory(given)
        for p in given:
            tracer.take_parameter(p)
        before = held_before(self) if receipt or check else None
        start = time.perf_counter()
        with tracer:
            loss_name, value = self._run(tracer, loss, loss_span)
            tracer.name_values()
        ran = time.perf_counter()
        for p in parameters:
            if p.value is None:
                raise _never_read(p)
            if p.leaves and all(v is None for _, v, _ in p.leaves):
                raise UnknownParameter(f"`{p.name}` is not a number.", why=why_no_number(p.value),
                                       do="name a float, an array, or a list, dict or dataclass of them.")
        if mode != "gradient":
            found, program, notices = modes.taken(mode, tracer, value, loss_name, loss_span)
            found = [x[()] if p.element and isinstance(x, np.ndarray) else x for p, x in zip(parameters, found)]
            return Evaluation(
                loss_name, value.item() if hasattr(value, "item") and np.size(value) == 1 else np.array(value)[()],
                dict(zip(wrt, found)), {p.name: _value_taken(tracer, p) for p in parameters},
                ran - start, time.perf_counter() - ran, len(tracer.instructions), 0, notices, program, mode=mode)
        notices = gradient.check_scalar(value, loss_name, loss_span)
        found, program, cost = gradient.gradients(tracer, value, loss_name)
        found = [x[()] if p.element and isinstance(x, np.ndarray) else x for p, x in zip(parameters, found)]
        end = time.perf_counter()
        evaluation = Evaluation(
            loss_name, float(value.item() if hasattr(value, "item") else value),
            dict(zip(wrt, found)), {p.name: _value_taken(tracer, p) for p in parameters},
            ran - start, end - ran, len(tracer.instructions), cost["saved_bytes"],
            notices + _remarks(tracer, parameters, value, loss_name, dict(zip(wrt, found))),
            program,
        )
        if receipt or check:
            y = tracer.find(value)
            for p in parameters if y is not None else ():
                evaluation.notices += why_entries_are_zero(tracer, y, loss_name, p, evaluation.gradients[p.name])
            seconds = 1e9 if check else max(0.2, (ran - start) / 5)
            evaluation.receipt = take_receipt(self, tracer, evaluation, loss, before, seconds=seconds)
        return evaluation

    def plain(self, loss):
        """A function (namespace) -> loss that runs the cell without tracing."""
        tree = self.tree
        if loss is None:
            loss = names.loss_of_last_statement(tree)
            last = tree.body[-1]
            if isinstance(last, ast.Expr):
                tree = ast.Module(tree.body[:-1], [])
                loss = ast.unparse(last)
        with quietly():
            code = compile(tree, self.source.filename, "exec", flags=self._flags(), dont_inherit=True)
            value = compile(loss, "<loss>", "eval")

        def run(space):
            exec(code, space)
            return eval(value, space)

        return run

    def _parameter(self, text):
        plain = reader(text, self.namespace)

        def read():
            value = plain()
            if not is_element(text, value, self.namespace):
                return value
            parameter.element = True
            return reader(_view_of(text), self.namespace)()

        parameter = Parameter(text, read, names.root_name(text))
        return parameter

    def _run(self, tracer, loss, loss_span):
        """Execute the statements, then the loss; return its text and its object."""
        roots = frozenset(p.root for p in tracer.parameters)
        try:
            for code in self._codes(roots, want_value=loss is None):
                tracer.follow.classes_around(code, self.namespace)
                exec(code, self.namespace)
            if tracer.left:
                raise InternalError("a tracing has ended before its cell")
            if loss is not None:
                return loss, eval(self._loss_code(loss, roots, loss_span), self.namespace)
        except BaseException as problem:
            clean(problem)
            raise
        target = names.loss_of_last_statement(self.tree)
        last = self.tree.body[-1] if self.tree.body else None
        if isinstance(last, ast.Expr):
            return target or _RESULT, tracer.result
        if target is None:
            raise no_loss()
        return target, eval(compile(target, "<loss>", "eval"), self.namespace)

    def _codes(self, roots, want_value):
        """Rewritten code objects of the body; a last expression is displayed, as in any cell."""
        key = (roots, want_value)
        if key not in self._compiled:
            self._compiled[key] = list(self._compile(roots, want_value))
        return self._compiled[key]

    def _compile(self, roots, want_value):
        body = list(self.tree.body)
        _refuse_await(self.tree, self.source)
        modules = {n for n, x in self.namespace.items() if type(x) is type(os)}
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        options = {"roots": roots, "modules": modules, "flags": self._flags()}
        _, code, _ = compile_pair(ast.Module(body, []), self.source, **options)
        yield code
        if last is not None:
            display = not self.quiet and self.shell is not None
            tree = ast.Interactive([last]) if display else ast.Module([last], [])
            _, code, _ = compile_pair(
                tree, self.source, mode="single" if display else "exec", keep=want_value, **options
            )
            yield code

    def _flags(self):
        return self.shell.compile.flags & ~ast.PyCF_ONLY_AST if self.shell is not None else 0

    def _loss_code(self, loss, roots, span):
        tree = ast.parse(loss, mode="eval")
        if span is not None:
            _move(tree, span)
        modules = {n for n, x in self.namespace.items() if type(x) is type(os)}
        _, code, _ = compile_pair(tree, self.source, roots=roots, modules=modules, mode="eval")
        return code


def _as_ipython_reads(text, shell):
    """(the text without an indentation of all its lines, what IPython makes of it), line by line.

    IPython takes away the indentation of the first line, and empty lines above it; these are put back.
    """
    lines = text.split("\n")
    first = next((k for k, line in enumerate(lines) if line.strip()), 0)
    indent = lines[first][:len(lines[first]) - len(lines[first].lstrip())]
    text = "\n".join(line.removeprefix(indent) for line in lines)
    return text, "\n" * first + shell.transform_cell(text)


class CellTracer(Tracer):
    """A tracer whose parameters are names of a notebook.

    home   the file name of the cell: its lines are named without it
    """

    home = None

    def prepare(self, parameter):
        """Give numbers an identity of their own: in their container, or in the namespace."""
        old = parameter.read()
        new = fresh_numbers(old)
        if new is old:
            return
        try:
            assign(parameter.name, new, self.namespace)
        except Exception as problem:
            raise UnknownParameter(
                f"`{parameter.name}` cannot be set.", why=f"{type(problem).__name__}: {problem}.",
                do="name the attribute, item or variable that holds the number.",
            ) from None


def no_loss(span=None, prefix="%%grad"):
    """The lesson for a cell that does not say what is to be differentiated."""
    what = "the line has no expression" if prefix == "%grad" else "the cell's last line neither assigns a name nor is an expression"
    return NoLoss("there is no loss.", span=span, why=f"{what}.", do=f"name it on the magic line: `{prefix} LOSS --wrt ...`.")


def reader(text, namespace):
    """A function () -> the object that the text names."""
    code = compile(text, "<--wrt>", "eval")
    return lambda: eval(code, namespace)


def is_element(text, value, namespace):
    """True if `value`, which the text names, is a number out of an array of NumPy's."""
    if not isinstance(value, np.generic):
        return False
    target = ast.parse(text, mode="eval").body
    return isinstance(target, ast.Subscript) and isinstance(reader(ast.unparse(target.value), namespace)(), np.ndarray)


def _view_of(text):
    """`a[i, j, ...]` of `a[i, j]`: an array without axes, in the memory of `a`."""
    target = ast.parse(text, mode="eval").body
    places = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    target.slice = ast.Tuple([*places, ast.Constant(...)], ast.Load())
    return ast.unparse(target)


def assign(text, value, namespace):
    """Execute `text = value`, without leaving a name; of a tuple, a new one takes its place, and a frozen object is changed."""
    target = ast.parse(text, mode="eval").body
    if isinstance(target, ast.Name):
        namespace[target.id] = value
        return
    around = ast.unparse(target.value)
    holder = reader(around, namespace)()
    if isinstance(target, ast.Attribute):
        if isinstance(holder, tuple):
            assign(around, holder._replace(**{target.attr: value}), namespace)
        else:
            (object.__setattr__ if dataclasses.is_dataclass(holder) else setattr)(holder, target.attr, value)
        return
    parts = list(holder) if isinstance(holder, tuple) else holder
    exec(compile(f"parts[{ast.unparse(target.slice)}] = value", "<--wrt>", "exec"), namespace, {"parts": parts, "value": value})
    if parts is not holder:
        assign(around, type(holder)(*parts) if hasattr(holder, "_fields") else tuple(parts), namespace)


def _value_taken(tracer, parameter):
    value = gradient.value_taken(tracer, parameter)
    return value[()] if parameter.element else value


def _exists(parameter):
    """False for a parameter that the cell itself makes."""
    try:
        parameter.read()
    except (NameError, AttributeError, LookupError, TypeError):
        return False
    return True


def _never_read(parameter):
    return UnknownParameter(
        f"the parameter `{parameter.name}` does not exist.",
        why="it was not defined before the cell, and the cell did not read it.",
        do="define it in a cell above, or check its spelling.",
    )


def _remarks(tracer, parameters, value, loss_name, gradients):
    """Notices about zero gradients with their reason, about infinities and integers."""
    notices = []
    y = tracer.find(value)
    for p in parameters:
        values = [v for _, v, _ in p.leaves if v is not None]
        if not _numbers(gradients[p.name]).all():
            notices += why_zero(tracer, y, loss_name, p)
        if not np.isfinite(_numbers(gradients[p.name])).all():
            notices.append(f"the gradient of `{p.name}` is not finite.")
        if any(v.dtype.kind in "iu" for v in values):
            notices.append(f"`{p.name}` holds integers; its gradient is the derivative, in float64.")
    return notices


def _numbers(x):
    """All numbers of a gradient."""
    return np.concatenate([np.ravel(leaf) for leaf in leaves(x) if is_number(leaf)] or [np.zeros(0)])


def _refuse_await(tree, source):
    waits = names.top_level_await(tree)
    if waits is not None:
        raise UnsupportedCell(
            "await at the top level of a differentiated cell.",
            span=Span.of(source, waits),
            why="the cell is run as one program, outside the event loop.",
            do="await in a cell above, and use the result here.",
        )


def _move(tree, span):
    """Shift the positions of an expression to where it stands on the magic line."""
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            if node.lineno == 1:
                node.col_offset += span.column
            if node.end_lineno == 1:
                node.end_col_offset += span.column
            node.lineno += span.line - 1
            node.end_lineno += span.line - 1

