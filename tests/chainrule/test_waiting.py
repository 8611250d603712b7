"""A study of which MLflow has nothing yet: every reading command tells what waits in the home folder."""

import csv
import json
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.preparing.preparation import prepare
from experiments.recording.records import keep_in
from experiments.store.spool import Job, keep_study
from studies.file.study_file import read
from studies.running.plan import plan, study_record
from tests.chainrule.conftest import TINY, Run

COMMAND = "chainrule study tiny.toml --home home"
SENTENCE = (
    "2 records wait to be delivered to MLflow. "
    f"This command delivers what waits and continues the study: {COMMAND}"
)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the two trials of a study in its spool."""
    home = tmp_path_factory.mktemp("waiting") / "home"
    spool = home / "studies" / "tiny" / "spool"
    spool.mkdir(parents=True)
    file = home.with_name("tiny.toml")
    file.write_text(TINY)
    study, text = read(file)
    prepared = prepare(load(study.data.source))
    laid_out = plan(study, prepared.description)
    for index, rate in enumerate((0.2, 0.9)):
        trial = Experiments([laid_out.task("search", 0, index, {"learning_rate": rate})], prepared)
        list(trial.epochs())
        trial.finish(partial(keep_in, spool), "complete")
    record = study_record(laid_out, text, prepared.description, COMMAND, {})
    keep_study(Job(home=home, tracking_uri=None, spool=spool, study=record, run_key=laid_out.run_key))
    (spool / "damaged.npz").write_bytes(b"half of a rec")
    return home


def names(home: Path) -> list[Path]:
    return sorted(home.rglob("*"))


def test_the_list_counts_it_and_says_by_which_command_it_is_delivered(waiting: Path, run: Run) -> None:
    before = names(waiting)
    said = run("studies", "--home", waiting)
    assert (said.status, said.err) == (0, "")
    _, row, *sentences = said.out.splitlines()
    assert row.split()[:2] == ["tiny", "stopped"]
    assert " 2/2 " in row
    assert sentences[0] == f"tiny: {SENTENCE}"
    assert "damaged.npz" in sentences[1]
    (study,) = json.loads(run("studies", "--home", waiting, "--json").out)
    assert (study["study"], study["state"], study["waiting"]) == ("tiny", "stopped", 2)
    assert (study["recorded"]["complete"], study["trials"], study["continue"]) == (2, 2, COMMAND)
    assert study["left_out"] == ["damaged.npz"]
    assert names(waiting) == before


def test_the_table_has_it_and_the_sentence_does_not_disturb_the_table(waiting: Path, run: Run) -> None:
    said = run("export", "tiny", "--home", waiting)
    assert said.status == 0
    assert len(list(csv.DictReader(StringIO(said.out)))) == 2
    assert said.err.splitlines()[0] == SENTENCE


def test_the_report_has_it_and_says_so(waiting: Path, run: Run, tmp_path: Path) -> None:
    before = names(waiting)
    said = run("report", "tiny", "--home", waiting, "--output", "there", "--format", "md")
    assert (said.status, said.err) == (0, "")
    assert SENTENCE in said.out.splitlines()
    assert said.out.endswith(f"\nRuns:   chainrule ui --home {waiting}\n")
    page = (tmp_path / "there" / "report.md").read_text()
    assert "2 records wait to be delivered to MLflow." in page
    assert "2 settings × 2 seeds: " in page
    assert page.rstrip().endswith(f"```\n{COMMAND}\n```")
    assert names(waiting) == before
