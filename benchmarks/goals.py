"""Goals for the measurements: upper bounds of time ratios, in the order of the workloads, for float32."""

from dataclasses import dataclass
from typing import Final

from benchmarks.rounds import Spread


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of two contenders' times and its bound for each workload, or None where it is only shown."""

    one: str
    other: str
    bounds: tuple[float | None, ...]
    at_most: bool = False

    def __str__(self) -> str:
        return f"{self.one} ÷ {self.other}"


GOALS: Final = (
    Goal("ours", "products alone", (2.5, 1.6, 1.05, 1.02), at_most=True),
    Goal("PyTorch", "ours", (15, 10, 3, 1.25)),
    Goal("scikit-learn", "ours", (9, 6, 2.5, 1.35)),
    Goal("JAX", "ours", (1, 1.3, 1.2, 1)),
    Goal("Nielsen, as printed", "ours", (15, 9, 10, 9)),
    Goal("Nielsen, matrices", "ours", (None, None, None, None)),
    Goal("ours, separate", "our stack", (3, 1.6, 1.1, 1)),
    Goal("JAX, vmap", "our stack", (2.5, 2, 1.3, 1)),
)
GOALS_FOR: Final = "float32"
MEASURING: Final = {1: 1.35, 5: 1.25, 32: 1.25}
"""Time of training with its measurements over that of its steps alone, by the number of networks in a stack."""
DEAD: Final = 1.1
"""A step of networks that have died over that of networks that learn."""
TWO_PROCESSES: Final = 1.9
MEMORY: Final = 1.2

# Of whole studies, on two processors.
STUDY_OVER_PYTORCH: Final = 40
"""Trials a second of the command, over those of the same study written plainly with Optuna and PyTorch."""
WORKER_OVER_PYTORCH: Final = 25
"""The same, of one worker over one process."""
TRACKED: Final = {1: 1.05, 2: 1.3}
"""Wall time of the default study over that without recording, by the number of workers."""
TWO_WORKERS: Final = {False: 1.9, True: 1.8}
"""Trials a second of two workers over those of one, without and with recording."""
OWN_MILLISECONDS: Final = 5
"""A trial, beyond the calls into Optuna and MLflow."""
MLFLOW_MILLISECONDS: Final = 12
"""Of the processor, in MLflow, a run."""
TOGETHER_OVER_CLIENT: Final = 2
"""By how much MLflow's own tables must be faster than its client to be worth it."""
STORE_OVER_BANDS: Final = 1 / 3
"""Bytes of the database a run, over those with the bounds of each curve."""
PAGE_OVER_BANDS: Final = 2
"""Time of a page with the bounds of each curve, over that without."""
FLAT: Final = 2
"""Of a study's largest size over its smallest: start-up, a trial's milliseconds, memory."""
HEADLINE_SECONDS: Final = 130
"""The whole of `benchmarks/headline.toml`."""
FIRST_TRIAL_SECONDS: Final = 1.0
"""From the command to its first trial."""

# Of the report of a study, on two processors.
REPORTED: Final = 1_000
"""Trials of five seeds and thirty epochs for which the goals hold that follow."""
REPORT_SECONDS: Final = 5
REPORT_MEGABYTES: Final = 1_000
PAGE_MEGABYTES: Final = 5
"""Whatever the number of trials."""
LINEAR: Final = 1.25
"""Processor time of the largest study's report over what a line through the two next smaller ones says of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was measured, and what was wanted of it.

    Attributes:
        what: the measure and its workload.
        found: over the rounds.
        bound: the goal, or None where there is none.
        at_most: whether the bound is an upper one.
    """

    what: str
    found: Spread
    bound: float | None
    at_most: bool = False

    @property
    def missed(self) -> bool:
        """Whether the median is on the wrong side of the goal."""
        if self.bound is None:
            return False
        return self.found.middle > self.bound if self.at_most else self.found.middle < self.bound

    def __str__(self) -> str:
        if self.bound is None:
            return str(self.found)
        wanted = f"{'≤' if self.at_most else '≥'} {self.bound:g}"
        return f"{self.found}; {wanted} **missed**" if self.missed else f"{self.found}; {wanted} met"
