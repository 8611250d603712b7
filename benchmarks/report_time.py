"""python -m benchmarks.report_time: how long the report of a study takes, and how much memory, by number of trials.

The records are synthetic, shaped like those of the default study (nine choices, five seeds, thirty epochs), and lie
in a real MLflow store. Each report is written by `chainrule report` in a separate process, as for a user, and
once more by `benchmarks.phases`, to measure its phases and to check that all files are the same.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from benchmarks import goals
from benchmarks.goals import Finding
from benchmarks.made_up import DATA, a_study, a_task
from benchmarks.phases import PHASES
from benchmarks.results_document import verdict, where, write_between_marks
from benchmarks.rounds import Spread, three_digits
from experiments.recording.records import RunRecord, StudyRecord, to_bytes
from experiments.store.mlflow_store import Store
from experiments.task import Phase
from experiments.wording import markdown_table

SEEDS: Final = 5
FRESH: Final = 20
EPOCHS: Final = 30
TOGETHER: Final = 100
"""Runs that are recorded in one transaction."""
STARTED: Final = 1_760_000_000_000

SCIENTIFIC: Final[dict[str, list[Any]]] = {
    "cost": ["quadratic", "cross_entropy", "log_likelihood"],
    "widths": [[16], [64], [64, 32]],
}


@dataclass(frozen=True, slots=True)
class Reported:
    """What reports of one study took, one value a round.

    Attributes:
        trials: of the study.
        phases: seconds of each.
        seconds: of the whole command.
        processor: seconds of it, of both its processes.
        megabytes: the most that one of its processes had of memory.
        page: megabytes of the page.
        differing: files of the phases' report that are not the command's, byte for byte.
    """

    trials: int
    phases: Sequence[dict[str, float]]
    seconds: list[float]
    processor: list[float]
    megabytes: list[float]
    page: float
    differing: int


def main() -> None:
    """Record and report studies of so many trials, and print a row for each."""
    parser = argparse.ArgumentParser(prog="make bench-reports", description=__doc__)
    parser.add_argument("--trials", nargs="+", type=int, default=[300, 1_000, 3_000])
    parser.add_argument("--home", type=Path, help="keep the records here, and use those that are there")
    parser.add_argument("--rounds", type=int, default=3, help="reports of each study")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document too")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = wanted.home or Path(temporary)
        measured = [_measure(trials, home, wanted.rounds) for trials in sorted(set(wanted.trials))]
    text = body(measured)
    if wanted.write:
        write_between_marks(wanted.write, text, "reports")
    print(text, end="")


def body(measured: Sequence[Reported]) -> str:
    """The machine, a row a study, and which goals are missed."""
    heads = ["trials", *PHASES, "whole", "of processor", "memory, MB", "page, MB", "the same bytes"]
    rows = []
    for one in measured:
        phases = [median(seconds[phase] for seconds in one.phases) for phase in PHASES]
        spreads = [str(Spread.of(values)) for values in (one.seconds, one.processor, one.megabytes)]
        same = "no" if one.differing else "yes"
        rows.append([f"{one.trials:,}", *map(three_digits, phases), *spreads, three_digits(one.page), same])
    found = findings(measured)
    lines = [*where(("numpy", "pandas", "matplotlib", "mlflow"), "bench-reports"), ""]
    lines += [
        "### Seconds per report, by number of trials in the study",
        "",
        *markdown_table(heads, rows),
        "",
    ]
    lines += [*markdown_table(["measure", "found; goal"], [[one.what, str(one)] for one in found]), ""]
    return "\n".join([*lines, *verdict(found), ""])


def findings(measured: Sequence[Reported]) -> list[Finding]:
    """What is wanted of a report: time, memory, a small page, the same bytes again, and a cost that is linear."""
    found = []
    for one in measured:
        of = f"of the report of {one.trials:,} trials"
        judged = one.trials == goals.REPORTED
        most: dict[str, tuple[list[float], float | None]] = {
            f"seconds {of}": (one.seconds, goals.REPORT_SECONDS if judged else None),
            f"MB of memory {of}": (one.megabytes, goals.REPORT_MEGABYTES if judged else None),
            f"MB of the page {of}": ([one.page], goals.PAGE_MEGABYTES),
            f"files {of} that differ when it is made again": ([one.differing], 0),
        }
        found += [
            Finding(what, Spread.of(values), bound, at_most=True) for what, (values, bound) in most.items()
        ]
    if len(measured) > 2:
        trials, processor = zip(*((one.trials, min(one.processor)) for one in measured[-3:]), strict=True)
        slope = (processor[1] - processor[0]) / (trials[1] - trials[0])
        line = processor[1] + slope * (trials[2] - trials[1])
        what = f"processor time at {trials[2]:,} trials ÷ by a line through {trials[0]:,} and {trials[1]:,}"
        found.append(Finding(what, Spread.of([processor[2] / line]), goals.LINEAR, at_most=True))
    return found


def _measure(trials: int, home: Path, rounds: int) -> Reported:
    study = _study(trials)
    store = Store.open(home)
    if study.name not in {each.name for each in store.studies()}:
        print(f"… recording {trials:,} trials", file=sys.stderr, flush=True)
        _record(store, study)
    commands, phases, differing = [], [], set()
    for turn in range(rounds):
        print(f"… reporting {trials:,} trials, {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            one, other = Path(folder, "one"), Path(folder, "other")
            commands.append(_command("report", study.name, "--home", str(home), "--output", str(one)))
            phases.append(_phases(home, study.name, other))
            differing |= _differing(one, other)
            page = (one / "report.html").stat().st_size / 1e6
    seconds, processor, megabytes = map(list, zip(*commands, strict=True))
    return Reported(trials, phases, seconds, processor, megabytes, page, len(differing))


def _phases(home: Path, name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.phases", str(home), name, str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _differing(one: Path, other: Path) -> set[str]:
    """Names of the files that are not the same in both folders."""
    first, second = (
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    )
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


def _command(*arguments: str) -> tuple[float, float, float]:
    """Seconds, seconds of processor and peak megabytes of a command of ours."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "chainrule", *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"chainrule {' '.join(arguments)} ended with status {status}")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss is in bytes there, in kilobytes elsewhere
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / unit


