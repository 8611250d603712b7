"""What recording costs: the default study with and without it, and one run of the headline in MLflow.

A run is recorded in three ways in turn: as was done once, by MLflow's client with the bounds of each curve as metrics
and with the settings and tags that all trials share; by the client, means alone; and several together as rows of
MLflow's tables.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final
from unittest import mock

from benchmarks.goals import (
    MLFLOW_MILLISECONDS,
    PAGE_OVER_BANDS,
    STORE_OVER_BANDS,
    TOGETHER_OVER_CLIENT,
    TRACKED,
    TWO_WORKERS,
    Finding,
)
from benchmarks.rounds import Spread
from benchmarks.studies.our_study import Ran, Study, ran
from benchmarks.studies.stopwatch import Watch
from experiments.experiment import Experiments
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store import artifacts, metrics
from experiments.store.mlflow_store import Store
from experiments.store.table_writing import open_to_write
from experiments.wording import count
from studies.running.lane import Lane
from studies.running.storage import open_journal

FILE: Final = Path("studies", "digits.toml")
WORKERS: Final = (1, 2)

HEADLINE: Final = Path(__file__).parents[1] / "headline.toml"
RUNS_A_ROUND: Final = 32
RUNS_OF_A_PAGE: Final = 100
"""MLflow's pages draw the charts of so many."""
POINTS_OF_A_CHART: Final = 320
"""They ask for so many of each run."""
BANDS, CLIENT, TOGETHER = "bounds and all settings, by the client", "means, by the client", "means, together"


@dataclass(frozen=True, slots=True)
class Recording:
    """Trials of the study, its seconds by how it was run, and the ratios with their goals."""

    trials: int
    seconds: dict[str, Spread]
    findings: list[Finding]


def recording_of(rounds: int) -> Recording:
    """Run the four in turn."""
    study = Study.of(FILE)
    runs: dict[tuple[int, bool], list[Ran]] = {
        (workers, tracked): [] for workers in WORKERS for tracked in (True, False)
    }
    for _ in range(rounds):
        for (workers, tracked), found in runs.items():
            found.append(ran(study, workers=workers, tracked=tracked))
    findings = [
        Finding(
            f"the default study, tracked ÷ untracked, {count(workers, 'worker')}",
            _ratio([one.whole for one in runs[workers, True]], [one.whole for one in runs[workers, False]]),
            TRACKED[workers],
            at_most=True,
        )
        for workers in WORKERS
    ]
    findings += [
        Finding(
            f"trials a second of the default study, 2 workers ÷ 1, {'' if tracked else 'un'}tracked",
            _ratio([one.searching for one in runs[1, tracked]], [one.searching for one in runs[2, tracked]]),
            TWO_WORKERS[tracked],
        )
        for tracked in (False, True)
    ]
    return Recording(
        study.plan.trials,
        {
            f"{count(workers, 'worker')}, {'' if tracked else 'un'}tracked": Spread.of(
                [one.whole for one in found]
            )
            for (workers, tracked), found in runs.items()
        },
        findings,
    )


def _ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    """Round by round."""
    return Spread.of([mine / its for mine, its in zip(one, other, strict=True)])


@dataclass(frozen=True, slots=True)
class InMlflow:
    """What MLflow takes for a run of the headline, by how it is recorded, and the ratios with their goals.

    Attributes:
        milliseconds: of the processor, in MLflow.
        kilobytes: of the database.
        search: milliseconds of the processor to find all runs of the headline.
        chart: likewise, for what MLflow's page of charts asks for.
    """

    runs: int
    milliseconds: dict[str, Spread]
    kilobytes: dict[str, Spread]
    search: dict[str, Spread]
    chart: dict[str, Spread]
    findings: list[Finding]


