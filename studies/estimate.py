"""What a study will take, before it is run: memory by arithmetic, time by training a little."""

import os
from collections.abc import Mapping
from itertools import pairwise
from time import perf_counter
from typing import Any

from core import OPTIMISERS
from experiments.mistakes import UserError
from studies.plan import Plan
from studies.study_file import Range
from studies.worker import Start


def check_memory(plan: Plan, data: Mapping[str, Any], workers: int) -> None:
    """Refuse a study whose largest population cannot fit in this machine's memory, before anything is allocated.

    Raises:
        UserError: with the widths concerned.
    """
    available = _memory()
    for combination in plan.combinations:
        needed = _bytes({**plan.file.training.model_dump(), **combination}, plan, data) * workers
        if available and needed > available:
            raise UserError(
                f"widths {combination.get('widths', plan.file.training.widths)} need about {needed / 1e9:.0f} GB "
                f"for {workers} populations of {_members(plan)} networks; this machine has {available / 1e9:.0f} GB"
            )


def _members(plan: Plan) -> int:
    return max(plan.file.study.seeds, plan.file.study.confirm_seeds)


def _bytes(settings: Mapping[str, Any], plan: Plan, data: Mapping[str, Any]) -> float:
    """Weights, gradient, a temporary and the optimiser's memory, for every member."""
    sizes = (data["inputs"], *settings["widths"], len(data["classes"]) or 1)
    weights: int = sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    copies = 3 + OPTIMISERS[settings["optimiser"]].memories
    return weights * copies * _members(plan) * (4 if settings["precision"] == "float32" else 8)


def _memory() -> int:
    """Bytes of memory of this machine; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def seconds_of_training(plan: Plan, start: Start) -> float:
    """Seconds that all the study's training would take on one worker, from an epoch of each combination.

    Nothing is recorded. The first epoch, which warms up, is not counted.
    """
    epochs = plan.file.training.epochs
    nuisance = {
        name: values.low if isinstance(values, Range) else values[0]
        for name, values in plan.file.search.nuisance.items()
    }
    per_network = 0.0
    for combination in range(len(plan.combinations)):
        training = start(plan.task("search", combination, 0, nuisance)).epochs()
        next(training)
        began = perf_counter()
        if next(training, None) is not None:
            per_network += (perf_counter() - began) * epochs
        training.close()  # type: ignore[attr-defined]  # a generator, as every training is
    return per_network / len(plan.combinations) / plan.file.study.seeds * plan.networks
