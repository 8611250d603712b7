"""How much of a study that has grown is recorded already, as far as it can be told before it is run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from experiments.recording.records import RunRecord
from experiments.recording.run_content import KnownRuns, content_of
from experiments.task import Task
from studies.running.extension import Extension
from studies.running.given import tasks_of
from studies.running.plan import Plan
from studies.space.samplers import SAMPLERS
from studies.space.tried import beforehand


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a study that has grown trains.

    Attributes:
        added: what has been added, one line each.
        longer: whether networks are trained for more epochs, every one of them again.
        known: networks that are recorded, of the trials, the given settings and the default settings.
        new: networks of these that would be trained.
        after: networks for what the trials lead to, at most: winners, the champion, the check of a rule. Those of a
            winner that stays are recorded, too.
    """

    added: tuple[str, ...]
    longer: bool
    known: int
    new: int
    after: int


def foreseen(grown: Extension, runs: Sequence[RunRecord]) -> Foreseen:
    """Count what is known of a study that has grown.

    Args:
        grown: how.
        runs: those that were recorded of it, before and since.
    """
    plan, study = grown.plan, grown.plan.file.study
    added = grown.added or tuple(line for each in plan.grown[-1:] for line in each["added"])
    trials = plan.trials * study.seeds + plan.networks_of_defaults
    trials += sum(int(one["seeds"]) for given in plan.given for one in given)
    known = KnownRuns(runs, grown.was)
    certain = (_tasks(plan, place, grown, runs) for place in range(len(plan.combinations)))
    found = sum(_known(task, known) for task in chain.from_iterable(certain))
    return Foreseen(added, grown.longer, found, trials - found, plan.networks - trials)


def _known(task: Task, known: KnownRuns) -> int:
    """How many networks of a task are not trained; only a trial gets seeds that it lacks, others are trained again."""
    if task.phase == "search":
        return known.seeds_of(task)
    return task.networks if known.of(task) else 0


def _tasks(plan: Plan, combination: int, grown: Extension, runs: Sequence[RunRecord]) -> Iterator[Task]:
    """The tasks of a combination that are certain, with all the seeds that they may get."""
    seeds = range(plan.file.study.seeds)
    for index, nuisance in enumerate(_points(plan, combination, grown, runs)):
        yield plan.task("search", combination, index, nuisance, seeds)
    if plan.defaults:
        yield plan.default_task(combination, plan.file.study.confirm_seeds)
    if plan.given:
        yield from tasks_of(plan, combination, plan.given[combination])


def _points(
    plan: Plan, combination: int, grown: Extension, runs: Sequence[RunRecord]
) -> Iterator[Mapping[str, Any]]:
    """The nuisance parameters of trials that are certain; of a sampler that learns only its first ones are."""
    sampler, space, budget = (
        SAMPLERS[plan.file.sampler.name],
        plan.spaces[combination],
        plan.budgets[combination],
    )
    if not sampler.learns:
        points = beforehand(sampler, space, budget, plan.file.sampler.seed)
        yield from (space.decode(point) for point in points)
        return
    here = {name: value for name, value in grown.was.items() if name in plan.file.search.nuisance}
    tried = {}
    for run in runs:
        nuisance = {**here, **run.task.nuisance}
        content = content_of(run.task, was=grown.was)
        fits = run.task.phase == "search" and space.encode(nuisance) is not None
        if fits and content_of(plan.task("search", combination, 0, nuisance)) == content:
            tried[content] = nuisance
    yield from list(tried.values())[:budget]
