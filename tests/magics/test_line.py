"""The splitter, on every line of the design and on lines that would trip a shell's rules."""

import ast

import pytest

from dpkernel.magics.line import split


def pieces(line, body=""):
    found = split(line, body)
    return found.loss and str(found.loss), {str(o.name): o.value and str(o.value) for o in found.options}


DESIGN = [
    ("loss --wrt w, b", "loss", {"--wrt": "w, b"}),
    ("np.mean(r ** 2) + 0.1 * np.sum(w ** 2) --wrt w            # LOSS may be an expression: as if it were the last line",
     "np.mean(r ** 2) + 0.1 * np.sum(w ** 2)", {"--wrt": "w"}),
    ("--wrt x                                                   # LOSS: the value or target of the last statement",
     None, {"--wrt": "x"}),
    ("loss --wrt params['b'], net.layers[0].W --into g",
     "loss", {"--wrt": "params['b'], net.layers[0].W", "--into": "g"}),
    ("residual --wrt p --jacobian", "residual", {"--wrt": "p", "--jacobian": None}),
    ("loss --wrt w --check --show code, graph", "loss", {"--wrt": "w", "--check": None, "--show": "code, graph"}),
    ("loss --wrt w, b --using adam --lr lr0/2 --steps 10*n_epochs",
     "loss", {"--wrt": "w, b", "--using": "adam", "--lr": "lr0/2", "--steps": "10*n_epochs"}),
    ("loss --wrt k, s --using l-bfgs-b --bounds k=0:inf, s=1e-6:10",
     "loss", {"--wrt": "k, s", "--using": "l-bfgs-b", "--bounds": "k=0:inf, s=1e-6:10"}),
    ("loss --wrt w, b --lr w=0.1, b=0.01 --schedule cosine --validate val_loss --patience 50",
     "loss", {"--wrt": "w, b", "--lr": "w=0.1, b=0.01", "--schedule": "cosine", "--validate": "val_loss",
              "--patience": "50"}),
    ("nll --wrt p --track np.max(p), accuracy --save run.npz          # later: --resume run.npz",
     "nll", {"--wrt": "p", "--track": "np.max(p), accuracy", "--save": "run.npz"}),
    ("y --wrt x", "y", {"--wrt": "x"}),
]


@pytest.mark.parametrize("line, loss, options", DESIGN)
def test_lines_of_the_design(line, loss, options):
    assert pieces(line) == (loss, options)


def test_a_backslash_continues_into_the_body():
    found = split("loss --wrt mu, sigma --using lm \\", "   --bounds sigma=0:inf --memory 2GB\nz = 1")
    assert [(str(o.name), str(o.value)) for o in found.options] == [
        ("--wrt", "mu, sigma"), ("--using", "lm"), ("--bounds", "sigma=0:inf"), ("--memory", "2GB"),
    ]
    assert found.consumed == 1
    assert found.place(found.options[2].name.start) == (1, 3)


@pytest.mark.parametrize("line, body, consumed, options", [
    ("l --wrt a,\\", "b\\\n,c\nd", 2, {"--wrt": "a, b ,c"}),
    ("l --wrt a\\", "--check", 1, {"--wrt": "a", "--check": None}),
    ("l --wrt a # no: \\", "b", 0, {"--wrt": "a"}),
    ("l --wrt a \\", "--check # end\nz", 1, {"--wrt": "a", "--check": None}),
    ("l --wrt a \\", "", 1, {"--wrt": "a"}),
])
def test_continuations(line, body, consumed, options):
    assert split(line, body).consumed == consumed
    assert pieces(line, body)[1] == options


@pytest.mark.parametrize("line, loss, options", [
    ("", None, {}),
    ("   loss  ", "loss", {}),
    ("# nothing", None, {}),
    ("np.sum(a --b)", "np.sum(a --b)", {}),                       # brackets
    ("f(' --wrt x', \" #\") --wrt d['--a']", "f(' --wrt x', \" #\")", {"--wrt": "d['--a']"}),
    (r"f('it\'s --wrt') --check", r"f('it\'s --wrt')", {"--check": None}),
    (r"f('\\') --check", r"f('\\')", {"--check": None}),
    ("a--b --wrt a", "a--b", {"--wrt": "a"}),                     # no blank before the dashes
    ("-a - -b --wrt a", "-a - -b", {"--wrt": "a"}),
    ("a --1 --wrt a", "a --1", {"--wrt": "a"}),                   # no letter behind them
    ("$x {y} --wrt w\t--check", "$x {y}", {"--wrt": "w", "--check": None}),
    ("l --lr=0.1", "l", {"--lr": "=0.1"}),
    ("l --wrt α, β", "l", {"--wrt": "α, β"}),
    ("d['#'] + a[#", "d['#'] + a[#", {}),
])
def test_quotes_brackets_and_dashes(line, loss, options):
    assert pieces(line) == (loss, options)


def test_a_repeated_option_is_kept_twice():
    assert [str(o.value) for o in split("--wrt w --wrt b").options] == ["w", "b"]


@pytest.mark.parametrize("line, unclosed", [
    ("f(x --wrt w", 1), ("f('x) --wrt w", 2), ("f([x)", 2), ("f(x)) --wrt w", None), ("f(x) # (", None),
])
def test_unclosed(line, unclosed):
    assert split(line).unclosed == unclosed


def test_every_piece_stands_where_it_says():
    line = "np.sum( a ) --wrt  w , p['b'] --check   --show code,graph # c"
    found = split(line)
    pieces = [found.loss, *(p for o in found.options for p in (o.name, o.value) if p)]
    pieces += found.entries(found.options[0].value)
    assert len(pieces) == 8
    for piece in pieces:
        assert line[piece.start:piece.end] == piece.text
        assert found.place(piece.start) == (0, piece.start)


@pytest.mark.parametrize("value, expected", [
    ("w, b", ["w", "b"]), ("w,", ["w"]), ("w,,b", ["w", None, "b"]), (",", [None]),
    ("d['a,b'], f(x, y), [1, 2]", ["d['a,b']", "f(x, y)", "[1, 2]"]),
])
def test_entries(value, expected):
    found = split("--wrt " + value)
    assert [e and str(e) for e in found.entries(found.options[0].value)] == expected


@pytest.mark.parametrize("value, expected", [
    ("w=0.1", ("w", "0.1")), ("p['=']=f(a=1)", ("p['=']", "f(a=1)")), ("a == b", (None, "a == b")),
    ("a<=b", (None, "a<=b")), ("w=", ("w", None)), ("=1", (None, "1")), ("0.1", (None, "0.1")),
])
def test_named(value, expected):
    found = split("--lr " + value)
    assert tuple(p and str(p) for p in found.named(found.options[0].value)) == expected


@pytest.mark.parametrize("value, expected", [
    ("0:inf", ("0", "inf")), (":1", (None, "1")), ("0:", ("0", None)), ("d[0:1]", None), ("f(x):g(y)", ("f(x)", "g(y)")),
])
def test_bounds(value, expected):
    found = split("--bounds " + value)
    bounds = found.bounds(found.options[0].value)
    assert (bounds and tuple(p and str(p) for p in bounds)) == expected


@pytest.mark.parametrize("line, loss, options", DESIGN)
def test_losses_and_parameters_of_the_design_are_python(line, loss, options):
    found = split(line)
    values = [o.value for o in found.options if str(o.name) in ("--wrt", "--track")]
    for piece in filter(None, [found.loss, *(e for value in values for e in found.entries(value))]):
        ast.parse(piece.text, mode="eval")
