"""MLflow's own pages, served by `chainrule ui`."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from tests.commands import command

pytestmark = pytest.mark.xdist_group("digits")


@pytest.fixture(scope="module")
def told(digits) -> Iterator[list[str]]:
    """The lines that the command prints before it waits; Ctrl-C ends it without an error."""
    process = subprocess.Popen(
        command("ui", "--home", str(digits.home)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [process.stdout.readline().strip()]
        while lines[-1] and "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline().strip())
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def _page_on(told: list[str], what: str) -> str:
    (line,) = [line for line in told if line.startswith(f"{what}: ")]
    return line.removeprefix(f"{what}: ")


def test_ui_serves_the_records_on_this_machine(told: list[str]) -> None:
    address = told[0]
    assert address.startswith("http://127.0.0.1:")
    with urlopen(f"{address}/", timeout=30) as page:
        assert b"MLflow" in page.read()
    asked = Request(
        f"{address}/api/2.0/mlflow/experiments/search",
        data=json.dumps({"max_results": 10}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(asked, timeout=30) as answer:
        names = [one["name"] for one in json.load(answer)["experiments"]]
    assert "digits" in names


def test_the_studys_run_opens_with_its_answer_and_links_that_work(browser, told: list[str], digits) -> None:
    from experiments.store.reading import Records

    study = Records.open(digits.home, None).load_study("digits")
    page = browser.new_page(viewport={"width": 1440, "height": 1400})
    page.goto(f"{told[0]}/#/experiments/{study.experiment_id}/runs/{study.parent_run_id}")
    page.get_by_text("Answer.").first.wait_for(timeout=60_000)
    page.get_by_text("champion/test_error").first.wait_for(timeout=60_000)
    link = page.get_by_role("link", name="charts").first
    with page.context.expect_page() as opened:  # MLflow opens links of a description in a tab of their own
        link.click()
    opened.value.locator("[data-testid='experiment-view-compare-runs-card']").first.wait_for(timeout=60_000)
    opened.value.close()
    page.close()


@pytest.mark.parametrize("width", [1440, pytest.param(1920, marks=pytest.mark.slow)])
def test_the_charts_are_there_without_a_click(browser, told: list[str], width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1400})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(_page_on(told, "charts"))
    cards = page.locator("[data-testid='experiment-view-compare-runs-card']")
    for name in ("winners/validation_error", "winners/validation_cost"):
        card = cards.filter(has_text=name)
        # of nine winners and the champion
        card.locator(".scatterlayer .trace path.js-line").nth(9).wait_for(timeout=60_000)
    scatter = cards.filter(has_text="log10 learning_rate vs. objective")
    scatter.locator(".scatterlayer path.point").nth(50).wait_for(timeout=60_000)
    cards.filter(has_text="Parallel Coordinates").wait_for(timeout=60_000)
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {told[0].split("/")[2]}
    page.close()


def test_the_table_has_the_settings_and_the_confirmed_runs_come_first(browser, told: list[str]) -> None:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(_page_on(told, "runs"))
    page.get_by_text(re.compile(r"champion \d")).first.wait_for(timeout=60_000)
    heads = page.locator("[role=columnheader]").all_inner_texts()
    for name in ("cost", "widths", "learning_rate", "objective"):
        assert name in {head.strip() for head in heads}
    names = [name for name in page.locator("a[href*='/runs/']").all_inner_texts() if name.strip()]
    phases = [name.split()[0] for name in names]
    assert phases[0] == "champion"
    assert phases[1:10] == ["confirm"] * 9
    page.close()


def test_the_settings_page_says_that_telemetry_is_off_and_the_assistant_stays_closed(
    browser, told: list[str]
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1400})  # one that was never here
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.goto(f"{told[0]}/#/experiments")
    page.get_by_role("link", name="digits").first.wait_for(timeout=60_000)
    opened = page.evaluate("localStorage.getItem('mlflow.assistant.panelOpen_v1')")
    assert opened in (None, "false")
    page.goto(f"{told[0]}/#/settings")
    for _ in range(2):  # somebody turns it on; when the page is opened again, it says again how it is
        page.reload()
        page.get_by_text("Enable telemetry").wait_for(timeout=60_000)
        switch = page.get_by_role("switch").nth(1)
        assert switch.get_attribute("aria-checked") == "false"
        switch.click()
    assert not [one for one in sent if "telemetry" in one and one.startswith("POST")]
    assert {one.split("/")[2] for one in sent} == {told[0].split("/")[2]}
    context.close()


def test_the_champions_version_opens_with_its_card(browser, told: list[str]) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1400})
    page.goto(f"{told[0]}/#/models/digits/versions/1")
    for head in ("What it is.", "How good it is.", "What it must not be used for", "How to repeat it."):
        page.locator("strong", has_text=head).wait_for(timeout=60_000)
    page.locator("td", has_text=re.compile(r"a single network, mean of \d+")).wait_for(timeout=60_000)
    page.get_by_text("@ champion").wait_for(timeout=60_000)
    assert "**" not in page.locator("main").inner_text()
    page.close()
