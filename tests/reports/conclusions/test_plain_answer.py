"""The answer in plain words, from records made by hand: one of a kind of study each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from experiments.task import FRESH
from reports.conclusions.verdict import Verdict, reach_verdict
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd

LUCK = 0.002 * np.random.default_rng(1).normal(size=(12, 20))
LUCK -= LUCK.mean(axis=1, keepdims=True)


def verdict(
    means: Sequence[float], scientific: Any, spread: float = 1.0, lost: int = 0, **changes: Any
) -> Verdict:
    """On choices with these errors on 20 fresh seeds, in the order of the combinations; the first loses some."""
    record = a_record(**{"scientific": scientific, "trials": len(means), "confirm_seeds": 20, **changes})
    runs = []
    for place, mean in enumerate(means):
        here: dict[str, Any] = {"slot": place, "combination": place, "nuisance": {"learning_rate": 0.25}}
        errors = mean + spread * LUCK[place]
        if place == 0:
            errors = np.where(np.arange(20) < lost, np.nan, errors)
        runs += [
            a_run(record, **here),
            a_run(record, errors=errors, phase="confirm", first_seed=FRESH, **here),
        ]
        if record.default_setting:
            untuned = {**here, "nuisance": {"learning_rate": 0.1}}
            runs.append(a_run(record, errors=0.2 + LUCK[place], phase="default", first_seed=FRESH, **untuned))
    runs.sort(key=lambda run: ("search", "confirm", "default").index(run.task.phase))
    return reach_verdict(read_tables(a_study(record, runs)))


COSTS = {"cost": ["quadratic", "cross_entropy"]}
BOTH = {**COSTS, "widths": [[8], [16], [64]]}


@pytest.mark.parametrize(
    ("means", "scientific", "expected"),
    [
        (
            [0.08, 0.05], COSTS,
            (
                "On digits, the cost matters: cross-entropy is better than quadratic, by 2.99 points. The lowest "
                "error is 5.01 %, with cross-entropy."
            ),
        ),
        (
            [0.05, 0.0502], COSTS,
            (
                "On digits, the cost makes no difference of 0.5 points or more. The lowest error is 5.01 %, with "
                "quadratic; cross-entropy may be as good."
            ),
        ),
        (
            [0.05, 0.0546], COSTS,
            (
                "On digits, the cost makes a difference that may be too small to matter: quadratic is better than "
                "cross-entropy, by 0.47 points. The lowest error is "
            ),
        ),
        (
            [0.08, 0.06, 0.05] * 2, BOTH,
            (
                "On digits, the widths matter: [64] is better than [8] and [16], by up to 3.01 points. The cost "
                "makes no difference of 0.5 points or more. The lowest error is 5.00 %, with "
            ),
        ),
        (
            [0.08, 0.05, 0.05] * 2, BOTH,
            (
                "On digits, the widths matter: [16] and [64] are better than [8], by up to 3.01 points, in 4 of 6 "
                "comparisons. The cost makes no difference"
            ),
        ),
        (
            [0.04, 0.06, 0.075, 0.1, 0.09, 0.0755], BOTH,
            (
                "On digits, the cost matters: quadratic is better than cross-entropy, by up to 6.01 points, in 2 of 3 "
                "comparisons. Which widths are better depends on the cost: [8] is better than [64] by 3.50 points with "
                "cost quadratic, and [64] is better than [8] by 2.46 points with cost cross-entropy. The lowest "
            ),
        ),
        (
            [0.06, 0.05, 0.05, 0.061], {**COSTS, "widths": [[8], [64]]},
            (
                "On digits, which cost is better depends on the widths: quadratic is better than cross-entropy by 1.10 "
                "points with widths [64], and cross-entropy is better than quadratic by 1.00 points with widths [8]. "
                "The lowest error is "
            ),
        ),
        (
            [0.08, 0.06, 0.05, 0.076, 0.056, 0.046], BOTH,
            (
                "On digits, the widths matter: [64] is better than [8] and [16], by up to 3.01 points. The cost makes "
                "a difference that may be too small to matter: cross-entropy is better than quadratic, by up to 0.40 "
                "points."
            ),
        ),
    ],
)  # fmt: skip
def test_what_matters_comes_first(means: list[float], scientific: Any, expected: str) -> None:
    said = verdict(means, scientific).sentences[0]
    assert said.startswith(expected)


def test_what_is_open_is_called_open_after_what_is_shown_and_by_itself() -> None:
    wide = verdict([0.05, 0.052], COSTS, spread=10)
    assert wide.sentences[0].startswith(
        "On digits, it cannot be told yet whether the cost matters. The lowest error is "
    )
    assert wide.sentences[0].endswith(" may be as good.")
    both = verdict([0.05, 0.05, 0.05, 0.2, 0.2, 0.2], BOTH, spread=10)
    assert ". Whether the widths matter stays open. " in both.sentences[0]


def test_a_choice_that_lost_seeds_is_not_praised_without_that() -> None:
    said = verdict([0.05, 0.2], COSTS, lost=1).sentences[0]
    assert said.count("diverged") == 2
    assert "(1 of 20 seeds of quadratic diverged)" in said


def test_a_single_choice_is_told_by_what_tuning_gained() -> None:
    only: dict[str, Any] = {"scientific": {}, "combinations": ({},), "default_setting": True}
    (said, *_) = verdict([0.05], **only).sentences
    assert said == (
        "On digits, the best setting found is learning rate 0.25, with an error of 5.01 % on fresh seeds; "
        "tuning lowered it by 15.0 points."
    )


def test_one_choice_of_several_that_is_confirmed_is_named_and_the_others_are_counted() -> None:
    (said, *_) = reach_verdict(read_tables(odd("confirmed in part"))).sentences
    assert said == (
        "On digits, quadratic · [8] has an error of 6.45 % on fresh seeds; 3 other choices have not been trained on "
        "fresh seeds yet."
    )


def test_a_study_of_the_target_is_answered_by_who_reaches_it_sooner() -> None:
    asked: dict[str, Any] = {"objective": "epochs_to_target", "target_error": 0.5}
    clear = verdict([0.05, 0.45], COSTS, **asked).sentences[0]
    assert clear == (
        "On digits, quadratic reaches an error of 50.0 % sooner than cross-entropy, in 20 of 20 pairs of seeds."
    )
    for means in (
        [0.05, 0.05],
        [0.1995, 0.2005],
    ):  # of the latter quadratic is sooner in some seeds, not in enough
        found = verdict(means, COSTS, **asked)
        assert found.sentences[0].startswith("On digits, it cannot be told yet whether ")
    (race,) = found.findings.race
    assert race.before > race.after > 0


@pytest.mark.parametrize("name", ["empty", "all failed", "interrupted", "one trial"])
def test_before_anything_is_confirmed_there_is_no_such_line(name: str) -> None:
    assert not reach_verdict(read_tables(odd(name))).sentences[0].startswith("On ")


def test_how_sure_it_is_has_a_line_each_for_what_holds_what_is_open_and_what_might_turn_it() -> None:
    decided = verdict([0.08, 0.05], COSTS)
    assert decided.sure["It holds for"].startswith("Sigmoid units, batch 16, 30 epochs, one split of")
    assert decided.sure["What stays open"] == "Nothing: every comparison is decided."
    wide = verdict([0.05, 0.05, 0.05, 0.2, 0.2, 0.2], BOTH, spread=10)
    assert wide.sure["What stays open"].startswith("6 of 9 comparisons are undecided")
    assert "fresh seeds show a difference" in wide.sure["What stays open"]
    fine = verdict([0.05, 0.05, 0.05, 0.2, 0.2, 0.2], BOTH, spread=10, equivalence_margin=0.001)
    assert fine.sure["What stays open"] == "6 of 9 comparisons are undecided.", (
        "the margin is less than an example"
    )
    assert "only 1 trial" in decided.sure["What could overturn it"]


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([0.05, 0.0502, 0.0503], "; both other choices may be as good."),
        ([0.05, 0.0502, 0.0503, 0.0504], "; all 3 other choices may be as good."),
        ([0.05, 0.0502, 0.0503, 0.09], "; 2 of the 3 other choices may be as good."),
    ],
)
def test_the_others_that_may_be_as_good_are_counted_as_people_do(
    means: Sequence[float], expected: str
) -> None:
    widths = [[8], [16], [32], [64]][: len(means)]
    assert verdict(means, {"widths": widths}).sentences[0].endswith(expected)
