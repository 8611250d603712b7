"""Runs that another program recorded, as they are read from its store: what was set, what was measured, how it ended.

MLflow, Optuna and a table of results are read into this one form. What its parameters and metrics mean is not
recorded there; a mapping file says it (see `studies.others.mapping_file`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Ended = Literal["complete", "pruned", "failed", "running"]
"""How a run stands in its store; "running" is also what a crash leaves behind."""

LARGEST: Final = 1.79e308
"""From here on a value stands for infinity, which MLflow's tables cannot hold."""

_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "none": None, "null": None, "": None}


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The values of a metric in the order of its steps.

    Attributes:
        steps: of each value, (n,), as the store numbers them; values that were logged without one share a step.
        values: likewise, (n,); NaN where the value was not finite.
    """

    steps: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRun:
    """A run.

    Attributes:
        name: its own in the store.
        ended: how it stands.
        parameters: what was set, by name.
        metrics: what was measured, by name, each with one value or more.
        parent: the name of the run that it is nested in; empty without one.
        started: milliseconds since 1970, 0 if that is not recorded.
        seconds: how long it took; likewise.
    """

    name: str
    ended: Ended
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Series]
    parent: str = ""
    started: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRuns:
    """All runs of an experiment, of a study or of a table.

    Attributes:
        name: what they are called together.
        source: where they come from, in words.
        runs: in the order in which they began.
        ranges: of parameters whose range is recorded, {"low", "high", "log"}, or its choices as a list, by name.
        goals: "minimize" or "maximize", by metric, where that is recorded.
        x: what steps are, where that is known: "epoch"; else "step".
        columns: of a table, whose columns are metrics if they are called so; else empty.
    """

    name: str
    source: str
    runs: tuple[ForeignRun, ...]
    ranges: Mapping[str, Any] = field(default_factory=dict)
    goals: Mapping[str, str] = field(default_factory=dict)
    x: str = "step"
    columns: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[str]:
        """The names of all parameters, in the order in which they first appear."""
        return list(dict.fromkeys(name for run in self.runs for name in run.parameters))

    @property
    def metrics(self) -> list[str]:
        """The names of all metrics, likewise."""
        return list(dict.fromkeys(name for run in self.runs for name in run.metrics))


def typed(text: str) -> Any:
    """A value that was recorded as text: a number, yes or no, a list, or the text itself.

    Examples:
        >>> [typed(one) for one in ("16", "1e-3", "True", "None", "[64, 32]", "adam")]
        [16, 0.001, True, None, [64, 32], 'adam']
    """
    plain = text.strip()
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    for kind in (int, float):
        try:
            value = kind(plain)
        except ValueError:
            continue
        return value if np.isfinite(value) else plain
    if plain[:1] in "[(" and plain[-1:] in "])":
        try:
            found = json.loads(f"[{plain[1:-1].rstrip(', ')}]")
        except ValueError:
            return plain
        return found if all(isinstance(one, int | float | str) for one in found) else plain
    return plain


def series(steps: Any, values: Any) -> Series:
    """The values of a metric; of what is not finite, or stands for it, is made NaN."""
    numbers = np.array(values, dtype=float)
    numbers[~(np.abs(numbers) < LARGEST)] = np.nan
    return Series(np.array(steps, dtype=float), numbers)
