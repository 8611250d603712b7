"""python -m benchmarks.sentences: how often a report says what is not so.

Each kind of sentence is looked for in simulated studies without what it says: four choices that do not differ, say, for
"is better". A study has 8 trials of 5 seeds for each choice, their winners on 20 fresh seeds, and errors counted on 360
examples; a seed's errors under two choices are correlated. Of some kinds a second column has the share of studies that
say it where it is so. A second table checks how many seeds a report asks for.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from multiprocessing import get_context
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.made_up import DATA, a_study, a_task
from experiments.recording.records import RunRecord, StudyRecord
from experiments.task import LEVELS, Chosen, Phase
from experiments.wording import markdown_table, percent
from reports.conclusions import given_settings, overfitting, overtuning, spread
from reports.conclusions.basins import basins, points
from reports.conclusions.comparison import BETTER
from reports.conclusions.doubts import edges
from reports.conclusions.importance import importance
from reports.conclusions.verdict import Verdict, reach_verdict
from reports.results.tables import read_tables
from reports.statistics.intervals import effective_spread
from reports.statistics.power import planning_spread, power, seeds_needed

STUDIES: Final = 400
PART: Final = 50
"""Studies that a process simulates at a time."""
SEEDS: Final = 5
FRESH: Final = 20
TRIALS: Final = 8
EPOCHS: Final = 12
CHANCE: Final = 0.9
EXAMPLES: Final = DATA["examples"]["validation"]
SCIENTIFIC: Final[Mapping[str, list[Any]]] = {"cost": ["quadratic", "cross_entropy"], "widths": [[16], [64]]}
NESTED: Final[Mapping[str, list[Any]]] = {
    "optimiser": ["gradient_descent", "momentum"],
    "widths": [[16], [64]],
}
CHOSEN: Final[Mapping[Phase, Chosen]] = {"search": "beforehand", "given": "own"}
OPTIMUM: Final = 0.5
"""The best learning rate, in a range from 0.01 to 30."""
DEFAULT: Final = 0.1
"""The learning rate without tuning."""


@dataclass(frozen=True, slots=True)
class World:
    """What simulated studies are drawn from; as it stands, nothing that a report could find is there.

    Attributes:
        level: the final error at the best rate.
        spread: standard deviation of a seed's error.
        apart: the second cost's error less the first's, or the second optimiser's.
        nested: whether two optimisers are compared, of which the second includes the first, in place of two costs.
        basin: by how much the error grows with the square of the rate's logarithm.
        optimum: the best rate.
        learns_once: whether one trial of each choice learns well and the others hardly do, so that nothing is chosen.
        failing: the share of seeds that get stuck above the best rate.
        lost: the share of the first choice's fresh seeds that diverge.
        falls: by how much of itself the error falls over the last epochs; below 0 it rises.
        objective: of the study.
        parameters: how many nuisance parameters there are.
        flat: whether no parameter matters.
        steep: how much narrower the second one's basin is, as the share by which its error grows faster.
        trials: of each choice.
        data: standard deviation of what the data set adds to each choice's error on all its splits, in those of a seed:
            the choices differ on this data set, and on others of the same source they do not.
        given: how many settings of each choice somebody gave.
        crossed: standard deviations of what splits, weights and orders make in a crossed design, and of the rest; empty
            for no such design.
    """

    level: float = 0.04
    spread: float = 0.006
    apart: float = 0.0
    basin: float = 0.01
    optimum: float = OPTIMUM
    learns_once: bool = False
    failing: float = 0.0
    lost: float = 0.0
    falls: float = 0.0
    objective: str = "validation_error"
    parameters: int = 1
    flat: bool = False
    data: float = 0.0
    trials: int = TRIALS
    steep: float = 0.0
    nested: bool = False
    given: int = 0
    crossed: tuple[float, ...] = ()


def study(world: World, seed: int) -> StudyRecord:
    """A simulated study."""
    rng = np.random.default_rng(seed)
    record = _record(world)
    added = world.spread * world.data * np.random.default_rng([seed, 1]).normal(size=4)
    luck = {index: rng.normal(size=2) for index in (*range(SEEDS), *range(1_000, 1_000 + FRESH))}
    runs: list[RunRecord] = []
    for slot in range(4 * world.trials):
        trial, combination = divmod(slot, 4)
        rate = float(np.exp(rng.uniform(np.log(0.01), np.log(30))))
        if world.learns_once:
            rate = world.optimum if trial == 0 else 30.0
        here = replace(world, level=world.level + added[combination])
        runs.append(_run(record, here, "search", slot, combination, rate, range(SEEDS), luck, rng))
    fresh = range(1_000, 1_000 + FRESH)
    for combination in range(4):
        mine = [run for run in runs if run.task.combination == combination]
        best = min(mine, key=lambda run: (run.objective or 0.0, run.task.slot)).task
        rate = best.nuisance["learning_rate"]
        here = replace(world, level=world.level + added[combination])
        runs.append(_run(record, here, "confirm", best.slot, combination, rate, fresh, luck, rng))
    for combination in range(4):
        here = replace(world, level=world.level + added[combination])
        runs.append(_run(record, here, "default", combination, combination, DEFAULT, fresh, luck, rng))
        for slot in range(world.given):
            rate = float(np.exp(rng.uniform(np.log(0.01), np.log(30))))
            runs.append(_run(record, here, "given", slot, combination, rate, range(SEEDS), luck, rng))
    return replace(record, runs=tuple(runs))


def _run(
    record: StudyRecord,
    world: World,
    phase: Phase,
    slot: int,
    combination: int,
    rate: float,
    seeds: range,
    luck: Mapping[int, NDArray[np.float64]],
    rng: np.random.Generator,
) -> RunRecord:
    """A run whose seeds have a share of their luck in common with the same seeds of other runs."""
    distance = 0.0 if world.flat else np.log(rate / world.optimum)
    second: Any = combination >= 2  # of costs or optimisers; widths vary faster
    basin = world.basin * (1 + world.steep * second)
    final = world.level + basin * distance**2 + world.apart * second
    own = rng.normal(size=len(seeds))
    final = final + world.spread * (0.7 * np.array([luck[one][0] for one in seeds]) + 0.7 * own)
    stuck = (rng.random(len(seeds)) < world.failing) & (rate > world.optimum)
    final = np.where(stuck, CHANCE, final)
    time = np.arange(EPOCHS)
    curve = final[:, np.newaxis] + (CHANCE - final[:, np.newaxis]) * np.exp(-2.0 * time)
    late = np.clip((time - EPOCHS / 2) / (EPOCHS / 2 - 1), 0, 1)
    curve *= 1 + world.falls * (1 - late)
    curve = curve + rng.normal(scale=0.3 * world.spread, size=curve.shape)
    curve = np.clip(np.round(curve * EXAMPLES) / EXAMPLES, 0, 1)
    gone = np.zeros(len(seeds), bool)
    if phase == "confirm" and combination == 0:
        gone = rng.random(len(seeds)) < world.lost
    curve[gone, 2:] = np.nan
    values = np.where(gone, 1.0, curve[:, -1])
    if world.objective == "epochs_to_target":
        there = curve <= 1.3 * world.level
        values = np.where(there.any(axis=1), there.argmax(axis=1) + 1.0, EPOCHS + 1.0)
    others = {name: float(rng.uniform(0, 0.9)) for name in ("momentum", "smoothing")[: world.parameters - 1]}
    return RunRecord(
        task=a_task(
            record, phase, slot, combination, {"learning_rate": rate, **others}, seeds, CHOSEN.get(phase, "")
        ),
        state="complete",
        objective=float(values.mean()),
        started=slot,
        parameters=1_000,
        curves=dict.fromkeys(("train_cost", "validation_cost", "train_error", "validation_error"), curve),
        seconds=np.arange(1.0, EPOCHS + 1) * rng.lognormal(0, 0.1),
        diverged_at=np.where(gone, 3, 0),
        spread=_crossed(world.crossed, rng)
        if phase == "confirm" and combination == 0
        else np.zeros((0, 0, 0)),
    )


def _crossed(deviations: Sequence[float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Errors of a crossed design, (K, K, K); empty without one."""
    if not deviations:
        return np.zeros((0, 0, 0))
    *alone, rest = deviations
    errors = rest * rng.normal(size=(LEVELS, LEVELS, LEVELS))
    for axis, deviation in enumerate(alone):
        errors = errors + deviation * rng.normal(size=[LEVELS if place == axis else 1 for place in range(3)])
    return np.asarray(0.05 + 0.01 * errors)


