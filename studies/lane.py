"""A lane: one scientific combination and the trials that re-tune its nuisance parameters.

Each lane is an Optuna study of its own. Its sampler and its pruner see the trials of that combination alone, so every
combination is tuned with the same budget and compared at its own best; and what a lane does depends on nothing
outside it, so the lanes can run side by side on any number of workers without changing what any of them finds.

A trial's number within its lane is its index. A trial that was interrupted goes back to the queue and keeps its number
and its parameters; nothing is tried twice under two numbers.
"""

import json
from collections.abc import Mapping
from math import inf
from typing import Any, Final

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from experiments.experiment import Outcome, Task
from experiments.mistakes import UserError
from studies.judge import Judge
from studies.plan import Plan, differences
from studies.samplers import PRUNERS, SAMPLERS, point_of
from studies.search_space import decode, space_of

STATES: Final = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
"""Optuna's states by ours."""


class Lane:
    """The trials of one scientific combination, asked for one after the other."""

    def __init__(self, plan: Plan, combination: int, storage: BaseStorage) -> None:
        """Open the lane, or begin it, and put interrupted trials back in its queue.

        Raises:
            UserError: if the storage holds another design under this name.
        """
        self._plan, self._combination = plan, combination
        self._space = space_of(plan.file)
        self._sampler = SAMPLERS[plan.file.sampler.name]
        pruner = PRUNERS[plan.file.pruner.name]
        self.rungs = pruner.rungs(plan.file.training.epochs)
        self._pruner = pruner.build(plan.file.training.epochs)
        self._judge: Judge | None = None
        self._storage = storage
        self._name = f"{plan.file.study.name}/{combination:03d}"
        self._study = optuna.create_study(storage=storage, study_name=self._name, load_if_exists=True)
        self._agree_on_design()
        self._running: dict[int, Trial] = {}
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._wait(trial)

    def _agree_on_design(self) -> None:
        before = self._study.user_attrs.get("design")
        if before is None:
            self._study.set_user_attr("scientific", dict(self._plan.combinations[self._combination]))
            self._study.set_user_attr("design", dict(self._plan.design))
        elif before != (now := json.loads(json.dumps(self._plan.design))):
            name = self._plan.file.study.name
            raise UserError(
                f'the study "{name}" was begun with another design: {"; ".join(differences(before, now))}',
                advice="Give the new design a name of its own: --name NAME",
            )

    def _wait(self, trial: FrozenTrial | Trial) -> None:
        trial_id = trial._trial_id  # noqa: SLF001 # Optuna's storages know trials by nothing else
        self._storage.set_trial_state_values(trial_id, state=TrialState.WAITING)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial of the lane, in order."""
        return self._study.get_trials(deepcopy=False)

    @property
    def finished(self) -> list[FrozenTrial]:
        """Those that have ended, whether complete, pruned or failed."""
        return [trial for trial in self.trials if trial.state.is_finished()]

    @property
    def searched(self) -> bool:
        """Whether every trial has ended."""
        return len(self.finished) >= self._plan.trials_each

    def ask(self) -> Task | None:
        """The next trial's task, or None if there is none to start now.

        A trial whose point is known beforehand need not wait for the others; one that learns from them, or that may be
        pruned by comparison with them, waits until they have ended.
        """
        trials = self.trials
        waiting = [trial.number for trial in trials if trial.state == TrialState.WAITING]
        index = waiting[0] if waiting else len(trials)
        budget, seed = self._plan.trials_each, self._plan.file.sampler.seed
        if index >= budget:
            return None
        point = point_of(self._sampler, self._space, index, budget, seed)
        if self._running and (point is None or self.rungs):
            return None
        if not waiting and point is not None:
            self._study.enqueue_trial(point)
        self._study.sampler = self._sampler.feedback(seed, index)
        trial = self._study.ask(dict(self._space))
        self._running[trial.number] = trial
        return self._task("search", trial.number, trial.params)

    def _task(self, phase: Any, index: int, params: Mapping[str, Any]) -> Task:
        return self._plan.task(phase, self._combination, index, decode(params, self._plan.file))

    def report(self, task: Task, epoch: int, value: float) -> bool:
        """Note how a trial stands at a rung; whether it should be stopped."""
        number = self._index(task)
        if epoch not in self.trials[number].intermediate_values:  # a second attempt reports the same again
            self._running[number].report(value, epoch)
        if self._judge is None:
            self._judge = Judge(self._name, self._pruner, self.finished)
        return self._judge.stops(epoch, value)

    def tell(self, task: Task, outcome: Outcome) -> None:
        """Tell the sampler how a trial ended; it is on disk already."""
        trial = self._running.pop(self._index(task))
        trial.set_user_attr("run_key", task.run_key)
        trial.set_user_attr("diverged", outcome.diverged)
        if outcome.state == "failed":
            trial.set_user_attr("reason", outcome.reason)
        value = outcome.objective if outcome.state == "complete" else None
        self._study.tell(trial, value, state=STATES[outcome.state])
        if self._judge is not None:
            self._judge.ends(STATES[outcome.state], value)

    def put_back(self, task: Task) -> None:
        """Return an unfinished trial to the queue; whatever the pruner was told of this attempt is forgotten.

        A confirmation or championship stands in no queue: until it is settled it is asked for again.
        """
        if task.phase != "search":
            return
        self._wait(self._running.pop(self._index(task)))
        self._judge = None

    def _index(self, task: Task) -> int:
        return task.slot // len(self._plan.combinations)

    @property
    def best(self) -> FrozenTrial | None:
        """The complete trial with the lowest objective, the earliest of equals; None if there is none."""
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return min(complete, key=lambda trial: (trial.value, trial.number), default=None)

    def confirmation(self) -> Task | None:
        """The task of confirming the lane's winner on fresh seeds; None without a winner."""
        best = self.best
        return None if best is None else self._task("confirm", best.number, best.params)

    def championship(self) -> Task | None:
        """The task of training the lane's winner again and testing it; None without a winner."""
        best = self.best
        return None if best is None else self._task("champion", best.number, best.params)

    def settled(self, task: Task) -> float | None:
        """The objective of a confirmation or championship that has been recorded, inf if it failed, None before."""
        value = self._study.user_attrs.get(task.run_key)
        return inf if value == "failed" else value

    def settle(self, task: Task, outcome: Outcome) -> None:
        """Remember that a confirmation or championship has been recorded, and its objective."""
        value = "failed" if outcome.objective is None else outcome.objective
        self._study.set_user_attr(task.run_key, value)
