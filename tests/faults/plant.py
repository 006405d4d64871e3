"""Faults planted on purpose, one by one: each has to be caught by the tests.

In:  names of faults (default: all); `--all-tests`, `--unplanted`, `-j N`.
Out: a line for each fault with the test that caught it, or NOT CAUGHT; exit status 1 if one was not caught.
Start at `FAULTS`, then `tried`. Run from anywhere: python tests/faults/plant.py

A fault is a slip that a programmer could make in one place: a sign, a forgotten copy, `first` in place of `last`. It is
planted into a copy of the package, never into the package itself.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALL_TESTS = ("tests", "--ignore=tests/browser", "--ignore=tests/test_notebooks.py", "--ignore=tests/faults")
CAUGHT, NOT_CAUGHT = "caught", "NOT CAUGHT"

# selections that several faults have in common
RULES = "tests/derivatives/test_rules.py"
HOSTILE = "tests/tracing/test_hostile.py"
LOOPS = "tests/transforms/test_roll.py"
REGIONS = "tests/transforms/test_regions.py"
BLOCK = "tests/ir/test_block.py"
CLEAN = "tests/magics/test_cleanliness.py"
LISTING = "tests/codegen/test_listing.py"
CROSSINGS = "tests/tracing/test_crossings.py"
RUN = "tests/optimize/test_run.py"
RELOAD, LOWERED = "tests/transforms/test_reload.py", "tests/codegen/test_lowered.py"
CAPTURE, FAST = "tests/capture/test_capture.py", "tests/runtime/test_fast.py"


@dataclass(frozen=True)
class Fault:
    """One slip.

    name       what was done wrong
    file       where, in the package
    piece      the text there; it occurs once
    planted    what stands in its place
    tests      arguments of pytest: the tests that are expected to notice
    """

    name: str
    file: str
    piece: str
    planted: str
    tests: tuple


FAULTS = []


def fault(name, file, piece, planted, *tests):
    FAULTS.append(Fault(name, file, piece, planted, tests))


# rules of calculus

fault("tan: a wrong sign", "derivatives/elementwise.py",
      "unary(e.tan,        lambda x, y: 1 + y * y)", "unary(e.tan,        lambda x, y: 1 - y * y)", RULES)
fault("log2: the constant on the wrong side", "derivatives/elementwise.py",
      "lambda x, y: 1 / (LN2 * x))", "lambda x, y: LN2 / x)", RULES)
fault("fmod: floor in place of trunc", "derivatives/elementwise.py",
      "lambda a, b, y: -trunc(a / b))", "lambda a, b, y: -floor(a / b))", RULES)
fault("a tie of max: both take all", "derivatives/elementwise.py",
      "select(equal(b, y), 0.5, 1.0)", "1.0", RULES)
fault("power: no guard at exponent 0", "derivatives/elementwise.py",
      "select(zero, 0.0, b * a ** select(zero, 1.0, b - 1))", "b * a ** (b - 1)", RULES)
fault("elementwise: a forgotten conjugate", "derivatives/forms.py",
      "partial = conjugate(partial)", "pass", RULES)
fault("products: only the last tangent counts", "derivatives/forms.py",
      "y_dot = plus(y_dot, emit(primitive, *operands, **attributes))", "y_dot = emit(primitive, *operands, **attributes)", RULES)
fault("cumsum: not turned back", "derivatives/arrays.py",
      "return index(cumsum(index(y_bar, *backward, form=form), axis), *backward, form=form)",
      "return cumsum(index(y_bar, *backward, form=form), axis)", RULES)
fault("transpose: axes not inverted", "derivatives/arrays.py",
      "return transpose(y_bar, np.argsort(axes).tolist())", "return transpose(y_bar, axes)", RULES)
fault("update: the old array keeps its cotangent", "derivatives/arrays.py",
      "return update(y_bar, 0, *operands, form=form)", "return y_bar", RULES)
fault("index: what was accumulated is lost", "derivatives/arrays.py",
      "return add_at(x_bar, y_bar, *operands, form=form)", "return add_at(zeros_like(x_bar), y_bar, *operands, form=form)", HOSTILE, "-k", "two")
fault("matmul: a forgotten conjugate of a stack times a vector", "derivatives/arrays.py",
      "turned = conjugate_if(swap_last(a))", "turned = swap_last(a)", RULES)
fault("imag: a wrong sign", "derivatives/complex_numbers.py", "return y_bar * 1j if", "return y_bar * -1j if", RULES)
fault("solve: transposed, not conjugated", "derivatives/linalg.py",
      "-matmul(b_bar, _adjoint(y))", "-matmul(b_bar, swap_last(y))", RULES)
fault("cholesky: the whole diagonal", "derivatives/linalg.py", "select(lower, a / 2, 0.0)", "select(lower, a, 0.0)", RULES)
fault("eigenvectors: gaps the other way round", "derivatives/linalg.py",
      "_on_diagonal(w) - reshape(w, (*shape, 1))", "reshape(w, (*shape, 1)) - _on_diagonal(w)", RULES)

# aliasing and memory

fault("a view: axes not inverted on writing", "tracing/memory.py",
      "value = transpose(value, np.argsort(order).tolist())", "value = transpose(value, order)", "tests/tracing/test_memory.py")
fault("a view that names an element twice is written", "tracing/memory.py",
      "if np.unique(self.positions).size != self.positions.size:", "if False:", "tests/tracing/test_memory.py")
fault("an imaginary part is taken for a real one", "tracing/memory.py",
      'part = "real" if offset % size == 0 else "imag"', 'part = "real"', "tests/tracing/test_memory.py")
fault("memory: a forgotten alias of lent memory", "tracing/writes.py",
      "memory = next((m for m in known if m.overlaps(owner)), None)", "memory = None", "tests/tracing/test_foreign_memory.py")
fault("write: views stay at the old version", "tracing/writes.py",
      "self.tracked.pop(key, None)", "pass", HOSTILE, "-k", "view")
fault("write: a value that a derivative reads is not copied", "tracing/writes.py",
      "self.objects[value] = memory.copy_of(old)", "pass", HOSTILE, "-k", "read")
fault("write: a constant is not copied", "tracing/writes.py",
      "self.constants[value] = memory.copy_of(old)", "pass", HOSTILE, "-k", "constant")
fault("write: the numbers of a parameter are not kept", "tracing/writes.py",
      "if value in self.read_values or value in self.inputs:", "if value in self.read_values:", HOSTILE, "-k", "parameter")
fault("write: results that a derivative reads are not noted", "tracing/writes.py",
      "self.read_values.update(instruction.inputs_values(), instruction.outputs)",
      "self.read_values.update(instruction.inputs_values())", HOSTILE, "-k", "flat")
fault("write by an unknown call: the copy is of afterwards", "tracing/writes.py",
      "memory.held = old\n", "memory.held = owner\n", HOSTILE, "-k", "constant")
fault("write at repeated places: no guard", "tracing/writes.py",
      "    if not may_repeat(operands, form):\n", "    if operands:\n", HOSTILE, "-k", "repeated")
fault("+=: what is added is not looked at", "tracing/operations.py",
      "depends = self.find(a) is not None or self.contains_tracked(b)", "depends = self.find(a) is not None", HOSTILE, "-k", "write")
fault("a subscript's array is not copied", "tracing/operations.py", "part = np.array(part)", "pass", HOSTILE, "-k", "constant")
fault("negation: a whole number without an identity of its own", "tracing/operations.py",
      'if type(result) is int and site.detail != "Invert":', 'if type(result) is int and site.detail == "Invert":', HOSTILE, "-k", "int")
fault("flat: one too far", "tracing/iteration.py", "x.base, x.index - 1, row", "x.base, x.index, row", HOSTILE, "-k", "flat")
fault("next: the position after the step", "tracing/iteration.py",
      "            whole, position = _state(iterator)\n            item = do(next, (iterator, *rest), {})\n",
      "            item = do(next, (iterator, *rest), {})\n            whole, position = _state(iterator)\n", HOSTILE, "-k", "iterator")
fault("unpacking: behind a star counted from the front", "tracing/iteration.py",
      "n = n if behind is None or n < len(pattern) - behind else n - len(pattern)", "n = n", HOSTILE, "-k", "unpacking")

# loops and branches

fault("rolling: an inner loop's table begins at 0", "transforms/roll.py", "return value, len(held) - len(rows)", "return value, 0", LOOPS, "-k", "barrier")
fault("rolling: rows that do not follow each other are joined", "transforms/roll.py",
      " and pieces[-1][1] + pieces[-1][2] == x.number:", ":", LOOPS, "-k", "any_order")
fault("rolling: a history that is read later is forgotten", "transforms/roll.py",
      "self.last_use[outs[number]] = max(self.last_use.get(outs[number], -1), self.last_use[v])", "pass", LOOPS, "-k", "list")
fault("wiring: a rule of numbers that begins with the first turn", "transforms/wiring.py",
      "start = column[0] - step * turns[0]", "start = column[0]", LOOPS, "-k", "cutoff")
fault("wiring: a carried value is not checked to the end", "transforms/wiring.py",
      "for t in range(1, self.count))", "for t in range(1, self.count - 1))", LOOPS, "-k", "rare")
fault("wiring: a delay line in the wrong order", "transforms/wiring.py",
      "for y in early[d - 2::-1] if d > 1 else ():", "for y in early[:d - 1]:", LOOPS, "-k", "old")
fault("wiring: outer values in front of a history are not counted", "transforms/wiring.py",
      "return len(history.outer) + k * history.width", "return k * history.width", LOOPS, "-k", "list")
fault("wiring: any single value is taken for the last", "transforms/wiring.py",
      "if [k for k, _ in found] == [last]:", "if len(found) == 1:", LOOPS, "-k", "best")
fault("loop: a carried value keeps its old one", "transforms/loops.py",
      "return made[here[-1]] if here else params[number]", "return params[number]", LOOPS, "-k", "Gauss")
fault("loop: a delayed value keeps its old one", "transforms/loops.py",
      "return params[register.follows]", "return params[number]", LOOPS, "-k", "old")
fault("loop: chosen one too early", "transforms/loops.py",
      "(equal(which, number),), (out,)", "(equal(which, number + 1),), (out,)", LOOPS, "-k", "warping")
fault("items: windows with other steps are the same", "transforms/items.py",
      "(letters, tuple(fixed)), build", "(letters,), build", LOOPS, "-k", "rare")
fault("items: a new axis behind an ellipsis takes one", "transforms/items.py",
      "axis = len(shape) - sum(taken[number + 1:])", "axis = len(shape) - len(taken[number + 1:])", LOOPS, "-k", "rare")
fault("way back: the first iteration is left out", "transforms/regions.py",
      "(self.trips - 1, -1, -1, *bars, *sums)", "(self.trips - 1, 0, -1, *bars, *sums)", REGIONS)
fault("way back: a loop's beginning is forgotten", "transforms/regions.py",
      "else k * self.step + self.lo}", "else k * self.step}", REGIONS)
fault("way back: the number of iterations is rounded down", "primitives/functions.py",
      "n = -((lo - hi) // step)", "n = (hi - lo) // step", REGIONS)
fault("way back of a loop: what was there already is dropped", "transforms/regions.py",
      "sums = [_so_far(cotangents, v) for v in self.outside]",
      "sums = [zeros_like(v) for v in self.outside]", REGIONS)
fault("way back of a branch: what was there already is dropped", "transforms/regions.py",
      "[_taken(cotangents, y) for y in moving] + [_so_far(cotangents, v) for v in outside]",
      "[_taken(cotangents, y) for y in moving] + [zeros_like(v) for v in outside]", REGIONS)
fault("residuals: what an inner region reads is forgotten", "transforms/regions.py",
      "if any(x in carries for x in instruction.reads()):", "if any(x in carries for x in instruction.inputs_values()):", REGIONS)
fault("activity: only what is still carried", "transforms/activity.py",
      "if is_in(r, inside) and can_carry(params[k])} | moving", "if is_in(r, inside) and can_carry(params[k])}", REGIONS)
fault("activity: a region's outer values are forgotten", "transforms/activity.py",
      "[*params, *(v for v in block.free_values() if v in active)]", "params", REGIONS)
fault("dead code: what a region reads is forgotten", "transforms/dead_code.py",
      "            needed.update(instruction.reads())", "            needed.update(instruction.inputs_values())", REGIONS)
fault("dead code: operands that one arm alone reads", "transforms/dead_code.py",
      "if any(arm.inputs[n] in set(_reads(arm)) for arm in arms)]", "if all(arm.inputs[n] in set(_reads(arm)) for arm in arms)]", REGIONS)
fault("evaluation: an array of which there is a view is overwritten", "ir/evaluate.py", "owned -= seen ", "pass        ", BLOCK)
fault("evaluation: what a region also reads is overwritten", "ir/evaluate.py", " and x not in shared", "", BLOCK)
fault("evaluation: an array that is two results is overwritten", "ir/evaluate.py",
      "x in owned and block.results.count(x) == 1 for x", "x in owned for x", BLOCK)

# sweeping and restoring

fault("sweep: frozen sets are forgotten", "tracing/whole.py",
      "if isinstance(holder, (tuple, frozenset)):", "if isinstance(holder, tuple):", HOSTILE, "-k", "int")
fault("sweep: closures are forgotten", "tracing/whole.py", "holder.cell_contents = exchanged(holder.cell_contents)", "pass", HOSTILE, "-k", "int")
fault("sweep: keys are forgotten", "tracing/whole.py", "[(exchanged(key), exchanged(x)) for", "[(key, exchanged(x)) for", HOSTILE, "-k", "int")
fault("sweep: deques are forgotten", "tracing/whole.py", "(list, collections.deque)", "list", HOSTILE, "-k", "int")
fault("sweep: arrays of objects one reference too late", "tracing/whole.py",
      "if any(count > expected[id(x)] + 1 for", "if any(count > expected[id(x)] + 2 for", "tests/tracing/test_python_numbers.py", "-k", "objects")
fault("sweep: slots of a base class are forgotten", "tracing/whole.py",
      "for base in type(holder).__mro__:", "for base in [type(holder)]:", HOSTILE, "-k", "int")
fault("sweep: tuples in tuples are forgotten", "tracing/whole.py", "new=plain, depth=8", "new=plain, depth=1", HOSTILE, "-k", "int")
fault("close: functions keep rewritten code", "tracing/follow.py",
      "        for f, code, _ in self.exchanged.values():\n            f.__code__ = code\n", "", CLEAN)
fault("close: functions made meanwhile keep rewritten code", "tracing/follow.py",
      "            make_plain(x)\n        self.exchanged", "            pass\n        self.exchanged", HOSTILE, "-k", "lambda")
fault("close: a stand-in keeps its tracer", "tracing/follow.py", "            cell.cell_contents = f\n", "            pass\n", CLEAN)
fault("suspended: code is not exchanged again", "tracing/follow.py",
      "            for f, code, _ in held:\n                f.__code__ = code\n", "            pass\n", HOSTILE, "-k", "compiled")
fault("leave: the recursion limit stays", "tracing/tracer.py", "            sys.setrecursionlimit(self.limit)\n", "            pass\n", CLEAN)
fault("leave: the outer tracer is forgotten", "tracing/tracer.py", "ACTIVE.tracer = self.outer\n", "ACTIVE.tracer = None\n",
      "tests/runtime/test_nested.py")
fault("leave: the builder stays", "tracing/tracer.py", "        self.builder.leave()\n", "", CLEAN)
fault("tracebacks: what an exception came from keeps our frames", "tracing/frames.py",
      "        waiting += [exception.__cause__ or exception.__context__]\n", "", "tests/test_api.py")

fault("crossing: what a package hands on is not looked at", "tracing/crossings.py",
      "values = [*crossing.held, *crossing.given]", "values = []", CROSSINGS)
fault("crossing: what was written gives nothing", "tracing/crossings.py",
      "            given += self.given_by_writing(crossing, frame)\n", "", CROSSINGS)
fault("crossing: modules keep nothing", "tracing/crossings.py", "            self.look_at_spaces(crossing)\n", "", CROSSINGS)
fault("doors: properties have none", "tracing/doors.py", "if isinstance(member, property):", "if False:", CROSSINGS)

# what is shown, and runs

fault("listing: an array is written of which there is a view", "codegen/listing.py",
      "x in self.owned and x not in self.viewed and", "x in self.owned and", LISTING)
fault("listing: an expression that reads an array is written behind its change", "codegen/listing.py",
      "            self.before_writing(name, [value, *places])\n", "", LISTING)
fault("listing: a - (b - c) without brackets", "codegen/expressions.py",
      "strength if sign == '**' else strength + 1)", "strength)", LISTING)
fault("listing: what a loop begins with is written", "codegen/regions.py",
      '                text = f"np.array({text})"\n            texts.append(text)', "                pass\n            texts.append(text)", LISTING, "-k", "loop")
fault("adam: a forgotten root", "optimize/methods.py", "1 - beta1**t, (1 - beta2**t) ** 0.5", "1 - beta1**t, 1 - beta2**t", RUN)
fault("run: the parameters of a failed step stay", "optimize/run.py",
      "            self._put_last_whole()\n\n    def", "            pass\n\n    def", RUN)
fault("run: pauses count as time", "optimize/run.py", "return end - self._started - self._waited", "return end - self._started", RUN)
fault("control: requests for other runs are obeyed", "optimize/control.py",
      "if parsed is not None and parsed[0] == run_id:", "if parsed is not None:", RUN)
fault("frames: the first new point is left out", "optimize/live.py",
      "max(len(record) - (record.rows - self.sent_rows), 0)", "max(len(record) - (record.rows - self.sent_rows) + 1, 0)", "tests/optimize/test_live.py")


# compiled functions
fault("reload: an index may be negative", "transforms/reload.py",
      "if not all(impossible([*reading, -here.of(k) - 1]) for k in read.places):", "if False:", RELOAD)
fault("reload: a write's index may be negative", "transforms/reload.py",
      "if not all(impossible([*writing, -there.of(k) - 1]) for k in write.places):", "if False:", RELOAD)
fault("reload: later iterations are forgotten", "transforms/reload.py",
      "if not impossible([*reading, *writing, *same, later - 1]):", "if False:", RELOAD)
fault("reload: writes of the same iteration are forgotten", "transforms/reload.py",
      "if write.number > born and not", "if False and not", RELOAD)
fault("affine: one inequality proves everything", "transforms/affine.py", "if not symbols:\n            return False", "if not symbols:\n            return True",
      RELOAD)
fault("segments: the last one is too long", "transforms/segments.py",
      "emit(e.minimum, last, hi) if step > 0 else emit(e.maximum, last, hi)", "last", LOWERED)
fault("lowered: an array that is read later is overwritten", "codegen/lowered.py",
      "return name\n        return self.copied(x, name)", "return name\n        return name", LOWERED)
fault("lowered: a view is read after the write", "codegen/lowered.py",
      "if self.left_over.get(y, 0) and x in self.behind(y)]", "if False]", LOWERED)
fault("lowered: two carried arrays become one", "codegen/lowered.py",
      "if name not in self.owned or name in seen:\n                name", "if False:\n                name", LOWERED)
fault("lowered: extents are not compared", "codegen/elements.py", "if a != b and not any(", "if False and not any(", LOWERED)
fault("lowered: whole numbers wrap around", "codegen/scalars.py", "if size > LIMIT:", "if False:", LOWERED)
fault("capture: an array is left that another name holds", "capture/loops.py",
      "        check_alone(self.scope, moved, self.assigned, self.before)\n", "        pass\n", CAPTURE)
fault("capture: names of one array part in one arm", "capture/statements.py",
      "if any(held.count(z) > 1 for z in arrays):", "if False:", CAPTURE)
fault("capture: the caller's array is written", "capture/scope.py", "if array.given:", "if False:", CAPTURE)
fault("capture: a shape changes", "capture/expressions.py",
      "or type(n) is int and type(m) is int and n != m:\n            raise Refused(\"an array whose shape changes", "and False:\n            raise Refused(\"an array whose shape changes",
      CAPTURE)
fault("capture: repeated places are written", "capture/statements.py",
      "if any(isinstance(k, Value) and k.type.shape for k in operands):", "if False:", CAPTURE)
fault("fast: a helper is another one now", "runtime/fast.py",
      "all(outer(f, key) is x for key, (f, x) in self.captured.same.items())", "True", FAST)
fault("fast: a helper has another code now", "runtime/fast.py",
      "and all(is_same_code(f.__code__, code) for f, code in self.captured.codes.items())", "and True", FAST)
fault("fast: answers that differ are taken", "runtime/fast.py", "not agree(self.trial, self.reference)", "False", FAST)
fault("fast: what is not finite is taken", "runtime/fast.py", "if not np.isfinite(value) or", "if", LOWERED)


# trying

def tried(fault, all_tests=False, planted=True):
    """Plant one fault into a copy of the package and run its tests: (CAUGHT or NOT CAUGHT, what pytest says)."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "dpkernel", Path(folder, "dpkernel"), ignore=shutil.ignore_patterns("__pycache__"))
        path = Path(folder, "dpkernel", fault.file)
        if planted:
            path.write_text(with_fault(fault, path.read_text(encoding="utf-8")), encoding="utf-8")
        # begun in the copy's folder, so that tests that start a Python of their own find the copy there, too
        command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-x", "-q",
                   "-p", "no:cacheprovider", "--timeout=120", *map(_in_root, ALL_TESTS if all_tests else fault.tests)]
        found = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True)
    if found.returncode not in (0, 1):      # nothing was collected, or what was collected could not be read
        raise RuntimeError(f"{fault.name}: pytest ended with {found.returncode}\n{found.stdout}{found.stderr}")
    failed = re.search(r"^(?:FAILED|ERROR) .*?(tests/.*?)(?: - |$)", found.stdout, re.MULTILINE)
    return CAUGHT if found.returncode else NOT_CAUGHT, failed.group(1) if failed else found.stdout.strip().split("\n")[-1]


