"""A study on a real Dask cluster, as a user starts it."""

import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.commands import command, environment
from tests.end_to_end.conftest import TINY, fingerprint, load, on_a_process

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.mark.slow
def test_a_study_on_two_dask_workers_of_which_one_is_killed_is_what_it_is_on_a_process(
    tmp_path: Path,
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
    assert fingerprint(load(tmp_path / "dask", "tiny")) == on_a_process(file, tmp_path / "process")
    assert not list((tmp_path / "dask" / "studies" / "tiny" / "spool").glob("*.npz"))


def test_help_does_not_wait_for_dask() -> None:
    loaded = "import sys; import chainrule.cli; import studies.workers.engine; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
