"""python -m benchmarks.repeated_looks: how often a study that looks several times errs, and how many networks it saves.

Studies of nine choices are simulated: three values of one parameter under three conditions, paired by seed, nine
comparisons with Holm's correction. Choices differ by steps of the given effect, in standard deviations of a single
seed's difference. Once all comparisons of a choice are decided it gets no more seeds. Three ways are
compared: one look at all 20 seeds, several looks without a correction, and the report's. In *splits* half of a seed's
variance is that of the examples which its split draws from one data set, and the truth is that of this data set.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
from scipy.special import stdtr

from experiments.recording.look_schedule import looks_of
from experiments.wording import markdown_table, percent
from reports.statistics.intervals import Values, degrees_of_freedom, holm, standard_error, trimmed_mean
from reports.statistics.looks import Look

SEEDS: Final = 20
STUDIES: Final = 1_000
CONDITIONS: Final = 3
PAIRS: Final = tuple(combinations(range(3), 2))
KINDS: Final = ("normal", "splits", "skewed", "stuck")
EXAMPLES: Final = 400
"""Of a data set, of which each split validates on a quarter."""

WAYS: Final = ("one look", "looks, uncorrected", "looks")


def main() -> None:
    """Print how often anything false is said without a difference, and what is found and spent with one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repeated_looks", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    studies = parser.parse_args().studies
    rows = []
    for kind in KINDS:
        for effect, margin, what in (
            (0.0, 0.0, "no difference: anything called better"),
            (1.0, 1.0, "a difference as large as the margin: anything so far apart called equivalent"),
        ):
            wrong = [simulated(kind, effect, margin, way, studies)[0] for way in WAYS]
            rows.append((kind, what, *map(percent, wrong)))
    for line in markdown_table(("data", "false", *WAYS), rows, numeric=(2, 3, 4)):
        print(line, flush=True)
    print()
    rows = []
    for effect, margin in ((0.0, 1.0), (0.5, 1.0), (1.0, 0.5), (2.0, 0.5)):
        _, decided, networks = simulated("normal", effect, margin, "looks", studies)
        _, at_once, all_ = simulated("normal", effect, margin, "one look", studies)
        spent, saved = f"{networks:.0f} of {all_:.0f}", percent(1 - networks / all_)
        rows.append((f"{effect:g}", f"{margin:g}", percent(at_once), percent(decided), spent, saved))
    heads = ("step", "margin", "decided at one look", "decided at several", "fresh networks", "saved")
    for line in markdown_table(heads, rows, numeric=(0, 1, 2, 3, 5)):
        print(line, flush=True)


def simulated(kind: str, effect: float, margin: float, way: str, studies: int) -> tuple[float, float, float]:
    """Share of studies with a false finding, share of comparisons decided, and networks trained on fresh seeds."""
    rng = np.random.default_rng(7)
    wrong, decided, networks = [], [], []
    for _ in range(studies):
        errors = _drawn(kind, rng) + effect * np.arange(3)[:, np.newaxis]
        found, spent = _study(errors, margin, way)
        truth = [effect * (first - second) for _ in range(CONDITIONS) for first, second in PAIRS]
        wrong.append(any(_false(one, true, margin) for one, true in zip(found, truth, strict=True)))
        decided.append(np.mean([one != "undecided" for one in found]))
        networks.append(spent)
    return float(np.mean(wrong)), float(np.mean(decided)), float(np.mean(networks))


def _drawn(kind: str, rng: np.random.Generator) -> Values:
    """Errors of choices and seeds, (conditions, 3, seeds), whose differences have a standard deviation of 1."""
    shape = (CONDITIONS, 3, SEEDS)
    normal: Values = rng.normal(size=shape)
    if kind == "splits":
        examples = rng.normal(size=(*shape[:2], EXAMPLES))
        examples -= examples.mean(axis=-1, keepdims=True)
        validated = np.argsort(rng.random((SEEDS, EXAMPLES)))[:, : EXAMPLES // 4]
        drawn = examples[:, :, validated].mean(axis=-1) * np.sqrt(EXAMPLES / 3)  # of variance 1
        return np.asarray((normal + drawn) / 2)
    if kind == "skewed":
        skewed: Values = (rng.gamma(2, size=shape) - 2) / 2
        return skewed
    if kind == "stuck":
        normal += 20 * (rng.random(shape) < 0.1)
    return np.asarray(normal / np.sqrt(2))


def _study(errors: Values, margin: float, way: str) -> tuple[list[str], float]:
    """What each comparison comes to, and how many networks were trained."""
    looks = (SEEDS,) if way == "one look" else looks_of(SEEDS, "answered")
    places = [(condition, *pair) for condition in range(CONDITIONS) for pair in PAIRS]
    pairs = np.stack([errors[c, first] - errors[c, second] for c, first, second in places])
    outcome = ["undecided"] * len(places)
    known: dict[int, tuple[float, float]] = {}
    seeds = np.zeros((CONDITIONS, 3))
    for look, n in enumerate(looks):
        for (condition, *two), one in zip(places, outcome, strict=True):
            if one == "undecided":
                seeds[condition, two] = n
        x = pairs[:, :n].T
        centre, error = trimmed_mean(x), standard_error(x)
        at = Look(look, looks) if way == "looks" else None
        different = _tail(n, -np.abs(centre) / error, at)
        apart = _tail(n, (np.abs(centre) - margin) / error, at)
        for place in range(len(places)):
            if outcome[place] == "undecided":
                known[place] = (2 * different[place], apart[place])
        p, q = (holm([known[place][end] for place in range(len(places))]) for end in (0, 1))
        for place in range(len(places)):
            if outcome[place] == "undecided" and p[place] < 0.05:
                outcome[place] = "second" if centre[place] > 0 else "first"
            elif outcome[place] == "undecided" and q[place] < 0.05:
                outcome[place] = "equivalent"
        if "undecided" not in outcome:
            break
    return outcome, float(seeds.sum())


def _tail(n: int, t: Values, look: Look | None) -> Sequence[float]:
    """One-sided p-values."""
    p = stdtr(degrees_of_freedom(n), t).tolist()
    return [look.corrected(each) for each in p] if look else p


def _false(outcome: str, truth: float, margin: float) -> bool:
    """Whether a finding is wrong: the wrong one, or either, is better, or what lies the margin apart is equivalent."""
    if outcome == "equivalent":
        return abs(truth) >= margin
    return (outcome == "first" and truth >= 0) or (outcome == "second" and truth <= 0)


if __name__ == "__main__":
    main()
