"""Pages of hand-made studies in a browser: hostile text stays text, nothing is asked for, all is in reach."""

from contextlib import nullcontext

import pytest

from reports.page import writing
from reports.page.writing import write_report
from tests.reports.conftest import Svgs, odd

EVERY_RULE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""Of axe-core: those of WCAG 2.2 at levels A and AA, and what else it advises."""

pytestmark = pytest.mark.xdist_group("pages")


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


SLOW_TO_CHECK = ("hostile", "everything at once")  # axe looks at every mark of a large page


@pytest.mark.parametrize(
    "name",
    [*(pytest.param(name, marks=pytest.mark.slow) for name in SLOW_TO_CHECK), "empty", "one trial"],
)
def test_a_page_runs_its_own_script_alone_and_shows_no_barrier(opened, name):
    from axe_playwright_python.sync_playwright import Axe

    page, noticed = opened(name)
    folded = Axe().run(page, options=EVERY_RULE)
    assert folded.violations_count == 0, folded.generate_report()
    page.get_by_role("button", name="Open all sections").click()
    for button in page.locator("th button:visible").all()[:8]:
        button.click()
    for button in page.locator(".marks button").all():
        button.click()
    assert noticed == []
    assert page.locator("script").count() == 1
    assert page.evaluate("document.querySelectorAll('a[href^=javascript]').length") == 0
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    results = Axe().run(page, options=EVERY_RULE)
    assert results.violations_count == 0, results.generate_report()


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


def test_the_policy_of_the_page_stops_any_other_script(opened):
    page, _ = opened("one trial")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.run = 1'}))"
    )
    assert page.evaluate("window.run") is None


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page of a study in which everything happens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "drawing", lambda: nullcontext(Svgs()))
        report = write_report(odd("everything at once"), tmp_path_factory.mktemp("everything"))
    return report.html.as_uri()


@pytest.fixture
def unfolded(browser, address):
    """Open that page so many pixels wide, all of it unfolded."""
    pages = []

    def open_page(width=1280, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.goto(address)
        page.get_by_role("button", name="Open all sections").click()
        return page

    yield open_page
    for page in pages:
        page.close()


def smallest_text(page) -> float:
    """Pixels on the screen that the smallest text of a figure is high."""
    return page.evaluate(
        "Math.min(...[...document.querySelectorAll('.picture svg')].filter(s => s.clientWidth).flatMap(s =>"
        " [...s.querySelectorAll('text')].map(t =>"
        " parseFloat(getComputedStyle(t).fontSize) * s.clientWidth / s.viewBox.baseVal.width)))"
    )


@pytest.mark.parametrize(
    ("width", "kind", "legible"), [(390, "narrow", 9.5), (820, "wide", 8), (1440, "wide", 10)]
)
def test_figures_are_drawn_for_the_width_that_they_have(unfolded, width, kind, legible):
    page = unfolded(width)
    shown = page.locator(".picture svg:visible").evaluate_all(
        "all => all.map(one => one.getAttribute('class'))"
    )
    assert len(shown) == page.locator("figure").count() > 5
    assert set(shown) == {kind}
    assert smallest_text(page) >= legible
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_figures_follow_the_scheme_of_the_page_but_not_in_print(unfolded):
    page = unfolded(color_scheme="dark")
    colours = "['path', 'text'].map(tag => getComputedStyle(document.querySelector(`.picture ${tag}`)).fill)"
    paper, ink = page.evaluate(colours)
    assert paper == page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 25, 28)"
    assert ink == page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="print")
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(26, 26, 26)"]


def test_a_choice_is_marked_in_every_figure_until_escape_is_pressed(unfolded):
    page = unfolded()
    select = page.locator("#figure-convergence select")
    name = select.locator("option").nth(1).inner_text()
    select.select_option(name)
    assert page.locator("#figure-learning-rate select").input_value() == "0"
    faint = (
        "all => [...new Set(all.filter(e => getComputedStyle(e).opacity !== '1').map(e => e.dataset.choice))]"
    )
    figures = page.locator("figure", has=page.locator("[data-choice='0']")).all()
    assert len(figures) >= 3
    for figure in figures:
        assert "0" not in figure.locator("g[data-choice]").evaluate_all(faint)
    assert sorted(page.locator("#figure-convergence g[data-choice]").evaluate_all(faint)) == ["1", "2", "3"]
    rows = page.locator("tr[data-choice='0']").evaluate_all("rows => rows.map(row => row.id)")
    clear = page.locator("#figure-learning-rate [data-run]").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).opacity === '1').map(e => e.dataset.run)"
    )
    assert set(clear)
    assert set(clear) <= set(rows)
    page.keyboard.press("Escape")
    assert select.input_value() == ""
    assert page.locator("g[data-choice]").evaluate_all(faint) == []


def test_what_the_pointer_is_at_is_named_and_a_click_marks_it_everywhere(unfolded):
    page = unfolded()
    figure = page.locator("#figure-search")
    mark = figure.locator("svg:visible [data-run=run-5]").first
    mark.scroll_into_view_if_needed()
    middle = "mark => { const box = mark.getBoundingClientRect(); return [box.x + box.width / 2, box.width] }"
    place, size = mark.evaluate(middle)
    mark.hover(force=True)
    assert mark.evaluate(middle) == pytest.approx([place, 2.4 * size], rel=0.02), "it grows where it stands"
    tip = page.locator(".tip")
    cells = page.locator("#run-5 > *").all_inner_texts()
    assert tip.inner_text().startswith(
        f"slot {cells[0]}; phase {cells[1]}; cost {cells[2]}; widths {cells[3]}; learning rate"
    )
    assert tip.inner_text().endswith(f"final error {cells[5]}")
    mark.click(force=True)
    elsewhere = page.locator("#figure-learning-rate .here")
    assert set(elsewhere.evaluate_all("marks => marks.map(mark => mark.dataset.run)")) == {"run-5"}
    assert page.locator("body.choosing").count() == 1
    page.mouse.move(2, 2)
    assert not tip.is_visible()
    label = page.locator("#figure-convergence svg:visible g[data-choice='1'] text").first
    label.scroll_into_view_if_needed()
    label.hover(force=True)
    assert "phase confirm" in page.locator("#figure-convergence .said").inner_text()


def heard(page) -> list[tuple[str, str]]:
    """Role and name of all that a screen reader comes across, in the browser's accessibility tree."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    kept = [node for node in tree if not node["ignored"]]
    return [(node["role"]["value"], node.get("name", {}).get("value", "").strip()) for node in kept]


