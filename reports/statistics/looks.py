"""Looking at a comparison several times: what level each look may use, so that the error holds over all of them.

A study that adds seeds until it is answered tests the same difference after 5 seeds, after 7, and so on. If each look
used the 5 % of a single one, one comparison in seven would be called better without a difference. So each look spends
a share of the error only. With the information fraction t = n/N of the first n of at most N seeds, α t^ρ is spent up
to there (Kim and DeMets, 1987, with ρ = `POWER`), and the level of each look follows from the joint distribution of
the statistics at all looks, which are those of one Brownian motion (Lan and DeMets, 1983). The levels hold for
variances that are known; at small n they are applied to the p-values of the usual tests, which Jennison and Turnbull
(2000, section 4.4) call the significance level approach. `python -m benchmarks.repeated_looks`
measures how well that holds.

References:
    Armitage, McPherson and Rowe (1969), Repeated significance tests on accumulating data: the recursion.
    Jennison and Turnbull (1989), Interim analyses: the repeated confidence interval approach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Values = NDArray[np.float64]

POWER: Final = 1.5
"""ρ: with 1 the error is spent evenly; with 3 hardly any before the last look, as O'Brien and Fleming do."""

_REACH: Final = 8.0
"""Standard deviations below 0 at which the density of the process is taken to end."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)

_LEVELS: Final = np.geomspace(1e-10, 0.4999, 48)
"""Levels at which boundaries are computed; those between follow by interpolation of their logarithms."""


def levels(looks: Sequence[int], level: float) -> Values:
    """The one-sided level of each look, if the whole is to have a one-sided error of `level`.

    With s_k = √t_k z_k the value of the process at look k, the boundary z_k solves

        P(s_1 ≤ √t_1 z_1, …, s_(k−1) ≤ √t_(k−1) z_(k−1), s_k > √t_k z_k) = level (t_k^ρ − t_(k−1)^ρ).

    Args:
        looks: seeds at each look, rising, (K,).
        level: one-sided error of the whole, below 0.5.

    Returns:
        1 − Φ(z_k), (K,).
    """
    from scipy.optimize import brentq  # takes long to import, and most studies look once

    times = np.asarray(looks, dtype=float) / looks[-1]
    spent = np.diff(level * times**POWER, prepend=0.0)
    found = [float(spent[0])]
    place, mass = _start(times[0], -ndtri(spent[0]))
    for before, now, share in zip(times, times[1:], spent[1:], strict=False):
        step = np.sqrt(now - before)

        def crossed(
            z: float, place: Values = place, mass: Values = mass, now: float = now, step: float = step
        ) -> float:
            return float(mass @ ndtr((place - z * np.sqrt(now)) / step))

        z = float(brentq(lambda z, share=share: crossed(z) - share, -1.0, 9.0, xtol=1e-10))
        found.append(float(ndtr(-z)))
        place, mass = _carried(place, mass, now, step, z)
    return np.array(found)


def _start(time: float, z: float) -> tuple[Values, Values]:
    """Nodes below the first boundary, and the probability that each stands for."""
    place, width = _nodes(-_REACH, z)
    return place * np.sqrt(time), width * np.exp(-(place**2) / 2) / np.sqrt(2 * np.pi)


def _carried(place: Values, mass: Values, time: float, step: float, z: float) -> tuple[Values, Values]:
    """The same at the next look, by convolution with the increment's normal density."""
    new, width = _nodes(-_REACH * np.sqrt(time), z * np.sqrt(time))
    density = np.exp(-(((new[:, np.newaxis] - place) / step) ** 2) / 2) / (step * np.sqrt(2 * np.pi))
    return new, width * (density @ mass)


def _nodes(low: float, high: float) -> tuple[Values, Values]:
    """Gauss and Legendre's nodes and weights between two bounds."""
    half = (high - low) / 2
    return low + half * (_NODES + 1), half * _WEIGHTS


@cache
def _table(looks: tuple[int, ...]) -> Values:
    """Logarithms of the levels of each look, by those of the whole, (48, K)."""
    return np.log([levels(looks, float(level)) for level in _LEVELS])


@dataclass(frozen=True, slots=True)
class Look:
    """One of the looks at a comparison.

    Attributes:
        place: which, from 0.
        looks: seeds at each, rising.
    """

    place: int
    looks: tuple[int, ...]

    @classmethod
    def after(cls, seeds: int, looks: Sequence[int]) -> Self | None:
        """The last look that so many seeds are enough for; None where there is only one look or none yet."""
        place = sum(needed <= seeds for needed in looks) - 1
        return cls(place, tuple(looks)) if len(looks) > 1 and place >= 0 else None

    def corrected(self, p: float) -> float:
        """The one-sided p-value of this look, corrected for all looks.

        It is the smallest error of the whole at which this look would have shown something. So the smallest over the
        looks that were taken may be compared with any level, and corrected further for the number of comparisons.

        Args:
            p: the usual one-sided p-value at this look.

        Returns:
            The corrected p-value, at most 1; NaN for NaN.
        """
        if not p > 0:
            return p
        at_look = _table(self.looks)[:, self.place]
        return float(min(1.0, np.exp(_line(np.log(p), at_look, np.log(_LEVELS)))))

    def level(self, whole: float) -> float:
        """The inverse of `corrected`: the one-sided level of this look in a whole of `whole`."""
        return float(np.exp(_line(np.log(whole), np.log(_LEVELS), _table(self.looks)[:, self.place])))


def _line(x: float, xs: Values, ys: Values) -> float:
    """Linear interpolation, continued beyond the ends along the last two points."""
    at = int(np.clip(np.searchsorted(xs, x), 1, len(xs) - 1))
    share = (x - xs[at - 1]) / (xs[at] - xs[at - 1])
    return float(ys[at - 1] + share * (ys[at] - ys[at - 1]))
