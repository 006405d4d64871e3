"""The magics as IPython knows them: names, help, and a call of the function that does the work.

In:  the magic line and the cell.
Out: what the user sees.
Start at `DifferentiableMagics`. Heavy parts are imported when a magic is first used.
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
        from .grad import grad_cell

        with users_traceback(self.shell):
            grad_cell(self.shell, line, cell)

    @no_var_expand
    @line_magic("grad")
    @documented(LINE_GRAD)
    def line_grad(self, line):
        from .grad import grad_line

        with users_traceback(self.shell):
            grad_line(self.shell, line)

    @no_var_expand
    @cell_magic("optimize")
    @documented(OPTIMIZE)
    def cell_optimize(self, line, cell):
        from .optimize import optimize_cell

        with users_traceback(self.shell):
            optimize_cell(self.shell, line, cell)
