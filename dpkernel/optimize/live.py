"""Showing a run while it runs.

In:  a run that says begin, frame, attach, finish.
Out: binary frames for the page, or a progress line in a terminal.
Start at `live_for`.

Frames carry the points since the last one, as float32, at most 20 a second; the last state is always
sent. Everything is sent by the main thread.
"""

import sys
import time

import numpy as np

from .run import PARTS

TARGET = "dpkernel.live"
DRAWN = ("step", "loss", "grad_norm", "lr")
INTERVAL = 0.05         # seconds between frames
MOST_POINTS = 2000      # in one frame


def live_for(shell):
    """What shows a run in this shell: the page of a kernel, or the terminal."""
    return CommLive() if getattr(shell, "kernel", None) is not None else ProgressLive()


class CommLive:
    """Frames over a comm to each page that has asked for them; without a page nothing is sent."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.comm, self.sent_at, self.sent_rows, self.sent_events = None, 0.0, 0, 0

    def begin(self, run):
        """The page is told by the run's display; it attaches when it has drawn that."""

    def frame(self, run, always=False):
        """The points since the last frame, if it is time."""
        if self.comm is None:
            return
        now = self.clock()
        if always or now - self.sent_at >= INTERVAL:
            self.sent_at = now
            self._send(run)

    def attach(self, run):
        """A page has come, or come back: it gets a comm, and the whole history."""
        if self.comm is not None:
            self.comm.close()
        self._open(run)
        self._send(run, reset=True)

    def finish(self, run):
        """The last frame."""
        if self.comm is not None:
            self._send(run)
            self.comm.close()
            self.comm = None

    def _open(self, run):
        import comm

        self.comm = comm.create_comm(target_name=TARGET, data={"version": 1, "run": run.id})

    def _send(self, run, reset=False):
        """One frame: the state, and the points since the last one."""
        record = run.record
        start = 0 if reset else max(len(record) - (record.rows - self.sent_rows), 0)
        points = record.points(MOST_POINTS, start)
        self.sent_rows = record.rows
        events = run.events[0 if reset else self.sent_events:]
        self.sent_events = len(run.events)
        buffers = [_float32(points[name]) for name in DRAWN]
        frame = {**status(run), "reset": reset, "count": len(points["step"]), "columns": list(DRAWN), "events": events}
        # a field of its own: clients of ipywidgets take "state" in any comm's data for a widget's
        self.comm.send({"version": 1, "frame": frame}, buffers=buffers)


def _float32(column):
    return np.array([np.nan if x is None else x for x in column], "<f4").tobytes()


def status(run):
    """What a view says beside the curve; plain JSON."""
    return {
        "run": run.id, "state": run.state, "step": run.step, "steps": run.steps_shown,
        "evaluations": run.evaluations, "seconds": run.seconds, "value": _number(run.value),
        "lr": _number(run.lr), "reason": run.reason, "parameters": described(run),
    }


def described(run):
    """Name, shape, value in short, and gradient norm of the first parameters."""
    found = []
    for p, norm in list(zip(run.parameters, run.gradient_norms))[:PARTS]:
        value = p.get() if not hasattr(p, "value") else p.value
        shape = list(np.shape(value)) if isinstance(value, (np.ndarray, np.generic, float)) else None
        found.append({"name": p.name, "shape": shape, "text": _short(value), "grad_norm": _number(norm)})
    return found


def _short(value):
    """A value in at most 60 characters."""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, threshold=6, edgeitems=2, separator=", ")
        text = " ".join(text.split())
    else:
        text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _number(x):
    return float(x) if x is not None and np.isfinite(x) else None


class ProgressLive:
    """A progress line in a terminal, on the standard error of the moment it was made."""

    def __init__(self):
        self.stream = sys.stderr

    def begin(self, run):
        from tqdm import tqdm

        self.bar = tqdm(
            total=run.steps, desc=run.loss_name, unit="step", mininterval=0.2, file=self.stream
        )

    def frame(self, run, always=False):
        self.bar.n = run.step
        if run.value is not None:
            self.bar.set_postfix_str(f"{run.value:.6g}", refresh=False)
        self.bar.update(0)

    def attach(self, run):
        """There is no page that could come back."""

    def finish(self, run):
        self.bar.refresh()
        self.bar.close()


def to_mime(run):
    """The run as `application/vnd.dpkernel.run.v1+json`: strict JSON, at most 2000 points."""
    best, points = run.best, run.record.points(MOST_POINTS)
    return {
        **status(run), "version": 1, "loss": run.loss_name, "method": run.method,
        "best": None if best is None else {"step": best[0], "loss": best[1]},
        "columns": {name: points[name] for name in DRAWN},
        "events": run.events, "prints": run.prints,
        "actions": ["pause", "resume", "step", "stop", *(["lr"] if run.lr is not None else [])],
    }
