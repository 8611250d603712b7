"""Suggests points with Optuna's samplers from the lane's trials, held in an Optuna study in memory.

A trial can thus be written to the lane's storage in one piece with its whole point. A new sampler is made for every
point, so it depends only on the trials before it.
"""

from bisect import bisect_left, insort
from collections.abc import Container, Mapping, Sequence
from copy import copy
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import optuna
from numpy.random import SeedSequence
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from experiments.task import Chosen
from studies.space.feasible_points import moved
from studies.space.samplers import Sampler
from studies.space.search_space import Point, Space, Variable
from studies.space.tried import Tried


class _Memory(InMemoryStorage):
    """Every trial; a sampler that learns from so many at most sees the best of them, a fifth, and the newest."""

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._most = most
        self._ranked: list[tuple[float, int]] = []  # the lowest values, each with its trial's number

    def rank(self, number: int, values: Sequence[float] | None) -> None:
        """Note the value of a complete trial."""
        if self._most and values:
            insort(self._ranked, (values[0], number))
            del self._ranked[self._most // 5 :]

    def take(self, study_id: int, trial: FrozenTrial) -> None:
        """Have a trial of the lane. Optuna would copy all of it, which takes longer than to read it from the lane."""
        trial_id = self.create_new_trial(study_id)
        taken, created = copy(trial), self._get_trial(trial_id)
        taken.number, taken._trial_id = created.number, trial_id  # noqa: SLF001 # there is no public way
        self._set_trial(trial_id, taken)

    def put(self, trial_id: int, point: Point, distributions: Mapping[str, BaseDistribution]) -> None:
        """Have a trial that runs be at another point than was suggested for it."""
        trial = copy(self._get_trial(trial_id))
        trial.params, trial.distributions = dict(point), dict(distributions)
        self._set_trial(trial_id, trial)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Those that are seen, in order: found without a look at each, or every suggestion would take longer."""
        if states == (TrialState.WAITING,):  # which Optuna asks for every time, and none is
            return []
        trials = super().get_all_trials(study_id, deepcopy, states)
        if self._most is None or len(trials) <= self._most:
            return trials
        newest = self._most - self._most // 5
        older, seen = trials[:-newest], []
        for number in sorted(number for _, number in self._ranked):
            place = bisect_left(older, number, key=attrgetter("number"))
            if place < len(older) and older[place].number == number:
                seen.append(older[place])
        return seen + trials[-newest:]

    def get_n_trials(self, study_id: int, state: tuple[TrialState, ...] | TrialState | None = None) -> int:
        """All of them, seen or not."""
        states = (state,) if isinstance(state, TrialState) else state
        return len(super().get_all_trials(study_id, deepcopy=False, states=states))


class Suggestion(NamedTuple):
    """Where a trial is to be tried.

    Attributes:
        point: in Optuna's terms.
        number: the trial's, within its lane.
        chosen: how the point was.
        notes: what the sampler wants to find on the trial.
    """

    point: Point
    number: int
    chosen: Chosen
    notes: Mapping[str, Any] = MappingProxyType({})


class Learner:
    """Suggests one point after the other, each to be tried under the next number."""

    def __init__(
        self,
        sampler: Sampler,
        space: Space,
        seed: int,
        trials: Sequence[FrozenTrial],
        *,
        given: Sequence[FrozenTrial] = (),
        combination: int = 0,
        objectives: int = 1,
        worst: float | None = None,
        tried: Tried | None = None,
    ) -> None:
        """Take over the lane's trials, in order; those that have not ended count as running.

        Settings that were given are learnt from, too; they have no number.
        The seed is the study's, and the lane's combination has random numbers of its own. Trials that failed count as
        the worst objective there is; among several objectives nothing is learnt from them. What has been tried is found
        from the trials unless it is given.
        """
        assert sampler.learns is not None
        self._learns, self._prefix, self._space = sampler.learns, sampler.notes, space
        self._again = sampler.again
        self._seed = (seed, combination)
        self._tried = tried or Tried(space, seed, (trial.params for trial in trials))
        self._storage = _Memory(sampler.remembers if objectives == 1 else None)
        self._study = optuna.create_study(storage=self._storage, directions=["minimize"] * objectives)
        self._id = self._storage.get_study_id_from_name(self._study.study_name)
        self._worst = None if worst is None or objectives > 1 else [worst]
        self._before = len(given)
        for place, known in enumerate(given):
            self._storage.create_new_trial(self._id, template_trial=known)
            self._storage.rank(place, known.values)
        for trial in trials:
            known = (
                _counted(trial, self._worst) if trial.state.is_finished() else _as(TrialState.RUNNING, trial)
            )
            self._storage.take(self._id, known)
            self._storage.rank(self._before + trial.number, known.values)

    def suggest(self) -> Suggestion:
        """The next trial's point, one that has not been tried. It is running from now on."""
        index = self._storage.get_n_trials(self._id) - self._before
        suggested = self._suggested(index)
        point = self._space.exact(self._tried.fresh(suggested, index))
        if point != suggested:
            self._storage.put(self._trial_id(index), point, self._space.distributions(point))
        chosen: Chosen = "untried" if suggested in self._tried else "learnt"
        self._tried.add(point)
        notes = self._storage.get_trial_system_attrs(self._trial_id(index))
        prefix = self._prefix
        kept = {name: note for name, note in notes.items() if prefix and name.startswith(prefix)}
        return Suggestion(point, index, chosen, kept)

    def _suggested(self, index: int) -> Point:
        """What the sampler suggests: the first of `again` points that meets the constraints, or the last one moved."""
        seeds = SeedSequence([*self._seed, index]).generate_state(1 + self._again)
        for attempt, derived in enumerate(seeds):
            self._study.sampler = self._learns(self._space, int(derived))
            if attempt:
                self._storage.put(self._trial_id(index), {}, {})
                trial = Trial(self._study, self._trial_id(index))
            else:
                trial = self._study.ask()
            point = self._space.choose(partial(_asked, trial))
            if self._space.feasible(self._space.exact(point)):
                return point
        rng = np.random.default_rng(SeedSequence([*self._seed, index, self._again]))
        point = moved(self._space.exact(point), self._space, rng)
        self._storage.put(self._trial_id(index), point, self._space.distributions(point))
        return point

    def tell(self, trial: FrozenTrial) -> None:
        """A trial has ended."""
        known = self._trial_id(trial.number)
        pruned = trial.state == TrialState.PRUNED  # of others no sampler asks how they came to their end
        for epoch, value in trial.intermediate_values.items() if pruned else ():
            self._storage.set_trial_intermediate_value(known, epoch, value)
        counted = _counted(trial, self._worst)
        self._storage.set_trial_state_values(known, counted.state, counted.values)
        self._storage.rank(self._before + trial.number, counted.values)

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._id, self._before + number)


def _counted(trial: FrozenTrial, worst: Sequence[float] | None) -> FrozenTrial:
    """A trial that has ended as the sampler is to see it: one that failed as a bad one."""
    failed = trial.state == TrialState.FAIL
    return _as(TrialState.COMPLETE, trial, worst) if failed and worst else trial


def _as(state: TrialState, trial: FrozenTrial, values: Sequence[float] | None = None) -> FrozenTrial:
    """A trial's point in another state."""
    return create_trial(
        state=state,
        values=values,
        params=trial.params,
        distributions=trial.distributions,
        system_attrs=trial.system_attrs,
    )


def _asked(trial: Trial, variable: Variable) -> float | int:
    name = variable.name
    match variable.distribution:
        case FloatDistribution(low=low, high=high, step=step, log=log):
            return trial.suggest_float(name, low, high, step=step, log=log)
        case IntDistribution(low=low, high=high, step=step, log=log):
            return trial.suggest_int(name, low, high, step=step, log=log)
        case CategoricalDistribution(choices=choices):
            return trial.suggest_categorical(name, choices)  # type: ignore[return-value]  # indices
    raise TypeError(variable.distribution)