def _in_root(argument):
    """An argument of pytest whose path, if it is one, holds from anywhere."""
    option, _, path = argument.rpartition("=")
    return f"{option}={ROOT / path}" if option else str(ROOT / path) if path.split("/")[0] == "tests" else path


def with_fault(fault, text):
    """The text of a file with the fault in it."""
    assert text.count(fault.piece) == 1, f"{fault.name}: {fault.file} has this {text.count(fault.piece)} times:\n{fault.piece}"
    changed = text.replace(fault.piece, fault.planted)
    ast.parse(changed)
    return changed


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Plant faults one by one and see whether the tests catch them.")
    parser.add_argument("names", nargs="*", help="names of faults, or the beginnings of names; default: all")
    parser.add_argument("--all-tests", action="store_true", help="the whole suite, but for browser and notebooks, for each fault")
    parser.add_argument("--unplanted", action="store_true", help="plant nothing: then all tests have to pass")
    parser.add_argument("-j", type=int, default=1, help="how many processes (default: 1)")
    options = parser.parse_args(arguments)
    chosen = [f for f in FAULTS if not options.names or any(f.name.startswith(name) for name in options.names)]
    if not chosen:
        parser.error("no fault has such a name")
    expected = NOT_CAUGHT if options.unplanted else CAUGHT

    def run(fault):
        start = time.perf_counter()
        result, what = tried(fault, options.all_tests, not options.unplanted)
        print(f"{result:10} {time.perf_counter() - start:4.0f} s  {fault.name} ({fault.file})\n{'':19}{what}", flush=True)
        return result

    with ThreadPoolExecutor(options.j) as pool:
        results = list(pool.map(run, chosen))
    print(f"{results.count(CAUGHT)} of {len(results)} faults were caught")
    return int(any(result != expected for result in results))


if __name__ == "__main__":
    sys.exit(main())
