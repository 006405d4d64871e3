"""A magic line in its cell: its options' values, and where each piece stands.

In:  a `MagicLine`, cut but not read, and the user's namespace.
Out: the value of each option, or a `Lesson` with carets under the piece that is wrong.
Start at `Header.values`.
"""

import re
from dataclasses import dataclass, field

from ..errors import BadMagicLine, Lesson, UnknownOption, five, nearest
from ..names import normalise
from ..source import Source, Span
from .options import Magic


class UnknownName(Lesson):
    """The magic line uses a name that nothing defines."""


@dataclass
class Header:
    """A magic line in its cell: what is needed to read its values and to point at them.

    line        the `MagicLine`
    source      the whole cell, in which the magic line is line `number`
    namespace   where the user's expressions are evaluated
    """

    magic: Magic
    line: object
    source: Source
    number: int
    namespace: dict
    _values: dict | None = field(default=None, init=False, repr=False)

    def span(self, piece=None):
        """Where a piece of the line stands; without a piece, the magic line's first row."""
        if piece is None:
            return Span(self.source, self.number)
        row, column = self.line.place(piece.start)
        last_row, last_column = self.line.place(piece.end - 1)
        prefix = len(self.magic.prefix) + 1
        return Span(
            self.source,
            self.number + row, column + (0 if row else prefix),
            self.number + last_row, last_column + 1 + (0 if last_row else prefix),
        )

    def given(self, name):
        """The piece that is the value of an option in this line, or None."""
        return next((o.value for o in self.line.options if o.name.text == "--" + name), None)

    def values(self):
        """Read the line once: option name -> value, with defaults for those that do not stand in it.

        places       tuple of normalised texts      name        an identifier
        expressions  tuple of normalised texts      choice(s)   text, tuple of texts
        count, whole int                            seconds     float
        rates        float, or {parameter: float}   flag        bool
        """
        if self._values is None:
            found = {option.name: option.default for option in self.magic.options}
            from .readers import READERS

            for option, piece in self.options():
                found[option.name] = READERS[option.kind](self, option, piece)
            self._values = found
        return self._values

    def options(self):
        """Pair the options of the line with their declarations; refuse unknown and repeated ones."""
        pairs = []
        for given in self.line.options:
            option = self.magic.option(given.name.text[2:])
            if option is None:
                raise self.unknown(given)
            if any(option is other for other, _ in pairs):
                commas = ", with commas between the names" if option.kind == "places" else ""
                raise BadMagicLine(
                    f"`--{option.name}` stands twice in the line.",
                    span=self.span(given.name), do=f"write it once{commas}.",
                )
            if given.value is not None and given.value.start == given.name.end:
                raise BadMagicLine(
                    f"there is no blank behind `--{option.name}`.", span=self.span(given.value),
                    do=f"Did you mean `--{option.name} {given.value.text.lstrip('=: ')}`?",
                )
            if given.value is None and option.kind != "flag":
                raise BadMagicLine(
                    f"`--{option.name}` has no value.", span=self.span(given.name),
                    why=f"behind it stands {option.metavar}: {option.help}.",
                    do=f"write a value behind it; `{self.magic.prefix}?` shows examples.",
                )
            pairs.append((option, given.value))
        return pairs

    def unknown(self, given):
        """The lesson about an option that does not exist."""
        name, names = given.name.text[2:], [option.name for option in self.magic.options]
        near = nearest(name, names)
        if near is not None:
            do = f"Did you mean `--{near}`?"
        elif name in self.namespace:
            do = f"if this is minus a negative number, write `- -{name}`."
        else:
            do = f"there are {five('--' + n for n in names)}; `{self.magic.prefix}?` explains them."
        return UnknownOption(
            f"`{self.magic.prefix}` has no option `--{name}`.", span=self.span(given.name), do=do
        )

    # reading pieces

    def entries(self, option, piece):
        """The entries between the commas of a value; an empty one is refused."""
        entries = self.line.entries(piece)
        if None in entries:
            raise BadMagicLine(
                f"`--{option.name}` has nothing between two commas.", span=self.span(piece), do="remove one."
            )
        return entries

    def normalised(self, piece, what):
        """The text of an expression as `ast.unparse` writes it; `what` says what it stands for."""
        try:
            compile(piece.text, "<magic line>", "eval")
            return normalise(piece.text)
        except (SyntaxError, ValueError) as problem:
            raise self.not_python(piece, what, problem, self.meant(piece)) from None

    def meant(self, piece):
        """A guess about a piece in which an option lacks its dashes, or names their commas; None if there is none."""
        for name in re.findall(r"(?:^|\s)-{0,2} ?([a-z]+)(?=\s|$)", piece.text):
            option = self.magic.option(name)
            if option is not None and name not in self.namespace:
                return f"Did you mean `--{option.name}`, with two dashes?"
        words = piece.text.split()
        if len(words) > 1 and all(word.isidentifier() for word in words):
            return f"Did you mean `{', '.join(words)}`, with commas?"
        return None

    def not_python(self, piece, what, problem, do=None):
        """The lesson about a piece that Python cannot read, with carets where Python stumbled."""
        start = min(max((getattr(problem, "offset", None) or 1) - 1, 0), len(piece.text) - 1)
        stop = getattr(problem, "end_offset", None) or 0
        stop = stop - 1 if start < stop - 1 <= len(piece.text) else start + 1
        wrong = type(piece)(piece.text[start:stop], piece.start + start)
        return BadMagicLine(
            f"{what} is not a Python expression.", span=self.span(wrong),
            why=f"Python says: {getattr(problem, 'msg', problem)}.", do=do,
        )

    def evaluate(self, option, piece):
        """Evaluate a piece in the user's namespace, on a copy of it: nothing is bound there."""
        self.normalised(piece, f"the value of `--{option.name}`")
        try:
            return eval(compile(piece.text, "<magic line>", "eval"), dict(self.namespace))
        except NameError as problem:
            raise self.undefined(problem.name, piece, f"`--{option.name}`") from None
        except Exception as problem:
            raise BadMagicLine(
                f"`--{option.name}` cannot be computed.", span=self.span(piece),
                why=f"{type(problem).__name__}: {problem}.",
            ) from None

    def undefined(self, name, piece, where, more=()):
        """The lesson about a name that is not defined; `more` are names beside those of the namespace."""
        known = [*more, *(n for n in self.namespace if not n.startswith("_"))]
        near = nearest(name, known)
        why = None if more else "values in the magic line are computed before the cell runs."
        return UnknownName(
            f"{where} uses `{name}`, which is not defined.", span=self.span(piece), why=why,
            do=f"Did you mean `{near}`?" if near else f"define `{name}` in a cell above.",
        )

    def no_number(self, option, piece, value, wanted):
        """The lesson about a value of the wrong type or range."""
        text = repr(value)
        text = text if len(text) <= 60 else f"a {type(value).__name__}"
        return BadMagicLine(
            f"`--{option.name}` must be {wanted}, and this is {text}.", span=self.span(piece)
        )
