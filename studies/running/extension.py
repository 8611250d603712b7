"""A study that has grown goes on under its name: its earlier runs are taken over, and only what is new is trained.

The grown study is the study that its file describes, as if it had been run at once. It gets lanes of its own in
Optuna's storage, a generation after those that it had. Its trials are asked for as ever. Where a recorded run of the
study has the content of a task, that run is its result (`studies.workers.taking_over`). So the tables are those of the
large study, whatever was trained when.

Two kinds of earlier trials are no trials of the large study. Where a sampler learns, the earlier trials of a
combination become the first ones that it learns from. Where points are chosen beforehand and others now, earlier trials
are kept as given settings, which never count as searched.

Nothing is changed in place. The lanes before are deleted when the grown study has ended and MLflow has its records;
until then each start finds both, and takes over what is not yet. So a study may be killed at any moment.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.mistakes import UserError
from experiments.recording.records import RunRecord, StudyRecord
from experiments.recording.run_content import content_of, with_effect
from studies.running.additions import additions, was_of
from studies.running.design_agreement import (
    DATA_SETS,
    MADE_WITH,
    SEALS,
    TAKES_OVER,
    Begun,
    Versions,
    changed_since,
    designs_in,
    lane_in,
    lanes_of,
    titled,
)
from studies.running.given import GIVEN
from studies.running.plan import Plan, run_key_of
from studies.running.queue import FIRST_POINTS
from studies.running.storage import together
from studies.space.samplers import SAMPLERS
from studies.space.search_space import Point, Space
from studies.space.tried import beforehand

GROWN: Final = "grown"
"""The user attribute of the first lane that says how the study has grown."""

ADVICE: Final = "Give the new design a name of its own: --name NAME"


@dataclass(frozen=True, slots=True)
class Extension:
    """A study that has grown and whose earlier runs are not all taken over yet.

    Attributes:
        plan: of the grown study, in its generation.
        earlier: the designs before, the first one first.
        added: what has been added; empty if the lanes of the grown study are there already.
        longer: whether networks are trained for more epochs.
        was: the value of each parameter that was not searched before.
    """

    plan: Plan
    earlier: tuple[Mapping[str, Any], ...]
    added: tuple[str, ...]
    longer: bool
    was: Mapping[str, Any]

    @property
    def run_keys(self) -> tuple[str, ...]:
        """Identities of the study before it has grown, the first one first."""
        return tuple(run_key_of(self.plan.file.study.name, design) for design in self.earlier)


def extension(storage: BaseStorage, plan: Plan) -> tuple[Plan, Extension | None]:
    """Whether a study has grown, and its plan in the present generation. Nothing is written.

    Raises:
        UserError: if its design has changed otherwise, with the reasons, or it was trained with other code or packages.
    """
    name = plan.file.study.name
    designs = designs_in(storage, name)
    if not designs:
        return plan, None
    newest = max(designs)
    found = additions(designs[newest], plan.design, plan.file)
    if found.refused:
        advice = ADVICE
        if any(line.startswith("data") for line in found.refused):
            advice += f"; chainrule report {name} NAME then shows both"
        raise UserError(
            f'the study "{name}" was begun with another design: {"; ".join(found.refused)}', advice=advice
        )
    first = lane_in(storage, name, 0, newest)
    assert first is not None
    grown = storage.get_study_user_attrs(storage.get_study_id_from_name(first)).get(GROWN, [])
    if not found.added:
        now = replace(plan, generation=newest, grown=tuple(grown))
        earlier = tuple(design for generation, design in sorted(designs.items()) if generation < newest)
        if not earlier:
            return now, None
        return now, Extension(now, earlier, (), _longer(earlier[-1], plan), was_of(plan.file, earlier[-1]))
    if len(designs) > 1:
        raise UserError(
            f'the study "{name}" has grown and is not finished; it can grow again when it is',
            advice="Run it to its end with the study file as it was, and then with this one.",
        )
    now = replace(plan, generation=newest + 1, grown=tuple(grown))
    if trained(storage, now):
        versions = Versions(optuna.load_study(study_name=first, storage=storage), plan)
        if versions.change and not plan.accept_change:
            raise changed_since(plan, versions)
    return now, Extension(
        now, (designs[newest],), found.added, found.longer, was_of(plan.file, designs[newest])
    )


def _longer(before: Mapping[str, Any], plan: Plan) -> bool:
    table = "trainer" if plan.file.trainer else "training"
    return bool(before[table].get("epochs") != plan.design[table].get("epochs"))


def trained(storage: BaseStorage, plan: Plan) -> bool:
    """Whether a study had trials that have ended before it has grown into this plan."""
    trials = (storage.get_all_trials(study_id, deepcopy=False) for study_id in _lanes_before(storage, plan))
    return any(trial.state.is_finished() for lane in trials for trial in lane)


def _lanes_before(storage: BaseStorage, plan: Plan) -> list[int]:
    """What the storage knows the lanes by of the generations before the plan's, by generation and combination."""
    found = [
        (generation, combination, lane._study_id)  # noqa: SLF001 # nothing public gives it
        for generation, combination, lane in lanes_of(storage, plan.file.study.name)
        if generation < plan.generation
    ]
    return [study_id for *_, study_id in sorted(found)]


