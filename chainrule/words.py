"""Numbers and settings as people read them."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from experiments.choices import DIGITS, significant, told_apart


def duration(seconds: float) -> str:
    """`45 s`, `2 min 10 s`, `3 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def percent(error: float) -> str:
    """An error as a percentage with two significant digits at least: `12.5 %`, `1.5 %`, `0.42 %`."""
    value = 100 * error
    decimals = 1 if not 0 < value < 1 else min(1 - floor(log10(value)), 6)
    return f"{value:.{decimals}f} %"


def settings(values: Mapping[str, Any], digits: int = 3) -> str:
    """`cross_entropy, [64], learning_rate 0.44`: numbers are named, words and lists speak for themselves."""
    return ", ".join(_setting(name, value, digits) for name, value in values.items())


def combinations(every: Sequence[Mapping[str, Any]]) -> str:
    """Combinations of settings, no two written alike: `beta2 0.999; beta2 0.9999`."""
    return "; ".join(told_apart(every, lambda one, digits: settings(one, digits or DIGITS[-1])))


def _setting(name: str, value: Any, digits: int) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, float):
        return f"{name} {value:.{significant(value, digits)}g}"
    return f"{name} {value}" if isinstance(value, int) else str(value)


def plural(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
