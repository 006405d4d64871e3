"""Frames of a run: what a page gets, how often, and after it comes back."""

import numpy as np
import pytest

from dpkernel.optimize import live
from dpkernel.optimize.record import Record, extremes
from dpkernel.optimize.run import Run


class Comm:
    """A comm that remembers what it sent."""

    def __init__(self, **options):
        self.sent, self.closed = [], False

    def send(self, data, buffers=None):
        self.sent.append((data["frame"], [np.frombuffer(b, "<f4") for b in buffers]))

    def close(self):
        self.closed = True


@pytest.fixture
def comms(monkeypatch):
    import comm

    made = []
    monkeypatch.setattr(comm, "create_comm", lambda **options: made.append(Comm(**options)) or made[-1])
    return made


class Number:
    name, value = "x", 1.0

    def get(self):
        return np.array([self.value])

    def set(self, x):
        self.value = float(x[0])


def run_with(page, steps, attach_at=(0,)):
    x = Number()
    found = Run(lambda: (x.value ** 2, [np.array([2 * x.value])]), [x], "sgd", lr=0.01, steps=steps, live=page)
    original = page.frame

    def frame(run, always=False):
        if run.step in attach_at and run.value is not None:
            page.attach(run)
        original(run, always)

    page.frame = frame
    return found.execute()


def test_without_a_page_nothing_is_sent(comms):
    run_with(live.CommLive(), 50, attach_at=())
    assert comms == []


def test_frames_together_are_the_record(comms):
    clock = iter(np.arange(0, 1e6, 0.02))
    found = run_with(live.CommLive(clock=lambda: next(clock)), 100)
    (page,) = comms
    frames = [buffers for _, buffers in page.sent]
    steps = np.concatenate([b[0] for b in frames])
    assert steps.tolist() == list(range(101)) and page.closed
    np.testing.assert_allclose(np.concatenate([b[1] for b in frames]), found.record.column("loss"), rtol=1e-6)
    assert len(frames) < 60 and page.sent[-1][0]["state"] == "finished"


def test_a_page_that_comes_back_gets_the_whole_history(comms):
    run_with(live.CommLive(clock=iter(np.arange(0, 1e6, 0.02)).__next__), 100, attach_at=(0, 60))
    first, second = comms
    assert first.closed and second.sent[0][0]["reset"]
    assert second.sent[0][1][0].tolist() == list(range(61))


def test_frames_are_at_most_twenty_a_second(comms):
    now = [0.0]

    def clock():
        now[0] += 0.001
        return now[0]

    run_with(live.CommLive(clock=clock), 2000)
    assert len(comms[0].sent) <= 2000 * 0.001 * 20 + 4


def test_a_record_is_bounded_and_keeps_spikes():
    record = Record(limit=1000)
    for k in range(50_000):
        record.add(k, k, 1000.0 if k == 31_234 else 1.0 / (k + 1), 1.0, 0.1, 0.0)
    assert len(record) <= 1000 and record.rows == 50_000 and record.best == (49_999, 1 / 50_000)
    assert 1000.0 in record.column("loss") and record.column("step")[-1] == 49_999


def test_extremes_keep_what_broke():
    y = np.ones(10_000)
    y[5_000], y[7_000] = np.nan, -3.0
    kept = extremes(y, 100)
    assert {0, 5_000, 7_000, 9_999} <= set(kept) and len(kept) <= 102
