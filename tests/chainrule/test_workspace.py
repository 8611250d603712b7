"""The output folder and who may work in it."""

import os
from pathlib import Path

import pytest

from chainrule.workspace import Workspace
from experiments.mistakes import UserError


def test_each_study_has_folders_of_its_own(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    folders = {
        method(name) for name in ("a", "b") for method in (workspace.study, workspace.spool, workspace.report)
    }
    assert len(folders) == 6
    assert all(folder.is_relative_to(tmp_path) for folder in folders)


def test_naming_a_folder_does_not_make_it(tmp_path: Path) -> None:
    Workspace(tmp_path / "home").spool("a")
    assert not (tmp_path / "home").exists()


def test_a_study_that_is_opened_has_its_folders(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "deep" / "home")
    with workspace.opened("a"):
        assert workspace.spool("a").is_dir()


def test_two_cannot_work_at_one_study_and_at_two_they_can(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with workspace.opened("a"):
        with (
            pytest.raises(UserError, match='the study "a" is being run by another process'),
            workspace.opened("a"),
        ):
            raise AssertionError
        with workspace.opened("b"):
            pass
    with workspace.opened("a"):
        pass


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UserError) as refused, Workspace(file / "home").opened("a"):
        raise AssertionError
    assert str(refused.value) == f"error: --home {file / 'home'}: Not a directory"


def test_a_home_that_cannot_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    with pytest.raises(UserError, match="no permission to write"), Workspace(tmp_path).opened("a"):
        raise AssertionError


def test_a_file_in_the_place_of_the_lock_is_no_obstacle_but_a_folder_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.study("a").mkdir(parents=True)
    (workspace.study("a") / "lock").touch()
    with workspace.opened("a"):
        pass


def test_records_that_were_never_finished_are_cleared_away_and_whole_ones_stay(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    spool = workspace.spool("a")
    spool.mkdir(parents=True)
    for name in (".a-1.npz.4194305", ".a-1.network.4194305", "a-2.npz", "a-2.network"):
        (spool / name).touch()
    with workspace.opened("a"):
        assert sorted(path.name for path in spool.iterdir()) == ["a-2.network", "a-2.npz"]


def test_what_a_worker_leaves_that_is_killed_meanwhile_is_cleared_away_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    half = workspace.spool("a") / ".a-1.npz.4194305"
    with workspace.opened("a"):
        half.touch()
    assert not half.exists()

    def break_off() -> None:
        with workspace.opened("a"):
            half.touch()
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert not half.exists()
