"""What follows the search: winners on fresh seeds, default settings, the champion; what is next, and how much is left.

A study that ends when it is answered looks at its winners on 5 fresh seeds, on 7 and so on
(`experiments.recording.look_schedule`). Only those whose comparisons are still open get the seeds of the next look.
What is open follows from the numbers of the looks before, so an interrupted study goes on to the same end.
"""

from collections.abc import Callable, Iterator, Sequence, Set

from experiments.outcome.winners import standing
from experiments.recording.records import RunRecord
from experiments.task import Task
from studies.running.lane import Lane
from studies.running.plan import Plan

Unanswered = Callable[[Sequence[RunRecord]], Set[int]]
"""Gives the combinations with an open comparison, from the winners' runs on the fresh seeds that they have so far."""


def everybody(runs: Sequence[RunRecord]) -> Set[int]:
    """Every winner is to have all the seeds that there may be."""
    return {run.task.combination for run in runs}


class Confirmations:
    """What follows the search."""

    def __init__(self, plan: Plan, lanes: Sequence[Lane], unanswered: Unanswered = everybody) -> None:
        """Begin, or go on where the lanes stand.

        Args:
            plan: the study's.
            lanes: all of them.
            unanswered: which combinations are to have the seeds of the next look.
        """
        self._looks, self._lanes, self._unanswered = plan.looks, lanes, unanswered
        self._plan = plan
        self._defaults_ahead = plan.networks_of_defaults
        self._later: list[list[Lane]] = []  # who takes part in the second look, the third, …

    def next(self, taken: Set[str]) -> tuple[Lane, Task] | None:
        """The lane and the task to train next, None if there is none now; the longest first: workers then end together.

        Args:
            taken: names of the tasks that are in training.
        """
        ahead = [
            (lane, task)
            for lane, task in self._all()
            if task.name not in taken and lane.settled(task) is None
        ]
        return max(ahead, key=lambda one: self._plan.work(one[1]), default=None)

    @property
    def over(self) -> bool:
        """Whether every winner has all the fresh seeds that it is to have."""
        return all(lane.searched for lane in self._lanes) and all(
            lane.settled(task) is not None for lane, task in self._tasks()
        )

    @property
    def done(self) -> int:
        """Networks trained on fresh seeds."""
        return sum(task.networks for lane, task in self._all() if lane.settled(task) is not None)

    @property
    def ahead(self) -> int:
        """Networks still to be trained on fresh seeds, at most."""
        if self.over:
            return sum(task.networks for lane, task in self._all() if lane.settled(task) is None)
        if not self._looks:
            return self._defaults_ahead
        most, going = self._looks[-1], self._rounds()[-1]
        left = [
            most - lane.confirmed.seeds
            for lane in self._lanes
            if not lane.searched or (lane in going and not lane.confirmed.failed)
        ]
        champion_too = any(
            not lane.searched or (lane.best and not lane.confirmed.failed) for lane in self._lanes
        )
        return sum(left) + most * champion_too + self._defaults_ahead + self._crossed_ahead(champion_too)

    def _crossed_ahead(self, champion_too: bool) -> int:
        """Networks of crossed designs still to be trained, at most."""
        plan = self._plan
        if not plan.crosses("confirm"):
            return plan.networks_crossed if champion_too else 0
        open_ones = [
            lane for lane in self._lanes if not lane.searched or (lane.best and not lane.confirmed.seeds)
        ]
        return len(open_ones) * plan.networks_crossed // len(self._lanes)

    @property
    def only_champion(self) -> bool:
        """Whether all but the champion's training is over."""
        return self.over and all(lane.settled(task) is not None for lane, task in self._defaults())

    def _all(self) -> Iterator[tuple[Lane, Task]]:
        """Every task that is known so far."""
        yield from self._tasks()
        yield from self._defaults()
        if champion := self._champion():
            yield champion

    def _defaults(self) -> Iterator[tuple[Lane, Task]]:
        """The default settings' tasks, once it is known how many fresh seeds each winner has."""
        if self._defaults_ahead and self.over:
            yield from ((lane, lane.default()) for lane in self._lanes)

    def _champion(self) -> tuple[Lane, Task] | None:
        """The winner with the lowest mean objective on fresh seeds, to be trained on them again and tested."""
        if not self.over:
            return None
        found = [
            (standing(0, lane.confirmed.value, task.slot), lane, task)
            for lane in self._lanes
            if lane.confirmed.seeds and not lane.confirmed.failed and (task := lane.championship())
        ]
        return min(found, key=lambda one: one[0])[1:] if found else None

    def _tasks(self) -> Iterator[tuple[Lane, Task]]:
        """The winners' tasks at each look that has begun."""
        for look, lanes in enumerate(self._rounds()):
            yield from ((lane, task) for lane in lanes if (task := lane.confirmation(look)))

    def _rounds(self) -> list[list[Lane]]:
        """The lanes that take part in each look that has begun; the last may not be over."""
        if not self._looks:
            return []
        first = [lane for lane in self._lanes if lane.searched and lane.best]
        rounds = [first, *self._later]
        while rounds[-1] and len(rounds) < len(self._looks) and all(lane.searched for lane in self._lanes):
            seeds = self._looks[len(rounds) - 1]
            if any(lane.confirmed.seeds < seeds for lane in rounds[-1]):
                break
            in_play = [lane for lane in first if not lane.confirmed.failed]
            still = self._unanswered([lane.fresh_run() for lane in in_play])
            self._later.append([lane for lane in rounds[-1] if lane in in_play and lane.combination in still])
            rounds.append(self._later[-1])
        return rounds
