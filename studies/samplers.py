"""Samplers and pruners, by name.

Optuna's samplers carry their state from trial to trial, so a study that is interrupted goes on differently. Ours
are functions of the trial's index within its scientific combination: `random`, `qmc` and `grid` of the index alone,
`tpe` of the index and the finished trials before it, since it is asked through a fresh sampler whose seed is derived
from both. The same index has the same random numbers in every combination: they are compared on the same points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np
from numpy.random import SeedSequence
from optuna.distributions import CategoricalDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from studies.unit_cube import Space, from_unit

Point = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Sampler:
    """How the points of one combination are chosen.

    Attributes:
        point: the point of an index, from the space, the index, the number of trials and the seed; None where it
            depends on the trials before.
        feedback: the Optuna sampler for an index that has no point, from the seed and the index.
        first: indices below this have a point, given the number of trials.
        trials: how many trials there are, given the space and the number asked for.
    """

    point: Callable[[Space, int, int, int], Point]
    first: Callable[[int], int] = lambda trials: trials
    feedback: Callable[[int, int], BaseSampler] = lambda seed, _index: RandomSampler(seed)
    trials: Callable[[Space, int], int] = lambda _space, trials: trials


def _random(space: Space, index: int, _trials: int, seed: int) -> Point:
    unit = np.random.default_rng(SeedSequence([seed, index])).random(len(space))
    return {name: from_unit(float(u), one) for u, (name, one) in zip(unit, space.items(), strict=True)}


def _qmc(space: Space, index: int, _trials: int, seed: int) -> Point:
    """Point `index` of a scrambled Sobol sequence (Owen, 1998)."""
    from scipy.stats.qmc import Sobol

    if not space:
        return {}
    sequence = Sobol(len(space), scramble=True, rng=np.random.default_rng(seed))
    if index:
        sequence.fast_forward(index)
    unit = sequence.random(1)[0]
    return {name: from_unit(float(u), one) for u, (name, one) in zip(unit, space.items(), strict=True)}


def _grid_axes(space: Space, trials: int) -> list[list[float | int]]:
    """The values of each parameter: all its choices, or as many equal steps as the number of trials allows."""
    choices = [len(one.choices) for one in space.values() if isinstance(one, CategoricalDistribution)]
    ranges = len(space) - len(choices)
    steps = 1
    while ranges and (steps + 1) ** ranges * prod(choices) <= trials:
        steps += 1
    axes: list[list[float | int]] = []
    for one in space.values():
        if isinstance(one, CategoricalDistribution):
            axes.append(list(range(len(one.choices))))
        else:
            unit = np.linspace(0, 1, steps) if steps > 1 else np.array([0.5])
            axes.append(list(dict.fromkeys(from_unit(float(u), one) for u in unit)))
    return axes


def _grid(space: Space, index: int, trials: int, _seed: int) -> Point:
    """Point `index` of the product of the axes, the last parameter varying fastest."""
    point: Point = {}
    for name, axis in reversed(list(zip(space, _grid_axes(space, trials), strict=True))):
        index, place = divmod(index, len(axis))
        point[name] = axis[place]
    return {name: point[name] for name in space}


def _grid_trials(space: Space, trials: int) -> int:
    """The size of the largest grid that needs no more trials, and that as many trials would give again."""
    size = prod(len(axis) for axis in _grid_axes(space, trials))
    return _grid_trials(space, size) if size < trials else size


def _tpe(seed: int, index: int) -> BaseSampler:
    """TPE with Optuna's defaults, multivariate; its own random start is replaced by Sobol points."""
    derived = int(SeedSequence([seed, index]).generate_state(1)[0])
    return TPESampler(seed=derived, n_startup_trials=1)


SAMPLERS: Final[dict[str, Sampler]] = {
    "random": Sampler(_random),
    "qmc": Sampler(_qmc),
    "grid": Sampler(_grid, trials=_grid_trials),
    # five points to learn from, or half the trials where there are fewer than ten
    "tpe": Sampler(_qmc, first=lambda trials: min(5, (trials + 1) // 2), feedback=_tpe),
}


@dataclass(frozen=True, slots=True)
class Pruner:
    """Which trials are stopped early.

    Attributes:
        build: Optuna's pruner, given the number of epochs; None where nothing is pruned.
        rungs: epochs at which it is asked, given their number. Every report costs a write, so there are few.
    """

    build: Callable[[int], BasePruner]
    rungs: Callable[[int], frozenset[int]]


def _geometric(epochs: int) -> frozenset[int]:
    """1, 3, 9, … below the last epoch: the rungs of Hyperband with a reduction factor of 3."""
    return frozenset(3**k for k in range(32) if 3**k < epochs)


def _even(epochs: int) -> frozenset[int]:
    """Six evenly spaced epochs, the last excluded."""
    return frozenset(epochs * k // 7 for k in range(1, 7)) - {0, epochs}


PRUNERS: Final[dict[str, Pruner]] = {
    "none": Pruner(lambda _epochs: NopPruner(), lambda _epochs: frozenset()),
    # below the median of at least three earlier trials of the same combination, at the same epoch
    "median": Pruner(lambda _epochs: MedianPruner(n_startup_trials=3), _even),
    # at each rung a third goes on (Jamieson & Talwalkar, 2016; asynchronously: Li et al., 2020)
    "successive_halving": Pruner(
        lambda _epochs: SuccessiveHalvingPruner(min_resource=1, reduction_factor=3), _geometric
    ),
    # several brackets of successive halving, which begin it later (Li et al., 2018)
    "hyperband": Pruner(
        lambda epochs: HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3), _geometric
    ),
}


def point_of(sampler: Sampler, space: Space, index: int, trials: int, seed: int) -> dict[str, Any] | None:
    """The point of an index if it is known beforehand, else None."""
    return sampler.point(space, index, trials, seed) if index < sampler.first(trials) else None
