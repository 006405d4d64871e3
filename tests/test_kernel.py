"""The kernel "Differentiable Python": Jupyter's protocol, also through our magics, and control while busy."""

import time

import jupyter_kernel_test
import pytest
from jupyter_client.manager import start_new_kernel

MAGIC = "_p = 1.0\n"


class KernelTests(jupyter_kernel_test.KernelTests):
    """The protocol, on plain cells. Stock ipykernel fails history of access type 'range' too."""

    kernel_name = "dpkernel"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('oops', file=sys.stderr)"
    completion_samples = [
        {"text": "zi", "matches": {"zip"}},
        {"text": "%%grad loss --wr", "matches": {"--wrt"}},
        {"text": "%%optimize loss --using l", "matches": {"l-bfgs-b"}},
    ]
    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n\n",
                             "%%grad loss --wrt w\nloss = 1\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples = ["import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('on purpose')"
    code_execute_result = [{"code": "1+2+3", "result": "6"}, {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"}]
    code_display_data = [{"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))",
                          "mime": "text/html"}]
    code_history_pattern = "1?2*"
    code_inspect_sample = "zip"
    supported_history_operations = ("tail", "search")
    code_clear_output = "from IPython.display import clear_output; clear_output()"


class MagicKernelTests(KernelTests):
    """The same, where the code goes through `%%grad`."""

    code_hello_world = f"%%grad _p * 1 --wrt _p\n{MAGIC}print('hello, world')"
    code_stderr = f"%%grad _p * 1 --wrt _p\n{MAGIC}import sys; print('oops', file=sys.stderr)"
    code_generate_error = f"%%grad _p * 1 --wrt _p\n{MAGIC}raise ValueError('on purpose')"
    code_execute_result = [
        {"code": f"%%grad _p * 1 --wrt _p\n{MAGIC}1+2+3", "result": "6"},
        {"code": f"%%grad _p * 1 --wrt _p\n{MAGIC}[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
    ]
    code_display_data = [{
        "code": f"%%grad _p * 1 --wrt _p\n{MAGIC}from IPython.display import HTML, display; display(HTML('<b>test</b>'))",
        "mime": "text/html",
    }]
    code_clear_output = f"%%grad _p * 1 --wrt _p\n{MAGIC}from IPython.display import clear_output; clear_output()"

    def test_execute_result(self):
        """A report stands below the result; the result itself is the plain cell's."""
        for sample in self.code_execute_result:
            with self.subTest(code=sample["code"]):
                self.flush_channels()
                reply, messages = self.execute_helper(sample["code"])
                assert reply["content"]["status"] == "ok"
                found = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
                assert found == [sample["result"]]

    def test_execute_stdout(self):
        self.flush_channels()
        reply, messages = self.execute_helper(code=self.code_hello_world)
        assert reply["content"]["status"] == "ok"
        printed = [m["content"]["text"] for m in messages if m["msg_type"] == "stream"]
        assert "".join(printed) == "hello, world\n"

    def test_execute_stderr(self):
        self.flush_channels()
        reply, messages = self.execute_helper(code=self.code_stderr)
        streams = [m["content"] for m in messages if m["msg_type"] == "stream"]
        assert [s["name"] for s in streams] == ["stderr"] and "oops" in streams[0]["text"]

    def test_display_data(self):
        self.flush_channels()
        reply, messages = self.execute_helper(code=self.code_display_data[0]["code"])
        shown = [m["content"]["data"] for m in messages if m["msg_type"] == "display_data"]
        assert "<b>test</b>" in shown[0]["text/html"] and len(shown) == 2

    def test_clear_output(self):
        self.flush_channels()
        reply, messages = self.execute_helper(code=self.code_clear_output)
        assert reply["content"]["status"] == "ok"
        assert "clear_output" in [m["msg_type"] for m in messages]


@pytest.fixture(scope="module", params=["dpkernel", "python3"])
def client(request):
    """A kernel and its client: ours, and IPython's own with the extension loaded."""
    manager, client = start_new_kernel(kernel_name=request.param)
    client.interrupt = manager.interrupt_kernel
    execute(client, "%load_ext dpkernel\nimport numpy as np\nw = np.ones(3)")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def execute(client, code):
    """Run to the end; the reply's content. What is asked after an error is not aborted."""
    return replied(client, client.execute(code, stop_on_error=False))


def replied(client, request):
    """The content of the reply to a request; a kernel that starts slowly was asked more than once whether it is there."""
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] == request:
            return reply["content"]


def messages_until(client, seconds, good):
    """Messages on iopub until one is good; that one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = client.get_iopub_msg(timeout=seconds)
        if good(message):
            return message
    raise AssertionError("no such message")


def send_control(client, run, action, value=None):
    message = client.session.msg("dpkernel_control_request", {"run": run, "action": action, "value": value})
    client.control_channel.send(message)
    return client.get_control_msg(timeout=10)


RUN = "application/vnd.dpkernel.run.v1+json"


def begin_run(client):
    """Start a run without end and return its id."""
    execute(client, "w = np.ones(3)")           # a run before may have reached the minimum exactly
    request = client.execute("%%optimize loss --wrt w --steps 10**9 --lr 1e-9\nloss = np.sum(w ** 2)")
    shown = messages_until(client, 30, lambda m: RUN in m["content"].get("data", {})
                           and m["parent_header"]["msg_id"] == request)
    return shown["content"]["data"][RUN]["run"]


def test_a_run_is_steered_while_the_kernel_is_busy(client):
    run = begin_run(client)
    assert send_control(client, run, "attach")["content"]["status"] == "ok"
    frame = messages_until(client, 10, lambda m: m["msg_type"] == "comm_msg")
    assert frame["content"]["data"]["frame"]["run"] == run and len(frame["buffers"]) == 4

    def state(wanted):
        return lambda m: m["msg_type"] == "comm_msg" and m["content"]["data"]["frame"]["state"] == wanted

    send_control(client, run, "pause")
    paused = messages_until(client, 10, state("paused"))["content"]["data"]["frame"]["step"]
    send_control(client, run, "step")
    assert messages_until(
        client, 10, lambda m: state("paused")(m) and m["content"]["data"]["frame"]["step"] > paused
    )["content"]["data"]["frame"]["step"] == paused + 1
    send_control(client, run, "lr", 0.5)
    assert messages_until(
        client, 10, lambda m: state("paused")(m) and m["content"]["data"]["frame"]["lr"] == 0.5)
    send_control(client, "another run", "stop")
    send_control(client, run, "lr", -1.0)              # makes no sense: is not obeyed
    send_control(client, run, "resume")
    messages_until(client, 10, state("running"))
    send_control(client, run, "stop")
    assert client.get_shell_msg(timeout=10)["content"]["status"] == "ok"
    reply = execute(client, "assert run.reason.startswith('stopped at step'), run.reason\n"
                            "assert [e['action'] for e in run.events] == ['pause', 'step', 'lr', 'resume', 'stop']")
    assert reply["status"] == "ok", reply


def test_an_interrupt_leaves_whole_parameters(client):
    begin_run(client)
    client.interrupt()
    reply = client.get_shell_msg(timeout=10)["content"]
    assert reply["status"] in ("ok", "error")
    assert execute(client, "assert run.state == 'finished' and 'interrupted' in run.reason, run.reason\n"
                           "assert w.shape == (3,) and np.isfinite(w).all()")["status"] == "ok"


def test_the_record_of_a_failed_run_is_kept(client):
    execute(client, "k = 0; w = np.ones(3)")
    reply = execute(client, "%%optimize loss --wrt w --steps 50\nk += 1\nloss = np.sum(w ** 2)\nassert k < 9, 'too late'")
    assert reply["status"] == "error" and reply["ename"] == "AssertionError"
    assert not any("dpkernel" in line for line in reply["traceback"]), reply["traceback"]
    assert execute(client, "assert run.step == 7 and len(run.to_frame()) == 8 and 'AssertionError' in run.reason")["status"] == "ok"


def test_the_first_traceback_is_prepared_while_the_kernel_is_idle():
    """NumPy's files are read before anything fails; nothing is left that `%tb` would show."""
    manager, client = start_new_kernel(kernel_name="dpkernel")
    asked = {"ready": "'numpy' in __import__('sys').modules", "shown": "hasattr(__import__('sys'), 'last_value')"}
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found = replied(client, client.execute("", silent=True, user_expressions=asked))["user_expressions"]
            found = {name: x["data"]["text/plain"] for name, x in found.items()}
            if found["ready"] == "True":
                break
        assert found == {"ready": "True", "shown": "False"}
        assert execute(client, "1")["execution_count"] == 1
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
