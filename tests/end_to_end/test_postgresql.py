"""Both of a study's stores on a real PostgreSQL server, as a cluster would have them."""

import os
import re
import socket
import subprocess
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from studies.running.lease import leased
from studies.running.storage import open_database
from tests.commands import apart, command, environment
from tests.end_to_end.conftest import TINY, fingerprint, load


@pytest.fixture(scope="module")
def stores(postgresql: Callable[[], str]) -> tuple[str, str]:
    """Databases for Optuna and for MLflow."""
    return postgresql(), postgresql()


@pytest.mark.slow
def test_a_study_on_postgresql_that_is_killed_goes_on_at_once_and_is_what_it_is_in_files(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    in_files = apart("study", str(file), "--home", str(tmp_path / "files"), "--no-report")
    assert in_files.status == 0, in_files.err
    expected = fingerprint(load(tmp_path / "files", "tiny"))

    storage, tracking = stores
    there = ("--home", str(tmp_path / "home"), "--tracking-uri", tracking)
    words = ("study", str(file), *there, "--storage", storage, "--no-report")
    with subprocess.Popen(command(*words), stderr=subprocess.PIPE, text=True, env=environment()) as study:
        said = list(takewhile(lambda line: not re.match(r"[1-9]\d*/12 trials", line), study.stderr))
        study.kill()
    assert re.fullmatch("tiny: 12 trials of 3 seeds.*\n0/12 trials.*\n", "".join(said))
    done = apart(*words)
    assert done.status == 0, done.err
    assert "Waiting to see" not in done.err  # the lease of the dead does not hold anybody up
    assert fingerprint(load(tmp_path / "home", "tiny", tracking)) == expected
    report = apart("report", "tiny", *there)
    assert report.status == 0, report.err
    assert not (tmp_path / "home" / "mlflow.db").exists()


def test_what_another_host_runs_is_refused_and_that_host_is_named(
    postgresql: Callable[[], str], tiny: Path, tmp_path: Path
) -> None:
    url = postgresql()
    storage: Any = open_database(url)
    with leased(storage, "tiny"):
        done = apart("study", str(tiny), "--home", str(tmp_path / "home"), "--storage", url)
    storage.remove_session()
    storage.engine.dispose()
    assert done.status == 2
    assert done.err.splitlines()[-2:] == [
        f'error: the study "tiny" is being run on {socket.gethostname()} (process {os.getpid()})',
        "One host runs a study; more of them train for it with --engine dask.",
    ]
    assert not (tmp_path / "home" / "mlflow.db").exists()
