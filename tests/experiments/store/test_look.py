"""A look at a study while it runs sees what reading all of it would see, and reads little."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from experiments.outcome.standings import standings_of
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store.look import Known, Look
from experiments.store.reading import Records
from experiments.store.spool import Job, keep_study
from experiments.store.study_summary import summary_of
from tests.factories import a_failed_run, a_record, a_run

CHOICES = {"cost": ["quadratic", "cross_entropy"]}


def every_run(study: StudyRecord) -> list[RunRecord]:
    """Trials of both choices, one of them diverged, one failed, in a race for four seeds; the winners, one of them."""
    lost = float("nan")
    errors = ([0.3, 0.2], [0.1, 0.1], [0.2, 0.2], [lost, 0.3], [lost, lost])
    runs = [a_run(study, slot=slot, combination=slot % 2, errors=each) for slot, each in enumerate(errors)]
    runs.append(a_failed_run(study, slot=5, combination=1, reason="it broke"))
    runs.append(a_run(study, slot=2, errors=[0.15, 0.16], first_seed=2))
    runs.append(a_run(study, slot=3, combination=1, errors=[0.12] * 5, phase="confirm", first_seed=1000))
    return [replace(run, run_id="") for run in runs]


def seen(found: Look) -> list[tuple[Any, ...]]:
    return [
        (
            one.ended,
            one.diverged,
            *(
                (run.task.run_key, run.task.seeds, run.objective, run.curves["validation_error"].tobytes())
                if run
                else None
                for run in (one.leader, one.confirmed, one.shown)
            ),
        )
        for one in found.standings
    ]


@pytest.mark.parametrize("chance", range(4))
def test_whatever_has_been_delivered_and_waits_it_sees_all(
    store: Any, home: Path, name: str, chance: int
) -> None:
    """In a random order, half of it delivered, some of that still waiting, too."""
    study = a_record(f"{name}-{chance}", scientific=CHOICES, trials=6, seeds=4, confirm_seeds=5)
    runs = every_run(study)
    first = [run for run in runs if not run.task.further]
    Random(chance).shuffle(first)
    parent = store.begin_study(study, "design")
    spool = home / "studies" / study.name / "spool"
    spool.mkdir(parents=True)
    keep_study(Job(home=home, tracking_uri=None, spool=spool, study=study, run_key="design"))
    for place, run in enumerate(first):
        if place < len(first) // 2:
            store.record(run, study, parent)
    for run in (*first[len(first) // 2 - 1 :], runs[6]):
        (spool / f"{run.task.name}.npz").write_bytes(to_bytes(run))
    records = Records.open(home, None)
    found, whole = records.look(study.name), records.load_study(study.name)
    told = standings_of(whole, [(run.task.combination, run.diverged > 0) for run in whole.of_phase("search")])
    assert seen(found) == seen(replace(found, standings=told))
    assert found.summary == summary_of(whole)
    assert found.networks == sum(len(run.task.seeds) for run in whole.runs)
    assert found.phases == {"search": 6, "confirm": 1}
    for path in spool.glob("*.npz"):
        path.unlink()


def test_records_that_do_not_lead_are_not_read_and_others_once(
    store: Any, home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = a_record(name, scientific=CHOICES, trials=8, seeds=2, confirm_seeds=5)
    parent = store.begin_study(study, "design")
    for slot in range(8):
        run = a_run(study, slot=slot, combination=slot % 2, errors=[0.1 * (8 - slot)] * 2, run_id="")
        store.record(run, study, parent)
    read: list[int] = []
    from experiments.store import mlflow_reading

    parse = mlflow_reading.from_bytes

    def counted(content: bytes) -> RunRecord:
        found = parse(content)
        read.append(found.task.slot)
        return found

    monkeypatch.setattr(mlflow_reading, "from_bytes", counted)
    known: Known = {}
    for _ in range(2):
        found = Records.open(home, None).look(name, known)
        assert [one.leader.task.slot for one in found.standings if one.leader] == [6, 7]
        assert [one.ended for one in found.standings] == [4, 4]
    assert sorted(read) == [6, 7]


def test_a_study_that_mlflow_does_not_know_yet_is_seen_by_what_waits(tmp_path: Path) -> None:
    study = a_record("s", scientific=CHOICES, trials=6, seeds=4, confirm_seeds=5)
    spool = tmp_path / "studies" / "s" / "spool"
    spool.mkdir(parents=True)
    keep_study(Job(home=tmp_path, tracking_uri=None, spool=spool, study=study, run_key="design"))
    for run in every_run(study):
        (spool / f"{run.task.name}.npz").write_bytes(to_bytes(run))
    found = Records.open(tmp_path, None).look("s")
    assert [(one.ended, one.diverged) for one in found.standings] == [(3, 1), (3, 1)]
    assert found.standings[0].leader is not None
    assert found.standings[0].leader.task.seeds == (0, 1, 2, 3)
    assert (found.networks, found.summary.waiting) == (22, 8)
