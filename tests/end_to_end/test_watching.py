"""A study that runs, looked at meanwhile by everything that may: watch, the report, Optuna's dashboard."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import urlopen

import pytest

from tests.commands import apart, command, environment
from tests.end_to_end.test_tracking_server import server as server
from tests.experiments.conftest import Server
from tests.iris_study import iris_study

pytestmark = pytest.mark.xdist_group("interruption")

STREAMS: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

LONG = iris_study(
    "long",
    trials=400,
    seeds=5,
    confirm_seeds=5,
    training="epochs = 40\nbatch_size = 4",
    rest="""\
[search.scientific]
cost = ["quadratic", "cross_entropy"]

[search.nuisance]
learning_rate = { low = 0.01, high = 10.0, log = true }
""",
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A study that takes longer than the test, of which some trials have ended; its folder is `home`."""
    (tmp_path / "long.toml").write_text(LONG)
    words = command("study", tmp_path / "long.toml", "--home", tmp_path / "home", "--workers", 1)
    with subprocess.Popen(words, **STREAMS, env=environment(), start_new_session=True) as study:
        assert study.stderr is not None
        try:
            for line in study.stderr:
                if "trials  best" in line or line.startswith("40/"):
                    break
            yield study
        finally:
            if study.poll() is None:
                os.killpg(study.pid, signal.SIGKILL)


@pytest.mark.slow
def test_all_look_at_once_and_when_it_is_killed_watch_ends(
    running: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(command("watch", "long", "--home", home), **STREAMS, env=environment()) as watching:
        assert watching.stdout is not None
        assert "/400 trials" in watching.stdout.readline()
        report = json.loads(apart("report", "long", "--home", home, "--json").out)
        assert report["state"] == "running"
        assert report["verdict"][0].startswith("This study is still running: ")
        page = Path(report["report"]["html"]).read_text("utf-8")
        answer = page[page.index('id="answer"') :]
        assert answer.index("This study is still running") < answer.index("The best trial so far")
        if find_spec("optuna_dashboard"):
            assert _trials_on_the_dashboard(home) > 0
        assert running.poll() is None, "nobody disturbed it"
        os.killpg(running.pid, signal.SIGKILL)
        said, trouble = watching.communicate(timeout=60)
    assert (watching.returncode, trouble) == (0, "")
    assert "long: stopped. It ended early" in said
    assert f"chainrule study {tmp_path / 'long.toml'}" in said


def _trials_on_the_dashboard(home: Path) -> int:
    """How many trials the page of all trials has."""
    with subprocess.Popen(command("ui", "--optuna", "--home", home), **STREAMS, env=environment()) as pages:
        assert pages.stdout is not None
        assert pages.stderr is not None
        address = pages.stdout.readline().strip()
        assert address, pages.stderr.read()
        try:
            with urlopen(f"{address}/api/studies/2", timeout=30) as answer:
                return len(json.load(answer)["trials"])
        finally:
            pages.send_signal(signal.SIGINT)
            pages.communicate(timeout=30)


@pytest.mark.slow
def test_on_another_machine_the_tracking_server_is_enough(server: Server, tiny: Path, tmp_path: Path) -> None:
    where = ("--tracking-uri", server.url)
    words = command("study", tiny, "--home", tmp_path / "home", *where, "--no-report", "--quiet")
    with subprocess.Popen(words, **STREAMS, env=environment()) as study:
        while not (tmp_path / "home" / "studies" / "tiny" / "lock").exists():
            assert study.poll() is None
            Event().wait(0.05)
        watched = apart("watch", "tiny", "--home", tmp_path / "home", *where)
        assert study.wait(timeout=300) == 0
    assert watched.status == 0, watched.err
    assert "tiny: complete. " in watched.out
    elsewhere = apart("watch", "tiny", "--once", "--home", tmp_path / "elsewhere", *where)
    assert elsewhere.status == 0, elsewhere.err
    assert "tiny: complete. " in elsewhere.out
    assert "5 fresh" in elsewhere.out
    assert not (tmp_path / "elsewhere").exists()
