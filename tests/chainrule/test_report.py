"""The report made again from the records."""

import json
from errno import EACCES
from pathlib import Path

import pytest

from tests.chainrule.conftest import Run

pytestmark = pytest.mark.xdist_group("recorded")


def test_it_is_written_where_it_is_asked_for_and_its_verdict_is_printed(
    recorded: Path, run: Run, tmp_path: Path
) -> None:
    said = run("report", "tiny", "--home", recorded, "--output", "there", "--json")
    assert (said.status, said.err) == (0, "")
    content = json.loads(said.out)
    assert (content["study"], content["state"], content["continue"]) == ("tiny", "complete", None)
    assert content["recorded"] == {"complete": 2, "pruned": 0, "failed": 0}
    assert content["verdict"]
    assert (tmp_path / content["report"]["html"]).read_text().lower().startswith("<!doctype html>")


def test_what_is_asked_for_besides_is_in_the_report_and_goes_with_one_study_only(
    recorded: Path, run: Run, tmp_path: Path
) -> None:
    said = run("report", "tiny", "--home", recorded, "--output", "there", "--also", "bayesian")
    assert (said.status, said.err) == (0, "")
    (study,) = (tmp_path / "there").glob("report.md")
    assert "probable" not in study.read_text()  # two fresh seeds are too few for it
    several = run("report", "tiny", "other", "--home", recorded, "--also", "bayesian")
    assert several.mistakes == ["error: --also: it works for one study, not for several"]
    unknown = run("report", "tiny", "--home", recorded, "--also", "bayes")
    assert unknown.status == 2
    assert len(unknown.mistakes) == 1


def test_a_folder_that_cannot_be_written_to_is_told(recorded: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = run("report", "tiny", "--home", recorded, "--output", "file/there")
    assert said.status == 2
    assert len(said.mistakes) == 1
    assert said.mistakes[0].startswith("error: --output file/there: ")


def test_the_folder_of_reports_that_cannot_be_written_to_is_told_with_a_way_out(
    recorded: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(EACCES, "Permission denied")

    monkeypatch.setattr("chainrule.reporting.write_reports", refused)
    said = run("report", "tiny", "--home", recorded)
    assert said.status == 2
    assert said.err == (
        f"error: {recorded / 'reports' / 'tiny'}: Permission denied\nWrite the report elsewhere: --output FOLDER\n"
    )


def test_a_study_is_not_put_beside_itself(recorded: Path, run: Run) -> None:
    said = run("report", "tiny", "tiny", "--home", recorded)
    assert said.status == 2
    assert said.mistakes == ["error: STUDY: tiny is named twice"]


def test_a_study_that_is_not_there_is_not_put_beside_another(
    recorded: Path, run: Run, tmp_path: Path
) -> None:
    said = run("report", "tiny", "tinny", "--home", recorded, "--output", "there")
    assert said.status == 2
    assert said.mistakes[0].startswith('error: there is no study "tinny"')
    assert not (tmp_path / "there").exists()
