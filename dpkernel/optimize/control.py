"""Control of a run while it runs.

In:  contents of control messages, put into `inbox` by another thread.
Out: checked `Control`s, for the run that they name.
Start at `answer`, which lets a kernel receive them, and `drain`, which a run calls. The thread that receives a
message does nothing but `inbox.put(content)`.
"""

import math
import queue
from dataclasses import dataclass

MESSAGE = "dpkernel_control_request"
inbox = queue.SimpleQueue()
ACTIONS = ("pause", "resume", "step", "stop", "lr", "attach")


def answer(kernel):
    """Let an IPython kernel take control messages, also while a cell runs: its control thread answers."""
    async def handler(stream, ident, parent):
        inbox.put(parent["content"])
        kernel.session.send(stream, "dpkernel_control_reply", {"status": "ok"}, parent=parent, ident=ident)

    kernel.control_handlers[MESSAGE] = handler


def stop_answering(kernel):
    """Undo `answer`."""
    kernel.control_handlers.pop(MESSAGE, None)


@dataclass(frozen=True)
class Control:
    """One request: an action, and for `lr` the new learning rate."""

    action: str
    value: float | None = None


def parse(content):
    """(run id, Control) of a message's content, or None if it makes no sense."""
    if not isinstance(content, dict) or content.get("action") not in ACTIONS:
        return None
    run, action, value = content.get("run"), content["action"], content.get("value")
    if not isinstance(run, str):
        return None
    if action != "lr":
        return run, Control(action)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value) or value <= 0:
        return None
    return run, Control(action, float(value))


def drain(run_id, timeout=None):
    """Controls for one run, in order; the others in the inbox are for runs that have ended.

    timeout   wait so many seconds for the first one; None does not wait
    """
    found = []
    while True:
        try:
            content = inbox.get(timeout=timeout) if timeout else inbox.get_nowait()
        except queue.Empty:
            return found
        timeout = None
        parsed = parse(content)
        if parsed is not None and parsed[0] == run_id:
            found.append(parsed[1])
