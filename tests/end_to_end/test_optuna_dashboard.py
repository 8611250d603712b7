"""Optuna's own dashboard, served by `chainrule ui --optuna`, as a reader sees it."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.commands import command

pytest.importorskip("optuna_dashboard", reason="the extra dashboard is not installed, so it was not opened")

pytestmark = pytest.mark.xdist_group("digits")


@pytest.fixture(scope="module")
def told(digits) -> Iterator[list[str]]:
    """The lines that the command prints before it waits; Ctrl-C ends it without an error."""
    process = subprocess.Popen(
        command("ui", "--optuna", "--home", str(digits.home)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip()]
        while lines[-1] and "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline().rstrip())
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def test_it_names_the_page_of_all_trials_first_and_then_each_combination(told: list[str]) -> None:
    address = told[0]
    assert address.startswith("http://127.0.0.1:")
    assert told[1:3] == ["digits", f"  all trials: {address}/dashboard/studies/9"]
    assert told[3] == f"  000 quadratic, [16]: {address}/dashboard/studies/8"
    assert len(told) == 3 + 9 + 1


def test_every_trial_is_served_with_values_curves_and_named_choices(told: list[str]) -> None:
    with urlopen(f"{told[0]}/api/studies/9", timeout=30) as answer:
        found = json.load(answer)
    assert len(found["trials"]) == 90
    assert found["objective_names"] == ["validation error"]
    assert all(
        len(trial["intermediate_values"]) > 1 for trial in found["trials"] if trial["state"] == "Complete"
    )
    widths = {
        param["param_external_value"]
        for trial in found["trials"]
        for param in trial["params"]
        if param["name"] == "widths"
    }
    assert "[64, 32]" in widths
    with urlopen(f"{told[0]}/api/studies/9/param_importances", timeout=60) as answer:
        (importances,) = json.load(answer)["param_importances"]
    assert {one["name"] for one in importances} == {"cost", "widths", "learning_rate"}


def titles(page) -> set[str]:
    """The titles of the axes that are drawn."""
    return set(page.locator(".xtitle, .ytitle").all_text_contents())


def test_the_pages_show_names_axis_titles_and_many_points(browser, told: list[str], tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(told[0])
    page.get_by_text(re.compile("^digits")).first.wait_for(timeout=60_000)
    page.locator(".scatterlayer path.point").nth(85).wait_for(timeout=60_000)
    page.get_by_text("learning_rate").first.wait_for(timeout=60_000)
    assert {"validation error", "Hyperparameter"} <= titles(page)
    page.goto(f"{told[0]}/dashboard/studies/9/analytics")
    page.locator(".scatterlayer path.point").nth(85).wait_for(timeout=60_000)
    assert {"learning_rate", "cost", "Objective Value"} <= titles(page)
    page.screenshot(path=tmp_path / "analytics.png")
    page.goto(f"{told[0]}/dashboard")
    page.get_by_text("digits/008 log_likelihood, [64, 32]").first.wait_for(timeout=60_000)
    names = page.get_by_text(re.compile(r"^\d+\. digits")).all_inner_texts()
    assert names[:2] == ["9. digits", "8. digits/000 quadratic, [16]"]
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {told[0].split("/")[2]}
    assert problems == []
    page.close()
