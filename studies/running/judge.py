"""Decides whether a trial is pruned, with Optuna's pruners, so that an interruption changes no decision.

Optuna's pruners store notes on trials and read a trial's latest report, so a restarted trial would be judged by its
first attempt. The pruner therefore works on a separate study in memory, which holds the lane's finished trials and
what the running trial has reported in this attempt.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Protocol

import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState, create_trial

from studies.space.pruners import Pruner


class Judge(Protocol):
    """Judges one trial after the other; the answers depend on the finished trials and the reports alone."""

    def stops(self, epoch: int, values: Sequence[float]) -> bool:
        """Whether the running trial, whose seeds have these values at this epoch, should be stopped."""

    def ends(self, state: TrialState, value: float | None) -> None:
        """The running trial has ended, with this objective if it is complete."""


def judge(name: str, pruner: Pruner, epochs: int, finished: Iterable[FrozenTrial]) -> Judge:
    """A judge that knows the finished trials.

    Args:
        name: of the lane's study; Hyperband's brackets depend on it.
        pruner: what decides.
        epochs: of a trial that is not stopped.
        finished: the lane's trials that have ended, in order.
    """
    found: Judge = BySeed(pruner.build(epochs)) if pruner.by_seed else ByMean(name, pruner.build(epochs))
    for trial in finished:
        for epoch, mean in sorted(trial.intermediate_values.items()):
            found.stops(epoch, trial.user_attrs.get(seeds_at(epoch), [mean]))
        found.ends(trial.state, trial.value if trial.state == TrialState.COMPLETE else None)
    return found


def seeds_at(epoch: int) -> str:
    """The attribute under which a trial keeps its seeds' values at an epoch, for comparison seed by seed."""
    return f"seeds_at_{epoch}"


class ByMean:
    """Compares a trial's mean over its seeds with those of the trials before it."""

    def __init__(self, name: str, pruner: BasePruner) -> None:
        """A study without trials."""
        self._study = optuna.create_study(study_name=name, pruner=pruner)
        self._trial: optuna.Trial | None = None

    def stops(self, epoch: int, values: Sequence[float]) -> bool:
        """See `Judge`."""
        self._trial = self._trial or self._study.ask()
        self._trial.report(fmean(values), epoch)
        return self._trial.should_prune()

    def ends(self, state: TrialState, value: float | None) -> None:
        """See `Judge`."""
        self._study.tell(self._trial or self._study.ask(), value, state=state)
        self._trial = None


class BySeed:
    """Compares each seed of a trial with the same seed of the best trial so far, both at the epoch that is reached.

    To Optuna a seed is a step: `WilcoxonPruner` wants steps that are repetitions, not times.
    """

    def __init__(self, pruner: BasePruner) -> None:
        """Without trials."""
        self._pruner = pruner
        self._best: tuple[float, Mapping[int, Sequence[float]]] | None = None
        self._running: dict[int, Sequence[float]] = {}

    def stops(self, epoch: int, values: Sequence[float]) -> bool:
        """See `Judge`."""
        self._running[epoch] = values
        if self._best is None or epoch not in self._best[1]:
            return False
        objective, reached = self._best
        study = optuna.create_study(pruner=self._pruner)
        study.add_trial(create_trial(value=objective, intermediate_values=dict(enumerate(reached[epoch]))))
        trial = study.ask()
        for seed, value in enumerate(values):
            trial.report(value, seed)
        return trial.should_prune()

    def ends(self, state: TrialState, value: float | None) -> None:
        """See `Judge`."""
        if (
            state == TrialState.COMPLETE
            and value is not None
            and (self._best is None or value < self._best[0])
        ):
            self._best = value, self._running
        self._running = {}
