"""Which epochs were kept, which errors flatter, and that one that stopped never arrives."""

from typing import Any

import numpy as np

from experiments.recording.records import RunRecord
from reports.conclusions import early_stopping
from reports.conclusions.doubts import budget_too_small
from reports.drawing.curves import epochs_to_reach
from reports.results.speed import budget_of, epochs_interval
from reports.results.tables import Tables, read_tables
from tests.factories import a_record, a_run, a_study

CHOICES: list[Any] = [
    False,
    {"patience": 2, "min_delta": 0.0, "restore": True},
    {"patience": 2, "restore": False},
]
RECORD = a_record(
    scientific={"early_stopping": CHOICES},
    fixed={"epochs": 30, "cost": "quadratic", "widths": [8]},
    target_error=0.15,
)


def ended(slot: int, combination: int, phase: Any = "search", stopped: Any = (6, 8, 7, 0, 8)) -> RunRecord:
    """A run of eight epochs; all but one seed stopped, two epochs after the one that they keep."""
    when = np.array(stopped)
    early = {"stopped_at": when, "kept_epoch": np.where(when, when - 2, 8)} if combination else {}
    return a_run(
        RECORD, slot=slot, combination=combination, phase=phase, errors=(0.1, 0.1, 0.2, 0.2, 0.2), **early
    )


def tables(*combinations: int, phases: tuple[Any, ...] = ("search", "confirm"), **changes: Any) -> Tables:
    runs = [ended(one, one, phase, **changes) for phase in phases for one in combinations]
    return read_tables(a_study(RECORD, runs))


def test_the_table_has_the_epochs_kept_by_choice() -> None:
    grid = early_stopping.kept_grid(tables(0, 1, 2))
    assert [row[1:] for row in grid.rows] == [("4 of 5", "6", "4 to 8", "30")] * 2
    assert early_stopping.kept_grid(tables(0)) is None


def test_a_comparison_with_networks_that_keep_their_last_epoch_is_called_unequal() -> None:
    (said,) = early_stopping.warnings(tables(0, 1, 2))
    assert said.startswith("Unequal choosing: patience 2 kept the best epoch")
    assert early_stopping.warnings(tables(0, 2)) == []
    assert early_stopping.warnings(tables(1)) == []


def test_what_no_fresh_seeds_have_confirmed_is_said_to_flatter() -> None:
    (said,) = early_stopping.warnings(tables(1, phases=("search",)))
    assert said.endswith("no fresh seeds have confirmed it, so the errors are optimistic.")
    assert early_stopping.warnings(tables(2, phases=("search",))) == []
    assert "on fresh seeds too" in early_stopping.sentences(tables(1))[1]
    assert len(early_stopping.sentences(tables(2))) == 1
    assert early_stopping.sentences(tables(0)) == []


def test_a_budget_that_most_networks_used_up_is_said_to_be_small() -> None:
    (said,) = early_stopping.warnings(tables(1, stopped=(0, 0, 0, 7, 8)))
    assert said.startswith("The budget may be too small: only 2 of 5 seeds of ")
    assert budget_too_small(tables(0)) != []  # its curve falls to the end
    assert budget_too_small(tables(1)) == []  # so does this one, but it ended by itself


def test_a_seed_that_stopped_before_the_target_never_gets_there() -> None:
    reached = epochs_to_reach(tables(1)).iloc[0]
    assert (reached["reached"], reached["seeds"]) == (2, 5)
    assert np.isinf(reached["median_epochs"])
    assert epochs_interval(3, np.inf, budget_of(ended(0, 1))) == "[3, not reached]"
    assert epochs_interval(3, np.inf, budget_of(ended(0, 0))) == "[3, beyond 8]"


def test_the_table_of_seeds_says_where_each_stopped_and_what_it_kept() -> None:
    seeds = tables(0, 1, phases=("search",)).seeds
    assert seeds["stopped_at"].tolist() == [0] * 5 + [6, 8, 7, 0, 8]
    assert seeds["kept_epoch"].tolist() == [8] * 5 + [4, 6, 5, 8, 6]
