"""How a process of ours is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.system import child


def test_it_and_what_is_below_it_import_nothing_from_the_working_folder_but_every_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{tmp_path / 'given'}{os.pathsep}")
    found = child.surroundings()
    assert "" not in found["PYTHONPATH"].split(os.pathsep)
    assert str(tmp_path / "given") in found["PYTHONPATH"]
    (tmp_path / "random.py").write_text("raise SystemExit('sprung')")
    code = "import experiments, studies, random"
    done = subprocess.run([sys.executable, "-c", code], env=found, cwd=tmp_path, check=False)
    assert done.returncode == 0
    assert child.command("a.b", "c") == [sys.executable, "-P", "-m", "a.b", "c"]


def test_no_room_starts_python_in_any_other_way() -> None:
    rooms = Path(child.__file__).parents[1]
    for room in ("chainrule", "core", "derivation", "experiments", "homework", "reports", "studies"):
        for path in (rooms / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "sys.executable" not in text or '"-P"' in text, path


def test_a_terminals_signals_do_not_reach_it() -> None:
    code = "import os; print(os.getpgid(0) == os.getpid())"
    done = subprocess.run([sys.executable, "-c", code], **child.APART, capture_output=True, check=True)
    assert done.stdout == b"True\n"
