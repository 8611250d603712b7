"""Throughput of two single-threaded processes compared with one; a study uses processors in this way."""

from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

from benchmarks.contenders import ours
from benchmarks.rounds import Spread
from benchmarks.workloads import Workload, problem


def two_over_one(work: Workload, dtype: str, *, rounds: int, seconds: float) -> Spread:
    """Epochs a second of two processes at once, over those of one alone; measured in turn, either one alone in turn."""
    context = get_context("spawn")
    ends, workers = [], []
    for _ in range(2):
        here, there = context.Pipe()
        ends.append(here)
        workers.append(context.Process(target=_work, args=(there, work, dtype), daemon=True))
        workers[-1].start()
    _epochs_a_second(ends, seconds / 10)  # both have started and are warm
    ratios = []
    for index in range(rounds):
        (alone,) = _epochs_a_second([ends[index % 2]], seconds)
        ratios.append(sum(_epochs_a_second(ends, seconds)) / alone)
    for end, worker in zip(ends, workers, strict=True):
        end.send(None)
        worker.join()
    return Spread.of(ratios)


def _epochs_a_second(ends: list[Connection], seconds: float) -> list[float]:
    """Let these workers train at the same time."""
    for end in ends:
        end.send(seconds)
    return [end.recv() for end in ends]


def _work(end: Connection, work: Workload, dtype: str) -> None:
    """Train for as long as is asked, and answer with the epochs a second."""
    run = ours.start(problem(work, dtype))
    while (seconds := end.recv()) is not None:
        began, epochs = perf_counter(), 0
        while perf_counter() - began < seconds:
            run.epoch()
            epochs += 1
        end.send(epochs / (perf_counter() - began))
