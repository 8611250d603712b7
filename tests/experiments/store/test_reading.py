"""Studies as they are read: MLflow's part and what waits, laid over each other."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.datasets import load
from experiments.mistakes import UserError
from experiments.preparing.preparation import prepare
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store import table_reading
from experiments.store.reading import Records
from experiments.store.spool import Job, keep_study, read_spools
from experiments.store.store_errors import StoreError, StudyNotFoundError
from experiments.store.study_record import study_to_json
from experiments.store.table_reading import Tables
from experiments.system.locks import OF_A_STUDY, held
from experiments.trained.network_file import load_networks, networks_to_bytes, save_networks
from tests.experiments.recording.test_merging_seeds import part, told
from tests.factories import a_job, a_run_record, put
from tests.networks import started


@pytest.fixture
def job(store: Any, home: Path, name: str) -> Job:
    """A study with a spool in the home of the tests' store; nothing of it is recorded yet."""
    assert store
    return a_job(home, name, run_key=f"{name}-design")


def wait(job: Job, *records: RunRecord) -> None:
    keep_study(job)
    put(job, *records)


def listed(job: Job) -> Any:
    """The study's line in the list."""
    (found,) = [one for one in Records.open(job.home, None).studies() if one.name == job.study.name]
    return found


def test_a_study_counts_what_is_recorded_and_what_waits_each_once(store: Any, job: Job) -> None:
    name = job.study.name
    parent = store.begin_study(job.study, job.run_key)
    runs = [a_run_record(name, slot, objective=0.5 - 0.1 * slot) for slot in range(4)]
    for record in runs[:2]:
        store.record(record, job.study, parent)
    wait(job, *runs[1:], a_run_record(name, 3, phase="confirm"))
    store.end_study(parent, "KILLED", {})
    study = Records.open(job.home, None).load_study(name)
    assert [(run.task.phase, run.task.slot) for run in study.runs] == [
        *(("search", slot) for slot in range(4)),
        ("confirm", 3),
    ]
    assert [bool(run.run_id) for run in study.runs] == [True, True, False, False, False]
    assert [to_bytes(run) for run in study.runs[:4]] == [to_bytes(record) for record in runs]
    assert (study.state, study.waiting) == ("stopped", 4)
    summary = listed(job)
    assert (summary.state, summary.waiting, summary.recorded["complete"]) == ("stopped", 4, 4)
    assert (summary.best, summary.best_run[:3]) == (pytest.approx(0.2), "003")
    assert summary.command == job.study.command


def test_a_file_that_was_set_aside_hides_nothing_that_mlflow_has(store: Any, job: Job) -> None:
    name = job.study.name
    parent = store.begin_study(job.study, job.run_key)
    store.record(a_run_record(name, 0), job.study, parent)
    store.end_study(parent, "FINISHED", {})
    keep_study(job)
    (job.spool / f"{name}.network.bad").touch()
    study = Records.open(job.home, None).load_study(name)
    assert (len(study.runs), study.left_out) == (1, (f"{name}.network.bad",))
    assert len(Records.open(job.home, None).look(name).study.runs) == 1
    assert listed(job).recorded["complete"] == 1


def test_further_seeds_that_wait_are_one_run_with_those_that_are_recorded(store: Any, job: Job) -> None:
    whole = a_run_record(job.study.name, 0, seeds=5)
    whole = part(whole, 0, 1, 2, 3, 4)
    parent = store.begin_study(job.study, job.run_key)
    store.record(part(whole, 0, 1), job.study, parent)
    wait(job, part(whole, 2, 3, 4))
    (run,) = Records.open(job.home, None).load_study(job.study.name).runs
    assert told(run) == told(whole)
    assert run.run_id
    assert (listed(job).recorded["complete"], listed(job).best) == (1, whole.objective)


def test_a_run_that_was_killed_is_stopped_and_one_that_is_at_work_is_running(store: Any, job: Job) -> None:
    store.begin_study(job.study, job.run_key)
    name = job.study.name
    assert listed(job).state == "running", "of a process that is not of this home, as far as is known"
    with held(job.spool.parent / OF_A_STUDY):
        assert listed(job).state == "running"
        assert Records.open(job.home, None).load_study(name).state == "running"
    assert listed(job).state == "stopped"
    assert Records.open(job.home, None).load_study(name).state == "stopped"


