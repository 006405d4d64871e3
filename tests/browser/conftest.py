"""A real JupyterLab in a headless Chromium.

In:  notebooks.
Out: a page with one of them open, its kernel ready.
Start at `Lab.open`.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
TOKEN = "a-token-for-tests"
SETTINGS = {
    "apputils-extension/themes": {"theme": "JupyterLab Light", "adaptive-theme": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


def chromium_path():
    """The system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def lab(browser, tmp_path):
    """A JupyterLab of its own in a folder of its own."""
    with Lab(browser, tmp_path) as lab:
        yield lab


@pytest.fixture
def screenshots(tmp_path):
    """Where pictures go: DPKERNEL_SCREENSHOTS if it is set."""
    folder = Path(os.environ.get("DPKERNEL_SCREENSHOTS") or tmp_path / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Lab:
    """A running JupyterLab server; `open` gives pages.

    folder    where its notebooks are
    """

    def __init__(self, browser, folder, *, theme="JupyterLab Light", options=()):
        self.browser, self.folder, self.options = browser, Path(folder), options
        self.settings = {**SETTINGS, "apputils-extension/themes": {"theme": theme, "adaptive-theme": False}}
        self.contexts = []

    def __enter__(self):
        own = self.folder / ".jupyter-test"
        for name, values in self.settings.items():
            extension, plugin = name.split("/")
            place = own / "settings" / "@jupyterlab" / extension
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ, "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"), "JUPYTER_CONFIG_DIR": str(own / "config"),
            "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        }
        self.log = open(own / "server.log", "w")
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
             "--ServerApp.port_retries=0", "--LabApp.expose_app_in_browser=True", f"--IdentityProvider.token={TOKEN}",
             f"--ServerApp.root_dir={self.folder}", *self.options],
            env=environment, stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder,
        )
        self._wait_until_up(own / "server.log")
        return self

    def __exit__(self, *exception):
        for context in self.contexts:
            context.close()
        self.server.terminate()
        try:
            self.server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()

    def _wait_until_up(self, log):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.server.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")

    def page(self, name, *, width=1280, height=900):
        """A page with the notebook `name` shown; its kernel may not be ready."""
        context = self.browser.new_context(viewport={"width": width, "height": height})
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{self.url}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        return page

    def open(self, name, **size):
        """A page with the notebook `name` and its kernel idle and connected."""
        page = self.page(name, **size)
        # a cell that is run before the page's own connection stands is lost without a word
        page.wait_for_function("""() => {
            const context = window.jupyterapp.shell.currentWidget?.sessionContext;
            const kernel = context?.session?.kernel;
            return context?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
        }""")
        return page

    def write(self, name, *cells):
        """A notebook of these code cells."""
        import nbformat

        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(text) for text in cells],
            metadata={"kernelspec": {"name": "dpkernel", "display_name": "Differentiable Python", "language": "python"}},
        )
        nbformat.write(book, self.folder / name)


def cell(page, number):
    """The cell with this number, counted from 0, also those of text."""
    return page.locator(".jp-NotebookPanel .jp-Cell").nth(number)


def run(page, number, *, wait=True):
    """Select a cell with the mouse and run it with Ctrl+Enter; wait until it has ended."""
    where = cell(page, number)
    where.locator(".jp-InputPrompt").first.click()
    page.keyboard.press("Control+Enter")
    if wait:
        finished(page, number)


def finished(page, number):
    """Wait until a cell that was run has its number."""
    page.wait_for_function(
        "prompt => /\\[\\d+\\]/.test(prompt.textContent)",
        arg=cell(page, number).locator(".jp-InputPrompt").first.element_handle(),
    )


def saved(page):
    """Press Ctrl+S and wait until the notebook is on disk."""
    page.keyboard.press("Control+S")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
