"""Where networks fail: one or two conditions on their settings, learnt from a search and checked on fresh settings.

A network fails if it diverges or gets stuck at guessing. The rule is learnt when the search is over; a few fresh
settings on both sides of it, of one network each, are trained up to the epoch by which failures show. They are runs of
the phase `probe`, which nothing else counts. The task of each holds the rule.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

import numpy as np

from experiments.recording.records import RunRecord

GUESSING: Final = 0.8
"""A seed that ends at this share of chance error or above has learnt nothing."""

PROBES: Final = 50
"""Fresh settings on which a rule is checked, half of them where it says that networks fail."""

ACCURACY: Final = 0.9
"""A rule holds if it is right for this share of them."""

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a setting.

    Attributes:
        parameter: whose value it is about; "depth" is the number of hidden layers, also where widths are listed.
        how: whether the value is above a number, is that number or less, or is this very value.
        value: that number or value.
    """

    parameter: str
    how: Literal["above", "up to", "is"]
    value: Any

    def holds(self, settings: Mapping[str, Any]) -> bool:
        """Whether it holds; not where there is no such parameter."""
        value = value_in(settings, self.parameter)
        if value is _ABSENT:
            return False
        if self.how == "is":
            return same(value) == same(self.value)
        return bool(value > self.value if self.how == "above" else value <= self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Networks fail where all conditions hold, and elsewhere they do not.

    Attributes:
        conditions: one or two.
        epoch: by which a network that fails has been seen to.
        trials: from how many trials it was learnt.
    """

    conditions: tuple[Condition, ...]
    epoch: int
    trials: int

    def fails(self, settings: Mapping[str, Any]) -> bool:
        """Whether it says that networks with these settings fail."""
        return all(each.holds(settings) for each in self.conditions)

    def as_json(self) -> dict[str, Any]:
        """It as JSON can hold it."""
        return {"conditions": list(map(asdict, self.conditions)), "epoch": self.epoch, "trials": self.trials}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        conditions = tuple(Condition(**each) for each in content["conditions"])
        return cls(conditions=conditions, epoch=content["epoch"], trials=content["trials"])


def value_in(settings: Mapping[str, Any], parameter: str) -> Any:
    """The value that settings have of a parameter, the depth from the widths; `_ABSENT` where they have none."""
    if parameter == "depth" and "depth" not in settings and "widths" in settings:
        return len(settings["widths"])
    return settings.get(parameter, _ABSENT)


def is_absent(value: Any) -> bool:
    """Whether `value_in` found nothing."""
    return value is _ABSENT


def same(value: Any) -> str:
    """A text that two values share if they are the same."""
    return json.dumps(value, sort_keys=True, default=list)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the networks of a trial ended, as far as a rule asks.

    Attributes:
        diverged: how many diverged.
        guessing: how many others ended at guessing.
        seeds: how many there are.
        shown: the epoch from which on it shows whether most of them end so.
    """

    diverged: int
    guessing: int
    seeds: int
    shown: int

    @property
    def learnt(self) -> bool:
        """Whether most networks learnt something."""
        return 2 * (self.diverged + self.guessing) < self.seeds

    def fails(self, *, slow: bool) -> bool:
        """Whether most networks failed; with a rate below every one that learns, guessing is no failure but slow."""
        return 2 * (self.diverged + (0 if slow else self.guessing)) >= self.seeds


def ended_of(record: RunRecord, chance: float) -> Ended | None:
    """How the networks of a run ended; None where that is not known: it failed, or was pruned before most diverged.

    Args:
        record: the run.
        chance: the error of guessing.
    """
    errors = record.curves.get("validation_error")
    if record.state == "failed" or errors is None or not errors.shape[1]:
        return None
    lost = ~np.isfinite(errors)
    at_guessing = lost | (np.where(lost, np.inf, errors) >= GUESSING * chance)
    last = at_guessing[:, -1]
    diverged = int(lost[:, -1].sum())
    if record.state == "pruned" and 2 * diverged < len(last):
        return None
    most = 2 * at_guessing.sum(axis=0) >= len(last)
    otherwise = np.flatnonzero(most != most[-1])
    shown = int(otherwise[-1]) + 2 if otherwise.size else 1
    return Ended(diverged, int(last.sum()) - diverged, len(last), shown)
