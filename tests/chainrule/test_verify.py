"""A report's page made again from the records in it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.chainrule.conftest import Run

pytestmark = pytest.mark.xdist_group("recorded")


@pytest.fixture(scope="module")
def page(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the recorded study, in a folder of its own."""
    from chainrule.reporting import write_reports

    folder = tmp_path_factory.mktemp("verified")
    _, _, report = write_reports(recorded, None, ["tiny"], folder)
    return report.html


@pytest.fixture
def made(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made again of the page's records, once for all."""
    from reports.page import verifying

    text = page.read_text("utf-8")
    monkeypatch.setattr(verifying, "_made_again", lambda _found: {"report.html": text.encode()})


def test_a_page_needs_no_store(page: Path, run: Run) -> None:
    said = run("verify", page, "--home", "nowhere")
    assert (said.status, said.err) == (0, "")
    assert "is what its records say: made again from them, it is the same in every byte." in said.out
    assert "files with tables and texts next to it are what its records say." in said.out
    assert "SHA-256 of its records: " in said.out
    assert "--store" in said.out


@pytest.mark.usefixtures("made")
def test_a_study_names_its_report_and_the_store_knows_its_records(
    page: Path, recorded: Path, run: Run
) -> None:
    home = Path("home")
    shutil.copytree(recorded, home)
    (home / "reports/tiny").mkdir(parents=True)
    shutil.copy(page, home / "reports/tiny")
    said = run("verify", "tiny", "--store", "--home", home)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "Its records are those of the store."


@pytest.mark.usefixtures("made")
def test_what_differs_is_told_with_its_place(page: Path, run: Run, tmp_path: Path) -> None:
    changed = tmp_path / "changed.html"
    changed.write_text(page.read_text("utf-8").replace("</h1>", "?</h1>"), "utf-8")
    said = run("verify", "changed.html")
    assert (said.status, said.err) == (1, "")
    told = said.out.splitlines()
    assert told[0] == "changed.html is not what its records say. It differs in 1 place:"
    assert told[1] == "  the heading"
    assert told[2].startswith("    on the page: ")
    assert told[2].endswith("?")
    assert told[3] == told[2].replace("on the page", "by its records").removesuffix("?")
    document = json.loads(run("verify", "changed.html", "--json").out)
    assert (document["verified"], document["trouble"], document["store"]) == (False, None, None)
    assert [each["place"] for each in document["differences"]] == ["the heading"]
    assert document["made_by"] == document["here"]


@pytest.mark.usefixtures("made")
def test_pages_of_another_version_are_told_from_changed_ones(page: Path, run: Run, monkeypatch) -> None:
    from reports.page import carried, verifying

    for module in (carried, verifying):
        monkeypatch.setattr(module, "made_by", lambda: "chainrule 9.0.0")
    said = run("verify", page)
    assert said.status == 0
    assert "\nHere is: chainrule 9.0.0\n" in said.out
    Path("other.html").write_text(page.read_text("utf-8").replace("</h1>", "?</h1>"), "utf-8")
    said = run("verify", "other.html")
    assert said.status == 1
    assert "only the version that made the page can tell" in said.out


@pytest.mark.usefixtures("made")
def test_records_that_are_not_those_of_the_store_are_told(
    page: Path, recorded: Path, run: Run, monkeypatch
) -> None:
    from dataclasses import replace

    from experiments.store.reading import Records

    load = Records.load_study

    def another(records: Records, name: str) -> object:
        study = load(records, name)
        return replace(study, runs=study.runs[1:])

    monkeypatch.setattr(Records, "load_study", another)
    said = run("verify", page, "--store", "--home", recorded)
    assert said.status == 1
    assert "Its records are not those of the store. They differ in 1 place:" in said.out
    assert "    in the store: nothing" in said.out


def test_a_table_beside_the_page_that_was_changed_is_named(page: Path, run: Run, monkeypatch) -> None:
    from reports.page import verifying

    made = {"report.html": page.read_bytes(), "trials.csv": b"other"}
    monkeypatch.setattr(verifying, "_made_again", lambda _found: made)
    said = run("verify", page)
    assert said.status == 1
    assert "1 file next to it differs from what its records say: trials.csv." in said.out.splitlines()


def test_a_page_without_records_cannot_be_verified(page: Path, run: Run) -> None:
    text = page.read_text("utf-8")
    Path("old.html").write_text(text.partition("<template")[0], "utf-8")
    said = run("verify", "old.html")
    assert said.status == 1
    assert said.out.startswith("old.html cannot be verified: it carries no records")


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("none.html", 'error: there is no file "none.html"'),
        ("tinny", 'error: there is no report "tinny"'),
        ("mine.html", "error: mine.html: a report's page was expected"),
    ],
)
def test_what_is_no_report_is_the_users_mistake(named: str, told: str, run: Run) -> None:
    Path("mine.html").write_text("<!DOCTYPE html><p>Hello</p>")
    said = run("verify", named)
    assert said.status == 2
    assert said.mistakes[0].startswith(told)
    assert len(said.mistakes) == 1