def listened_for(page, selector: str) -> set[str]:
    """Events that the first such element has a listener for."""
    session = page.context.new_cdp_session(page)
    found = session.send("Runtime.evaluate", {"expression": f"document.querySelector({selector!r})"})
    given = session.send("DOMDebugger.getEventListeners", {"objectId": found["result"]["objectId"]})
    return {each["type"] for each in given["listeners"]}


def test_a_screen_reader_hears_each_thing_once_and_by_a_name_of_its_own(unfolded):
    page = unfolded()
    nodes = heard(page)
    named = {role: [name for kind, name in nodes if kind == role] for role, _ in nodes}
    figures, sections = page.locator("figure").count(), page.locator("details.section").count()

    assert len(named["image"]) == figures
    assert all(named["image"])
    assert listened_for(page, ".picture") == {"pointermove", "pointerleave"}, "no image is called clickable"

    links = [name for name in named["link"] if name.startswith("Link to")]
    assert len(links) == len(set(links)) == figures + 1, (
        "figures and “How sure?”; sections are in the contents"
    )
    folds = named["DisclosureTriangle"]
    assert len(folds) == len(set(folds)), "no two of them are called “Numbers of this figure”"
    findings = [fold for fold in folds if fold.startswith("Learning rate")]
    assert [": " in fold for fold in findings] == [True], "a pause before the finding"
    assert len(named["heading"]) > sections, "headings in a summary are headings"

    assert not [name for name in named["button"] if not name or any(sign in name for sign in "‹›↕↑↓")]
    assert "" not in named["combobox"] + named["searchbox"] + named["textbox"]
    assert "status" not in named, "an empty one would be called a status bar"
    assert page.locator(".said[aria-live]").count() == page.locator(".said").count() >= figures - 4


