"""Merges the records of a run whose seeds were trained at different times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.recording.objectives import mean_of, objective_of_each_seed, with_objective
from experiments.recording.records import RunRecord, StudyRecord
from experiments.recording.stopped_curves import as_measured, extended

OF_EACH_SEED: Final = ("diverged_at", "stopped_at", "kept_epoch")
"""Arrays of a record with a number for each seed, (S,)."""


def merged(record: RunRecord, further: RunRecord, objective: str, target_error: float | None) -> RunRecord:
    """A complete run and further seeds of it, as one record.

    Seconds are added, and the time is that of the first record. Otherwise the result is the same as if all seeds had
    been trained together, since no network's numbers depend on the others. Seeds that the record already has are
    ignored, so merging may be repeated. If the further seeds failed, the run stays as it is and gives the reason.
    Objective and target error are the study's.
    """
    new = [row for row, seed in enumerate(further.task.seeds) if seed not in record.task.seeds]
    seeds = (*record.task.seeds, *(further.task.seeds[row] for row in new))
    order = np.argsort(seeds)
    if not new:
        return record
    if further.state == "failed":
        lost = ", ".join(map(str, further.task.seeds))
        return replace(record, reason=f"further seeds ({lost}) failed: {further.reason}")
    epochs = max(record.epochs, further.epochs)
    stops_early = record.stops_early or further.stops_early
    of_each: dict[str, Any] = {
        name: np.concatenate([_of_each_seed(record, name), _of_each_seed(further, name)[new]])[order]
        for name in OF_EACH_SEED
        if getattr(record, name).size or (stops_early and name != "diverged_at")
    }
    both = replace(
        record,
        task=replace(record.task, seeds=tuple(seeds[row] for row in order)),
        curves={
            name: np.concatenate([_until(record, name, epochs), _until(further, name, epochs)[new]])[order]
            for name in {**record.curves, **further.curves}
        },
        measures={
            name: np.concatenate([_measured(record, name), _measured(further, name)[new]])[order]
            for name in {**record.measures, **further.measures}
        },
        seconds=_lasting(record.seconds, epochs) + _lasting(further.seconds, epochs),
        **of_each,
    )
    if both.stops_early and not both.task.trainer:
        both = replace(both, curves=as_measured(both.curves, both.task.settings, ended=both.ended_early))
    return replace(both, objective=mean_of(objective_of_each_seed(both, objective, target_error).tolist()))


def first_seeds(record: RunRecord, seeds: int) -> RunRecord:
    """A run as it was with its first seeds only; its objective stays that of all."""
    return replace(
        record,
        task=replace(record.task, seeds=record.task.seeds[:seeds]),
        curves={name: curve[:seeds] for name, curve in record.curves.items()},
        measures={name: values[:seeds] for name, values in record.measures.items()},
        diverged_at=record.diverged_at[:seeds],
        stopped_at=record.stopped_at[:seeds],
        kept_epoch=record.kept_epoch[:seeds],
    )


def of_seeds(record: RunRecord, seeds: Sequence[int]) -> RunRecord:
    """A run as it would have been with some of its seeds only: what `merged` put together, taken apart.

    Seconds are the share of these seeds. What is counted over all seeds, such as the decision surface, stays.
    """
    rows = [record.task.seeds.index(seed) for seed in seeds]
    lasting = record.seconds * len(rows) / len(record.task.seeds)
    of_each = {name: getattr(record, name) for name in OF_EACH_SEED}
    some = replace(
        record,
        task=replace(record.task, seeds=tuple(seeds)),
        curves={name: curve[rows] for name, curve in record.curves.items()},
        measures={name: values[rows] for name, values in record.measures.items()},
        seconds=lasting,
        **{name: values[rows] for name, values in of_each.items() if values.size},
    )
    return with_objective(some)


def gives_way(before: RunRecord, later: RunRecord) -> bool:
    """Whether a later attempt replaces a run: the run failed or was stopped, and the attempt is not the same one."""
    return before.state == "failed" and before.started != later.started


def overlaid(
    recorded: Mapping[str, RunRecord], waiting: Iterable[RunRecord], study: StudyRecord
) -> dict[str, RunRecord]:
    """Each run of a study once, by run key, as MLflow will have it when all waiting records have been delivered.

    A record may be in both, those in MLflow, by run key, and those that wait.
    """
    found = dict(recorded)
    for record in sorted(waiting, key=lambda one: one.task.seeds):  # a run's first seeds first
        before = found.get(record.task.run_key)
        if before is None or gives_way(before, record):
            found[record.task.run_key] = record
        else:
            found[record.task.run_key] = merged(before, record, study.objective, study.target_error)
    return found


def _until(record: RunRecord, name: str, epochs: int) -> NDArray[np.float64]:
    """A curve (S, E, …) extended to more epochs; it ended early because all its seeds had diverged or stopped."""
    unknown = np.full(
        (len(record.task.seeds), record.epochs), np.nan
    )  # a trainer of the user's own need not yield it
    curve = record.curves.get(name, unknown)
    if record.stops_early:
        return extended(curve, epochs)
    missing = [(0, 0), (0, epochs - curve.shape[1]), *((0, 0) for _ in curve.shape[2:])]
    return np.pad(curve, missing, constant_values=np.nan)


def _of_each_seed(record: RunRecord, name: str) -> NDArray[np.int64]:
    """One of `OF_EACH_SEED`, (S,); where no seed stopped early each has kept its last epoch, unless it diverged."""
    values: NDArray[np.int64] = getattr(record, name)
    if values.size:
        return values
    kept = record.epochs if name == "kept_epoch" else 0
    return np.where(record.diverged_at > 0, 0, kept)


def _measured(record: RunRecord, name: str) -> NDArray[np.float64]:
    """A measure of each seed, (S,); NaN if none was measured because all diverged."""
    return record.measures.get(name, np.full(len(record.task.seeds), np.nan))


def _lasting(seconds: NDArray[np.float64], epochs: int) -> NDArray[np.float64]:
    """Cumulative seconds (E,) extended to more epochs."""
    return np.pad(seconds, (0, epochs - len(seconds)), mode="edge")