def _record(world: World) -> StudyRecord:
    ranges: dict[str, Any] = {"learning_rate": {"low": 0.01, "high": 30.0, "log": True}}
    for name in ("momentum", "smoothing")[: world.parameters - 1]:
        ranges[name] = {"low": 0.0, "high": 0.9}
    return a_study(
        "simulated",
        NESTED if world.nested else SCIENTIFIC,
        objective=world.objective,
        target_error=1.3 * world.level if world.objective == "epochs_to_target" else None,
        trials=4 * world.trials,
        seeds=SEEDS,
        confirm_seeds=FRESH,
        default_setting=True,
        nuisance=ranges,
        fixed={"epochs": EPOCHS, "batch_size": 16, "activation": "sigmoid"},
        data={**DATA, "chance_error": CHANCE, "splits": "each_seed" if world.data else "one"},
        command="python -m benchmarks.sentences",
    )


class Report:
    """A study's tables, and the verdict on them if anybody asks for it: it takes ten times as long as they do."""

    def __init__(self, record: StudyRecord) -> None:
        """Nothing is concluded yet."""
        self.tables: Final = read_tables(record)

    @cached_property
    def verdict(self) -> Verdict:
        """What the report concludes."""
        return reach_verdict(self.tables)


Says = Callable[[Report], bool]


