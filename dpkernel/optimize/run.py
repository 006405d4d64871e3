"""A run: evaluate, step, record, listen; until something ends it.

In:  an objective () -> (loss, gradients), parameters with `get` and `set`, a method.
Out: parameters at their last whole values, a record, and a reason.
Start at `Run.execute`.

The main thread does everything. Control comes through a queue that is looked at between steps; an
interrupt is an ordinary KeyboardInterrupt. Whatever ends a run, `set` has been called with values
that belong together.
"""

import itertools
import math
import time
import uuid

import numpy as np

from ..errors import Lesson
from . import control
from .methods import METHODS
from .names import QUASI_NEWTON
from .record import Record

RUNNING, PAUSED, FINISHED = "running", "paused", "finished"
MOST_STEPS = {"l-bfgs-b": 15_000}
DEFAULT_STEPS = 1000
PARTS = 20          # parameters named in a view


class Stopped(Exception):
    """Ends a run from inside a method; the text is the reason."""


class NotFinite(Lesson):
    """The loss became NaN or infinite."""


class Run:
    """The data of one `%%optimize`, and its execution.

    objective    () -> (loss, [gradient (n,) for each parameter]) at the parameters' present values
    parameters   objects with name, get() -> (n,) float64, set((n,))
    method       'sgd', 'momentum', 'adam' or 'l-bfgs-b'
    lr           a rate, {name: rate}, or None for the method's default
    steps, time  limits: accepted steps, seconds
    live         object with begin, frame, attach, finish (run), or None
    track        () -> {name: number}, recorded with each step

    Attributes   id, state, step, evaluations, seconds, value (the last loss), reason, record, events
    """

    def __init__(self, objective, parameters, method="adam", *, loss_name="loss", lr=None, steps=None,
                 time=None, live=None, track=None, tracked=(), clock=time.perf_counter):
        self.objective, self.parameters, self.method = objective, list(parameters), method
        self.loss_name, self.live, self.track = loss_name, live, track
        self.steps = steps if steps is not None else MOST_STEPS.get(method, DEFAULT_STEPS)
        self.steps_shown = self.steps if steps is not None or method not in MOST_STEPS else None
        self.time, self.clock = time, clock
        self.id = uuid.uuid4().hex[:12]
        self.state, self.reason = RUNNING, None
        self.step = self.evaluations = self.prints = 0
        self.value = self.grad_norm = None
        self.rates = self._rates(lr)
        self.record = Record(tracked)
        self.gradient_norms = [None] * len(self.parameters)
        self._started, self._waited, self._steps_allowed = None, 0.0, 0

    def _rates(self, lr):
        """One rate a parameter; None where the method has none."""
        if self.method in QUASI_NEWTON:
            return None
        default = METHODS[self.method].lr
        if isinstance(lr, dict):
            return [float(lr.get(p.name, default)) for p in self.parameters]
        return [float(default if lr is None else lr)] * len(self.parameters)

    # what others read

    @property
    def lr(self):
        """The learning rate: of the first parameter, if they differ; None if the method has none."""
        return self.rates[0] if self.rates else None

    @property
    def seconds(self):
        """Seconds since the start, without pauses."""
        if self._started is None:
            return 0.0
        end = self._ended if self.state == FINISHED else self.clock()
        return end - self._started - self._waited

    @property
    def best(self):
        """(step, loss) of the smallest loss, or None."""
        return self.record.best

    @property
    def events(self):
        """What was done to the run, in order."""
        return self.record.events

    def to_frame(self):
        """The record as a pandas DataFrame."""
        return self.record.to_frame()

    def __repr__(self):
        value = "no loss yet" if self.value is None else f"{self.loss_name} {self.value:.6g}"
        return f"<Run {self.state}, step {self.step}, {value}>"

    # execution

    def execute(self):
        """Run to the end. Raises what the objective raises, after the parameters are whole."""
        try:
            self._started = self.clock()
            self._say("begin")
            if self.method in QUASI_NEWTON:
                self._minimise_with_scipy()
            else:
                self._descend(METHODS[self.method])
        except Stopped as end:
            self.reason = str(end)
        except KeyboardInterrupt:
            self.reason = f"interrupted at step {self.step}; the parameters are those of that step. " \
                          "Run the cell again to go on"
        except BaseException as problem:
            text = str(getattr(problem, "what", problem)).split("\n")[0]
            self.reason = f"{type(problem).__name__} at step {self.step}: {text}"
            raise
        finally:
            self._ended, self.state = self.clock(), FINISHED
            self._say("finish")
            self.objective = self.live = self.track = None      # the record stays, the cell's code need not
        return self

    def end(self, reason):
        """End a run from outside, if it has not ended by itself."""
        if self.state != FINISHED or self.reason is None:
            self._ended, self.state, self.reason = self.clock(), FINISHED, reason

    def _descend(self, method):
        """First-order methods: one evaluation a step."""
        values = [p.get() for p in self.parameters]
        state = method.init(values)
        self._states = [(0, values)]
        try:
            loss, gradients = self._evaluate(values)
            self._note(0, values, loss, gradients)
            while True:
                self._listen()
                if self.step >= self.steps:
                    raise Stopped(f"all {self.steps} steps are done")
                values, state = method.update(values, gradients, state, self.rates)
                loss, gradients = self._evaluate(values)
                self._note(self.step + 1, values, loss, gradients)
        finally:
            self._put_last_whole()

    def _put_last_whole(self):
        """Wherever the run stopped: the parameters of the last step that is in the record."""
        while True:
            try:
                self.step = max(self.record.last_step, 0)
                self._put(next((values for step, values in self._states if step == self.step), self._states[0][1]))
                return
            except KeyboardInterrupt:       # the run is ending; half of the parameters would be worse than late
                continue

    def _evaluate(self, values):
        """(loss, gradients) at `values`, if they are numbers."""
        self._put(values)
        loss, gradients = self.objective()
        self.evaluations += 1
        self._require_finite(loss, gradients)
        return loss, gradients

    def _put(self, values):
        for p, x in zip(self.parameters, values):
            p.set(x)

    def _require_finite(self, loss, gradients):
        """Refuse to step on with NaN: the last whole parameters are kept."""
        if math.isfinite(loss) and all(np.isfinite(g).all() for g in gradients):
            return
        bad = [p.name for p, g in zip(self.parameters, gradients) if not np.isfinite(g).all()]
        what = f"`{self.loss_name}` is {loss}" if not math.isfinite(loss) else \
            f"the gradient of {', '.join(f'`{n}`' for n in bad[:5])} is not finite"
        raise Stopped(
            f"{what} after step {self.step}; the parameters of step {self.step} are kept. "
            "Try a smaller learning rate, or look at the last step with %%grad"
        )

    def _note(self, step, values, loss, gradients):
        """Write one step down and show it. The step is done when its row is in the record."""
        self._states = [*self._states[-1:], (step, values)]
        gradient_norms = [float(np.sqrt(g @ g)) for g in gradients]
        grad_norm, lr = math.hypot(*gradient_norms), self.lr
        row = (step, self.evaluations, float(loss), grad_norm, math.nan if lr is None else lr, self.seconds)
        extra = self.track() if self.track is not None else {}
        if extra and self.record.names[len(row):] != tuple(extra):
            self.record = Record(tuple(extra))
        self.record.add(*row, *extra.values())
        self.step, self.value, self.grad_norm, self.gradient_norms = step, float(loss), grad_norm, gradient_norms
        self._say("frame")

    # control

    def _listen(self):
        """Obey what is in the inbox; while paused, wait there."""
        for request in control.drain(self.id):
            self._obey(request)
        if self.time is not None and self.seconds > self.time:
            raise Stopped(f"{self.time:g} seconds are over")
        if self.state == PAUSED and not self._steps_allowed:
            self._say("frame", always=True)     # what a single step has changed is shown before waiting
        while self.state == PAUSED and not self._steps_allowed:
            start = self.clock()
            try:
                requests = control.drain(self.id, timeout=0.05)
            finally:
                self._waited += self.clock() - start
            for request in requests:
                self._obey(request)
        self._steps_allowed = max(self._steps_allowed - 1, 0)

    def _obey(self, request):
        action = request.action
        if action == "attach":
            self._say("attach")
            return
        self._event(action, request.value)
        if action == "stop":
            raise Stopped(f"stopped at step {self.step}; run the cell again to go on")
        if action == "lr":
            if self.rates:
                ratio = request.value / self.rates[0]
                self.rates = [request.value, *(rate * ratio for rate in self.rates[1:])]
        elif action == "step":
            self.state, self._steps_allowed = PAUSED, 1
        else:
            self.state = PAUSED if action == "pause" else RUNNING
        self._say("frame", always=True)

    def _event(self, action, value):
        self.events.append({"step": self.step, "seconds": self.seconds, "action": action, "value": value})

    def _say(self, what, **options):
        if self.live is not None:
            getattr(self.live, what)(self, **options)

    # SciPy

    def _minimise_with_scipy(self):
        """L-BFGS-B: evaluations during line searches, a step when SciPy accepts an iterate.

        Source: Byrd, Lu, Nocedal & Zhu, SIAM J. Sci. Comput. 16, 1190 (1995); SciPy's implementation.
        """
        from scipy.optimize import minimize

        start = [p.get() for p in self.parameters]
        cuts = list(itertools.accumulate(len(x) for x in start))[:-1]
        self._states = [(0, start)]
        latest = {}

        def function(x):
            self._listen()      # line searches may be long: control is obeyed between evaluations too
            values = np.split(np.array(x), cuts)
            loss, gradients = self._evaluate(values)
            latest.update(x=np.array(x), loss=loss, gradients=gradients)
            if self.evaluations == 1:
                self._note(0, values, loss, gradients)
            return loss, np.concatenate(gradients)

        def accept(x):
            values = np.split(np.array(x), cuts)
            if not np.array_equal(latest.get("x"), x):
                latest["loss"], latest["gradients"] = self._evaluate(values)
            self._note(self.step + 1, values, latest["loss"], latest["gradients"])
            self._listen()

        options = {"maxiter": self.steps, "maxfun": 10 * self.steps, "ftol": 1e-15, "gtol": 1e-9}
        try:
            x0 = np.concatenate(start) if start else np.empty(0)
            result = minimize(function, x0, jac=True, method="L-BFGS-B", callback=accept, options=options)
        finally:
            self._put_last_whole()
        message = result.message.decode() if isinstance(result.message, bytes) else str(result.message)
        raise Stopped(_in_words(message, self.steps))


def _in_words(message, steps):
    """SciPy's message as a reason."""
    if "PGTOL" in message or "PROJECTED GRADIENT" in message:
        return "converged: the gradient is zero to rounding"
    if "FACTR" in message or "REDUCTION" in message:
        return "converged: the loss falls no further"
    if "ABNORMAL" in message:          # SciPy's line search gave up
        return "no lower point was found downhill: rounding hides it, or the loss has a kink here"
    if "ITERATIONS" in message and "LIMIT" in message:
        return f"all {steps} steps are done"
    if "LIMIT" in message:
        return "SciPy's limit of evaluations is reached"
    return f"SciPy ended it: {message}"
