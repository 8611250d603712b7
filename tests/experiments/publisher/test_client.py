import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from experiments.publisher.client import Job, Notice, Publisher
from experiments.publisher.publishing import NICENESS
from experiments.recording.records import RunRecord, to_bytes
from experiments.store import metrics
from experiments.store.study_record import study_to_json
from experiments.system.files import write_durably
from tests.factories import a_job, a_run_record

PATIENCE = 60
"""Seconds after which something that is waited for has not come."""


@pytest.fixture
def job(store: Any, tmp_path: Path, name: str) -> Job:
    """Publishes to the tests' own store, whose tables are there."""
    home = Path(store.tracking_uri.removeprefix("sqlite:///")).parent
    return a_job(home, name, spool=tmp_path / "spool", run_key=f"{name}-design")


@pytest.fixture
def start() -> Iterator[Callable[[Job], Publisher]]:
    """Starts publishers, and kills what a failing test leaves behind."""
    started: list[Publisher] = []

    def start(job: Job) -> Publisher:
        started.append(Publisher.start(job))
        return started[-1]

    yield start
    for publisher in started:
        if publisher.alive:
            publisher.kill()


def spool(job: Job, records: list[RunRecord]) -> None:
    job.spool.mkdir(exist_ok=True)
    for record in records:
        write_durably(job.spool / f"{record.task.run_key}.npz", to_bytes(record))


def wait_for(publisher: Publisher, kind: str, times: int = 1) -> list[Notice]:
    """Everything that is said until `kind` has been said so often."""
    found: list[Notice] = []
    while sum(notice.kind == kind for notice in found) < times:
        said = publisher.notices(wait=PATIENCE)
        assert said, f"nothing was said after {found}"
        assert said[-1].kind not in ("failed", "finished") or kind == said[-1].kind, said
        found += said
    return found


def assert_each_once(store: Any, job: Job, records: list[RunRecord]) -> None:
    """Every record is in the store as it was written, with each metric once, and nothing else is."""
    found = store.load_study(job.study.name)
    assert {run.task.run_key: to_bytes(run) for run in found.runs} == {
        record.task.run_key: to_bytes(record) for record in records
    }
    client = store._client
    runs = client.search_runs([found.experiment_id], f"tags.`mlflow.parentRunId` = '{found.parent_run_id}'")
    assert len(runs) == len(records)
    for run in runs:
        record = next(one for one in records if one.task.run_key == run.data.tags["chainrule.run_key"])
        steps = [point.step for point in metrics.points(record) if point.key == "train_cost"]
        history = client.get_metric_history(run.info.run_id, "train_cost")
        assert [metric.step for metric in history] == steps
    assert not list(job.spool.glob("*.npz*"))


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="there is no niceness here")
def test_it_stands_back_behind_those_that_train(job: Job, start: Callable[[Job], Publisher]) -> None:
    publisher = start(job)
    wait_for(publisher, "ready")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, publisher.pid) == min(own + NICENESS, 19)
    publisher.kill()


def test_what_workers_spool_is_recorded_by_a_process_that_ctrl_c_does_not_reach(
    store: Any, job: Job, start: Callable[[Job], Publisher]
) -> None:
    records = [a_run_record(job.study.name, slot) for slot in range(4)]
    spool(job, records[:2])
    publisher = start(job)
    wait_for(publisher, "recorded", 2)
    os.kill(publisher.pid, signal.SIGINT)
    spool(job, records[2:])
    assert publisher.finish(status="FINISHED", timeout=PATIENCE, tags={"chainrule.verdict": "é"}) == 0
    assert [notice.kind for notice in publisher.notices()] == ["recorded", "recorded", "finished"]
    assert not publisher.alive
    assert_each_once(store, job, records)
    found = store.load_study(job.study.name)
    assert found.status == "FINISHED"
    assert store._client.get_run(found.parent_run_id).data.tags["chainrule.verdict"] == "é"
    assert (job.spool / "publisher.log").read_text() == ""
    assert os.getpgid(os.getpid()) != publisher.pid


def test_when_it_is_killed_another_goes_on_and_delivers_every_record_once(
    store: Any, job: Job, start: Callable[[Job], Publisher]
) -> None:
    records = [a_run_record(job.study.name, slot, epochs=30) for slot in range(12)]
    spool(job, records[:9])
    publisher = start(job)
    wait_for(publisher, "recorded", 3)
    os.kill(publisher.pid, signal.SIGKILL)
    spool(job, records[9:])  # on a quick disk it may have recorded all of the others
    assert "status -9" in wait_for(publisher, "restarted")[-1].text
    wait_for(publisher, "recorded", 3)
    killed = publisher.pid

    def kill() -> bool:
        if publisher.pid == killed and publisher.alive:
            os.kill(killed, signal.SIGKILL)
        return False

    assert publisher.finish(status="FINISHED", timeout=PATIENCE, enough=kill) == 0
    assert [notice.kind for notice in publisher.notices()].count("restarted") == 1
    assert_each_once(store, job, records)


