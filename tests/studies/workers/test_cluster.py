"""A study on a real Dask cluster of two worker processes, beside the same study on processes of our own."""

import asyncio
import logging
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster, Nanny

from experiments.mistakes import Fault, UserError
from experiments.recording.records import keep_in
from studies.execution import ATTEMPTS, run
from studies.running.plan import Plan
from studies.running.storage import open_journal
from studies.workers import engine as engines
from studies.workers.cluster import Cluster
from studies.workers.engine import Engine, engine
from tests.studies.bowl import Bowl
from tests.studies.plans import make_plan
from tests.studies.test_execution import go as run_on
from tests.studies.test_execution import history, lines

pytestmark = pytest.mark.xdist_group("cluster")

Go = Callable[..., list[Any]]
TRIALS = 8


@pytest.fixture(scope="module")
def another() -> Iterator[str]:
    """The address of a cluster of somebody else's, whose scheduler would try a task of a dead worker again."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        assert cluster.scheduler.allowed_failures == 3
        yield cluster.scheduler_address


@pytest.fixture
def go(request: pytest.FixtureRequest) -> Go:
    """Run a study in a folder on an engine until it ends, or for so many outcomes."""

    def going(plan: Plan, folder: Path, name: str = "dask", stop_after: int | None = None) -> list[Any]:
        address = request.getfixturevalue("another") if name == "another" else name
        return run_on(plan, folder, engine(address, 2), stop_after)

    return going


def small(**changes: Any) -> Plan:
    """A study of 2 combinations with 4 trials each."""
    return make_plan(**{"study": {"trials": TRIALS}, **changes})


@pytest.mark.parametrize("name", ["dask", "another"])
def test_a_worker_killed_in_a_trial_is_replaced_and_the_study_ends_as_on_local_processes(
    name: str, go: Go, tmp_path: Path
) -> None:
    plan = small()
    go(plan, tmp_path / "local", "local")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "die-search-3").write_text("2")
    last = go(plan, tmp_path / "there", name)[-1]
    assert last.done == plan.networks
    assert history(plan, tmp_path / "there") == history(plan, tmp_path / "local")
    attempts = Counter(lines(tmp_path / "there", "attempts"))
    assert attempts[f"{plan.run_key}-search-000003"] >= 2
    if name == "dask":
        assert max(attempts.values()) == 2, "only the study's own queue tries a trial again"
    kept = {path.name: path.read_bytes() for path in (tmp_path / "there").glob("*.npz")}
    assert kept == {path.name: path.read_bytes() for path in (tmp_path / "local").glob("*.npz")}


def test_a_trial_is_judged_at_its_rungs_over_there_as_it_is_here(go: Go, tmp_path: Path) -> None:
    plan = make_plan(pruner={"name": "median"}, study={"trials": 18})
    for name in ("local", "another"):
        go(plan, tmp_path / name, name)
    assert history(plan, tmp_path / "another") == history(plan, tmp_path / "local")
    states = Counter(trial[0] for lane in history(plan, tmp_path / "another") for trial in lane[:-1])
    assert states["PRUNED"] > 0


def test_a_trial_that_kills_every_worker_ends_the_study_in_words(go: Go, tmp_path: Path) -> None:
    plan = small()
    deadly = tmp_path / "die-search-2"
    deadly.write_text("-1")
    with pytest.raises(Fault, match=rf"trial 2 took {ATTEMPTS} workers down with it \(tcp://.* died\)\n"):
        go(plan, tmp_path)
    assert Counter(lines(tmp_path, "attempts"))[f"{plan.run_key}-search-000002"] == ATTEMPTS
    deadly.unlink()
    assert go(plan, tmp_path, "local")[-1].done == plan.networks


def test_stopped_half_way_nothing_is_left_running_and_it_goes_on_to_the_same_end(
    go: Go, tmp_path: Path
) -> None:
    plan = small()
    go(plan, tmp_path / "local", "local")
    go(plan, tmp_path / "there", "another", stop_after=3)
    states = {trial[0] for lane in history(plan, tmp_path / "there") for trial in lane[:-1]}
    assert "RUNNING" not in states
    assert go(plan, tmp_path / "there", "another")[-1].done == plan.networks
    assert history(plan, tmp_path / "there") == history(plan, tmp_path / "local")


def test_a_record_that_cannot_be_written_here_is_a_fault(another: str, tmp_path: Path) -> None:
    def full(_name: str, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    crew = engine(another, 2).crew(partial(Bowl, folder=tmp_path), full)
    with pytest.raises(Fault, match="No space left on device"):
        list(run(small(), crew, open_journal(tmp_path), lambda: False))


def test_a_scheduler_that_goes_is_a_fault_and_the_study_goes_on_elsewhere(go: Go, tmp_path: Path) -> None:
    logging.getLogger("distributed.client").setLevel(logging.WARNING)  # as it is when Dask has been imported
    plan = make_plan()
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp://"
    ) as cluster:
        crew = engine(cluster.scheduler_address, 1).crew(
            partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path)
        )
        studying = run(plan, crew, open_journal(tmp_path), lambda: False)
        next(studying)
    assert not logging.getLogger("distributed.client").isEnabledFor(logging.ERROR), (
        "and it tells by a traceback"
    )
    with pytest.raises(Fault, match="the Dask scheduler is out of reach"):
        list(studying)
    assert go(plan, tmp_path, "local")[-1].done == plan.networks


def test_without_a_number_there_are_as_many_jobs_as_workers(another: str, tmp_path: Path) -> None:
    crew = engine(another, None).crew(partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path))
    assert crew.size == 2
    crew.close()


def test_where_no_scheduler_answers_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.workers.cluster.JOINING", 0.5)
    with pytest.raises(
        UserError, match=r"^error: --engine: no Dask scheduler answers at tcp://\*\*\*@127.0.0.1:9$"
    ):
        engine("dask://me:secret@127.0.0.1:9", None).crew(
            partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path)
        )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dsk", 'unknown engine "dsk"; did you mean "dask"?'),
        ("", 'unknown engine ""'),
        ("http://127.0.0.1:8786", 'unknown engine "http://127.0.0.1:8786"'),
        ("http://me:se cret@host", 'unknown engine "http://***@host"'),
        ("tcp://", 'unknown engine "tcp://"'),
    ],
)
def test_an_engine_that_is_none_is_refused(name: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        engine(name, None)
    assert str(refused.value).startswith(f"error: --engine: {message}")


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    assert engine("local", 3) == Engine("local", "", 3)
    with pytest.raises(UserError, match=r"distributed is needed(.|\n)*\.\[cluster\]"):
        engine("dask", None)


def test_a_worker_that_dies_before_the_study_has_begun_is_not_missed() -> None:
    class Client:
        """A client of a cluster whose workers die so often, and no more, while they get their stations."""

        def __init__(self, deaths: int) -> None:
            self.deaths = deaths

        def subscribe_topic(self, *_: Any) -> None:
            pass

        def register_plugin(self, *_: Any, **__: Any) -> None:
            self.deaths -= 1
            if self.deaths >= 0:
                raise OSError("Stream is closed")

    def join(client: Any) -> None:
        Cluster(client, None, lambda _: pytest.fail("begun"), lambda *_: None, 2)

    join(few := Client(4))
    assert few.deaths == -1
    with pytest.raises(Fault, match=r"^error: workers died 5 times .* \(Stream is closed\)"):
        join(Client(5))


def test_a_worker_that_dies_while_its_cluster_starts_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, killed = Nanny.instantiate, []

    async def kill_the_first(nanny: Any) -> Any:
        beginning = asyncio.ensure_future(begin(nanny))
        while not killed and not beginning.done():
            await asyncio.sleep(0)
            if process := getattr(nanny.process, "process", None):
                killed.append(process.pid)
                os.kill(process.pid, signal.SIGKILL)
        return await beginning

    monkeypatch.setattr(Nanny, "instantiate", kill_the_first)
    with closing(engine("dask", 1).crew(partial(Bowl, folder=tmp_path), partial(keep_in, tmp_path))) as crew:
        assert len(killed) == crew.size == 1
