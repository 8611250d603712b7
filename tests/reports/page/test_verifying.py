"""Whatever is changed on a page, `verify` says where; a page that nobody changed is what its records say."""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.verdict import reach_verdict
from reports.page import carried, verifying, writing
from reports.page.carried import BESIDE, carry, content_of, unpack
from reports.page.verifying import against_store, verify
from reports.page.writing import write_report, write_side_by_side
from reports.results.exported_tables import as_csv, run_table
from reports.results.tables import read_tables
from tests.reports.conftest import odd

pytestmark = pytest.mark.xdist_group("verifying")

Edit = Callable[[str], str]

TEMPLATE = re.compile(r'<template id="records">\n(.*?)</template>', re.DOTALL)


def carried_by(page: str) -> carried.Carried:
    """The records of a page."""
    return unpack(content_of(TEMPLATE.search(page)[1]))  # type: ignore[index]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with most kinds of figures and tables, a champion and a finding."""
    return write_report(odd("planes"), tmp_path_factory.mktemp("planes")).html.read_text("utf-8")


@pytest.fixture(scope="module")
def made_once(page: str) -> dict[bytes, dict[str, bytes]]:
    """The page as it is made again from its own records, by these."""
    records = carried_by(page)
    return {records.content: verifying._made_again(records)}


