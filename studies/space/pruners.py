"""Pruners, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from warnings import catch_warnings, simplefilter

from optuna.exceptions import ExperimentalWarning
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    SuccessiveHalvingPruner,
    WilcoxonPruner,
)

WILCOXON_P: Final = 0.1
"""A trial goes on unless one as good as the best would look so much worse less often than this."""

WILCOXON_SEEDS: Final = 4
"""The fewest with which p can fall below it: where all differ in one direction, it is 1/2 to the power of the seeds."""


@dataclass(frozen=True, slots=True)
class Pruner:
    """Which trials are stopped early.

    Attributes:
        stops: which trials it stops, in words, for docs/study_file.md.
        build: Optuna's pruner, given the number of epochs; None where nothing is pruned.
        rungs: epochs at which it is asked, given their number. Every report costs a write, so there are few.
        by_seed: whether it compares seed with seed; else it compares the trials' means over their seeds.
    """

    stops: str
    build: Callable[[int], BasePruner]
    rungs: Callable[[int], frozenset[int]]
    by_seed: bool = False


def _geometric(epochs: int) -> frozenset[int]:
    """1, 3, 9, … below the last epoch: the rungs of Hyperband with a reduction factor of 3."""
    return frozenset(3**k for k in range(32) if 3**k < epochs)


def _even(epochs: int) -> frozenset[int]:
    """Six evenly spaced epochs, the last excluded."""
    return frozenset(epochs * k // 7 for k in range(1, 7)) - {0, epochs}


def _wilcoxon(_epochs: int) -> BasePruner:
    with catch_warnings():
        simplefilter("ignore", ExperimentalWarning)  # experimental in Optuna; its version is pinned
        return WilcoxonPruner(p_threshold=WILCOXON_P)


PRUNERS: Final[dict[str, Pruner]] = {
    "none": Pruner("never", lambda _epochs: NopPruner(), lambda _epochs: frozenset()),
    # at least three earlier trials
    "median": Pruner(
        "if it is worse than the median of the earlier trials at the same epoch",
        lambda _epochs: MedianPruner(n_startup_trials=3),
        _even,
    ),
    # at each rung a third goes on (Jamieson & Talwalkar, 2016; asynchronously: Li et al., 2020)
    "successive_halving": Pruner(
        "if it is not among the best third at epochs 1, 3, 9, …",
        lambda _epochs: SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
        _geometric,
    ),
    # Li et al., 2018
    "hyperband": Pruner(
        "by the same rule, in several brackets that start later",
        lambda epochs: HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3),
        _geometric,
    ),
    # Wilcoxon's (1945) signed ranks
    "wilcoxon": Pruner(
        "if its seeds are worse than those of the best trial at the same epoch, paired by seed, by the signed-rank "
        "test at p < 0.1; needs 4 seeds",
        _wilcoxon,
        _even,
        by_seed=True,
    ),
}
