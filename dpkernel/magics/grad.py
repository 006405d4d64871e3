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

    After any failure the name of the gradients is gone: they are never stale.
    """
    shell, values = asked.shell, asked.values
    into = values["into"]
    old = shell.user_ns.pop(into, None)
    evaluation = asked.cell.evaluate(
        list(values["wrt"]), asked.loss, loss_span=asked.span, receipt=True, check=values["check"],
        mode=next((mode for mode in ("jacobian", "hessian") if values[mode]), "gradient"),
    )
    if old is not None and not isinstance(old, Gradients):
        evaluation.notices.append(f"`{into}` was a name of yours; it holds the gradients now.")
    shell.user_ns[into] = Gradients(evaluation.gradients)
    shell.display_pub.publish(bundle(evaluation, show=values["show"]))
