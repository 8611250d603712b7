"""Commands in a folder whose files have the names of modules, with nobody who listens, ended in every way.

A file that is imported says so in a file. The study's folder has one for each module that some process might look
for: standard ones that are imported late, every package of the lock, and our own rooms.
"""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path

import psutil
import pytest

from tests.commands import command, environment
from tests.iris_study import iris_study

pytestmark = pytest.mark.xdist_group("folder")

STUDY = iris_study(trials=1, confirm_seeds=0, training="epochs = 2", rest="")

HOMEWORK = "import numpy as np\n\n\ndef gradient(W, x, y):\n    return W\n"

CHAINRULE = str(Path(sys.executable).with_name("chainrule"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, with a study file and a homework among the traps."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "tiny.toml").write_text(STUDY)
    (folder / "homework.py").write_text(HOMEWORK)
    names = {*sys.stdlib_module_names, *packages_distributions(), "core", "experiments", "studies", "reports"}
    for name in names:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(
                f"open({str(folder / 'sprung')!r}, 'a').write(__name__ + ' ')\n"
            )
    return folder


def in_bash(line: str, folder: Path) -> tuple[int, str]:
    words = f"set -o pipefail; {line.replace('CHAINRULE', shlex.quote(CHAINRULE))}"
    done = subprocess.run(
        ["bash", "-c", words], cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stderr


def sprung(folder: Path) -> str:
    file = folder / "sprung"
    return file.read_text() if file.exists() else ""


@pytest.fixture(scope="module")
def home(folder: Path) -> Path:
    """Where a study was recorded that had nobody to talk to: its results cannot be told, which is a fault."""
    assert in_bash("CHAINRULE study tiny.toml --home home --workers 2 >/dev/full <&- 2>&-", folder) == (1, "")
    return folder / "home"


def test_a_study_and_its_report_need_nobody_who_listens_and_nothing_of_the_folder(
    folder: Path, home: Path
) -> None:
    assert (home / "reports" / "tiny" / "report.html").exists()
    assert (
        in_bash("CHAINRULE train --data iris --epochs 2 --seeds 2 --home home 2>&1 | head -1", folder)[0] == 0
    )
    with closing(sqlite3.connect(home / "mlflow.db")) as records:
        (status,) = records.execute("SELECT group_concat(DISTINCT status) FROM runs").fetchone()
    assert status == "FINISHED"
    assert not list(home.glob("studies/*/spool/*.npz*"))
    assert len(list(home.glob("artifacts/*/artifacts/record.npz"))) == 1 + 1
    assert sprung(folder) == ""


@pytest.mark.parametrize("line", ["explain --check homework.py", "init new.toml", "studies --home nowhere"])
def test_no_other_command_imports_anything_of_the_folder(line: str, folder: Path) -> None:
    in_bash(f"CHAINRULE {line}", folder)
    assert sprung(folder) == ""


def test_neither_does_python_m_once_it_is_ours(tmp_path: Path) -> None:
    """What Python itself looks for before, in the folder in which that is typed, is not in our hands."""
    for name in ("secrets", "random", "urllib", "numpy", "typer", "core", "experiments", "reports"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('sprung')")
    done = subprocess.run(command("explain"), cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_a_cluster_of_this_machine_imports_nothing_of_the_folder(folder: Path) -> None:
    line = "CHAINRULE study tiny.toml --name dask --home dask --engine dask --workers 1 --no-report -q"
    assert in_bash(line, folder)[0] == 0
    assert sprung(folder) == ""


@contextmanager
def started(home: Path, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The pages, as soon as MLflow's process is there."""
    with subprocess.Popen(
        [CHAINRULE, "ui", "--home", str(home)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as ui:
        try:
            assert ui.stderr.readline() == "Starting MLflow, which takes some seconds\n"
            yield ui
        finally:
            if ui.poll() is None:
                ui.send_signal(signal.SIGINT)


def ended(ui: "subprocess.Popen[str]", below: list[psutil.Process]) -> bool:
    """Whether all of them end; where nobody buries orphans, they stay as zombies."""
    ui.communicate(timeout=60)
    _, left = psutil.wait_procs(below, timeout=1)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in left)


@pytest.mark.parametrize("to_all", [False, True], ids=["the command", "its group"])
@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGINT],
        [signal.SIGINT, signal.SIGINT],
        [signal.SIGTERM, signal.SIGHUP, signal.SIGINT],
        [signal.SIGHUP, signal.SIGHUP, signal.SIGHUP],
        [signal.SIGQUIT],
        [signal.SIGKILL],
    ],
)
def test_pages_that_are_begun_end_with_their_command(
    signals: list[signal.Signals], to_all: bool, folder: Path, home: Path
) -> None:
    with started(home, folder) as ui:
        below = psutil.Process(ui.pid).children(recursive=True)
        assert len(below) == 1
        for number in signals:
            if ui.poll() is None:
                os.killpg(ui.pid, number) if to_all else ui.send_signal(number)
        assert ended(ui, below)


@pytest.mark.slow
def test_pages_that_are_served_import_nothing_of_the_folder_and_end_with_their_command(
    folder: Path, home: Path
) -> None:
    with started(home, folder) as ui:
        assert ui.stdout.readline().startswith("http://127.0.0.1:")
        below = psutil.Process(ui.pid).children(recursive=True)
        assert len(below) >= 2, "MLflow's server has a process of its own"
        ui.kill()
        assert ended(ui, below)
    assert sprung(folder) == ""
