"""python -m benchmarks.outlook: what is said on request, and how far that can be trusted.

The first table has the share of outlooks to twice the epochs whose interval holds the true error: of curves that follow
a power law, of others that fall exponentially and then level out, and of curves that turn and rise again. The second
one counts how often a Bayesian probability of 95 % or more is on the wrong side, with 20 pairs: where nothing differs,
with one seed in ten stuck or without, and where the difference is the margin itself.
"""

import argparse
from typing import Final

import numpy as np

from experiments.wording import markdown_table, percent
from reports.statistics.intervals import Values
from reports.statistics.posterior import Posterior, posterior
from reports.statistics.power_law import outlook

STUDIES: Final = 500
MARGIN: Final = 0.005
COURSES: Final = ("power law", "exponential", "levels out early", "rises again")
SURE: Final = 0.95


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outlook", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    heads = ("course", "epochs", "seeds", "held", "half of the intervals are narrower than")
    rows = []
    for course in COURSES:
        for epochs in (12, 30, 100):
            for seeds in (5, 20):
                share, width = held(course, epochs, seeds, studies)
                rows.append((course, str(epochs), str(seeds), percent(share), f"{100 * width:.1f} points"))
    for line in markdown_table(heads, rows, numeric=range(1, 5)):
        print(line, flush=True)
    kinds = ("nothing differs", "nothing differs, seeds get stuck", "the difference is the margin")
    wrong = ((kind, *map(percent, misled(kind, studies * 4))) for kind in kinds)
    heads_of_wrong = (
        "20 pairs",
        "one called better at 95 %",
        "called alike at 95 %",
        "one of nine comparisons is",
    )
    for line in ("", *markdown_table(heads_of_wrong, wrong, numeric=range(1, 4))):
        print(line, flush=True)


def held(course: str, epochs: int, seeds: int, studies: int) -> tuple[float, float]:
    """The share of outlooks to twice the epochs that hold the true error, and the median width of their intervals."""
    rng = np.random.default_rng(epochs + seeds)
    found, widths = [], []
    for _ in range(studies):
        true = _true(course, epochs, rng)
        luck = 0.004 * rng.normal(size=(seeds, 1)) + 0.004 * rng.normal(size=(seeds, epochs))
        seen = np.clip(np.round(360 * (true[:epochs] + luck)) / 360, 0, 1)
        told = outlook(seen, 2 * epochs)
        if told is None:
            raise ValueError(f"{epochs} epochs of {seeds} seeds are too few for an outlook")
        found.append(told.error.low <= true[-1] <= told.error.high)
        widths.append(told.error.high - told.error.low)
    return float(np.mean(found)), float(np.median(widths))


def _true(course: str, epochs: int, rng: np.random.Generator) -> Values:
    """An error at the epochs 1 … 2E, (2E,)."""
    at = np.arange(1.0, 2 * epochs + 1)
    end, height = rng.uniform(0.01, 0.06), rng.uniform(0.2, 0.7)
    match course:
        case "power law":
            return np.asarray(end + height * at ** -rng.uniform(0.4, 1.5))
        case "exponential":
            return np.asarray(end + height * np.exp(-at / rng.uniform(epochs / 10, epochs / 2)))
        case "levels out early":
            return np.asarray(end + height * np.exp(-at / 2))
        case _:
            return np.asarray(end + height / at + 0.02 * np.maximum(at / epochs - 0.8, 0))


def misled(kind: str, studies: int, pairs: int = 20) -> tuple[float, float, float]:
    """How often a probability of `SURE` or more says what is not so: of one comparison, and of any of nine.

    Where nothing differs no choice is better; where the difference is the margin the two are not alike.

    Returns:
        Shares of studies: one is called better, the two are called alike, and either of the two that is false is said
        in at least one of nine comparisons.
    """
    rng = np.random.default_rng(pairs)
    true = MARGIN if kind == "the difference is the margin" else 0.0
    better, alike, any_false = [], [], []
    for _ in range(studies // 9):
        told: list[Posterior] = []
        for _ in range(9):
            x = true + 0.006 * rng.normal(size=pairs)
            if "stuck" in kind:
                x += 0.8 * ((rng.random(pairs) < 0.1).astype(float) - (rng.random(pairs) < 0.1))
            found = posterior(x, 0.0 if not true else MARGIN)
            if found is None:
                raise ValueError(f"{pairs} pairs are too few")
            told.append(found)
        named = [max(each.first, each.second) >= SURE for each in told]
        same = [each.alike >= SURE for each in told]
        better += named
        alike += same
        any_false.append(any(same if true else named))
    return float(np.mean(better)), float(np.mean(alike)), float(np.mean(any_false))


if __name__ == "__main__":
    main()
