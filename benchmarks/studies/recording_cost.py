"""Time of the default study with and without recording, on one worker and on two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.goals import TRACKED, TWO_WORKERS, Finding
from benchmarks.rounds import Spread
from benchmarks.studies.our_study import Ran, Study, ran
from experiments.wording import count

FILE: Final = Path("studies", "digits.toml")
WORKERS: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Recording:
    """Trials of the study, its seconds by how it was run, and the ratios with their goals."""

    trials: int
    seconds: dict[str, Spread]
    findings: list[Finding]


def recording_of(rounds: int) -> Recording:
    """Run the four in turn."""
    study = Study.of(FILE)
    runs: dict[tuple[int, bool], list[Ran]] = {
        (workers, tracked): [] for workers in WORKERS for tracked in (True, False)
    }
    for _ in range(rounds):
        for (workers, tracked), found in runs.items():
            found.append(ran(study, workers=workers, tracked=tracked))
    findings = [
        Finding(
            f"the default study, tracked ÷ untracked, {count(workers, 'worker')}",
            _ratio([one.whole for one in runs[workers, True]], [one.whole for one in runs[workers, False]]),
            TRACKED[workers],
            at_most=True,
        )
        for workers in WORKERS
    ]
    findings += [
        Finding(
            f"trials a second of the default study, 2 workers ÷ 1, {'' if tracked else 'un'}tracked",
            _ratio([one.searching for one in runs[1, tracked]], [one.searching for one in runs[2, tracked]]),
            # the recorder takes its share of two processors, which `TRACKED` bounds
            None if tracked else TWO_WORKERS,
        )
        for tracked in (False, True)
    ]
    return Recording(
        study.plan.trials,
        {
            f"{count(workers, 'worker')}, {'' if tracked else 'un'}tracked": Spread.of(
                [one.whole for one in found]
            )
            for (workers, tracked), found in runs.items()
        },
        findings,
    )


def _ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    """Round by round."""
    return Spread.of([mine / its for mine, its in zip(one, other, strict=True)])
