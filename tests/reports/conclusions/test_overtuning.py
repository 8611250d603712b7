import numpy as np
import pytest

from reports.conclusions.overtuning import followed, overtuned, sentences
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def searched(errors):
    """A study of one choice with these errors of its trials, (n, S)."""
    record = a_record(scientific={"cost": ["quadratic"]}, trials=len(errors), seeds=len(errors[0]))
    return read_tables(
        a_study(
            record,
            [
                a_run(record, slot=slot, nuisance={"learning_rate": 0.1 * (slot + 1)}, errors=mine)
                for slot, mine in enumerate(errors)
            ],
        )
    )


def test_the_leader_is_followed_by_the_other_seeds_alone():
    errors = np.array([[0.2, 0.2, 0.2], [0.1, 0.3, 0.1], [0.3, 0.0, 0.3]])
    by_hand = [
        [
            errors[
                min(range(t + 1), key=lambda trial: (np.delete(errors[trial], seed).sum().round(12), trial)),
                seed,
            ]
            for seed in range(3)
        ]
        for t in range(3)
    ]
    np.testing.assert_array_equal(followed(errors), by_hand)


def test_a_search_that_its_seeds_led_astray_is_said_to_be_overtuned():
    rng = np.random.default_rng(0)
    good = 0.1 + rng.normal(0, 0.001, 8)
    lucky = [
        np.where(np.arange(8) == seed, 0.9, 0.04) for seed in range(8)
    ]  # each seed finds one of its own bad
    tables = searched([good, *lucky])
    (found,) = overtuned(tables)
    assert found.after == 1
    assert found.loss.low > 0
    (text,) = sentences(tables)
    assert text.startswith("Overtuning: on seeds that did not choose between them")
    assert "after 1 trial)" in text


@pytest.mark.parametrize("seeds", [4, 5])
def test_a_search_that_gets_better_is_not_overtuned(seeds):
    falling = [0.3 - 0.02 * trial + 0.001 * np.arange(seeds) for trial in range(8)]
    assert sentences(searched(falling)) == []


def test_where_all_trials_are_alike_it_is_hardly_ever_said():
    rng = np.random.default_rng(1)
    said = sum(bool(sentences(searched(0.1 + rng.normal(0, 0.01, (8, 5))))) for _ in range(60))
    assert said <= 6
