"""The magics: `%%grad`, `%%optimize`, `%grad`, in any IPython.

Start at `load_ipython_extension`; a magic's road is line.py (pieces), header.py and readers.py (values of
the options, which options.py declares), check.py (what is wrong before anything runs), then grad.py or
optimize.py (running and showing).
"""


def load_ipython_extension(shell):
    """`%load_ext dpkernel`: register the magics with this IPython shell."""
    from ..optimize import control
    from .commands import DifferentiableMagics
    from .failures import after_cell, before_cell
    from .transform import install

    shell.register_magics(DifferentiableMagics)
    install(shell)
    shell.events.register("pre_run_cell", before_cell)
    shell.events.register("post_run_cell", after_cell)
    if getattr(shell, "kernel", None) is not None:
        control.answer(shell.kernel)


def unload_ipython_extension(shell):
    """`%unload_ext dpkernel`: take back what `%load_ext` did; IPython keeps the names of the magics."""
    from ..optimize import control
    from .failures import after_cell, before_cell
    from .transform import uninstall

    uninstall(shell)
    for event, function in (("pre_run_cell", before_cell), ("post_run_cell", after_cell)):
        if function in shell.events.callbacks[event]:
            shell.events.unregister(event, function)
    if getattr(shell, "kernel", None) is not None:
        control.stop_answering(shell.kernel)
