"""python -m benchmarks.sources_of_spread: where the spread of an error comes from, in data sets of ours.

The factors of Bouthillier et al. (2021) are crossed: searches for the learning rate (each takes the best of 10 random
rates on 3 seeds of its own), splits, initial weights and orders. Each has so many levels, and one network is trained
for every combination.
"""

import argparse
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from experiments.datasets import load
from experiments.preparing.crossing import crossed_errors
from experiments.preparing.splits import split
from experiments.recording.objectives import bounded
from experiments.wording import markdown_table, percent
from reports.statistics.variance_shares import variance_shares
from studies.file.study_file import from_content

FACTORS: Final = ("searches", "splits", "weights", "orders")
DATA: Final = ("digits", "wine", "breast-cancer", "diabetes")
RATES: Final = 10
CHOOSING: Final = 3


def main() -> None:
    """Print a row for each data set: the share of each factor, whether it leads, and that of all of them together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sources_of_spread", description=__doc__)
    parser.add_argument("--levels", type=int, default=5)
    heads = ("data", "error", "standard deviation", *FACTORS, "together")
    for line in markdown_table(heads, _rows(parser.parse_args().levels), numeric=range(1, 8)):
        print(line, flush=True)


def _rows(levels: int) -> Iterator[tuple[str, ...]]:
    for name in DATA:
        errors = spread_of(name, levels)
        shares = variance_shares(errors, FACTORS)
        rest = percent(1 - sum(each.share for each in shares), 0)
        said = (
            f"{percent(each.share, 0)} [{percent(each.low, 0)}, {percent(each.high, 0)}]{', leads' * each.leads}"
            for each in shares
        )
        yield (name, percent(float(errors.mean())), percent(float(errors.std(ddof=1))), *said, rest)


def spread_of(name: str, levels: int) -> np.ndarray:
    """The errors of every combination, (levels, levels, levels, levels); one that diverged counts as the worst."""
    data = split(load(name))
    winners = [_search(data, number) for number in range(levels)]
    fresh = range(1_000, 1_000 + levels)
    return bounded(crossed_errors(winners, data, 0, fresh, fresh, fresh, 32))


def _search(data: Any, number: int) -> dict[str, Any]:
    """The settings that the best of some random rates gives, on seeds of this search alone."""
    rng = np.random.default_rng([7, number])
    regression = data.kind == "regression"
    rates = 10 ** rng.uniform(-2.5, -0.5 if regression else 1, RATES)
    seeds = range(100 * number, 100 * number + CHOOSING)
    tried = [_settings(data, float(rate)) for rate in rates]
    errors = [
        float(np.mean(bounded(crossed_errors([one], data, 0, [seed], [seed], [seed], 1))))
        for one in tried
        for seed in seeds
    ]
    means = np.array(errors).reshape(RATES, CHOOSING).mean(axis=1)
    return tried[int(means.argmin())]


def _settings(data: Any, rate: float) -> dict[str, Any]:
    """The default study's settings with 16 hidden units, cross-entropy for classes and squares for numbers."""
    regression = data.kind == "regression"
    training = {"cost": "quadratic" if regression else "cross_entropy", "widths": [16], "learning_rate": rate}
    content = {
        "study": {"name": "spread", "trials": 1},
        "data": {"source": data.description["name"]},
        "training": {"epochs": 30, "batch_size": 16, "activation": "sigmoid", **training},
    }
    output = "identity" if regression else "sigmoid"
    return {**from_content(content, "spread").fixed, "output_activation": output}


if __name__ == "__main__":
    main()
