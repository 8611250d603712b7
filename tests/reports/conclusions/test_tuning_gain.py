"""What tuning gained, from records made by hand: winner and default setting on the same fresh seeds."""

from typing import Any

import numpy as np
import pytest

from experiments.task import FRESH
from reports.conclusions import tuning_gain
from reports.conclusions.tuning_gain import gains, gains_grid, not_run
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import Tables, read_tables
from tests.factories import DATA, a_record, a_run, a_study

SEEDS = 5
LUCK = 0.004 * np.linspace(-1, 1, 10)[[3, 8, 0, 5, 9, 1, 6, 2, 7, 4]]  # its mean is 0, trimmed or not


def trained(
    *choices: tuple[Any, Any], costs: tuple[str, ...] = ("quadratic", "cross_entropy"), **changes: Any
) -> Tables:
    """Choices, each with the errors of its winner and of its default setting on fresh seeds; None for no run."""
    record = a_record(
        scientific={"cost": list(costs[: len(choices)])},
        **{"trials": len(choices), "default_setting": True, **changes},
    )
    runs = []
    for place, (winner, default) in enumerate(choices):
        tuned = {"nuisance": {"learning_rate": 3.0}, "slot": place, "combination": place}
        runs.append(a_run(record, errors=[0.05] * SEEDS, **tuned))
        if winner is not None:
            runs.append(a_run(record, errors=winner, phase="confirm", first_seed=FRESH, **tuned))
        if default is not None:
            untuned = {**tuned, "nuisance": {"learning_rate": 0.1}}
            seeds = (*range(SEEDS), *range(FRESH, FRESH + len(default)))
            errors = [
                *[0.5] * SEEDS,
                *default,
            ]  # what it came to on the seeds of the search is another matter
            runs.append(a_run(record, errors=errors, phase="default", **untuned, seeds=seeds))
    runs.sort(key=lambda run: ("search", "confirm", "default").index(run.task.phase))
    return read_tables(a_study(record, runs))


def sentences(tables: Tables) -> list[str]:
    return tuning_gain.sentences(tables, gains(tables))


def test_the_gain_is_paired_over_the_fresh_seeds_alone() -> None:
    noise = 0.05 * np.cos(np.arange(10))  # of the seed, and so in both
    tables = trained((0.1 + noise, 0.112 + noise + LUCK / 10))
    (gain,) = gains(tables)
    assert gain.gain.n == 10
    assert gain.gain.centre == pytest.approx(0.012, abs=3e-4)
    assert 0.0115 < gain.gain.low < gain.gain.high < 0.0125
    assert gain.errors[0] - gain.errors[1] == pytest.approx(0.012, abs=3e-4)
    assert sentences(tables) == ["Tuning lowered the error by 1.200 points [1.174, 1.226]."]


def test_a_search_that_did_harm_and_one_that_shows_nothing_are_said_to() -> None:
    tables = trained((0.1 + LUCK, 0.05 - LUCK), (0.1 + LUCK, 0.1 - LUCK))
    assert [gain.direction for gain in gains(tables)] == [-1, 0]
    harm, nothing = sentences(tables)
    assert harm.startswith("Tuning raised the error by 5.0 points [4.")
    assert harm.endswith("with quadratic.")
    assert nothing.startswith("Tuning is not shown to have changed the result with cross-entropy (")


def test_the_choices_are_one_family() -> None:
    weak = 0.1 + 2.3 * LUCK / 2
    alone = gains(trained((0.1 - LUCK / 2, weak + 0.005)))[0]
    (first, second) = gains(trained((0.1 - LUCK / 2, weak + 0.005), (0.1 + LUCK, 0.1 - LUCK)))
    assert first.p == pytest.approx(2 * alone.p)
    assert second.p >= first.p


def test_seeds_of_the_default_setting_that_diverged_count_as_guessing_and_are_named() -> None:
    lost = np.where(np.arange(10) < 4, np.nan, 0.2 + LUCK)
    tables = trained((0.1 + LUCK, lost))
    (gain,) = gains(tables)
    assert gain.lost == (4, 0)
    assert "(4 of 10 seeds of the default setting diverged)" in " ".join(sentences(tables))
    (whole,) = gains(trained((0.1 + LUCK, np.full(10, np.nan))))
    assert whole.errors[0] == pytest.approx(0.9)
    assert whole.direction == 1


def test_a_search_that_ended_at_the_default_setting_gained_nothing_and_says_so() -> None:
    record = a_record(scientific={"cost": ["quadratic"]}, trials=1, default_setting=True)
    same = {"slot": 0, "nuisance": {"learning_rate": 0.1}}
    runs = [
        a_run(record, **same),
        a_run(record, errors=0.1 + LUCK, phase="confirm", first_seed=FRESH, **same),
        a_run(record, errors=0.1 + LUCK, phase="default", first_seed=FRESH, **same),
    ]
    tables = read_tables(a_study(record, runs))
    assert sentences(tables) == ["The search ended at the default setting."]


