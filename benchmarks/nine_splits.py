"""python -m benchmarks.nine_splits: whether the same study file on nine splits contradicts itself.

A study of three costs on breast cancer is run nine times by the command, each time with another test part, other
splits and other trials. Two sentences contradict each other if one calls A better than B and the other B better than A.
They are counted by what they are about: these data, other data from the same source, and the choices tuned again.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from experiments.store.reading import Records
from experiments.wording import MINUS, markdown_table
from reports.conclusions.comparison import BETTER
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import read_tables

STUDY: Final = """
[study]
name = "cost"
question = "Which cost function suits breast cancer?"
trials = 36
confirm_seeds = 20

[data]
source = "breast-cancer"
split_seed = {seed}

[training]
epochs = 20
widths = [16]

[search.scientific]
cost = ["quadratic", "absolute", "cross_entropy"]

[search.nuisance]
learning_rate = {{ low = 0.01, high = 10.0, log = true }}

[sampler]
name = "random"
seed = {seed}
"""

KINDS: Final = ("on these data", "on other data", "tuned again on these data")

Pair = tuple[str, str]


def said(seed: int) -> Iterator[tuple[str, Pair, str]]:
    """Of one study: what a sentence is about, the two choices, and what it says of them."""
    with tempfile.TemporaryDirectory() as folder:
        file, home = Path(folder) / "study.toml", Path(folder) / "home"
        file.write_text(STUDY.format(seed=seed), encoding="utf-8")
        command = (sys.executable, "-m", "chainrule", "study", file, "--home", home, "--quiet")
        subprocess.run(command, check=True, capture_output=True)
        verdict = reach_verdict(read_tables(Records.open(home, None).load_study("cost")))
    for each in verdict.again:
        found = each.settings
        shown = (True, found.elsewhere, each.differ)
        for kind, one in zip(KINDS, shown, strict=True):
            yield kind, found.sides, found.outcome if one and found.outcome in BETTER else "open"


def contradictions(outcomes: Mapping[str, int]) -> int:
    """How many sentences say the contrary of most others about the same two choices."""
    return min(outcomes[side] for side in BETTER)


def main() -> None:
    """Run the studies and print how often each of two choices is called better."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nine_splits", description=__doc__)
    parser.add_argument("--studies", type=int, default=9)
    counts: dict[tuple[str, Pair], Counter[str]] = {}
    for seed in range(parser.parse_args().studies):
        for kind, pair, outcome in said(seed):
            counts.setdefault((kind, pair), Counter())[outcome] += 1
    heads = ("sentence", "first − second", "first is better", "second is better", "neither", "contradictions")
    ordered = sorted(counts.items(), key=lambda one: KINDS.index(one[0][0]))
    rows = [
        (
            kind,
            f" {MINUS} ".join(pair),
            *(str(found[each]) for each in (*BETTER, "open")),
            str(contradictions(found)),
        )
        for (kind, pair), found in ordered
    ]
    for line in markdown_table(heads, rows, numeric=range(2, 6)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
