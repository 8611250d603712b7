"""A study that is sealed, run and reported on, with real processes and git."""

import json
import subprocess
from pathlib import Path

import pytest

from reports.conclusions.sealing import deviations, standing
from tests.chainrule.conftest import TINY, Run
from tests.commands import Said, apart
from tests.end_to_end.conftest import load

pytestmark = pytest.mark.xdist_group("seal")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def study(folder: Path, *options: object) -> Said:
    said = apart(
        "study", folder / "tiny.toml", "--home", folder / "home", "--no-report", *options, folder=folder
    )
    assert said.status == 0, said.err
    return said


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was sealed, committed, begun, stopped and finished by other workers."""
    folder = tmp_path_factory.mktemp("sealed")
    (folder / "tiny.toml").write_text(TINY)
    said = apart("seal", "tiny.toml", "--home", "home", folder=folder)
    assert (said.status, said.err) == (0, "")
    assert said.out == "Sealed: tiny.toml.seal\nCommit it, so that git says when it was made.\n"
    git(folder, "init", "--quiet")
    git(folder, "add", "tiny.toml", "tiny.toml.seal")
    git(folder, "commit", "--quiet", "--message", "A question")
    study(folder, "--workers", 1, "--time-budget", 0.001)
    study(folder, "--workers", 2)
    return folder


@pytest.mark.slow
def test_a_sealed_study_that_was_interrupted_is_confirmatory(sealed: Path) -> None:
    record = load(sealed / "home", "tiny")
    assert deviations(record) == []
    label, sentence = standing(record)
    assert label == "Confirmatory"
    assert "(git has it since " in sentence


@pytest.mark.slow
def test_what_is_changed_afterwards_is_told_and_the_first_seal_stays(sealed: Path, run: Run) -> None:
    before = sealed / "tiny.toml.seal"
    kept = before.read_text()
    (sealed / "tiny.toml").write_text(TINY.replace("trials = 2", "trials = 2\nequivalence_margin = 0.02"))
    before.write_text(kept.replace('"margin": 0.005', '"margin": 0.02'))
    study(sealed, "--workers", 1)
    record = load(sealed / "home", "tiny")
    assert [each.kind for each in deviations(record)] == ["seal replaced", "margin"]
    assert record.seals[0] == kept
    told = json.loads(run("verdict", "tiny", "--home", sealed / "home", "--json").out)["sealed"]
    assert not told["confirmatory"]
    assert told["deviations"][1] == "margin (0.005 sealed, 0.02 now)"


@pytest.mark.slow
def test_a_seal_is_made_once_and_before_the_first_trial(sealed: Path, run: Run) -> None:
    said = run("seal", sealed / "tiny.toml", "--home", sealed / "home")
    assert (said.status, said.mistakes) == (
        2,
        [f"error: {sealed / 'tiny.toml.seal'}: the study is sealed already"],
    )
    (sealed / "late.toml").write_text(TINY)
    said = run("seal", sealed / "late.toml", "--home", sealed / "home")
    assert said.status == 2
    assert said.mistakes == [
        'error: the study "tiny" has started already; a seal must be made before the first trial'
    ]
    assert not (sealed / "late.toml.seal").exists()


def test_a_study_file_with_a_mistake_is_not_sealed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY.replace("epochs", "epohcs"))
    said = run("seal", "tiny.toml")
    assert said.status == 2
    assert "epohcs" in said.err
    assert not (tmp_path / "tiny.toml.seal").exists()
