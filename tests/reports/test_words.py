import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.control_characters import visible
from reports import words
from reports.statistics.intervals import Estimate


@pytest.mark.parametrize(
    ("parameter", "written"),
    [("learning_rate", "learning rate"), ("svc__C", "svc C"), ("l2", "l2")],
)
def test_a_name_has_spaces_for_underscores(parameter, written):
    assert words.name(parameter) == written


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("cross_entropy", "cross-entropy"),
        ([64, 32], "[64, 32]"),
        (0.1 + 0.2, "0.3"),
        (1e-3, "0.001"),
        (123456.0, "123456"),
        (1e-9, "1.00e−9"),
        (True, "yes"),
        (None, "none"),
        (16, "16"),
        ({"patience": 5, "min_delta": 0.0, "restore": True}, "patience 5"),
        ({"patience": 5, "min_delta": 0.01, "restore": False}, "patience 5, min-delta 0.01, no restore"),
        (-0.5, "−0.5"),
        (float("nan"), "not finite"),
    ],
)
def test_a_setting_is_written_plainly(setting, written):
    assert words.value(setting).replace("e−09", "e−9") == written


def test_no_early_stopping_is_called_that() -> None:
    for nothing in (False, None):
        assert (
            words.settings({"cost": "quadratic", "early_stopping": nothing})
            == "cost quadratic, no early stopping"
        )
        assert words.values({"early_stopping": nothing}) == "no early stopping"
    assert words.settings({"early_stopping": {"patience": 5}}) == "early stopping patience 5"


def test_no_class_weights_are_called_that() -> None:
    for nothing in (None, "none"):
        assert words.settings({"class_weights": nothing}) == "no class weights"
        assert (
            words.values({"cost": "quadratic", "class_weights": nothing}) == "quadratic · no class weighting"
        )
    assert words.settings({"class_weights": "balanced"}) == "class weights balanced"
    assert words.values({"class_weights": "balanced", "widths": [8]}) == "balanced class weighting · [8]"
    assert (
        words.values({"class_weights": {"soon": 2.5, "l\x1bate": 1.0}})
        == r"class weighting soon 2.5, l\u001bate 1"
    )


def test_numbers_keep_their_name_where_values_stand_alone():
    assert words.values({"cost": "quadratic", "depth": 3, "widths": [8]}) == "quadratic · depth 3 · [8]"
    assert words.settings({"batch_size": 16}) == "batch size 16"
    assert words.values({}) == "the only setting"


@pytest.mark.parametrize(
    ("centre", "low", "high", "written"),
    [
        (0.021, 0.018, 0.024, "2.1 % [1.8, 2.4]"),
        (0.006, 0.0035, 0.0090, "0.60 % [0.35, 0.90]"),
        (0.5, 0.3, 0.7, "50 % [30, 70]"),
        (-0.001, -0.004, 0.002, "−0.1 % [−0.4, 0.2]"),
        (-0.00001, -0.003, 0.003, "0.0 % [−0.3, 0.3]"),
    ],
)
def test_an_error_has_as_many_digits_as_its_interval_bears(centre, low, high, written):
    assert words.error(Estimate(centre, low, high, 5)) == written


def test_without_an_interval_there_are_no_brackets():
    nan = float("nan")
    assert words.error(Estimate(0.1, nan, nan, 3)) == "10.0 %"
    assert words.difference(Estimate(nan, nan, nan, 0)) == "no finite value"


@given(st.text(max_size=200))
def test_a_shortened_text_is_one_line_in_which_nothing_is_hidden(text):
    line = words.shortened(text)
    assert len(line) <= words.LONGEST
    assert len(line.splitlines()) <= 1
    assert visible(line) == line


def test_a_moment_has_its_day_and_its_time_zone():
    assert words.moment(1_760_000_000_000) == "9 October 2025, 08:53 UTC"


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (1.5, "1.5"),
        (37.2, "37"),
        (1500.0, "more than 1,000"),
        (1.1e13, "more than a million"),
        (5e4, "more than 10,000"),
    ],
)
def test_a_large_factor_is_told_by_its_power_of_ten(times: float, said: str) -> None:
    assert words.factor(times) == said


@pytest.mark.parametrize(
    ("size", "value", "low", "high", "written"),
    [
        (0.4, 0.41234, 0.4, 0.42, "0.412 [0.400, 0.420]"),
        (50.0, 54.123, 52.8, 55.4, "54.1 [52.8, 55.4]"),
        (5000.0, 5412.3, 5280.0, 5540.0, "5412 [5280, 5540]"),
        (0.0, 0.0, 0.0, 0.0, "0.0 in every seed"),
    ],
)
def test_errors_may_be_told_in_a_unit_of_their_own(size, value, low, high, written):
    error = Estimate(value, low, high, 5)
    with words.told_in(words.own_unit(size)):
        assert words.error(error) == written
        assert words.percent(value) == written.split()[0]
        assert words.apart(value) == written.split()[0]
        assert words.portion(0.5) == "50.0 %"
    assert words.percent(0.0213) == "2.1 %"
    assert words.apart(0.0213) == "2.1 points"


def test_an_amount_that_rounds_to_zero_has_no_minus() -> None:
    assert words.amount(Estimate(-0.001, -0.6, 0.6, 10)) == "0.00 [−0.60, 0.60]"
