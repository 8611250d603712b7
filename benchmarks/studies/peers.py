"""Compares our study with the same study in plain Optuna and PyTorch, and with scikit-learn's own search."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.goals import STUDY_OVER_PYTORCH, Finding
from benchmarks.rounds import Spread
from benchmarks.studies.our_study import Study, ran

FILE: Final = Path(__file__).with_name("peers.toml")
PLAIN: Final = {
    "Optuna and PyTorch": Path(__file__).with_name("plain_pytorch.py"),
    "scikit-learn": Path(__file__).with_name("plain_scikit_learn.py"),
}
AS_RUN: Final = "ours, tracked, 2 workers"
"""What `chainrule study` does by default on two processors; the goal refers to this."""

OURS: Final = {
    AS_RUN: (2, True),
    "ours, tracked, 1 worker": (1, True),
    "ours, untracked, 1 worker": (1, False),
}
"""Workers, and whether it is tracked."""

PLAIN_TRIALS: Final = 9
"""Trials of a peer in a round: they take seconds each."""

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
        for name, script in PLAIN.items():
            rates[name].append(_plain_rate(python, script, seed=index))
        for name, (workers, tracked) in OURS.items():
            once = ran(study, workers=workers, tracked=tracked)
            rates[name].append(once.trials / once.whole)
    return Peers(
        {name: Spread.of(values) for name, values in rates.items()},
        [
            Finding(
                f"trials a second, {ours} ÷ {name}",
                Spread.of([mine / its for mine, its in zip(rates[ours], rates[name], strict=True)]),
                STUDY_OVER_PYTORCH if "PyTorch" in name and ours == AS_RUN else None,
            )
            for ours in OURS
            for name in PLAIN
        ],
    )


def _plain_rate(python: Path, script: Path, seed: int) -> float:
    """Trials a second of a script, its start not counted."""
    command = [str(python), str(script), str(PLAIN_TRIALS), str(seed)]
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD}
    ).stdout
    found = json.loads(output)
    return float(found["trials"] / found["seconds"])
