"""Parameters with structure: lists, tuples, dicts, dataclasses of numbers.

In:  an object.
Out: its leaves, and the same structure around other leaves.
Start at `map_leaves`.
"""

import dataclasses

import numpy as np

from ..lazy import loaded
from .look import isinstance
from .whole import Whole, plain


def is_number(x):
    """True for what can be differentiated with respect to: real or complex numbers and arrays."""
    if isinstance(x, (bool, np.bool_)):
        return False
    if isinstance(x, (float, int, complex)):
        return True
    return isinstance(x, (np.ndarray, np.number)) and x.dtype.kind in "iufc"


def why_no_number(x):
    """Why an object cannot be differentiated with respect to, as a sentence."""
    if isinstance(x, (bool, np.bool_)) or isinstance(x, np.ndarray) and x.dtype.kind == "b":
        return "True and False cannot be changed a little."
    if isinstance(x, np.ndarray):
        return f"it is an array of dtype {x.dtype}; a derivative needs numbers."
    return f"it is of type {type(x).__name__}, and holds no numbers."


def without_wholes(x):
    """The same structure with ints in place of Wholes; `x` itself if there is none in it."""
    return map_leaves(plain, x) if any(type(leaf) is Whole for leaf in leaves(x)) else x


def map_leaves(function, x):
    """Return the structure of `x` with `function(leaf)` in place of each leaf.

    Lists, tuples, named tuples, dicts and dataclasses are structure, and of pandas a Series around its array and
    a DataFrame around those of its columns; everything else is a leaf.
    """
    if isinstance(x, tuple):
        parts = [map_leaves(function, part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, list):
        return [map_leaves(function, part) for part in x]
    if isinstance(x, dict):
        return {key: map_leaves(function, part) for key, part in x.items()}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        new = object.__new__(type(x))
        for field in dataclasses.fields(x):
            object.__setattr__(new, field.name, map_leaves(function, getattr(x, field.name)))
        return new
    if is_pandas(x):
        return _map_pandas(function, x)
    return function(x)


def is_pandas(x):
    """True for a Series or a DataFrame."""
    pandas = loaded("pandas")
    return pandas is not None and isinstance(x, (pandas.Series, pandas.DataFrame))


def is_same(x, y):
    """True for one object, and for two that are made anew at each look around the same memory: views, and pandas' objects."""
    if x is y:
        return True
    if type(x) is not type(y) or not (isinstance(x, np.ndarray) or is_pandas(x)) or x.shape != y.shape:
        return False
    places = [[(a.__array_interface__["data"], a.strides, a.dtype) for a in leaves(z) if isinstance(a, np.ndarray)] for z in (x, y)]
    return places[0] == places[1]


def _map_pandas(function, x):
    """The same index and columns around other arrays; None is a column of None."""
    pandas = loaded("pandas")

    def series(column, name):
        array = column.to_numpy()
        found = function(array if is_number(array) else column)
        return pandas.Series(np.full(len(column), None) if found is None else found, index=x.index, name=name, copy=False)

    if isinstance(x, pandas.Series):
        return series(x, x.name)
    columns = [series(x.iloc[:, k], k) for k in range(x.shape[1])]
    found = pandas.concat(columns, axis=1) if columns else x.iloc[:, :0]
    return found.set_axis(x.columns, axis=1)


def leaves(x):
    """The leaves of `x`, in order."""
    found = []
    map_leaves(found.append, x)
    return found


def paths(x, name=""):
    """For each leaf a name that says where it is: "params_W", "layers_0"."""
    if isinstance(x, (tuple, list)):
        fields = getattr(x, "_fields", range(len(x)))
        return [path for key, part in zip(fields, x) for path in paths(part, f"{name}_{key}")]
    if isinstance(x, dict):
        return [path for key, part in x.items() for path in paths(part, f"{name}_{key}")]
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return [path for field in dataclasses.fields(x) for path in paths(getattr(x, field.name), f"{name}_{field.name}")]
    if is_pandas(x) and x.ndim == 2:
        return [f"{name}_{column}" for column in x.columns]
    return [name]


def places(x, name):
    """For each leaf how Python reaches it: "params['W']", "layers[0].b"."""
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return [place for key, part in zip(x._fields, x) for place in places(part, f"{name}.{key}")]
    if isinstance(x, (tuple, list)):
        return [place for key, part in enumerate(x) for place in places(part, f"{name}[{key}]")]
    if isinstance(x, dict):
        return [place for key, part in x.items() for place in places(part, f"{name}[{key!r}]")]
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return [place for field in dataclasses.fields(x) for place in places(getattr(x, field.name), f"{name}.{field.name}")]
    if is_pandas(x) and x.ndim == 2:
        return [f"{name}[{column!r}]" for column in x.columns]
    return [name]


def twins(x, copy):
    """[(part of x, the same part of its copy)]: `x` itself, what is in it, and so on; the copy is one of `map_leaves`."""
    found = [(x, copy)]
    if isinstance(x, (tuple, list)):
        inside = zip(x, copy)
    elif isinstance(x, dict):
        inside = ((x[key], copy[key]) for key in x)
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        inside = ((getattr(x, field.name), getattr(copy, field.name)) for field in dataclasses.fields(x))
    else:
        inside = ()
    return found + [pair for parts in inside for pair in twins(*parts)]


def change_likewise(pairs):
    """Lists, dicts and dataclasses get what was put into their copies; parts of a copy are the user's own again.

    pairs   of `twins`, found before the copies were changed
    """
    own = {id(copy): x for x, copy in pairs}
    for x, copy in pairs:
        if isinstance(x, list):
            old, new = dict(enumerate(x)), dict(enumerate(copy))
        elif isinstance(x, dict):
            old, new = x, copy
        elif dataclasses.is_dataclass(x) and not isinstance(x, type):
            old, new = ({field.name: getattr(y, field.name) for field in dataclasses.fields(x)} for y in (x, copy))
        else:
            continue
        new = {key: own.get(id(part), part) for key, part in new.items()}
        if list(new) == list(old) and all(new[key] is old[key] for key in new):
            continue
        if isinstance(x, list):
            x[:] = new.values()
        elif isinstance(x, dict):
            x.clear()
            x.update(new)
        else:
            for name, part in new.items():
                object.__setattr__(x, name, part)


def fresh_numbers(x):
    """Give every Python number inside `x` an identity of its own, in place where that is possible.

    `a = 1.0; b = 1.0` may be one object; as parameters they are two.
    """
    if type(x) is float:
        return own_float(x)
    if type(x) is int:
        return Whole(x)
    if type(x) is complex:
        return complex(own_float(x.real), x.imag)
    if isinstance(x, np.generic) and x.dtype.kind in "iufc":
        return x.dtype.type(x) if x.dtype.kind != "f" else np.array(x)[()]
    if isinstance(x, list):
        for number, part in enumerate(x):
            x[number] = fresh_numbers(part)
    elif type(x) is dict:
        for key, part in x.items():
            x[key] = fresh_numbers(part)
    elif isinstance(x, tuple):
        parts = [fresh_numbers(part) for part in x]
        if any(new is not old for new, old in zip(parts, x)):
            return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        for field in dataclasses.fields(x):
            object.__setattr__(x, field.name, fresh_numbers(getattr(x, field.name)))
    return x


def own_float(x):
    """A float object equal to `x`, bit for bit, that nobody else holds."""
    return float.fromhex(x.hex()) if x == x else x * 1.0


def as_array(x):
    """The numbers of a leaf as an array, also of a pandas object; None if it holds none."""
    if is_number(x):
        return np.asarray(x)
    if is_pandas(x):
        values = x.to_numpy()
        return values if values.dtype.kind in "iufc" else None
    return None
