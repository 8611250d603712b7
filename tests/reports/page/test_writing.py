import csv
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.control_characters import visible
from experiments.recording import records
from reports.page import writing
from reports.page.verifying import verify
from reports.page.writing import write_report
from tests.reports.conftest import odd


class Page(HTMLParser):
    """What the tests look for in a page: tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def digits_report(digits, tmp_path_factory):
    return write_report(digits, tmp_path_factory.mktemp("digits"))


ONE_OF_MANY = re.compile(r"(?<![\d.,−/])1 (?!has|is|was)[a-z]+[^s\W]s\b|\d of 1 (comparison|cost)")
"""A plural after one."""


@pytest.mark.usefixtures("no_drawings")
def test_every_odd_study_gives_a_valid_page_with_a_plain_message(odd_study, tmp_path):
    report = write_report(odd_study, tmp_path)
    made = Page(report.html.read_text())
    assert len(made.named("h1")) == 1
    assert made.named("html")[0]["lang"] == "en"
    assert report.verdict
    assert all(sentence in made.text for sentence in report.verdict)
    assert report.verdict[-1].startswith("Holds for")
    assert "nan" not in " ".join([*report.verdict, *report.warnings])
    assert not ONE_OF_MANY.findall(report.markdown.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("no_drawings")
def test_the_numbers_of_a_figure_call_a_class_as_the_user_does(tmp_path):
    study = odd("planes")
    names = ["class_0", "the_other_class"]
    page = write_report(replace(study, data={**study.data, "classes": names}), tmp_path).html.read_text()
    table = re.search(r"Numbers of the figure “[^”]*confuse.*?</table>", page, re.DOTALL)[0]
    heads = [re.sub("<.*?>", "", each) for each in re.findall(r"<th scope=\"?col.*?</th>", table)]
    assert heads == ["true class", *names]
    assert [re.search(rf"<t[dh][^>]*>{name}<", table) is None for name in names] == [False, False]


def test_a_page_asks_for_nothing_and_runs_its_own_script_alone(digits_report):
    text = digits_report.html.read_text()
    made = Page(text)
    assert made.named("script") == [{}]
    policies = [each["content"] for each in made.named("meta") if "http-equiv" in each]
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert policies == [writing.policy(script[1])]
    assert (policies[0] or "").startswith("default-src 'none'")
    assert not made.named("link")
    assert not made.named("img")
    addresses = [a["href"] for _, a in made.tags if "href" in a]
    assert addresses
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in addresses)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_no_identifier_occurs_twice_and_every_reference_leads_to_one(digits_report):
    text = digits_report.html.read_text()
    made = Page(text)
    names = Counter(attributes["id"] for _, attributes in made.tags if attributes.get("id"))
    assert [name for name, count in names.items() if count > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(names)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(names)


def test_headings_are_in_order_and_every_picture_has_an_alternative_of_its_own(digits_report):
    made = Page(digits_report.html.read_text())
    levels = [int(tag[1]) for tag, _ in made.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    alternatives = [a["aria-label"] for _, a in made.tags if a.get("role") == "img"]
    assert len(alternatives) >= 9
    assert len(set(alternatives)) == len(alternatives)
    findings = re.findall(r'class="finding">(.*?)<', digits_report.html.read_text())
    assert not [each for each in findings if each in " ".join(alternatives)], (
        "the finding is read once, above it"
    )
    figures = [a["aria-label"] for tag, a in made.tags if tag == "figure"]
    assert len(set(figures)) == len(figures)


def test_the_title_of_a_table_is_one_sentence_because_a_screen_reader_says_it_twice(digits_report):
    titles = re.findall(r"<caption>(.*?)</caption>", digits_report.html.read_text(), re.DOTALL)
    assert len(titles) > 10
    assert not [title for title in titles if ". " in title]


def test_every_caption_ends_with_the_sample_count(digits_report):
    text = digits_report.html.read_text()
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text, re.DOTALL)
    assert captions
    assert all(re.search(r"\d+ .*\.$", caption) for caption in captions)


def test_the_same_records_give_the_same_bytes(digits, digits_report, tmp_path):
    one, other = digits_report, write_report(digits, tmp_path)
    assert [path.name for path in one.files] == [path.name for path in other.files]
    for a, b in zip(one.files, other.files, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_a_page_is_made_again_from_the_records_in_it_alone(digits_report):
    found = verify(digits_report.html.read_bytes())
    assert (found.trouble, found.differences) == ("", [])
    assert found.holds


def test_what_writes_a_page_leaves_the_slow_parts_of_scipy_alone():
    code = "import sys, reports.page.writing; assert not {'scipy.optimize', 'scipy.stats'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.usefixtures("no_drawings")
def test_the_heads_counts_are_those_of_the_csv(tmp_path):
    report = write_report(odd("everything at once"), tmp_path)
    counts = r"<li>(\d+) (?:settings|trials of \d+ settings) × 5 seeds: ([^<]+)\.</li>"
    line = re.search(counts, report.html.read_text())
    said = Counter({state: int(count) for count, state in re.findall(r"(\d+) (\w+)", line[2])})
    rows = list(csv.DictReader(StringIO((tmp_path / "trials.csv").read_text())))
    assert said == Counter(row["state"] for row in rows)
    assert int(line[1]) == len(rows) == 17
    assert set(said) == {"complete", "diverged", "slow", "pruned", "failed"}


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    return write_report(odd("hostile"), tmp_path_factory.mktemp("hostile"))


def test_hostile_texts_stay_text(hostile_report):
    report, folder = hostile_report, hostile_report.html.parent
    text = report.html.read_text()
    made = Page(text)
    assert "alert(1)" in made.text
    assert made.named("script") == [{}]
    markdown = report.markdown.read_text()
    for written in (text, markdown, (folder / "trials.csv").read_text()):
        assert visible(written, keep="\n\t") == written
        assert r"\u009b\u202e\u007f\u2066\ufeff" in written
    outside = re.sub(r"(`{3,})\n.*?\n\1\n", "", markdown, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<script", outside)
    assert not re.search(r"(?<!\\)\]\(javascript", outside)
    for name in ("trials.csv", "figures/choices.csv"):
        cells = [cell for row in csv.reader(StringIO((folder / name).read_text())) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "+")]


@pytest.mark.slow
def test_runs_of_a_file_are_text_in_which_the_reader_finds_them(tmp_path):
    report = write_report(odd("interrupted"), tmp_path)
    assert "127.0.0.1" not in report.html.read_text() + report.markdown.read_text()
    pages = [each["data-page"] for each in Page(report.html.read_text()).named("span") if "data-page" in each]
    assert pages[0] == "/#/experiments/1/runs/000sea"
    assert len(pages) == report.html.read_text().count('<tr id="run-')
    assert "| 000sea |" in report.markdown.read_text()
    assert "attributes.run\\_id" in report.markdown.read_text()


def test_a_password_in_the_tracking_uri_is_not_printed(tmp_path):
    study = replace(odd("interrupted"), tracking_uri="https://me:secret@host:5000/mlflow")
    report = write_report(study, tmp_path)
    written = b"".join(path.read_bytes() for path in report.files)
    assert b"secret" not in written
    assert b"https://host:5000/mlflow/#/experiments/1/runs/000sea" in written


def test_markdown_shows_every_picture_from_a_relative_path(digits_report):
    pictures = re.findall(r"!\[[^\n]*\]\(([^)]+)\)\n", digits_report.markdown.read_text())
    assert len(pictures) >= 9
    assert all((digits_report.markdown.parent / picture).is_file() for picture in pictures)


def test_a_markdown_table_row_has_as_many_cells_as_its_head(hostile_report):
    text = hostile_report.markdown.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    assert len(rows) > 10
    for head, rule in pairwise(text.splitlines()):
        if rule.startswith("|---"):
            assert len(re.findall(r"(?<!\\)\|", head)) == rule.count("|")
    assert min(cells) >= 3


@pytest.mark.usefixtures("no_drawings")
def test_a_crash_leaves_the_older_report(tmp_path, monkeypatch):
    before = write_report(odd("one trial"), tmp_path).html.read_bytes()

    def crash(path: Path, content: bytes) -> None:
        if path.name == writing.HTML:
            raise OSError("no space left")
        records.write_durably(path, content)

    monkeypatch.setattr(writing, "write_durably", crash)
    with pytest.raises(OSError, match="no space"):
        write_report(odd("all failed"), tmp_path)
    assert (tmp_path / writing.HTML).read_bytes() == before


def test_what_a_killed_report_left_is_swept(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in (".trials.csv.4194305", "figures/.quality.svg.4194305", ".mine.4194305"):
        (tmp_path / name).write_bytes(b"half")
    said = SimpleNamespace(sentences=(), warnings=())
    report = writing.write({"trials.csv": b"whole", "figures/quality.svg": b"whole"}, said, tmp_path)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {
        *report.files,
        tmp_path / ".mine.4194305",
    }


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.png").write_bytes(b"mine")
    report = write_report(odd("one trial"), tmp_path)
    assert (tmp_path / "figures" / "mine.png").read_bytes() == b"mine"
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(report.files) == written - {tmp_path / "figures" / "mine.png"}


def test_a_fence_is_longer_than_any_in_the_text():
    assert writing.fenced("a ````b```` c").startswith("`````\n")
