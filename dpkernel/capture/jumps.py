"""Bodies of loops without `break` and `continue`.

In:  the statements of a body.
Out: the same with a flag in place of jumps: what a jump skips stands in the other arm of an `if`.
Start at `without_jumps`.
"""

import ast


def jumps(statements):
    """True if there is a break or a continue that belongs to this loop."""
    return any(_has_jump(s) for s in statements)


def _has_jump(node):
    if isinstance(node, (ast.Break, ast.Continue)):
        return True
    if isinstance(node, (ast.For, ast.While)):
        return any(map(_has_jump, node.orelse))
    return isinstance(node, ast.If) and (jumps(node.body) or jumps(node.orelse))


def without_jumps(statements, flag):
    """The statements with `flag = False` for a break; what follows a jump is left out.

    Returns   a list; None at its end stands for "nothing more of this iteration" and is not part of it
    """
    found = []
    for number, node in enumerate(statements):
        rest = statements[number + 1:]
        if isinstance(node, ast.Continue):
            break
        if isinstance(node, ast.Break):
            found.append(_set(flag, False, node))
            break
        if _has_jump(node):
            arms = [without_jumps(body + rest, flag) for body in (node.body, node.orelse)]
            body, orelse = ([ast.copy_location(ast.Pass(), node)] if not arm else arm for arm in arms)
            found.append(ast.copy_location(ast.If(node.test, body, orelse), node))
            break
        found.append(node)
    return found


def _set(name, value, node):
    target = ast.copy_location(ast.Name(name, ast.Store()), node)
    return ast.copy_location(ast.Assign([target], ast.copy_location(ast.Constant(value), node)), node)
