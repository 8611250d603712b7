"""A study whose tracking server dies half way and comes back."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from experiments.store.mlflow_store import Store
from tests.commands import command, environment
from tests.end_to_end.conftest import fingerprint, on_a_process
from tests.experiments.conftest import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """MLflow's own, with a store of its own."""
    (tmp_path / "server").mkdir()
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.kill()


def recorded(folder: Path) -> int:
    """How many runs of trials the server has taken."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as behind:
        return int(behind.execute("SELECT count(*) FROM runs WHERE status = 'FINISHED'").fetchone()[0])


@pytest.mark.slow
def test_the_study_goes_on_and_the_server_gets_everything_once_when_it_is_back(
    server: Server, tiny: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    words = command("study", str(tiny), "--home", str(home), "--tracking-uri", server.url, "--no-report")
    words += ["--quiet", "--json"]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **streams, env=environment()) as study:
        while recorded(tmp_path / "server") < 2:
            assert study.poll() is None
            Event().wait(0.05)
        server.kill()
        said = []
        for line in study.stderr:
            said.append(line)
            if f"the tracking store {server.url} does not do its work" in line:
                server.start()
        told = json.loads(study.stdout.read())
    assert study.returncode == 0, said
    assert "the tracking store answers again\n" in said
    assert len(said) == len(set(said)), "each trouble once, and no progress"
    assert not any("12 trials" in line for line in said)
    assert (told["state"], told["recorded"]["complete"], told["waiting"]) == ("complete", 12, 0)
    assert (told["continue"], told["verdict"], told["report"]) == (None, [], None)
    store: Any = Store.open(home, server.url)
    found = store.load_study("tiny")
    assert found.status == "FINISHED"
    assert len(found.runs) == 12 + 2 + 1
    assert fingerprint(found) == on_a_process(tiny, tmp_path)
    runs = store._client.search_runs([found.experiment_id])
    assert len(runs) == len(found.runs) + 1
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in found.runs:
        points = store._client.get_metric_history(run.run_id, "validation_error")
        assert len(points) == len({point.step for point in points})
    assert not list(home.glob("studies/tiny/spool/*.npz*"))
