"""Looking at the user's objects without asking them.

In:  an object of which nothing is known.
Out: what it is and holds, found out without running code of the user's.
Start at `isinstance`. Modules that look at such objects import it in place of Python's, which asks an object whose
class is not one of those for its `__class__`: a `__getattribute__` of the user's would run once more than in the
plain cell, and a proxy would answer for something else. What runs for each operation has `issubclass(type(x), ...)`.
"""


def isinstance(x, kinds):
    """True if the class of `x` is one of `kinds`, or comes from one.

    >>> isinstance(True, (int, str))
    True
    """
    return issubclass(type(x), kinds)


def attributes_of(x):
    """The dict of an object's attributes; None if it has none."""
    try:
        return object.__getattribute__(x, "__dict__")
    except AttributeError:
        return None
