"""Pages of hand-made studies in a real browser: what is hostile stays text, and nothing is asked for."""

import pytest

from reports.page.writing import write_report
from tests.reports.conftest import odd


@pytest.fixture
def opened(browser, tmp_path, no_pngs):  # noqa: ARG001 - it draws less
    """Open the page of an odd study; gives it and what it said and asked for."""
    pages = []

    def open_page(name):
        report = write_report(odd(name), tmp_path)
        page = browser.new_page()
        pages.append(page)
        noticed = []
        page.on("console", lambda message: noticed.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: noticed.append(str(error)))
        page.on("dialog", lambda dialog: (noticed.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else noticed.append(asked.url))
        page.goto(report.html.as_uri())
        return page, noticed

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("name", ["hostile", "everything at once", "empty"])
def test_a_page_runs_its_own_script_alone_and_shows_no_barrier(opened, name):
    from axe_playwright_python.sync_playwright import Axe

    page, noticed = opened(name)
    folded = Axe().run(page)
    assert folded.violations_count == 0, folded.generate_report()
    page.get_by_role("button", name="Open all sections").click()
    for button in page.locator("th button:visible").all()[:8]:
        button.click()
    for button in page.locator(".marks button").all():
        button.click()
    assert noticed == []
    assert page.locator("script").count() == 1
    assert page.evaluate("document.querySelectorAll('a[href^=javascript]').length") == 0
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.xdist_group("pages")
def test_runs_are_linked_to_the_readers_own_server_once_its_address_is_given(opened):
    page, noticed = opened("interrupted")
    page.get_by_role("button", name="Open all sections").click()
    figure = page.locator("#figure-learning-rate")
    row = page.locator("#run-0")
    form = page.locator("form.where")
    for wrong in ("", "javascript:alert(1)"):
        form.locator("input").fill(wrong)
        form.locator("button").click()
        assert row.locator("a").count() == 0
    form.locator("input").fill("http://127.0.0.1:5123/mlflow/#/experiments/1")
    form.locator("button").click()
    link = row.locator("a")
    assert link.get_attribute("href") == "http://127.0.0.1:5123/mlflow/#/experiments/1/runs/000sea"
    assert link.inner_text() == "000sea"
    figure.locator("[data-run=run-0]").first.scroll_into_view_if_needed()
    figure.locator("[data-run=run-0]").first.hover(force=True)
    assert figure.locator("a", has_text="MLflow").get_attribute("href") == link.get_attribute("href")
    assert noticed == []


@pytest.mark.xdist_group("pages")
def test_the_policy_of_the_page_stops_any_other_script(opened):
    page, _ = opened("one trial")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.run = 1'}))"
    )
    assert page.evaluate("window.run") is None
