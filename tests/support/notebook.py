"""A notebook without a page: cells run in an IPython shell of this process.

In:  the text of cells.
Out: what a reader sees below each: printed text, displayed bundles, the error.
Start at `Notebook.run`.
"""

import contextlib
import io
from dataclasses import dataclass, field

from IPython.core.interactiveshell import InteractiveShell

REPORT = "application/vnd.dpkernel.report.v1+json"
RUN = "application/vnd.dpkernel.run.v1+json"


@dataclass
class Output:
    """What stands below one cell after it has run."""

    printed: str = ""
    displayed: list = field(default_factory=list)       # bundles {MIME type: data}
    error: BaseException | None = None
    traceback: str = ""                                 # as IPython shows it, without colours

    def bundle(self, mime):
        """The last displayed bundle that has this type."""
        return next(bundle for bundle in reversed(self.displayed) if mime in bundle)


class Notebook:
    """A shell with dpkernel loaded; `namespace` is the user's."""

    def __init__(self):
        InteractiveShell.clear_instance()
        self.shell = InteractiveShell()
        self.shell.colors = "nocolor"
        self.shell.history_manager.enabled = False
        self.shell.extension_manager.load_extension("dpkernel")
        self.namespace = self.shell.user_ns
        self.shell.display_pub.publish = self._publish
        self.shell._showtraceback = self._show_traceback
        self.output = Output()

    def run(self, text):
        """Run a cell; errors are part of the output."""
        self.output, stream = Output(), io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            result = self.shell.run_cell(text, store_history=True)
        self.output.printed = stream.getvalue()
        self.output.error = result.error_before_exec or result.error_in_exec
        return self.output

    def good(self, text):
        """Run a cell that has to succeed."""
        output = self.run(text)
        assert output.error is None, output.traceback or output.error
        return output

    def lesson(self, text):
        """Run a cell, as In [4], that has to fail with a lesson; the lesson's whole text."""
        self.shell.execution_count = 4
        output = self.run(text)
        assert output.error is not None, output
        assert "Traceback" not in output.traceback, output.traceback
        return output.traceback

    def _publish(self, data, metadata=None, *, source=None, transient=None, update=False, **options):
        self.output.displayed.append(data)

    def _show_traceback(self, kind, value, lines):
        self.output.traceback = "\n".join(lines).rstrip()
