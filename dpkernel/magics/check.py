"""What is wrong with a magic's cell before anything runs.

In:  a Header and the body below the magic line.
Out: nothing, or a lesson.
Start at `the_line`, then `the_cell`.
"""

import ast
import builtins

import numpy as np

from .. import names
from ..errors import BadMagicLine, Lesson, MissingWrt, UnknownParameter, five, nearest
from ..optimize.run import Run
from ..runtime.cell import is_element, no_loss
from ..source import Span
from ..tracing.structures import is_number, is_same, leaves, why_no_number
from ..views.gradients import Gradients
from .options import OPTIMIZE


class SetsItsParameter(Lesson):
    """A cell of `%%optimize` assigns its own parameter before reading it."""


def the_line(asked, body):
    """Check what needs no Python below the magic line.

    asked    the Header of the magic line
    body     the text below it

    Raises   Lessons with carets
    """
    if asked.line.unclosed is not None:
        piece = asked.line.piece(asked.line.unclosed, asked.line.unclosed + 1)
        raise BadMagicLine("a quote or bracket is not closed.", span=asked.span(piece),
                           do="close it; the magic line ends at the end of the line.")
    asked.options()
    _refuse_two_modes(asked)
    if asked.line.loss is not None:
        asked.normalised(asked.line.loss, "the loss")
    _refuse_second_magic(asked, body)
    _refuse_empty(asked, body)


def the_cell(asked, tree):
    """Check what the line says against the cell's tree, and against the names that exist.

    Raises   Lessons with carets
    """
    if asked.given("wrt") is None:
        raise missing_wrt(asked, tree)
    for place in asked.values()["wrt"]:
        check_parameter(asked, place, tree)
    if asked.line.loss is not None:
        _check_loss_names(asked, asked.line.loss, tree)
    elif names.loss_of_last_statement(tree) is None:
        raise no_loss(asked.span(), asked.magic.prefix)
    _refuse_overwriting(asked, tree)


def _refuse_overwriting(asked, tree):
    """What the cell reads is not replaced by its result: it could not run a second time."""
    into, space = asked.values()["into"], asked.namespace
    what = "run" if asked.magic is OPTIMIZE else "gradients"
    is_parameter = into in map(names.root_name, asked.values()["wrt"])
    if is_parameter or into in space and not isinstance(space[into], (Gradients, Run)) and into in _read(asked, tree):
        given = asked.given("into")
        raise BadMagicLine(
            f"`{into}` is {'a parameter' if is_parameter else 'what the cell reads'}, and it would be overwritten by the {what}.",
            span=asked.span(given) if given is not None else asked.span(),
            why=f"`--into {into}` keeps the {what} under this name." if given is not None else
                f"the {what} {'is' if what == 'run' else 'are'} kept under the name `{into}`, if `--into` does not say another.",
            do=f"write another name, for example `--into {into}_of_loss`.",
        )


def _refuse_two_modes(asked):
    modes = [option for option in asked.line.options if option.name.text in ("--jacobian", "--hessian")]
    if len({option.name.text for option in modes}) > 1:
        raise BadMagicLine("--jacobian and --hessian stand in one line.", span=asked.span(modes[-1].name),
                           why="the first is of first derivatives, the second of second ones.", do="use one of them.")


def _refuse_second_magic(asked, body):
    first = next(((k, line) for k, line in enumerate(body.split("\n")) if line.strip()), None)
    if first and first[1].startswith("%%"):
        name = first[1].split()[0]
        above = name in ("%%time", "%%capture", "%%timeit", "%%prun")
        raise BadMagicLine(
            f"`{name}` stands below `{asked.magic.prefix}`.",
            span=Span(asked.source, asked.number + asked.line.consumed + 1 + first[0]),
            why="a cell magic takes everything below it as its text, and there is one first line.",
            do=f"put `{name}` above `{asked.magic.prefix}`." if above else "use one of them.",
        )


def _refuse_empty(asked, body):
    if asked.magic.prefix.startswith("%%") and not body.strip():
        raise BadMagicLine(
            "the cell is empty below its magic line.", span=asked.span(),
            do="write the lines that compute the loss there; `%grad LOSS --wrt ...` is the form for one line.",
        )


def missing_wrt(asked, tree):
    """The lesson for a line without --wrt: what could stand there, and a finished line."""
    space = asked.namespace
    read = [n for n in _read(asked, tree) if n in space and _numeric(space[n])]
    shown = five(f"{n} ({describe(space[n])})" for n in read)
    floats = [n for n in read if all(np.asarray(x).dtype.kind in "fc" for x in leaves(space[n]) if is_number(x))]
    likely = [n for n in floats if not (n[:1].isupper() or n in ("x", "y", "t", "data"))] or floats
    loss = asked.line.loss.text if asked.line.loss else names.loss_of_last_statement(tree)
    line = f"{asked.magic.prefix} {loss or 'loss'} --wrt {', '.join(likely[:3])}"
    return MissingWrt(
        "the line does not say with respect to what.", span=asked.span(),
        why=f"the cell reads these numbers: {shown}." if read else "the cell reads no numbers from above.",
        do=f"Did you mean `{line}`?" if likely else "name the parameters: `--wrt w, b`.",
    )


