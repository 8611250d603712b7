"""Records to write, a store to write them to, and a server that can be stopped and started again."""

import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from experiments.records import CURVES, RunRecord, StudyRecord
from experiments.store.server import server_command
from experiments.task import Task

FIXED = {"epochs": 4, "batch_size": 16, "activation": "sigmoid", "biases": True, "l2": 0.0}


def bytes_in(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder in a folder, by its path, to be seen to be what it was."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def make_study() -> Callable[..., StudyRecord]:
    def make(name: str, **changes: Any) -> StudyRecord:
        values: dict[str, Any] = {
            "name": name,
            "question": "How do learning rate and width shape convergence?",
            "objective": "validation_error",
            "target_error": None,
            "equivalence_margin": 0.005,
            "trials": 8,
            "seeds": 3,
            "confirm_seeds": 5,
            "scientific": {"cost": ["quadratic", "cross_entropy"], "widths": [[16], [64, 32]]},
            "nuisance": {"learning_rate": {"low": 0.01, "high": 10.0, "log": True}},
            "fixed": FIXED,
            "combinations": (
                {"cost": "quadratic", "widths": [16]},
                {"cost": "cross_entropy", "widths": [64, 32]},
            ),
            "sampler": "tpe",
            "pruner": "none",
            "data": {
                "name": "digits",
                "kind": "classification",
                "fingerprint": "0123456789abcdef" * 4,
                "examples": {"train": 1078, "validation": 359, "test": 360},
                "inputs": 64,
                "classes": list("0123456789"),
                "chance_error": 0.9,
                "image_shape": [8, 8],
                "split_seed": 0,
                "source": "scikit-learn",
            },
            "study_file": '[study]\nname = "digits"\n',
            "command": "chainrule study digits.toml",
            "environment": {"python": "3.11", "git_revision": "0f" * 20},
        }
        return StudyRecord(**{**values, **changes})

    return make


@pytest.fixture(scope="session")
def make_run() -> Callable[..., RunRecord]:
    def make(study: str, slot: int, *, seeds: int = 3, epochs: int = 4, **changes: Any) -> RunRecord:
        rng = np.random.default_rng(slot)
        curves = {name: rng.random((seeds, epochs)) for name in CURVES}
        curves |= {name: rng.random((seeds, epochs, 2)) for name in ("gradient_norm", "saturated")}
        phase = changes.get("phase", "search")
        values: dict[str, Any] = {
            "study": study,
            "run_key": f"{study}-0123abcd-{phase}-{slot}",
            "phase": phase,
            "slot": slot,
            "combination": 1,
            "scientific": {"cost": "cross_entropy", "widths": [64, 32]},
            "nuisance": {"learning_rate": 0.35},
            "fixed": FIXED,
            "seeds": tuple(range(seeds)),
            "decided": {},
            "study_seed": 0,
            "objective": "validation_error",
            "target_error": None,
        }
        names = {f.name for f in fields(Task)} - {"objective"}
        values |= {name: changes.pop(name) for name in names & changes.keys()}
        record: dict[str, Any] = {
            "task": Task(**values),
            "state": "complete",
            "objective": float(rng.random()),
            "started": 1_800_000_000_000 + 1000 * slot,
            "parameters": 6282,
            "curves": curves,
            "seconds": np.cumsum(rng.random(epochs)),
            "diverged_at": np.zeros(seeds, np.int64),
        }
        return RunRecord(**{**record, **changes})

    return make


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
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command, environment = server_command(self._home, None, self._port)
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600):
            assert self._process.poll() is None, (self._home / "server.log").read_text()
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
