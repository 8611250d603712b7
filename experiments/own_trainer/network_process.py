"""One network that the user's code trains in a process of its own, which may raise, hang or crash."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final

from experiments.mistakes import TrialFailed
from experiments.own_trainer.minder import ended
from experiments.system.child import APART

MINDER: Final = Path(__file__).with_name("minder.py")

TAIL: Final = 2_000
"""Bytes of what the code printed last that the reason of a failure keeps."""

_ADDRESS: Final = re.compile(r"\b0x[0-9a-f]{6,}\b")

PATIENCE: Final = 0.5
"""Seconds after which a process that is silent is looked at: it may be gone while others hold its output open."""

LEAVING: Final = 5.0
"""Seconds that what a process has told last has to come through."""


class NetworkProcess:
    """The process, and what it has told so far.

    Attributes:
        seconds: that it has been at work.
    """

    def __init__(self, asked: Mapping[str, Any], examples: bytes, time_limit: float) -> None:
        """Start it.

        Args:
            asked: what to do (see `minder.Asked`).
            examples: an `.npz` file.
            time_limit: seconds that it may be at work.
        """
        self.seconds, self._limit = 0.0, time_limit
        self._epochs, self._over, self._closed = 0, False, False
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 # closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(MINDER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            env={"PYTHONHASHSEED": "0", **os.environ},
            **APART,
        )
        if "command" in asked:
            self._scratch = tempfile.TemporaryDirectory(prefix="chainrule-")
            asked = {**asked, "scratch": self._scratch.name}
        self._lines: SimpleQueue[list[Any] | None] = SimpleQueue()
        first = json.dumps({**asked, "size": len(examples)}).encode()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._sending = threading.Thread(target=self._send, args=(first + b"\n" + examples,), daemon=True)
        self._listening.start()
        self._sending.start()

    def _listen(self) -> None:
        """Hear what it tells, to its end."""
        assert self._process.stdout
        with suppress(ValueError):  # killed in the middle of a line
            for line in self._process.stdout:
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _send(self, content: bytes) -> None:
        """Write to it; a process that is dead is found where its answer is read."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.write(content)
            self._process.stdin.flush()

    def epochs(self, until: int) -> Iterator[tuple[dict[str, float], float]]:
        """Let it train up to an epoch; gives each epoch's numbers, and the seconds that it took.

        They end before if the code has no more.

        Raises:
            TrialFailed: if it raises, crashes or takes too long.
        """
        if self._over or self._epochs >= until:
            return
        self._sending.join()
        self._send(f"{until}\n".encode())
        since = monotonic()
        while self._epochs < until:
            what, *told = self._told(since)
            now = monotonic()
            self.seconds += now - since
            if what == "epoch":
                self._epochs += 1
                yield told[0], now - since
            elif what != "begun":
                self._over = True
                if what == "ended":
                    return
                raise TrialFailed(self._with_tail(str(told[0])))
            since = monotonic()

    def found(self) -> list[Any]:
        """What a look at the code has told.

        Raises:
            TrialFailed: if it crashes or takes too long.
        """
        return self._told(monotonic())

    def _told(self, since: float) -> list[Any]:
        """What it tells next."""
        told = None
        while True:
            left = self._limit - self.seconds - (monotonic() - since)
            if left <= 0:
                self._over = True
                raise TrialFailed(self._with_tail(f"it took longer than time_limit, {self._limit:g} s"))
            try:
                told = self._lines.get(timeout=min(left, PATIENCE))
                break
            except Empty:
                if self._process.poll() is None:
                    continue
            self._kill()
            with suppress(Empty):
                told = self._lines.get(timeout=LEAVING)
            break
        if told is None:
            self._over = True
            raise TrialFailed(self._with_tail(ended(self._process.wait())))
        return told

    def _with_tail(self, why: str) -> str:
        """A reason with what the code has printed last."""
        size = self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, size - TAIL))
        printed = self._printed.read().decode("utf-8", "replace").strip()
        printed = _ADDRESS.sub("0x…", printed)  # which differ from time to time
        return f"{why}\n{printed}" if printed else why

    def _kill(self) -> None:
        """Kill it and all that it has started."""
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """End it and all that it has started, if that has not been done."""
        if self._closed:
            return
        self._closed = True
        self._kill()
        self._process.wait()
        for thread in (self._listening, self._sending):
            thread.join(LEAVING)
        for stream in (self._process.stdin, self._process.stdout, self._printed):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr] # both are pipes
        if self._scratch:
            self._scratch.cleanup()
