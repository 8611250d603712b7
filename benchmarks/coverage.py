"""python -m benchmarks.coverage: how often the intervals of reports.statistics.intervals hold what they should.

Studies are simulated on data that is normal, skewed, and normal with one seed in ten stuck. An interval covers if it
holds the mean, or from ten seeds on the interquartile mean, of what the seeds were drawn from.
"""

import argparse
from typing import Final

import numpy as np

from experiments.wording import markdown_table, percent
from reports.statistics.intervals import (
    COVERAGE,
    RESAMPLES,
    ROBUST_FROM,
    Values,
    bootstrap,
    interquartile_mean,
    student_t,
    widened_percentiles,
)

KINDS: Final = ("normal", "skewed", "stuck")
STUDIES: Final = 2_000
TOGETHER: Final = 20
"""Studies that are resampled at the same time: a bound on memory."""


def main() -> None:
    """Print a row for each number of seeds and kind of data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    ways = ("interval of the report", "percentile bootstrap of the mean", "Student's t of the mean")
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


def covered(kind: str, seeds: int, studies: int = STUDIES, resamples: int = RESAMPLES) -> float:
    """Share of simulated studies whose interval, as the report makes it, holds the truth."""
    values, mean, middle = simulated(kind, seeds, studies)
    if seeds < ROBUST_FROM:
        low, high = student_t(values)
        return _share(mean, low, high)
    parts = [
        widened_percentiles(bootstrap(values[:, start : start + TOGETHER], resamples), seeds)
        for start in range(0, studies, TOGETHER)
    ]
    low, high = np.concatenate(parts, axis=1)
    return _share(middle, low, high)


def others(kind: str, seeds: int, studies: int = STUDIES) -> tuple[float, float]:
    """The same of two intervals of the mean: the percentile bootstrap's and Student's."""
    values, mean, _ = simulated(kind, seeds, studies)
    drawn = np.random.default_rng(3).integers(seeds, size=(seeds, 2_000))
    ends = [np.quantile(study[drawn].mean(axis=0), [0.025, 0.975]) for study in values.T]
    low, high = np.transpose(ends)
    return _share(mean, low, high), _share(mean, *student_t(values))


def simulated(kind: str, seeds: int, studies: int) -> tuple[Values, float, float]:
    """Simulated studies, (seeds, studies), and the mean and the interquartile mean of what they are drawn from."""
    population = _draw(kind, np.random.default_rng(1), (1_000_000,))
    values = _draw(kind, np.random.default_rng(2), (seeds, studies))
    return values, float(population.mean()), float(interquartile_mean(population))


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
