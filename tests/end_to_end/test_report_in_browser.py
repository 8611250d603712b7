"""The report in a real browser: no network, no script, nothing that keeps anybody from reading it."""

import pytest
from matplotlib.image import imread

pytestmark = pytest.mark.xdist_group("digits")


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
    shown = page.locator("body").inner_text()
    assert "fresh seeds" in shown
    assert page.locator("#answer figure svg:visible").count() == 1
    table = page.locator("#repeat table, #trials table").first
    assert not table.is_visible()
    page.locator("nav a", has_text="Trials").click()
    assert table.is_visible(), "a section that is led to unfolds without script"
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
def test_it_does_not_scroll_sideways_and_is_not_blank(browser, address: str, width: int, tmp_path) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shot = tmp_path / "page.png"
    page.screenshot(path=shot)
    assert len({pixel.tobytes() for pixel in imread(shot).reshape(-1, imread(shot).shape[-1])[::97]}) > 3
    page.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_no_barrier(browser, address: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme)
    page.goto(address)
    page.get_by_role("button", name="Open all sections").click()
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


def test_a_table_is_sorted_by_keyboard_and_says_how(browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Open all sections").click()
    head = page.locator("#trials th", has_text="final error")
    head.locator("button").focus()

    def first() -> list[float]:
        cells = page.locator("#trials tbody tr").evaluate_all(
            "(rows, column) => rows.map(row => row.cells[column].textContent)",
            head.evaluate("head => head.cellIndex"),
        )
        return [float(cell.split()[0]) for cell in cells if cell[:1].isdigit()]

    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert first() == sorted(first())
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert first() == sorted(first(), reverse=True)
    assert page.locator("#trials th[aria-sort]").count() == 1
    page.close()


def test_the_page_is_short_until_it_is_unfolded_and_whole_in_print(browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    tall = "document.documentElement.scrollHeight"
    folded = page.evaluate(tall)
    page.emulate_media(media="print")
    assert page.locator("#trials table").first.is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Open all sections").click()
    assert folded < page.evaluate(tall) / 3
    page.close()


def test_a_long_table_shows_only_the_rows_that_hold_some_words(browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Open all sections").click()
    section = page.locator("#trials")
    section.locator("input[type=search]").fill("quadratic search")
    rows = section.locator("tbody tr:visible").evaluate_all("rows => rows.map(row => row.textContent)")
    assert rows
    assert all("quadratic" in row and "search" in row for row in rows)
    assert f"{len(rows)} of " in section.locator(".filter .said").inner_text()
    page.close()


def test_a_trial_that_is_chosen_in_one_figure_is_marked_in_all(browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Open all sections").click()
    page.locator("#figure-learning-rate button", has_text="Next trial").click()
    marked = page.locator(".picture .here")
    assert len(set(marked.evaluate_all("marks => marks.map(mark => mark.dataset.run)"))) == 1
    assert len(set(marked.evaluate_all("marks => marks.map(mark => mark.closest('figure').id)"))) > 1
    page.close()


def test_every_trial_has_a_mark_that_is_named_on_hovering_and_by_keyboard(browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Open all sections").click()
    figure = page.locator("#figure-learning-rate")
    marks = figure.locator("[data-run]")
    runs = marks.evaluate_all("marks => marks.map(mark => mark.dataset.run)")
    searched = page.locator("#trials tbody tr", has_text="search").evaluate_all(
        "rows => rows.map(row => row.id)"
    )
    assert len(runs) >= len(searched)
    assert set(runs) == set(searched)

    status = figure.locator(".said")
    figure.locator("button", has_text="Next trial").focus()
    page.keyboard.press("Enter")
    assert "learning rate" in status.inner_text()
    by_keyboard = status.inner_text()
    marks.nth(7).scroll_into_view_if_needed()
    marks.nth(7).hover(force=True)
    assert status.inner_text() != by_keyboard
    row = page.locator("#" + (figure.locator("a").first.get_attribute("href") or "")[1:])
    assert row.locator("th").first.inner_text() in status.inner_text()
    assert figure.locator("a", has_text="MLflow").count() == row.locator("a").count() == 0
    page.close()


def test_nothing_is_split_or_clipped_in_print(browser, address: str) -> None:
    """On A4 at 96 px an inch with margins of 10 mm: 718 × 1047 px."""
    page = browser.new_page(viewport={"width": 718, "height": 1047})
    page.emulate_media(media="print")
    page.goto(address)
    found = page.evaluate(
        "[...document.querySelectorAll('figure')].map(f => ({"
        " tall: f.getBoundingClientRect().height, whole: getComputedStyle(f).breakInside,"
        " clipped: [...f.querySelectorAll('.picture')].some(p => p.scrollWidth > p.clientWidth) }))"
    )
    assert len(found) >= 10
    assert all(
        figure["tall"] < 1000 and figure["whole"] == "avoid" and not figure["clipped"] for figure in found
    )
    assert page.evaluate("document.documentElement.scrollWidth <= 718")
    page.close()