def in_mlflow(rounds: int) -> InMlflow:
    """Record and read in turn."""
    study = Study.of(HEADLINE)
    record = _trained(study)
    ways = (BANDS, CLIENT, TOGETHER)
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        homes = {way: Path(temporary, way) for way in (*ways, *(f"{way}, all" for way in (BANDS, TOGETHER)))}
        stores = {
            way: open_to_write(home, None) if way.startswith(TOGETHER) else Store.open(home)
            for way, home in homes.items()
        }
        parents = {way: store.begin_study(study.record, study.plan.run_key) for way, store in stores.items()}

        def recorded(way: str, slots: range) -> float:
            """Record runs; the seconds that MLflow took."""
            store, watch = stores[way], Watch()
            files = [(copy, to_bytes(copy)) for copy in (_copy(record, slot) for slot in slots)]
            with _bounds() if way.startswith(BANDS) else nullcontext(), watch.on_mlflow():
                if way in (BANDS, CLIENT):
                    for copy, content in files:
                        store.record(copy, study.record, parents[way], content)
                elif not all(store.record_together(files, study.record, parents[way])):
                    raise RuntimeError("not all could be recorded together")
            return watch.apart(0)[1]

        took: dict[str, list[float]] = {way: [] for way in ways}
        grew: dict[str, list[float]] = {way: [] for way in ways}
        for each in range(rounds + 1):  # in the first, everything is met for the first time
            for way in ways:
                before = _size(homes[way])
                seconds = recorded(way, range(each * RUNS_A_ROUND, (each + 1) * RUNS_A_ROUND))
                if each:
                    took[way].append(1000 * seconds / RUNS_A_ROUND)
                    grew[way].append((_size(homes[way]) - before) / RUNS_A_ROUND / 1000)
        asked: Mapping[str, Callable[[Store, str], object]] = {"search": _search, "chart": _chart}
        answered: dict[str, dict[str, list[float]]] = {name: {BANDS: [], TOGETHER: []} for name in asked}
        whole = {way: -_size(homes[f"{way}, all"]) for way in (BANDS, TOGETHER)}
        with mock.patch.object(artifacts, "put"):
            for way in whole:
                for first in range(0, study.plan.trials, RUNS_A_ROUND):
                    recorded(f"{way}, all", range(first, min(first + RUNS_A_ROUND, study.plan.trials)))
                whole[way] += _size(homes[f"{way}, all"])
        mlflows = {way: Store.open(homes[f"{way}, all"]) for way in whole}
        for _ in range(rounds):
            for name, ask in asked.items():
                for way, store in mlflows.items():
                    began = process_time()
                    ask(store, parents[f"{way}, all"])
                    answered[name][way].append(1000 * (process_time() - began))
    findings = [
        Finding(
            "MLflow's milliseconds of the processor, a run",
            Spread.of(took[TOGETHER]),
            MLFLOW_MILLISECONDS,
            at_most=True,
        ),
        Finding(
            "the same, by its client ÷ together", _ratio(took[CLIENT], took[TOGETHER]), TOGETHER_OVER_CLIENT
        ),
        Finding(
            f"the database's bytes of {study.plan.trials:,} runs, ÷ with bounds and all settings",
            Spread.of([whole[TOGETHER] / whole[BANDS]]),
            STORE_OVER_BANDS,
            at_most=True,
        ),
        *(
            Finding(
                f"{what} of {study.plan.trials:,} runs, with bounds and all settings ÷ without",
                _ratio(answered[name][BANDS], answered[name][TOGETHER]),
                PAGE_OVER_BANDS,
            )
            for name, what in (("search", "`search_runs`"), ("chart", "the page of charts"))
        ),
    ]
    return InMlflow(
        runs=study.plan.trials,
        milliseconds=_spreads(took),
        kilobytes=_spreads(grew),
        search=_spreads(answered["search"]),
        chart=_spreads(answered["chart"]),
        findings=findings,
    )


def _spreads(found: Mapping[str, list[float]]) -> dict[str, Spread]:
    return {way: Spread.of(values) for way, values in found.items()}


def _trained(study: Study) -> RunRecord:
    """The record of a real training of the study's first trial."""
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        (task,) = Lane(study.plan, 0, open_journal(Path(temporary))).ask(1)
    training = Experiments([task], study.prepared)
    for _ in training.epochs():
        pass
    (record,) = training.finish(lambda _name, _content: None, "complete")
    return record


def _copy(record: RunRecord, slot: int) -> RunRecord:
    """The record as that of another trial, some moments later."""
    task = replace(record.task, slot=slot, run_key=f"{record.task.run_key}-{slot}")
    return replace(record, task=task, started=record.started + 100 * slot)


@contextmanager
def _bounds() -> Iterator[None]:
    """Have two points more for each of a curve, at ten epochs, the seconds as a metric, and all settings and tags."""
    means = metrics.points

    def with_bounds(record: RunRecord, most: int) -> list[metrics.Point]:
        seconds = metrics.Point("training_seconds", float(record.seconds[-1]), 0, metrics.end_time(record))
        return [
            point._replace(key=point.key + end)
            for point in [*means(record, max(most, 10)), seconds]
            for end in (("", "_low", "_high") if point.step else ("",))
        ]

    tags = metrics.tags

    def with_empty(record: RunRecord, study: StudyRecord, parent_run_id: str) -> dict[str, str]:
        return {
            "chainrule.reason": record.reason,
            "chainrule.diverged_seeds": str(record.diverged),
            "chainrule.diverged_at": str(record.diverged_at.tolist()),
            "chainrule.git_revision": study.environment["git_revision"],
            **tags(record, study, parent_run_id),
        }

    def never(_record: RunRecord, _study: StudyRecord) -> bool:
        return False

    with (
        mock.patch.object(metrics, "points", with_bounds),
        mock.patch.object(metrics, "tags", with_empty),
        mock.patch.object(metrics, "_among_many", never),
    ):
        yield


def _size(home: Path) -> int:
    """Bytes of the database, with all that its log still holds."""
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,), (size,) = (
            database.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size")
        )
        return int(pages * size)


def _search(store: Store, parent: str) -> list[Any]:
    """Every run of a study."""
    client: Any = store._client  # noqa: SLF001 # what is asked is MLflow
    experiment = client.get_run(parent).info.experiment_id
    found = client.search_runs([experiment], max_results=1000)
    runs = list(found)
    while found.token:
        found = client.search_runs([experiment], max_results=1000, page_token=found.token)
        runs += found
    return runs


def _chart(store: Store, parent: str) -> int:
    """What a page of charts asks the server for: its runs, and of each metric all their curves."""
    client: Any = store._client  # noqa: SLF001 # likewise
    tables = client._tracking_client.store  # noqa: SLF001 # likewise
    runs = client.search_runs([client.get_run(parent).info.experiment_id], max_results=RUNS_OF_A_PAGE)
    keys = {key for run in runs for key in run.data.metrics}
    ids = [run.info.run_id for run in runs]
    found = 0
    for key in sorted(keys):
        history = tables.get_metric_history_bulk_interval(ids, key, POINTS_OF_A_CHART, None, None)
        found += len([point.to_proto() for point in history])
    return found
