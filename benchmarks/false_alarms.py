"""python -m benchmarks.false_alarms: how often a gate says of a study what is not so.

Pairs of studies are simulated whose choices do not differ, or differ by exactly the margin. A study has 20 fresh seeds
for each winner, and errors counted on 360 examples. Where seeds are pairs, half of a seed's variance is common to both
studies. `chainrule verdict` judges the one study beside the other.
"""

import argparse
from typing import Final

import numpy as np

from benchmarks.made_up import DATA
from experiments.wording import markdown_table, percent
from reports.conclusions.comparability import Terms
from reports.conclusions.fresh_errors import FreshErrors, Winner
from reports.conclusions.judgement import judge_studies

STUDIES: Final = 2_000
SEEDS: Final = 20
MARGIN: Final = 0.005
LEVEL: Final = 0.05
"""Mean error of every winner."""
SPREAD: Final = 0.006
"""Standard deviation of a seed's error, apart from that of counting on few examples."""
OVERLAP: Final = DATA["examples"]["validation"] / DATA["examples"]["train"]

WORLDS: Final = (
    ("the same seeds, one choice each", True, 1, False),
    ("the same seeds, champions of four choices", True, 4, False),
    ("other seeds, one choice each", False, 1, False),
    ("other seeds, champions of four choices", False, 4, False),
    ("another split seed, one choice each", False, 1, True),
)
"""In words; whether seeds are pairs; choices of each study; whether each has set other test examples aside."""


def main() -> None:
    """Print how often the wrong answers are given, and how often a difference of twice the margin is found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.false_alarms", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES, help="pairs of studies of each kind")
    studies = parser.parse_args().studies
    rows = []
    for what, paired, choices, apart in WORLDS:
        shares = [
            answers(studies, gap, paired=paired, choices=choices, apart=apart).count(answer) / studies
            for gap, answer in (
                (0.0, "worse"),
                (0.0, "better"),
                (MARGIN, "equivalent"),
                (2 * MARGIN, "worse"),
            )
        ]
        rows.append((what, *map(percent, shares)))
    heads = (
        "studies",
        "equal: worse",
        "equal: better",
        "worse by the margin: equivalent",
        "worse by twice that: worse",
    )
    for line in markdown_table(heads, rows, numeric=(1, 2, 3, 4)):
        print(line)


def answers(studies: int, gap: float, *, paired: bool, choices: int, apart: bool) -> list[str | None]:
    """What is said of so many pairs of studies, the one of which is worse by `gap` in every choice."""
    rng = np.random.default_rng(11)
    found: list[str | None] = []
    for _ in range(studies):
        luck = rng.normal(size=SEEDS)
        pools = rng.normal(size=2) * SPREAD * np.sqrt(OVERLAP / 2) * apart
        one, other = (
            a_study(
                name,
                LEVEL + pools[place] + gap * (1 - place),
                choices,
                luck if paired else None,
                rng,
                split,
                seed,
            )
            for place, (name, split, seed) in enumerate(
                (("now", int(apart), int(not paired)), ("before", 0, 0))
            )
        )
        found.append(judge_studies(one, other, MARGIN).answer)
    return found


def a_study(
    name: str,
    level: float,
    choices: int,
    luck: "np.ndarray | None",
    rng: np.random.Generator,
    split_seed: int,
    study_seed: int,
) -> FreshErrors:
    """A study whose choices all have an error of `level`."""
    own = rng.normal(size=(choices, SEEDS))
    common = rng.normal(size=SEEDS) if luck is None else luck
    rate = np.clip(level + SPREAD * np.sqrt(0.5) * (own + common), 0, 1)
    examples = DATA["examples"]["validation"]
    errors = rng.binomial(examples, rate) / examples
    winners = [
        Winner(
            choice=f"choice {place}",
            seeds=range(1000, 1000 + SEEDS),
            errors=mine.tolist(),
            diverged=[False] * SEEDS,
        )
        for place, mine in enumerate(errors)
    ]
    terms = Terms(
        data={**DATA, "splits": "each_seed", "split_seed": split_seed, "error": "misclassified"},
        objective="validation_error",
        target_error=None,
        study_seed=study_seed,
        overlap=OVERLAP,
    )
    best_first = sorted(winners, key=lambda each: float(np.mean(each.errors)))
    return FreshErrors(study=name, terms=terms, winners=best_first)


if __name__ == "__main__":
    main()
