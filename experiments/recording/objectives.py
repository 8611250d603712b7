"""Objectives by which runs are compared; smaller is better.

An objective does not depend on the cost that was trained on, because values of different costs cannot be compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import fsum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import ERRORS
from experiments.recording.records import RunRecord

WORST: Final = 1.0
"""The error of a diverged seed in an objective, and the upper limit for every seed's error."""


OF_A_RUN: Final = {
    "objective": (
        "the mean over all seeds, where a diverged seed counts as an error of 100 %, or as never reaching the target; "
        "it decides which settings, winners and champion are chosen"
    ),
    "mean error": "the mean over the seeds that did not diverge; in MLflow, the end of the curve validation_error",
    "final error": (
        "the basis of the report's conclusions: the trimmed mean over all seeds, without the lowest and the highest "
        "sixth of them, which one stuck seed in ten does not upset; a diverged seed counts as guessing"
    ),
}
"""The numbers that describe how a run ended, under the names used in MLflow and the report. They differ from each other
if seeds diverged or got stuck. docs/statistics.md has this table too."""


def has_result(state: str, diverged: int, seeds: int) -> bool:
    """Whether a run has a result: it was trained to its end, and not all its seeds diverged.

    The objective of any other run only tells the sampler to look elsewhere; such a run is never the best.
    """
    return state == "complete" and diverged < seeds


def reached(objective: str, value: float, epochs: int) -> bool:
    """Whether a mean objective was measured: for `epochs_to_target`, whether a seed reached the target."""
    return objective != "epochs_to_target" or value <= epochs


def worst_of(objective: str, epochs: int) -> float:
    """The worst that a mean objective can be."""
    return epochs + 1.0 if objective == "epochs_to_target" else WORST


def mean_of(values: Sequence[float]) -> float:
    """The mean objective of the seeds. Sums are exact, so trials with the same values in another order tie."""
    return fsum(values) / len(values)


def means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the first axis of the values that are finite, as no diverged seed's is; NaN where none is.

    Of costs near the largest float not even the mean is finite.
    """
    finite = np.isfinite(values)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(finite, values, 0).sum(axis=0) / finite.sum(axis=0))


def bounded(errors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Errors limited to the worst value that counts."""
    return np.minimum(np.where(np.isnan(errors), WORST, errors), WORST)


def first_epoch(happened: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The epoch (from 1) at which each row is first true, 0 where it never is, (S,)."""
    before = (~np.logical_or.accumulate(happened, axis=1)).sum(axis=1)
    return np.where(happened.any(axis=1), before + 1, 0).astype(np.int64)


def _validation_error(record: RunRecord, _target: float) -> NDArray[np.float64]:
    return bounded(record.curves["validation_error"][:, -1]).astype(np.float64)


def _epochs_to_target(record: RunRecord, target: float) -> NDArray[np.float64]:
    """The first epoch that reaches the target; one more than the planned epochs if none does."""
    reached = first_epoch(record.curves["validation_error"] <= target)
    return np.where(reached > 0, reached, int(record.task.settings["epochs"]) + 1).astype(np.float64)


OBJECTIVES: Final[dict[str, Callable[[RunRecord, float], NDArray[np.float64]]]] = {
    "validation_error": _validation_error,
    "epochs_to_target": _epochs_to_target,
    **dict.fromkeys(ERRORS, _validation_error),  # the data say which measure the validation error is
}
"""Objectives by name: each maps a record of at least one epoch and the target error to a value for each seed, (S,)."""


BESIDE: Final[dict[str, Callable[[RunRecord], float]]] = {
    "seconds": lambda record: float(record.seconds[-1]),
    "weights": lambda record: float(record.parameters),
}
"""Further objectives by name: each maps a record of at least one epoch to a value for the whole run."""


def objective_of_each_seed(record: RunRecord, name: str, target_error: float | None) -> NDArray[np.float64]:
    """An objective of each seed of a run, (S,); none where it failed or nothing was trained."""
    if record.state == "failed" or not record.epochs:
        return np.zeros(0)
    return OBJECTIVES[name](record, target_error or 0.0)


def with_objective(record: RunRecord) -> RunRecord:
    """The record with the objective of its task, the mean over the seeds; None where nothing was trained."""
    task = record.task
    values = objective_of_each_seed(record, task.objective, task.target_error).tolist()
    return replace(record, objective=mean_of(values) if values else None)
