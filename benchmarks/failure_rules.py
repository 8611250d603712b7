"""python -m benchmarks.failure_rules: are planted boundaries found, and is a rule stated where there is none?

A simulated search tries random settings of two costs, a depth, a learning rate and a momentum, 5 networks each, which
fail with a chance that depends on the setting. A rule is learnt from them as in a study and checked on 50 fresh
settings of one network each, half of them on either side of it. It is stated if it is right for 90 % of these.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final

import numpy as np

from experiments.outcome.failure_rule import PROBES, Ended, Rule
from experiments.wording import markdown_table, percent
from reports.conclusions.failing import Checked
from studies.running.rule_learner import Lesson, learn

STUDIES: Final = 200
SEEDS: Final = 5
TRIALS: Final = (32, 64, 128)
FRESH: Final = 400
"""Settings on either side of a rule from which its true accuracy follows."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """Where networks fail.

    Attributes:
        told: it in words.
        chance: of a network with these settings to fail.
        drawn: how many settings the sampler draws for each that it tries, the one least likely to fail; with 2 it
            stays away from failures.
    """

    told: str
    chance: Callable[[Settings], float]
    drawn: int = 1


def _softly(settings: Settings) -> float:
    return float(1 / (1 + (settings["learning_rate"] / 5) ** -3))


WORLDS: Final[Mapping[str, World]] = {
    "rate": World("above a learning rate", lambda s: 0.95 if s["learning_rate"] > 5 else 0.02),
    "within": World(
        "above a learning rate with one cost",
        lambda s: 0.95 if s["cost"] == "quadratic" and s["learning_rate"] > 1 else 0.02,
    ),
    "both": World(
        "above a learning rate and above a momentum",
        lambda s: 0.95 if s["learning_rate"] > 1 and s["momentum"] > 0.5 else 0.02,
    ),
    "depth": World(
        "above a learning rate with more than 2 layers",
        lambda s: 0.95 if s["learning_rate"] > 0.5 and s["depth"] > 2 else 0.02,
    ),
    "avoided": World(
        "above a learning rate that the sampler avoids", lambda s: 0.95 if s["learning_rate"] > 5 else 0.02, 2
    ),
    "soft": World("above a learning rate, gradually", _softly),
    "curved": World(
        "above a learning rate × 1 / (1 − momentum)",
        lambda s: 0.95 if s["learning_rate"] / (1 - s["momentum"]) > 10 else 0.02,
    ),
    "rarely": World("nowhere: 10 % fail everywhere", lambda _: 0.1),
    "often": World("nowhere: 30 % fail everywhere", lambda _: 0.3),
    "half": World("nowhere: half fail everywhere", lambda _: 0.5),
    "luck": World(
        "nowhere: a third of the settings fail, which ones is chance", lambda s: float(s["luck"] < 1 / 3)
    ),
}
"""By a short name."""


def settings_of(rng: np.random.Generator) -> dict[str, Any]:
    """A setting from the search space; its luck is known to nobody."""
    return {
        "cost": ("quadratic", "cross_entropy")[int(rng.integers(2))],
        "depth": int(rng.integers(1, 4)),
        "learning_rate": float(10 ** rng.uniform(-2, 2)),
        "momentum": float(rng.uniform(0, 0.99)),
        "luck": float(rng.random()),
    }


def study(world: World, trials: int, seed: int) -> tuple[Rule | None, Checked | None, float]:
    """The rule that a study tries, how it does on fresh settings, and for what share of settings it is truly right."""
    rng = np.random.default_rng(seed)
    lessons = []
    for _ in range(trials):
        some = [settings_of(rng) for _ in range(world.drawn)]
        chosen = min(some, key=world.chance)
        failed = int((rng.random(SEEDS) < world.chance(chosen)).sum())
        known = {name: value for name, value in chosen.items() if name != "luck"}
        lessons.append(Lesson(known, Ended(failed, 0, SEEDS, 3)))
    rule = learn(lessons)
    if rule is None:
        return None, None, float("nan")
    fails: dict[bool, int] = {}
    right = []
    for side in (True, False):
        fresh = list(_on(rule, rng, PROBES // 2, side=side))
        fails[side] = int(sum(rng.random() < world.chance(one) for one in fresh))
        chance = np.mean([world.chance(one) for one in _on(rule, rng, FRESH, side=side)])
        right.append(chance if side else 1 - chance)
    half = PROBES // 2
    return (
        rule,
        Checked(rule, (fails[True], half), (fails[False], half), ("diverged",)),
        float(np.mean(right)),
    )


def _on(rule: Rule, rng: np.random.Generator, number: int, *, side: bool) -> Iterator[Settings]:
    """So many settings of which the rule says that they fail, or that they do not."""
    while number:
        one = settings_of(rng)
        if rule.fails(one) == side:
            number -= 1
            yield one


def row(name: str, trials: int, studies: int) -> tuple[str, ...]:
    """How often a rule is tried and stated in a world, and how often those that are stated are truly right."""
    found = [study(WORLDS[name], trials, seed) for seed in range(studies)]
    tried = [each for each in found if each[0]]
    stated = [true for _, checked, true in tried if checked and checked.holds]
    true = percent(float(np.mean(stated))) if stated else "–"
    return WORLDS[name].told, str(trials), percent(len(tried) / studies), percent(len(stated) / studies), true


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failure_rules", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--worlds", nargs="+", choices=list(WORLDS), default=list(WORLDS))
    wanted = parser.parse_args(arguments)
    asked = [(world, trials, wanted.studies) for world in wanted.worlds for trials in TRIALS]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        rows = pool.map(row, *zip(*asked, strict=True))
        heads = ("networks fail", "trials", "a rule is tried", "stated", "a stated one is truly right")
        for line in markdown_table(heads, rows, numeric=(1, 2, 3, 4)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