def test_many_choices_are_told_by_the_least_and_the_most() -> None:
    costs = ("quadratic", "cross_entropy", "absolute", "huber", "log_cosh")
    gained = [(0.1 + LUCK, 0.1 + size + LUCK / 2) for size in (0.02, 0.05, 0.03, 0.08)]
    tables = trained(*gained, (0.1 + LUCK, 0.1 - LUCK), costs=costs)
    lowered, rest = sentences(tables)
    assert lowered.startswith("Tuning lowered the error with 4 of 5 choices, by 2.00 points [")
    assert " with quadratic to 8.00 points [" in lowered
    assert lowered.endswith(" with huber.")
    assert "log-cosh" in rest


def test_a_study_of_the_target_is_asked_how_soon_it_was_reached() -> None:
    tables = trained(
        (0.1 + LUCK, 0.3 + LUCK), objective="epochs_to_target", target_error=0.5, confirm_seeds=10
    )
    (gain,) = gains(tables)
    assert gain.sooner == (10, 0)
    assert gain.p == pytest.approx(2 * 0.5**10)
    assert sentences(tables) == ["With tuning the target is reached sooner in 10 of 10 seeds."]


def test_looks_at_the_target_are_allowed_for_as_well() -> None:
    asked: dict[str, Any] = {"objective": "epochs_to_target", "target_error": 0.5, "confirm_seeds": 20}
    choice = (0.1 + LUCK, 0.3 + LUCK)
    once, often = (gains(trained(choice, until=until, **asked))[0] for until in ("", "answered"))
    assert once.sooner == often.sooner
    assert often.p > 1.5 * once.p


def test_what_holds_for_other_data_is_said_apart() -> None:
    own = {"data": {**DATA, "splits": "each_seed"}}
    clear, unclear = ((0.1 + LUCK, 0.1 + size + LUCK / 2) for size in (0.1, 0.0025))
    (text,) = sentences(trained(clear, **own))
    assert text.endswith("]; this holds for other data from the same source, too.")
    (text,) = sentences(trained(unclear, **own))
    assert text.endswith("], on this data set; for other data this is not shown.")
    tables = trained(clear, unclear, **own)
    assert [(gain.direction, gain.elsewhere) for gain in gains(tables)] == [(1, True), (1, False)]
    assert sentences(tables)[0].endswith(
        ", on this data set; for 1 choice this holds for other data from the same source, too."
    )
    grid = gains_grid(tables, gains(tables))
    assert grid.heads[5] == "on other data"


def test_a_gain_that_is_not_the_difference_of_the_errors_next_to_it_is_explained() -> None:
    tables = trained((0.1 + LUCK, 0.2 + LUCK**2))
    (gain,) = gains(tables)
    assert gain.gain.centre != pytest.approx(gain.errors[0] - gain.errors[1])
    assert gains_grid(tables, [gain]).note.startswith("Gain: the trimmed mean over pairs of seeds")


def test_where_looks_were_taken_the_interval_allows_for_them() -> None:
    choice = (0.1 + LUCK, 0.11 - LUCK)
    once, often = (gains(trained(choice, confirm_seeds=20, until=until))[0] for until in ("", "answered"))
    assert often.gain.high - often.gain.low > 1.2 * (once.gain.high - once.gain.low)
    assert often.p > once.p


def test_the_verdict_says_it_and_nothing_else_hangs_on_the_default_settings() -> None:
    both = (0.1 + LUCK, 0.2 + LUCK / 2), (0.3 + LUCK, 0.31 + LUCK / 2)
    tables = trained(*both)
    without = trained(*((winner, None) for winner, _ in both))
    said, silent = (reach_verdict(each) for each in (tables, without))
    gain = sentences(tables)
    assert gain
    assert [each for each in said.sentences if each not in gain] == list(silent.sentences)
    assert said.warnings == silent.warnings
    assert tables.winners == without.winners
    assert dict(tables.confirmed).keys() == dict(without.confirmed).keys()


def test_a_row_for_each_choice_and_the_default_setting_in_words() -> None:
    tables = trained((0.1 + LUCK, 0.2 + LUCK / 2), (0.3 + LUCK, None))
    grid = gains_grid(tables, gains(tables))
    ((choice, setting, before, after, gain, _, finding),) = grid.rows
    assert (choice, setting, before, after) == ("cost quadratic", "learning rate 0.1", "20.0 %", "10.0 %")
    assert str(gain).startswith("10.00 points [")
    assert finding == "tuning paid"


def test_a_study_from_before_says_that_they_were_not_trained() -> None:
    (text,) = not_run(trained((0.1 + LUCK, None), default_setting=False))
    assert text.startswith("The default settings were not trained in this study")
    assert sentences(trained((0.1 + LUCK, None), default_setting=False)) == []
    assert not_run(trained((0.1 + LUCK, None))) == []
    assert not_run(trained((0.1 + LUCK, None), default_setting=False, nuisance={})) == []
