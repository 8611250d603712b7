"""Settings that cannot train anything are refused where they are made."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from core import Settings


@pytest.mark.parametrize("learning_rate", [0.0, -0.1, float("inf"), float("nan")])
def test_a_learning_rate_that_is_not_above_zero_and_finite_is_refused(learning_rate: float) -> None:
    with pytest.raises(ValueError, match=f"learning_rate.*{learning_rate}"):
        Settings(cost="quadratic", learning_rate=learning_rate)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"epochs": -3}, {"batch_size": 0}, {"batch_size": -16}])
def test_less_than_one_epoch_or_example_is_refused(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        Settings(cost="quadratic", learning_rate=0.1, **wrong)


def test_online_learning_and_the_full_batch_are_settings() -> None:
    assert Settings(cost="quadratic", learning_rate=0.1, batch_size=1).batch_size == 1
    assert Settings(cost="quadratic", learning_rate=0.1, batch_size=None).batch_size is None


def test_settings_cannot_be_changed_and_are_equal_by_value() -> None:
    settings = Settings(cost="quadratic", learning_rate=0.1)
    with pytest.raises(FrozenInstanceError):
        settings.epochs = 3  # type: ignore[misc]
    assert settings == Settings(cost="quadratic", learning_rate=0.1)
    assert len({settings, Settings(cost="quadratic", learning_rate=0.1)}) == 1
