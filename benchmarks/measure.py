"""Runs all measurements of training and compares them with their goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.contenders import OF_MANY, OF_ONE
from benchmarks.goals import GOALS, GOALS_FOR, MEMORY, TWO_PROCESSES, Finding, Goal
from benchmarks.memory import peak_over_need
from benchmarks.peer_agreement import require_agreement
from benchmarks.rounds import Spread, Timing, interleaved, ratio
from benchmarks.two_processes import two_over_one
from benchmarks.workloads import STACK, WORKLOADS, Workload, problem

PROCESS_WORKLOADS: Final = WORKLOADS[1:3]
MEMORY_OPTIMISERS: Final = ("gradient_descent", "adam")


@dataclass(frozen=True, slots=True)
class Measured:
    """One workload in one precision.

    Attributes:
        work: the workload.
        dtype: float32 or float64.
        microseconds: of a step of one network, by contender.
        findings: by goal; a goal whose contenders are not all installed is left out.
        threads: processor time over time passed, by contender.
    """

    work: Workload
    dtype: str
    microseconds: dict[str, Spread]
    findings: dict[Goal, Finding]
    threads: dict[str, float]


def steps_of(work: Workload, dtype: str, *, rounds: int, seconds: float) -> Measured:
    """Time every contender's epochs on one workload, all in turn, after having made sure that they agree."""
    require_agreement(problem(work, dtype), problem(work, dtype, members=2))
    one, many = problem(work, dtype), problem(work, dtype, members=STACK)
    timings = interleaved(
        {name: start(one).epoch for name, start in OF_ONE.items()}
        | {name: start(many).epoch for name, start in OF_MANY.items()},
        rounds=rounds,
        seconds=seconds,
    )
    return Measured(
        work,
        dtype,
        {name: _a_step(timing, work, STACK if name in OF_MANY else 1) for name, timing in timings.items()},
        {
            goal: Finding(
                f"{goal} at {work}, {dtype}",
                ratio(timings[goal.one], timings[goal.other]),
                goal.bounds[WORKLOADS.index(work)] if dtype == GOALS_FOR else None,
                goal.at_most,
            )
            for goal in GOALS
            if goal.one in timings and goal.other in timings
        },
        {name: timing.processor for name, timing in timings.items()},
    )


def processes_of(works: Sequence[Workload], dtype: str, *, rounds: int, seconds: float) -> list[Finding]:
    """What two processes do over what one does, for those workloads that are measured."""
    return [
        Finding(
            f"two processes ÷ one at {work}, {dtype}",
            two_over_one(work, dtype, rounds=rounds, seconds=seconds),
            TWO_PROCESSES,
        )
        for work in works
        if work in PROCESS_WORKLOADS
    ]


def memory_of(works: Sequence[Workload], dtype: str) -> list[Finding]:
    """Peak memory over need for each workload and optimiser; it is counted, not timed, so once is enough."""
    return [
        Finding(
            f"memory ÷ need at {work}, {dtype}, {optimiser.replace('_', ' ')}",
            Spread.of([peak_over_need(work, dtype, optimiser)]),
            MEMORY,
            at_most=True,
        )
        for work in works
        for optimiser in MEMORY_OPTIMISERS
    ]


def _a_step(timing: Timing, work: Workload, members: int) -> Spread:
    """Microseconds of one step of one network, from seconds of an epoch of `members`."""
    return Spread.of(list(np.array(timing.rounds) * (1e6 / work.steps / members)))
