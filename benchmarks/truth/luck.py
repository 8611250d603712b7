"""The luck of random search on the published tables: how well each method of telling it holds, over many searches.

A search draws n settings and takes the one with the lowest error. The truth about two choices is the difference of
their winners' errors in the mean over 2,000 searches. A method says from one search of each choice which of them is
ahead, or that it cannot tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from benchmarks.truth.published import Errors, Table
from reports.statistics.search_spread import NORMAL, SHARE_OF_NOISE, THIRD

SEARCHES: Final = 2_000
"""Searches that the truth is the mean of."""

Answer = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Low and high end of the interval of the difference in each search, and what it is an interval of."""


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """Many searches of one choice.

    Attributes:
        seen: the error of each trial as its seeds show it, in the order of the trials, (R, n).
        true: the same without noise.
        noise: standard error of the winner's error, as its seeds show it, (R,).
    """

    seen: NDArray[np.float64]
    true: NDArray[np.float64]
    noise: NDArray[np.float64]

    @property
    def winner(self) -> NDArray[np.float64]:
        """True error of each search's winner, (R,)."""
        return _winner(self.seen, self.true)


def searches(
    errors: Errors, settings: NDArray[np.intp], seeds: int | None, rng: np.random.Generator
) -> Searches:
    """Searches that try these settings, (R, n), each with so many seeds, or with no noise at all."""
    true = errors.mean(axis=1)[settings]
    if seeds is None:
        return Searches(true, true, np.zeros(len(settings)))
    drawn = errors[settings[..., None], rng.integers(errors.shape[1], size=(*settings.shape, seeds))]
    seen = drawn.mean(axis=2)
    won = np.take_along_axis(settings, seen.argmin(axis=1)[:, None], axis=1)[:, 0]
    fresh = errors[won[:, None], rng.integers(errors.shape[1], size=(len(won), 20))]
    return Searches(seen, true, fresh.std(axis=1, ddof=1) / np.sqrt(seeds))


def third_best(one: Searches, other: Searches) -> Answer:
    """The report's: the distance from the best trial to the third best, and half of the noise's variance."""
    reaches = []
    for each in (one, other):
        ordered = np.partition(each.seen, (0, 2), axis=1)
        third = THIRD * (ordered[:, 2] - ordered[:, 0])
        reaches.append(np.hypot(third, NORMAL * np.sqrt(SHARE_OF_NOISE) * each.noise))
    half, centre = np.hypot(*reaches), one.winner - other.winner
    return centre - half, centre + half, centre


def sub_searches(parts: int) -> Callable[[Searches, Searches], Answer]:
    """So many searches that share the budget, all their winners confirmed: Student's t of their differences."""

    def method(one: Searches, other: Searches) -> Answer:
        of_each = [
            _winner(
                *(
                    values[:, : values.shape[1] // parts * parts].reshape(len(values), parts, -1)
                    for values in pair
                )
            )
            for pair in ((one.seen, one.true), (other.seen, other.true))
        ]
        difference = of_each[0] - of_each[1]
        half = stdtrit(parts - 1, 0.975) * difference.std(axis=1, ddof=1) / np.sqrt(parts)
        centre = difference.mean(axis=1)
        return centre - half, centre + half, centre

    return method


def bootstrap(one: Searches, other: Searches) -> Answer:
    """The winner of a resampled search, in closed form: the i-th best wins with chance ((n−i+1)/n)ⁿ − ((n−i)/n)ⁿ."""
    variances = []
    for each in (one, other):
        ordered = np.sort(each.seen, axis=1)
        n = ordered.shape[1]
        place = np.arange(n)
        chance = ((n - place) / n) ** n - ((n - place - 1) / n) ** n
        mean = ordered @ chance
        variances.append(np.square(ordered - mean[:, None]) @ chance)
    half, centre = NORMAL * np.sqrt(sum(variances)), one.winner - other.winner
    return centre - half, centre + half, centre


def no_spread(one: Searches, other: Searches) -> Answer:
    """What was said before: whichever winner is better is the better choice."""
    centre = one.winner - other.winner
    return centre, centre, centre


METHODS: Final[Mapping[str, Callable[[Searches, Searches], Answer]]] = {
    "one search, as before": no_spread,
    "bootstrap of the trials": bootstrap,
    "2 sub-searches": sub_searches(2),
    "4 sub-searches": sub_searches(4),
    "third best (the report's)": third_best,
}


@dataclass(frozen=True, slots=True)
class Held:
    """How a method did on one table: shares of searches.

    Attributes:
        wrong: it put the choice ahead that is behind on average.
        covered: its interval held what it is an interval of.
        shown: it put a choice ahead.
    """

    wrong: float
    covered: float
    shown: float


def held(table: Table, trials: int, seeds: int | None, *, shared: bool) -> dict[str, Held]:
    """How each method does on a table.

    Args:
        table: the two choices.
        trials: of each choice.
        seeds: of each trial; None for no noise.
        shared: whether both choices try the same settings, as those of a study do.
    """
    rng = np.random.default_rng(trials)
    size = len(table.choices[0])
    settings = rng.integers(size, size=(SEARCHES, trials))
    other = settings if shared else rng.integers(size, size=(SEARCHES, trials))
    one, two = (
        searches(errors, tried, seeds, rng)
        for errors, tried in zip(table.choices, (settings, other), strict=True)
    )
    truth = float((one.winner - two.winner).mean())
    found = {}
    for name, method in METHODS.items():
        low, high, of = method(one, two)
        estimated = float(of.mean())
        wrong = (low > 0) & (truth <= 0) | (high < 0) & (truth >= 0)
        found[name] = Held(
            wrong=float(wrong.mean()),
            covered=float(((low <= estimated) & (estimated <= high)).mean()),
            shown=float(((low > 0) | (high < 0)).mean()),
        )
    return found


def _winner(seen: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """True error of whichever is seen to be the lowest along the last axis."""
    return np.take_along_axis(true, seen.argmin(axis=-1)[..., None], axis=-1)[..., 0]
