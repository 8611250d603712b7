"""The waiting and running trials of a lane, and the point of the next one.

Before a trial begins, it is written to Optuna's storage in one piece with its point and the key of its run, so it
survives a crash of this process. A trial's number within its lane is its index. An interrupted trial waits again and
keeps its number and its point.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.recording.objectives import worst_of
from studies.running.plan import Plan
from studies.running.storage import together, write_course
from studies.space.learner import Learner, Suggestion
from studies.space.samplers import SAMPLERS, point_of
from studies.space.search_space import Space
from studies.space.tried import Tried

FIRST_POINTS: Final = "first_points"
"""The user attribute of a lane with the points of trials from before the study has grown, in their order."""


class Queue:
    """The trials of one lane, in the order in which they are begun.

    Frequently used values are also kept in memory, so that a step does not take longer as the number of trials grows.

    Attributes:
        asked: how many trials there are in the storage.
        limit: how many there may be for now.
        running: from the number of each trial that runs to what the storage knows it by.
    """

    def __init__(
        self,
        study: optuna.Study,
        storage: BaseStorage,
        space: Space,
        plan: Plan,
        combination: int,
        given: Callable[[], Sequence[FrozenTrial]] = tuple,
    ) -> None:
        """Have interrupted trials wait again.

        Args:
            study: of the lane.
            storage: that it is in.
            space: the lane's parameters.
            plan: the study's.
            combination: the lane's.
            given: the settings that were given, with their results, to be learnt from.
        """
        self._given = given
        self._first_points: list[dict[str, Any]] = study.user_attrs.get(FIRST_POINTS, [])
        self._study, self._storage, self._space = study, storage, space
        self._plan, self._combination = plan, combination
        self._budget = self.limit = plan.budgets[combination]
        self._sampler, self._seed = SAMPLERS[plan.file.sampler.name], plan.file.sampler.seed
        self._learner: Learner | None = None
        self._waiting: list[tuple[int, int]] = []  # like `running`, as pairs
        self._begun: dict[int, Suggestion] = {}  # those that wait or run
        self.running: dict[int, int] = {}
        trials = self.trials
        self._tried = Tried(space, self._seed, (trial.params for trial in trials))
        self.asked = len(trials)
        for trial in trials:
            if not trial.state.is_finished():
                if trial.state == TrialState.RUNNING:
                    storage.set_trial_state_values(_id_of(trial), state=TrialState.WAITING)
                self._waiting.append((trial.number, _id_of(trial)))
                self._begun[trial.number] = Suggestion(
                    trial.params, trial.number, trial.user_attrs.get("chosen", "")
                )

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial, ended or not, in order, as the storage has them."""
        return self._study.get_trials(deepcopy=False)

    @property
    def open(self) -> int:
        """How many trials can be begun without waiting for another to end."""
        first = min(self.limit, self._first)
        return len(self._waiting) + (first - self.asked if self.asked < first else self._round_due)

    def next(self) -> Suggestion | None:
        """The trial to begin next; None if there is none, or it is not to be learnt yet."""
        if self._round_due:
            self._suggest_round()
        index = self._waiting[0][0] if self._waiting else self.asked
        if index >= self.limit:
            return None
        if index in self._begun:
            return self._begun[index]
        if index < len(self._first_points):
            known = self._first_points[index]
            return Suggestion(known["point"], index, known["chosen"], known["notes"])
        point = point_of(self._sampler, self._space, index, self._budget, self._seed)
        return None if point is None else Suggestion(self._tried.fresh(point, index), index, "beforehand")

    @property
    def _first(self) -> int:
        """Trials below this number do not depend on what comes of others."""
        return max(self._sampler.first(self._budget), len(self._first_points))

    @property
    def _round_due(self) -> int:
        """How many points to suggest now; 0 while trials from which they should learn have not ended.

        A round that was interrupted is completed before any of its trials begins, so the points of a round never depend
        on results of the same round.
        """
        first = self._first
        begun = (self.asked - first) % self._plan.at_once
        if self.running or not first <= self.asked < self.limit or (self._waiting and not begun):
            return 0
        return min(self._plan.at_once - begun, self.limit - self.asked)

    def _suggest_round(self) -> None:
        """Put the trials of a round into the queue; each knows of those before it that they are running."""
        if self._learner is None:
            self._learner = Learner(
                self._sampler,
                self._space,
                self._seed,
                self.trials,
                given=self._given(),
                combination=self._combination,
                objectives=len(self._study.directions),
                worst=worst_of(self._plan.file.study.objective, self._plan.file.epochs),
                tried=self._tried,
            )
        for _ in range(self._round_due):
            trial = self._learner.suggest()
            self._waiting.append((trial.number, self._create(trial, TrialState.WAITING)))

    def _create(self, trial: Suggestion, state: TrialState) -> int:
        """Write a trial to the storage, in one piece."""
        template = optuna.trial.create_trial(
            state=state,
            params=trial.point,
            distributions=self._space.distributions(trial.point),
            user_attrs={
                "run_key": self._plan.key_of("search", self._plan.slot(self._combination, trial.number)),
                "chosen": trial.chosen,
            },
            system_attrs=dict(trial.notes),
        )
        self.asked += 1
        self._begun[trial.number] = trial
        self._tried.add(trial.point)
        return self._storage.create_new_trial(_id_of(self._study), template_trial=template)

    def begin(self, trial: Suggestion) -> None:
        """Begin the trial that `next` gave."""
        if self._waiting:
            _, trial_id = self._waiting.pop(0)
            self._storage.set_trial_state_values(trial_id, state=TrialState.RUNNING)
        else:
            trial_id = self._create(trial, TrialState.RUNNING)
        self.running[trial.number] = trial_id

    def put_back(self, index: int) -> None:
        """Have a trial that runs wait again."""
        trial_id = self.running.pop(index)
        self._storage.set_trial_state_values(trial_id, state=TrialState.WAITING)
        self._waiting = sorted([*self._waiting, (index, trial_id)])

    def end(
        self,
        index: int,
        state: TrialState,
        values: Sequence[float] | None,
        notes: Mapping[str, Any],
        course: Mapping[int, float],
    ) -> None:
        """Note how a trial that runs has ended, its objectives last, and have the sampler learn from it.

        The course, a value for each of some epochs, is for users who look at the trials with Optuna's tools.
        """
        trial_id = self.running.pop(index)
        with together(self._storage):
            write_course(self._storage, trial_id, course)
            for name, note in notes.items():
                self._storage.set_trial_user_attr(trial_id, name, note)
            self._storage.set_trial_state_values(trial_id, state=state, values=values)
        self._begun.pop(index, None)
        if self._learner is not None:
            self._learner.tell(self._storage.get_trial(trial_id))


def _id_of(known: optuna.Study | FrozenTrial) -> int:
    """What Optuna's storages know a study or a trial by; nothing public gives it."""
    return known._study_id if isinstance(known, optuna.Study) else known._trial_id  # noqa: SLF001
