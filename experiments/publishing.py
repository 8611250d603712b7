"""The publisher's own process: takes records from the spool to MLflow, each exactly once.

    python -P -m experiments.publishing

A line of JSON on standard input says what to do (`Job`), another when to finish; notices go out, a line each, on
standard output. When standard input ends without that, whoever started it is gone, and so it goes too: what is in
the spool waits for the next start.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from filelock import FileLock, Timeout

from experiments.network_file import load_network
from experiments.records import RunRecord, StudyRecord, from_bytes
from experiments.store_errors import RefusedError, StoreError, in_one_line
from experiments.tracked import study_from_json, study_to_json

if TYPE_CHECKING:
    from experiments.tracking import Store

POLL: Final = 0.05
"""Seconds between two looks into an empty spool."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds before a store that has failed is asked again; doubled each time."""

LOCK_WAIT: Final = 15.0
"""Seconds that an earlier publisher has to finish the record in its hands."""

Kind = Literal["ready", "recorded", "registered", "waiting", "recovered", "set_aside", "failed", "finished"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the publisher has to say.

    Attributes:
        kind: ready: the study's parent run is there, `text` is its id; recorded: a run is in the store;
            registered: the champion is a model, `text` is where; waiting: the store does not answer, it is tried
            again; recovered: it answers again; set_aside: a file cannot be recorded and was renamed; failed: the
            publisher gives up; finished: the last notice of all.
        text: one line for people.
        run_key: of the run concerned, or empty.
    """

    kind: Kind
    text: str = ""
    run_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to publish.

    Attributes:
        home: the output folder.
        tracking_uri: see `Store.open`.
        spool: folder with `<run key>.npz` files, and beside the champion's its `<run key>.network`.
        study: the study that they belong to.
        run_key: identity of the study's design.
    """

    home: Path
    tracking_uri: str | None
    spool: Path
    study: StudyRecord
    run_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Deliver what is left, end the parent run, and go.

    Attributes:
        status: of the parent run.
        timeout: seconds to do it in; what is left then stays in the spool.
        tags: for the parent run.
    """

    status: Literal["FINISHED", "KILLED", "FAILED"]
    timeout: float
    tags: dict[str, str] = field(default_factory=dict)


Commands = SimpleQueue[Finish | None]
"""Commands as they come; None when there will be no more."""


def publish(
    job: Job, open_store: Callable[[], "Store"], commands: Commands, tell: Callable[[Notice], None]
) -> None:
    """Deliver records until told to finish or left alone.

    Args:
        job: what to publish.
        open_store: opens the tracking store.
        commands: when to finish.
        tell: takes the notices.

    Raises:
        RefusedError: if the store will never take the study.
    """
    try:
        with FileLock(job.spool / ".publisher.lock", timeout=LOCK_WAIT):
            _deliver_all(_Delivery(job, open_store, tell), commands)
        tell(Notice("finished"))
    except Timeout:
        tell(Notice("failed", f"another publisher is at work on {job.spool}"))


def _deliver_all(delivery: "_Delivery", commands: Commands) -> None:
    finish: Finish | None = None
    deadline, pause, wait = 0.0, FIRST_PAUSE, 0.0
    while True:
        try:
            command = commands.get(timeout=wait) if wait else commands.get_nowait()
            if command is None:
                delivery.abandon()
                return
            finish, deadline = command, time.monotonic() + command.timeout
        except Empty:
            pass
        try:
            delivered = delivery.step()
            if finish and not delivered:
                delivery.end(finish)
                return
            if finish and time.monotonic() >= deadline:
                delivery.abandon()
                return
            pause, wait = FIRST_PAUSE, 0.0 if delivered else POLL
        except RefusedError:  # of the study itself
            raise
        except StoreError as reason:
            delivery.failed(reason)
            if finish and time.monotonic() >= deadline:
                return
            wait = pause if not finish else max(min(pause, deadline - time.monotonic()), POLL)
            pause = min(2 * pause, LONGEST_PAUSE)


class _Delivery:
    """The store, once it is open, and the files that wait."""

    def __init__(self, job: Job, open_store: Callable[[], "Store"], tell: Callable[[Notice], None]) -> None:
        self._job, self._open_store, self._tell = job, open_store, tell
        self._store: Store | None = None
        self._parent_run_id = ""
        self._queue: deque[Path] = deque()
        self._failing = False

    def step(self) -> bool:
        """Deliver the oldest record; False if there is none."""
        store = self._opened()
        if not self._queue:
            self._queue.extend(_oldest_first(self._job.spool))
        delivered = bool(self._queue)
        if delivered:
            self._deliver(store, self._queue[0])
            self._queue.popleft()
        if self._failing:
            self._failing = False
            self._tell(Notice("recovered", "the tracking store answers again"))
        return delivered

    def end(self, finish: Finish) -> None:
        """End the parent run."""
        self._opened().end_study(self._parent_run_id, finish.status, finish.tags)

    def abandon(self) -> None:
        """Mark the study as interrupted, if the store takes it."""
        if self._store and self._parent_run_id and not self._failing:
            try:
                self._store.end_study(self._parent_run_id, "KILLED", {})
            except StoreError:
                return

    def failed(self, reason: StoreError) -> None:
        """Say once that the store does not answer."""
        self._queue.clear()
        if not self._failing:
            self._failing = True
            self._tell(Notice("waiting", in_one_line(reason).removeprefix("error: ")))

    def _opened(self) -> "Store":
        if self._store is None:
            self._store = self._open_store()
        if not self._parent_run_id:
            self._parent_run_id = self._store.begin_study(self._job.study, self._job.run_key)
            self._tell(Notice("ready", self._parent_run_id))
        return self._store

    def _deliver(self, store: "Store", path: Path) -> None:
        record = self._read(path)
        if record is None:
            return
        try:
            store.record(record, self._job.study, self._parent_run_id)
        except RefusedError as reason:
            self._set_aside(path, in_one_line(reason))
            return
        network = path.with_suffix(".network")
        if network.exists():
            self._register(store, record, network)
        path.unlink(missing_ok=True)
        self._tell(Notice("recorded", run_key=record.run_key))

    def _read(self, path: Path) -> RunRecord | None:
        """The record in a file, or None if it is gone or was set aside."""
        try:
            record = from_bytes(path.read_bytes())
        except FileNotFoundError:
            return None
        except Exception as reason:  # a damaged file raises whatever zip, NumPy or JSON find first
            self._set_aside(path, f"cannot be read as a record ({in_one_line(reason)})")
            return None
        if record.study != self._job.study.name:
            self._set_aside(path, f'belongs to the study "{record.study}"')
            return None
        return record

    def _register(self, store: "Store", record: RunRecord, path: Path) -> None:
        content = path.read_bytes()
        try:
            load_network(content)
        except Exception as reason:  # likewise
            self._set_aside(path, f"cannot be read as a network ({in_one_line(reason)})")
            return
        try:
            where = store.register_champion(record, content, self._parent_run_id)
        except RefusedError as reason:
            self._set_aside(path, in_one_line(reason))
            return
        path.unlink()
        self._tell(Notice("registered", where, record.run_key))

    def _set_aside(self, path: Path, why: str) -> None:
        bad = path.with_name(f"{path.name}.bad")
        path.replace(bad)
        self._tell(Notice("set_aside", f"{path.name} {why}; kept as {bad}", path.stem))


def _oldest_first(spool: Path) -> list[Path]:
    found = []
    for path in spool.glob("*.npz"):
        try:
            found.append((path.stat().st_mtime_ns, path.name, path))
        except FileNotFoundError:
            continue
    return [path for _, _, path in sorted(found)]


def job_to_json(job: Job) -> str:
    """A job as one line."""
    return json.dumps(
        {
            "home": str(job.home),
            "tracking_uri": job.tracking_uri,
            "spool": str(job.spool),
            "study": study_to_json(job.study).decode(),
            "run_key": job.run_key,
        }
    )


def _job(line: str) -> Job:
    told: dict[str, Any] = json.loads(line)
    return Job(
        home=Path(told["home"]),
        tracking_uri=told["tracking_uri"],
        spool=Path(told["spool"]),
        study=study_from_json(told["study"].encode()),
        run_key=told["run_key"],
    )


def _listen(lines: TextIO, commands: Commands) -> None:
    for line in lines:
        commands.put(Finish(**json.loads(line)))
    commands.put(None)


def main() -> None:
    """Read the job, then publish until told to finish."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it decides
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log

    def tell(notice: Notice) -> None:
        try:
            out.write(f"{json.dumps(asdict(notice))}\n")
            out.flush()
        except BrokenPipeError:  # nobody listens any more; the end of standard input says so too
            return

    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # it is a real stream here
    job = _job(sys.stdin.readline())
    commands: Commands = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, commands), daemon=True).start()

    def open_store() -> "Store":
        from experiments.tracking import Store

        return Store.open(job.home, job.tracking_uri)

    try:
        publish(job, open_store, commands, tell)
    except Exception as reason:
        tell(Notice("failed", f"the publisher broke down: {in_one_line(reason)}"))
        raise


if __name__ == "__main__":
    main()
