"""A study goes on as what it was begun as."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.mistakes import UserError
from studies.file.study_file import from_content
from studies.running.design_agreement import as_begun, design_in
from studies.running.lane import Lane
from studies.running.plan import Plan
from studies.running.storage import design_in_journal, open_journal
from tests.studies.plans import content, make_plan

MakePlan = Callable[..., Plan]


def test_a_study_from_before_there_was_a_choice_of_splits_goes_on_with_one(tmp_path: Path) -> None:
    silent, said = (from_content(content(data=data), "a") for data in ({}, {"splits": "each_seed"}))
    assert design_in_journal(tmp_path) == {}
    assert as_begun(silent, {}) == silent
    begun = make_plan(data={"splits": "one"})  # whose design is that of a file without the key, as it was
    assert "splits" not in begun.design["data"]
    storage = open_journal(tmp_path)
    assert design_in(storage, "bowl") == {}
    Lane(begun, 0, storage)
    for design in (design_in(storage, "bowl"), design_in_journal(tmp_path)):
        assert as_begun(silent, design).data.splits == "one"
        assert as_begun(said, design).data.splits == "each_seed"
    Lane(make_plan(data={"splits": "one"}), 0, storage)
    with pytest.raises(UserError, match=r'data\.splits: "absent" before, "each_seed" now'):
        Lane(make_plan(), 0, storage)


def test_a_study_that_was_begun_with_a_split_for_each_seed_keeps_them(tmp_path: Path) -> None:
    begun = make_plan()
    Lane(begun, 0, open_journal(tmp_path))
    assert as_begun(begun.file, design_in_journal(tmp_path)) == begun.file


def test_a_study_from_before_default_settings_were_trained_goes_on_without_them(tmp_path: Path) -> None:
    silent = content()
    del silent["study"]["default_setting"]
    before = make_plan()  # whose design is that of a file without the key, as it was
    assert "default_setting" not in before.design["study"]
    storage = open_journal(tmp_path)
    Lane(before, 0, storage)
    design = design_in(storage, "bowl")
    assert not as_begun(from_content(silent, "a"), design).study.default_setting
    asked = from_content(content(study={"default_setting": True}), "a")
    assert as_begun(asked, design) == asked
    with pytest.raises(UserError, match=r'study\.default_setting: "absent" before, true now'):
        Lane(make_plan(study={"default_setting": True}), 0, storage)


def test_a_study_that_trains_its_default_settings_keeps_them(tmp_path: Path) -> None:
    begun = make_plan(study={"default_setting": True})
    Lane(begun, 0, open_journal(tmp_path))
    assert as_begun(begun.file, design_in_journal(tmp_path)).study.default_setting
    with pytest.raises(UserError, match=r'study\.default_setting: true before, "absent" now'):
        Lane(make_plan(), 0, open_journal(tmp_path))


@pytest.mark.parametrize("torn", [b"", b'{"op_code": 2, "design', b"\xff\n"])
def test_a_journal_that_is_being_written_is_looked_at_and_left_alone(torn: bytes, tmp_path: Path) -> None:
    Lane(make_plan(), 0, open_journal(tmp_path))
    journal = tmp_path / "optuna.journal"
    journal.write_bytes(journal.read_bytes() + torn)
    before = journal.read_bytes()
    assert design_in_journal(tmp_path)["data"]["splits"] == "each_seed"
    assert journal.read_bytes() == before


def test_the_seals_that_a_study_was_run_with_are_kept_in_their_order(tmp_path: Path) -> None:
    def run_with(seal: str, *, trial: bool = False) -> tuple[str, ...]:
        lane = Lane(replace(make_plan(), seal=seal), 0, open_journal(tmp_path))
        lane.keep_seal()
        if trial:
            lane.ask()
        return lane.seals

    assert run_with("") == ()
    assert run_with("first") == ("first",)
    assert run_with("corrected", trial=True) == ("corrected",)  # before the first trial nothing is lost
    assert run_with("corrected") == ("corrected",)
    assert run_with("") == ("corrected", "")
    assert run_with("again") == ("corrected", "", "again")


def test_a_study_that_was_begun_without_a_seal_says_so_once_it_has_one(tmp_path: Path) -> None:
    Lane(make_plan(), 0, open_journal(tmp_path)).ask()
    lane = Lane(replace(make_plan(), seal="late"), 0, open_journal(tmp_path))
    lane.keep_seal()
    assert lane.seals == ("", "late")
