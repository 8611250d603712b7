"""Ranges: what is none, and what to write instead."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from studies.space.ranges import Range, largest
from tests.studies.spaces import ranges


def refused(**said: Any) -> list[tuple[Any, str]]:
    """The key and the message of each mistake."""
    with pytest.raises(ValidationError) as wrong:
        Range.model_validate(said)
    return [
        (one["loc"][-1] if one["loc"] else one.get("ctx", {}).get("key"), one["msg"])
        for one in wrong.value.errors()
    ]


@pytest.mark.parametrize(
    ("said", "key", "message"),
    [
        ({"low": 1, "high": 1}, "low", "low must be below high"),
        ({"low": 2.0, "high": 1.0}, "low", "low must be below high"),
        ({"low": 0, "high": 1, "log": True}, "low", "low must be above 0 where log = true"),
        ({"low": -1.0, "high": 1.0, "log": True}, "low", "low must be above 0 where log = true"),
        ({"low": float("nan"), "high": 1.0}, "low", "should be a finite number"),
        ({"low": False, "high": 2}, "low", "should be a finite number"),
        ({"low": 1, "high": 10**400}, "high", "should be a number that float64 holds"),
        ({"low": 0, "high": 1, "step": 0}, "step", "step must be above 0"),
        ({"low": 0, "high": 1, "step": -0.5}, "step", "step must be above 0"),
        ({"low": 1, "high": 9, "step": 2, "log": True}, "step", "log = true or a step, not both"),
        (
            {"low": 8, "high": 64, "step": 16},
            "step",
            "steps of 16 from 8 do not end at 64: make high 56 or 72",
        ),
        (
            {"low": 0.1, "high": 0.5, "step": 0.15},
            "step",
            "steps of 0.15 from 0.1 do not end at 0.5: make high 0.4 or 0.55",
        ),
        ({"low": 1, "high": 4, "step": 5}, "step", "steps of 5 from 1 do not end at 4: make high 6"),
        ({"low": 1, "high": 4, "stpe": 1}, "stpe", "not permitted"),
    ],
)
def test_a_range_that_is_none_is_refused(said: dict[str, Any], key: str, message: str) -> None:
    ((where, what),) = refused(**said)
    assert where == key
    assert message in what


@given(low=st.integers(-50, 50), high=st.integers(-50, 50), step=st.integers(1, 30), tenths=st.booleans())
def test_steps_must_end_at_high_and_what_is_advised_does(
    low: int, high: int, step: int, tenths: bool
) -> None:
    unit = 10 if tenths else 1
    said: dict[str, Any] = {"low": low / unit, "high": high / unit, "step": step / unit}
    if low < high and (high - low) % step == 0:
        assert Range(**said).step == step / unit
        return
    ((_, message),) = refused(**said)
    assert low >= high or "do not end" in message
    for end in message.partition("make high ")[2].split(" or ") if low < high else []:
        assert (Fraction(end) - Fraction(low, unit)) % Fraction(step, unit) == 0
        assert Range(**said | {"high": float(end)}).high == float(end)


@given(ranges(whole=True) | ranges(whole=False))
def test_a_sound_range_is_read_back_as_it_is_written(one: Range) -> None:
    assert Range.model_validate(one.model_dump(exclude_none=True)) == one


def test_a_range_from_zero_may_be_searched_evenly() -> None:
    assert Range(low=0, high=1.0).log is False


def test_a_range_in_words() -> None:
    assert str(Range(low=1e-3, high=30, log=True)) == "0.001 to 30, log"
    assert str(Range(low=16, high=64, step=16)) == "16 to 64 in steps of 16"
    assert str(Range(low=0, high=0.9)) == "0 to 0.9"


def test_the_largest_of_choices_or_of_a_range() -> None:
    assert largest([1, 3, 2]) == largest(Range(low=1, high=3)) == 3