def _study(trials: int) -> StudyRecord:
    return a_study(
        f"synthetic-{trials}",
        SCIENTIFIC,
        question="How long does a report take?",
        trials=trials,
        seeds=SEEDS,
        confirm_seeds=FRESH,
        fixed={"epochs": EPOCHS, "batch_size": 16, "activation": "sigmoid"},
        sampler="qmc",
        data={**DATA, "image_shape": [8, 8]},
        command="python -m benchmarks.report_time",
    )


def _record(store: Store, study: StudyRecord) -> None:
    """Put every trial, the winners on fresh seeds and the champion into the store."""
    rng = np.random.default_rng(0)
    parent = store.begin_study(study, study.name)
    best: dict[int, RunRecord] = {}
    runs = []
    for slot in range(study.trials):
        run = _run(study, rng, "search", slot, float(np.exp(rng.uniform(np.log(0.01), np.log(30)))))
        runs.append(run)
        if run.objective is not None and run.objective < getattr(
            best.get(run.task.combination), "objective", 1.0
        ):
            best[run.task.combination] = run
    champion = min(best.values(), key=lambda run: run.objective or 0.0)
    chosen: list[tuple[Phase, RunRecord]] = [
        *(("confirm", run) for run in best.values()),
        ("champion", champion),
    ]
    for phase, run in chosen:
        runs.append(_run(study, rng, phase, run.task.slot, run.task.nuisance["learning_rate"]))
    for first in range(0, len(runs), TOGETHER):
        some = [(run, to_bytes(run)) for run in runs[first : first + TOGETHER]]
        if not all(store.record_together(some, study, parent)):
            raise RuntimeError("not all could be recorded together")
    store.end_study(parent, "FINISHED", {})


def _run(study: StudyRecord, rng: np.random.Generator, phase: Phase, slot: int, rate: float) -> RunRecord:
    """A run whose error falls towards a floor, lowest at rate 1; beyond rate 10 some seeds get stuck or diverge."""
    combination = slot % len(study.combinations)
    members = SEEDS if phase == "search" else FRESH
    floor = 0.02 + 0.002 * combination + 0.05 * np.log(rate) ** 2 / 10 + rng.gamma(2, 0.002, members)
    stuck = (rate > 10) & (rng.random(members) < 0.3)
    epochs = np.arange(1, EPOCHS + 1)
    error = floor[:, None] + 0.88 * np.exp(-epochs * min(rate, 1) / 3)
    error = np.where(stuck[:, None], 0.9, error) * rng.uniform(0.97, 1.03, error.shape)
    diverged = (rate > 20) & (rng.random(members) < 0.2)
    error[diverged, 4:] = np.nan
    layers = rng.random((members, EPOCHS, 2))
    target = rng.integers(10, size=360)
    champion = phase == "champion"
    prediction = np.where(rng.random((members, 360)) < 0.03, rng.integers(10, size=(members, 360)), target)
    first = 0 if phase == "search" else 1000
    seeds = range(first, first + members)
    return RunRecord(
        task=a_task(study, phase, slot, combination, {"learning_rate": rate}, seeds),
        state="complete",
        objective=float(np.where(np.isfinite(error[:, -1]), error[:, -1], 1.0).mean()),
        started=STARTED + 1000 * slot,
        parameters=810,
        curves={
            "train_cost": 0.8 * error,
            "validation_cost": error,
            "train_error": 0.5 * error,
            "validation_error": error,
            "gradient_norm": layers,
            "saturated": layers,
        },
        seconds=0.02 * epochs.astype(np.float64),
        diverged_at=np.where(diverged, 5, 0),
        test_error=(prediction != target).mean(axis=1) if champion else np.zeros(0),
        test_prediction=prediction if champion else np.zeros((0, 0), np.int64),
        test_target=target if champion else np.zeros(0, np.int64),
    )


if __name__ == "__main__":
    main()
