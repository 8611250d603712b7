"""python -m benchmarks: measure training, print the results, and write them to output/benchmarks.{md,svg,png}."""

import os

# One thread, for every library here; read when they are first imported.
os.environ |= dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC"), "1"
)
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import sys
from pathlib import Path

from benchmarks import figure, results_document
from benchmarks.dead_networks import dead_of
from benchmarks.goals import GOALS_FOR
from benchmarks.measure import memory_of, processes_of, steps_of
from benchmarks.measuring import measuring_of
from benchmarks.workloads import WORKLOADS

PARTS = ("steps", "measuring", "dead", "processes", "memory")
DTYPES = ("float32", "float64")


def main() -> None:
    """Measure what the command line asks for; everything if it asks for nothing."""
    wanted = _arguments()
    works = [WORKLOADS[index] for index in wanted.workload]
    measured, others = [], []
    if "steps" in wanted.part:
        for dtype in wanted.dtype:
            for work in works:
                _say(f"steps: {work}, {dtype}")
                measured.append(steps_of(work, dtype, rounds=wanted.rounds, seconds=wanted.seconds))
    if "measuring" in wanted.part:
        _say("measuring")
        others += measuring_of(works, GOALS_FOR, rounds=wanted.rounds)
    if "dead" in wanted.part:
        _say("dead networks")
        others += dead_of(GOALS_FOR, rounds=wanted.rounds, seconds=wanted.seconds)
    if "processes" in wanted.part:
        _say("two processes")
        others += processes_of(works, GOALS_FOR, rounds=wanted.rounds, seconds=5 * wanted.seconds)
    if "memory" in wanted.part:
        _say("memory")
        others += memory_of(works, GOALS_FOR)

    text = results_document.body(measured, others)
    output = Path("output")
    output.mkdir(exist_ok=True)
    (output / "benchmarks.md").write_text(f"# Benchmarks\n\n{text}", encoding="utf-8")
    if measured:
        figure.save(measured, output / "benchmarks")
    if wanted.write:
        results_document.write_between_marks(wanted.write, text)
    print(text, end="")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-steps", description=__doc__)
    indices = range(len(WORKLOADS))
    listed = "; ".join(f"{index}: {work}" for index, work in enumerate(WORKLOADS))
    parser.add_argument("--workload", nargs="+", type=int, choices=indices, default=[*indices], help=listed)
    parser.add_argument("--dtype", nargs="+", choices=DTYPES, default=[*DTYPES], help="precisions")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=[*PARTS], help="what to measure")
    parser.add_argument("--rounds", type=int, default=7, help="times round the contenders")
    parser.add_argument("--seconds", type=float, default=0.15, help="of each measurement in a round")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document too")
    wanted = parser.parse_args()
    if wanted.rounds < 1 or wanted.seconds <= 0:
        parser.error("--rounds and --seconds must be above 0")
    return wanted


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