def test_a_study_that_mlflow_does_not_have_yet_is_listed_and_read(job: Job) -> None:
    name = job.study.name
    wait(job, a_run_record(name, 0), a_run_record(name, 1, state="pruned"))
    summary = listed(job)
    assert (summary.state, summary.waiting, summary.trials) == ("stopped", 2, 12)
    assert summary.recorded == {"complete": 1, "pruned": 1, "failed": 0}
    study = Records.open(job.home, None).load_study(name)
    assert study_to_json(study) == study_to_json(job.study)
    assert (study.parent_run_id, len(study.runs)) == ("", 2)
    with pytest.raises(StudyNotFoundError, match=f'did you mean "{name}"'):
        Records.open(job.home, None).load_study(f"{name}x")


def test_what_waits_of_another_design_than_mlflows_is_a_study_of_its_own(store: Any, job: Job) -> None:
    name = job.study.name
    store.record(a_run_record(name, 0), job.study, store.begin_study(job.study, "another design"))
    wait(job, a_run_record(name, 5), a_run_record(name, 6))
    study = Records.open(job.home, None).load_study(name)
    assert [run.task.slot for run in study.runs] == [5, 6]
    found = [one for one in Records.open(job.home, None).studies() if one.name == name]
    assert sorted(one.recorded["complete"] for one in found) == [1, 2]


def test_more_trials_that_were_asked_for_count_until_mlflow_has_the_end_of_the_study(
    store: Any, job: Job
) -> None:
    parent = store.begin_study(job.study, job.run_key)
    store.end_study(parent, "FINISHED", {})
    more = replace(job, study=replace(job.study, trials=28, command="chainrule study a.toml --trials 28"))
    wait(more, a_run_record(job.study.name, 0))
    begun = job.spool / "study.json"
    assert (listed(job).state, listed(job).trials, listed(job).command) == (
        "stopped",
        28,
        "chainrule study a.toml --trials 28",
    )
    for path in job.spool.glob("*.npz"):
        path.unlink()
    assert (listed(job).state, listed(job).trials) == ("stopped", 28), "nobody has told MLflow of its end"
    begun.write_text(re.sub(r'"begun": \d+', '"begun": 0', begun.read_text()))
    assert (listed(job).state, listed(job).trials) == ("complete", 12)


def test_a_study_that_is_looked_after_and_whole_is_complete(store: Any, job: Job) -> None:
    store.end_study(store.begin_study(job.study, job.run_key), "FINISHED", {})
    keep_study(job)
    assert listed(job).state == "stopped"
    keep_study(replace(job, whole=True))
    assert listed(job).state == "complete"


def test_without_a_store_what_waits_is_all_there_is_and_mlflow_is_not_asked(tmp_path: Path, job: Job) -> None:
    spool = tmp_path / "studies" / job.study.name / "spool"
    spool.mkdir(parents=True)
    wait(replace(job, home=tmp_path, spool=spool), a_run_record(job.study.name, 0))
    records = Records.open(tmp_path, None)
    assert [one.name for one in records.studies()] == [job.study.name]
    records.complain()
    with pytest.raises(StudyNotFoundError):
        records.load_study("nothing")
    assert {path.name for path in tmp_path.iterdir()} == {"studies"}


def test_a_store_that_does_not_answer_hides_nothing_that_waits_and_is_told(tmp_path: Path, job: Job) -> None:
    dead = "http://127.0.0.1:9"
    with pytest.raises(StoreError, match="does not do its work"):
        Records.open(tmp_path, dead)
    spool = tmp_path / "studies" / job.study.name / "spool"
    spool.mkdir(parents=True)
    wait(replace(job, home=tmp_path, spool=spool, tracking_uri=dead), a_run_record(job.study.name, 0))
    records = Records.open(tmp_path, dead)
    assert len(records.load_study(job.study.name).runs) == 1
    assert [one.waiting for one in records.studies()] == [1]
    for ask in (records.complain, lambda: records.load_study("another")):
        with pytest.raises(StoreError, match="does not do its work"):
            ask()


def test_the_tables_tell_what_mlflows_client_does(store: Any, job: Job, home: Path) -> None:
    name = job.study.name
    parent = store.begin_study(job.study, job.run_key)
    runs = [a_run_record(name, slot, objective=0.5 - 0.1 * slot) for slot in range(4)]
    for record in (*runs, a_run_record(name, 3, phase="confirm"), a_run_record(name, 4, state="failed")):
        store.record(record, job.study, parent)
    (deleted,) = (run.run_id for run in store.load_study(name).runs if run.task.slot == 1)
    store._client.delete_run(deleted)
    store.end_study(parent, "FINISHED", {})
    wait(job, a_run_record(name, 5))
    spools = read_spools(home, None)
    tables = Tables(store.tracking_uri, home / "artifacts")
    assert tables.known
    assert told_of(tables.load_study(name, spools)) == told_of(store.load_study(name, spools))
    assert tables.studies(spools) == store.studies(spools)
    (found,) = tables.runs([tables.load_study(name, spools).experiment_id], {"mlflow.parentRunId": parent})[
        :1
    ]
    run = store._client.get_run(found.info.run_id)
    assert found.data.__dict__ == {
        "tags": run.data.tags,
        "params": run.data.params,
        "metrics": run.data.metrics,
    }
    assert found.info.__dict__.items() <= dict(run.info).items()


