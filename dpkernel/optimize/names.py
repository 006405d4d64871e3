"""The names of the methods, for those who only need names.

In:  nothing.
Out: FIRST_ORDER and QUASI_NEWTON; methods.py and run.py hold what they do.
Start anywhere. The kernel starts with these and without NumPy.
"""

FIRST_ORDER = ("sgd", "momentum", "adam")
QUASI_NEWTON = ("l-bfgs-b",)
