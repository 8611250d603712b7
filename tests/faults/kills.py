"""Kill a study's processes at random moments, start it again, and see that nothing came of it.

    .venv/bin/python -m tests.faults.kills --moments 50 --sampler tpe --workers 1
    .venv/bin/python -m tests.faults.kills --moments 50 --engine dask --storage postgresql://… --tracking-uri …

A moment is a time within the study, counted from its start or the last moment, and a victim: the command itself, or any
process below it. Nine victims of ten are killed by SIGKILL; else the whole group is sent SIGINT or SIGTERM, as a
terminal or a machine that is shut down would. Whenever the command has ended it is started again; when it has ended
well, the study must be the one that nobody interrupted, with each run once, and another one is begun.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from experiments.store.mlflow_store import Store
from studies.running.storage import open_database, open_journal
from tests.commands import command, environment
from tests.end_to_end.conftest import fingerprint

STUDY = """
[study]
name = "{name}"
trials = 24
seeds = 3
confirm_seeds = 4

[data]
source = "iris"

[training]
epochs = 60
batch_size = 8

[search.scientific]
cost = ["quadratic", "cross_entropy"]
activation = ["sigmoid", "tanh"]

[search.nuisance]
learning_rate = {{ low = 0.01, high = 10.0, log = true }}

[sampler]
name = "{sampler}"

[pruner]
name = "{pruner}"
"""

OF_THE_TRACKER = re.compile(
    r"Traceback [^\n]*\n  File \S*resource_tracker\.py.*?\nKeyError: '[^\n]*\n", re.DOTALL
)
"""What Python's resource tracker says, begun anew after it was killed, of names that only its predecessor knew."""

ENDS = (0, 130, 143, -signal.SIGKILL, -signal.SIGTERM)
"""What a command may end with; before it listens to SIGTERM that ends it as it ends any process."""

LEAVING = 120.0
"""Seconds that processes may outlive the command."""


class Found(Exception):
    """What ought not to be."""


