"""The report in a real browser: no network, no script, nothing that keeps anybody from reading it."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("digits")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CHAINRULE_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed, and CHAINRULE_REQUIRE_BROWSER forbids skipping")
        pytest.skip("Chromium is not installed, so the report was not opened in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture
def address(digits) -> str:
    return (digits.home / "reports" / "digits" / "report.html").as_uri()


def test_it_asks_nothing_of_the_network_and_reads_without_script(browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang")
    assert "fresh seeds" in page.locator("body").inner_text()
    context.close()


def test_it_raises_no_error_in_the_console(browser, address: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    assert said == []
    page.close()


@pytest.mark.parametrize("width", [320, 1280, 1920])
def test_it_does_not_scroll_sideways(browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser, address: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()


def test_every_figure_has_its_own_text_alternative(browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    names = page.evaluate(
        "[...document.querySelectorAll('figure')].map(f => {"
        " const p = f.querySelector('img, [role=img]');"
        " return p ? (p.getAttribute('alt') || p.getAttribute('aria-label')) : null; })"
    )
    assert names
    assert all(names)
    assert len(set(names)) == len(names)
    page.close()
