"""What the test part says of a champion's networks, one by one and averaged."""

import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from experiments.wording import ONE_SPLIT
from reports.conclusions.model_errors import errors_grid, gain_sentence, measured, sentences
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import Tables, read_tables
from reports.statistics.over_examples import difference_over_examples, error_over_examples
from tests.factories import DATA, a_record, a_run, a_study

RNG = np.random.default_rng(3)
WRONG = (RNG.random((5, 200)) < 0.2).astype(np.float32)
BETTER = (WRONG.mean(axis=0) > 0.5).astype(float)
"""What a majority of the five gets wrong, which is less."""


def tables(**champion: Any) -> Tables:
    """A study with a confirmed winner and its champion."""
    record = a_record(
        scientific={"widths": [[8]]}, data={**DATA, "examples": {"train": 90, "validation": 30, "test": 200}}
    )
    errors = (0.2, 0.21, 0.19, 0.2, 0.22)
    loss = champion.get("test_loss", WRONG)
    known = {
        "test_loss": loss,
        "test_error": loss.mean(axis=1).astype(float) if loss.size else None,
        "champion_seed": 1002,
        "ensemble_error": float(BETTER.mean()),
        "ensemble_loss": BETTER,
        **champion,
    }
    return read_tables(
        a_study(
            record,
            [
                a_run(record, slot=0, errors=errors),
                a_run(record, slot=0, errors=errors, phase="confirm", first_seed=1000),
                a_run(record, slot=0, errors=errors, phase="champion", first_seed=1000, **known),
            ],
        )
    )


def test_the_gain_is_the_mean_network_less_the_ensemble_with_its_interval_over_examples() -> None:
    found = measured(tables())
    assert found is not None
    expected = difference_over_examples(WRONG, BETTER[np.newaxis])
    np.testing.assert_equal(asdict(found.gain), asdict(expected))
    assert found.gain.centre == pytest.approx(WRONG.mean() - BETTER.mean())
    assert found.gain.n == 200
    np.testing.assert_equal(asdict(found.ensemble), asdict(error_over_examples(BETTER[np.newaxis])))
    np.testing.assert_equal(asdict(found.chosen), asdict(error_over_examples(WRONG[[2]])))
    assert (found.networks, found.examples) == (5, 200)
    told = gain_sentence(found)
    assert "the answers of its 5 networks have an error of" in told
    assert ": averaging gains " in told


def test_a_gain_that_is_not_shown_is_undecided_and_a_loss_is_called_one() -> None:
    worse = 1 - (1 - WRONG).min(axis=0).astype(float)
    found = measured(tables(ensemble_loss=worse, ensemble_error=float(worse.mean())))
    assert found is not None
    assert ": averaging loses " in gain_sentence(found)
    same = WRONG[0].astype(float)
    found = measured(tables(ensemble_loss=same, ensemble_error=float(same.mean())))
    assert found is not None
    assert found.gain.low < 0 < found.gain.high
    assert "Whether averaging gains anything is undecided" in gain_sentence(found)


def test_a_network_that_diverged_has_no_part_in_the_mean() -> None:
    lost = WRONG.copy()
    lost[1] = np.nan
    found = measured(tables(test_loss=lost))
    assert found is not None
    alive = lost[[0, 2, 3, 4]]
    assert found.gain.centre == pytest.approx(alive.mean() - BETTER.mean())
    assert found.networks == 4
    assert found.over_seeds.n == 5
    assert "its 4 networks" in gain_sentence(found)


def test_an_error_that_is_no_mean_over_examples_has_a_gain_without_an_interval() -> None:
    none = np.zeros((0, 0), np.float32)
    found = measured(
        tables(
            test_loss=none,
            test_error=np.array([0.2, 0.3, 0.2, 0.4, 0.4]),
            ensemble_error=0.1,
            ensemble_loss=np.zeros(0),
        )
    )
    assert found is not None
    assert found.gain.centre == pytest.approx(0.2)
    assert not found.gain.has_interval
    assert gain_sentence(found).endswith("This error is no mean over examples, so the gain has no interval.")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"drawn": "groups"}, "The test examples belong together in groups"),
        ({"drawn": "ordered"}, "The test examples follow one another in time"),
        ({"source": f"a.csv{ONE_SPLIT['groups']}"}, "The test examples belong together in groups"),
    ],
)
def test_examples_that_depend_on_each_other_have_no_interval_over_them(
    data: dict[str, str], why: str
) -> None:
    plain = tables()
    dependent = replace(plain, study=replace(plain.study, data={**plain.study.data, **data}))
    found = measured(dependent)
    assert found is not None
    assert found.over_seeds.has_interval
    assert not found.over_examples_known
    assert found.gain.centre == pytest.approx(WRONG.mean() - BETTER.mean())
    assert gain_sentence(found).endswith(f"{why}, so the gain has no interval.")
    grid = errors_grid(dependent)
    assert grid is not None
    assert grid.caption.endswith("with an interval over seeds")
    (sentence,) = (each for each in reach_verdict(dependent).sentences if "test split" in each)
    assert re.search(
        r" over seeds; on (other groups|later rows) it may be higher or lower than that\.$", sentence
    )


def test_a_record_of_an_earlier_version_knows_only_its_networks_one_by_one() -> None:
    old = tables(champion_seed=-1, ensemble_error=None, ensemble_loss=np.zeros(0))
    found = measured(old)
    assert found is not None
    assert gain_sentence(found) == ""
    (line,) = sentences(old)
    assert "models:/digits@champion" in line
    assert "ensemble" not in line
    grid = errors_grid(old)
    assert grid is not None
    assert [row[0] for row in grid.rows] == ["a single network, mean of 5"]


def test_the_table_has_each_model_with_its_intervals() -> None:
    grid = errors_grid(tables())
    assert grid is not None
    assert [row[0] for row in grid.rows] == [
        "a single network, mean of 5",
        "the network that is registered, seed 1002",
        "the ensemble of 5",
        "what the ensemble gains over a single network",
    ]
    assert "[" in str(grid.rows[0][1])
    assert all("[" in str(row[2]) for row in grid.rows)
    assert "200 test examples" in grid.caption


def test_there_is_nothing_to_say_without_a_champion() -> None:
    record = a_record(scientific={"widths": [[8]]})
    none = read_tables(a_study(record, [a_run(record, slot=0)]))
    assert (measured(none), sentences(none), errors_grid(none)) == (None, [], None)
    lost = tables(test_loss=np.full((5, 200), np.nan, np.float32))
    assert measured(lost) is None