def _warns(text: str) -> Says:
    return lambda report: any(text in each for each in (*report.verdict.sentences, *report.verdict.warnings))


def _better(report: Report) -> bool:
    every = report.verdict.findings
    found = [*every.comparisons.values(), *every.averages.values(), every.at_shared_rate]
    return any(each.outcome in BETTER for mine in found for each in mine)


def _better_elsewhere(report: Report) -> bool:
    found = [*report.verdict.findings.comparisons.values(), *report.verdict.findings.averages.values()]
    return any(each.outcome in BETTER and each.elsewhere for mine in found for each in mine)


def _praises_the_losing_one(report: Report) -> bool:
    every = [each for mine in report.verdict.findings.comparisons.values() for each in mine]
    return any(each.outcome == "first" and sum(each.lost) for each in every)


def _equivalent(report: Report) -> bool:
    return any(each.outcome == "equivalent" for each in report.verdict.findings.comparisons["cost"])


def _worse(report: Report) -> bool:
    return any(each.worse for each in report.verdict.standings)


def _gained(report: Report) -> bool:
    return any(each.direction for each in report.verdict.gains)


def _sooner(report: Report) -> bool:
    return " sooner than " in report.verdict.sentences[0]


def _at_the_edge(report: Report) -> bool:
    """Whether a best rate is said to be outermost although rates on both sides of the optimum were tried."""
    rates = report.tables.of_phase("search").groupby("choice")["setting.learning_rate"]
    around = (rates.min() < OPTIMUM) & (rates.max() > OPTIMUM)
    return any(each.side and around[each.choice] for each in edges(report.tables))


