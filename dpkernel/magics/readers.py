"""How the value of each kind of option is read.

In:  the Header, the declaration of the option, and the piece that stands behind it.
Out: the value, or a `Lesson`.
Start at `READERS`.
"""

import keyword
import math

from ..errors import BadMagicLine, five, nearest
from ..names import root_name
from .options import WRT


def read_places(header, option, piece):
    """`w, params['b']`: names, attributes and items, each once."""
    found = []
    for entry in header.entries(option, piece):
        text = header.normalised(entry, f"this entry of `--{option.name}`")
        if root_name(text) is None or keyword.iskeyword(text):
            raise BadMagicLine(
                f"`{text}` is not something that can be changed.", span=header.span(entry),
                why=f"`--{option.name}` takes names, attributes and items: w, net.W, params['b'].",
                do=header.meant(entry) or _without_brackets(text) or "give the value a name in a cell above, and write that name.",
            )
        if text in found:
            raise BadMagicLine(
                f"`{text}` stands twice in `--{option.name}`.", span=header.span(entry), do="write it once."
            )
        found.append(text)
    return tuple(found)


def _without_brackets(text):
    inner = text[1:-1]
    if text[0] + text[-1] in ("()", "[]") and all(n.strip().isidentifier() for n in inner.split(",")):
        return f"Did you mean `{inner}`, without brackets?"
    if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" and inner.isidentifier():
        return f"Did you mean `{inner}`, without quotes?"
    return None


def read_expressions(header, option, piece):
    """`np.max(p), accuracy`: any expressions."""
    return tuple(
        header.normalised(entry, f"this entry of `--{option.name}`") for entry in header.entries(option, piece)
    )


def read_name(header, option, piece):
    """An identifier under which something is kept."""
    if not piece.text.isidentifier() or keyword.iskeyword(piece.text):
        raise BadMagicLine(
            f"`--{option.name}` takes one plain name.", span=header.span(piece),
            why=f"`{piece.text}` is a word of Python's own." if keyword.iskeyword(piece.text) else None,
            do=f"write, for example, `--{option.name} {'g' if option.default == 'grads' else 'first'}`.",
        )
    return piece.text


def read_flag(header, option, piece):
    """An option without a value."""
    if piece is not None:
        raise BadMagicLine(
            f"`--{option.name}` takes no value.", span=header.span(piece),
            do=f"write only `--{option.name}`; LOSS stands before the first option.",
        )
    return True


def read_choice(header, option, piece):
    """One of `option.choices`, in upper or lower case."""
    text = piece.text.lower()
    if text not in option.choices:
        near = nearest(text.strip("'\""), option.choices)
        raise BadMagicLine(
            f"`--{option.name}` knows no `{piece.text}`.", span=header.span(piece),
            do=f"Did you mean `{near}`?" if near else f"choose from: {five(option.choices)}.",
        )
    return text


def read_choices(header, option, piece):
    """Some of `option.choices`, with commas."""
    return tuple(read_choice(header, option, entry) for entry in header.entries(option, piece))


def read_count(header, option, piece, least=1, wanted="a whole number from 1 on"):
    """A whole number; 1e4 is one too."""
    value = header.evaluate(option, piece)
    number = _real(value)
    if number is None or not math.isfinite(number) or number != int(number) or number < least:
        raise header.no_number(option, piece, value, wanted)
    return int(number)


def read_whole(header, option, piece):
    """A whole number from 0 on."""
    return read_count(header, option, piece, least=0, wanted="a whole number from 0 on")


def read_seconds(header, option, piece):
    """A positive number of seconds."""
    value = header.evaluate(option, piece)
    number = _real(value)
    if number is None or not number > 0:
        raise header.no_number(option, piece, value, "a positive number of seconds")
    return number


def read_rates(header, option, piece):
    """One number, or {parameter: number}. A number among names is the rate of all others."""
    wrt = header.given("wrt")
    parameters = read_places(header, WRT, wrt) if wrt is not None else ()
    entries = [header.line.named(entry) for entry in header.entries(option, piece)]
    rates, rest = {}, None
    for name, value in entries:
        if value is None:
            raise BadMagicLine(f"`{name}=` has no value.", span=header.span(name), do=f"write `{name}=0.1`.")
        if name is None and rest is not None:
            raise BadMagicLine(
                f"`--{option.name}` has two numbers without a name.", span=header.span(value),
                do=f"write one number, or one per parameter: `--{option.name} w=0.1, b=0.01`.",
            )
        if name is None:
            rest = _rate(header, option, value)
            continue
        text = header.normalised(name, f"this name in `--{option.name}`")
        if text not in parameters:
            near = nearest(text, parameters)
            raise BadMagicLine(
                f"`--{option.name}` names `{text}`, which is not in `--wrt`.", span=header.span(name),
                do=f"Did you mean `{near}`?" if near else f"the parameters are: {five(parameters)}.",
            )
        rates[text] = _rate(header, option, value)
    if not rates:
        return rest
    return rates if rest is None else {text: rates.get(text, rest) for text in parameters}


def _rate(header, option, piece):
    value = header.evaluate(option, piece)
    number = _real(value)
    if number is None or not 0 <= number < math.inf:
        raise header.no_number(option, piece, value, "a number from 0 on")
    return number


def _real(value):
    """A real number as a float; None for everything else, True and False included."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "f") not in "iuf":
        return None
    if getattr(value, "shape", ()) != ():
        return None
    try:
        return float(value) if not isinstance(value, (str, bytes)) else None
    except (TypeError, ValueError, OverflowError):
        return None


READERS = {
    "places": read_places, "expressions": read_expressions, "name": read_name, "flag": read_flag,
    "choice": read_choice, "choices": read_choices, "count": read_count, "whole": read_whole,
    "seconds": read_seconds, "rates": read_rates,
}
