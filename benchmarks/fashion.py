"""python -m benchmarks.fashion: loads Fashion-MNIST, trains on it, and weighs the study of docs/fashion.md.

The four files are those of Debian's package `dataset-fashion-mnist`, or of any folder. Memory is what the study's
processes hold together (the sum of their proportional set sizes, in which shared pages count once), sampled on Linux; a
study with a fiftieth of the examples is taken off, so that what remains is the data's part.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any, Final

import numpy as np

from benchmarks.results_document import where, write_between_marks
from core import Purpose, Settings, evaluate, generators, initialise, train
from core.fast.threads import one_thread
from experiments.datasets import Dataset, load
from experiments.preparing.splits import split
from experiments.wording import markdown_table

FOLDER: Final = Path("/usr/share/datasets/fashion-mnist")
DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "fashion.md"
PUBLISHED: Final = {"relu": 0.871, "tanh": 0.868}
"""Accuracy of scikit-learn's MLPClassifier with 100 hidden units in table 3 of Xiao, Rasul & Vollgraf (2017)."""

GOALS: Final = {"load": 2.0, "train": 10.0}
"""Seconds at most: to load, and for 10 epochs of 784-100-10 on one core."""

PAUSE: Final = 0.2
"""Seconds between two looks at the memory."""


def main() -> None:
    """Measure, and print or write into the document."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="a document with a place for the tables")
    arguments = parser.parse_args()
    rows = [*loading(arguments.folder, arguments.rounds), *training(load(f"idx:{arguments.folder}"))]
    with tempfile.TemporaryDirectory() as folder:
        rows += studying(arguments.folder, Path(folder))
    text = "\n".join(
        [*where(("numpy", "scipy"), "bench-fashion"), "", *markdown_table(("measure", "found"), rows), ""]
    )
    if arguments.write:
        write_between_marks(arguments.write, text)
    else:
        print(text)


def loading(folder: Path, rounds: int) -> Iterator[tuple[str, str]]:
    """Seconds until the arrays are there, and their size."""
    elapsed, busy = [], []
    for _ in range(rounds):
        began, worked = perf_counter(), process_time()
        data = load(f"idx:{folder}")
        elapsed.append(perf_counter() - began)
        busy.append(process_time() - worked)
    yield (
        "numbers",
        f"{data.inputs.shape[0]:,} × {data.inputs.shape[1]} in {data.inputs.dtype}, {data.inputs.nbytes / 1e6:.1f} MB",
    )
    yield "loading", _judged(median(elapsed), median(busy), GOALS["load"])


def training(data: Dataset) -> Iterator[tuple[str, str]]:
    """Seconds of 10 epochs on one core, with what each epoch measures, and the accuracy on the test set."""
    prepared = split(data).of(0)
    for activation, published in PUBLISHED.items():
        start = initialise(
            (784, 100, 10),
            generators(0, [0], Purpose.INITIALISATION),
            activation=activation,
            output="softmax",
            initialisation="he",
            dtype="float32",
        )
        settings = Settings(
            cost="log_likelihood", learning_rate=0.05, epochs=10, batch_size=32, error="misclassified"
        )
        began, worked = perf_counter(), process_time()
        with one_thread():
            *_, last = train(
                start, prepared.training, prepared.validation, settings, generators(0, [0], Purpose.SHUFFLE)
            )
        what = f"10 epochs of 784-100-10, {activation}, batch 32, {len(prepared.training):,} examples"
        yield what, _judged(perf_counter() - began, process_time() - worked, GOALS["train"])
        right = 1 - float(evaluate(last.network, prepared.test, settings).error[0])
        yield f"test accuracy after them, {activation}", f"{right:.3f}; published {published}"


def _judged(elapsed: float, busy: float, most: float) -> str:
    met = "met" if busy <= most else "**missed**"
    return f"{elapsed:.2f} s, {busy:.2f} s of processor; ≤ {most:g} s {met}"


def studying(folder: Path, place: Path) -> Iterator[tuple[str, str]]:
    """The memory of the document's study with two workers and one epoch, and how much of it is for the data."""
    data = load(f"idx:{folder}")
    few = np.random.default_rng(0).permutation(len(data.targets))[: len(data.targets) // 50]
    np.savez(place / "few.npz", x=data.inputs[few], y=data.targets[few].astype(int))
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    source = f'source = "idx:{FOLDER}"'
    peaks = []
    for name, where_from in (
        ("few", 'source = "npz:few.npz"\nkind = "classification"'),
        ("all", f'source = "idx:{folder}"'),
    ):
        file = place / f"{name}.toml"
        before, _, after = text.replace("epochs         = 10", "epochs = 1").partition(source)
        file.write_text(before + where_from + after, encoding="utf-8")
        peaks.append(_peak_of_study(file, place / name))
    added = peaks[1] - peaks[0]
    yield "peak memory of the study with 2 workers, all processes (one epoch)", f"{peaks[1] / 1e6:.0f} MB"
    yield (
        "of which for the data",
        f"{added / 1e6:.0f} MB, {added / data.inputs.nbytes:.1f} times the size of its numbers",
    )


def _peak_of_study(file: Path, home: Path) -> int:
    """Bytes that all processes of a study held at most, at the times when they were looked at."""
    command = [
        sys.executable,
        "-m",
        "chainrule",
        "study",
        str(file),
        "--home",
        str(home),
        "--workers",
        "2",
        "--quiet",
    ]
    with subprocess.Popen([*command, "--no-report"]) as running:
        peak = 0
        while running.poll() is None:
            peak = max(peak, sum(map(_held, _family(running.pid))))
            sleep(PAUSE)
    if running.returncode:
        raise SystemExit(f"the study ended with status {running.returncode}")
    return peak


def _family(process: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield process
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))
    except OSError:  # it has ended
        return


def _held(process: int) -> int:
    """Its proportional set size in bytes, 0 if it has ended."""
    try:
        found: Any = re.search(
            r"^Pss: +(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE
        )
    except OSError:
        return 0
    return 1024 * int(found[1]) if found else 0


if __name__ == "__main__":
    main()