def test_one_that_is_killed_again_and_again_is_given_up_and_the_next_start_goes_on(
    store: Any, job: Job, start: Callable[[Job], Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [a_run_record(job.study.name, slot) for slot in range(2)]
    spool(job, records)
    monkeypatch.setattr("experiments.publisher.client.LIVES", 2)
    publisher = start(job)
    os.kill(publisher.pid, signal.SIGKILL)
    wait_for(publisher, "restarted")
    os.kill(publisher.pid, signal.SIGKILL)
    assert "status -9" in wait_for(publisher, "failed")[-1].text
    assert publisher.finish(status="KILLED", timeout=1) == 2
    assert start(job).finish(status="FINISHED", timeout=PATIENCE) == 0
    assert_each_once(store, job, records)


def test_when_its_parent_is_killed_it_ends_and_nothing_is_lost(
    store: Any, job: Job, start: Callable[[Job], Publisher]
) -> None:
    records = [a_run_record(job.study.name, slot) for slot in range(6)]
    spool(job, records)
    script = f"""
import os, sys, signal
from pathlib import Path
from experiments.publisher.client import Job, Publisher
from experiments.store.study_record import study_from_json
study = study_from_json(sys.stdin.buffer.read())
publisher = Publisher.start(Job(
    home=Path({str(job.home)!r}), tracking_uri=None, spool=Path({str(job.spool)!r}),
    study=study, run_key={job.run_key!r},
))
while not any(notice.kind == "recorded" for notice in publisher.notices(wait={PATIENCE})):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        [sys.executable, "-c", script], input=study_to_json(job.study), env=environment, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    with FileLock(job.spool / ".publisher.lock", timeout=PATIENCE):
        assert store.load_study(job.study.name).status == "KILLED"
    assert start(job).finish(status="FINISHED", timeout=PATIENCE) == 0
    assert_each_once(store, job, records)


def test_a_store_that_cannot_be_opened_is_told_and_the_records_wait(
    job: Job, start: Callable[[Job], Publisher], tmp_path: Path
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"not a database " * 100)
    broken = Job(home=tmp_path, tracking_uri=None, spool=job.spool, study=job.study, run_key=job.run_key)
    spool(broken, [a_run_record(job.study.name, 0)])
    publisher = start(broken)
    assert wait_for(publisher, "failed")[-1].text == f"{tmp_path}/mlflow.db is not an SQLite database"
    assert publisher.trouble
    assert publisher.finish(status="FINISHED", timeout=0.1) == 1


@pytest.mark.slow
def test_a_server_that_dies_half_way_and_comes_back_gets_everything_once(
    server: Any, job: Job, start: Callable[[Job], Publisher], tmp_path: Path
) -> None:
    from experiments.store.mlflow_store import Store

    remote = Job(
        home=tmp_path, tracking_uri=server.url, spool=job.spool, study=job.study, run_key=job.run_key
    )
    records = [a_run_record(job.study.name, slot, epochs=30) for slot in range(8)]
    spool(remote, records[:5])
    publisher = start(remote)
    wait_for(publisher, "recorded", 2)
    server.kill()
    told = wait_for(publisher, "waiting")[-1]
    assert "does not do its work" in told.text
    spool(remote, records[5:])
    server.start()
    wait_for(publisher, "recovered")
    assert publisher.finish(status="FINISHED", timeout=PATIENCE) == 0
    assert_each_once(Store.open(tmp_path, server.url), remote, records)


@pytest.mark.parametrize("known", ["", "a server does not answer"])
def test_that_the_store_does_not_answer_is_said_once_until_it_answers(
    known: str, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "_begin", lambda _self: None)
    publisher = Publisher(job, known)
    for kind in ("waiting", "waiting", "recovered", "waiting"):
        publisher._notices.put(Notice(kind, kind))
    assert [notice.kind for notice in publisher.notices()] == ["waiting", "recovered", "waiting"][
        bool(known) :
    ]
    assert publisher.trouble == "waiting"
    publisher._notices.put(Notice("ready"))
    publisher.notices()
    assert publisher.trouble == ""
