"""python -m benchmarks.published_figures SCORES SEARCHES: two published figures, made again from their authors' data.

They are made with the report's estimators. What was published stands next to what they give, in tables and in a drawing
of both figures in output/.

- Agarwal et al. (2021), probability of improvement on Procgen: final scores of six algorithms on 16 games, with ten
  runs of each. SCORES is procgen/procgen_data.json of the bucket rl-benchmark-data, which rliable's notebook reads.
- Dodge et al. (2019), figure 2: expected accuracy on the validation part of SST against the time to train, of three
  embeddings, 50 trials of each. SEARCHES is results/sst2_biattentive_classifier.csv of dodgejesse/reproducibility.

Neither file is part of this repository.

References:
    Agarwal, Schwarzer, Castro, Courville & Bellemare (2021), Deep reinforcement learning at the edge of the statistical
    precipice. Dodge, Gururangan, Card, Schwartz & Smith (2019), Show your work: improved reporting of experimental
    results.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.wording import markdown_table
from reports.statistics.superiority import probability_of_improvement
from reports.statistics.tuning_budget import expected_bests

PROCGEN: Final = {
    ("IDAAC", "PPG"): (0.643, 0.606, 0.679),
    ("IDAAC", "UCB-DrAC"): (0.801, 0.766, 0.832),
    ("IDAAC", "PPO"): (0.945, 0.920, 0.969),
    ("PPG", "PPO"): (0.816, 0.782, 0.848),
    ("UCB-DrAC", "PLR"): (0.431, 0.379, 0.482),
    ("PLR", "MixReg"): (0.630, 0.575, 0.681),
    ("UCB-DrAC", "MixReg"): (0.545, 0.492, 0.593),
    ("MixReg", "PPO"): (0.771, 0.721, 0.820),
}
"""By pair: the probability that the first does better, and the ends of its interval. They were measured in the picture
images/procgen_probability_of_improvement.png of rliable, where 0.002 is one pixel; its interval has 2,000 resamples.
"""

SST: Final = {"glove": (87.6, 1624), "elmo frozen": (91.4, 6815), "elmo fine-tuned": (92.2, 16071)}
"""By embedding: the best accuracy of 50 trials in per cent and the seconds that trial took, by their tables 4 to 6."""

HOURS: Final = (1, 2, 6, 24, 240)
"""Those that the text of Dodge et al. speaks of, and one below them."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search by independent trials.

    Attributes:
        accuracies: the best one on the validation part, by trial, (n,).
        seconds: how long each trial took, (n,).
    """

    accuracies: NDArray[np.float64]
    seconds: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]]) -> Self:
        """The search whose trials these rows of the authors' table are."""
        columns = ("best_validation_accuracy", "training_duration")
        return cls(*(np.array([float(row[column]) for row in rows]) for column in columns))

    def expected(self, hours: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Expected best accuracy after so many hours of trials of mean length; NaN before the first, then constant."""
        budgets = np.arange(1, len(self.seconds) + 1)
        bests = 1 - expected_bests(1 - self.accuracies, budgets)
        return np.interp(hours, budgets * self.seconds.mean() / 3600, bests, left=np.nan)


def main() -> None:
    """Print three tables, draw both figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.published_figures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scores", type=Path)
    parser.add_argument("searches", type=Path)
    parser.add_argument("--resamples", type=int, default=20_000)
    asked = parser.parse_args()
    runs = json.loads(asked.scores.read_text(encoding="utf-8"))
    searches = read_searches(asked.searches)
    found = {(x, y): compared(runs[x], runs[y], asked.resamples) for x, y in PROCGEN}
    for line in (*tables(found), *tables_of(searches)):
        print(line)
    print(f"\ndrawn in {draw(found, searches, Path('output/published_figures'))}.svg and .png")


def read_searches(path: Path) -> dict[str, Search]:
    """The searches of a table with one trial a row, by embedding."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {name: Search.of([row for row in rows if row["embedding"] == name]) for name in SST}


def compared(
    x: Mapping[str, Sequence[float]], y: Mapping[str, Sequence[float]], resamples: int
) -> tuple[float, float, float]:
    """How often a run of x does better than a run of y, in the mean over games, and a 95 % interval.

    Runs are independent, so every run of one is a pair with every run of the other. The interval is the percentile
    bootstrap of Agarwal et al.: the runs of each algorithm on each game are drawn again.

    Args:
        x: final scores of one algorithm's runs, by game; more is better.
        y: those of the other.
        resamples: how often runs are drawn again.
    """
    rng = np.random.default_rng(0)
    centres, again = [], np.zeros(resamples)
    for game in x:
        first, second = -np.asarray(x[game]), -np.asarray(y[game])
        centres.append(
            probability_of_improvement(np.repeat(first, len(second)), np.tile(second, len(first))).centre
        )
        better = (np.sign(second - first[:, None]) + 1) / 2
        # how often each run is drawn says all that a resample of independent runs depends on
        draws = [rng.multinomial(n, np.full(n, 1 / n), size=resamples) / n for n in better.shape]
        again += np.einsum("ri,ij,rj->r", draws[0], better, draws[1]) / len(x)
    low, high = np.quantile(again, [0.025, 0.975])
    return float(np.mean(centres)), float(low), float(high)


def tables(found: Mapping[tuple[str, str], tuple[float, float, float]]) -> Iterator[str]:
    """The probabilities that were published and those made again."""
    rows = [
        (" over ".join(pair), *(f"{p:.3f} [{low:.3f}, {high:.3f}]" for p, low, high in (PROCGEN[pair], ours)))
        for pair, ours in found.items()
    ]
    return markdown_table(("Procgen", "published", "made again"), rows)


def tables_of(searches: Mapping[str, Search]) -> Sequence[str]:
    """The best trials that were published and those read, and what is expected after some hours."""
    best = [
        (
            name,
            str(len(search.seconds)),
            f"{accuracy} %, {seconds} s",
            f"{100 * search.accuracies.max():.1f} %, {search.seconds[search.accuracies.argmax()]:.0f} s",
        )
        for (name, search), (accuracy, seconds) in zip(searches.items(), SST.values(), strict=True)
    ]
    expected = [
        (name, *("–" if np.isnan(each) else f"{100 * each:.1f} %" for each in search.expected(HOURS)))
        for name, search in searches.items()
    ]
    ahead = [f"{name} is ahead from {hours:.1f} h on" for hours, name in leaders(searches)]
    return (
        "",
        *markdown_table(("SST", "trials", "best trial, published", "read"), best),
        "",
        *markdown_table(("expected best", *(f"{each} h" for each in HOURS)), expected),
        "",
        "; ".join(ahead),
    )


def leaders(searches: Mapping[str, Search]) -> list[tuple[float, str]]:
    """From how many hours on which search is expected to be ahead, in the order of time."""
    hours = np.geomspace(0.1, 1000, 4000)
    curves = np.array([search.expected(hours) for search in searches.values()])
    found: list[tuple[float, str]] = []
    for hour, each in zip(hours, curves.T, strict=True):
        if np.isnan(each).all():
            continue
        ahead = list(searches)[np.nanargmax(each)]
        if not found or found[-1][1] != ahead:
            found.append((float(hour), ahead))
    return found


def draw(
    found: Mapping[tuple[str, str], tuple[float, float, float]], searches: Mapping[str, Search], stem: Path
) -> Path:
    """Write `stem`.svg and `stem`.png: what was published in grey, what was made again in colour."""
    mpl.rcParams["svg.hashsalt"] = "chainrule"
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_pairs(left, found)
    for name, search in searches.items():
        trials = np.arange(1, len(search.seconds) + 1)
        right.semilogx(hours := trials * search.seconds.mean() / 3600, search.expected(hours), label=name)
    right.set(xlabel="hours to train", ylabel="expected accuracy", title="SST: Dodge et al. (2019), figure 2")
    right.legend(frameon=False)
    stem.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".svg", ".png"):
        figure.savefig(
            stem.with_suffix(suffix), dpi=150, metadata={"Date": None} if suffix == ".svg" else None
        )
    return stem


def _draw_pairs(axes: Axes, found: Mapping[tuple[str, str], tuple[float, float, float]]) -> None:
    """A row for each pair: the published interval as a grey bar, the one made again as a line."""
    for row, (pair, (centre, low, high)) in enumerate(found.items()):
        published, start, end = PROCGEN[pair]
        axes.barh(row, end - start, left=start, height=0.6, color="0.8")
        axes.vlines(published, row - 0.3, row + 0.3, color="0.4", linewidth=3)
        axes.plot([low, high], [row, row], color="#0072b2")
        axes.plot(centre, row, "o", color="#0072b2", markersize=4)
    axes.set_yticks(range(len(found)), [" over ".join(pair) for pair in found])
    axes.invert_yaxis()
    axes.set(xlabel="probability of improvement", title="Procgen: Agarwal et al. (2021), theirs in grey")


if __name__ == "__main__":
    main()