def _overfits(report: Report) -> bool:
    return any(each.overfits for each in overfitting.turns(report.tables))


def _mattered(report: Report) -> bool:
    found = importance(report.tables)
    return not found.empty and bool((found["low"] > 0).any())


def _overtuned(report: Report) -> bool:
    return bool(overtuning.overtuned(report.tables))


def _given_better(report: Report) -> bool:
    return bool(given_settings.warnings(report.tables, report.tables.study.equivalence_margin))


def _a_factor_leads(report: Report) -> bool:
    return "the most of any factor" in spread.sentence(report.tables)


def _rate_elsewhere(report: Report) -> bool:
    first = basins(points(report.tables))[0]
    return not first.may_low <= OPTIMUM <= first.may_high


def _rates_differ(report: Report) -> bool:
    found = list(basins(points(report.tables)).values())
    return max(each.may_low for each in found) >= min(each.may_high for each in found)


def _superset_worse(report: Report) -> bool:
    return bool(report.verdict.supersets)


def _superset_maligned(report: Report) -> bool:
    """Whether a superset is called worse whose setting is truly no worse than its part's."""
    far = {
        run: abs(np.log(report.tables.row(run)["setting.learning_rate"] / OPTIMUM))
        for run in report.tables.confirmed.values()
    }
    pairs = (
        each.comparison.runs
        for each in report.verdict.supersets
        if not each.comparison.within.startswith("the mean")
    )
    return any(far[second] <= far[first] for first, second in pairs)


KINDS: Final[Mapping[str, tuple[str, World, Says]]] = {
    "better": ("A is better than B (any in the report, averages and the shared rate too)", World(flat=True), _better),
    "elsewhere": (
        "on other data A is better than B, too, where it is so on these data only",
        World(flat=True, data=0.4), _better_elsewhere,
    ),
    "depends": (
        "the difference depends on …", World(apart=0.02, flat=True), _warns("depends on the widths: "),
    ),
    "turned": (
        "which cost is better depends on the widths (in plain words)", World(apart=0.02, flat=True),
        lambda report: "is better depends on" in report.verdict.sentences[0],
    ),
    "losing": (
        "A is better than B, where a third of A's seeds diverged", World(lost=0.35, apart=0.02, flat=True),
        _praises_the_losing_one,
    ),
    "equivalent": (
        "equivalent within the margin, where the difference is the margin (any of two)",
        World(apart=0.005, flat=True), _equivalent,
    ),
    "worse": ("beside the best choice another is called worse (any of three)", World(flat=True), _worse),
    "pairs": (
        "two choices are shown to differ (any of six pairs)", World(flat=True),
        lambda report: any(report.verdict.pairs.differ(*pair) for pair in report.verdict.pairs.found),
    ),
    "gained": ("tuning lowered, or raised, the error (of any of four choices)", World(flat=True), _gained),
    "overtuned": (
        "overtuning: an earlier leader of the search was better (of any of four choices)", World(flat=True), _overtuned,
    ),
    "sooner": ("reaches it sooner", World(objective="epochs_to_target", flat=True), _sooner),
    "paid": (
        "tuning reached the target sooner, or later (of any of four choices)",
        World(objective="epochs_to_target", flat=True), _gained,
    ),
    "misleads": ("one shared learning rate misleads", World(apart=0.02, flat=True), _warns("rate misleads")),
    "superset": (
        "a superset is worse than its part (either of two)", World(nested=True, parameters=2, flat=True),
        _superset_worse,
    ),
    "maligned": (
        "a superset is worse than its part, where the setting that its search found is no worse",
        World(nested=True, parameters=2), _superset_maligned,
    ),
    "flattered": ("the search was optimistic about its winners", World(learns_once=True), _warns("was optimistic")),
    "order": (
        "which choice is ahead depends on the number of trials (any of four pairs)",
        World(apart=0.01, trials=24), _warns("depends on the number of trials"),
    ),
    "leads": (
        "A is ahead from some epoch on (any of two comparisons)", World(flat=True),
        lambda report: any(each.lead for each in report.verdict.leads),
    ),
    "given": (
        "a given setting did better than the best one found (8 given to each of four choices)",
        World(flat=True, given=8), _given_better,
    ),
    "edge": ("the best rate lies at the edge (any of four choices)", World(), _at_the_edge),
    "cliff": ("cliff edge (any of four choices)", World(failing=0.4), _warns("Cliff edge")),
    "budget": ("the budget was too small", World(), _warns("budget was too small")),
    "overfits": ("over-fits (any of four choices)", World(), _overfits),
    "mattered": ("a parameter explains a part of the ranking", World(flat=True, parameters=3), _mattered),
    "rates": ("the best rate is not the same for every choice", World(), _rates_differ),
    "factor": (
        "most of the spread comes from one factor, where two make as much", World(crossed=(1.0, 1.0, 0.0, 0.3)),
        _a_factor_leads,
    ),
    "rate": ("the best rate may lie in [a, b], where it does not (of one choice)", World(), _rate_elsewhere),
}  # fmt: skip
"""By a short name: the sentence, a world without what it says, and whether a report says it."""

