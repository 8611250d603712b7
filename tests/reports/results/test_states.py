import numpy as np
import pytest

from reports.results.states import ENDINGS, MEANING, run_ending, seed_endings
from reports.results.tables import read_tables
from tests.factories import a_failed_run, a_record, a_run, a_study

CHANCE = 0.9


def endings(made, learnt_from=1.0):
    return seed_endings(made, CHANCE, learnt_from)


def test_a_seed_that_ends_near_guessing_is_slow_only_below_every_rate_that_learnt():
    for rate, ending in ((0.1, "slow"), (1.0, "stuck"), (10.0, "stuck")):
        made = a_run(a_record(), slot=0, nuisance={"learning_rate": rate}, errors=[0.71, 0.73, 0.9])
        assert endings(made) == ["complete", ending, ending]


def test_without_a_rate_to_compare_with_it_is_stuck():
    made = a_run(a_record(), slot=0, nuisance={"momentum": 0.5}, errors=[0.9])
    assert endings(made) == ["stuck"]
    assert endings(made, float("nan")) == ["stuck"]


def test_diverged_is_told_from_the_numbers_and_from_the_record():
    made = a_run(a_record(), slot=0, errors=[np.nan, 0.1, 0.1], diverged_at=np.array([2, 0, 3]))
    assert endings(made) == ["diverged", "complete", "diverged"]


def test_the_cost_has_no_say():
    made = a_run(a_record(), slot=0, errors=[0.1])
    made.curves["validation_cost"][:] = 1e9
    assert endings(made) == ["complete"]


def test_a_pruned_run_has_pruned_seeds_and_a_failed_one_failed_seeds():
    record = a_record()
    assert endings(a_run(record, slot=0, errors=[0.95, np.nan], state="pruned")) == ["pruned", "diverged"]
    assert endings(a_failed_run(record, slot=1, reason="x")) == ["failed"] * 5


@pytest.mark.parametrize(
    ("seeds", "run"),
    [
        ("complete complete stuck", "complete"),
        ("complete stuck", "stuck"),
        ("complete diverged stuck diverged", "diverged"),
        ("stuck diverged", "diverged"),
        ("slow slow complete", "slow"),
        ("", "failed"),
    ],
)
def test_a_run_ends_as_most_of_its_seeds_do_the_worse_winning_a_tie(seeds, run):
    assert run_ending(a_run(a_record(), slot=0), seeds.split()) == run


def test_a_pruned_run_is_pruned_whatever_its_seeds_did():
    made = a_run(a_record(), slot=0, state="pruned")
    assert run_ending(made, ["diverged"] * 5) == "pruned"


def test_every_ending_has_a_meaning():
    assert set(MEANING) == set(ENDINGS)


def test_a_run_is_not_slow_where_a_lower_rate_learnt_whatever_else_was_tuned():
    """At rate 3.89 the error was 34 % and at 0.389 it was 1.4 %; the best trial had a higher rate and less momentum."""
    record = a_record(scientific={}, combinations=({},), nuisance={
        "learning_rate": {"low": 0.01, "high": 10.0, "log": True}, "momentum": {"low": 0.0, "high": 0.99}
    })  # fmt: skip
    tried = [(5.0, 0.1, 0.01), (3.89, 0.95, 0.8), (0.389, 0.95, 0.014), (0.01, 0.1, 0.85)]
    runs = [
        a_run(record, slot=slot, nuisance={"learning_rate": rate, "momentum": momentum}, errors=[error] * 5)
        for slot, (rate, momentum, error) in enumerate(tried)
    ]
    assert list(read_tables(a_study(record, runs)).trials["state"]) == [
        "complete",
        "stuck",
        "complete",
        "slow",
    ]
