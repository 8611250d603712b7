"""The publisher, seen from the process that starts it: it records in MLflow, so that no other process waits for MLflow.

    publisher = Publisher.start(job)
    …                                   # workers write to the spool
    for notice in publisher.notices():
        …
    left = publisher.finish(status="FINISHED", timeout=60)

It is a process group of its own, so that Ctrl-C at the terminal does not reach it; it finishes when told to, and
ends by itself, after the records in its hands, when its parent is gone. It may be killed at any moment: the spool
keeps what is not recorded, and another process takes its place and finishes a record that was cut off.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Final

from experiments.publisher.protocol import Notice, job_to_line
from experiments.recording.study_state import Status
from experiments.store.spool import Job, keep_study
from experiments.system.child import APART, command, surroundings

__all__ = ["Job", "Notice", "Publisher"]

POLL: Final = 0.05
"""Seconds between two looks at whether it has ended."""

GRACE: Final = 15.0
"""Seconds beyond the time-out in which a call to the store that is under way may come back."""


LIVES: Final = 5
"""How many processes are started, each after one that was killed, before the publisher gives up."""


class Publisher:
    """A running publisher.

    Attributes:
        trouble: what keeps it from recording, in one line; empty where nothing does.
    """

    def __init__(self, job: Job, trouble: str) -> None:
        """Use `start`."""
        self.trouble = trouble
        self._job = job
        self._notices: SimpleQueue[Notice | subprocess.Popen[str]] = SimpleQueue()
        self._said_goodbye = False
        self._last_words = ""
        self._lives = 0
        self._begin()

    @classmethod
    def start(cls, job: Job, trouble: str = "") -> "Publisher":
        """Start a publisher, which opens the store while this returns at once; another takes its place if it is killed.

        The job's spool folder is made if need be, and holds the publisher's log and the study. `trouble` says that the
        store does not answer, if the user knows that already.
        """
        job.spool.mkdir(parents=True, exist_ok=True)
        keep_study(job)
        return cls(job, trouble)

    def _begin(self) -> None:
        """Start a process."""
        self._lives += 1
        with (self._job.spool / "publisher.log").open("ab") as log:
            self._process = subprocess.Popen(
                command("experiments.publisher.publishing"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                env=surroundings(),
                **APART,
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()
        self._say(job_to_line(self._job))
        if self._last_words:
            self._say(self._last_words)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def notices(self, wait: float = 0.0) -> list[Notice]:
        """What it says in so many seconds, or has said since the last call; `failed` if it has ended without a word.

        That the store does not answer is said once, until it answers again.
        """
        found: list[Notice] = []
        try:
            notice = self._notices.get(timeout=wait) if wait > 0 else self._notices.get_nowait()
            while True:
                if isinstance(notice, Notice):
                    if notice.kind != "waiting" or not self.trouble:
                        found.append(notice)
                    if notice.kind in ("waiting", "failed", "ready", "recovered"):
                        self.trouble = notice.text if notice.kind in ("waiting", "failed") else ""
                elif notice is self._process and not self._revived():
                    self._say_goodbye()
                notice = self._notices.get_nowait()
        except Empty:
            return found

    def _revived(self) -> bool:
        """Start another process if this one was killed; returns whether it did."""
        if self._process.wait() >= 0 or self._said_goodbye or self._lives >= LIVES:
            return False
        self._listener.join()
        self._close()
        self._notices.put(
            Notice("restarted", f"the publisher was killed ({self._why()}); another one continues")
        )
        self._begin()
        return True

    def _say_goodbye(self) -> None:
        """Say for a process that it has failed, if it could not."""
        if not self._said_goodbye:
            self._said_goodbye = True
            self._notices.put(Notice("failed", f"the publisher ended with {self._why()}"))

    def _why(self) -> str:
        return f"status {self._process.returncode}, see {self._job.spool / 'publisher.log'}"

    def finish(
        self,
        *,
        status: Status,
        timeout: float,
        tags: Mapping[str, str] | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> int:
        """Have it deliver what is left and end the study's parent run with a status and tags, and wait for that.

        Args:
            status: of the parent run.
            timeout: seconds that it has, and has again after each record; what is left then stays in the spool, for the
                next start.
            tags: for the parent run.
            enough: asked many times a second whether to wait no longer; the process is then left to end the parent
                run alone.

        Returns:
            How many records are left.
        """
        self._last_words = json.dumps({"status": status, "timeout": timeout, "tags": dict(tags or {})})
        self._say(self._last_words)
        left, deadline = self._left(), time.monotonic() + timeout + GRACE
        while (self.alive or self._revived()) and not enough():
            if (now := self._left()) < left:
                left, deadline = now, time.monotonic() + timeout + GRACE
            if time.monotonic() > deadline:
                self._lives, self._said_goodbye = LIVES, True  # what kept it has been told
                self._process.kill()
            try:
                self._process.wait(POLL)
            except subprocess.TimeoutExpired:
                continue
        if not self.alive:
            self._listener.join()
            self._close()
        return self._left()

    def _left(self) -> int:
        """How many records wait in the spool."""
        return sum(1 for _ in self._job.spool.glob("*.npz"))

    def kill(self) -> None:
        """End it at once; what it has not recorded stays in the spool."""
        self._lives = LIVES
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._close()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):  # it is dead, which `notices` tells, or was closed before
            return

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        """Pass on what a process says, and itself once it says no more."""
        assert process.stdout is not None
        for line in process.stdout:
            notice = Notice(**json.loads(line))
            self._said_goodbye |= notice.kind in ("failed", "finished")
            self._notices.put(notice)
        self._notices.put(process)
