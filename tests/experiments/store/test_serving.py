"""A server that ends with whoever started it, and all that is below it."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from experiments.system.child import APART, command, surroundings

MLFLOW = """
import subprocess, sys
below = [sys.executable, "-c", "import sys, threading; print(sys.argv[1], flush=True); threading.Event().wait()"]
subprocess.run([*below, sys.argv[1]])
"""


def test_when_the_pipe_is_closed_the_whole_group_is_gone(tmp_path: Path) -> None:
    for package in ("mlflow", "mlflow/store", "mlflow/store/db"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "mlflow" / "store" / "db" / "utils.py").write_text("def _get_package_dir(): ...")
    (tmp_path / "mlflow" / "__main__.py").write_text(MLFLOW)
    found = surroundings()
    found["PYTHONPATH"] = f"{tmp_path}:{found['PYTHONPATH']}"
    with subprocess.Popen(
        command("experiments.store.serving", "server"),
        env=found,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **APART,
    ) as server:
        try:
            assert server.stdout.readline() == "server\n"
            rest, _ = server.communicate(timeout=60)  # which ends when nobody is left to write
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
    assert (rest, server.returncode) == ("", -9)
