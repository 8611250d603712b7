"""Settings on a line of the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.choices import DIGITS, significant, told_apart
from experiments.wording import table


def settings(values: Mapping[str, Any], digits: int = 3) -> str:
    """`cross_entropy, [64], learning_rate 0.44`: numbers are named, words and lists speak for themselves."""
    return ", ".join(_setting(name, value, digits) for name, value in values.items())


def combinations(every: Sequence[Mapping[str, Any]]) -> list[str]:
    """Combinations of settings, no two written alike: `beta2 0.999` and `beta2 0.9999`."""
    return told_apart(every, lambda one, digits: settings(one, digits or DIGITS[-1]))


def _setting(name: str, value: Any, digits: int) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, Mapping):
        return f"{name} {table(value)}"
    if isinstance(value, float):
        return f"{name} {value:.{significant(value, digits)}g}"
    if value == "none":
        return f"no {name}"
    return f"{name} {value}" if isinstance(value, int) or name == "class_weights" else str(value)
