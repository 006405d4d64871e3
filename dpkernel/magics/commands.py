"""The magics as IPython knows them: names, help, and a call of the function that does the work.

In:  the magic line and the cell.
Out: what the user sees.
Start at `DifferentiableMagics`. Heavy parts are imported when a magic is first used, or by `prepare`.
"""

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from .failures import users_traceback
from .options import GRAD, LINE_GRAD, OPTIMIZE, documented


@magics_class
class DifferentiableMagics(Magics):
    """`%%grad`, `%%optimize`, `%grad`."""

    @no_var_expand
    @cell_magic("grad")
    @documented(GRAD)
    def cell_grad(self, line, cell):
        with users_traceback(self.shell):
            from .grad import grad_cell

            grad_cell(self.shell, line, cell)

    @no_var_expand
    @line_magic("grad")
    @documented(LINE_GRAD)
    def line_grad(self, line):
        with users_traceback(self.shell):
            from .grad import grad_line

            grad_line(self.shell, line)

    @no_var_expand
    @cell_magic("optimize")
    @documented(OPTIMIZE)
    def cell_optimize(self, line, cell):
        with users_traceback(self.shell):
            from .optimize import optimize_cell

            optimize_cell(self.shell, line, cell)


def prepare():
    """Import what the first use of a magic would have to import."""
    from ..tracing import models
    from . import grad, optimize        # noqa: F401

    models.load()
