"""The kernel "Differentiable Python": IPython's own kernel with the magics loaded.

In:  a connection file on the command line.
Out: a running kernel.
Start at `DifferentiableKernel`. Everything that a user sees is in the magics, which work in any IPython.
"""

import contextlib
import os
import sys

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from . import __version__


IDLE = 1.0      # seconds after the start


class DifferentiableKernel(IPythonKernel):
    """IPython's kernel, which has loaded the extension and completes our magic lines."""

    implementation = "dpkernel"
    implementation_version = __version__
    banner = f"Differentiable Python {__version__}: %%grad and %%optimize above plain NumPy.  %%grad? helps."

    def __init__(self, **options):
        super().__init__(**options)
        if self.shell is not None:
            self.shell.extension_manager.load_extension("dpkernel")

    def start(self):
        super().start()
        if self.shell is not None:
            self.io_loop.call_later(IDLE, self.warm_up)

    def warm_up(self):
        """Import what the magics need, and render a traceback that nobody sees, unless the user was faster.

        The first one imports a lexer and reads NumPy's files, 0.1 s and more: an interrupt would have to wait for it.
        """
        if self.shell.execution_count > 1:
            return
        from .magics.commands import prepare

        prepare()
        formatter = self.shell.InteractiveTB
        try:
            import numpy

            numpy.sum([None, None])
        except TypeError:
            with contextlib.suppress(Exception):
                formatter.structured_traceback(*sys.exc_info())
        formatter.tb = None

    def do_complete(self, code, cursor_pos):
        """Options, names and methods in the line of our magics; IPython's completion elsewhere."""
        from .magics.complete import complete

        found = complete(code, cursor_pos, self.shell.user_ns)
        if found is None:
            return super().do_complete(code, cursor_pos)
        return {**found, "metadata": {}, "status": "ok"}


def main():
    """Start the kernel. `python -P` kept the user's files off the path; now they come back."""
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, "")
    IPKernelApp.launch_instance(kernel_class=DifferentiableKernel)


if __name__ == "__main__":
    main()
