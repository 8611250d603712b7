"""python -m benchmarks.reporting: how long the report of a study takes, and how much memory, by number of trials.

The records are synthetic, shaped like those of the default study (nine choices, five seeds, thirty epochs), and lie
in a real MLflow store. Each report is written by `chainrule report` in a process of its own, as a user waits for it,
and once more in this one to see where the time goes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.records import Phase, RunRecord, StudyRecord
from experiments.tracking import Store
from reports.page import render
from reports.tables import read_tables
from reports.verdict import reach_verdict

SEEDS: Final = 5
FRESH: Final = 20
EPOCHS: Final = 30
STARTED: Final = 1_760_000_000_000

SCIENTIFIC: Final[dict[str, list[Any]]] = {
    "cost": ["quadratic", "cross_entropy", "log_likelihood"],
    "widths": [[16], [64], [64, 32]],
}


def main() -> None:
    """Record and report studies of so many trials, and print a row for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reporting", description=__doc__)
    parser.add_argument("--trials", nargs="+", type=int, default=[100, 1_000, 3_000])
    parser.add_argument("--home", type=Path, help="keep the records here, and use those that are there")
    wanted = parser.parse_args()
    print(
        "| trials | seconds | of processor | peak memory, MB | reading, s | tables, s | page, s | page, MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for trials in wanted.trials:
            print(_row(trials, wanted.home or Path(temporary)), flush=True)


def _row(trials: int, home: Path) -> str:
    study = _study(trials)
    store = Store.open(home)
    if study.name not in {each.name for each in store.studies()}:
        _record(store, study)
    measured = _command("report", study.name, "--home", str(home))
    times = [time.perf_counter()]
    recorded = store.load_study(study.name)
    times.append(time.perf_counter())
    tables = read_tables(recorded)
    times.append(time.perf_counter())
    page = render(tables, reach_verdict(tables))["report.html"]
    times.append(time.perf_counter())
    reading, tabulating, rendering = np.diff(times)
    cells = (*measured, reading, tabulating, rendering, len(page) / 1e6)
    return f"| {trials:,} | " + " | ".join(f"{cell:,.1f}" for cell in cells) + " |"


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
    names, values = list(SCIENTIFIC), list(SCIENTIFIC.values())
    return StudyRecord(
        name=f"synthetic-{trials}",
        question="How long does a report take?",
        objective="validation_error",
        target_error=None,
        equivalence_margin=0.005,
        trials=trials,
        seeds=SEEDS,
        confirm_seeds=FRESH,
        scientific=SCIENTIFIC,
        nuisance={"learning_rate": {"low": 0.01, "high": 30.0, "log": True}},
        fixed={"epochs": EPOCHS, "batch_size": 16, "activation": "sigmoid"},
        combinations=tuple(dict(zip(names, chosen, strict=True)) for chosen in product(*values)),
        sampler="qmc",
        pruner="none",
        data={
            "name": "synthetic",
            "kind": "classification",
            "fingerprint": "none",
            "examples": {"train": 1077, "validation": 360, "test": 360},
            "inputs": 64,
            "classes": [str(digit) for digit in range(10)],
            "chance_error": 0.9,
            "image_shape": [8, 8],
            "split_seed": 0,
            "source": "made up",
        },
        study_file="",
        command="python -m benchmarks.reporting",
        environment={},
    )


def _record(store: Store, study: StudyRecord) -> None:
    """Put every trial, the winners on fresh seeds and the champion into the store."""
    rng = np.random.default_rng(0)
    parent = store.begin_study(study, study.name)
    best: dict[int, RunRecord] = {}
    for slot in range(study.trials):
        run = _run(study, rng, "search", slot, float(np.exp(rng.uniform(np.log(0.01), np.log(30)))))
        store.record(run, study, parent)
        if run.objective is not None and run.objective < getattr(best.get(run.combination), "objective", 1.0):
            best[run.combination] = run
    for run in best.values():
        store.record(_run(study, rng, "confirm", run.slot, run.nuisance["learning_rate"]), study, parent)
    champion = min(best.values(), key=lambda run: run.objective or 0.0)
    store.record(
        _run(study, rng, "champion", champion.slot, champion.nuisance["learning_rate"]), study, parent
    )
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
    return RunRecord(
        study=study.name,
        run_key=f"{study.name}-{phase}-{slot}",
        phase=phase,
        slot=slot,
        combination=combination,
        scientific=study.combinations[combination],
        nuisance={"learning_rate": rate},
        fixed=study.fixed,
        seeds=tuple(range(members)) if phase == "search" else tuple(range(1000, 1000 + members)),
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
