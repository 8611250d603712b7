"""A study that is interrupted in every way goes on to the same end as one that never was."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from experiments.store.reading import Records
from tests.commands import apart, command
from tests.end_to_end.conftest import fingerprint, load
from tests.faults.kills import STUDY, Study

pytestmark = pytest.mark.xdist_group("interruption")

LONG = STUDY.format(name="long", sampler="tpe", pruner="none")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("long") / "long.toml"
    file.write_text(LONG, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def uninterrupted(long: Path) -> list[tuple[object, ...]]:
    home = long.parent / "uninterrupted"
    done = apart("study", str(long), "--home", str(home), "--no-report")
    assert done.status == 0, done.err
    return fingerprint(load(home, "long"))


def interrupt(
    file: Path, home: Path, number: signal.Signals, after: int, *options: str
) -> tuple[int, str, str]:
    """Run the study until some trials are done, then send the whole process group a signal, as a terminal does."""
    words = command("study", file, "--home", home, "--no-report", *options)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **streams, start_new_session=True) as process:
        said = []
        for line in process.stderr:
            said.append(line)
            found = re.match(r"(?:(\d+)/\d+ trials|confirming|training the default|testing)", line)
            if (
                found and int(found[1] or after) >= after
            ):  # a fast study may pass to its next phase between two lines
                break
        os.killpg(process.pid, number)
        said.append(process.stderr.read())
        return process.wait(timeout=30), "".join(said), process.stdout.read()


def seen(home: Path, name: str) -> tuple[str, Mapping[str, int], str]:
    """The state, the counts and the best run that the list of studies has; a report has the same trials."""
    records = Records.open(home, None)
    (listed,) = records.studies()
    assert len(records.load_study(name).of_phase("search")) == sum(listed.recorded.values())
    return listed.state, listed.recorded, listed.best_run


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_a_signal_keeps_everything_and_says_how_to_go_on(
    number: signal.Signals, status: int, long: Path, tmp_path: Path, uninterrupted: list[tuple[object, ...]]
) -> None:
    left, said, out = interrupt(long, tmp_path, number, 5, "--json")
    assert left == status, said
    go_on = f"chainrule study {long} --home {tmp_path}"
    assert re.search(rf"Stopped at \d+ of 24 trials(, while .*)?\. Continue: {re.escape(go_on)}\n", said)
    assert "Traceback" not in said
    told = json.loads(out)
    assert (told["state"], told["trials"], told["continue"]) == ("stopped", 24, go_on)
    assert told["recorded"]["complete"] >= 5
    assert seen(tmp_path, "long") == ("stopped", told["recorded"], told["best_run"])
    if number == signal.SIGTERM:
        spent = apart(
            "study", str(long), "--home", str(tmp_path), "--time-budget", "0.01", "--json", "--quiet"
        )
        assert spent.status == 0
        assert spent.err.startswith("Stopped at ")
        assert (
            json.loads(spent.out).items() >= {"state": "stopped", "continue": go_on, "report": None}.items()
        )
        assert seen(tmp_path, "long")[0] == "stopped"
    again = apart("study", str(long), "--home", str(tmp_path), "--no-report")
    assert again.status == 0, again.err
    study = load(tmp_path, "long")
    assert study.status == "FINISHED"
    assert fingerprint(study) == uninterrupted


@pytest.mark.slow
def test_killed_at_random_moments_it_loses_no_trial_and_records_none_twice(
    long: Path, tmp_path: Path, uninterrupted
) -> None:
    chance = Random(0)
    killed = Study(long, tmp_path / "home", "long")
    moments = [chance.uniform(1, 8) for _ in range(3)]
    while killed.live(moments, chance) != 0:
        pass
    assert killed.look() == uninterrupted, killed.said


def test_another_design_under_the_same_name_is_refused_with_the_difference(long: Path, uninterrupted) -> None:
    assert uninterrupted
    changed = long.with_name("changed.toml")
    changed.write_text(LONG.replace("batch_size = 8", "batch_size = 16"), encoding="utf-8")
    done = apart("study", str(changed), "--home", str(long.parent / "uninterrupted"))
    assert done.status == 2
    assert "training.batch_size: 8 before, 16 now" in done.err
    assert "--name" in done.err


@pytest.mark.slow
def test_more_trials_go_on_where_it_ended_and_fewer_take_none_away(long: Path, uninterrupted) -> None:
    home = long.parent / "uninterrupted"
    done = apart("study", str(long), "--home", str(home), "--trials", "28", "--no-report")
    assert done.status == 0, done.err
    study = load(home, "long")
    assert len(study.of_phase("search")) == 28
    assert set(fingerprint(study)) > {one for one in uninterrupted if one[0] == "search"}
    fewer = apart("study", str(long), "--home", str(home), "--no-report")
    assert fewer.status == 0, fewer.err
    assert "The study continues with 28: more than 24 trials were started before" in fewer.err
    study = load(home, "long")
    assert (study.trials, len(study.of_phase("search"))) == (28, 28)


SHORT = (
    STUDY.format(name="short", sampler="random", pruner="none")
    .replace("trials = 24", "trials = 12")
    .replace("= 60", "= 120\nearly_stopping = { patience = 12 }")
    .replace("confirm_seeds = 4", "confirm_seeds = 24")
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "killed", "kinds"),
    [([], ("--first-seeds", "2", "--seeds", "6"), {2, 4, 6}), (["2"], ("--seeds", "4"), {4})],
    ids=["race", "more seeds"],
)
def test_further_seeds_that_are_killed_go_on_to_the_same_end_with_one_run_a_trial(
    before: list[str], killed: tuple[str, ...], kinds: set[int], tmp_path: Path
) -> None:
    file = tmp_path / "short.toml"
    file.write_text(SHORT, encoding="utf-8")

    def finish(home: str, *options: str) -> None:
        done = apart("study", str(file), "--home", str(tmp_path / home), "--no-report", *options)
        assert done.status == 0, done.err

    for seeds in before:
        finish("killed", "--seeds", seeds)
    interrupt(file, tmp_path / "killed", signal.SIGKILL, 12, *killed)
    state, counts, _ = seen(tmp_path / "killed", "short")
    assert (state, sum(counts.values())) == ("stopped", 12)
    for home in ("killed", "whole"):
        finish(home, *killed)
    again, whole = (load(tmp_path / home, "short") for home in ("killed", "whole"))
    # a winner of fewer seeds stays confirmed, and a default setting keeps the seeds of trials that it was trained on
    settled = [run for run in fingerprint(whole) if not (before and run[0] == "default")]
    assert set(fingerprint(again)) >= set(settled)
    defaults = [[run[1:4] for run in fingerprint(one) if run[0] == "default"] for one in (again, whole)]
    assert defaults[0] == defaults[1]
    found = {len(run.task.seeds) for run in again.of_phase("search")}
    assert {min(kinds), max(kinds)} <= found <= kinds
    assert len(again.of_phase("search")) == 12
