"""Whether a trial goes on: Optuna's pruner, asked so that an interruption changes no answer.

Optuna's pruners keep notes on the trials that they judge, and read a trial's latest report rather than the one they are
asked about; a trial that is begun again would be judged by what it did before. So the pruner is asked in a study of its
own, in memory, which knows the finished trials of the lane and what the running one has reported in this attempt.
"""

from collections.abc import Iterable

import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState


class Judge:
    """Judges one trial after the other; the answers depend on the finished trials and the reports alone."""

    def __init__(self, name: str, pruner: BasePruner, finished: Iterable[FrozenTrial]) -> None:
        """Take over the finished trials.

        Args:
            name: of the lane's study; Hyperband's brackets depend on it.
            pruner: Optuna's.
            finished: the lane's trials that have ended, in order.
        """
        self._study = optuna.create_study(study_name=name, pruner=pruner)
        self._trial: optuna.Trial | None = None
        for trial in finished:
            for epoch, value in sorted(trial.intermediate_values.items()):
                self.stops(epoch, value)
            self.ends(trial.state, trial.value if trial.state == TrialState.COMPLETE else None)

    def stops(self, epoch: int, value: float) -> bool:
        """Whether the running trial, which has this value at this epoch, should be stopped."""
        self._trial = self._trial or self._study.ask()
        self._trial.report(value, epoch)
        return self._trial.should_prune()

    def ends(self, state: TrialState, value: float | None) -> None:
        """The running trial has ended."""
        self._study.tell(self._trial or self._study.ask(), value, state=state)
        self._trial = None
