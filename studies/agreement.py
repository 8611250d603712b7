"""Whether a lane's storage holds the design of this study file, and with how many seeds its trials were begun."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import optuna

from experiments.mistakes import UserError
from studies.plan import Plan, differences


class Begun(NamedTuple):
    """From this trial on they begin with `first` seeds, and `most` are what the study file asked for then."""

    trial: int
    first: int
    most: int


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
        study.set_user_attr("scientific", dict(plan.combinations[combination]))
        study.set_user_attr("design", dict(plan.design))
    return remembered, begun
