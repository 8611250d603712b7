import numpy as np
import pytest

from reports.conclusions import overfitting
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def trained(mean, seeds=12, spread=0.001):
    """Tables of one choice whose seeds follow a mean curve, each a little above or below it."""
    record = a_record(scientific={}, combinations=({},))
    one = a_run(record, slot=0, errors=[mean[-1]] * seeds, epochs=len(mean))
    offsets = spread * np.linspace(-1, 1, seeds)
    tilt = np.linspace(-1, 1, len(mean)) * offsets[::-1, None]
    one.curves["validation_error"][:] = np.array(mean) + offsets[:, None] + tilt
    return read_tables(a_study(record, [one]))


def test_an_error_that_rises_after_its_lowest_epoch_is_over_fitting():
    tables = trained([0.5, 0.2, 0.1, 0.12, 0.15])
    (turn,) = overfitting.turns(tables)
    assert (turn.epoch, turn.epochs, turn.overfits) == (3, 5, True)
    assert turn.rise.centre == pytest.approx(0.05, abs=1e-3)
    (text,) = overfitting.sentences(tables)
    assert "after epoch 3" in text
    assert "5.0" in text


def test_a_rise_within_the_luck_of_the_seeds_is_none():
    tables = trained([0.5, 0.2, 0.1, 0.1001], spread=0.01)
    assert not overfitting.turns(tables)[0].overfits
    assert "do not show" in overfitting.sentences(tables)[0]


@pytest.mark.parametrize("confirmed", [True, False])
def test_seeds_that_chose_an_epoch_do_not_judge_it(confirmed):
    """Of curves that are nothing but noise the lowest epoch looks better than the last: chance, not over-fitting."""
    record, rng = a_record(scientific={}, combinations=({},)), np.random.default_rng(0)
    found = []
    for _ in range(150):
        runs = [a_run(record, slot=0, errors=[0.1] * 10, epochs=40)]
        if confirmed:
            runs.append(a_run(record, slot=0, errors=[0.1] * 10, epochs=40, phase="confirm", first_seed=100))
        for one in runs:
            one.curves["validation_error"][:] = 0.1 + 0.01 * rng.normal(size=(10, 40))
        found += overfitting.turns(read_tables(a_study(record, runs)))
    assert sum(turn.overfits for turn in found) <= 14
    assert np.mean([turn.rise.centre for turn in found]) == pytest.approx(0, abs=0.002)


def test_with_few_seeds_nothing_is_said_to_over_fit():
    tables = trained([0.5, 0.1, 0.3], seeds=3)
    assert not overfitting.turns(tables)[0].overfits
    assert overfitting.sentences(tables) == (
        "These seeds are too few to tell whether training went on too long.",
    )
    assert overfitting.turns_grid(tables).rows[0][-1] == "too few seeds"


def test_an_error_that_falls_to_the_end_is_lowest_there():
    (turn,) = overfitting.turns(trained([0.5, 0.3, 0.1]))
    assert (turn.epoch, turn.rise.centre) == (3, 0)
    assert not turn.overfits
