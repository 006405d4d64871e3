"""Targets and patterns: what they take apart.

In:  the syntax tree of a target of an assignment, or of a pattern of a match statement.
Out: what is unpacked there, as a nested tuple; the names that a pattern gives, and where what they hold stood.
Start at `pattern_of` and `taken`.
"""

import ast


def taken(pattern, path):
    """(name, path into the subject) of what a pattern takes out of sequences; the path is None where it is not known."""
    if isinstance(pattern, ast.MatchSequence):
        star = next((n for n, p in enumerate(pattern.patterns) if isinstance(p, ast.MatchStar)), None)
        for n, part in enumerate(pattern.patterns):
            place = n if star is None or n < star else n - len(pattern.patterns)
            yield from taken(part, None if path is None or n == star else (*path, place))
    elif isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            yield from taken(pattern.pattern, path)
        if pattern.name is not None and path != ():
            yield pattern.name, path
    elif isinstance(pattern, ast.MatchStar):
        if pattern.name is not None:
            yield pattern.name, None
    else:       # alternatives, mappings, classes
        for part in ast.iter_child_nodes(pattern):
            if isinstance(part, ast.pattern):
                yield from taken(part, None)


def name_of(target):
    """The name that a loop gives its element, if it gives one."""
    return target.id if isinstance(target, ast.Name) else None


def pattern_of(target):
    """How a target unpacks: for each part None, "*", or the pattern inside it; None if it does not."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        return None
    return tuple("*" if isinstance(part, ast.Starred) else pattern_of(part) for part in target.elts)
