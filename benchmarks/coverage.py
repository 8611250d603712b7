"""python -m benchmarks.coverage: how often the intervals of reports.statistics.intervals contain the true value.

Studies are simulated on data that is normal, skewed, and normal with one seed in ten stuck. An interval covers if it
holds what its centre has as its limit: the trimmed mean, or the mean, of what the seeds were drawn from.
"""

import argparse
from typing import Final

import numpy as np
from scipy.special import stdtrit

from experiments.wording import markdown_table, percent
from reports.statistics.intervals import (
    COVERAGE,
    LEVEL,
    TRIMMED,
    Values,
    degrees_of_freedom,
    standard_error,
    trimmed_mean,
)

KINDS: Final = ("normal", "skewed", "stuck")
STUDIES: Final = 10_000


def main() -> None:
    """Print a row for each number of seeds and kind of data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    ways = ("interval of the report", "Student's t of the mean", "percentile bootstrap of the mean")
    rows = (
        (
            str(seeds),
            kind,
            percent(covered(kind, seeds, studies)),
            *map(percent, others(kind, seeds, studies)),
        )
        for seeds in COVERAGE
        for kind in KINDS
    )
    for line in markdown_table(("seeds", "data", *ways), rows, numeric=(0, 2, 3, 4)):
        print(line, flush=True)


def covered(kind: str, seeds: int, studies: int = STUDIES) -> float:
    """Share of simulated studies whose interval, as the report makes it, holds the truth."""
    values, _, middle = simulated(kind, seeds, studies)
    centre = trimmed_mean(values)
    half = stdtrit(degrees_of_freedom(seeds), (1 + LEVEL) / 2) * standard_error(values)
    return _share(middle, centre - half, centre + half)


def others(kind: str, seeds: int, studies: int = STUDIES) -> tuple[float, float]:
    """The same of two intervals of the mean: Student's and the percentile bootstrap's, of fewer studies."""
    values, mean, _ = simulated(kind, seeds, studies)
    half = stdtrit(seeds - 1, (1 + LEVEL) / 2) * values.std(axis=0, ddof=1) / np.sqrt(seeds)
    centre = values.mean(axis=0)
    drawn = np.random.default_rng(3).integers(seeds, size=(seeds, 1_000))
    ends = [np.quantile(study[drawn].mean(axis=0), [0.025, 0.975]) for study in values.T[:2_000]]
    low, high = np.transpose(ends)
    return _share(mean, centre - half, centre + half), _share(mean, low, high)


def simulated(kind: str, seeds: int, studies: int) -> tuple[Values, float, float]:
    """Simulated studies, (seeds, studies), and the mean and the trimmed mean of what they are drawn from."""
    population = np.sort(_draw(kind, np.random.default_rng(1), (1_000_000,)))
    cut = round(TRIMMED * len(population))
    values = _draw(kind, np.random.default_rng(2), (seeds, studies))
    return values, float(population.mean()), float(population[cut:-cut].mean())


def _draw(kind: str, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    match kind:
        case "normal":
            return rng.normal(0.03, 0.004, shape)
        case "skewed":
            return 0.02 + 0.005 * rng.gamma(2, size=shape)
        case _:
            stuck = rng.random(shape) < 0.1
            return np.where(stuck, rng.normal(0.9, 0.005, shape), rng.normal(0.03, 0.004, shape))


def _share(truth: float, low: Values, high: Values) -> float:
    return float(((low <= truth) & (truth <= high)).mean())


if __name__ == "__main__":
    main()
