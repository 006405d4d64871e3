"""The first example in a real JupyterLab, driven with mouse and keys as a newcomer would."""

import json
import shutil
from pathlib import Path

from browser.conftest import Lab, cell, finished, run, saved

EXAMPLE = Path(__file__).parents[2] / "examples" / "01_first_gradient.ipynb"
DATA, START, GRAD, LOOK, ADAM, LBFGS, REASON, PICTURE, CHECK = 1, 3, 5, 7, 9, 11, 12, 14, 16

# collects a picture of the curve at every animation frame while the kernel is busy
RECORD = """() => {
    window.curves = new Set();
    const look = () => {
        const prompts = [...document.querySelectorAll('.jp-InputPrompt')].map(p => p.textContent);
        const canvas = document.querySelector('.dpk-run[data-state=running] .dpk-plot canvas');
        if (canvas && prompts.some(text => text.includes('[*]'))) window.curves.add(canvas.toDataURL());
        requestAnimationFrame(look);
    };
    look();
}"""


def test_open_run_steer_save_reopen(browser, tmp_path, screenshots):
    shutil.copy(EXAMPLE, tmp_path)
    name = EXAMPLE.name
    with Lab(browser, tmp_path) as lab:
        page = lab.open(name, height=1400)
        assert "Differentiable Python" in page.locator(".jp-Toolbar-kernelName").text_content()
        for number in (DATA, START, GRAD):
            run(page, number)
        report = cell(page, GRAD).locator(".dpk-report")
        assert report.locator("tr[data-parameter=w]").count() == 1
        assert "agrees with finite differences" in report.locator(".dpk-receipt").text_content()
        run(page, LOOK)

        page.evaluate(RECORD)
        run(page, ADAM, wait=False)
        view = cell(page, ADAM).locator(".dpk-run")
        page.wait_for_function("() => window.curves.size >= 5")
        view.locator("[data-action=pause]").click()
        page.wait_for_selector(".dpk-run[data-state=paused]")
        step = int(view.get_attribute("data-step"))
        assert 0 < step < 1500
        page.screenshot(path=screenshots / "first_gradient.png")

        view.locator("[data-action=step]").click()
        page.wait_for_selector(f".dpk-run[data-state=paused][data-step='{step + 1}']")

        rate = view.get_by_label("learning rate")
        rate.click()
        page.keyboard.press("Control+A")
        page.keyboard.type("0.05")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('.dpk-status').textContent.includes('rate 0.05')")

        view.locator("[data-action=pause]").click()              # it says "Resume" now
        page.wait_for_function(
            "n => Number(document.querySelector('.dpk-run').dataset.step) > n + 20", arg=step)
        view.locator("[data-action=stop]").click()
        finished(page, ADAM)
        page.wait_for_selector(".dpk-run[data-state=finished]")
        assert "stopped at step" in view.locator(".dpk-reason").text_content()
        assert not view.locator("[data-action=stop]").is_visible()

        for number in (LBFGS, REASON, PICTURE, CHECK):
            run(page, number)
        assert cell(page, CHECK).locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
        cell(page, GRAD).scroll_into_view_if_needed()
        page.screenshot(path=screenshots / "finished.png")
        stopped_at = view.get_attribute("data-step")
        saved(page)

    book = json.loads((tmp_path / name).read_text())
    assert not any(o["output_type"] == "error" for c in book["cells"] for o in c.get("outputs", []))

    nothing = ("--KernelSpecManager.allowed_kernelspecs=nothing", "--KernelSpecManager.ensure_native_kernel=False")
    with Lab(browser, tmp_path, options=nothing) as lab:
        page = lab.page(name, height=1400)
        page.wait_for_selector(f".dpk-run[data-state=finished][data-step='{stopped_at}'] .dpk-plot canvas", state="attached")
        assert page.locator(".dpk-report tr[data-parameter=w]").count() == 1
        assert not page.locator(".dpk-run [data-action=stop]").first.is_visible()
