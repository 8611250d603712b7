"""Kill a study before and after each of its durable steps, start it again, and see that nothing came of it.

    .venv/bin/python -m tests.faults.points value range tpe
    .venv/bin/python -m tests.faults.points probe --every 7

A step is a line of the journal, or a record that gets its name. Each life is a process of its own that is forked from
this one and ended by SIGKILL; the study is trained within it. `value`, `range` and `tpe` are studies that take over
their earlier runs, train what is new and forget what they were; `probe` checks a rule of where its networks fail.
"""

import argparse
import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.datasets import load
from experiments.preparing.splits import split
from experiments.system import files
from studies.running import storage
from studies.running.design_agreement import LANE, designs_in
from tests.faults.kills import Found
from tests.studies.running.test_extension import FURTHER, STUDY, WIDER, Study, changed, rows

FAILING = changed(
    STUDY,
    study={"name": "moons", "trials": 32, "seeds": 1, "confirm_seeds": 0, "default_setting": False},
    training={"epochs": 3, "batch_size": 32, "activation": "relu", "cost": "cross_entropy"},
    search__nuisance={"learning_rate": {"low": 0.01, "high": 10_000.0, "log": True}},
)
"""A study of which most networks diverge above a rate, so that a rule is learnt and checked."""

LEARNING = changed(STUDY, sampler__name="tpe")

CASES: dict[str, tuple[dict[str, Any], int, dict[str, Any]]] = {
    "value": (STUDY, 10_000, FURTHER),
    "range": (STUDY, 10_000, WIDER),
    "tpe": (
        LEARNING,
        10_000,
        changed(LEARNING, study__trials=6, search__nuisance=WIDER["search"]["nuisance"]),
    ),
    "probe": (FAILING, 32, FAILING),
}
"""Of each case the study that is prepared, after how many tasks it is stopped, and what then is killed."""

PHASES: Final = ("search", "given", "confirm", "default", "champion", "probe")


@contextmanager
def watched(step: Callable[[], None]) -> Iterator[None]:
    """Have a function called before and after each durable step."""
    append, rename = storage._Journal.append_logs, Path.replace

    def append_logs(journal: Any, logs: list[dict[str, Any]]) -> None:
        step()
        append(journal, logs)
        step()

    def replace_it(path: Path, target: Path) -> Path:
        step()
        found = rename(path, target)
        step()
        return found

    storage._Journal.append_logs, Path.replace = append_logs, replace_it  # type: ignore[method-assign]
    try:
        yield
    finally:
        storage._Journal.append_logs, Path.replace = append, rename  # type: ignore[method-assign]


class Steps:
    """Counts the steps, and kills this process at one of them."""

    def __init__(self, last: int = 0) -> None:
        """Kill at the last one; 0 for none."""
        self.taken, self._last = 0, last

    def __call__(self) -> None:
        """Take one."""
        self.taken += 1
        if self.taken == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def life(work: Callable[[Steps], Any], last: int = 0) -> Any:
    """Work in a process of its own until a step; gives what came of it, or None if it was killed."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            steps = Steps(last)
            with watched(steps):
                found = work(steps)
            with os.fdopen(theirs, "wb") as file:
                pickle.dump(found, file)
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as file:
        said = file.read()
    os.waitpid(child, 0)
    return pickle.loads(said) if said else None


def kill_at_each(case: str, folder: Path, first: int, every: int, say: Callable[[str], object]) -> int:
    """Kill the study of a case at every so many steps from the first one on; gives how many there were.

    Raises:
        Found: for what ought not to be.
    """
    before, stop_after, after = CASES[case]
    moons = split(
        load("two-moons"), validation=0.2, test=0.2, split_seed=0, splits="each_seed", ordered=False
    )
    folder.mkdir()
    prepared = Study(folder / "prepared", moons)
    prepared.run(before, stop_after=stop_after)

    def go_on(study: Study, steps: Steps) -> tuple[int, list[Any], list[str]]:
        files.sweep(study.folder)
        ended = study.run(after)
        return steps.taken, rows(ended, PHASES), _left(study.folder)

    def of(name: str) -> Study:
        shutil.copytree(prepared.folder, folder / name)
        return replace(prepared, folder=folder / name)

    whole = of("whole")
    steps, expected, left = life(lambda taken: go_on(whole, taken))
    if left:
        raise Found(f"{case}: left although nobody killed it: {left}")
    say(f"{case}: {steps} steps, {len(expected)} runs")
    for step in range(first, steps + 1, every):
        killed = of(str(step))
        if life(lambda taken: go_on(killed, taken), step) is not None:  # noqa: B023 # called at once
            raise Found(f"{case}: it ended before step {step}")
        ended = life(lambda taken: go_on(killed, taken))  # noqa: B023
        if ended is None:
            raise Found(f"{case}: killed at step {step}, it does not go on")
        _, found, left = ended
        if left or found != expected:
            what = f"left {left}" if left else "another study than that of nobody's interruption"
            raise Found(f"{case}: killed at step {step}: {what}")
        shutil.rmtree(killed.folder)
    return len(range(first, steps + 1, every))


def _left(folder: Path) -> list[str]:
    """What is unfinished in a study's folder, or of what it was before."""
    kept = storage.open_journal(folder)
    studies = kept.get_all_studies()
    unfinished = [
        f"{one.study_name} {trial.number} {trial.state.name}"
        for one in studies
        for trial in kept.get_all_trials(one._study_id, deepcopy=False)
        if not trial.state.is_finished()
    ]
    newest = max(designs_in(kept, "moons"))
    lanes = [LANE.fullmatch(one.study_name) for one in studies]
    earlier = [lane[0] for lane in lanes if lane and int(lane["generation"] or 0) < newest]
    return [*unfinished, *earlier, *(path.name for path in folder.glob(".*"))]


def main() -> None:
    """Kill and look, as the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.points", description=__doc__)
    parser.add_argument("cases", nargs="+", choices=CASES)
    parser.add_argument("--first", type=int, default=1, help="kill at no step before this one")
    parser.add_argument("--every", type=int, default=1, help="kill at every so many steps only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="points-") as folder:
        for case in asked.cases:
            kills = kill_at_each(case, Path(folder, case), asked.first, asked.every, _say)
            _say(f"{case}: {kills} kills: none lost, none left, all identical")


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except Found as found:
        sys.exit(f"FOUND: {found}")
