"""`%%grad`: run the cell, take the gradient, show the report.

In:  the shell, the magic line, the cell.
Out: `grads` (or `--into NAME`) in the namespace, and a report below the cell.
Start at `grad_cell`.
"""

from ..views.gradients import Gradients
from ..views.report import bundle
from . import request
from .options import GRAD, LINE_GRAD


def grad_cell(shell, line, body):
    """Run a `%%grad` cell."""
    asked = request.read(shell, GRAD, line, body)
    run(asked)


def grad_line(shell, line):
    """`%grad LOSS --wrt NAMES`: the gradient of one expression."""
    asked = request.read(shell, LINE_GRAD, line, "")
    run(asked)


def run(asked):
    """Evaluate, bind the gradients, show the report.

    The cell may read the gradients of the last one. After any failure they are gone: they are never stale.
    """
    shell, values = asked.shell, asked.values
    into, space = values["into"], shell.user_ns
    try:
        evaluation = asked.cell.evaluate(
            list(values["wrt"]), asked.loss, loss_span=asked.span, receipt=True, check=values["check"],
            mode=next((mode for mode in ("jacobian", "hessian") if values[mode]), "gradient"),
        )
    except BaseException:
        if isinstance(space.get(into), Gradients):
            del space[into]
        raise
    if into in space and not isinstance(space[into], Gradients):
        evaluation.notices.append(f"`{into}` was a name of yours; it holds the gradients now.")
    space[into] = Gradients(evaluation.gradients)
    shell.display_pub.publish(bundle(evaluation, show=values["show"]))
