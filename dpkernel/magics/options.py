"""The options of the magics: one declaration for help, reading and completion.

In:  nothing.
Out: GRAD, LINE_GRAD and OPTIMIZE, each with its options.
Start at `GRAD`; `documented` turns a declaration into help, `header.Header` reads a line by it.

The help is that of `IPython.core.magic_arguments`. Its splitting and typing are not used: they know
neither the user's namespace nor columns.
"""

from dataclasses import dataclass

from IPython.core.magic_arguments import argument, kwds, magic_arguments

from ..optimize import names

METHODS = (*names.FIRST_ORDER, *names.QUASI_NEWTON)
VIEWS = ("code",)


@dataclass(frozen=True)
class Option:
    """One option of a magic.

    kind      places: names, attributes, items · name · flag · choice, choices: of `choices`
              expressions: texts · count, whole, seconds: a number · rates: a number, or one per parameter
    default   what the option is when it does not stand in the line
    """

    name: str
    kind: str
    help: str
    metavar: str | None = None
    choices: tuple = ()
    default: object = None


WRT = Option(
    "wrt", "places", metavar="NAMES", default=(),
    help="the parameters: names, attributes or items, with commas between them: w, params['b'], net.layers[0].W",
)
CHECK = Option(
    "check", "flag", default=False,
    help="compare the gradient with differences in full, and wait for it",
)
SHOW = Option(
    "show", "choices", metavar="VIEWS", choices=VIEWS, default=(),
    help="show more in the report: code (the gradient as a Python function)",
)


@dataclass(frozen=True)
class Magic:
    """A magic: how it is written, its options, and its help."""

    prefix: str           # as the user writes it: "%%grad"
    usage: str
    options: tuple
    description: str
    examples: str

    def option(self, name):
        """The option called `name`, or None."""
        return next((option for option in self.options if option.name == name), None)


GRAD = Magic(
    "%%grad", "%%grad [LOSS] --wrt NAMES [--into NAME] [--jacobian | --hessian] [--check] [--show VIEWS]",
    options=(
        WRT,
        Option("into", "name", metavar="NAME", default="grads",
               help="the name under which the gradients are kept (grads, if not given)"),
        Option("jacobian", "flag", default=False, help="LOSS may be an array: take the derivative of each of its numbers"),
        Option("hessian", "flag", default=False, help="take second derivatives of LOSS"),
        CHECK, SHOW,
    ),
    description="""Run the cell as it is, and take the exact gradient of LOSS.

    LOSS is a name or an expression, read as if it were the cell's last line. Without it, the
    value or the target of the last statement is taken. It must be one real number.""",
    examples="""Examples::

        %%grad loss --wrt w, b
        %%grad np.mean(r ** 2) + 0.1 * np.sum(w ** 2) --wrt w
        %%grad loss --wrt params['b'], net.layers[0].W --into g
        %%grad loss --wrt w --check --show code
        %%grad residual --wrt p --jacobian

    Afterwards `grads` holds the gradient of each parameter, by key and by attribute, in the
    parameter's own structure and shape: grads['w'], grads.w, grads["params['b']"].
    It is taken at the value with which the cell first reads the parameter.

    With --jacobian it holds arrays of shape (*LOSS, *parameter), with --hessian (*parameter, *parameter);
    of several parameters grads.w['b'] is then the second derivative by both.

    The report below the cell shows for each parameter its shape, value and gradient. The receipt
    says to how many digits the gradient agrees with differences of the loss itself. Times, memory
    and the derivative's code are folded away underneath.

    In the first line, # begins a comment, and a backslash at the end continues into the next line.
    %grad y --wrt x is the form for an expression, on one line.""",
)

LINE_GRAD = Magic("%grad", "%grad LOSS --wrt NAMES [--into NAME] [--jacobian | --hessian] [--check] [--show VIEWS]",
                  GRAD.options, GRAD.description, GRAD.examples)

OPTIMIZE = Magic(
    "%%optimize",
    "%%optimize [LOSS] --wrt NAMES [--using METHOD] [--lr RATE] [--steps COUNT] [--time SECONDS] "
    "[--track EXPRESSIONS] [--seed NUMBER] [--into NAME]",
    options=(
        WRT,
        Option("using", "choice", metavar="METHOD", choices=METHODS, default="adam",
               help="the method: sgd, momentum, adam (if not given) or l-bfgs-b"),
        Option("lr", "rates", metavar="RATE",
               help="the learning rate: a number, or one per parameter: w=0.1, b=0.01"),
        Option("steps", "count", metavar="COUNT", help="stop after so many steps"),
        Option("time", "seconds", metavar="SECONDS", help="stop at the first step after so many seconds"),
        Option("track", "expressions", metavar="EXPRESSIONS", default=(),
               help="values to keep for every step beside the loss: np.max(p), accuracy"),
        Option("seed", "whole", metavar="NUMBER", help="freeze the random numbers that the cell draws"),
        Option("into", "name", metavar="NAME", default="run",
               help="the name under which the run is kept (run, if not given)"),
    ),
    description="""Run the cell again and again, and move the parameters so that LOSS falls.

    Each time the whole cell runs, the gradient of LOSS is taken, and the parameters are changed.
    LOSS is a name or an expression, read as if it were the cell's last line. Without it, the
    value or the target of the last statement is taken.""",
    examples="""Examples::

        %%optimize loss --wrt w, b
        %%optimize loss --wrt w, b --using adam --lr lr0/2 --steps 10*n_epochs
        %%optimize loss --wrt w, b --lr w=0.1, b=0.01 --track np.max(w), accuracy
        %%optimize loss --wrt k, s --using l-bfgs-b

    Start values belong in a cell above; running the cell again goes on from where it stopped.
    Names that the cell reads before it writes them are carried from step to step.

    While it runs, the curve below the cell can be paused, stepped and stopped, and its learning
    rate changed. An interrupt stops it too, after a whole step. `run` holds the record: run.best,
    run.reason, run.to_frame() with the columns step, evaluations, loss, grad_norm, lr, seconds.

    In the first line, # begins a comment, and a backslash at the end continues into the next line.""",
)


def documented(magic):
    """Decorate a magic's function with its help: `%%grad?` shows it."""
    def decorate(function):
        for option in reversed(magic.options):
            how = {"action": "store_true"} if option.kind == "flag" else {"metavar": option.metavar}
            function = argument("--" + option.name, help=_percent(option.help), **how)(function)
        function = argument("loss", metavar="LOSS", nargs="?", help="the number to differentiate")(function)
        usage = _percent(magic.usage.removeprefix("%"))            # IPython writes the first %
        function = kwds(usage=usage, description=magic.description, epilog=magic.examples)(function)
        return magic_arguments(magic.prefix.lstrip("%"))(function)
    return decorate


def _percent(text):
    """argparse formats its texts with %."""
    return text.replace("%", "%%")