def begin(storage: BaseStorage, grown: Extension, before: StudyRecord | None) -> Plan:
    """Make the lanes of a study that has grown, each with what it takes over; gives the plan.

    The first lane gets its design last: a study that is cut off here has not grown yet, and the next start goes on.

    Args:
        storage: where Optuna keeps the trials.
        grown: how it has grown.
        before: the study as it was recorded, with its runs; None if it had no trial that has ended.
    """
    plan, generation = grown.plan, grown.plan.generation
    name = plan.file.study.name
    was, longer = grown.was, grown.longer
    there = before.combinations if before else ()
    lanes = {index: _lane(storage, name, index, generation - 1) for index in range(len(there))}
    of_old = {
        _identity({**was, **before.fixed, **one}, plan, longer=longer): index
        for index, one in enumerate(there)
        if before
    }
    places = [
        of_old.get(_identity({**plan.file.fixed, **one}, plan, longer=longer)) for one in plan.combinations
    ]
    if before:
        plan = replace(plan, grown=(*_renewed(plan, places, before), _entry(grown, places, before)))
    most = max((len(trials) for _, trials in lanes.values()), default=0)
    larger = plan.with_trials_each(most) if most > plan.trials_each else plan  # none is taken away
    measured = plan.file.study.objectives or [plan.file.study.objective]
    made = [
        optuna.create_study(
            storage=storage,
            study_name=lane_in(storage, name, combination, generation) or titled(plan, combination),
            directions=["minimize"] * len(measured),
            load_if_exists=True,
        )
        for combination in range(len(places))
    ]
    with together(storage):
        for combination in reversed(range(len(places))):
            place = places[combination]
            attributes = (
                _taken_over(larger, combination, place, lanes[place], grown, before)
                if before and place is not None
                else {}
            )
            attributes |= {"scientific": dict(plan.combinations[combination])}
            if combination == 0:
                attributes |= {GROWN: [dict(one) for one in plan.grown]}
                notes, _ = _lane(storage, name, 0, generation - 1)
                attributes |= {key: note for key, note in notes.items() if key in (SEALS, DATA_SETS)}
            for key, value in {**attributes, "design": dict(plan.design)}.items():
                made[combination].set_user_attr(key, value)
    return plan


def forget(storage: BaseStorage, plan: Plan) -> None:
    """Delete the lanes of the generations before, once nothing of them is needed.

    Of each generation the first lane goes last: it has the design, by which the next start finds what is left.
    """
    for study_id in reversed(_lanes_before(storage, plan)):
        storage.delete_study(study_id)


def warmed(storage: BaseStorage, plan: Plan) -> frozenset[int]:
    """The lanes of this generation that have got settings of another study."""
    name, generation = plan.file.study.name, plan.generation
    lanes = {place: _lane(storage, name, place, generation)[0] for place in range(len(plan.budgets))}
    return frozenset(
        place
        for place, notes in lanes.items()
        if any(one["by"] == "elsewhere" for one in notes.get(GIVEN, []))
    )


def _lane(
    storage: BaseStorage, study: str, combination: int, generation: int
) -> tuple[Mapping[str, Any], list[FrozenTrial]]:
    """What the storage remembers of a lane, and its trials; nothing of one that was not begun."""
    name = lane_in(storage, study, combination, generation)
    if name is None:
        return {}, []
    study_id = storage.get_study_id_from_name(name)
    return storage.get_study_user_attrs(study_id), storage.get_all_trials(study_id, deepcopy=False)


