"""What decides the numbers of a run, and the recorded runs of a study found by it.

A run's key says where it stands in its study. Its content says what was trained: settings with an effect, seeds, what
for. Two runs of the same data, code and packages that have the same content have the same numbers bit for bit, so a
study that has grown takes over the runs that it would train again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from core.parameters import PARAMETERS
from experiments.recording.merging_seeds import of_seeds
from experiments.recording.records import RunRecord
from experiments.task import Task

NONE: Final[Mapping[str, Any]] = MappingProxyType({})

REPLACED: Final = ("depth", "width")
"""Parameters that say what `widths` says when a task is decided."""


def with_effect(settings: Mapping[str, Any], *, trainer: str = "") -> dict[str, Any]:
    """The settings that decide numbers; of a trainer of the user's own nobody knows which do, so all of them."""
    if trainer:
        return dict(settings)
    without = REPLACED if "widths" in settings else ()
    return {
        name: value
        for name, value in settings.items()
        if name not in without
        and value is not None
        and (name not in PARAMETERS or PARAMETERS[name].has_effect(settings))
    }


def content_of(task: Task, *, was: Mapping[str, Any] = NONE, without: Iterable[str] = ()) -> str:
    """What decides a run's numbers, its seeds aside, as text to compare.

    Args:
        task: what is trained.
        was: settings that a task had before anybody named them.
        without: settings to leave out, such as the epochs, to find a run whose first epochs these are.
    """
    given = {**was, **task.settings}
    settings = with_effect(given, trainer=task.trainer)
    crossed = [with_effect({**given, **one}) for one in task.crossed]
    for one in (settings, *crossed):
        for name in without:
            one.pop(name, None)
    # a setting that was given is trained as one that was searched
    phase = "search" if task.phase == "given" else task.phase
    content = [
        phase,
        settings,
        crossed,
        task.study_seed,
        task.objective,
        task.target_error,
        task.beside,
        task.trainer,
    ]
    return json.dumps(content, sort_keys=True, default=dict)


class KnownRuns:
    """Recorded runs by their content."""

    def __init__(self, runs: Iterable[RunRecord], was: Mapping[str, Any] = NONE) -> None:
        """Know these runs, and what settings they had that are named now; of one content that with the most seeds."""
        self._known: dict[str, RunRecord] = {}
        self._shorter: dict[str, RunRecord] = {}
        for run in sorted(runs, key=lambda one: (len(one.task.seeds), one.epochs)):
            self._known[content_of(run.task, was=was)] = run
            self._shorter[content_of(run.task, was=was, without=["epochs"])] = run

    def __len__(self) -> int:
        return len(self._known)

    def of(self, task: Task) -> RunRecord | None:
        """The record that training this task would make, but for its times; None if it is not known.

        A run of which only some seeds failed says nothing of the others.
        """
        found = self._known.get(content_of(task))
        if found is None or not set(task.seeds) <= set(found.task.seeds):
            return None
        if found.task.seeds != task.seeds:
            if found.state == "failed" or found.test_error.size or found.spread.size:
                return None
            found = of_seeds(found, task.seeds)
        return replace(found, task=task, run_id="")

    def seeds_of(self, task: Task) -> int:
        """How many seeds of a task are recorded."""
        found = self._known.get(content_of(task))
        return 0 if found is None else len({*task.seeds} & {*found.task.seeds})

    def beginning(self, task: Task) -> RunRecord | None:
        """A run of the same seeds and content of fewer epochs, with which this one begins; None if none is known."""
        found = self._shorter.get(content_of(task, without=["epochs"]))
        if found is None or found.state != "complete" or found.task.seeds != task.seeds:
            return None
        return found if found.task.settings["epochs"] < task.settings["epochs"] else None
