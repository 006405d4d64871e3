"""Every error of the magics, whole, as the user sees it."""

import textwrap

import pytest

from support.notebook import Notebook

BEGIN = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3)); y = (X[:, 0] > 0) * 1.0
w = np.zeros(3); b = 0.0; words = "abc"; mask = X > 0; params = {"W": np.ones(2), "name": "net"}
"""


@pytest.fixture(scope="module")
def notebook():
    book = Notebook()
    book.good(BEGIN)
    return book


CASES = {
    "unknown parameter": ("""
        %%grad loss --wrt ww
        loss = np.sum(w ** 2)
        """, """
        UnknownParameter: the parameter `ww` does not exist.

          In [4], line 1:   %%grad loss --wrt ww
                                              ^^
          Why:  no cell above has defined it, and this one does not either.
          Do:   Did you mean `w`?
        """),
    "missing --wrt": ("""
        %%grad loss
        z = X @ w + b
        loss = np.sum(np.logaddexp(0, z) - y * z)
        """, """
        MissingWrt: the line does not say with respect to what.

          In [4], line 1:   %%grad loss
                            ^^^^^^^^^^^
          Why:  the cell reads these numbers: X (array 60 × 3), w (array 3), b (float), y (array 60).
          Do:   Did you mean `%%grad loss --wrt w, b`?
        """),
    "a parameter that is no number": ("""
        %%grad loss --wrt words
        loss = len(words) * 1.0
        """, """
        UnknownParameter: `words` is not a number.

          In [4], line 1:   %%grad loss --wrt words
                                              ^^^^^
          Why:  it is of type str, and holds no numbers.
          Do:   name a float, an array, or a list, dict or dataclass of them.
        """),
    "a mask as parameter": ("""
        %%grad loss --wrt mask
        loss = np.sum(X[mask])
        """, """
        UnknownParameter: `mask` is not a number.

          In [4], line 1:   %%grad loss --wrt mask
                                              ^^^^
          Why:  True and False cannot be changed a little.
          Do:   name a float, an array, or a list, dict or dataclass of them.
        """),
    "a key that does not exist": ("""
        %%grad loss --wrt params['V']
        loss = np.sum(params['W'])
        """, """
        UnknownParameter: `params['V']` cannot be read: KeyError: 'V'.

          In [4], line 1:   %%grad loss --wrt params['V']
                                              ^^^^^^^^^^^
          Do:   check the key, index or attribute.
        """),
    "loss is an array": ("""
        %%grad z --wrt w
        z = X @ w
        """, """
        LossNotScalar: the loss `z` is an array of shape (60,); a gradient belongs to one real number.

          In [4], line 1:   %%grad z --wrt w
                                   ^
          Why:  a gradient says how one number changes with each parameter.
          Do:   add its elements up, as in np.sum(z) or np.mean(z).
        """),
    "loss is a comparison": ("""
        %%grad np.sum(w) > 0 --wrt w
        pass
        """, """
        LossNotScalar: the loss `np.sum(w) > 0` is True or False; a gradient belongs to one real number.

          In [4], line 1:   %%grad np.sum(w) > 0 --wrt w
                                   ^^^^^^^^^^^^^
          Why:  a gradient says how one number changes with each parameter.
          Do:   take a number that says by how much, in place of a comparison.
        """),
    "loss does not exist": ("""
        %%grad lss --wrt w
        loss = np.sum(w ** 2)
        """, """
        BadMagicLine: the loss uses `lss`, which does not exist.

          In [4], line 1:   %%grad lss --wrt w
                                   ^^^
          Why:  no cell above has defined it, and this one does not either.
          Do:   Did you mean `loss`?
        """),
    "unknown option": ("""
        %%grad loss --wrt w --shw code
        loss = np.sum(w ** 2)
        """, """
        UnknownOption: `%%grad` has no option `--shw`.

          In [4], line 1:   %%grad loss --wrt w --shw code
                                                ^^^^^
          Do:   Did you mean `--show`?
        """),
    "a second magic": ("""
        %%grad loss --wrt w
        %%time
        loss = np.sum(w ** 2)
        """, """
        BadMagicLine: `%%time` stands below `%%grad`.

          In [4], line 2:   %%time
                            ^^^^^^
          Why:  a cell magic takes everything below it as its text, and there is one first line.
          Do:   put `%%time` above `%%grad`.
        """),
    "a flag with a value": ("""
        %%grad loss --wrt w --check yes
        loss = np.sum(w ** 2)
        """, """
        BadMagicLine: `--check` takes no value.

          In [4], line 1:   %%grad loss --wrt w --check yes
                                                        ^^^
          Do:   write only `--check`; LOSS stands before the first option.
        """),
    "no empty cell": ("""
        %%grad loss --wrt w
        """, """
        BadMagicLine: the cell is empty below its magic line.

          In [4], line 1:   %%grad loss --wrt w
                            ^^^^^^^^^^^^^^^^^^^
          Do:   write the lines that compute the loss there; `%grad LOSS --wrt ...` is the form for one line.
        """),
    "an open bracket": ("""
        %%grad np.sum(w --wrt w
        loss = 1.0
        """, """
        BadMagicLine: a quote or bracket is not closed.

          In [4], line 1:   %%grad np.sum(w --wrt w
                                         ^
          Do:   close it; the magic line ends at the end of the line.
        """),
    "no derivative on the path": ("""
        %%grad loss --wrt w
        import scipy.special as special
        z = X @ w
        loss = special.expit(z).sum()
        """, """
        NoDerivative: the gradient would have to pass through expit.

          In [4], line 4:   loss = special.expit(z).sum()
                                   ^^^^^^^^^^^^^^^^
          Why:  `loss` depends on `w` through this, and its derivative is not known.
          Do:   write this step with NumPy's functions; or, if it should count as a constant,
                compute it in a cell above, from a copy of `w`.
        """),
    "an unsupported write": ("""
        %%grad loss --wrt w
        pair = np.zeros(3, [("a", float), ("b", int)])
        pair["a"] = w
        loss = np.sum(pair["a"] ** 2)
        """, """
        UnsupportedWrite: the gradient would have to pass through a write into an array.

          In [4], line 3:   pair["a"] = w
                            ^^^^^^^^^
          Why:  `loss` depends on `w` through this array's memory, and what was done to it is no
                operation of NumPy's that is followed.
          Do:   write into the array with NumPy: x[i] = y, x += y, np.copyto(x, y); and keep numbers in
                arrays of floats, not in fields, bytes or objects.
        """),
    "a cell that sets its parameter": ("""
        %%optimize loss --wrt w --steps 3
        w = np.zeros(3)
        loss = np.sum((w - 1) ** 2)
        """, """
        SetsItsParameter: line 2 sets `w` again at every step.

          In [4], line 2:   w = np.zeros(3)
                            ^^^^^^^^^^^^^^^
          Why:  each step would start from this value, and nothing would be learnt.
          Do:   move it to a cell above.
        """),
    "an unknown method": ("""
        %%optimize loss --wrt w --using adm
        loss = np.sum((w - 1) ** 2)
        """, """
        BadMagicLine: `--using` knows no `adm`.

          In [4], line 1:   %%optimize loss --wrt w --using adm
                                                            ^^^
          Do:   Did you mean `adam`?
        """),
    "no loss": ("""
        %%grad --wrt w
        for k in range(3):
            loss = w[k]
        """, """
        NoLoss: there is no loss.

          In [4], line 1:   %%grad --wrt w
                            ^^^^^^^^^^^^^^
          Why:  the cell's last line neither assigns a name nor is an expression.
          Do:   name it on the magic line: `%%grad LOSS --wrt ...`.
        """),
    "a parameter that the cell makes, and that is no number": ("""
        %%grad loss --wrt half
        def half(x): return x / 2
        loss = half(1.0)
        """, """
        UnknownParameter: `half` is not a number.
          Why:  it is of type function, and holds no numbers.
          Do:   name a float, an array, or a list, dict or dataclass of them.
        """),
    "commas and dashes that are missing": ("""
        %%grad loss --wrt w b
        loss = np.sum(w) * b
        """, """
        BadMagicLine: this entry of `--wrt` is not a Python expression.

          In [4], line 1:   %%grad loss --wrt w b
                                                ^
          Why:  Python says: invalid syntax.
          Do:   Did you mean `w, b`, with commas?
        """),
    "a dash that is missing": ("""
        %%grad loss --wrt w -check
        loss = np.sum(w)
        """, """
        BadMagicLine: `w - check` is not something that can be changed.

          In [4], line 1:   %%grad loss --wrt w -check
                                              ^^^^^^^^
          Why:  `--wrt` takes names, attributes and items: w, net.W, params['b'].
          Do:   Did you mean `--check`, with two dashes?
        """),
    "empty lines and an indentation": ("""
        %%grad loss --wrt w


            import json
            loss = (
                json.loads(json.dumps(float(np.sum(w)))))
        """, """
        NoDerivative: the gradient would have to pass through json's loads.

          In [4], line 6:   json.loads(json.dumps(float(np.sum(w)))))
                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          Why:  `loss` depends on `w` through this, and its derivative is not known.
          Do:   write this step with NumPy's functions; or, if it should count as a constant,
                compute it in a cell above, from a copy of `w`.
        """),
    "a copy as parameter": ("""
        %%grad loss --wrt w[[0, 2]]
        loss = np.sum(w ** 2)
        """, """
        UnknownParameter: `w[[0, 2]]` is a copy, made anew at each look.

          In [4], line 1:   %%grad loss --wrt w[[0, 2]]
                                              ^^^^^^^^^
          Why:  what the cell computes does not depend on it, but on what it is made from.
          Do:   name that; its gradient has these elements among its own.
        """),
    "a parameter as the name of the gradients": ("""
        %%grad loss --wrt w --into w
        loss = np.sum(w ** 2)
        """, """
        BadMagicLine: `w` is a parameter, and it would be overwritten by the gradients.

          In [4], line 1:   %%grad loss --wrt w --into w
                                                       ^
          Why:  `--into w` keeps the gradients under this name.
          Do:   write another name, for example `--into w_of_loss`.
        """),
    "what the cell reads as the name of the run": ("""
        %%optimize loss --wrt w --into y
        loss = np.sum((X @ w - y) ** 2)
        """, """
        BadMagicLine: `y` is what the cell reads, and it would be overwritten by the run.

          In [4], line 1:   %%optimize loss --wrt w --into y
                                                           ^
          Why:  `--into y` keeps the run under this name.
          Do:   write another name, for example `--into y_of_loss`.
        """),
    "await": ("""
        %%grad loss --wrt w
        await thing()
        loss = np.sum(w)
        """, """
        UnsupportedCell: await at the top level of a differentiated cell.

          In [4], line 2:   await thing()
                            ^^^^^^^^^^^^^
          Why:  the cell is run as one program, outside the event loop.
          Do:   await in a cell above, and use the result here.
        """),
}


@pytest.mark.parametrize("name", CASES)
def test_whole_text(notebook, name):
    cell, expected = (textwrap.dedent(text).strip("\n") for text in CASES[name])
    assert notebook.lesson(cell + "\n \n") == expected.rstrip()


def test_the_users_own_exception_shows_no_frame_of_ours(notebook):
    output = notebook.run(textwrap.dedent("""
        %%grad loss --wrt w
        def half(x):
            return x / int(x)
        loss = half(w[0].item())
        """).strip("\n"))
    assert type(output.error) is ZeroDivisionError
    assert "dpkernel" not in output.traceback and "__dpkernel_do__" not in output.traceback
    assert "loss = half(w[0].item())" in output.traceback and "return x / int(x)" in output.traceback
    assert not hasattr(output.error, "_render_traceback_")


def test_a_traceback_is_rendered_once(notebook, monkeypatch):
    formatter, rendered = notebook.shell.InteractiveTB, []
    render = formatter.structured_traceback

    def counted(*given, **options):
        rendered.append(render(*given, **options))
        return rendered[-1]

    monkeypatch.setattr(formatter, "structured_traceback", counted)
    output = notebook.run("%%grad loss --wrt w\nloss = np.sum(w)\nraise KeyboardInterrupt")
    assert len(rendered) == 1 and "raise KeyboardInterrupt" in output.traceback
    notebook.run("%tb")         # later it is IPython's own again
    assert len(rendered) == 2 and "raise KeyboardInterrupt" in notebook.output.traceback


@pytest.mark.parametrize("raised", ["raise ValueError('small') from problem", "raise ValueError('small')"], ids=["cause", "context"])
def test_what_the_users_exception_came_from_shows_no_frame_of_ours(notebook, raised):
    output = notebook.run(textwrap.dedent(f"""
        %%grad loss --wrt w
        def half(x):
            return x / int(x)
        try:
            loss = half(w[0].item())
        except ZeroDivisionError as problem:
            {raised}
        """).strip("\n"))
    assert type(output.error) is ValueError and type(output.error.__context__) is ZeroDivisionError
    assert "dpkernel" not in output.traceback and "__dpkernel_do__" not in output.traceback
    assert "return x / int(x)" in output.traceback


def test_a_syntax_error_is_shown_like_that_of_any_cell(notebook):
    output = notebook.run("%%grad loss --wrt w\nloss = w[\n")
    assert type(output.error) is SyntaxError
    assert "dpkernel" not in output.traceback and "run_cell_magic" not in output.traceback
    assert output.error.lineno == 2 and "loss = w[" in output.traceback
    assert notebook.run("loss = w[").error is not None           # and the next one is IPython's own again
    assert notebook.good("1 + 1").error is None


def test_a_refused_cell_has_not_run(notebook):
    notebook.good("ran = False")
    for cell in ("%%grad loss --wrt nothing\nran = True\nloss = 1.0", "%%grad loss\nran = True\nloss = 1.0"):
        assert notebook.run(cell).error is not None
        assert notebook.namespace["ran"] is False


def test_a_failed_gradient_leaves_the_cells_names_and_no_stale_gradients(notebook):
    notebook.good("%%grad loss --wrt w\nloss = np.sum(w ** 2)")
    assert "grads" in notebook.namespace
    notebook.lesson("%%grad z --wrt w\nz = X @ w\nseen = 7")
    assert notebook.namespace["seen"] == 7 and "grads" not in notebook.namespace


def test_an_interrupt_before_the_cell_runs_shows_no_frame_of_ours(notebook, monkeypatch):
    """The first use of a magic imports a lot; whoever interrupts it there sees no file of ours."""
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("dpkernel.magics.grad.grad_cell", interrupted)
    output = notebook.run("%%grad loss --wrt w\nloss = np.sum(w)")
    assert type(output.error) is KeyboardInterrupt and "dpkernel" not in output.traceback, output.traceback
