"""A lane: one scientific combination and the trials that re-tune its nuisance parameters.

Each lane is a separate Optuna study. Its sampler and its pruner see only the trials of that combination, so every
combination is tuned with the same budget and compared at its own best. A lane depends on nothing outside it, so lanes
can run in parallel on any number of workers without changing any result.

When every trial has ended, the race (`studies.running.race`) selects trials for further seeds. The sampler and the
pruner ignore these seeds: they compare all trials on the seeds that every trial began with.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from functools import reduce
from math import fsum, inf
from statistics import fmean
from typing import Any, Final, NamedTuple

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.experiment import alike
from experiments.outcome.failure_rule import Ended, ended_of, same
from experiments.outcome.pareto_front import front
from experiments.outcome.winners import standing
from experiments.recording.merging_seeds import merged
from experiments.recording.objectives import BESIDE, bounded, has_result, objective_of_each_seed
from experiments.recording.records import RunRecord, from_bytes, to_bytes
from experiments.store.metrics import kept_epochs
from experiments.task import FRESH, Phase, Task
from studies.running.design_agreement import (
    TAKES_OVER,
    Versions,
    agree,
    lane_in,
    lane_name,
    seals_seen,
    titled,
)
from studies.running.given import GIVEN, given_in, tasks_of
from studies.running.judge import Judge, judge, seeds_at
from studies.running.plan import Plan
from studies.running.queue import Queue
from studies.running.race import Race, Winner
from studies.running.rule_learner import Lesson
from studies.running.storage import name_metrics
from studies.space.learner import Suggestion
from studies.space.pruners import PRUNERS
from studies.space.samplers import SAMPLERS
from studies.space.tried import Tried

STATES: Final = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
"""Optuna's states, by our names."""


class Confirmed(NamedTuple):
    """What a lane's winner has come to on fresh seeds.

    Attributes:
        seeds: how many of them it has been trained on.
        value: its mean objective over them; inf if a training of them failed, or all of the first ones diverged.
    """

    seeds: int
    value: float

    @property
    def failed(self) -> bool:
        """Whether it has no result on fresh seeds and will have none."""
        return self.seeds > 0 and self.value == inf


POINTS: Final = 8
"""Epochs of a trial whose error is stored where no pruner asks for it; in a journal each is a line of 100 bytes."""

FEWEST_POINTS: Final = 3
"""That many at least, also in a study of very many trials."""

POINTS_OF_ALL: Final = 30_000
"""That many of all trials together, or about so."""

ENDED: Final = "ended"
"""The user attribute of a trial that says how its networks ended, for a rule of where networks fail."""

FRONT: Final = "pareto_front"
"""The user attribute that says which trials are on the Pareto front."""