def _identity(given: Mapping[str, Any], plan: Plan, *, longer: bool) -> str:
    """What a combination is, whatever parameters are called scientific: all that is given and has an effect."""
    searched = plan.file.search.nuisance.keys() | ({"epochs"} if longer else set())
    kept = with_effect(given, trainer=plan.file.trainer.name if plan.file.trainer else "")
    return repr(
        sorted(
            (name, repr(value)) for name, value in kept.items() if name not in searched and value is not None
        )
    )


def _entry(grown: Extension, places: Sequence[int | None], before: StudyRecord) -> dict[str, Any]:
    """How the study has grown now."""
    combinations = grown.plan.combinations
    return {
        "at": int(time.time() * 1000),
        "added": list(grown.added),
        "combinations": [dict(combinations[new]) for new, old in enumerate(places) if old is None],
        "trials": len(before.of_phase("search")),
        "finished": before.status == "FINISHED",
    }


def _renewed(plan: Plan, places: Sequence[int | None], before: StudyRecord) -> Iterator[dict[str, Any]]:
    """How it has grown before, with the combinations as they are called now."""
    now = {place: dict(plan.combinations[new]) for new, place in enumerate(places) if place is not None}
    called = {repr(one): now[place] for place, one in enumerate(before.combinations) if place in now}
    for each in plan.grown:
        yield {**each, "combinations": [called.get(repr(one), one) for one in each["combinations"]]}


def _taken_over(
    plan: Plan,
    combination: int,
    place: int,
    lane: tuple[Mapping[str, Any], list[FrozenTrial]],
    grown: Extension,
    before: StudyRecord,
) -> dict[str, Any]:
    """The attributes of a lane that goes on from another."""
    notes, trials = lane
    study = plan.file.study
    begun = [Begun(*each) for each in notes.get("begun", [])]
    if begun and study.seeds > begun[-1].most:
        begun = [
            *(one for one in begun if one.trial < len(trials)),
            Begun(len(trials), plan.first_seeds, study.seeds),
        ]
    attributes: dict[str, Any] = {TAKES_OVER: len(trials), MADE_WITH: notes.get(MADE_WITH, [{}])}
    if begun:
        attributes["begun"] = begun
    space = plan.spaces[combination]
    runs = {
        run.task.slot // len(before.combinations): run
        for run in before.of_phase("search")
        if run.task.combination == place
    }
    if SAMPLERS[plan.file.sampler.name].learns:
        attributes[FIRST_POINTS] = list(_first_points(space, trials, runs, grown.was))
    kept = () if grown.longer else _kept(plan, combination, space, runs.values(), grown.was)
    here = {name: value for name, value in grown.was.items() if name in plan.file.search.nuisance}
    given = [{**one, "nuisance": {**here, **one["nuisance"]}} for one in notes.get(GIVEN, [])]
    if given := [*given, *kept]:
        attributes[GIVEN] = given
    return attributes


def _first_points(
    space: Space, trials: Sequence[FrozenTrial], runs: Mapping[int, RunRecord], was: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The points of earlier trials that have ended, in the space of now."""
    for trial in trials:
        if (
            trial.state not in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
            or trial.number not in runs
        ):
            continue
        point = space.encode({**was, **runs[trial.number].task.nuisance})
        if point is not None:
            same = trial.distributions == space.distributions(point)
            notes = dict(trial.system_attrs) if same else {}
            yield {"point": point, "chosen": trial.user_attrs.get("chosen", ""), "notes": notes}


def _kept(
    plan: Plan, combination: int, space: Space, runs: Any, was: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Earlier trials that the grown study would not try, as given settings."""
    sampler = SAMPLERS[plan.file.sampler.name]
    if sampler.learns:
        return
    budget, seed = plan.budgets[combination], plan.file.sampler.seed
    points: Iterator[Point] = beforehand(sampler, space, budget, seed)
    tried = {
        content_of(plan.task("search", combination, index, space.decode(point)))
        for index, point in enumerate(points)
    }
    for run in runs:
        nuisance = dict(run.task.nuisance)
        nuisance |= {name: value for name, value in was.items() if name in plan.file.search.nuisance}
        if run.state != "failed" and content_of(run.task, was=was) not in tried:
            yield {"nuisance": nuisance, "seeds": len(run.task.seeds), "by": "earlier"}