@dataclass
class Study:
    """A study that is killed until it ends."""

    file: Path
    home: Path
    name: str
    options: Sequence[str] = ()
    storage: str = ""
    tracking_uri: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The command."""
        stores = [word for name in ("storage", "tracking_uri") for word in self._store(name)]
        home = ["--home", str(self.home), "--name", self.name, "--no-report"]
        return command("study", str(self.file), *home, *stores, *self.options)

    def _store(self, name: str) -> list[str]:
        url = getattr(self, name)
        return [f"--{name.replace('_', '-')}", url] if url else []

    def live(self, moments: list[float], chance: random.Random) -> int:
        """Start the command, take moments from the list until it has ended, and give its status."""
        log = self.home.parent / f"{self.name}.log"
        with log.open("w") as err:
            started = subprocess.Popen(self.words, stderr=err, env=environment(), start_new_session=True)
        command = psutil.Process(started.pid)
        below: list[psutil.Process] = []
        while moments:
            try:
                started.wait(moments[-1])
                break
            except subprocess.TimeoutExpired:
                moments.pop()
            below = sorted(command.children(recursive=True), key=lambda one: one.pid)
            self.said.append(_strike(command, below, chance))
            if self.said[-1].startswith("SIGKILL command"):
                break
        status = started.wait()
        deadline = monotonic() + LEAVING
        while left := [process for process in below if _alive(process)]:
            if monotonic() > deadline:
                raise Found(f"outlive the command: {[process.cmdline() for process in left]}")
            psutil.wait_procs(left, 0.2)
        told = log.read_text()
        if "Traceback" in OF_THE_TRACKER.sub("", told) or status not in ENDS:
            raise Found(f"status {status} after {self.said[-3:]}:\n{told}")
        return status

    def look(self) -> list[tuple[object, ...]]:
        """What the finished study is; raises `Found` for what is left over or there twice."""
        spool = sorted(self.home.glob("studies/*/spool/*.npz*"))
        if spool:
            raise Found(f"left in the spool: {spool}")
        self._look_at_trials()
        store: Any = Store.open(self.home, self.tracking_uri or None)
        study = store.load_study(self.name)
        runs = store._client.search_runs([study.experiment_id], max_results=1000)
        running = [run.info.run_name for run in runs if run.info.status == "RUNNING"]
        keys = Counter(run.data.tags["chainrule.run_key"] for run in runs)
        if running or study.status != "FINISHED":
            raise Found(f"RUNNING in MLflow: {running}, study {study.status}")
        if len(runs) != len(study.runs) + 1 or max(keys.values()) > 1:
            raise Found(f"{len(runs)} runs in MLflow, several of {[key for key in keys if keys[key] > 1]}")
        for run in study.runs:
            points = store._client.get_metric_history(run.run_id, "validation_error")
            if len(points) != len({point.step for point in points}):
                raise Found(f"points twice in {run.task.run_key}")
        return fingerprint(study)

    def _look_at_trials(self) -> None:
        storage: Any = (
            open_database(self.storage) if self.storage else open_journal(self.home / "studies" / self.name)
        )
        names = {each.study_name: each._study_id for each in storage.get_all_studies()}
        for name, known_as in names.items():
            open_ones = [
                trial.number
                for trial in storage.get_all_trials(known_as, deepcopy=False)
                if not trial.state.is_finished()
            ]
            if name.startswith(f"{self.name}/") and open_ones:
                raise Found(f"unfinished in Optuna: {open_ones} of {name}")


def _alive(process: psutil.Process) -> bool:
    """Whether it runs; where nobody buries orphans, they are there for ever."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _strike(command: psutil.Process, below: list[psutil.Process], chance: random.Random) -> str:
    """Kill somebody; says whom."""
    try:
        if chance.random() < 0.1:
            number = chance.choice((signal.SIGINT, signal.SIGTERM))
            os.killpg(command.pid, number)
            return f"{number.name} to all"
        victim = command if chance.random() < 0.5 or not below else chance.choice(below)
        what = " ".join(victim.cmdline())
        victim.kill()
    except (psutil.NoSuchProcess, ProcessLookupError):
        return "nobody"
    kinds = ("publishing", "resource_tracker", "multiprocessing-fork", "spawn_main", "mlflow")
    kind = "command" if victim is command else next((one for one in kinds if one in what), "one that begins")
    return f"SIGKILL {kind}"


def main() -> None:
    """Kill and look until there were as many moments as the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sampler", default="random")
    parser.add_argument("--pruner", default="none")
    parser.add_argument("--racing", action="store_true", help="begin with 2 of 6 seeds")
    parser.add_argument("--engine", default="local")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--storage", default="")
    parser.add_argument("--tracking-uri", default="")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    file = folder / "study.toml"
    file.write_text(STUDY.format(name="study", sampler=asked.sampler, pruner=asked.pruner), encoding="utf-8")
    chance = random.Random(asked.seed)
    race = ("--first-seeds", "2", "--seeds", "6") if asked.racing else ()
    options = ("--engine", asked.engine, "--workers", asked.workers, *race)

    def study(number: int) -> Study:
        return Study(file, folder / str(number), f"study{number}", options, asked.storage, asked.tracking_uri)

    began = monotonic()
    whole = study(0)
    whole.live([], chance)
    seconds = monotonic() - began
    expected = _without_key(whole.look())
    _say(f"{seconds:.1f} s uninterrupted, {len(expected)} runs; all in {folder}")
    moments, number, lives = 0, 0, 0
    while moments < asked.moments:
        number += 1
        killed = study(number)
        status = -1
        while status != 0:
            status = killed.live([chance.uniform(0, 0.9 * seconds) for _ in range(2)], chance)
            lives += 1
        if _without_key(killed.look()) != expected:
            raise Found(f"another study than that of nobody's interruption after {killed.said}")
        moments += len(killed.said)
        _say(f"{moments} moments, {lives} starts: {Counter(killed.said)}")
    _say(f"{number} studies, {moments} moments, {lives} starts: none lost, none twice, all identical")


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _without_key(runs: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The same under any name of the study."""
    return [tuple(value for place, value in enumerate(run) if place != 2) for run in runs]


if __name__ == "__main__":
    try:
        main()
    except Found as found:
        sys.exit(f"FOUND: {found}")
