"""From a function's source to a program with loops, for any sizes of its arguments; nothing is run."""
