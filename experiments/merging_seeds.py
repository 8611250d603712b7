"""One record of a run whose seeds were trained at different times."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.objectives import mean_of, objective_of_each_seed
from experiments.records import RunRecord, StudyRecord


def merged(record: RunRecord, further: RunRecord, objective: str, target_error: float | None) -> RunRecord:
    """A complete run and further seeds of it, as one record.

    But for the seconds, which add up, and the time, which is the first one's, it is the record of all the seeds
    trained together: no network's numbers depend on those beside it. What a record has already is not taken twice, so
    merging may be repeated.

    Args:
        record: the run.
        further: the same settings on other seeds. Where these failed the run stays as it is, and says why.
        objective: what the study's sampler is told.
        target_error: the error to reach, for "epochs_to_target".
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
    both = replace(
        record,
        task=replace(record.task, seeds=tuple(seeds[row] for row in order)),
        curves={
            name: np.concatenate([_until(curve, epochs), _until(further.curves[name][new], epochs)])[order]
            for name, curve in record.curves.items()
        },
        seconds=_lasting(record.seconds, epochs) + _lasting(further.seconds, epochs),
        diverged_at=np.concatenate([record.diverged_at, further.diverged_at[new]])[order],
    )
    return replace(both, objective=mean_of(objective_of_each_seed(both, objective, target_error).tolist()))


def gives_way(before: RunRecord, later: RunRecord) -> bool:
    """Whether a run is replaced by a later attempt at it: it failed or was stopped, and is not the same attempt."""
    return before.state == "failed" and before.started != later.started


def overlaid(
    recorded: Mapping[str, RunRecord], waiting: Iterable[RunRecord], study: StudyRecord
) -> dict[str, RunRecord]:
    """Each run once, by run key, as MLflow will have it when what waits has been delivered.

    Args:
        recorded: what MLflow has, by run key.
        waiting: what it has not, or has already: a record may be in both.
        study: what they belong to.
    """
    found = dict(recorded)
    for record in sorted(waiting, key=lambda one: one.task.seeds):  # a run's first seeds first
        before = found.get(record.task.run_key)
        if before is None or gives_way(before, record):
            found[record.task.run_key] = record
        else:
            found[record.task.run_key] = merged(before, record, study.objective, study.target_error)
    return found


def _until(curve: NDArray[np.float64], epochs: int) -> NDArray[np.float64]:
    """A curve (S, E, …) over more epochs: it ended early because every seed of it had diverged."""
    missing = [(0, 0), (0, epochs - curve.shape[1]), *((0, 0) for _ in curve.shape[2:])]
    return np.pad(curve, missing, constant_values=np.nan)


def _lasting(seconds: NDArray[np.float64], epochs: int) -> NDArray[np.float64]:
    """Cumulative seconds (E,) over more epochs."""
    return np.pad(seconds, (0, epochs - len(seconds)), mode="edge")
