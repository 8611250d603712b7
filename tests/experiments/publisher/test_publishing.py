import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from filelock import FileLock

from experiments.publisher import publishing
from experiments.publisher.protocol import Finish, Notice, job_to_line
from experiments.publisher.publishing import Commands, publish
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store.spool import Job
from experiments.store.store_errors import RefusedError, StoreError
from experiments.system.files import write_durably
from tests.factories import a_job, a_run_record

FINISH = Finish(status="FINISHED", timeout=60)


class FakeStore:
    """Remembers what it is told; raises what stands in `faults`, one each call, None for no fault."""

    def __init__(self, together: int = 1) -> None:
        self.together = together
        self.calls: list[tuple[str, ...]] = []
        self.faults: list[Exception | None] = []
        self.files: list[bytes] = []

    def _hear(self, *call: str) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        self.calls.append(call)

    def begin_study(self, study: StudyRecord, run_key: str, *, whole: bool) -> str:
        self._hear("begin", study.name, run_key, *["whole"] * whole)
        return "parent"

    def record_together(
        self, records: list[tuple[RunRecord, bytes]], _study: StudyRecord, _parent_run_id: str
    ) -> list[bool]:
        """As a database does it that leaves the runs of odd slots to the client."""
        if self.together == 1:
            return [False for _ in records]
        self._hear("together", *(record.task.run_key for record, _ in records))
        return [record.task.slot % 2 == 0 for record, _ in records]

    def record(self, record: RunRecord, study: StudyRecord, parent_run_id: str, content: bytes) -> str:
        self._hear("record", record.task.run_key, study.name, parent_run_id)
        self.files.append(content)
        return "run"

    def register_champion(
        self, record: RunRecord, networks: bytes, study: StudyRecord, parent_run_id: str
    ) -> str:
        self._hear("register", record.task.run_key, networks.decode(), study.name, parent_run_id)
        return "models:/s@champion"

    def measure_system(self, parent_run_id: str) -> Callable[[], None]:
        self._hear("measure", parent_run_id)
        return lambda: self._hear("measured")

    def end_study(self, parent_run_id: str, status: str, tags: Mapping[str, str]) -> None:
        self._hear("end", parent_run_id, status, json.dumps(tags))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for seconds waits for moments."""
    monkeypatch.setattr(publishing, "POLL", 0.001)
    monkeypatch.setattr(publishing, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(publishing, "LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(publishing, "LOCK_WAIT", 0.05)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return a_job(tmp_path, spool=tmp_path)


@pytest.fixture
def spool(tmp_path: Path) -> Callable[..., Path]:
    def write(slot: int, **changes: Any) -> Path:
        record = a_run_record(changes.pop("study", "s"), slot, **changes)
        path = tmp_path / f"{record.task.run_key}.npz"
        write_durably(path, to_bytes(record))
        return path

    return write


def run(
    job: Job, store: FakeStore, *commands: Finish | None, then: Callable[[Notice], None] = lambda _: None
) -> list[Notice]:
    """Publish with these commands already waiting; `then` is told of each notice as it comes."""
    queue: Commands = SimpleQueue()
    for command in commands:
        queue.put(command)
    notices: list[Notice] = []

    def tell(notice: Notice) -> None:
        notices.append(notice)
        then(notice)

    publish(job, lambda: store, queue, tell)  # type: ignore[arg-type, return-value] # a fake
    return notices


def kinds(notices: list[Notice]) -> list[str]:
    return [notice.kind for notice in notices]


def test_records_are_delivered_oldest_first_then_removed_and_the_study_ended(
    job: Job, spool: Callable[..., Path]
) -> None:
    paths = [spool(slot) for slot in (2, 0, 1)]
    contents = [path.read_bytes() for path in paths]
    store = FakeStore()
    notices = run(job, store, Finish(status="FINISHED", timeout=60, tags={"verdict": "good"}))
    assert [call[0] for call in store.calls] == ["begin", "record", "record", "record", "end"]
    assert [call[1] for call in store.calls[1:4]] == [path.stem for path in paths]
    assert store.files == contents
    assert store.calls[-1] == ("end", "parent", "FINISHED", '{"verdict": "good"}')
    assert kinds(notices) == ["ready", "recorded", "recorded", "recorded", "finished"]
    assert notices[0].text == "parent"
    assert list(job.spool.glob("*.npz")) == []


def test_as_many_are_recorded_together_as_the_store_takes_and_the_others_by_themselves(
    job: Job, spool: Callable[..., Path]
) -> None:
    keys = [spool(slot).stem for slot in range(5)]
    store = FakeStore(together=3)
    store.faults = [None, StoreError("no answer")]
    notices = run(job, store, FINISH)
    assert [call[:4] for call in store.calls[1:-1]] == [
        ("together", *keys[:3]),
        ("record", keys[1], "s", "parent"),
        ("together", *keys[3:]),
        ("record", keys[3], "s", "parent"),
    ]
    assert sorted(notice.run_key for notice in notices if notice.kind == "recorded") == keys
    assert list(job.spool.glob("*.npz")) == []


def test_records_that_come_later_are_found(job: Job, spool: Callable[..., Path]) -> None:
    store, queue = FakeStore(), SimpleQueue[Finish | None]()
    notices: list[Notice] = []

    def tell(notice: Notice) -> None:
        notices.append(notice)
        if notice.kind == "ready":
            spool(0)
        if notice.kind == "recorded":
            queue.put(FINISH)

    publish(job, lambda: store, queue, tell)  # type: ignore[arg-type, return-value] # a fake
    assert kinds(notices) == ["ready", "recorded", "finished"]


@pytest.mark.parametrize("content", [b"", b"half of a rec", b"PK\x03\x04half", None])
def test_what_is_no_record_is_set_aside_and_the_others_go_on(
    job: Job, spool: Callable[..., Path], content: bytes | None
) -> None:
    bad, good = spool(0), spool(1)
    bad.write_bytes(bad.read_bytes()[:200] if content is None else content)
    store = FakeStore()
    notices = run(job, store, FINISH)
    assert sorted(kinds(notices)) == ["finished", "ready", "recorded", "set_aside"]
    told = next(notice for notice in notices if notice.kind == "set_aside")
    assert told.run_key == bad.stem
    assert "\n" not in told.text
    assert bad.with_name(f"{bad.name}.bad").exists()
    assert not bad.exists()
    assert not good.exists()


def test_a_record_of_another_study_is_set_aside(job: Job, spool: Callable[..., Path]) -> None:
    path = spool(0, study="other")
    assert "set_aside" in kinds(run(job, FakeStore(), FINISH))
    assert path.with_name(f"{path.name}.bad").exists()


def test_what_the_store_will_never_take_is_set_aside(job: Job, spool: Callable[..., Path]) -> None:
    path, other = spool(0), spool(1)
    store = FakeStore()
    store.faults = [None, RefusedError("refuses this: x")]
    notices = run(job, store, FINISH)
    assert kinds(notices) == ["ready", "set_aside", "recorded", "finished"]
    assert path.with_name(f"{path.name}.bad").exists()
    assert store.calls[-2][1] == other.stem


def test_files_that_are_still_being_written_are_left_alone(job: Job) -> None:
    (job.spool / ".s-1.npz.123").write_bytes(b"half")
    assert kinds(run(job, FakeStore(), FINISH)) == ["ready", "finished"]
    assert (job.spool / ".s-1.npz.123").exists()


def test_a_store_that_fails_is_asked_again_and_that_is_told_once(
    job: Job, spool: Callable[..., Path]
) -> None:
    spool(0)
    spool(1)
    store, dead = FakeStore(), StoreError("no answer")
    store.faults = [dead, dead, None, dead, dead, None]
    notices = run(job, store, FINISH)
    assert kinds(notices) == ["waiting", "ready", "recorded", "recovered", "recorded", "finished"]
    assert notices[0].text == "no answer"
    assert [call[0] for call in store.calls] == ["begin", "record", "record", "end"]


def test_at_the_deadline_it_gives_up_and_the_spool_is_kept(job: Job, spool: Callable[..., Path]) -> None:
    path = spool(0)
    store = FakeStore()
    store.faults = [StoreError("no answer")] * 10_000
    notices = run(job, store, Finish(status="FINISHED", timeout=0.02))
    assert kinds(notices) == ["waiting", "finished"]
    assert path.exists()
    assert store.calls == []


def test_a_slow_store_has_its_time_again_after_each_record(
    job: Job, spool: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for slot in range(4):
        spool(slot)
    store, clock = FakeStore(), [0.0]
    monkeypatch.setattr(publishing.time, "monotonic", lambda: clock[0])

    def take_long(notice: Notice) -> None:
        clock[0] += 0.9 * (notice.kind == "recorded")

    notices = run(job, store, Finish(status="FINISHED", timeout=1.0), then=take_long)
    assert kinds(notices) == ["ready", *["recorded"] * 4, "finished"]
    assert [call[0] for call in store.calls] == ["begin", *["record"] * 4, "end"]
    assert list(job.spool.glob("*.npz")) == []


def test_when_its_parent_is_gone_it_goes_and_the_study_counts_as_interrupted(
    job: Job, spool: Callable[..., Path]
) -> None:
    store, queue = FakeStore(), SimpleQueue[Finish | None]()
    first, second = spool(0), spool(1)

    def tell(notice: Notice) -> None:
        if notice.kind == "recorded":
            queue.put(None)

    publish(job, lambda: store, queue, tell)  # type: ignore[arg-type, return-value] # a fake
    assert store.calls[-1] == ("end", "parent", "KILLED", "{}")
    assert not first.exists()
    assert second.exists()


def test_the_champions_network_is_registered_before_its_record_leaves_the_spool(
    job: Job, spool: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "load_networks", lambda content: content)
    path = spool(0, phase="champion")
    network = path.with_suffix(".network")
    network.write_bytes(b"weights")
    store = FakeStore()
    store.faults = [None, None, StoreError("no answer")]
    notices = run(job, store, FINISH)
    assert [call[:3] for call in store.calls] == [
        ("begin", "s", "design"),
        ("record", path.stem, "s"),
        ("record", path.stem, "s"),
        ("register", path.stem, "weights"),
        ("end", "parent", "FINISHED"),
    ]
    assert kinds(notices) == ["ready", "waiting", "registered", "recorded", "recovered", "finished"]
    assert not path.exists()
    assert not network.exists()


def test_a_damaged_network_is_set_aside_and_its_record_delivered(
    job: Job, spool: Callable[..., Path]
) -> None:
    path = spool(0, phase="champion")
    path.with_suffix(".network").write_bytes(b"half of a netw")
    notices = run(job, FakeStore(), FINISH)
    assert kinds(notices) == ["ready", "set_aside", "recorded", "finished"]
    assert path.with_suffix(".network.bad").exists()


def test_a_study_that_the_store_will_never_take_ends_the_publisher(job: Job) -> None:
    store = FakeStore()
    store.faults = [RefusedError("refuses this: the name")]
    with pytest.raises(RefusedError):
        run(job, store, FINISH)


def test_two_publishers_do_not_work_on_one_spool(job: Job, spool: Callable[..., Path]) -> None:
    path = spool(0)
    with FileLock(job.spool / ".publisher.lock"):
        notices = run(job, FakeStore(), FINISH)
    assert kinds(notices) == ["failed"]
    assert "another publisher" in notices[0].text
    assert path.exists()


def test_when_its_parent_is_gone_it_goes_whatever_it_waits_for(job: Job) -> None:
    publish_at_once = "import experiments.publisher.publishing as one; one.LEAVING = 0; one.main()"
    with FileLock(job.spool / ".publisher.lock"):  # it would wait a minute for this
        gone = subprocess.run(
            [sys.executable, "-c", publish_at_once],
            input=f"{job_to_line(job)}\n",
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (gone.returncode, gone.stdout) == (1, "")


@pytest.mark.parametrize("command", [FINISH, None], ids=["finished", "left alone"])
def test_where_it_is_asked_for_the_machine_is_measured_from_the_studys_begin_to_its_end(
    job: Job, command: Finish | None
) -> None:
    store = FakeStore()
    store.faults = [StoreError("no answer"), None]
    queue: Commands = SimpleQueue()

    def tell(notice: Notice) -> None:
        if notice.kind == "ready":
            queue.put(command)

    publish(replace(job, system_metrics=True), lambda: store, queue, tell)  # type: ignore[arg-type, return-value]
    assert [call[0] for call in store.calls] == ["begin", "measure", "measured", "end"]
    assert store.calls[1] == ("measure", "parent")


def test_the_store_is_told_that_nothing_is_left(job: Job) -> None:
    store = FakeStore()
    run(replace(job, whole=True), store, FINISH)
    assert store.calls[0] == ("begin", "s", "design", "whole")


def test_where_nobody_asks_nothing_is_measured(job: Job) -> None:
    store = FakeStore()
    run(job, store, FINISH)
    assert "measure" not in [call[0] for call in store.calls]
