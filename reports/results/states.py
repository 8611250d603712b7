"""How runs and seeds ended: the one definition that every table, figure and sentence uses.

The rule looks at the error alone, the same measure for every cost function. A rule on the cost's own value would
call many good cross-entropy runs failed, since confident mistakes inflate that cost, and a search for NaN finds
almost nothing, since stable formulas turn divergence into dead or saturated units.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.outcome.failure_rule import GUESSING as GUESSING
from experiments.recording.records import RunRecord
from reports.statistics.intervals import Estimate, Values, estimates

Ending = Literal["complete", "slow", "stuck", "diverged", "pruned", "failed"]

ENDINGS: Final[tuple[Ending, ...]] = ("complete", "slow", "stuck", "diverged", "pruned", "failed")
"""Every way a seed or a run can end, best first."""

MEANING: Final[dict[Ending, str]] = {
    "complete": "trained to the end and learnt something",
    "slow": "ended near guessing, at a learning rate below every one at which its choice learnt",
    "stuck": "ended near guessing, at a learning rate at or above one at which its choice learnt",
    "diverged": "a number that decides became non-finite",
    "pruned": "stopped early by the study; its last value is not compared with final ones",
    "failed": "ended by an error of the program",
}

STUCK: Final = ("stuck", "diverged")
"""The states in which a seed is called failed to learn."""


def final_errors(record: RunRecord) -> NDArray[np.float64]:
    """Validation error of each seed after the run's last epoch, (S,); NaN where it diverged or never began."""
    curve = record.curves.get("validation_error")
    if curve is None or not curve.shape[1]:
        return np.full(len(record.task.seeds), np.nan)
    return np.asarray(curve[:, -1], dtype=float)


def counted_errors(record: RunRecord, chance: float) -> NDArray[np.float64]:
    """The same as conclusions count them, (S,): a seed that diverged is as good as guessing.

    For a run that was not trained to its end, or whose seeds all diverged, nothing is counted: all are NaN.
    """
    errors = final_errors(record)
    lost = ~np.isfinite(errors)
    if record.state != "complete" or lost.all():
        return np.where(lost, np.nan, errors)
    return np.where(lost, chance, errors)


def final_estimates(runs: Sequence[RunRecord], chance: float) -> list[Estimate]:
    """The final error of each run and its interval on this data set, wherever it is shown; NaN where there is none.

    Runs with as many seeds that count are taken together, which is a hundred times as fast as one by one.
    """
    counted = [counted_errors(run, chance) for run in runs]
    errors = [each[np.isfinite(each)] for each in counted]
    alike: dict[int, list[int]] = {}
    for index, each in enumerate(errors):
        alike.setdefault(len(each), []).append(index)
    found: Values = np.full((len(runs), 3), np.nan)
    for count, places in alike.items():
        if count:
            together = np.stack([errors[place] for place in places], axis=1)
            found[places] = np.stack(estimates(together), axis=1)
    return [
        Estimate(centre, low, high, len(each))
        for (centre, low, high), each in zip(found.tolist(), errors, strict=True)
    ]


def learning_rate(record: RunRecord) -> float:
    """The run's learning rate, NaN if it has none."""
    rate = record.task.settings.get("learning_rate")
    return float(rate) if isinstance(rate, int | float) else float("nan")


def seed_endings(record: RunRecord, chance: float, learnt_from: float) -> list[Ending]:
    """How each seed of a run ended, given the error of the best constant answer.

    `learnt_from` is the lowest learning rate at which a run of the same choice learnt; NaN if there is none. A seed is
    "slow" only where every run of the choice that learnt had a higher rate, whatever else was tuned: one with a lower
    rate shows that this one was not too low.
    """
    if record.state == "failed":
        return ["failed"] * len(record.task.seeds)
    below = learning_rate(record) < learnt_from
    endings: list[Ending] = []
    for index, error in enumerate(final_errors(record)):
        if not np.isfinite(error) or (index < len(record.diverged_at) and record.diverged_at[index] > 0):
            endings.append("diverged")
        elif record.state == "pruned":
            endings.append("pruned")
        elif error >= GUESSING * chance:
            endings.append("slow" if below else "stuck")
        else:
            endings.append("complete")
    return endings


def learnt(record: RunRecord, chance: float) -> bool:
    """Whether a run was trained to its end and most of its seeds learnt something."""
    ended = final_errors(record)
    return record.state == "complete" and 2 * int((ended < GUESSING * chance).sum()) > len(ended)


def run_ending(record: RunRecord, endings: Sequence[Ending]) -> Ending:
    """How a run ended as a whole: as most of its seeds did, the worse ending winning a tie.

    A run that was pruned or failed ended so, whatever its seeds did before.
    """
    if record.state != "complete":
        return record.state
    if not endings:
        return "failed"
    learnt = sum(ending == "complete" for ending in endings)
    if 2 * learnt > len(endings):
        return "complete"
    others: list[Ending] = [ending for ending in endings if ending != "complete"]
    return max(ENDINGS, key=lambda ending: (others.count(ending), ENDINGS.index(ending)))
