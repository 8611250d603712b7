"""A report is written again only if it would say something else, or be made by something else."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.recording.records import StudyRecord
from reports.page import carried
from reports.page.unchanged import unchanged
from reports.page.writing import Report, write_report
from tests.reports.conftest import odd

pytestmark = pytest.mark.usefixtures("no_drawings")


@pytest.fixture
def study() -> StudyRecord:
    return odd("planes")


@pytest.fixture
def report(study: StudyRecord, tmp_path: Path) -> Report:
    return write_report(study, tmp_path)


def test_the_same_records_have_the_report_that_was_written(
    report: Report, study: StudyRecord, tmp_path: Path
) -> None:
    looked_at_again = replace(study, ended=(study.ended or 0) + 60_000, begun=1, running=False)
    assert unchanged(looked_at_again, tmp_path) == replace(report, files=())


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "another"},
        {"also_report": ("bayesian",)},
        {"data_sets": {"": "a", "wine": "b"}},
        {"waiting": 1},
        {"runs": ()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_other_records_need_another_report(
    report: Report, study: StudyRecord, tmp_path: Path, changes: dict[str, object]
) -> None:
    assert report.html.exists()
    assert unchanged(replace(study, **changes), tmp_path) is None


def test_another_version_makes_another_report(
    report: Report, study: StudyRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.html.exists()
    monkeypatch.setattr(carried, "made_by", lambda: "another version")
    assert unchanged(study, tmp_path) is None


def test_what_is_not_there_or_damaged_is_written(report: Report, study: StudyRecord, tmp_path: Path) -> None:
    whole = report.html.read_text("utf-8")
    for damaged in (whole.replace('<template id="records">\n', '<template id="records">\n!'), "", None):
        report.html.unlink() if damaged is None else report.html.write_text(damaged, "utf-8")
        assert unchanged(study, tmp_path) is None
    report.html.write_text(whole, "utf-8")
    assert unchanged(study, tmp_path)
    report.markdown.unlink()
    assert unchanged(study, tmp_path) is None
