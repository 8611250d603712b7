"""A race among the complete trials of one scientific combination decides which trials get further seeds.

Every trial begins with the same few seeds. In each round, the trials that may still be the best get the same further
seeds. Trials that are clearly worse than the best leave the race and keep the seeds that they have. At the end the
remaining trials have all seeds in common, and the lowest mean wins.

The test is that of racing algorithms (Birattari et al., 2002; López-Ibáñez et al., 2016, on irace, section 3.3), with
trials as configurations and seeds as instances, except for three points. It is a t-test, not Friedman's rank test:
with two seeds no rank test, including Wilcoxon's, rejects anything at 5 %. The variance is the typical one of all
trials in the race, because two differences alone say too little. The number of seeds doubles from round to round, so a
race for S seeds has about log2 S rounds.

The result does not depend on the order in which trials are trained, so an interrupted race ends the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.outcome.winners import standing
from experiments.recording.objectives import mean_of

LEVEL: Final = 0.05
"""One-sided, of each comparison with the best; nothing is corrected, as in irace. What that saves and which winners it
loses on the default study: `python -m benchmarks.racing`."""


@dataclass(frozen=True, slots=True)
class Winner:
    """The complete trial with the lowest objective, the earliest of equals."""

    number: int
    value: float
    nuisance: Mapping[str, Any]


@dataclass(slots=True)
class _Racer:
    """A complete trial: the objective of each of its seeds, in their order."""

    values: list[float]
    nuisance: Mapping[str, Any]

    def mean(self, seeds: int) -> float:
        return mean_of(self.values[:seeds])


class Race:
    """The complete trials of a combination and what further seeds they are to have.

    Attributes:
        best: the trial that leads; when no seeds are missing, the winner. None if there is no complete trial.
        ahead: how many networks are still to be trained if no further trial leaves the race.
    """

    def __init__(self, first: int, most: int) -> None:
        """Begin without trials.

        Args:
            first: seeds after which the first trials may leave the race; if it equals `most`, none leaves.
            most: seeds that those who never leave are to have.
        """
        self._first, self._most = first, most
        self._racers: dict[int, _Racer] = {}
        self._missing: dict[int, range] | None = None  # of this round; None where that is to be found out
        self.best: Winner | None = None
        self.ahead = 0

    def enter(self, number: int, values: Sequence[float], nuisance: Mapping[str, Any]) -> None:
        """A trial is complete: the objective of each of the seeds that it was begun with."""
        racer = self._racers[number] = _Racer(list(values), nuisance)
        self._missing = None
        self.ahead += self._most - len(values)
        candidate = Winner(number, racer.mean(len(values)), nuisance)
        self.best = min(
            self.best or candidate, candidate, key=lambda one: standing(len(values), one.value, one.number)
        )

    def add(self, number: int, values: Sequence[float]) -> None:
        """Further seeds of a trial; without values they failed, and the trial is out of the race."""
        racer = self._racers[number]
        self.ahead -= len(values) or self._most - len(racer.values)
        if len(values):
            racer.values += list(values)
        else:
            del self._racers[number]
        if self._missing:
            del self._missing[number]
        self._missing = self._missing or None

    def seeds_of(self, number: int) -> int:
        """The number of seeds of a trial; 0 if it is not in the race."""
        return len(self._racers[number].values) if number in self._racers else 0

    def nuisance_of(self, number: int) -> Mapping[str, Any]:
        """The nuisance parameters of a trial."""
        return self._racers[number].nuisance

    @property
    def means(self) -> dict[int, float]:
        """The mean objective of each trial over all the seeds that it has."""
        return {number: racer.mean(len(racer.values)) for number, racer in self._racers.items()}

    @property
    def missing(self) -> Mapping[int, range]:
        """The seeds that trials lack in this round, by trial, once every trial has entered; none when it is over."""
        if self._missing is None:
            racing, goal = self._round()
            self._missing = {
                number: range(self.seeds_of(number), goal)
                for number in racing
                if self.seeds_of(number) < goal
            }
            self.ahead = sum(self._most - self.seeds_of(number) for number in racing)
            common = min((self.seeds_of(number) for number in racing), default=0)
            means = [standing(common, self._racers[number].mean(common), number) for number in racing]
            _, value, number = min(means, default=(0, 0.0, -1))
            self.best = Winner(number, value, self.nuisance_of(number)) if means else None
        return self._missing

    def _round(self) -> tuple[Sequence[int], int]:
        """Who is in the race, and how many seeds each should have now."""
        racing = sorted(self._racers)
        for goal, further in pairwise([0, *_goals(self._first, self._most)]):
            if goal and racing:
                values = np.array([self._racers[number].values[:goal] for number in racing])
                racing = [number for number, kept in zip(racing, may_be_best(values), strict=True) if kept]
            if any(self.seeds_of(number) < further for number in racing):
                return racing, further
        return racing, self._most


def _goals(first: int, most: int) -> Iterator[int]:
    """Seeds after each round: 2, 4, 8, …, and at last the most."""
    while first < most:
        yield first
        first *= 2
    yield most


def may_be_best(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which trials are not clearly worse than the one with the lowest mean, at `LEVEL`.

    mean_i − mean_best ≤ t √(2 s² / k), with t the upper quantile and s² the variance of what is left of the values
    without the effects of trials and seeds (Fisher's least significant difference in a randomised complete block
    design; Montgomery, Design and Analysis of Experiments, ch. 4). Of three trials or more s² is the median of the
    trials' own mean squares, by that of a χ² variable: a trial in which half the seeds diverged has a mean square
    a thousand times that of the others, and by the mean of all of them no trial would ever leave. A median knows less
    than a mean, so t has half of the (n − 1)(k − 1) degrees of freedom.

    Args:
        values: the objective of n trials on the same k ≥ 2 seeds, (n, k).

    Returns:
        True for those that stay in the race, (n,); the best always does.
    """
    from scipy.special import chdtri, stdtrit  # a tenth of the time until a study's first trial

    trials, seeds = values.shape
    means = values.mean(axis=1)
    behind: NDArray[np.float64] = means - means.min()
    if trials < 2:
        return np.ones(trials, np.bool_)
    freedom = (trials - 1) * (seeds - 1)
    left = values - means[:, np.newaxis]
    if trials == 2:
        square = np.square(left - left.mean(axis=0)).sum() / freedom
    else:
        own = np.square(left - np.median(left, axis=0)).sum(axis=1) / (seeds - 1)
        typical = float(chdtri(seeds - 1, 0.5)) / (seeds - 1)
        square = np.median(own) / typical * trials / (trials - 1)
        freedom = freedom / 2
    least = float(stdtrit(freedom, 1 - LEVEL) * np.sqrt(2 * square / seeds))
    return behind <= least
