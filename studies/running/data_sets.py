"""The further data sets of a study: its first lane remembers them, so that it is known which ones were added later."""

import time
from dataclasses import replace
from typing import Any

from optuna.storages import BaseStorage

from experiments.mistakes import UserError
from experiments.wording import enumerated
from studies.running.design_agreement import DATA_SETS, designs_in, lane_in, lanes_of
from studies.running.extension import GROWN
from studies.running.plan import Plan


def with_data_sets(plan: Plan, storage: BaseStorage, *, keep: bool = True) -> Plan:
    """The plan of a study as it was begun, with a note on its growth if its file names data sets that are new.

    Each data set has a study of its own, so nothing is trained anew and no lane is made.

    Args:
        plan: what the study file asks for.
        storage: where Optuna keeps the trials.
        keep: whether the note is kept there.

    Raises:
        UserError: if a data set has been removed.
    """
    study, now = plan.file.study.name, [one.name for one in plan.file.data.further]
    designs = designs_in(storage, study)
    if not designs:
        return plan
    generation = max(designs)
    first = lane_in(storage, study, 0, generation)
    assert first is not None
    number = storage.get_study_id_from_name(first)
    notes = storage.get_study_user_attrs(number)
    earlier: list[dict[str, Any]] = notes.get(GROWN, [])
    before = [*notes.get(DATA_SETS, []), *(name for each in earlier for name in each.get("data_sets", ()))]
    if gone := [name for name in before if name not in now]:
        raise UserError(
            f'the study "{study}" was begun with other data: data.further: {enumerated(gone)} '
            f"{'was' if len(gone) == 1 else 'were'} removed; a study that continues keeps every data set",
            advice="Give the new design a name of its own: --name NAME",
        )
    added = [name for name in now if name not in before]
    if not added:
        return plan
    grown = [*earlier, _entry(plan, storage, generation, added)]
    if keep:
        storage.set_study_user_attr(number, GROWN, grown)
    return replace(plan, grown=tuple(grown))


def _entry(plan: Plan, storage: BaseStorage, generation: int, added: list[str]) -> dict[str, Any]:
    """What a study remembers of data sets that are added now (see `StudyRecord.grown`)."""
    ended = sum(
        trial.state.is_finished()
        for place, _, lane in lanes_of(storage, plan.file.study.name)
        if place == generation
        for trial in storage.get_all_trials(lane._study_id, deepcopy=False)  # noqa: SLF001 # nothing public gives it
    )
    return {
        "at": int(time.time() * 1000),
        "added": [f"data.further: {name}" for name in added],
        "combinations": [],
        "data_sets": added,
        "trials": ended,
        "finished": ended >= plan.trials,
    }