def _read(asked, tree):
    """Names that the cell or its loss reads before the cell writes them."""
    read = names.reads_before_writes(tree)
    if asked.line.loss is not None:
        written = names.assigned(tree)
        of_loss = names.mentioned(ast.parse(asked.line.loss.text, mode="eval"))
        read = [*read, *(n for n in sorted(of_loss) if n not in written and n not in read)]
    return read


def _numeric(x):
    found = leaves(x)
    return bool(found) and any(map(is_number, found))


def describe(x):
    """An object's kind in a few words: "array 426 × 30", "float"."""
    if isinstance(x, np.ndarray):
        return "array " + (" × ".join(map(str, x.shape)) or "of no axes")
    return type(x).__name__


def check_parameter(asked, place, tree):
    """Refuse a parameter that cannot exist, or that holds no number."""
    root, space = names.root_name(place), asked.namespace
    span = asked.span(_entry(asked, place))
    if root not in space:
        if root in names.assigned(tree) or names.may_define_anything(tree):
            return _check_set(asked, place, tree, span)
        known = [n for n in dict.fromkeys([*_read(asked, tree), *space]) if not n.startswith("_")]
        numeric = [n for n in known if n in space and _numeric(space[n])]
        close = nearest(root, numeric)
        raise UnknownParameter(
            f"the parameter `{root}` does not exist.", span=span,
            why="no cell above has defined it, and this one does not either.",
            do=f"Did you mean `{close}`?" if close else f"define it in a cell above: `{root} = ...`.",
        )
    _check_set(asked, place, tree, span)
    if root in names.assigned(tree) and root not in names.reads_before_writes(tree):
        return None
    try:
        value = eval(compile(place, "<--wrt>", "eval"), space)
    except Exception as problem:
        if place in names.written_places(tree):
            return None
        raise UnknownParameter(
            f"`{place}` cannot be read: {type(problem).__name__}: {problem}.", span=span,
            do="check the key, index or attribute.",
        ) from None
    _check_number(place, value, span)
    _check_lasting(place, value, span, space)
    return None


def _check_lasting(place, value, span, space):
    """Refuse what is a new object at each look: the cell does not read the one that was differentiated."""
    again = eval(compile(place, "<--wrt>", "eval"), space)
    pairs = zip(leaves(value), leaves(again))
    if is_element(place, value, space) or all(is_same(x, y) for x, y in pairs if is_number(x)):
        return
    raise UnknownParameter(
        f"`{place}` is a copy, made anew at each look.", span=span,
        why="what the cell computes does not depend on it, but on what it is made from.",
        do="name that; its gradient has these elements among its own.",
    )


def _check_number(place, value, span):
    if _numeric(value):
        return
    raise UnknownParameter(f"`{place}` is not a number.", span=span, why=why_no_number(value),
                           do="name a float, an array, or a list, dict or dataclass of them.")


def _check_set(asked, place, tree, span):
    """`%%optimize`: a cell that sets its parameter anew undoes every step."""
    if asked.magic.prefix != "%%optimize":
        return
    root = names.root_name(place)
    before = names.reads_before_writes(tree)
    if root in names.assigned(tree) and root not in before:
        statement = names.first_write(tree, root)
        line = statement.lineno if statement is not None else None
        where = f"line {line} sets" if line else "the cell sets"
        raise SetsItsParameter(
            f"{where} `{root}` again at every step.",
            span=Span.of(asked.source, statement) if statement is not None else span,
            why="each step would start from this value, and nothing would be learnt.",
            do="move it to a cell above.",
        )


def _entry(asked, place):
    """Where a parameter stands on the magic line."""
    for option in asked.line.options:
        if option.name.text == "--wrt":
            for entry in asked.line.entries(option.value):
                if entry is not None and names.normalise(entry.text) == place:
                    return entry
    return None


def _check_loss_names(asked, loss, tree):
    """Refuse a loss that names something which cannot exist."""
    known = set(asked.namespace) | names.assigned(tree) | set(dir(builtins))
    if names.may_define_anything(tree):
        return
    used = ast.parse(loss.text, mode="eval")
    bound = {n.id for n in ast.walk(used) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {a.arg for n in ast.walk(used) if isinstance(n, ast.Lambda) for a in n.args.args}
    for name in sorted(names.mentioned(used) - known - bound):
        close = nearest(name, [*names.assigned(tree), *(n for n in asked.namespace if not n.startswith("_"))])
        raise BadMagicLine(
            f"the loss uses `{name}`, which does not exist.", span=asked.span(loss),
            why="no cell above has defined it, and this one does not either.",
            do=f"Did you mean `{close}`?" if close else "name a number that the cell computes.",
        )
