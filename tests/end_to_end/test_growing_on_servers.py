"""A study grows in databases and behind servers, and is killed while it takes over and while it checks its rule."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studies.running.design_agreement import LANE
from studies.running.storage import open_database
from tests.commands import apart, command, environment
from tests.end_to_end.conftest import fingerprint, load
from tests.experiments.conftest import Server
from tests.studies.conftest import proxied

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("growing-on-servers")]

STUDY = """
[study]
name = "fails"
trials = {trials}
seeds = 1
confirm_seeds = 2

[data]
source = "two-moons"

[training]
epochs = 4
batch_size = 32
activation = "relu"
cost = "cross_entropy"

[search.scientific]
widths = {widths}

[search.nuisance]
learning_rate = {{ low = 0.01, high = 10000.0, log = true }}

[sampler]
name = "random"
"""
SMALL = STUDY.format(trials=32, widths="[[4], [8]]")
LARGE = STUDY.format(trials=48, widths="[[4], [6], [8]]")

MOMENTS = {"taking over": r"[1-9]\d*/48 trials", "among the probes": "checking where networks fail"}
"""The line of progress after which the command is killed."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The large study, run at once in files."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "large.toml").write_text(LARGE, "utf-8")
    done = apart("study", folder / "large.toml", "--home", folder / "home", "--no-report")
    assert done.status == 0, done.err
    return fingerprint(load(folder / "home", "fails"))


@pytest.fixture(params=["postgresql", "servers"])
def stores(
    request: pytest.FixtureRequest, postgresql: Callable[[], str], tmp_path: Path
) -> Iterator[tuple[str, str]]:
    """Where Optuna and where MLflow keep a study: PostgreSQL, or Optuna's proxy of it and MLflow's server."""
    if request.param == "postgresql":
        yield postgresql(), postgresql()
        return
    behind: Any = open_database(postgresql())
    (tmp_path / "server").mkdir()
    server = Server(tmp_path / "server")
    server.start()
    with proxied(behind) as proxy:
        yield proxy, server.url
    server.kill()
    behind.remove_session()
    behind.engine.dispose()


def test_it_goes_on_to_the_large_study_and_nothing_is_left(
    stores: tuple[str, str], large: list[tuple[object, ...]], tmp_path: Path
) -> None:
    storage, tracking = stores
    file, home = tmp_path / "study.toml", tmp_path / "home"
    words = ("study", file, "--home", home, "--storage", storage, "--tracking-uri", tracking, "--no-report")
    file.write_text(SMALL, "utf-8")
    done = apart(*words)
    assert done.status == 0, done.err
    file.write_text(LARGE, "utf-8")
    ahead = apart(*words, "--dry-run")
    counted = "38 of 57 networks of the trials and default settings; 19 would be trained"  # a default has 1 + 2 seeds
    assert f"recorded: {counted}\n" in ahead.out, ahead.err
    for moment in MOMENTS.values():
        with subprocess.Popen(command(*words), stderr=subprocess.PIPE, text=True, env=environment()) as study:
            said = []
            for line in study.stderr:
                said.append(line)
                if re.match(moment, line):
                    break
            study.kill()
        assert study.wait() == -9, said
    done = apart(*words)
    assert done.status == 0, done.err
    found = load(home, "fails", tracking)
    assert fingerprint(found) == large
    assert {run.task.phase for run in found.runs} >= {"search", "probe", "confirm", "champion"}
    assert not list(home.glob("studies/fails/spool/*.npz*"))
    there: Any = open_database(storage)
    lanes = [LANE.fullmatch(one.study_name) for one in there.get_all_studies()]
    assert {lane["generation"] for lane in lanes if lane} == {"1"}
    if storage.startswith("grpc"):
        there.close()
    else:
        there.remove_session()
        there.engine.dispose()
