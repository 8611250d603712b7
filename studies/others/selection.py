"""Which of the runs that were read count: not those that still go on, and of nested ones the inner or the outer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.choices import value_identity
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns


@dataclass(frozen=True, slots=True)
class Selected:
    """The runs that count.

    Attributes:
        runs: in the order in which they began, a nested one with the parameters of the runs around it.
        running: how many were left out because they still go on, or were never ended.
        around: how many because other runs are nested in them; or, if the outer ones count, because they are nested.
    """

    runs: tuple[ForeignRun, ...]
    running: int
    around: int

    @property
    def parameters(self) -> list[str]:
        """The names of all their parameters, in the order in which they first appear."""
        return list(dict.fromkeys(name for run in self.runs for name in run.parameters))

    def values(self, parameter: str) -> list[Any]:
        """The different values of a parameter, in the order in which they first appear."""
        values = [run.parameters[parameter] for run in self.runs if parameter in run.parameters]
        return list({value_identity(one): one for one in values}.values())

    def finals(self, metric: str) -> NDArray[np.float64]:
        """The last value of a metric in every run that has a finite one."""
        last = [run.metrics[metric].values[-1] for run in self.runs if metric in run.metrics]
        numbers = np.array(last, dtype=float)
        finite: NDArray[np.float64] = numbers[np.isfinite(numbers)]
        return finite


def selected(nested: str, found: ForeignRuns) -> Selected:
    """Select runs: of nested ones the "inner" or the "outer", or "all"."""
    by_name = {run.name: run for run in found.runs}
    around = {run.parent for run in found.runs if run.parent}
    kept = [
        run
        for run in found.runs
        if nested == "all" or (run.name not in around if nested == "inner" else run.parent not in by_name)
    ]
    ended = [run for run in kept if run.ended != "running"]
    whole = [run if nested == "outer" else replace(run, parameters=_whole(run, by_name)) for run in ended]
    return Selected(tuple(whole), len(kept) - len(ended), len(found.runs) - len(kept))


def _whole(run: ForeignRun, by_name: Mapping[str, ForeignRun]) -> Mapping[str, Any]:
    """The parameters of a run, and of the runs around it those that it has not itself."""
    parameters, seen = dict(run.parameters), {run.name}
    while (around := by_name.get(run.parent)) and around.name not in seen:
        parameters = {**around.parameters, **parameters}
        seen.add(around.name)
        run = around
    return parameters