PLANTED: Final[Mapping[str, World]] = {
    "superset": World(nested=True, parameters=2, flat=True, apart=0.01),
    "factor": World(crossed=(1.0, 0.0, 0.0, 0.3)),
}
"""By the same name a world in which it is so."""


def said(kinds: Sequence[str], world: World, seeds: range) -> Counter[str]:
    """In how many studies of a world each of these kinds of sentence is printed."""
    found: Counter[str] = Counter()
    for seed in seeds:
        report = Report(study(world, seed))
        found.update(kind for kind in kinds if KINDS[kind][2](report))
    return found


def planned_power(pilot: int, plans: int = 1_000) -> float:
    """The share of studies that show a difference of half a point with as many seeds as a pilot asks for."""
    rng = np.random.default_rng(pilot)
    spread = float(effective_spread(rng.normal(0, 0.01, 200_000)))
    needed = (seeds_needed(0.005, planning_spread(rng.normal(0, 0.01, pilot))) for _ in range(plans))
    return float(np.mean([power(0.005, spread, each) for each in needed if each]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentences", description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    wanted = parser.parse_args(arguments)
    worlds: dict[World, list[str]] = {}  # many kinds are looked for in the same studies
    for kind in wanted.kinds:
        for world in filter(None, (KINDS[kind][1], PLANTED.get(kind))):
            worlds.setdefault(world, []).append(kind)
    counts: dict[tuple[str, World], int] = {}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        parts = [range(start, min(start + PART, wanted.studies)) for start in range(0, wanted.studies, PART)]
        found = {
            world: pool.map(said, repeat(kinds), repeat(world), parts) for world, kinds in worlds.items()
        }
        for world, each in found.items():
            in_parts = list(each)
            for kind in worlds[world]:
                counts[kind, world] = sum(part[kind] for part in in_parts)
                print(f"… {kind}: {counts[kind, world]} of {wanted.studies}", file=sys.stderr, flush=True)
    rows = [
        (
            KINDS[kind][0],
            *(
                percent(counts[kind, world] / wanted.studies) if world else "–"
                for world in (KINDS[kind][1], PLANTED.get(kind))
            ),
        )
        for kind in wanted.kinds
    ]
    heads = ("sentence", "printed where it is not so", "printed where it is so")
    for line in markdown_table(heads, rows, numeric=(1, 2)):
        print(line, flush=True)
    plans = ((str(pilot), percent(planned_power(pilot), 0)) for pilot in (5, 10, 20, 40))
    for line in ("", *markdown_table(("pairs of the pilot", "studies that show it"), plans, numeric=(0, 1))):
        print(line, flush=True)


if __name__ == "__main__":
    main()
