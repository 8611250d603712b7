from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions.comparison import compare, elsewhere, judged, shared_rate
from reports.results.tables import read_tables
from reports.statistics.intervals import estimate
from tests.factories import a_record, a_run, a_study


def compared(record, runs, parameter="cost", margin=0.005):
    tables = read_tables(a_study(record, runs))
    return judged(compare(tables, parameter, tables.confirmed), margin)


def both(errors, **changes):
    """A search run and a confirm run for each combination, the latter with these errors."""
    record = a_record(**{"scientific": {"cost": ["quadratic", "cross_entropy"]}, **changes})
    search = [a_run(record, slot=each, combination=each) for each in range(len(errors))]
    fresh = [
        a_run(record, slot=each, combination=each, errors=mine, phase="confirm", first_seed=100)
        for each, mine in enumerate(errors)
    ]
    return record, [*search, *fresh]


NOISE = np.random.default_rng(0).normal(0, 0.02, 12)
SMALL = np.random.default_rng(1).normal(0, 0.001, 12)


@pytest.mark.parametrize(
    ("gap", "spread", "outcome"),
    [
        (0.02, SMALL, "second"),
        (-0.02, SMALL, "first"),
        (0.0, SMALL, "equivalent"),
        (0.002, SMALL, "equivalent"),
        (0.001, NOISE, "undecided"),
    ],
)
def test_the_outcome_follows_the_interval_and_the_margin(gap, spread, outcome):
    base = 0.1 + NOISE
    (found,) = compared(*both([base + gap + spread, base]))
    assert found.outcome == outcome
    assert found.difference.centre == pytest.approx(gap, abs=0.01)


def test_the_noise_that_the_seeds_share_is_taken_out_by_pairing():
    base = 0.1 + NOISE
    (found,) = compared(*both([base + 0.01, base]))
    assert found.difference.low == pytest.approx(0.01)
    assert found.difference.high == pytest.approx(0.01)
    assert found.improvement.centre == 1


def test_pairs_are_made_by_seed_not_by_place():
    record, runs = both([0.1 + NOISE, 0.1 + NOISE[::-1]])
    reverse = tuple(reversed(runs[-1].task.seeds))
    turned = a_run(record, slot=1, combination=1, errors=0.1 + NOISE[::-1], phase="confirm", seeds=reverse)
    (found,) = compared(record, [*runs[:-1], turned])
    assert found.pairs == (0.0,) * 12


def test_only_the_seeds_that_both_have_are_paired():
    record, runs = both([0.1 + NOISE, 0.1 + NOISE])
    later = a_run(record, slot=1, combination=1, errors=0.1 + NOISE, phase="confirm", first_seed=103)
    (found,) = compared(record, [*runs[:-1], later])
    assert len(found.pairs) == 9
    assert found.pairs[0] == pytest.approx(NOISE[3] - NOISE[0])


def test_a_seed_that_diverged_stays_in_its_pair_as_guessing_and_is_counted():
    one = 0.1 + SMALL
    one[3] = np.nan
    (found,) = compared(*both([one, 0.1 + SMALL]))
    assert (len(found.pairs), found.lost) == (12, (1, 0))
    assert found.pairs[3] == pytest.approx(0.9 - 0.1 - SMALL[3])
    assert found.improvement.centre == pytest.approx((1 + 11 / 2) / 12)


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("gap", [0.0, 0.003, -0.01])
def test_seeds_that_diverge_never_make_a_choice_better(lost, gap):
    """Among the seeds that were left, 4 lost ones of 12 once turned "not shown" into "better by 0.5 points"."""
    for trial in range(20):
        rng = np.random.default_rng(trial)
        one, other = 0.1 + gap + rng.normal(0, 0.006, 12), 0.1 + rng.normal(0, 0.006, 12)
        (before,) = compared(*both([one, other]))
        one[rng.permutation(12)[:lost]] = np.nan
        (after,) = compared(*both([one, other]))
        assert after.difference.n == 12
        assert after.difference.centre >= before.difference.centre
        assert after.outcome != "first" or (before.outcome == "first" and lost < 3)
    if lost > 6:
        assert after.outcome == "second"