def told_of(study: StudyRecord) -> tuple[Any, ...]:
    """All that is known of a study, its runs as files."""
    return replace(study, runs=()), [(run.run_id, to_bytes(run)) for run in study.runs]


def test_mlflow_is_not_imported_to_read_its_tables_and_is_where_they_are_others(
    store: Any, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.begin_study(job.study, job.run_key)
    read = (
        "import sys; from pathlib import Path; from experiments.store.reading import Records\n"
        f"assert Records.open(Path({str(job.home)!r}), None).load_study({job.study.name!r}).question\n"
        "assert not {'mlflow', 'sqlalchemy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", read], check=True)
    monkeypatch.setattr(table_reading, "TABLES_TESTED", "another")
    assert isinstance(Records.open(job.home, None)._store, type(store))


def test_a_record_that_cannot_be_read_is_told_in_one_line(store: Any, job: Job) -> None:
    parent = store.begin_study(job.study, job.run_key)
    run_id = store.record(a_run_record(job.study.name, 0), job.study, parent)
    store.end_study(parent, "FINISHED", {})
    path = job.home / "artifacts" / run_id / "artifacts" / "record.npz"
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match=r"the tracking store .* does not do its work: .*directory"):
        Records.open(job.home, None).load_study(job.study.name)


@pytest.fixture(scope="module")
def networks() -> bytes:
    """Of three networks, of which the third is the best."""
    return save_networks(started((4, 3), 3, seed=1, output="softmax"), [prepare(load("iris"))] * 3, best=2)


def test_a_champion_that_waits_is_asked_as_one_that_is_registered(
    tmp_path: Path, networks: bytes, store: Any, job: Job
) -> None:
    alone = a_job(tmp_path, "alone")
    wait(alone, a_run_record("alone", 0, phase="champion"))
    (alone.spool / "champion.network").write_bytes(networks)
    expected = load_networks(networks)
    study, found = Records.open(tmp_path, None).champion("alone", "champion")
    assert study.study_file == alone.study.study_file
    assert found.predict_proba(found.cells).tolist() == expected.alone(2).predict_proba(found.cells).tolist()
    _, both = Records.open(tmp_path, None).champion("alone", "ensemble")
    assert both.network.members == 3

    record = a_run_record(job.study.name, 0, phase="champion")
    parent = store.begin_study(job.study, job.run_key)
    store.record(record, job.study, parent)
    store.register_champion(record, networks, job.study, parent)
    _, registered = Records.open(job.home, None).champion(job.study.name, "champion")
    assert networks_to_bytes(registered) == networks_to_bytes(found)
    newer = save_networks(started((4, 3), 1, seed=9, output="softmax"), [prepare(load("iris"))])
    wait(job, a_run_record(job.study.name, 1, phase="champion"))
    (job.spool / "newer.network").write_bytes(newer)
    _, first = Records.open(job.home, None).champion(job.study.name, "champion")
    assert networks_to_bytes(first) == newer


def test_a_study_without_a_champion_or_an_ensemble_says_so(store: Any, job: Job) -> None:
    name = job.study.name
    with pytest.raises(StudyNotFoundError):
        Records.open(job.home, None).champion(f"{name}-no", "champion")
    parent = store.begin_study(job.study, job.run_key)
    with pytest.raises(
        UserError, match=f'the study "{name}" has no champion yet; it comes last: chainrule study'
    ):
        Records.open(job.home, None).champion(name, "champion")
    record = a_run_record(name, 0, phase="champion")
    store.record(record, job.study, parent)
    one = save_networks(started((4, 3), 1, seed=9, output="softmax"), [prepare(load("iris"))])
    store.register_champion(record, one, job.study, parent)
    with pytest.raises(UserError, match="has no ensemble: its champion is a single network"):
        Records.open(job.home, None).champion(name, "ensemble")
    unconfirmed = replace(job.study, confirm_seeds=0)
    store.begin_study(replace(unconfirmed, name=f"{name}-0"), f"{job.run_key}-0")
    with pytest.raises(UserError, match=r"trains no winner on fresh seeds \(confirm_seeds = 0\)"):
        Records.open(job.home, None).champion(f"{name}-0", "champion")
