"""Estimates a study's cost before it runs: memory by arithmetic, time by training a little."""

import os
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from time import perf_counter
from typing import Any

import numpy as np

from core import OPTIMISERS
from core.fast.evaluation import BLOCK
from experiments.datasets.dataset import outputs_of
from experiments.mistakes import UserError
from studies.file.mistake_lines import shown
from studies.running.nuisance import widths_tried
from studies.running.plan import Plan
from studies.space.feasible_points import drawn
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS
from studies.space.search_space import Space
from studies.workers.worker import Start


def check_memory(plan: Plan, data: Mapping[str, Any], workers: int) -> None:
    """Refuse a study whose largest population cannot fit in this machine's memory, before anything is allocated.

    For a trainer of the user's own there is no estimate.

    Raises:
        UserError: naming the widths concerned and the memory they need.
    """
    if plan.file.trainer:
        return
    available = _memory()
    study = plan.file.study
    members = study.seeds + study.confirm_seeds if plan.defaults else max(study.seeds, study.confirm_seeds)
    tried = [widths for space in plan.spaces for widths in widths_tried(plan.file, space)]
    examples = _bytes_of_examples(plan, data)
    for widths in tried:
        needed = (_bytes(widths, members, plan, data) + examples) * workers
        if available and needed > available:
            raise UserError(
                f"widths {shown(widths)} need about {needed / 1e9:,.0f} GB for {workers} at once of {members} "
                f"networks each; this machine has {available / 1e9:,.0f} GB",
                advice="Fewer --workers, or fewer seeds and confirm_seeds, need less."
                + ' Most are the examples: splits = "one" needs less, too.'
                * (2 * examples * workers > needed),
            )


def _values(plan: Plan, name: str) -> Sequence[Any]:
    """The values that a parameter takes in a study; the largest of a range."""
    search = plan.file.search
    fixed = getattr(plan.file.training, name)
    values = search.scientific.get(name) or search.nuisance.get(name) or [fixed]
    return [values.high] if isinstance(values, Range) else values


def _bytes(widths: Sequence[int], members: int, plan: Plan, data: Mapping[str, Any]) -> int:
    """The memory that a population needs, approximately, since temporary arrays come and go."""
    layers = (*widths, outputs_of(data))
    weights = sum(n_in * n_out for n_in, n_out in pairwise((data["inputs"], *layers)))
    copies = 3 + max(OPTIMISERS[name].memories for name in _values(plan, "optimiser"))
    copies += any(_values(plan, "early_stopping"))  # the best epoch's weights
    batch = max(data["examples"]["train"] if size == "full" else size for size in _values(plan, "batch_size"))
    activations = 4 * (batch * sum(layers) + BLOCK)  # z, h, δ and a temporary
    return int((weights * copies + activations) * members * _precision(plan))


def _precision(plan: Plan) -> int:
    """Bytes of a number, in training."""
    return 8 if "float64" in _values(plan, "precision") else 4


def _bytes_of_examples(plan: Plan, data: Mapping[str, Any]) -> int:
    """The memory that a worker's examples need, once in float64 and once in the precision of training.

    Each seed has its own of both, unless all have one split, and once more among those of a default setting. Examples
    that are left unscaled lie in a file that all workers share, and each seed has indices alone.
    """
    study, each = plan.file.study, _precision(plan)
    seeds = (study.seeds + study.confirm_seeds) * (2 if plan.defaults else 1)
    examples = data["examples"]["train"] + data["examples"]["validation"]
    if data.get("unscaled"):
        return int(seeds * examples * 8)
    return int((seeds if data.get("splits") == "each_seed" else 1) * examples * data["inputs"] * (8 + each))


def _memory() -> int:
    """Bytes of memory of this machine; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def seconds_of_training(plan: Plan, start: Start) -> float:
    """Seconds that all the study's training would take on one worker, from an epoch of each combination.

    Nothing is recorded. The first epoch is a warm-up and counts only if there is no second.
    """
    per_network = 0.0
    for combination, space in enumerate(plan.spaces):
        company = min(_company(plan, combination), plan.side_by_side(combination, plan.first_seeds))
        nuisance = _any_setting(space)
        tasks = [plan.task("search", combination, index, nuisance) for index in range(company)]
        training = start(tasks).epochs()
        times = [perf_counter(), *(perf_counter() for _ in islice(training, 2))]
        per_network += (times[-1] - times[-2]) * tasks[0].settings["epochs"] / company
        training.close()  # type: ignore[attr-defined]  # a generator, as every training is
    return per_network / len(plan.spaces) / plan.first_seeds * plan.networks


def seconds_of_own_training(plan: Plan, start: Start) -> float:
    """The same with a trainer of the user's own, from two epochs of one network and the time that it takes to begin.

    `start` must train epoch by epoch.

    Raises:
        TrialFailed: if it cannot be trained.
    """
    nuisance = _any_setting(plan.spaces[0])
    training = start([plan.task("search", 0, 0, nuisance, [0])]).epochs()
    times = [perf_counter(), *(perf_counter() for _ in islice(training, 2))]
    training.close()  # type: ignore[attr-defined]  # a generator, as every training is
    first, later = times[1] - times[0], times[-1] - times[-2]
    return plan.networks * (first + (plan.file.epochs - 1) * later * (len(times) > 2))


def _any_setting(space: Space) -> dict[str, Any]:
    """The lower ends of all ranges and the first of all choices, or another setting if that breaks a constraint."""
    return space.decode(drawn([0.0] * len(space.variables), space, np.random.default_rng(0)))


def _company(plan: Plan, combination: int) -> int:
    """How many trials of a combination can be trained together, because their points are known at the same time."""
    sampler, budget = SAMPLERS[plan.file.sampler.name], plan.budgets[combination]
    if plan.rungs:
        return 1
    return budget if sampler.first(budget) >= budget else min(budget, plan.at_once)
