"""Fresh settings on which a rule of where networks fail is checked, once the search is over.

The rule follows from how the trials ended, and the settings from the rule and the study's seed, so an interrupted study
goes on with the same ones.
"""

from collections.abc import Iterator, Sequence, Set
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.random import SeedSequence

from experiments.experiment import alike
from experiments.outcome.failure_rule import PROBES, Rule
from experiments.task import Task
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.rule_learner import learn
from studies.space.unit_cube import point_at

DRAWS: Final = 20_000
"""Settings that are drawn at most to have enough of them on both sides of a rule."""


class Probes:
    """The networks that a rule is checked on."""

    def __init__(self, plan: Plan, lanes: Sequence[Lane]) -> None:
        """Nothing is learnt before every lane is searched."""
        self._plan, self._lanes = plan, lanes
        self._planned: list[tuple[Lane, Task]] | None = None if plan.probes else []

    def next(self, taken: Set[str]) -> tuple[Lane, list[Task]] | None:
        """Tasks of a lane to train side by side next; None if there are none now.

        Args:
            taken: names of the tasks that are in training.
        """
        chosen: list[tuple[Lane, Task]] = []
        for lane, task in self._open():
            if task.name in taken:
                continue
            first_lane, first = chosen[0] if chosen else (lane, task)
            company = self._plan.side_by_side(first.combination, 1)
            if len(chosen) < company and lane is first_lane and alike(task) == alike(first):
                chosen.append((lane, task))
        return (chosen[0][0], [task for _, task in chosen]) if chosen else None

    @property
    def done(self) -> int:
        """Networks trained."""
        return len(self._tasks()) - self.ahead if self._known else 0

    @property
    def ahead(self) -> int:
        """Networks still to be trained, at most."""
        return sum(1 for _ in self._open()) if self._known else self._plan.probes

    @property
    def _known(self) -> bool:
        return self._planned is not None or all(lane.searched for lane in self._lanes)

    def _open(self) -> Iterator[tuple[Lane, Task]]:
        return ((lane, task) for lane, task in self._tasks() if lane.settled(task) is None)

    def _tasks(self) -> Sequence[tuple[Lane, Task]]:
        """Every task, once the search is over; none if there is no rule worth a check."""
        if self._planned is None and self._known:
            rule = learn([lesson for lane in self._lanes for lesson in lane.lessons()])
            self._planned = [] if rule is None else self._drawn(rule)
        return self._planned or []

    def _drawn(self, rule: Rule) -> list[tuple[Lane, Task]]:
        """As many settings on either side, even over the space of each side; none where there are not enough."""
        plan, content = self._plan, rule.as_json()
        digest = sha256(repr(content).encode()).digest()
        rng = np.random.default_rng(SeedSequence([plan.file.sampler.seed, int.from_bytes(digest[:8])]))
        tried = [lane.tried() for lane in self._lanes]
        sides: dict[bool, list[tuple[Lane, dict[str, Any]]]] = {True: [], False: []}
        for _ in range(DRAWS):
            lane = self._lanes[int(rng.integers(len(self._lanes)))]
            space = lane.space
            point = point_at(rng.random(len(space.variables)).tolist(), space)
            if not space.feasible(point):
                continue
            nuisance = space.decode(point)
            side = sides[rule.fails({**space.given, **nuisance})]
            if len(side) < PROBES // 2 and point not in tried[lane.combination]:
                tried[lane.combination].add(point)
                side.append((lane, nuisance))
            if all(len(side) == PROBES // 2 for side in sides.values()):
                both = [one for pair in zip(*sides.values(), strict=True) for one in pair]
                return [
                    (lane, plan.probe(lane.combination, place, nuisance, content, digest.hex()[:8]))
                    for place, (lane, nuisance) in enumerate(both)
                ]
        return []
