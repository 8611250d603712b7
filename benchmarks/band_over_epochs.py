"""python -m benchmarks.band_over_epochs: how often the band contains the true difference at all epochs.

Curves of 30 epochs, whose differences depend on those of the epochs before (0.8) and on the seed, are normal, skewed,
counted on 360 examples, or stuck in one seed of ten. Next to the report's band stand a band of pointwise intervals, and
one by the largest of correlated t values, with the correlations that the seeds show.
"""

import argparse
from typing import Final

import numpy as np
from scipy.special import stdtrit

from experiments.wording import markdown_table, percent
from reports.statistics.anytime import course, lead, looked_at
from reports.statistics.intervals import LEVEL, Values, degrees_of_freedom, standard_error, trimmed_mean

STUDIES: Final = 1_000
EPOCHS: Final = 30
SEEDS: Final = (5, 10, 20)
KINDS: Final = ("normal", "skewed", "counted", "stuck")


def main() -> None:
    """Print a row for each kind of curves and number of seeds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.band_over_epochs", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    heads = (
        "curves",
        "seeds",
        "the report's",
        "pointwise",
        "largest of correlated t",
        "a lead said of equal curves",
    )
    rows = (
        (kind, str(seeds), *map(percent, held(kind, seeds, studies))) for kind in KINDS for seeds in SEEDS
    )
    for line in markdown_table(heads, rows, numeric=range(1, len(heads))):
        print(line, flush=True)


def held(kind: str, seeds: int, studies: int) -> tuple[float, float, float, float]:
    """Shares of studies: three bands hold the truth at all epochs, and one of two equal curves is said to lead.

    Args:
        kind: of the curves.
        seeds: pairs of each study.
        studies: how many are simulated.
    """
    rng = np.random.default_rng(seeds)
    epochs = looked_at(EPOCHS) - 1
    truth = trimmed_mean(_curves(kind, 100_000, np.random.default_rng(0))[:, epochs])
    whole = np.zeros(EPOCHS)
    whole[epochs] = truth
    found = []
    for _ in range(studies):
        apart = _curves(kind, seeds, rng)
        mine = course(apart, np.zeros_like(apart))
        x = apart[:, epochs]
        centre, error = trimmed_mean(x), standard_error(x)
        pointwise = float(stdtrit(degrees_of_freedom(seeds), (1 + LEVEL) / 2))
        off = np.abs(centre - truth)
        found.append(
            (
                ((mine.low <= truth) & (truth <= mine.high)).all(),
                (off <= pointwise * error).all(),
                (off <= _largest_of_correlated(x, rng) * error).all(),
                lead(course(apart, np.broadcast_to(whole, apart.shape))) is not None,
            )
        )
    one, two, three, four = np.array(found, dtype=float).mean(axis=0)
    return float(one), float(two), float(three), float(four)


def _largest_of_correlated(x: Values, rng: np.random.Generator, draws: int = 500) -> float:
    """What the largest of t values stays below in `LEVEL` of draws, if they have the correlations of these values."""
    n, freedom = len(x), degrees_of_freedom(len(x))
    rest = x - x.mean(axis=0)
    spread = np.sqrt(np.square(rest).sum(axis=0))
    scaled = rest / np.where(spread > 0, spread, np.inf)
    largest = np.abs(rng.normal(size=(draws, n)) @ scaled).max(axis=1)
    return float(np.quantile(largest / np.sqrt(rng.chisquare(freedom, size=draws) / freedom), LEVEL))


def _curves(kind: str, seeds: int, rng: np.random.Generator) -> Values:
    """Differences that shrink while training, (seeds, EPOCHS)."""
    if kind == "skewed":
        step, own = rng.gamma(2, size=(seeds, EPOCHS)) - 2, rng.gamma(2, size=(seeds, 1)) - 2
    else:
        step, own = rng.normal(size=(seeds, EPOCHS)), rng.normal(size=(seeds, 1))
    walk = step.copy()
    for epoch in range(1, EPOCHS):
        walk[:, epoch] = 0.8 * walk[:, epoch - 1] + 0.6 * step[:, epoch]
    found = (walk + own) * (0.02 * np.exp(-np.arange(EPOCHS) / 8) + 0.004)
    if kind == "counted":
        return np.asarray(np.round(360 * found) / 360)
    if kind == "stuck":
        found[rng.random(seeds) < 0.1] += 0.5
    return np.asarray(found)


if __name__ == "__main__":
    main()
