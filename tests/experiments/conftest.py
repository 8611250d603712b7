"""Records to write, a store to write them to, and a server that can be stopped and started again."""

import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from experiments.store.server import server_command


def bytes_in(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder in a folder, by its path, to be seen to be what it was."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder for all tests, each with a study of its own: making the tables takes seconds."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def store(home: Path) -> Any:
    """The real store in `home`: MLflow on SQLite."""
    from experiments.store.mlflow_store import Store

    return Store.open(home)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for the test's own study."""
    words = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return f"{words[:60]}-{crc32(words.encode()):08x}"


class Server:
    """MLflow's server on a free port, in a process group of its own."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command, environment = server_command(self.home, None, self._port)
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600):
            assert self._process.poll() is None, (self.home / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
            except (urllib.error.URLError, TimeoutError):
                threading.Event().wait(0.1)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()
