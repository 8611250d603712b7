"""What measuring adds to training: whole trainings with their epochs measured, over the same steps alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.goals import MEASURING, Finding
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.workloads import LEARNING_RATE, WORKLOADS, Problem, Workload, problem
from core import Examples, Portions, Settings, train
from core.fast.evaluation import Evaluator
from core.fast.layout import Rows
from core.fast.steps import Steps
from core.fast.threads import one_thread

MEASURED_WORKLOADS: Final = WORKLOADS[:2]
EPOCHS: Final = 30
SEEDS: Final = 5
"""Splits of the examples; as in a study, networks of the same seed share one."""
VALIDATION: Final = 3
"""Training examples to one for validation, as by default."""


def measuring_of(works: Sequence[Workload], dtype: str, *, rounds: int) -> list[Finding]:
    """Time of whole trainings over that of their steps alone, and both by the step, for one network and for stacks.

    Each is also given as it was before: all networks measured after every epoch, one by one. Then what makes up the
    difference: a training that measures almost nothing, and measurements by themselves, with no steps between them, of
    as many of the same networks as there are epochs.
    """
    found = []
    for work in works:
        for members, bound in MEASURING.items() if work in MEASURED_WORKLOADS else ():
            given = problem(work, dtype, members=members)
            calls = _contenders(given)
            with one_thread():
                timings = interleaved(calls, rounds=rounds, seconds=0)
            who = "one network" if members == 1 else f"a stack of {members}"
            for name in (name for name in calls if name != "steps"):
                what = f"{who} {name} ÷ its steps alone at {work}, {dtype}"
                goal = bound if name == "measured" else None
                found.append(Finding(what, ratio(timings[name], timings["steps"]), goal, at_most=True))
            steps = EPOCHS * given.steps * members
            for name, how in (("steps", "its steps alone"), ("measured", "measured")):
                each = Spread.of([1e6 * seconds / steps for seconds in timings[name].rounds])
                found.append(Finding(f"microseconds a step of {who}, {how}, at {work}, {dtype}", each, None))
    return found


def _contenders(given: Problem) -> dict[str, Callable[[], None]]:
    """Trainings from the same start, their steps alone and measured in three ways; and measurements alone."""
    network, rngs = given.network, given.rngs
    training, validation = _splits(given)
    settings = Settings(
        cost="cross_entropy", learning_rate=LEARNING_RATE, batch_size=given.batch, epochs=EPOCHS
    )
    each, members = [settings] * network.members, np.arange(network.members)
    seldom = [replace(settings, measure_every=EPOCHS)] * network.members
    rows = Rows.of(training, network)

    def steps() -> None:
        alone = Steps(network, rows, each, rngs)
        for _ in range(EPOCHS):
            alone.epoch()

    def measured() -> None:
        for _ in train(network, training, validation, each, rngs):
            pass

    def bare() -> None:
        for _ in train(network, training, None, seldom, rngs):
            pass

    def one_by_one() -> None:
        taken = Steps(network, rows, each, rngs)
        inside = Evaluator(network, training, inside=True)
        outside = Evaluator(network, validation, inside=False)
        for _ in range(EPOCHS):
            taken.epoch()
            for member in members:
                alone = taken.network.take([int(member)])
                for evaluator in (inside, outside):
                    evaluator.measure(alone, [settings], members[member : member + 1])

    def again(examples: Portions, *, inside: bool) -> Callable[[], None]:
        evaluator = Evaluator(network, examples, inside=inside)

        def measurements() -> None:
            for _ in range(EPOCHS):
                evaluator.measure(network, each, members)

        return measurements

    return {
        "steps": steps,
        "measured": measured,
        "measured after every epoch, one by one": one_by_one,
        "measured on its training examples after the first and the last epoch alone": bare,
        "measured on its validation examples, without the steps": again(validation, inside=False),
        "measured on its training examples, without the steps": again(training, inside=True),
    }


def _splits(given: Problem) -> tuple[Portions, Portions]:
    """Each member's training and validation examples: those of its seed."""
    seeds = min(SEEDS, given.network.members)
    whose = np.arange(given.network.members) % seeds
    parts = []
    for m in (len(given.x), len(given.x) // VALIDATION):
        x, y = (np.concatenate([array[:m]] * seeds).T for array in (given.x, given.y))
        x.flags.writeable = y.flags.writeable = False
        parts.append(Portions(Examples(x, y), m * whose[:, np.newaxis] + np.arange(m)))
    return parts[0], parts[1]