def test_no_two_rows_of_a_table_of_comparisons_have_the_same_heads(unfolded):
    page = unfolded()
    tables = page.locator("table").evaluate_all(
        "all => all.map(table => [...table.tBodies[0].rows].map(row =>"
        " [...row.querySelectorAll('th')].map(head => head.textContent)))"
    )
    several = [rows for rows in tables if len(rows[0]) > 1]
    assert several
    assert all(len(set(map(tuple, rows))) == len(rows) for rows in several)


def test_the_first_column_stays_in_view_while_a_wide_table_is_scrolled(unfolded):
    page = unfolded(390)
    table = page.locator("#trials .table")
    place = (
        "t => [t.scrollWidth - t.clientWidth,"
        " t.querySelector('tbody th').getBoundingClientRect().x - t.getBoundingClientRect().x]"
    )
    hidden, before = table.evaluate(place)
    assert hidden > 100
    table.evaluate("t => t.scrollLeft = 1e4")
    assert table.evaluate(place)[1] == pytest.approx(before, abs=1.5)


SCROLLS = "each => each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight"


@pytest.mark.parametrize("width", [1440, 390])
def test_what_scrolls_is_a_stop_of_the_keyboard_and_what_fits_is_none(unfolded, width):
    page = unfolded(width)
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    boxes = page.locator(".table, pre")
    page.wait_for_function(
        f"[...document.querySelectorAll('.table, pre')].every(each => ({SCROLLS})(each) === (each.tabIndex === 0))"
    )
    scrolls = boxes.evaluate_all(f"all => all.map({SCROLLS})")
    named = boxes.evaluate_all("all => all.map(each => Boolean(each.role && each.ariaLabel))")
    assert named == scrolls
    assert len(set(scrolls)) == 2


def test_without_script_every_table_can_be_scrolled_by_the_keyboard(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".table").count() == page.locator(".table[tabindex='0']").count() > 12
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_column_of_text_is_wide_enough_for_a_few_words_in_a_line(unfolded, width):
    page = unfolded(width)
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    words = page.locator("figure + details table").evaluate_all(
        "all => all.flatMap(table => [...table.querySelectorAll('tbody :is(td, th):not(.number, :first-child)')]"
        ".map(cell => {"
        " const text = document.createRange(); text.selectNodeContents(cell);"
        " const lines = new Set([...text.getClientRects()].map(each => each.top)).size;"
        " return [lines, cell.textContent.length]; }))"
    )
    assert max(length for _, length in words) > 26
    assert max(lines for lines, _ in words) <= 2


def test_trials_are_filtered_by_what_a_column_says(unfolded):
    page = unfolded()
    state = page.locator("#trials .filter label", has_text="state").locator("select")
    state.select_option("complete")
    shown = page.locator("#trials tbody tr:visible")
    states = shown.evaluate_all("rows => rows.map(row => row.cells[row.cells.length - 2].textContent)")
    assert {each.split(" (")[0] for each in states} == {"complete"}
    assert len(set(states)) > 1
    before = shown.count()
    page.locator("#trials .filter label", has_text="cost").locator("select").select_option("quadratic")
    assert 0 < shown.count() < before
    assert page.locator("#trials .filter .said").inner_text().startswith(f"{shown.count()} of ")


def test_sections_and_figures_have_addresses_and_the_keyboard_reaches_everything(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    links = page.locator("a.anchor").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(links) == len(set(links)) > 12
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#answer")
    search = page.locator("summary", has=page.locator("h2", has_text="Search"))
    search.focus()
    page.keyboard.press("Enter")
    assert page.locator("#search").is_visible()
    assert search.evaluate("s => getComputedStyle(s).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert not page.locator("#search").is_visible()
    page.locator(".part", has=search).locator("> a").click()
    assert page.locator("#search").is_visible(), "a section that is led to unfolds"
    page.close()
