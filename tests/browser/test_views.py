"""Reports, runs and lessons as they look: many parameters, long names, dark, narrow, an error, a page loaded again."""

import pytest

from browser.conftest import Lab, cell, finished, run

START = """import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=50); y = np.sin(x)
weights_of_the_second_hidden_layer_of_the_encoder = rng.normal(size=(4, 50))
b = 0.1; dead = np.zeros(3); pole = 0.0; params = {'scale': 1.0, 'name': 'net'}
many = [float(k) for k in range(200)]
for k in range(200): globals()[f'p{k}'] = float(k)"""
REPORT = """%%grad loss --wrt weights_of_the_second_hidden_layer_of_the_encoder, b, dead, pole, params
h = np.tanh(weights_of_the_second_hidden_layer_of_the_encoder @ x + b)
loss = np.sum(h) * params['scale'] + np.sum(dead * 0) + np.sqrt(pole)"""
NAMES = ", ".join(f"p{k}" for k in range(200))
MANY = f"%%grad loss --wrt {NAMES}\nloss = sum([{NAMES}]) ** 2"
LESSON = "%%grad loss --wrt w\nw = np.ones(3)\nimport json\nloss = json.loads(json.dumps(float(np.sum(w))))"
RUN = "%%optimize loss --wrt b --steps 10**9 --lr 1e-7\nloss = np.sum((np.tanh(x + b) - y) ** 2)"
CELLS = (START, REPORT, MANY, LESSON, RUN)


def overflows(page, selector):
    """Elements that are wider than the window, or stick out of it."""
    return page.evaluate("""selector => [...document.querySelectorAll(selector)].filter(node => {
        const box = node.getBoundingClientRect();
        return box.width > 0 && box.right > window.innerWidth + 1;
    }).length""", selector)


@pytest.mark.parametrize("theme, width", [("JupyterLab Light", 1280), ("JupyterLab Dark", 1280), ("JupyterLab Dark", 390)])
def test_looks(browser, tmp_path, screenshots, theme, width):
    with Lab(browser, tmp_path, theme=theme) as lab:
        lab.write("looks.ipynb", *CELLS)
        page = lab.open("looks.ipynb", width=width, height=1000)
        if width < 600:
            page.keyboard.press("Control+b")            # the file browser takes the whole of a phone
            page.wait_for_selector("#jp-left-stack", state="hidden")
        for number in (0, 1, 2, 3):
            run(page, number)
        report = cell(page, 1).locator(".dpk-report")
        assert report.locator("tbody tr").count() == 5
        assert "inf" in report.locator("tr[data-parameter=pole]").text_content()
        assert "3 of 3 zero" in report.locator("tr[data-parameter=dead]").text_content()
        many = cell(page, 2).locator(".dpk-report")
        assert many.locator("tbody tr").count() == 6 and many.bounding_box()["height"] < 400
        many.locator("summary", has_text="194 more parameters").click()
        many.locator("tbody tr").nth(199).wait_for()
        many.locator("summary", has_text="194 more parameters").click()
        lesson = cell(page, 3).locator(".jp-OutputArea-output").last
        text = lesson.text_content()
        assert "NoDerivative: the gradient would have to pass through" in text and "line 4" in text and "Traceback" not in text
        run(page, 4, wait=False)
        view = cell(page, 4).locator(".dpk-run[data-state=running]")
        view.locator("canvas").wait_for()
        assert overflows(page, ".dpk-report, .dpk-run, .dpk-run canvas, .dpk-button") == 0
        for number in (1, 3, 4):
            cell(page, number).scroll_into_view_if_needed()
            page.screenshot(path=screenshots / f"{theme.split()[1].lower()}-{width}-{number}.png")
        cell(page, 4).locator("[data-action=stop]").click()
        finished(page, 4)


def test_a_page_that_is_loaded_again_finds_the_run(browser, tmp_path):
    with Lab(browser, tmp_path) as lab:
        lab.write("again.ipynb", START, RUN)
        page = lab.open("again.ipynb")
        run(page, 0)
        run(page, 1, wait=False)
        view = page.locator(".dpk-run[data-state=running]")
        view.locator("canvas").wait_for()
        page.keyboard.press("Control+s")
        page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
        step = int(view.get_attribute("data-step"))
        page.reload()
        page.wait_for_function("n => Number(document.querySelector('.dpk-run[data-state=running]')?.dataset.step) > n", arg=step)
        stop = page.locator(".dpk-run [data-action=stop]")
        stop.click()
        page.wait_for_selector(".dpk-run[data-state=finished]")
        assert "stopped at step" in page.locator(".dpk-reason").text_content()


def test_a_negative_loss_is_not_offered_a_log_scale(browser, tmp_path):
    with Lab(browser, tmp_path) as lab:
        lab.write("signs.ipynb", "b = 0.5", *(f"%%optimize loss --wrt b --steps 2\nloss = b * b + {c}" for c in (1, -1)))
        page = lab.open("signs.ipynb")
        for number, offered in ((0, False), (1, True), (2, False)):
            run(page, number)
            if number:
                page.wait_for_selector(f".jp-Cell:nth-child({number + 1}) .dpk-run[data-state=finished] canvas")
            assert cell(page, number).locator("[data-action=scale]").is_visible() == offered