class Lane:
    """The trials of one scientific combination.

    Attributes:
        combination: which of the scientific combinations it is.
        space: what is searched in it.
        rungs: epochs at which a trial is compared with the others.
        versions: what decides numbers besides the design, and decided them before.
        seals: those that it was run with, once the plan's is kept with them.
        takes_over: how many trials the lane before it had, from which it continues, if the study has grown.
        ended: how many have ended, by the way they ended; under "diverged", those in which a seed diverged.
        trained: how many networks of trials have been trained.
        failed: why trials have failed, by their number.
    """

    def __init__(self, plan: Plan, combination: int, storage: BaseStorage) -> None:
        """Open or create the lane, and put interrupted trials back in its queue.

        Raises:
            UserError: if the storage holds another design under this name.
        """
        self._plan, self.combination = plan, combination
        self.space = plan.spaces[combination]
        self._closed = not plan.rounds
        self._pruner = PRUNERS[plan.file.pruner.name]
        self.rungs = plan.rungs
        self._judge: Judge | None = None
        self._storage = storage
        self._name = lane_name(plan.file.study.name, combination)
        measured = plan.file.study.objectives or [plan.file.study.objective]
        self._objectives = len(measured)
        self._beside: dict[int, Sequence[float]] = {}  # the further objectives of the complete trials
        self._study = optuna.create_study(
            storage=storage,
            study_name=lane_in(storage, plan.file.study.name, combination, plan.generation)
            or titled(plan, combination),
            load_if_exists=True,
            directions=["minimize"] * self._objectives,
        )
        name_metrics(self._study, [name.replace("_", " ") for name in measured])
        self._settled, self._begun = agree(self._study, plan, combination)
        self.versions = Versions(self._study, plan)
        self._had_trials = bool(self._study.get_trials(deepcopy=False))
        self.seals: tuple[str, ...] = ()
        self.takes_over: int = self._settled.get(TAKES_OVER, 0)
        given = given_in(plan, combination, self._settled.get(GIVEN, []))
        if given != self._settled.get(GIVEN, []):
            self._remember(GIVEN, given)
        self._given = list(tasks_of(plan, combination, given))
        self._queue = Queue(self._study, storage, self.space, plan, combination, self._given_results)
        if plan.rounds:
            self.extend(plan.rounds[0])
        self._race = Race(plan.first_seeds, plan.file.study.seeds)
        self._further: set[int] = set()  # numbers of trials that further seeds are being trained of
        self._alone: set[int] = set()  # numbers of those that took a worker down
        self._reported: set[tuple[int, int]] = set()  # number and epoch
        self.trained = 0
        self.ended = Counter[str]()
        self.failed: dict[int, str] = {}
        some_further = any("+" in name for name in self._settled)
        for trial in self.trials:
            if self.rungs:
                self._reported |= {(trial.number, epoch) for epoch in trial.intermediate_values}
            if trial.state == TrialState.FAIL:
                self.failed[trial.number] = trial.user_attrs.get("reason", "")
            if trial.state.is_finished():
                seeds = self._first_seeds(trial.number)
                objectives = trial.values if trial.state == TrialState.COMPLETE else []
                value = objectives[0] if objectives else None
                self._beside[trial.number] = objectives[1:]
                # where all is trained at once no seed's own value is ever asked for
                values = [] if value is None else trial.user_attrs.get("values", [value] * seeds)
                nuisance = self.space.decode(trial.params)
                self._count(trial.number, trial.state, values, nuisance, trial.user_attrs.get("diverged", 0))
                if some_further:
                    self._count_further_again(trial.number, nuisance)

    def keep_seal(self) -> None:
        """Keep the plan's seal with those that the lane was run with before."""
        self.seals = seals_seen(self._study, self._plan.seal, begun=self._had_trials)

    def _first_seeds(self, number: int) -> int:
        """How many seeds a trial begins with, or began with before the study file asked for more."""
        return next(one.first for one in reversed(self._begun) if one.trial <= number)

    def _count(
        self,
        number: int,
        state: TrialState,
        values: Sequence[float],
        nuisance: Mapping[str, Any],
        diverged: int,
    ) -> None:
        """A trial has ended."""
        seeds = self._first_seeds(number)
        self.ended[state.name] += 1
        self.ended["diverged"] += diverged > 0
        self.trained += seeds
        if values and has_result("complete", diverged, seeds):
            self._race.enter(number, values, nuisance)

    def _count_further_again(self, number: int, nuisance: Mapping[str, Any]) -> None:
        """Further seeds of a trial were trained before this start."""
        while seeds := self._race.seeds_of(number):
            known = self._settled.get(self._task("search", number, nuisance, [seeds]).name)
            if known is None:
                return
            self._race.add(number, known)
            self.trained += len(known)

    @property
    def best(self) -> Winner | None:
        """The trial that leads, in the end the winner; None if no trial has a result."""
        return self._race.best

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial of the lane, in order, as the storage has them."""
        return self._queue.trials

    @property
    def asked(self) -> int:
        """How many trials have been begun or were begun earlier."""
        return self._queue.asked

    @property
    def finished(self) -> int:
        """How many trials have ended, whether complete, pruned or failed."""
        return self.ended.total() - self.ended["diverged"]

    @property
    def ended_all(self) -> bool:
        """Whether every trial has ended, and no more are to come."""
        return self._closed and self.finished >= self.goal

    @property
    def goal(self) -> int:
        """How many trials it is to have, for now."""
        return self._queue.limit

    def extend(self, trials: int) -> None:
        """Let it have so many trials."""
        self._queue.limit = trials

    def close(self) -> None:
        """It gets no further trials."""
        self._closed = True

    def best_of_first(self, trials: int) -> float:
        """The lowest objective of its first trials, on the seeds that they began with; inf if none has a result."""
        return min(
            (
                float(trial.values[0])
                for trial in self.trials[:trials]
                if trial.state == TrialState.COMPLETE
                and trial.user_attrs.get("diverged", 0) < self._first_seeds(trial.number)
            ),
            default=inf,
        )

    @property
    def searched(self) -> bool:
        """Whether every trial has ended and has all the seeds that it is to have."""
        return self.ended_all and not self._race.missing

    @property
    def ahead(self) -> int:
        """How many networks of trials are still to be trained, at most."""
        most = self._plan.file.study.seeds
        return max(0, self.goal - self.finished) * most + self._race.ahead

    @property
    def open(self) -> int:
        """How many trials can be started or continued now, without waiting for another one to end."""
        if self.ended_all:
            return max(1, len(self._race.missing) - len(self._further))
        return 1 if self.rungs else max(1, self._queue.open)

    def ask(self, at_most: int = 1) -> list[Task]:
        """The next trials' tasks, all alike, to be trained side by side; none if there is none to start now.

        A trial whose point is known in advance need not wait for others. A trial that may be pruned by comparison with
        earlier ones waits until these have ended, and so does a round of points that learns from them. Further seeds
        wait until all trials have ended.
        """
        if self.ended_all:
            return self._ask_further(at_most)
        if SAMPLERS[self._plan.file.sampler.name].learns and any(self.given_open):
            return []
        tasks: list[Task] = []
        at_most = min(at_most, self._plan.side_by_side(self.combination, self._plan.first_seeds))
        while len(tasks) < at_most:
            if (self._queue.running and self.rungs) or (found := self._queue.next()) is None:
                break
            task = self._search(found)
            if tasks and (found.number in self._alone or alike(task) != alike(tasks[0])):
                break
            self._queue.begin(found)
            tasks.append(task)
            if found.number in self._alone:
                break
        return tasks

    @property
    def given_open(self) -> Iterator[Task]:
        """Given settings that are not trained yet."""
        return (task for task in self._given if self.settled(task) is None)

    @property
    def given_networks(self) -> tuple[int, int]:
        """How many networks of given settings are trained, and how many are not."""
        ahead = sum(task.networks for task in self.given_open)
        return sum(task.networks for task in self._given) - ahead, ahead

    def _given_results(self) -> list[FrozenTrial]:
        """The given settings that have a result, as trials; none where there are several objectives."""
        found = []
        for task in self._given if self._objectives == 1 else ():
            value, point = self.settled(task), self.space.encode(task.nuisance)
            if point is not None and value is not None and value != inf:
                distributions = self.space.distributions(point)
                found.append(
                    optuna.trial.create_trial(params=point, distributions=distributions, value=value)
                )
        return found

    def _ask_further(self, at_most: int) -> list[Task]:
        """Further seeds of trials that have ended."""
        tasks: list[Task] = []
        for number, seeds in self._race.missing.items():
            if number in self._further:
                continue
            task = self._task("search", number, self._race.nuisance_of(number), seeds)
            company = min(at_most, self._plan.side_by_side(self.combination, len(seeds)))
            if tasks and (len(tasks) >= company or number in self._alone or alike(task) != alike(tasks[0])):
                break
            tasks.append(task)
            if number in self._alone:
                break
        self._further |= {self._index(task) for task in tasks}
        return tasks

    def _search(self, trial: Suggestion) -> Task:
        """The task of a trial on the seeds that it begins with."""
        seeds = range(self._first_seeds(trial.number))
        task = self._task("search", trial.number, self.space.decode(trial.point), seeds)
        return replace(task, chosen=trial.chosen)

    def _task(
        self, phase: Phase, index: int, nuisance: Mapping[str, Any], seeds: Sequence[int] | None = None
    ) -> Task:
        return self._plan.task(phase, self.combination, index, nuisance, seeds)

    def report(self, task: Task, epoch: int, values: Sequence[float]) -> bool:
        """Note how the seeds of a trial stand at a rung; whether it should be stopped."""
        index = self._index(task)
        if (index, epoch) not in self._reported:  # a second attempt reports the same again
            trial_id = self._queue.running[index]
            if self._pruner.by_seed:
                self._storage.set_trial_user_attr(trial_id, seeds_at(epoch), list(values))
            self._storage.set_trial_intermediate_value(trial_id, epoch, fmean(values))
            self._reported.add((index, epoch))
        if self._judge is None:
            finished = [trial for trial in self.trials if trial.state.is_finished()]
            self._judge = judge(self._name, self._pruner, self._plan.file.epochs, finished)
        return self._judge.stops(epoch, values)

    def tell(self, record: RunRecord) -> None:
        """Tell the sampler how a trial ended, or store the result of further or fresh seeds."""
        task = record.task
        index, state = self._index(task), STATES[record.state]
        if task.phase != "search":
            if task.phase == "confirm" and len(self._plan.looks) > 1 and record.epochs:
                self._remember(_record_of(task), b64encode(to_bytes(_at_the_end(record))).decode())
            if task.phase == "probe":
                self._remember(task.name, 0.0)
                return
            found = has_result(record.state, 0 if task.further else record.diverged, len(task.seeds))
            if found and task.phase == "default":
                self._remember(_seeds_of(task), sorted({*self._trained(task), *task.seeds}))
            self._remember(task.name, record.objective if found else "failed")
            return
        each = objective_of_each_seed(record, task.objective, task.target_error).tolist()
        if task.further:
            self._remember(task.name, each)
            self._further.discard(index)
            self._race.add(index, each)
            self.trained += len(each)
            return
        if record.ended_early and state == TrialState.COMPLETE:
            self._stands_still(task, record)
        value = record.objective if state == TrialState.COMPLETE else None
        notes: dict[str, Any] = {"diverged": record.diverged} if record.diverged else {}
        if self._plan.probes and (ended := ended_of(record, self._plan.chance)):
            notes[ENDED] = astuple(ended)
        if state == TrialState.FAIL:
            notes["reason"] = self.failed[index] = record.reason
        values = [] if value is None else [value] * len(task.seeds)
        if value is not None and self._plan.file.study.first_seeds:
            values = notes["values"] = each
        self._beside[index] = [] if value is None else [BESIDE[name](record) for name in task.beside]
        objectives = None if value is None else [value, *self._beside[index]]
        self._queue.end(index, state, objectives, notes, self._course(record))
        self._count(index, state, values, task.nuisance, record.diverged)
        if self._judge is not None:
            self._judge.ends(state, value)

    def _course(self, record: RunRecord) -> dict[int, float]:
        """The mean validation error of a run at a few of its epochs, a diverged seed counting as in the objective.

        Nothing where a pruner asks for others.
        """
        curve = record.curves.get("validation_error")
        if self.rungs or curve is None or not curve.size:
            return {}
        most = max(FEWEST_POINTS, min(POINTS, POINTS_OF_ALL // max(self._plan.trials, 1)))
        epochs = kept_epochs(curve.shape[1], most)
        means = bounded(curve[:, epochs - 1]).mean(axis=0).tolist()
        return {int(epoch): float(f"{mean:.4g}") for epoch, mean in zip(epochs, means, strict=True)}

    def _stands_still(self, task: Task, record: RunRecord) -> None:
        """Note how a trial whose networks have all stopped early stands at the later rungs, so that others compare."""
        errors = bounded(record.curves["validation_error"][:, -1]).tolist()
        for rung in sorted(self.rungs):
            if rung > record.epochs:
                self.report(task, rung, errors)

    def put_back(self, task: Task, *, alone: bool = False) -> None:
        """Return an unfinished trial to the queue; whatever the pruner was told of this attempt is forgotten.

        A trial that crashed a worker is repeated alone, so that it cannot harm other trials. A confirmation or the
        champion's training is in no queue; it is asked for again until it is settled.
        """
        if task.phase != "search":
            return
        index = self._index(task)
        self._alone |= {index} if alone else set()
        if task.further:
            self._further.discard(index)
            return
        self._queue.put_back(index)
        self._judge = None

    @property
    def points(self) -> dict[int, tuple[float, ...]]:
        """Every objective of each complete trial, by its number; the first is that of all its seeds."""
        return {number: (mean, *self._beside[number]) for number, mean in self._race.means.items()}

    def lessons(self) -> list[Lesson]:
        """The trials of which it is known how their networks ended."""
        search, scientific = self._plan.file.search, self._plan.combinations[self.combination]
        varied = {*search.scientific, *search.nuisance, "widths", "learning_rate"}
        but_rate = same({name: value for name, value in scientific.items() if name != "learning_rate"})
        found = []
        for trial in self.trials:
            if ENDED in trial.user_attrs:
                settings = {**self.space.given, **self.space.decode(trial.params)}
                kept = {name: value for name, value in settings.items() if name in varied}
                found.append(Lesson(kept, Ended(*trial.user_attrs[ENDED]), but_rate))
        return found

    def tried(self) -> Tried:
        """The settings of its trials."""
        return Tried(self.space, self._plan.file.sampler.seed, (trial.params for trial in self.trials))

    def keep_front(self) -> None:
        """Note the Pareto front of the lane's complete trials beside them, where there are several objectives."""
        if self._objectives > 1 and self._settled.get(FRONT) != (numbers := list(front(self.points))):
            self._study.set_user_attr(FRONT, numbers)
            self._settled[FRONT] = numbers

    def _index(self, task: Task) -> int:
        return task.slot // len(self._plan.file.combinations)

    def leader(self) -> Task | None:
        """The task of the trial that leads; None if no trial has a result."""
        return self._winner("search", range(self._plan.first_seeds))

    def confirmation(self, look: int = 0) -> Task | None:
        """The task of training the lane's winner on the fresh seeds of one look; None without a winner."""
        looks = (0, *self._plan.looks)
        task = self._winner("confirm", range(FRESH + looks[look], FRESH + looks[look + 1]))
        crossed = task and look == 0 and self._plan.crosses("confirm")
        return replace(task, crossed=self._found_by_searches()) if task and crossed else task

    def championship(self) -> Task | None:
        """The task of training the winner again on its fresh seeds and testing it; None without a winner."""
        task = self._winner("champion", range(FRESH, FRESH + (self.confirmed.seeds or self._plan.looks[-1])))
        return replace(task, crossed=(task.nuisance,)) if task and self._plan.crosses("champion") else task

    def _found_by_searches(self) -> tuple[Mapping[str, Any], ...]:
        """The best setting of each search of its own into which the trials can be parted, every fourth trial one.

        The winner's alone where they cannot be, or one of these searches found none.
        """
        best = self.best
        assert best is not None
        searches, means = self._plan.searches, self._race.means
        mine = [[number for number in means if number % searches == each] for each in range(searches)]
        if searches == 1 or not all(mine):
            return (best.nuisance,)
        lead = (
            min(some, key=lambda one: standing(self._race.seeds_of(one), means[one], one)) for some in mine
        )
        return tuple(self._race.nuisance_of(number) for number in lead)

    def default(self) -> Task:
        """The task of training the lane's setting without tuning, on a trial's seeds and its winner's fresh ones.

        If it was trained on some of them before the study got more, the task is only about the others.
        """
        looks = self._plan.looks
        task = self._plan.default_task(self.combination, self.confirmed.seeds or (looks[-1] if looks else 0))
        trained = self._trained(task)
        missing = tuple(seed for seed in task.seeds if seed not in trained) if trained else ()
        return replace(task, seeds=missing) if missing else task

    def _trained(self, default: Task) -> Sequence[int]:
        """The seeds that the setting without tuning was trained on; none if an earlier version did not note them."""
        seeds: Sequence[int] = self._settled.get(_seeds_of(default), ())
        return seeds

    def _winner(self, phase: Phase, seeds: range) -> Task | None:
        best = self.best
        return None if best is None else self._task(phase, best.number, best.nuisance, seeds)

    @property
    def confirmed(self) -> Confirmed:
        """What the winner has come to at the looks so far."""
        found = [(len(task.seeds), value) for task, value in self._looked_at()]
        seeds = sum(number for number, _ in found)
        return Confirmed(seeds, fsum(number * value for number, value in found) / seeds if seeds else inf)

    def fresh_run(self) -> RunRecord:
        """The winner's run on the fresh seeds of all looks so far, as it stands at the end of training."""
        looks = (from_bytes(b64decode(self._settled[_record_of(task)])) for task, _ in self._looked_at())
        return reduce(lambda run, more: merged(run, more, run.task.objective, run.task.target_error), looks)

    def _looked_at(self) -> Iterator[tuple[Task, float]]:
        """The winner's task at each look that is over, and its objective."""
        for look in range(len(self._plan.looks)):
            task = self.confirmation(look)
            value = self.settled(task) if task else None
            if task is None or value is None:
                return
            yield task, value

    def settled(self, task: Task) -> float | None:
        """The objective of a confirmation or championship that has been recorded, inf if it failed, None before."""
        value = self._settled.get(task.name)
        return inf if value == "failed" else value

    def _remember(self, name: str, value: Any) -> None:
        self._study.set_user_attr(name, value)
        self._settled[name] = value


def _record_of(task: Task) -> str:
    """Under what a winner's record on fresh seeds is kept."""
    return f"{task.name}/record"


def _seeds_of(default: Task) -> str:
    """Under what the seeds are kept that a setting without tuning was trained on."""
    return f"{default.run_key}/seeds"


def _at_the_end(record: RunRecord) -> RunRecord:
    """A run without what came before its last epoch, which no comparison asks for."""
    last = {name: curve[:, -1:] for name, curve in record.curves.items()}
    return replace(record, curves=last, seconds=record.seconds[-1:], surface=np.zeros((0, 0, 0), np.int64))