@pytest.fixture
def from_its_records(made_once: dict[bytes, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a page again only where its records are other ones."""
    again = verifying._made_again
    monkeypatch.setattr(verifying, "_made_again", lambda found: made_once.get(found.content) or again(found))


def test_a_page_that_nobody_changed_is_what_its_records_say(
    page: str, made_once: dict[bytes, dict[str, bytes]]
) -> None:
    (made,) = made_once.values()
    assert made["report.html"].decode() == page


def inside(pattern: str, edit: Edit, which: int = 0) -> Edit:
    """A change of the first group of one of the places where a pattern fits."""

    def change(page: str) -> str:
        found = list(re.finditer(pattern, page, re.DOTALL))[which]
        return page[: found.start(1)] + edit(found[1]) + page[found.end(1) :]

    return change


def a_digit(text: str) -> str:
    """Another first digit."""
    return re.sub(r"\d", lambda found: str((int(found[0]) + 1) % 10), text, count=1)


def a_letter(text: str) -> str:
    """Another first letter, which looks much like any other."""
    return re.sub(r"[a-zA-Z]", lambda found: "q" if found[0] != "q" else "p", text, count=1)


def without(_text: str) -> str:
    return ""


def twice(text: str) -> str:
    return text + text


def put(old: str, new: str) -> Edit:
    """One text in place of another, where it stands first."""

    def change(page: str) -> str:
        assert old in page
        return page.replace(old, new, 1)

    return change


ROW = r"<tr><th scope=row>[^\n]*\n"
ROWS = f"({ROW})(?=<tr>)"

PLANTED: dict[str, tuple[Edit, str]] = {
    "a digit of the answer": (inside(r'<p class="headline">(.*?)</p>', a_digit), "Answer, paragraph 1"),
    "a word of the answer": (put("is better than", "is worse than"), "Answer"),
    "no longer a minus": (inside("(−)", lambda _: "-"), "its drawing"),
    "a blank more": (inside(r'<p class="headline">\w+( )', twice), "Answer"),
    "a blank that does not break": (inside(r'<p class="headline">\w+( )', lambda _: "\xa0"), "Answer"),
    "a Cyrillic letter": (inside(r'<p class="headline">[^<]*?(a)', lambda _: "а"), "Answer"),
    "the answer is gone": (inside(r'(<p class="headline">.*?</p>\n)', without), "Answer, paragraph 1"),
    "the answer is hidden": (put('<p class="headline">', '<p class="headline" hidden>'), "Answer"),
    "the title of the tab": (inside(r"<title>(.*?)</title>", a_letter), "the head of the page"),
    "the title": (inside(r"<h1>(.*?)</h1>", a_letter), "the heading"),
    "the language": (put('lang="en"', 'lang="de"'), "the head of the page"),
    "the width of a phone": (inside(r'name="viewport" content="(.*?)"', a_digit), "the head of the page"),
    "the policy of scripts": (inside(r"sha256-(.*?)&", a_letter), "the head of the page"),
    "what made it": (inside(r'name="generator" content="(.*?)"', a_digit), "the head of the page"),
    "the style": (inside(r"<style>(.*?)</style>", a_digit), "the style"),
    "a rule that hides": (put("<style>", "<style>.warnings { display: none }"), "the style"),
    "the script": (inside(r"<script>(.*?)</script>", a_letter), "the script"),
    "another script": (put("</body>", "<script>alert(1)</script>\n</body>"), "the script"),
    "a handler": (put("<main>", '<main onclick="alert(1)">'), "the head of the page"),
    "a line of the contents": (inside(r'(<li><a href="#search">.*?\n)', without), "the contents"),
    "where the contents lead": (put('<a href="#search">', '<a href="#trials">'), "the contents"),
    "how to skip": (put("Skip to", "Slip to"), "the head of the page"),
    "a question": (inside(r"<h2>(.*?)</h2>", a_letter), "Answer"),
    "the name of a figure": (inside(r'<figure [^>]*aria-label="(.*?)"', lambda text: text[:-1]), "Answer, figure"),
    "the id of a figure": (inside(r'<figure id="(figure-.*?)"', a_letter), "Answer"),
    "a figure's text alternative": (inside(r'role="img" aria-label="(.*?)"', a_digit), "its text alternative"),
    "a figure's path": (inside(r'<path [^>]*?d="(.*?)"', a_digit), "its drawing"),
    "a figure's mark": (inside(r'<use [^>]*? y="(.*?)"', a_digit), "its drawing"),
    "a figure's style": (inside(r'class="(f[0-9a-f]*\d[0-9a-f]*)"', a_digit, 3), "its drawing"),
    "a figure's colour": (inside(r"--c0072b2:(#\w+)", a_digit), "the style"),
    "a figure's finding": (inside(r'class="finding">(.*?)<', a_letter), "paragraph 1"),
    "a figure's words": (inside(r"<text [^>]*>([^<]*[a-z]{3}[^<]*)<", a_letter), "its drawing"),
    "whose mark it is": (inside(r'data-run="(run-\d+)"', a_digit), "its drawing"),
    "a figure is gone": (inside(r"(<svg.*?</svg>)", without), "its drawing"),
    "a caption": (inside(r"<figcaption>(.*?)</figcaption>", a_digit), "its caption"),
    "the sum of a fold": (inside(r"<summary>(Numbers of this figure)", a_letter), "Answer"),
    "a table's title": (inside(r"<caption>(.*?)</caption>", a_letter), "its title"),
    "a table's name": (inside(r'role="group" aria-label="(.*?)"', a_letter), "Answer"),
    "a table's note": (inside(r'<p class="note">(.*?)</p>', a_letter), "paragraph 1"),
    "a column's head": (inside(r"<th [^>]*>(.*?)</th>", a_letter), "head of column 1"),
    "a number in a table": (inside(r'<td class="number">(\d.*?)</td>', a_digit), "row 1"),
    "a word in a table": (inside(r"<td>([a-z]+.*?)</td>", a_letter), "row 1"),
    "no longer a number": (put('<td class="number">', "<td>"), "row 1"),
    "a row is gone": (inside(ROWS, without), "row 1"),
    "a row is twice there": (inside(ROWS, twice), "row"),
    "a row is hidden": (put("<tr><th scope=row>", "<tr hidden><th scope=row>"), "row 1"),
    "rows are swapped": (
        inside(f"({ROW}{ROW})", lambda two: "\n".join([*two.split("\n")[1::-1], ""])),
        "row",
    ),
    "a trial's row": (inside(r'<tr id="run-3".*?<td class="number">(.*?)</td>', a_digit), "row 4, final error"),
    "the id of a trial's row": (put('<tr id="run-3"', '<tr id="run-33"'), "Every run"),
    "where a run is": (inside(r'data-page="(.*?)"', a_digit), "Every run"),
    "a doubt": (inside(r"What could overturn it</dt><dd>(.*?)</dd>", a_digit), "Answer, How sure?, item 3"),
    "what a doubt is called": (put("<dt>What stays open</dt>", "<dt>What is certain</dt>"), "How sure?"),
    "how many doubts": (inside(r"All findings</h2>.*? <span>(.*?)</span>", a_digit), "All findings"),
    "a finding": (inside(r'<ul class="answer">\n.*?<li>.*?\n<li>(.*?)</li>', a_digit), "All findings, item 2"),
    "a finding is gone": (inside(r'<ul class="answer">\n<li>.*?\n(<li>.*?</li>\n)', without), "All findings, item 2"),
    "a finding is invented": (put('<ul class="answer">\n', '<ul class="answer">\n<li>Well.</li>\n'), "All findings"),
    "a warning is gone": (inside(r'<div class="warnings">.*?(<li>.*?</li>\n)', without), "All findings"),
    "how many settings": (inside(r"<h3>What was done</h3>.*?(\d+ settings)", a_digit), "All findings"),
    "a section's sentence": (inside(r'<div id="how-to-repeat">\n<p>(.*?)</p>', a_letter), "paragraph 1"),
    "a section's sentence is gone": (inside(r'<div id="how-to-repeat">\n(<p>.*?</p>\n)', without), "How to repeat it"),
    "a section's finding": (
        inside(r"<summary><h2>Learning rate</h2>.*? <span>(.*?)</span>", a_letter), "Learning rate"
    ),
    "a section is open": (put('<details class="section">', '<details class="section" open>'), "findings"),
    "the study file": (inside(r"<pre [^>]*><code>(.*?)</code>", a_letter), "text 1"),
    "the foot": (inside(r"<footer>\n<p>(.*?)</p>", a_letter), "the foot of the page"),
    "the digest": (inside(r"SHA-256 of the records: <code>(.*?)</code>", a_digit), "the foot of the page"),
    "a line break of the records": (inside(r'<template id="records">\n\S+(\n)', without), "the records"),
    "another template": (put("</main>", '</main><template id="more"></template>'), ""),
    "a comment": (put("<main>", "<!-- --><main>"), ""),
    "an entity by another name": (put("&#39;", "&apos;"), ""),
    "something follows": (lambda page: f"{page}\n", ""),
    "something comes first": (lambda page: f"\ufeff{page}", "the head of the page"),
    "other line breaks": (lambda page: page.replace("\n", "\r\n", 1), "the head of the page"),
}  # fmt: skip


@pytest.mark.usefixtures("from_its_records")
@pytest.mark.parametrize("name", PLANTED)
def test_a_change_is_found_and_its_place_is_named(page: str, name: str) -> None:
    edit, place = PLANTED[name]
    changed = edit(page)
    assert changed != page
    found = verify(changed.encode())
    assert not found.holds
    assert not found.trouble
    assert any(place in each.place for each in found.differences), found.differences[:3]
    assert all(each.stands != each.should for each in found.differences)
    assert len(found.differences) < 12


def test_at_least_fifty_changes_are_planted() -> None:
    assert len(PLANTED) >= 50


@pytest.mark.usefixtures("from_its_records")
@pytest.mark.parametrize("what", ["a letter", "a letter more", "half of them", "none", "no element"])
def test_records_that_cannot_be_read_are_told(page: str, what: str) -> None:
    text = TEMPLATE.search(page)[1]  # type: ignore[index]
    other = {
        "a letter": a_letter(text[:999]) + text[999:],
        "a letter more": f"{text}A",
        "half of them": text[: len(text) // 8 * 4],
        "none": "",
    }
    broken = page.replace(text, other[what]) if what in other else TEMPLATE.sub("", page)
    found = verify(broken.encode())
    assert not found.holds
    assert "records" in found.trouble


@pytest.mark.usefixtures("from_its_records")
def test_any_byte_that_is_changed_is_found(page: str) -> None:
    content = page.encode()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(content), size=100):
        other = bytes([content[place] ^ int(rng.integers(1, 128))])
        found = verify(content[:place] + other + content[place + 1 :])
        assert not found.holds, (place, content[place - 20 : place + 20], other)


def with_records(page: str, study: StudyRecord) -> str:
    """The page with other records in it, and their digest."""
    old = carried_by(page)
    new = carry([study])
    return page.replace(old.text, new.text).replace(old.digest, new.digest)


def test_a_number_changed_in_the_records_alone_is_found_where_it_shows(page: str) -> None:
    (study,) = carried_by(page).studies
    run = study.runs[3]
    curve = run.curves["validation_error"].copy()
    curve[:, -1] /= 2
    better = replace(run, curves={**run.curves, "validation_error": curve})
    found = verify(
        with_records(page, replace(study, runs=(*study.runs[:3], better, *study.runs[4:]))).encode()
    )
    assert not found.holds
    assert any("Every run" in each.place for each in found.differences)
    assert any(each.drawn for each in found.differences)


@pytest.mark.usefixtures("no_drawings")
def test_who_changes_the_records_and_makes_the_page_from_them_is_found_by_the_store_alone(tmp_path) -> None:
    study = odd("confirmed in part")
    run = study.runs[0]
    lied = replace(study, runs=(replace(run, seconds=run.seconds / 2), *study.runs[1:]))
    found = verify(write_report(lied, tmp_path).html.read_bytes())
    assert found.holds
    assert found.carried is not None
    (differs,) = against_store(found.carried.studies[0], study)
    assert differs.place == f"run {run.task.run_key}"
    assert "seconds" in differs.stands


def test_records_on_a_page_are_those_of_their_store_and_nothing_else_is() -> None:
    study = odd("confirmed in part")
    mine = unpack(carry([carried.needed(read_tables(study))]).content).studies[0]
    assert against_store(mine, study) == []
    fewer = replace(study, runs=study.runs[1:])
    assert [each.should for each in against_store(mine, fewer)] == [""]
    more = against_store(replace(mine, runs=mine.runs[1:]), study)
    assert [each.stands for each in more] == [""]
    renamed = against_store(mine, replace(study, question="Why?"))
    assert [each.place for each in renamed] == ["the study, question"]


def test_what_a_page_carries_of_any_study_shows_the_same(odd_study) -> None:
    before = read_tables(odd_study)
    carries = carry([carried.needed(before)])
    (study,) = unpack(carries.content).studies
    after = read_tables(study)
    pd.testing.assert_frame_equal(run_table(before), run_table(after))
    pd.testing.assert_frame_equal(before.seeds, after.seeds)
    said, again = reach_verdict(before), reach_verdict(after)
    assert (said.sentences, said.warnings, said.sure) == (again.sentences, again.warnings, again.sure)
    assert carry([carried.needed(after)]).content == carries.content


def test_records_on_a_page_have_no_password_and_no_folder_of_their_store() -> None:
    for uri, kept in (
        ("https://me:secret@host:5000/mlflow", "https://host:5000/mlflow"),
        ("sqlite:////home/secret/mlflow.db", "sqlite:///mlflow.db"),
    ):
        study = replace(odd("one trial"), tracking_uri=uri)
        content = carry([carried.needed(read_tables(study))]).content
        assert b"secret" not in zlib.decompress(content)
        (read,) = unpack(content).studies
        assert read.tracking_uri == kept


@pytest.mark.usefixtures("no_pngs")
def test_records_that_make_a_page_too_large_lie_beside_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(writing, "LARGEST", 50_000)
    study = odd("one trial of one seed of one epoch")
    report = write_report(study, tmp_path)
    page, beside = report.html.read_bytes(), (tmp_path / BESIDE).read_bytes()
    assert tmp_path / BESIDE in report.files
    assert verify(page, {BESIDE: beside}.get).holds
    assert BESIDE in verify(page).trouble
    assert not verify(page, {BESIDE: beside[:-9]}.get).holds
    other = carry([replace(study, question="Why?")])
    assert not verify(page, {BESIDE: other.content}.get).holds


@pytest.mark.usefixtures("from_its_records")
def test_tables_and_texts_beside_a_page_are_compared_too(
    page: str, made_once: dict[bytes, dict[str, bytes]]
) -> None:
    (made,) = made_once.values()
    found = verify(page.encode(), made.get)
    assert found.holds
    assert {"trials.csv", "report.md", "paper/table.tex", "paper/references.bib"} <= set(found.alike)
    assert not any(name.endswith((".png", ".svg", ".parquet", ".html")) for name in found.alike)
    changed = {**made, "trials.csv": made["trials.csv"].replace(b"0", b"1", 1)}
    found = verify(page.encode(), changed.get)
    assert not found.holds
    assert (found.unlike, found.differences) == (["trials.csv"], [])


def test_measures_keep_their_order_and_runs_theirs() -> None:
    study = odd("confirmed in part")
    measures = {
        name: np.arange(len(study.runs[0].task.seeds)) / 7 for name in ("validation_b", "validation_a")
    }
    runs = (*study.runs[:-1], replace(study.runs[-1], measures=measures))
    before = read_tables(replace(study, runs=runs))
    after = read_tables(*unpack(carry([carried.needed(before)]).content).studies)
    assert list(run_table(after).columns)[-2:] == ["validation_b", "validation_a"]
    assert as_csv(run_table(before)) == as_csv(run_table(after))


def test_studies_side_by_side_are_made_again_too(tmp_path) -> None:
    study = odd("confirmed in part")
    found = verify(write_side_by_side([study, replace(study, name="other")], tmp_path).html.read_bytes())
    assert found.holds
    assert found.carried is not None
    assert [each.name for each in found.carried.studies] == ["digits", "other"]


def test_a_page_that_was_made_elsewhere_is_not_called_false_for_a_rounded_stroke(page, monkeypatch) -> None:
    monkeypatch.setattr(verifying, "_made_again", lambda _found: {"report.html": page.encode()})
    moved = re.sub(r'(<path [^>]*?d="M \d+\.\d+)', r"\g<1>0001", page, count=1)
    assert moved != page
    assert not verify(moved.encode()).holds
    monkeypatch.setattr(verifying, "made_by", lambda: "chainrule 9")
    found = verify(moved.encode())
    assert found.by_another
    assert found.holds
    assert not verify(PLANTED["a figure's path"][0](page).encode()).holds
    assert not verify(PLANTED["a digit of the answer"][0](page).encode()).holds
