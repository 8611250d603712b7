"""A study on a real Dask cluster, as a user starts it."""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.preparation import prepare
from experiments.records import from_bytes, keep_in
from studies.plan import plan
from studies.processes import Processes
from studies.storage import open_journal
from studies.study import run
from studies.study_file import read
from tests.end_to_end.conftest import TINY, command, environment, fingerprint

pytestmark = pytest.mark.xdist_group("cluster")


def on_a_process(file: Path, folder: Path) -> list[Any]:
    """The records of a study that one process of ours trains, without MLflow, in the order of a recorded study."""
    study, _ = read(file, {})
    prepared = prepare(load(study.data.source))
    crew = Processes(partial(Experiments, prepared=prepared), partial(keep_in, folder), 1)
    list(run(plan(study, prepared.description), crew, open_journal(folder), lambda: False))
    phases = ("search", "confirm", "champion")
    records = [from_bytes(path.read_bytes()) for path in folder.glob("*.npz")]
    return sorted(records, key=lambda record: (phases.index(record.phase), record.slot))


def test_a_study_on_two_dask_workers_of_which_one_is_killed_is_what_it_is_on_a_process(
    load_study: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "tiny.toml"
    text = TINY.replace("epochs = 8", "epochs = 40").replace("trials = 12", "trials = 16")
    text += (
        '[sampler]\nname = "random"\n[pruner]\nname = "median"\n'  # one trial of each combination at a time
    )
    file.write_text(text, encoding="utf-8")
    home = ("--home", str(tmp_path / "dask"), "--no-report")
    words = command("study", str(file), "--engine", "dask", "--workers", "2", *home)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment()) as study:
        assert study.stderr is not None
        said = []
        for line in study.stderr:
            said.append(line)
            if re.match(r"[2-9]/16 trials", line):  # by now each worker is at another trial
                break
        workers = [
            child
            for child in psutil.Process(study.pid).children(recursive=True)
            if "--multiprocessing-fork" in child.cmdline()
        ]
        assert len(workers) == 2
        workers[0].kill()
        said.append(study.stderr.read())
        status = study.wait()
    assert status == 0, said
    assert "Traceback" not in "".join(said)
    (tmp_path / "process").mkdir()
    expected = [SimpleNamespace(record=record) for record in on_a_process(file, tmp_path / "process")]
    assert fingerprint(load_study(tmp_path / "dask", "tiny")) == fingerprint(SimpleNamespace(runs=expected))
    assert not list((tmp_path / "dask" / "studies" / "tiny" / "spool").glob("*.npz"))


def test_help_does_not_wait_for_dask() -> None:
    loaded = "import sys; import chainrule.cli; import studies.engine; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
