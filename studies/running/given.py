"""Settings that a lane was given: the user's own, another study's best, earlier trials that are none of a grown study.

They are trained on the seeds of a trial, before the sampler learns anything, and are told to it. They never count as
searched, and they cannot win.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from experiments.task import Task
from studies.running.plan import Plan

GIVEN: Final = "given"
"""The user attribute of a lane with its given settings: `nuisance`, with how many `seeds`, and by whom (`by`)."""


def given_in(plan: Plan, combination: int, known: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The given settings of a lane: those that it has already, in their order, and then those that are new."""
    there = [one["nuisance"] for one in known]
    new = [one for one in plan.given[combination] if one["nuisance"] not in there] if plan.given else []
    return [*known, *new]


def tasks_of(plan: Plan, combination: int, given: Sequence[Mapping[str, Any]]) -> Iterator[Task]:
    """The task of each given setting of a lane."""
    for index, one in enumerate(given):
        task = plan.task("given", combination, index, one["nuisance"], range(one["seeds"]))
        yield replace(task, chosen=one["by"])
