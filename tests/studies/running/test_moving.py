"""Trials that go on under another name, and trials that are deleted."""

import json
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from optuna.storages import BaseStorage

from experiments.mistakes import UserError
from experiments.recording.records import from_bytes, keep_in
from studies.execution import run
from studies.running.lease import leased
from studies.running.moving import Renaming, Trials
from studies.running.plan import run_key_of
from studies.running.storage import open_database, open_journal
from studies.workers.engine import Engine
from tests.studies.bowl import Bowl
from tests.studies.plans import make_plan

NAMES = st.sampled_from(["a", "a-b", "digits", "digits-2", "digits-2-0123456789ab", "a-0123456789ab"])
DIGESTS = st.from_regex(r"[0-9a-f]{12}", fullmatch=True)
RESTS = st.sampled_from(["", "-search-000012", "-confirm-000001-20+1005", "-champion-000003-20/record"])


@example("a", "a-0123456789ab", "0" * 12, "1" * 12, "2" * 12, "-search-000012")
@given(NAMES, NAMES, DIGESTS, DIGESTS, DIGESTS, RESTS)
def test_a_run_key_gets_the_new_name_once_however_often_it_is_asked(
    old: str, new: str, before: str, after: str, another: str, rest: str
) -> None:
    if old == new:
        return
    names = Renaming(old, new, (before, after))
    for digest, expected in ((before, after), (another, after if another == before else another)):
        renamed = names.key(f"{old}-{digest}{rest}")
        assert renamed == f"{new}-{expected}{rest}" or old.startswith(new) or new.startswith(old)
        assert names.key(renamed) == renamed


@pytest.mark.parametrize(
    "key", ["design", "begun", "scientific", "made_with", "digitsx-0123456789ab", "digits", ""]
)
def test_what_is_no_run_key_of_the_study_stays(key: str) -> None:
    assert Renaming("digits", "new", ("0" * 12, "1" * 12)).key(key) == key


def test_a_key_of_another_study_whose_name_begins_alike_stays() -> None:
    names = Renaming("digits", "new", ("0" * 12, "1" * 12))
    for key in ("digits-2-0123456789ab", "digits-0123456789abc", "digits-0123456789ABC-search-0"):
        assert names.key(key) == key


def test_the_new_digest_is_that_of_a_plan_of_the_new_name() -> None:
    plans = [make_plan(study={"name": name}) for name in ("bowl", "dish")]
    design = json.loads(json.dumps(plans[0].design))
    names = Renaming.of("bowl", "dish", design)
    assert names.key(plans[0].run_key) == plans[1].run_key == run_key_of("dish", plans[1].design)
    assert names.key(plans[0].key_of("confirm", 3)) == plans[1].key_of("confirm", 3)


WINNERS = {"study": {"until": "answered", "confirm_seeds": 40, "trials": 4}}


def whole(plan: Any, storage: BaseStorage, folder: Path, outcomes: int | None = None) -> list[str]:
    """Run a study, to its end or for so many outcomes, with a training that costs nothing; gives the run keys."""
    folder.mkdir(exist_ok=True)
    crew = Engine("local", "", 1).crew(partial(Bowl, folder=folder), partial(keep_in, folder))
    seen: list[Any] = []

    def stop() -> bool:
        return outcomes is not None and len(seen) > outcomes

    for progress in run(plan, crew, storage, stop):
        seen += [progress]
    return sorted(path.stem for path in folder.glob("*.npz"))


@pytest.mark.parametrize("kind", ["journal", "database"])
@pytest.mark.parametrize("changes", [{}, WINNERS], ids=["plain", "until answered"])
@pytest.mark.parametrize("outcomes", [5, None])
def test_a_renamed_study_goes_on_as_if_it_had_always_had_its_name(
    kind: str, changes: dict[str, Any], outcomes: int | None, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}" if kind == "database" else None
    opened = partial(open_database, url) if url else partial(open_journal, tmp_path)
    bowl, dish = (
        make_plan(**{**changes, "study": {**changes.get("study", {}), "name": name}})
        for name in ("bowl", "dish")
    )
    (tmp_path / "dish").mkdir()
    reference = whole(dish, open_journal(tmp_path / "dish"), tmp_path / "reference")
    before = whole(bowl, opened(), tmp_path / "before", outcomes)
    trials = Trials.open(tmp_path, url)
    names = trials.renaming("bowl", "dish")
    trials.rename(names)
    after = whole(dish, opened(), tmp_path / "after")
    assert sorted({*map(names.key, before), *after}) == reference
    if outcomes is None:
        assert after == []
    assert trials.there("dish")


