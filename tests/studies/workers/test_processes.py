"""Worker processes start without the user's script."""

import sys
from multiprocessing.spawn import get_preparation_data
from types import ModuleType

import pytest

from studies.workers.processes import script_hidden


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
