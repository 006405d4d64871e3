"""`%%optimize`: run the cell again and again, and move the parameters downhill.

In:  the shell, the magic line, the cell.
Out: the parameters at their last whole values, `run` (or `--into NAME`) in the namespace, a live view.
Start at `optimize_cell`.
"""

import numpy as np

from .. import names
from ..errors import UnknownParameter
from ..optimize.live import live_for
from ..optimize.run import Run
from ..runtime.cell import assign
from ..tracing.structures import as_array, leaves, map_leaves
from ..views.run import bundle
from . import request
from .options import OPTIMIZE
from .prints import Thinned


def optimize_cell(shell, line, body):
    """Run a `%%optimize` cell."""
    asked = request.read(shell, OPTIMIZE, line, body)
    values, space = asked.values, shell.user_ns
    parameters = [Parameter(name, space) for name in values["wrt"]]
    objective = Objective(asked, parameters)
    live = live_for(shell)
    run = Run(
        objective, parameters, values["using"], loss_name=asked.loss or objective.loss_name,
        lr=values["lr"], steps=values["steps"], time=values["time"], live=live, track=objective.tracked,
    )
    into = values["into"]
    is_users = into in space and not isinstance(space[into], Run)      # functions that the cell calls may read it
    if is_users:
        print(f"`{into}` was a name of yours; it holds the run now.")
    else:
        space[into] = run
    for text in rebound(asked.cell.tree, values["wrt"]):
        print(text)
    shown = None
    try:
        shown = Shown(shell, run)
        with Thinned(run):
            run.execute()
    except KeyboardInterrupt:       # during a step the run itself ends; this one came before the first or after the last
        run.end("interrupted before the first step" if run.value is None else "interrupted")
    finally:
        if is_users:
            space[into] = run
        if shown is not None:
            shown.update()


def rebound(tree, places):
    """Notices about parameters that the cell reads and then sets itself."""
    for place in places:
        root = names.root_name(place)
        if root in names.assigned(tree):
            line = names.first_write(tree, root).lineno
            yield f"line {line} sets `{root}` itself; each step begins with the value that the step before has given it."


class Parameter:
    """A parameter of a run: whole values in, whole values out.

    name    as in the magic line
    get     -> one float64 array of all its numbers
    set     puts the numbers back into a new object of the parameter's structure, shape and dtype
    """

    def __init__(self, name, space):
        self.name, self.space = name, space
        self._code = compile(name, "<--wrt>", "eval")
        self.promote()

    @property
    def value(self):
        """The user's object, now."""
        return eval(self._code, self.space)

    def promote(self):
        """Integers become floats before the first step."""
        value = self.value
        whole = [x for x in leaves(value) if _is_whole(x)]
        if whole:
            assign(self.name, map_leaves(_promoted, value), self.space)
            if any(map(_is_whole, leaves(self.value))):
                raise UnknownParameter(
                    f"`{self.name}` lies in an array of whole numbers.", why="they can't take the small steps of a run.",
                    do="make the array one of floats in a cell above: x = x.astype(float).",
                )

    def get(self):
        """All numbers, one after the other; float64, (n,)."""
        return flat(self.value)

    def set(self, numbers):
        """Rebind the parameter to an object like the present one that holds `numbers`, (n,)."""
        rest = np.asarray(numbers, float)
        position = 0

        def put(leaf):
            nonlocal position
            array = as_array(leaf)
            if array is None:
                return leaf
            piece = rest[position:position + array.size].reshape(array.shape)
            position += array.size
            if isinstance(leaf, (np.ndarray, np.generic)):
                return piece.astype(array.dtype)[()] if isinstance(leaf, np.generic) else piece.astype(array.dtype)
            return type(leaf)(piece)

        assign(self.name, map_leaves(put, self.value), self.space)


class Objective:
    """One evaluation: run the cell, return the loss and a flat gradient for each parameter."""

    def __init__(self, asked, parameters):
        self.asked, self.parameters = asked, parameters
        self.cell, self.loss, self.span = asked.cell, asked.loss, asked.span
        self.names = [p.name for p in parameters]
        self.loss_name = "loss"
        self.tracks = [(text, compile(text, "<--track>", "eval")) for text in asked.values["track"]]
        self.seed = asked.values["seed"]

    def __call__(self):
        if self.seed is not None:
            np.random.seed(self.seed)
        start = [p.value for p in self.parameters]
        try:
            evaluation = self.cell.evaluate(self.names, self.loss, loss_span=self.span)
        finally:
            for p, value in zip(self.parameters, start):
                assign(p.name, value, p.space)      # a cell that rebinds its parameter starts from here again
        self.loss_name = evaluation.loss_name
        return evaluation.value, [flat(evaluation.gradients[name]) for name in self.names]

    def tracked(self):
        """{text: number} of what `--track` asks for, now."""
        found = {}
        for text, code in self.tracks:
            try:
                found[text] = float(eval(code, self.asked.shell.user_ns))
            except (TypeError, ValueError) as problem:
                raise UnknownParameter(
                    f"`--track {text}` is not one number.", why=f"{problem}.",
                    do="name a number, such as a mean or a norm.",
                ) from None
        return found


class Shown:
    """The display of a run below its cell: live in a page, once at the end in a terminal."""

    def __init__(self, shell, run):
        self.run, self.publish = run, shell.display_pub.publish
        self.id = f"dpkernel-{run.id}" if getattr(shell, "kernel", None) is not None else None
        if self.id:
            self.publish(bundle(run), transient={"display_id": self.id})

    def update(self):
        """Put the present state in the display's place."""
        if self.id:
            self.publish(bundle(self.run), transient={"display_id": self.id}, update=True)
        else:
            self.publish(bundle(self.run))


def flat(value):
    """All numbers of a structure in one float64 array."""
    arrays = [as_array(x) for x in leaves(value)]
    arrays = [np.ravel(a).astype(float) for a in arrays if a is not None]
    return np.concatenate(arrays) if arrays else np.empty(0)


def _promoted(x):
    if not _is_whole(x):
        return x
    return float(x) if isinstance(x, int) else np.asarray(x, float)[()]


def _is_whole(x):
    array = as_array(x)
    return array is not None and array.dtype.kind in "iu"
