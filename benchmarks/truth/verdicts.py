"""What the report says of whole replayed studies, next to autorank on the same records."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from io import StringIO

import numpy as np
import optuna
import pandas as pd

from benchmarks.truth.luck import SEARCHES, Held, held, searches
from benchmarks.truth.published import Table, published
from benchmarks.truth.replay import FRESH, SEEDS, study
from reports.conclusions.comparison import BETTER, compare, judged
from reports.conclusions.tuned import tuned_again
from reports.results.tables import read_tables
from reports.statistics.intervals import LEVEL, paired_difference


@dataclass(frozen=True, slots=True)
class Said:
    """What one study led to; a difference is that of the first choice minus the second.

    Attributes:
        difference: of the winners on fresh seeds.
        true: of the same two settings, without noise.
        settings: which side the sentence on these settings puts ahead: 1 the second, −1 the first, 0 neither.
        choices: the same of the sentence on the choices, tuned again.
        low: lower end of that sentence's interval.
        high: upper end.
        enough: trials of each choice that it suggests; not finite if it does not.
        frequentist: which side autorank puts ahead.
    """

    difference: float
    true: float
    settings: int
    choices: int
    low: float
    high: float
    enough: float
    frequentist: int


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    """The published tables by name, read once by each process."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return {table.name: table for table in published()}


def methods_held(case: tuple[int | None, bool, int]) -> list[Mapping[str, Held]]:
    """How each method does on each table, for seeds of a trial, whether points are shared, and trials."""
    seeds, shared, trials = case
    return [held(table, trials, seeds, shared=shared) for table in tables().values()]


def replayed(case: tuple[str, int], *, sampler: str, trials: int, alike: bool = False) -> Said:
    """Replay one study and read what is said about it.

    Args:
        case: the table's name and the study's seed.
        sampler: of the study.
        trials: of each choice.
        alike: whether both choices are the table's first, so that nothing differs.
    """
    name, seed = case
    table = tables()[name]
    if alike:
        table = replace(table, choices=(table.choices[0],) * 2)
    read = read_tables(study(table, sampler, trials, seed))
    (comparison,) = judged(compare(read, table.question, read.confirmed), 0.0)
    (tuned,) = tuned_again(read, [comparison])
    side = {"second": 1, "first": -1}.get(comparison.outcome, 0)
    runs = [read.confirmed[choice] for choice in range(2)]
    errors = np.stack([read.errors(run).to_numpy() for run in runs])
    places = [
        int(
            np.ravel_multi_index(
                [int(value) for value in read.record(run).task.nuisance.values()], tuple(table.sizes.values())
            )
        )
        for run in runs
    ]
    one, other = (table.choices[choice][place].mean() for choice, place in enumerate(places))
    return Said(
        difference=comparison.difference.centre,
        true=float(one - other),
        settings=side if comparison.outcome in BETTER else 0,
        choices=side if tuned.differ else 0,
        low=tuned.difference.low,
        high=tuned.difference.high,
        enough=tuned.enough,
        frequentist=ranked(errors, "frequentist"),
    )


def ranked(errors: np.ndarray, approach: str) -> int:
    """Which of two samples autorank puts ahead: 1 the second, −1 the first, 0 neither.

    Args:
        errors: by seed, (2, S).
        approach: "frequentist" or "bayesian".
    """
    from autorank import autorank  # in the environment of the peers only

    if np.ptp(errors[0] - errors[1]) == 0:
        return 0
    with warnings.catch_warnings(), redirect_stdout(StringIO()):  # it prints what it finds
        warnings.simplefilter("ignore")
        found = autorank(
            pd.DataFrame({"first": errors[0], "second": errors[1]}), approach=approach, order="ascending"
        )
    ahead = 1 if found.rankdf.index[0] == "second" else -1
    if approach == "frequentist":
        return ahead if found.pvalue < found.alpha else 0
    return {"larger": ahead, "smaller": -ahead}.get(str(found.rankdf["decision"].iloc[1]), 0)


def truth(table: Table, trials: int) -> float:
    """The difference of the winners of random search, in the mean over `SEARCHES` searches."""
    rng = np.random.default_rng(trials)
    settings = rng.integers(len(table.choices[0]), size=(SEARCHES, trials))
    one, other = (searches(errors, settings, SEEDS, rng) for errors in table.choices)
    return float((one.winner - other.winner).mean())


def of_nothing(number: int, stuck: float) -> tuple[int, int, int]:
    """Which side the report, autorank and its Bayesian mode name where two settings do not differ.

    Args:
        number: of the simulated study.
        stuck: the share of seeds that is stuck.
    """
    rng = np.random.default_rng([7, number])
    learnt = rng.normal(0.03, 0.004, (2, FRESH))
    errors = np.where(rng.random((2, FRESH)) < stuck, rng.normal(0.9, 0.005, (2, FRESH)), learnt)
    difference = paired_difference(errors[0], errors[1])
    mine = int(np.sign(difference.centre)) if difference.p < 1 - LEVEL else 0
    return mine, ranked(errors, "frequentist"), ranked(errors, "bayesian")


def wrong(sides: Iterable[float], true: Sequence[float] | float) -> float:
    """Share of the sides named that are not the true one; where nothing differs every side is wrong."""
    named = np.array(list(sides), dtype=float)
    right = np.sign(np.broadcast_to(true, named.shape))
    return float(((named != 0) & (named != right)).mean())
