"""Samplers, by name.

Optuna's samplers carry state from trial to trial, so an interrupted study would continue differently. The samplers
here are functions of the trial's index within its scientific combination. `random`, `qmc` and `grid` depend only on
the index. Those that learn also depend on the trials before it: each time a new Optuna sampler is made, with a seed
derived from the combination and the index (`studies.space.learner`).

Points chosen in advance are the same in all combinations with the same parameters: all points of `random`, `qmc` and
`grid`, and the first points of the others. So every combination is tried at some common settings, where comparisons
are exact. Points that are learnt differ between combinations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import numpy as np
import optuna
from numpy.random import SeedSequence
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, TPESampler
from optuna.trial import FrozenTrial

from studies.space.feasible_points import drawn
from studies.space.grid_points import grid_point, grid_size
from studies.space.search_space import Point, Space
from studies.space.sobol import sobol_point

REMEMBERED: Final = 300
"""Trials that TPE learns from at most. It takes the 25 best for the good ones, which are among them, the others for the
bad ones, weighing old ones less anyway; all of them would make each suggestion of a long study slower than the last."""

AGAIN: Final = 8
"""How often a sampler that draws its points is asked again. The Gaussian process would give nearly the same one."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """How the points of one combination are chosen.

    Attributes:
        chooses: what it chooses, in words, for docs/study_file.md.
        point: the point of an index, from the space, the index, the number of trials and the seed.
        first: indices below this have such a point, given the number of trials; the others are learnt.
        learns: Optuna's sampler for an index that is learnt, from the space and the seed derived for the index.
        remembers: of how many trials it learns at most, the best and the newest; None of all.
        notes: how the names of the notes begin that it leaves on a trial and reads again later; None if it does not.
        trials: how many trials there are, given the space and the number asked for.
        again: how often it is asked again for a point that breaks a constraint, before that one is moved.
        missing: what has to be installed first, as an argument of pip; empty if nothing.
        several: whether it takes several objectives.
    """

    chooses: str
    point: Callable[[Space, int, int, int], Point]
    first: Callable[[int], int] = lambda trials: trials
    learns: Callable[[Space, int], BaseSampler] | None = None
    remembers: int | None = None
    notes: str | None = None
    trials: Callable[[Space, int], int] = lambda _space, trials: trials
    again: int = 0
    missing: Callable[[], str] = lambda: ""
    several: bool = True


def _random(space: Space, index: int, _trials: int, seed: int) -> Point:
    rng = np.random.default_rng(SeedSequence([seed, index]))
    return drawn(rng.random(len(space.variables)).tolist(), space, rng)


def _qmc(space: Space, index: int, _trials: int, seed: int) -> Point:
    """Point `index` of a scrambled Sobol sequence."""
    if not space.variables:
        return {}
    rng = np.random.default_rng(SeedSequence([seed, index]))  # for what breaks a constraint
    return drawn(sobol_point(index, len(space.variables), seed), space, rng)


def _few(trials: int) -> int:
    """Eight points, one in each eighth of every range, or half the trials where there are fewer than sixteen."""
    return min(8, (trials + 1) // 2)


class _KnowingTpe(TPESampler):
    """TPE with Optuna's defaults: multivariate, and running trials count as bad ones (constant liar).

    It chooses the parameters that all trials have together, and each other parameter separately. Optuna's own class
    reads every trial to find them, which a new sampler for each point would repeat each time; in a space that is not
    conditional they are known.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(seed=seed, n_startup_trials=1)
        everywhere = {one.name: one.distribution for one in space.common if not one.distribution.single()}
        self._known = dict(sorted(everywhere.items())) if space.common == space.reachable else None

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The parameters that it chooses together, by name."""
        return super().infer_relative_search_space(study, trial) if self._known is None else self._known


class _CommonCmaEs(CmaEsSampler):
    """CMA-ES over the numbers that every trial of a combination has; it leaves all else to TPE.

    Optuna's is over those that all trials so far have had. These may become fewer, and then CMA-ES is given up for
    good, since its state has a fixed number of dimensions.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(
            seed=seed, independent_sampler=_KnowingTpe(space, seed), warn_independent_sampling=False
        )
        self._common = {one.name for one in space.common}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The parameters that it chooses together."""
        so_far = super().infer_relative_search_space(study, trial)
        return {name: one for name, one in so_far.items() if name in self._common}


SAMPLERS: Final[dict[str, Sampler]] = {
    "random": Sampler("random points", _random),
    "qmc": Sampler(
        "points of a scrambled Sobol sequence, which cover the space more evenly than random points", _qmc
    ),
    "grid": Sampler(
        "every combination of the choices, with as many even steps of each range as the trials allow, both ends "
        "included",
        lambda space, index, trials, _seed: grid_point(space, index, trials),
        trials=grid_size,
    ),
    # trees of Parzen estimators (Bergstra et al., 2011; Watanabe, 2023)
    "tpe": Sampler(
        "first eight Sobol points (fewer if there are fewer trials), the same for all combinations; then points where "
        "earlier trials were good, by a tree-structured Parzen estimator that models all parameters common to every "
        "trial jointly. It learns from the 60 best and the 240 newest trials of a combination",
        _qmc,
        first=_few,
        learns=_KnowingTpe,
        remembers=REMEMBERED,
        again=AGAIN,
    ),
    # covariance matrix adaptation (Hansen & Ostermeier, 2001); choices and conditional parameters by tpe
    "cma_es": Sampler(
        "CMA-ES for the numbers that every trial has, `tpe` for the rest; needs dozens of trials per combination",
        _qmc,
        first=lambda _trials: 1,
        learns=_CommonCmaEs,
        notes="cma:",
        again=AGAIN,
        several=False,
    ),
    # Gaussian process with log expected improvement (Ament et al., 2023); conditional parameters by tpe
    "gp": Sampler(
        "a Gaussian process; needs torch, and says so if torch is missing",
        _qmc,
        first=_few,
        learns=lambda space, seed: GPSampler(
            seed=seed,
            n_startup_trials=1,
            independent_sampler=_KnowingTpe(space, seed),
            warn_independent_sampling=False,
        ),
        missing=lambda: "" if find_spec("torch") else "torch",
    ),
}


def point_of(sampler: Sampler, space: Space, index: int, trials: int, seed: int) -> Point | None:
    """The point of an index if it is known in advance, else None."""
    return sampler.point(space, index, trials, seed) if index < sampler.first(trials) else None
