"""dpkernel: gradients of plain NumPy and plain Python, in the notebook.

In:  ordinary functions and cells.
Out: their values, exact gradients, and runs that minimise them.
Start at `api.py` for the functions and at `magics/` for `%%grad` and `%%optimize`.

Public names are loaded when first asked for (PEP 562), so that `import dpkernel` stays cheap.
"""

__version__ = "0.1.0"

_WHERE = {
    "check_gradient": "dpkernel.api",
    "custom_derivative": "dpkernel.api",
    "follow": "dpkernel.api",
    "listing": "dpkernel.api",
    "grad": "dpkernel.api",
    "value_and_grad": "dpkernel.api",
    "hessian": "dpkernel.api",
    "hvp": "dpkernel.api",
    "jacobian": "dpkernel.api",
    "jvp": "dpkernel.api",
    "recompute": "dpkernel.api",
    "stop_gradient": "dpkernel.api",
    "vjp": "dpkernel.api",
    "load_ipython_extension": "dpkernel.magics",
    "unload_ipython_extension": "dpkernel.magics",
}

__all__ = [name for name in _WHERE if "ipython" not in name] + ["__version__"]


def __getattr__(name):
    """Load a public name from the module that defines it."""
    if name not in _WHERE:
        raise AttributeError(f"module 'dpkernel' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_WHERE])


def _jupyter_labextension_paths():
    """Where a development install finds the built front end."""
    return [{"src": "../labextension/dist", "dest": "dpkernel-labextension"}]
