"""Numbers and settings as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.words import duration, percent, plural, settings


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45.2, "45 s"),
        (59.6, "1 min 0 s"),
        (130, "2 min 10 s"),
        (3599.7, "1 h 0 min"),
        (11_100, "3 h 5 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_a_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.125, "12.5 %"),
        (0.01528, "1.5 %"),
        (0.00417, "0.42 %"),
        (0.000278, "0.028 %"),
        (1e-12, "0.000000 %"),
    ],
)
def test_an_error_as_a_percentage(error: float, words: str) -> None:
    assert percent(error) == words


@given(st.floats(1e-6, 1))
def test_a_percentage_is_right_to_a_twentieth(error: float) -> None:
    assert float(percent(error).removesuffix(" %")) / 100 == pytest.approx(error, rel=0.051)


def test_numbers_are_named_and_words_and_lists_speak_for_themselves() -> None:
    assert settings({"cost": "cross_entropy", "widths": [64, 32], "learning_rate": 0.4444}) == (
        "cross_entropy, [64, 32], learning_rate 0.444"
    )
    assert settings({"batch_size": 16, "l2": 1e-5}) == "batch_size 16, l2 1e-05"
    assert settings({"biases": True, "widths": []}) == "biases, []"
    assert settings({"biases": False}) == "no biases"
    assert settings({}) == ""


def test_one_and_many() -> None:
    assert [plural(count, "trial") for count in (0, 1, 2, 1234)] == [
        "0 trials",
        "1 trial",
        "2 trials",
        "1,234 trials",
    ]
