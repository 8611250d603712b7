"""The publisher's own process: takes records from the spool to MLflow, each exactly once.

    python -P -m experiments.publisher.publishing

A line of JSON on standard input says what to do (`Job`), another when to finish; notices go out, a line each, on
standard output. When standard input ends without that, the process that started it is gone, and this one ends, too,
within seconds: what is in the spool waits for the next start.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, TextIO

from filelock import FileLock, Timeout

from experiments.mistakes import UserError
from experiments.publisher.protocol import Finish, Notice, job_from_line
from experiments.recording.records import RunRecord, from_bytes
from experiments.store.spool import SET_ASIDE, Job
from experiments.store.store_errors import RefusedError, StoreError, in_one_line, without_password
from experiments.store.table_writing import Writer, open_to_write
from experiments.system.garbage_collection import search_seldom
from experiments.system.signals import STOPPING
from experiments.trained.network_file import load_networks

POLL: Final = 0.25
"""Seconds between two looks into an empty spool; records that come in between are written together."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds before a store that has failed is asked again; doubled each time."""

LOCK_WAIT: Final = 60.0
"""Seconds that an earlier publisher, whose study is gone, has to end; the store may keep it waiting."""

LEAVING: Final = 10.0
"""Seconds to finish the records in hand once who started it is gone; MLflow alone may take longer to be imported."""

NICENESS: Final = 5
"""How far it stands back where processors are short: it then works while those that train wait for something."""

Commands = SimpleQueue[Finish | None]
"""Commands as they come; None when there will be no more."""


def publish(
    job: Job, open_store: Callable[[], Writer], commands: Commands, tell: Callable[[Notice], None]
) -> None:
    """Deliver the records of a job until told to finish or left alone; `tell` takes the notices.

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
            if finish:
                deadline = time.monotonic() + finish.timeout
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

    def __init__(self, job: Job, open_store: Callable[[], Writer], tell: Callable[[Notice], None]) -> None:
        self._job, self._open_store, self._tell = job, open_store, tell
        self._store: Writer | None = None
        self._parent_run_id = ""
        self._queue: deque[Path] = deque()
        self._failing = False
        self._end_measuring: Callable[[], None] = lambda: None

    def step(self) -> bool:
        """Deliver the oldest records, as many as the store takes at once; False if there is none."""
        store = self._opened()
        if not self._queue:
            self._queue.extend(_oldest_first(self._job.spool))
        oldest = [self._queue.popleft() for _ in range(min(len(self._queue), store.together))]
        delivered = bool(oldest)
        if delivered:
            self._deliver(store, oldest)
        if self._failing:
            self._failing = False
            self._tell(Notice("recovered", "the tracking store answers again"))
        return delivered

    def end(self, finish: Finish) -> None:
        """End the parent run."""
        store = self._opened()
        self._end_measuring()
        store.end_study(self._parent_run_id, finish.status, finish.tags)
        if finish.status == "FINISHED" and self._job.replaces:
            store.remove_designs(self._parent_run_id, self._job.replaces)

    def abandon(self) -> None:
        """Mark the study as interrupted, if the store takes it."""
        if self._store and self._parent_run_id and not self._failing:
            self._end_measuring()
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

    def _opened(self) -> Writer:
        if self._store is None:
            self._store = self._open_store()
        if not self._parent_run_id:
            self._parent_run_id = self._store.begin_study(
                self._job.study, self._job.run_key, whole=self._job.whole
            )
            if self._job.system_metrics:
                self._end_measuring = self._store.measure_system(self._parent_run_id)
            self._tell(Notice("ready", self._parent_run_id))
        return self._store

    def _deliver(self, store: Writer, paths: Sequence[Path]) -> None:
        found = {path: told for path in paths if (told := self._read(path))}
        recorded = store.record_together(list(found.values()), self._job.study, self._parent_run_id)
        for (path, (record, content)), done in zip(found.items(), recorded, strict=True):
            if not done and not self._record(store, path, record, content):
                continue
            network = path.with_suffix(".network")
            if network.exists():
                self._register(store, record, network)
            path.unlink(missing_ok=True)
            self._tell(Notice("recorded", run_key=record.task.run_key))

    def _record(self, store: Writer, path: Path, record: RunRecord, content: bytes) -> bool:
        """Record one by itself; False if it is refused, and so set aside."""
        try:
            store.record(record, self._job.study, self._parent_run_id, content)
        except RefusedError as reason:
            self._set_aside(path, in_one_line(reason))
            return False
        return True

    def _read(self, path: Path) -> tuple[RunRecord, bytes] | None:
        """The record in a file and the file's content, or None if it is gone or was set aside."""
        try:
            content = path.read_bytes()
            record = from_bytes(content)
        except FileNotFoundError:
            return None
        except Exception as reason:  # a damaged file raises whatever zip, NumPy or JSON find first
            self._set_aside(path, f"cannot be read as a record ({in_one_line(reason)})")
            return None
        if record.task.study != self._job.study.name:
            self._set_aside(path, f'belongs to the study "{record.task.study}"')
            return None
        return record, content

    def _register(self, store: Writer, record: RunRecord, path: Path) -> None:
        content = path.read_bytes()
        try:
            load_networks(content)
        except Exception as reason:  # likewise
            self._set_aside(path, f"cannot be read as networks ({in_one_line(reason)})")
            return
        try:
            where = store.register_champion(record, content, self._job.study, self._parent_run_id)
        except RefusedError as reason:
            self._set_aside(path, in_one_line(reason))
            return
        path.unlink()
        self._tell(Notice("registered", where, record.task.run_key))

    def _set_aside(self, path: Path, why: str) -> None:
        bad = path.with_name(f"{path.name}{SET_ASIDE}")
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


def _listen(lines: TextIO, commands: Commands, opened: threading.Event) -> None:
    """Pass commands on; when there will be no more, end the process soon, whatever the store keeps it waiting for.

    At once, if it was told nothing and the store is not open yet: then there is no record in hand, nor a run to end.
    """
    told = False
    for line in lines:
        commands.put(Finish(**json.loads(line)))
        told = True
    commands.put(None)
    if told or opened.is_set():
        time.sleep(LEAVING)
    os._exit(1)  # as safe as kill -9


def main() -> None:
    """Read the job, then publish until told to finish."""
    for number in set(STOPPING) - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)  # who started it decides
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    search_seldom()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log

    def tell(notice: Notice) -> None:
        try:
            out.write(f"{json.dumps(asdict(notice))}\n")
            out.flush()
        except BrokenPipeError:  # the reader is gone; the end of standard input says so, too
            return

    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # it is a real stream here
    job = job_from_line(sys.stdin.readline())
    commands: Commands = SimpleQueue()
    opened = threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin, commands, opened), daemon=True).start()

    def open_store() -> Writer:
        store = open_to_write(job.home, job.tracking_uri)
        opened.set()
        return store

    try:
        publish(job, open_store, commands, tell)
    except UserError as reason:
        tell(Notice("failed", in_one_line(reason).removeprefix("error: ")))
    except Exception as reason:
        tell(Notice("failed", f"the publisher broke down: {in_one_line(reason)}"))
        sys.exit(without_password(traceback.format_exc()))


if __name__ == "__main__":
    main()
