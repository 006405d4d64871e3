"""The kernel "Differentiable Python": IPython's own kernel, the magics loaded, a door for control.

In:  a connection file on the command line.
Out: a running kernel.
Start at `DifferentiableKernel`. Everything that a user sees is in the magics, which work in any IPython.
"""

import os
import sys

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from . import __version__
from .optimize.control import inbox


class DifferentiableKernel(IPythonKernel):
    """Control messages are answered by the control thread, also while a cell runs."""

    implementation = "dpkernel"
    implementation_version = __version__
    banner = f"Differentiable Python {__version__}: %%grad and %%optimize above plain NumPy.  %%grad? helps."
    control_msg_types = [*IPythonKernel.control_msg_types, "dpkernel_control_request"]

    def __init__(self, **options):
        super().__init__(**options)
        if self.shell is not None:
            self.shell.extension_manager.load_extension("dpkernel")

    async def dpkernel_control_request(self, stream, ident, parent):
        """Put the request where the run looks between two steps; nothing else happens here."""
        inbox.put(parent["content"])
        self.session.send(stream, "dpkernel_control_reply", {"status": "ok"}, parent=parent, ident=ident)

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
