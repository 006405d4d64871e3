"""What programs see that look at frames, tracebacks and the places of warnings: the same as in a plain cell."""

import re

import pytest

from dpkernel import grad
from support.cells import check

ABOVE = """
import inspect, io, logging, sys, traceback, warnings
w = 1.3
def shown(e):
    return [(f.f_code.co_name, n) for f, n in traceback.walk_tb(e.__traceback__)]
def bad(v):
    y = v * w
    return [][3] + y
def text():
    import re
    return re.sub(r'File "<.*?>"', '', traceback.format_exc())
"""

CASES = {
    "a traceback where it is caught": "try: bad(w)\nexcept IndexError as e: print(shown(e))\nloss = w ** 2",
    "printed": "try: bad(w)\nexcept IndexError: print(text())\nloss = w ** 2",
    "caught by any name": "try: bad(w)\nexcept: print(text())\nloss = w ** 2",
    "in a loop": "for i in (1, 0):\n    try: y = 1 / i * bad(w)\n    except (IndexError, ZeroDivisionError): print(text())\nloss = w ** 2",
    "locals of a frame":
        "try: bad(w)\nexcept IndexError: loss = sys.exc_info()[2].tb_next.tb_frame.f_locals['y'] ** 2",
    "kept and looked at later":
        "kept = []\ntry: bad(w)\nexcept IndexError as e: kept.append(e)\nprint(shown(kept[0]))\nkept.clear()\nloss = w ** 2",
    "kept by a pool":
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as p: e = p.submit(bad, w).exception()\n"
        "print([n for n, _ in shown(e)][-1:])\ndel e, p\nloss = w ** 2",
    "its cause": "def f(v):\n    try: bad(v)\n    except IndexError as e: raise KeyError('k') from e\ntry: f(w)\n"
                 "except KeyError as e: print(shown(e), shown(e.__cause__))\nloss = w ** 2",
    "raised again": "def f(v):\n    try: bad(v)\n    except IndexError: raise\ntry: f(w)\nexcept IndexError as e: print(shown(e))\nloss = w ** 2",
    "in a context manager":
        "class C:\n    def __enter__(s): return s\n    def __exit__(s, kind, e, tb):\n        'text'\n"
        "        print([f.f_code.co_name for f, n in traceback.walk_tb(tb)])\n        return True\n"
        "with C(): bad(w)\nprint(C.__exit__.__doc__)\nloss = w ** 2",
    "in a group": "def f():\n    found = []\n    for v in (w, 2.0):\n        try: bad(v)\n        except IndexError as e: found.append(e)\n"
                  "    raise ExceptionGroup('g', found)\ntry: f()\nexcept* IndexError as g: print(shown(g), shown(g.exceptions[0]))\nloss = w ** 2",
    "the caller's name": "def who(): return sys._getframe(1).f_code.co_name\ndef f(): return who()\nprint(f(), sys._getframe().f_code.co_name)\nloss = w ** 2",
    "too few callers": "try: sys._getframe(10 ** 6)\nexcept ValueError as e: print(e)\nloss = w ** 2",
    "the caller's variables": "def f(name): return inspect.currentframe().f_back.f_locals[name]\ndef g():\n    q = w * 2\n    return f('q')\nloss = g() ** 2",
    "the stack": "def f(): return [x.function for x in inspect.stack()[:2]]\ndef g(): return f()\nprint(g())\nloss = w ** 2",
    "a warning of the caller's line":
        "def old(v):\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\n    return v * w\ndef f(v):\n    return old(v)\nloss = f(w)",
    "a warning of the line above that":
        "def old(v):\n    warnings.warn('old', stacklevel=3)\n    return v * w\ndef f(v):\n    return old(v)\nloss = (0.0\n    + f(w))",
    "a log with functions and lines":
        "to = io.StringIO()\nh = logging.StreamHandler(to)\nh.setFormatter(logging.Formatter('%(funcName)s %(lineno)d %(message)s'))\n"
        "log = logging.getLogger('dpkernel.test'); log.handlers[:] = [h]; log.propagate = False\n"
        "def f(v):\n    log.warning('v = %.2f', v)\n    return v * w\nloss = f(w)\nprint(to.getvalue())\ndel to, h, log",
}


@pytest.mark.parametrize("name", CASES)
def test_frames(name):
    check(ABOVE, CASES[name], ["w"], refusal="never")


def test_frames_in_a_function(capsys):
    def bad(v):
        return {}["k"] * v

    def f(v):
        import traceback

        try:
            bad(v)
        except KeyError:
            print(traceback.format_exc())
        return v ** 2

    f(2.0)
    plain = capsys.readouterr().out
    assert grad(f)(2.0) == 4.0
    assert capsys.readouterr().out == plain and re.search("in bad", plain)
