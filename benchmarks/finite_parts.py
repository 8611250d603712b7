"""python -m benchmarks.finite_parts: whether intervals hold where few examples, or few levels of a factor, decide.

The first table is about a test part: eight networks on parts that are drawn anew, of examples that are hard for all of
them, or for some. An interval covers if it holds the networks' error on the distribution; the second one is of the
difference between two networks that disagree on few examples. The second table is about the shares of variance in a
crossed design of normal effects, four levels of each factor.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import stdtrit

from experiments.outcome.share_interval import wilson
from experiments.task import LEVELS
from experiments.wording import markdown_table, percent
from reports.statistics.over_examples import difference_over_examples, error_over_examples
from reports.statistics.variance_shares import variance_shares

NETWORKS: Final = 8
EXAMPLES: Final = (36, 114, 360)

Draw = Callable[[Generator, int], NDArray[np.float64]]

HARD: Final[Mapping[str, tuple[float, Draw]]] = {
    "a few are wrong for all": (
        0.035,
        lambda rng, m: rng.choice([1.0, 0.1, 0.0], size=m, p=[0.03, 0.05, 0.92]),
    ),
    "some are hard": (0.1, lambda rng, m: rng.beta(0.4, 3.6, size=m)),
    "a few are hard": (0.02 / 0.62, lambda rng, m: rng.beta(0.02, 0.6, size=m)),
    "all are alike": (0.03, lambda _rng, m: np.full(m, 0.03)),
}
"""In words: the mean chance of a wrong answer, and each example's, drawn."""

DESIGNS: Final[Mapping[str, tuple[float, ...]]] = {
    "nothing": (0.0, 0.0, 0.0, 1.0),
    "one factor, as much as the rest": (1.0, 0.0, 0.0, 1.0),
    "one factor, most of it": (1.0, 0.0, 0.0, 0.5),
    "one much, two less": (2.0, 0.5, 0.2, 1.0),
    "two alike": (1.0, 1.0, 0.0, 0.3),
    "two alike of four": (1.0, 1.0, 0.0, 0.0, 0.3),
}
"""In words: the standard deviations of the factors' effects, and of the rest."""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finite_parts", description=__doc__)
    parser.add_argument("--parts", type=int, default=2_000, help="test parts of each kind")
    parser.add_argument("--designs", type=int, default=400, help="crossed designs of each kind")
    wanted = parser.parse_args()
    rows = [
        (str(m), kind, *map(percent, error_covered(kind, m, wanted.parts))) for m in EXAMPLES for kind in HARD
    ] + [
        (str(m), "difference: two disagree on 2 %", *map(percent, difference_covered(m, wanted.parts)))
        for m in EXAMPLES
    ]
    heads = ("examples", "which of them are hard", "the report's", "without the examples added")
    _print(heads, rows, numeric=range(2, 4))
    rows = [
        (kind, *map(percent, shares_covered(deviations, wanted.designs)))
        for kind, deviations in DESIGNS.items()
    ]
    _print(
        ("what makes the variance", "a share", "the largest share", "one leads", "falsely"),
        rows,
        numeric=range(1, 5),
    )


def error_covered(kind: str, examples: int, parts: int) -> tuple[float, float]:
    """How often the interval of the networks' error holds it, and how often without the example that is added."""
    true, draw = HARD[kind]
    rng = np.random.default_rng(examples)
    held = np.zeros(2)
    for _ in range(parts):
        losses = (rng.random((NETWORKS, examples)) < draw(rng, examples)).astype(float)
        found, x = error_over_examples(losses), losses.mean(axis=0)
        alike = float(x.mean() * (1 - x.mean()) / x.var()) if x.var() else 1.0
        low, high = wilson(float(x.mean()), examples * alike)
        held += (found.low <= true <= found.high, low <= true <= high)
    return float(held[0]) / parts, float(held[1]) / parts


def difference_covered(examples: int, parts: int) -> tuple[float, float]:
    """The same of the difference of two networks, and of Student's interval."""
    rng, true = np.random.default_rng(examples), 0.01
    held = np.zeros(2)
    for _ in range(parts):
        apart = rng.choice([1.0, -1.0, 0.0], size=examples, p=[0.015, 0.005, 0.98])
        found = difference_over_examples([np.maximum(apart, 0)], [np.maximum(-apart, 0)])
        half = float(stdtrit(examples - 1, 0.975) * apart.std(ddof=1)) / np.sqrt(examples)
        held += (found.low <= true <= found.high, abs(apart.mean() - true) <= half)
    return float(held[0]) / parts, float(held[1]) / parts


def shares_covered(deviations: Sequence[float], designs: int) -> tuple[float, float, float, float]:
    """How often intervals hold the shares, and that of the largest one; how often a factor leads, and falsely so."""
    *alone, rest = deviations
    true = np.square(alone) / np.square(deviations).sum()
    rng = np.random.default_rng(len(deviations))
    counted = np.zeros(4)
    for _ in range(designs):
        errors = rest * rng.normal(size=[LEVELS] * len(alone))
        for axis, deviation in enumerate(alone):
            shape = [LEVELS if place == axis else 1 for place in range(len(alone))]
            errors = errors + deviation * rng.normal(size=shape)
        found = variance_shares(errors, [str(place) for place in range(len(alone))])
        held = [each.low <= share <= each.high for each, share in zip(found, true, strict=True)]
        largest = int(np.argmax([each.share for each in found]))
        does = (true[largest] > np.delete(true, largest)).all()
        leads = found[largest].leads
        counted += (np.mean(held), held[largest], leads, leads and not does)
    a_share, the_largest, leading, falsely = (counted / designs).tolist()
    return a_share, the_largest, leading, falsely


def _print(heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int]) -> None:
    print("\n".join([*markdown_table(heads, rows, numeric=numeric), ""]), flush=True)


if __name__ == "__main__":
    main()