def test_fewer_than_five_pairs_are_not_measured():
    (found,) = compared(*both([[0.5] * 4, [0.1] * 4]))
    assert found.outcome == "unmeasured"
    assert not found.difference.has_interval


def test_up_to_three_values_every_pair_is_compared_beyond_that_each_with_the_first():
    for values, expected in (
        ("abc", ["a − b", "a − c", "b − c"]),
        ("abcde", ["a − b", "a − c", "a − d", "a − e"]),
    ):
        errors = [0.1 + 0.01 * each + SMALL for each in range(len(values))]
        found = compared(*both(errors, scientific={"cost": list(values)}))
        assert [each.label for each in found] == expected


def test_holm_makes_a_lone_small_p_value_among_many_comparisons_undecided():
    rng = np.random.default_rng(8)
    many = {
        "scientific": {"cost": ["quadratic", "cross_entropy"], "widths": [[each] for each in range(1, 21)]}
    }
    base = [0.1 + rng.normal(0, 0.01, 12) for _ in range(40)]
    base[0] = base[20] + 0.007 + rng.normal(0, 0.012, 12)
    found = compared(*both(base, **many), margin=0.0)
    assert found[0].difference.low > 0
    assert found[0].p > 0.05
    assert found[0].outcome == "undecided"


def rates(tried, **changes):
    record = a_record(**{"scientific": {"cost": ["quadratic", "cross_entropy"]}, **changes})
    runs = []
    for combination, mine in enumerate(tried):
        for rate, errors in mine:
            slot = len(runs)
            runs.append(
                a_run(
                    record,
                    slot=slot,
                    combination=combination,
                    nuisance={"learning_rate": rate},
                    errors=errors,
                )
            )
    return read_tables(a_study(record, runs))


GOOD, STUCK = [0.1] * 5, [0.1, 0.1, 0.1, 0.1, 0.9]


def test_the_shared_rate_is_the_middle_one_at_which_no_seed_of_any_choice_failed():
    tried = [(0.1, GOOD), (0.5, GOOD), (1.0, GOOD), (5.0, STUCK), (9.0, GOOD)]
    tables = rates([tried, [(rate, GOOD) for rate, _ in tried]])
    found = shared_rate(tables)
    assert (found.rate, found.exact) == ("0.5", True)
    assert list(found.runs.values()) == [1, 6]


def test_rates_that_are_near_each_other_pass_for_one_and_are_called_near():
    tables = rates([[(0.1, GOOD), (1.0, GOOD)], [(0.01, GOOD), (1.2, GOOD)]])
    found = shared_rate(tables)
    assert not found.exact
    assert list(found.runs.values()) == [1, 3]


def test_there_is_no_shared_rate_where_rates_lie_apart_or_another_parameter_differs():
    assert shared_rate(rates([[(0.1, GOOD)], [(1.0, GOOD)]])) is None
    two = {"nuisance": {"learning_rate": {"low": 0.1, "high": 1, "log": True}, "momentum": [0.1, 0.9]}}
    assert shared_rate(rates([[(0.1, GOOD)], [(0.1, GOOD)]], **two)) is None


def test_splits_of_the_same_examples_make_the_interval_for_other_data_wider_and_that_for_these_not():
    record, runs = both([[0.1, 0.12, 0.11, 0.13, 0.1, 0.12], [0.2, 0.2, 0.23, 0.21, 0.25, 0.2]])
    one = a_study(record, runs)
    data = {**one.data, "splits": "each_seed", "examples": {"train": 60, "validation": 20, "test": 20}}
    shared, own = (read_tables(each) for each in (one, replace(one, data=data)))
    (narrow,), (wide,) = (compare(each, "cost", each.confirmed) for each in (shared, own))
    assert (narrow.overlap, wide.overlap) == (0, pytest.approx(1 / 3))
    assert wide.difference == estimate(wide.pairs, overlap=1 / 3)
    assert narrow.difference == replace(wide.difference, elsewhere=None)
    there = elsewhere(wide.difference)
    assert there.high - there.low == pytest.approx(
        (narrow.difference.high - narrow.difference.low) * (1 + 6 / 3) ** 0.5
    )
    assert not elsewhere(narrow.difference).has_interval
    rows = [each.row(each.confirmed[0]) for each in (shared, own)]
    assert rows[1]["error_high"] == rows[0]["error_high"]
