"""Compares our study with the same study in plain Optuna and PyTorch, and with scikit-learn's own search."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.goals import STUDY_OVER_PYTORCH, WORKER_OVER_PYTORCH, Finding
from benchmarks.rounds import Spread
from benchmarks.studies.our_study import Study, ran
from experiments.wording import count

FILE: Final = Path(__file__).with_name("peers.toml")
PYTORCH: Final = "Optuna and PyTorch, 1 process"
SCRIPTS: Final = {
    "Optuna and PyTorch": Path(__file__).with_name("plain_pytorch.py"),
    "scikit-learn": Path(__file__).with_name("plain_scikit_learn.py"),
}
PLAIN: Final = {
    f"{name}, {count(processes, 'process', 'processes')}": (script, processes)
    for name, script in SCRIPTS.items()
    for processes in (1, 2)
}
"""Each as a single process, and as two that share nothing, which is the best that a plain script can do."""
AS_RUN: Final = "ours, tracked, 2 workers"
"""What `chainrule study` does by default on two processors."""
ONE_WORKER: Final = "ours, tracked, 1 worker"

OURS: Final = {
    AS_RUN: (2, True),
    ONE_WORKER: (1, True),
    "ours, untracked, 1 worker": (1, False),
}
"""Workers, and whether it is tracked."""

BOUNDS: Final = {(AS_RUN, PYTORCH): STUDY_OVER_PYTORCH, (ONE_WORKER, PYTORCH): WORKER_OVER_PYTORCH}
"""The comparisons that have a goal."""

PLAIN_TRIALS: Final = 9
"""Trials of a peer's process in a round: they take seconds each."""

ONE_THREAD: Final = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Peers:
    """Trials a second by name, and the ratios with their goals."""

    rates: dict[str, Spread]
    findings: list[Finding]


def peers_of(python: Path, rounds: int) -> Peers:
    """Run everybody in turn.

    Args:
        python: of the environment that the peers are installed in.
        rounds: how many times round; each with other points.
    """
    study = Study.of(FILE)
    rates: dict[str, list[float]] = {name: [] for name in (*OURS, *PLAIN)}
    for index in range(rounds):
        for name, (script, processes) in PLAIN.items():
            seeds = range(2 * index, 2 * index + processes)
            rates[name].append(_plain_rate(python, script, seeds))
        for name, (workers, tracked) in OURS.items():
            once = ran(study, workers=workers, tracked=tracked)
            rates[name].append(once.trials / once.whole)
    return Peers(
        {name: Spread.of(values) for name, values in rates.items()},
        [
            Finding(
                f"trials a second, {ours} ÷ {name}",
                Spread.of([mine / its for mine, its in zip(rates[ours], rates[name], strict=True)]),
                BOUNDS.get((ours, name)),
            )
            for ours in OURS
            for name in PLAIN
        ],
    )


def _plain_rate(python: Path, script: Path, seeds: Sequence[int]) -> float:
    """Trials a second of a script, in a process for each seed at the same time; their start is not counted."""
    commands = [[str(python), str(script), str(PLAIN_TRIALS), str(seed)] for seed in seeds]
    environment = {**os.environ, **ONE_THREAD}
    processes = [
        subprocess.Popen(each, stdout=subprocess.PIPE, text=True, env=environment) for each in commands
    ]
    outputs = [process.communicate()[0] for process in processes]
    for process in processes:
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
    found = [json.loads(output) for output in outputs]
    return float(sum(one["trials"] / one["seconds"] for one in found))
