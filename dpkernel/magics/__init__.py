"""The magics: `%%grad`, `%%optimize`, `%grad`, in any IPython.

Start at `load_ipython_extension`; a magic's road is line.py (pieces), options.py (values), check.py
(what is wrong before anything runs), then grad.py or optimize.py (running and showing).
"""


def load_ipython_extension(shell):
    """`%load_ext dpkernel`: register the magics with this IPython shell."""
    from .commands import DifferentiableMagics
    from .transform import install

    shell.register_magics(DifferentiableMagics)
    install(shell)


def unload_ipython_extension(shell):
    """`%unload_ext dpkernel`: take the input transformer away; IPython keeps the magics."""
    from .transform import uninstall

    uninstall(shell)
