"""Where an experiment ran."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from experiments import environment
from experiments.environment import COMPUTING, MODULES, PACKAGES, code_hash, deciding, describe, meaning


def test_everything_is_one_line_of_text() -> None:
    for name, value in describe().items():
        assert value, name
        assert value.isprintable(), name


def test_the_versions_are_those_that_run() -> None:
    described = describe()
    assert described["numpy"] == np.__version__
    assert {package.replace("-", "_") for package in PACKAGES} < set(described)


def test_the_threads_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    assert describe()["threads"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    assert describe()["threads"] == "as many as processors"


def test_the_revision_is_the_checkouts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init")
    (tmp_path / "environment.py").write_text("")
    git("add", ".")
    git("commit", "-m", "first")
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "environment.py"))
    found = describe()
    assert (found["git_revision"], found["git_tree"]) == (git("rev-parse", "HEAD"), "clean")
    assert re.fullmatch("[0-9a-f]{40}", found["git_revision"])
    (tmp_path / "environment.py").write_text("changed")
    assert describe()["git_tree"] == "changed"


def test_outside_a_checkout_the_revision_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "environment.py"))
    assert describe()["git_revision"] == "unknown"


def test_without_git_the_revision_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert describe()["git_tree"] == "unknown"


def test_the_hash_of_the_code_changes_with_what_it_does_and_not_with_what_it_says(tmp_path: Path) -> None:
    def hashed(text: str, name: str = "a.py") -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return code_hash([tmp_path / name])

    first = hashed('"""Adds."""\n\n\ndef add(a, b):\n    return a + b\n')
    assert hashed('"""Adds two."""\ndef add(a, b):\n    """A sum."""\n    return (a + b)  # so\n') == first
    assert hashed("def add(a, b):\n    return a + b\n", "b.py") == first
    assert hashed("def add(a, b):\n    return b + a\n") != first


@pytest.mark.parametrize(
    "around",
    [
        "class A:\n    {}",
        "if a:\n    b\nelse:\n    {}",
        "for a in b:\n    a\nelse:\n    {}",
        "try:\n    a\nexcept b:\n    {}",
        "try:\n    a\nfinally:\n    {}",
        "match a:\n    case b:\n        {}",
        "with a:\n    {}",
    ],
)
def test_docstrings_do_not_count_wherever_a_function_stands(around: str) -> None:
    said, silent = ("def f():\n" + " " * 12 + body for body in ('"""Says."""; return 1', "return 1"))
    assert meaning(around.format(said)) == meaning(around.format(silent))


def test_what_decides_numbers_is_there() -> None:
    room = Path(environment.__file__).parent
    assert all((room / name).is_dir() or (room / f"{name}.py").is_file() for name in MODULES)
    assert set(deciding()) == {"code", *COMPUTING}
    assert describe()["code"] == deciding()["code"]
