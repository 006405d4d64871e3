"""`grads`: the gradients of a cell, by key and by attribute.

In:  {parameter as in the magic line: gradient}.
Out: a read-only mapping that shows itself in short.
Start at `Gradients`.
"""

import ast
from collections.abc import Mapping

from ..errors import Lesson, five, nearest
from .text import escaped, short


class UnknownGradient(Lesson, KeyError, AttributeError):
    """`grads` has no gradient of this name."""

    def __init__(self, name, known):
        close = nearest(name, known)
        Lesson.__init__(
            self, f"there is no gradient of `{name}`.",
            why=f"the last %%grad line asked for {five(f'`{n}`' for n in known)}." if known else None,
            do=f"Did you mean `{close}`?" if close else "add the name to --wrt and run that cell again.",
        )


class Gradients(Mapping):
    """Maps each parameter to its gradient; `grads["w"]`, `grads.w`, `grads["params['b']"]`.

    Each gradient has the structure, shape and index of its parameter.

    >>> Gradients({"w": 1.5}).w
    1.5
    """

    def __init__(self, found):
        object.__setattr__(self, "_found", dict(found))

    def __getitem__(self, name):
        found = self._found
        if name in found:
            return found[name]
        try:
            plain = ast.unparse(ast.parse(name, mode="eval"))
        except (SyntaxError, TypeError, ValueError):
            plain = name
        if plain in found:
            return found[plain]
        raise UnknownGradient(str(name), list(found))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __contains__(self, name):
        return name in self._found

    def __iter__(self):
        return iter(self._found)

    def __len__(self):
        return len(self._found)

    def __dir__(self):
        return [*super().__dir__(), *(n for n in self._found if n.isidentifier())]

    def __reduce__(self):
        return Gradients, (self._found,)

    def __repr__(self):
        if not self._found:
            return "Gradients()"
        width = min(max(map(len, self._found)), 24)
        rows = [f"  {name[:24]:<{width}}  {short(x)}" for name, x in list(self._found.items())[:8]]
        if len(self._found) > 8:
            rows.append(f"  … {len(self._found) - 8} more")
        return "Gradients(\n" + "\n".join(rows) + "\n)"

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td style='text-align:left'><code>{escaped(name)}</code></td>"
            f"<td style='text-align:left'>{escaped(short(x))}</td></tr>"
            for name, x in list(self._found.items())[:20]
        )
        more = f"<p>… {len(self._found) - 20} more</p>" if len(self._found) > 20 else ""
        return f"<table>{rows}</table>{more}"
