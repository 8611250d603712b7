"""Each choice beside the best one, from records made by hand."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from reports.conclusions.against_best import ROWS, Standing, against_best, standings_grid
from reports.conclusions.every_pair import every_pair
from reports.results.tables import Tables, read_tables
from reports.statistics.intervals import holm, paired_difference
from tests.factories import a_record, a_run, a_study

LUCK = 0.002 * np.random.default_rng(0).normal(size=(40, 20))
LUCK -= LUCK.mean(axis=1, keepdims=True)


def confirmed(means: Sequence[float], lost: int = 0, **changes: Any) -> Tables:
    """Choices that differ in their widths, each with these errors on 20 fresh seeds; the first loses some of them."""
    record = a_record(
        **{
            "scientific": {"widths": [[units] for units in range(8, 8 + len(means))]},
            "trials": len(means),
            **changes,
        }
    )
    runs = []
    for place, mean in enumerate(means):
        here = {"slot": place, "combination": place, "nuisance": dict.fromkeys(record.nuisance, 0.25)}
        errors = mean + LUCK[place]
        if place == 0:
            errors = np.where(np.arange(20) < lost, np.nan, errors)
        runs += [
            a_run(record, **here),
            a_run(record, errors=errors, phase="confirm", first_seed=1000, **here),
        ]
    return read_tables(a_study(record, sorted(runs, key=lambda run: run.task.phase != "search")))


def standings(tables: Tables, margin: float) -> list[Standing]:
    return against_best(tables, every_pair(tables, margin))


def test_the_lowest_comes_first_and_each_other_one_is_compared_with_it() -> None:
    tables = confirmed([0.08, 0.05, 0.0502, 0.06])
    found = standings(tables, margin=0.005)
    assert [tables.short(each.choice) for each in found] == ["[9]", "[10]", "[11]", "[8]"]
    assert [each.against.outcome if each.against else None for each in found] == [
        None,
        "equivalent",
        "first",
        "first",
    ]
    assert [each.worse for each in found] == [False, False, True, True]


def test_the_correction_is_for_every_pair_because_any_could_have_had_the_best() -> None:
    tables = confirmed([0.05, 0.0515, 0.052, 0.053])
    found = standings(tables, margin=0.0)
    errors = [tables.errors(tables.confirmed[choice]).to_numpy() for choice in range(4)]
    p_values = [paired_difference(one, other).p for one, other in combinations(errors, 2)]
    assert [each.against.p for each in found if each.against] == pytest.approx(holm(p_values)[:3])


def test_a_choice_that_lost_seeds_is_not_called_worse_or_as_good_without_that() -> None:
    tables = confirmed([0.05, 0.08], lost=3)
    grid = standings_grid(tables, standings(tables, 0.005))
    assert grid is not None
    assert "3 of 20 seeds of [8] diverged" in str(grid.rows[1][-1])


def test_the_table_has_the_best_rate_the_error_and_what_is_shown() -> None:
    tables = confirmed([0.08, 0.05])
    grid = standings_grid(tables, standings(tables, 0.005))
    assert grid is not None
    assert grid.heads == ("choice", "best learning rate", "error on fresh seeds", "beside the best")
    worse_by = "Worse by: the trimmed mean over pairs of seeds, which need not be the difference of the errors shown."
    assert grid.note == f"Brackets: 95 % intervals. {worse_by}"
    equal = confirmed([0.05, 0.05])
    assert standings_grid(equal, standings(equal, 0.005)).note == "Brackets: 95 % intervals."
    assert grid.rows[0][:2] == ("[9]", "0.25")
    assert str(grid.rows[0][2]).startswith("4.99 % [4.9")
    assert grid.rows[0][-1] == "the lowest"
    assert str(grid.rows[1][-1]).startswith("worse by 2.98 points [2.")
    assert grid.numeric == {2}


def test_of_several_parameters_that_were_tuned_the_table_has_the_setting_and_of_none_no_column() -> None:
    both = {"learning_rate": {"low": 0.01, "high": 1.0}, "momentum": {"low": 0.0, "high": 0.9}}
    grids = []
    for nuisance in (both, {}):
        tables = confirmed([0.08, 0.05], nuisance=nuisance)
        grids.append(standings_grid(tables, standings(tables, 0.005)))
    several, none = grids
    assert several is not None
    assert none is not None
    assert several.heads[1] == "best setting"
    assert several.rows[0][1] == "learning rate 0.25, momentum 0.25"
    assert none.heads == ("choice", "error on fresh seeds", "beside the best")


def test_many_choices_are_cut_to_the_best() -> None:
    tables = confirmed([0.05 + 0.001 * place for place in range(20)])
    grid = standings_grid(tables, standings(tables, 0.005))
    assert grid is not None
    assert grid.caption == f"The best {ROWS} of 20 choices"
    assert len(grid.rows) == ROWS


def test_one_choice_has_no_table() -> None:
    tables = confirmed([0.05])
    assert standings(tables, 0.005) == []
    assert standings_grid(tables, []) is None
