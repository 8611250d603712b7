"""python -m benchmarks.probability_of_improvement: its interval, and how many pairs tell it from a half.

The first table has the coverage of nominal 95 % intervals over true probabilities from 50 to 97 %: of the report's, and
of the percentile bootstrap that is usual (Agarwal et al., 2021). The second one re-makes a number of Bouthillier et al.
(2021): 29 pairs tell a probability of 75 % from a coin in 95 % of studies at a one-sided error of 5 %, by the test of
Mann and Whitney that it was computed for; next to it is the share of studies whose interval excludes a half.
"""

import argparse
from typing import Final

import numpy as np
from scipy.special import ndtri
from scipy.stats import mannwhitneyu

from experiments.wording import markdown_table, percent
from reports.statistics.superiority import MEANINGFUL, pairs_needed, probability_of_improvement

STUDIES: Final = 1_000
PAIRS: Final = (5, 10, 20, 29)
TIES: Final = (0.0, 0.2)
TRUE: Final = (0.5, *np.linspace(0.52, 0.97, 10))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.probability_of_improvement", description=__doc__
    )
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    heads = ("pairs", "ties", "the report's (lowest)", "percentile bootstrap (lowest)")
    rows = []
    for pairs in PAIRS:
        for ties in TIES:
            found = np.array([covered(pairs, ties, true, studies) for true in TRUE])
            both = [f"{percent(each.mean())} ({percent(each.min())})" for each in found.T]
            rows.append((str(pairs), percent(ties, 0), *both))
    for line in markdown_table(heads, rows, numeric=range(4)):
        print(line, flush=True)
    needed = pairs_needed()
    tests = (
        (str(pairs), *map(percent, told_apart(pairs, studies))) for pairs in (10, 20, needed, 2 * needed)
    )
    heads_of_tests = (
        "pairs",
        f"Mann and Whitney tell {percent(MEANINGFUL, 0)} from a coin",
        "the interval does",
    )
    for line in ("", *markdown_table(heads_of_tests, tests, numeric=range(3))):
        print(line, flush=True)


def covered(pairs: int, ties: float, true: float, studies: int) -> tuple[float, float]:
    """Coverage of the report's interval and of the percentile bootstrap.

    Args:
        pairs: of each study.
        ties: share of pairs that are equal.
        true: probability of the first being better in the others.
        studies: how many are simulated.
    """
    rng = np.random.default_rng(pairs)
    truth = 0.5 * ties + (1 - ties) * true
    drawn = rng.random((studies, pairs))
    a = np.where(drawn < ties, 0.0, np.where(drawn < ties + (1 - ties) * true, -1.0, 1.0))
    mine = [probability_of_improvement(each, np.zeros(pairs)) for each in a]
    better = (a < 0) + 0.5 * (a == 0)
    again = better[:, rng.integers(pairs, size=(500, pairs))].mean(axis=2)
    low, high = np.quantile(again, [0.025, 0.975], axis=1)
    return (
        float(np.mean([each.low - 1e-9 <= truth <= each.high + 1e-9 for each in mine])),
        float(((low - 1e-9 <= truth) & (truth <= high + 1e-9)).mean()),
    )


def told_apart(pairs: int, studies: int) -> tuple[float, float]:
    """The share of studies that tell a probability of `MEANINGFUL` from a coin: Mann and Whitney, and the interval.

    Errors are normal; the second choice's are higher by √2 Φ⁻¹(`MEANINGFUL`), for which the first is better so often.
    """
    rng = np.random.default_rng(pairs)
    a = rng.normal(size=(studies, pairs))
    b = rng.normal(size=(studies, pairs)) + np.sqrt(2) * ndtri(MEANINGFUL)
    p = mannwhitneyu(a, b, alternative="less", axis=1).pvalue
    shown = [probability_of_improvement(one, other).low > 0.5 for one, other in zip(a, b, strict=True)]
    return float((p < 0.05).mean()), float(np.mean(shown))


if __name__ == "__main__":
    main()
