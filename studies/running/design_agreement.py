"""Checks that a lane's storage holds the design of this study file, and finds the seeds its trials began with."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import optuna
from optuna.storages import BaseStorage
from optuna.study._frozen import FrozenStudy  # `get_all_studies` gives it

from experiments.mistakes import UserError
from experiments.settings_line import combinations
from studies.file.study_file import StudyFile
from studies.running.plan import Plan, differences


class Begun(NamedTuple):
    """From this trial on they begin with `first` seeds, and `most` are what the study file asked for then."""

    trial: int
    first: int
    most: int


MADE_WITH: Final = "made_with"
"""The user attribute that says with what versions a lane's trials were made, those in use last at the end."""


class Versions:
    """What has decided a lane's numbers besides its design."""

    def __init__(self, study: optuna.Study, plan: Plan) -> None:
        """Read what the storage remembers; a lane without trials begins with the plan's."""
        self._study, self._plan = study, plan
        begun = bool(study.get_trials(deepcopy=False)) or TAKES_OVER in study.user_attrs
        self._all: list[dict[str, str]] = study.user_attrs.get(MADE_WITH, [{}]) if begun else []
        if plan.made_with and not begun:
            self.accept()

    @property
    def change(self) -> Sequence[str]:
        """What has changed since the lane was last trained, one line for each change."""
        now = self._plan.made_with
        return _changes(self._all[-1], now) if now and self._all else []

    @property
    def past(self) -> Sequence[str]:
        """What has changed since the lane was begun, and was accepted."""
        return [line for before, after in pairwise(self._all) for line in _changes(before, after)]

    def accept(self) -> None:
        """Go on with the plan's."""
        self._all = [*self._all, dict(self._plan.made_with)]
        self._study.set_user_attr(MADE_WITH, self._all)


def changed_since(plan: Plan, versions: Versions) -> UserError:
    """The error of a study that was trained with other code or packages: numbers of both would be mixed."""
    return UserError(
        f'what decides numbers has changed since the study "{plan.file.study.name}" was trained: '
        f"{'; '.join(versions.change)}",
        advice="Continue all the same, with a warning in the report: --accept-change. Start afresh: --name NAME",
    )


TAKES_OVER: Final = "takes_over"
"""The user attribute of a lane of a study that has grown: how many trials the lane had before that it goes on from."""

DATA_SETS: Final = "data_sets"
"""The user attribute of the first lane that names the further data sets with which a study was begun."""

SEALS: Final = "seals"
"""The user attribute of the first lane that says which seals a study was run with."""


def seals_seen(study: optuna.Study, seal: str, *, begun: bool) -> tuple[str, ...]:
    """The seals that a study was run with, in their order, the present one at the end; none if it never had one.

    Args:
        study: its first lane; a seal that is new is kept there.
        seal: the present one; "" is none.
        begun: whether it had trials before it was run with this one.
    """
    known: list[str] = study.user_attrs.get(SEALS, [""]) if begun else []
    seen = known if known and known[-1] == seal else [*known, seal]
    if not any(seen):
        return ()
    if seen != study.user_attrs.get(SEALS):
        study.set_user_attr(SEALS, seen)
    return tuple(seen)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, in words: `numpy 2.4.5 before, 2.4.6 now`."""
    return [
        f"{name} {before.get(name, 'of an earlier version')} before, {now[name]} now"
        for name in now
        if (before or name == "code") and before.get(name) != now[name]
    ]


def as_begun(file: StudyFile, design: Mapping[str, Any]) -> StudyFile:
    """The file of a study that was begun with this design, which goes on as what it was where the file is silent.

    Before a file could say so, each study had one split for all seeds, and none trained its default settings.
    """
    if design and "splits" not in file.data.model_fields_set and "splits" not in design["data"]:
        file = file.with_value("data", "splits", "one")
    if design and "default_setting" not in {*file.study.model_fields_set, *design["study"]}:
        file = file.with_value("study", "default_setting", False)
    return file


def design_in(storage: BaseStorage, study: str) -> Mapping[str, Any]:
    """The design of a study as it was begun or has grown; empty if there is none of that name."""
    return max(designs_in(storage, study).items(), default=(0, {}))[1]


def designs_in(storage: BaseStorage, study: str) -> dict[int, Mapping[str, Any]]:
    """The designs of a study by their generation: 0 as it was begun, and one more each time that it has grown.

    There are several from the moment at which it grows until all is taken over (see `studies.running.extension`).
    """
    return {
        generation: lane.user_attrs["design"]
        for generation, combination, lane in lanes_of(storage, study)
        if combination == 0 and "design" in lane.user_attrs
    }


def lanes_of(storage: BaseStorage, study: str) -> Iterator[tuple[int, int, FrozenStudy]]:
    """The lanes of a study, each with its generation and its combination."""
    for one in storage.get_all_studies():
        lane = LANE.fullmatch(one.study_name)
        if lane and lane["study"] == study:
            yield int(lane["generation"] or 0), int(lane["combination"]), one


LANE: Final = re.compile(r"(?P<study>.+)/(?P<combination>\d{3,})(?:\+(?P<generation>\d+))?(?: .*)?")
"""The name of an Optuna study that holds the trials of a combination (see `titled`)."""


def lane_name(study: str, combination: int, generation: int = 0) -> str:
    """What the name of a combination's lane in Optuna's storage begins with."""
    return f"{study}/{combination:03d}" + (f"+{generation}" if generation else "")


def titled(plan: Plan, combination: int) -> str:
    """The name that a lane is begun under; it says what is tried: `digits/004 cross_entropy, [64]`."""
    what = combinations(plan.combinations)[combination]
    return f"{lane_name(plan.file.study.name, combination, plan.generation)} {what}".strip()


def lane_in(storage: BaseStorage, study: str, combination: int, generation: int = 0) -> str | None:
    """The name of a combination's lane that was begun, whatever it says of the combination; None without one."""
    name = lane_name(study, combination, generation)
    there = (one.study_name for one in storage.get_all_studies())
    return next((one for one in there if one == name or one.startswith(f"{name} ")), None)


def agree(study: optuna.Study, plan: Plan, combination: int) -> tuple[dict[str, Any], Sequence[Begun]]:
    """Compare the design in the storage with the plan's, or put it there, and note if there are more seeds.

    Args:
        study: the lane's.
        plan: what is asked for now.
        combination: the lane's.

    Returns:
        What else the storage remembers of the lane, and how its trials were begun, the first ones first.

    Raises:
        UserError: if the designs differ in anything that may not change.
    """
    remembered = study.user_attrs
    before, first, most = remembered.get("design"), plan.first_seeds, plan.file.study.seeds
    begun = [Begun(*each) for each in remembered.get("begun", [])] if before else []
    changes = differences(before, json.loads(json.dumps(plan.design))) if before else []
    if begun and most < begun[-1].most:
        changes.append(f"study.seeds: {begun[-1].most} before, {most} now, and they may only grow")
    if changes:
        raise UserError(
            f'the study "{plan.file.study.name}" was begun with another design: {"; ".join(changes)}',
            advice="Give the new design a name of its own: --name NAME",
        )
    if not begun or most > begun[-1].most:
        trials = len(study.get_trials(deepcopy=False)) if begun else 0
        begun = [*(one for one in begun if one.trial < trials), Begun(trials, first, most)]
        study.set_user_attr("begun", begun)
    if before is None:
        if combination == 0:
            study.set_user_attr(DATA_SETS, [one.name for one in plan.file.data.further])
        study.set_user_attr("scientific", dict(plan.combinations[combination]))
        study.set_user_attr("design", dict(plan.design))
    return remembered, begun
