"""Trials of other people's Optuna studies, read without a trace.

Optuna's storage would bring tables into a database without any, and refuse older ones with a traceback. So whose
tables they are is looked at first; an SQLite file is read from a copy, and a journal is never appended to.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from experiments.mistakes import UserError, nearest
from experiments.recording.foreign_runs import Ended, ForeignRun, ForeignRuns, Series, series
from experiments.store.addresses import is_sqlite, scheme_of, sqlite_uri
from experiments.store.databases import OPTUNA, check_owner, contents, file_of
from experiments.store.sqlite_file import read
from experiments.store.store_check import silence_refused
from experiments.store.store_errors import without_password
from studies.running.storage import metrics_of, read_journal_file

OPTION: Final = "--optuna"

ENDED: Final[dict[TrialState, Ended]] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}
"""How a trial ended; one in another state has not."""


def read_trials(url: str, name: str | None) -> ForeignRuns:
    """All trials of a study.

    Args:
        url: where its storage is: a database, or the path of a journal.
        name: of the study; None if the storage has only one.

    Raises:
        UserError: if there is no such storage or study.
        StoreError: if it is damaged.
    """
    with _opened(url) as storage:
        studies = {one.study_name: one for one in storage.get_all_studies()}
        if not studies:
            raise UserError(f"{OPTION}: {without_password(url)} has no studies")
        if name is None and len(studies) > 1:
            raise UserError(f"--study: {len(studies)} studies are there{nearest('', studies)}")
        wanted = next(iter(studies)) if name is None else name
        if wanted not in studies:
            raise UserError(f'--study: there is no study "{wanted}"{nearest(wanted, studies)}')
        study = optuna.load_study(study_name=wanted, storage=storage)
        directions = study.directions
        metrics = metrics_of(study) or _names(len(directions))
        trials = storage.get_all_trials(studies[wanted]._study_id, deepcopy=False)  # noqa: SLF001, nothing public gives it
    goals = {
        metric: "maximize" if direction == StudyDirection.MAXIMIZE else "minimize"
        for metric, direction in zip(metrics, directions, strict=True)
    }
    distributions = {key: one for trial in trials for key, one in trial.distributions.items()}
    return ForeignRuns(
        name=wanted,
        source=f"Optuna's study “{wanted}”",
        runs=tuple(_run(trial, metrics) for trial in trials),
        ranges={key: found for key, one in distributions.items() if (found := _range(one))},
        goals=goals,
    )


@contextmanager
def _opened(url: str) -> Iterator[BaseStorage]:
    """The storage, for reading alone."""
    if "://" not in url:
        path = Path(url)
        if not path.is_file():
            raise UserError(f"{OPTION}: there is no file {path}")
        yield read_journal_file(path)
        return
    where = f"{OPTION}: {without_password(url)}"
    if scheme_of(url) not in ("sqlite", "postgresql"):
        raise UserError(f"{where}: studies are read from SQLite, PostgreSQL and journals")
    with silence_refused():
        check_owner(contents(url, OPTION), OPTUNA, where, url, may_be_new=False)
    with TemporaryDirectory() as folder:
        storage = RDBStorage(
            _copied(url, Path(folder, "copy.db")) if is_sqlite(url) else url, skip_table_creation=True
        )
        try:
            yield storage
        finally:
            storage.engine.dispose()


def _copied(url: str, copy: Path) -> str:
    """The address of a copy of an SQLite file."""
    with closing(sqlite3.connect(copy)) as kept:
        read(file_of(url, OPTION), lambda database: database.backup(kept))
    return sqlite_uri(copy)


def _names(objectives: int) -> list[str]:
    """Names for values without names, as in Optuna's own tables."""
    return ["value"] if objectives == 1 else [f"values_{place}" for place in range(objectives)]


def _run(trial: FrozenTrial, metrics: list[str]) -> ForeignRun:
    attributes = {
        f"tags.{key}": value
        for key, value in trial.user_attrs.items()
        if isinstance(value, str | int | float | bool) or value is None
    }
    began, over = trial.datetime_start, trial.datetime_complete
    return ForeignRun(
        name=f"trial {trial.number}",
        ended=ENDED.get(trial.state, "running"),
        parameters={**attributes, **trial.params},
        metrics={
            name: _course(
                trial, value if trial.state == TrialState.COMPLETE else None, alone=len(metrics) == 1
            )
            for name, value in zip(metrics, trial.values or [None] * len(metrics), strict=True)
            if value is not None or (len(metrics) == 1 and trial.intermediate_values)
        },
        started=round(1000 * began.timestamp()) if began else 0,
        seconds=(over - began).total_seconds() if began and over else 0.0,
    )


def _course(trial: FrozenTrial, value: float | None, *, alone: bool) -> Series:
    """The intermediate values of a trial, whose last one is its value once it is complete."""
    steps = dict(sorted(trial.intermediate_values.items())) if alone else {}
    if value is not None:
        steps[max(steps, default=0)] = value
    return series(list(steps), list(steps.values()))


def _range(distribution: BaseDistribution) -> Any:
    """What a parameter was allowed to be, as in a study file."""
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    low, high = float(getattr(distribution, "low", 0.0)), float(getattr(distribution, "high", 0.0))
    return (
        {"low": low, "high": high, "log": bool(getattr(distribution, "log", False))} if low < high else None
    )