def test_a_journal_without_the_study_or_none_is_left_alone(tmp_path: Path) -> None:
    Trials.open(tmp_path, None).rename(Renaming("bowl", "dish"))
    assert not list(tmp_path.iterdir())
    whole(make_plan(), open_journal(tmp_path), tmp_path / "records", 2)
    before = (tmp_path / "optuna.journal").read_bytes()
    Trials.open(tmp_path, None).rename(Renaming("digits", "dish"))
    assert (tmp_path / "optuna.journal").read_bytes() == before


def test_renaming_a_journal_twice_changes_nothing_more_and_a_torn_line_is_dropped(tmp_path: Path) -> None:
    whole(make_plan(), open_journal(tmp_path), tmp_path / "records", 2)
    path = tmp_path / "optuna.journal"
    with path.open("ab") as file:
        file.write(b'{"op_code": 4, "study_')
    trials = Trials.open(tmp_path, None)
    names = trials.renaming("bowl", "dish")
    trials.rename(names)
    once = path.read_bytes()
    assert b"bowl" not in once
    assert once.endswith(b"\n")
    trials.rename(names)
    assert path.read_bytes() == once


class Killed(BaseException):
    """As kill -9 at a moment: nothing after it is done."""


@pytest.mark.parametrize("moment", [1, 3, 7, 14])
def test_a_renaming_in_a_database_that_is_cut_off_anywhere_can_be_done_again(
    moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    storage = open_database(url)
    with leased(storage, "bowl"):
        whole(make_plan(), storage, tmp_path / "records", 6)
    trials = Trials.open(tmp_path, url)
    names = trials.renaming("bowl", "dish")
    calls = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == moment:
                raise Killed
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for change in ("create_new_study", "set_study_user_attr", "create_new_trial", "delete_study"):
            patch.setattr(trials._of_storage, change, counted(getattr(trials._of_storage, change)))
        try:
            trials.rename(names)
        except Killed:
            assert calls == moment
    Trials.open(tmp_path, url).rename(names)
    found = open_database(url).get_all_studies()
    assert sorted(one.study_name for one in found) == ["dish/000 quadratic", "dish/001 cross_entropy"]
    went_on = whole(make_plan(study={"name": "dish"}), open_database(url), tmp_path / "after")
    (tmp_path / "fresh").mkdir()
    reference = whole(make_plan(study={"name": "dish"}), open_journal(tmp_path / "fresh"), tmp_path / "fresh")
    before = [names.key(path.stem) for path in (tmp_path / "records").glob("*.npz")]
    assert sorted({*before, *went_on}) == reference


def test_trials_are_deleted_from_a_database_with_their_lease_and_others_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    storage = open_database(url)
    for name in ("bowl", "bowl-2"):
        whole(make_plan(study={"name": name}), storage, tmp_path / name, 2)
        with leased(storage, name):
            pass
    trials = Trials.open(tmp_path, url)
    with trials.held("bowl"):
        trials.delete("bowl")
    trials.delete("bowl")
    left = [one.study_name for one in open_database(url).get_all_studies()]
    assert sorted(left) == ["bowl-2/000 quadratic", "bowl-2/001 cross_entropy", "bowl-2/lease"]
    assert (trials.there("bowl"), trials.there("bowl-2")) == (False, True)


def test_a_study_that_another_host_runs_is_not_touched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    with leased(open_database(url), "bowl"), pytest.raises(UserError, match="is being run on"):  # noqa: SIM117
        with Trials.open(tmp_path, url).held("bowl"):
            raise AssertionError


def test_a_winners_record_that_a_lane_remembers_gets_the_new_name(tmp_path: Path) -> None:
    plan = make_plan(study={"until": "answered", "confirm_seeds": 40, "trials": 4})
    whole(plan, open_journal(tmp_path), tmp_path / "records")
    trials = Trials.open(tmp_path, None)
    trials.rename(trials.renaming("bowl", "dish"))
    storage = open_journal(tmp_path)
    found = 0
    for one in storage.get_all_studies():
        for name, value in storage.get_study_user_attrs(one._study_id).items():
            assert not name.startswith("bowl")
            if name.endswith("/record"):
                task = from_bytes(b64decode(value)).task
                assert (task.study, f"{task.name}/record") == ("dish", name)
                found += 1
    assert found
