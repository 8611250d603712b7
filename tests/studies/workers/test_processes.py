"""Worker processes start without the user's script."""

import sys
from contextlib import closing
from multiprocessing.spawn import get_preparation_data
from pickle import PicklingError
from types import ModuleType, SimpleNamespace

import pytest

from studies.workers.crew import Job
from studies.workers.processes import Processes, script_hidden


def test_a_worker_does_not_run_the_script_that_runs_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    script = ModuleType("__main__")
    script.__file__ = "/somewhere/my_study.py"
    script.__spec__ = None
    monkeypatch.setitem(sys.modules, "__main__", script)
    assert "init_main_from_path" in get_preparation_data("worker")
    with script_hidden():
        said = get_preparation_data("worker")
        assert not {"init_main_from_path", "init_main_from_name"} & said.keys()
    assert (script.__file__, script.__spec__) == ("/somewhere/my_study.py", None)


def test_what_cannot_be_sent_is_told_at_once_and_waited_for_by_nobody() -> None:
    class Here:
        """Of a function, so that pickle does not find it."""

    crew = Processes(Here(), Here(), 1)  # type: ignore[arg-type] # nothing is begun with them
    with closing(crew), pytest.raises((AttributeError, PicklingError), match="Here"):
        crew.give(Job(None, [SimpleNamespace(phase="confirm")]))  # type: ignore[arg-type, list-item] # nor with this
