"""Which trainer a study has: networks of `core`, or the user's own code; and what each needs before it begins."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.mistakes import Mistake, TrialFailed, UserError

if TYPE_CHECKING:
    from experiments.preparing.splits import Data
    from studies.file.study_file import StudyFile
    from studies.running.plan import Plan
    from studies.workers.worker import Start


def starting(plan: "Plan", data: "Data", folder: Path, rungs: frozenset[int] | None = None) -> "Start":
    """What begins tasks in a worker.

    Args:
        plan: the study's.
        data: its data.
        folder: of the study file.
        rungs: epochs at which trials are compared, if not the plan's.
    """
    if plan.file.trainer is None:
        from experiments.experiment import Experiments

        return partial(Experiments, data=data)
    from experiments.own_trainer.own_training import OwnTraining

    trainer = plan.file.trainer.beside(folder)
    return partial(OwnTraining, data=data, trainer=trainer, rungs=plan.rungs if rungs is None else rungs)


def measured(file: "StudyFile", data: "Data") -> "Data":
    """The data of a study whose objective names the error measure.

    Raises:
        UserError: if the measure does not fit the data.
    """
    from experiments.preparing.splits import measured_by

    if file.trainer is None:
        return measured_by(data, file.study.objective)
    try:
        described = file.trainer.objective.meant.described(data.description)
    except UserError as error:
        raise UserError(Mistake(error.mistakes[0].message, "trainer.objective")) from error
    return replace(data, description=described)


def decides(file: "StudyFile", folder: Path) -> Mapping[str, str]:
    """What decides numbers besides the study file, as versions, by name.

    Raises:
        UserError: if the user's own trainer cannot be called.
    """
    from experiments.environment import deciding

    own = file.trainer.beside(folder).look() if file.trainer else {}
    return {**own, **deciding()}


def environment_of(plan: "Plan") -> dict[str, str]:
    """Where a study runs, by name (see `experiments.environment`), with what the user's own trainer uses."""
    from experiments.environment import deciding, describe

    own = {name: version for name, version in plan.made_with.items() if name not in deciding()}
    return {**describe(), **own}


def seconds_of(plan: "Plan", data: "Data", folder: Path) -> float:
    """Seconds that all the study's training would take on one worker, found by training a little.

    Raises:
        UserError: if the user's own trainer fails in that.
    """
    from studies.estimate import seconds_of_own_training, seconds_of_training

    if plan.file.trainer is None:
        return seconds_of_training(plan, starting(plan, data, folder))
    try:
        first = frozenset({1, min(2, plan.file.epochs)})
        return seconds_of_own_training(plan, starting(plan, data, folder, first))
    except TrialFailed as failure:
        message = f"{plan.file.trainer.name} fails: {str(failure).partition(chr(10))[0]}"
        raise UserError(Mistake(message, "trainer")) from failure
