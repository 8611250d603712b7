import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.store.mlflow_reading import find_runs, one_of_each
from experiments.store.store_errors import StoreError, StudyNotFoundError
from experiments.store.study_record import study_from_json, study_to_json
from tests.factories import a_record, a_run_record


def run(key: str, run_id: str, started: int, status: str = "RUNNING") -> Any:
    return SimpleNamespace(
        info=SimpleNamespace(run_id=run_id, start_time=started, status=status),
        data=SimpleNamespace(tags={"chainrule.run_key": key}),
    )


def test_of_several_runs_the_oldest_is_kept_but_an_ended_one_before_all() -> None:
    kept, surplus = one_of_each([run("a", "1", 20), run("a", "2", 10), run("b", "3", 5)])
    assert {key: one.info.run_id for key, one in kept.items()} == {"a": "2", "b": "3"}
    assert [one.info.run_id for one in surplus] == ["1"]
    kept, surplus = one_of_each([run("a", "1", 10), run("a", "2", 20, "FINISHED")])
    assert kept["a"].info.run_id == "2"
    assert [one.info.run_id for one in surplus] == ["1"]


def test_a_quotation_mark_cannot_change_a_search() -> None:
    with pytest.raises(ValueError, match="quotation mark"):
        find_runs(None, ["1"], {"chainrule.run_key": "x' or tags.y = 'z"})


def test_a_study_survives_its_text() -> None:
    study = a_record("zwölf", data_sets={"": "zwölf", "wine": "zwölf-wine"})
    assert study_from_json(study_to_json(study)) == study
    assert "zwölf" in study_to_json(study).decode()


def test_an_earlier_record_has_the_names_of_data_sets_within_those_of_their_studies() -> None:
    earlier = json.loads(study_to_json(a_record("s"))) | {"data_sets": ["s", "s-wine"]}
    assert study_from_json(json.dumps(earlier).encode()).data_sets == {"": "s", "wine": "s-wine"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"combinations": []}', b"\xff"])
def test_a_damaged_study_is_told_as_such(content: bytes) -> None:
    with pytest.raises(StoreError, match=r"study\.json is damaged"):
        study_from_json(content)


def test_a_study_comes_back_as_it_was_recorded(store: Any, name: str) -> None:
    study = a_record(name)
    parent = store.begin_study(study, f"{name}-design")
    store.record(a_run_record(name, 2, phase="champion"), study, parent)
    for slot in (1, 0):
        store.record(a_run_record(name, slot), study, parent)
    found = store.load_study(name)
    assert study_to_json(found) == study_to_json(study)
    assert (found.parent_run_id, found.status, found.ended) == (parent, "RUNNING", None)
    assert [(each.task.phase, each.task.slot) for each in found.runs] == [
        ("search", 0),
        ("search", 1),
        ("champion", 2),
    ]
    curve = a_run_record(name, 1).curves["validation_error"]
    assert (found.runs[1].curves["validation_error"] == curve).all()


def test_a_study_that_is_not_there_is_answered_with_the_nearest(store: Any, name: str) -> None:
    store.begin_study(a_record(name), f"{name}-design")
    with pytest.raises(StudyNotFoundError, match=f'did you mean "{name}"'):
        store.load_study(f"{name}x")
    with pytest.raises(StudyNotFoundError):
        store.load_study("Default")


def test_studies_are_listed_with_counts_and_best(store: Any, name: str) -> None:
    study = a_record(name)
    parent = store.begin_study(study, f"{name}-design")
    changes: list[dict[str, Any]] = [
        {"objective": 0.3},
        {"objective": 0.1, "state": "pruned"},
        {"objective": 0.2, "diverged_at": [0, 1, 2]},
        {"objective": None, "state": "failed"},
        {"objective": 0.0, "phase": "confirm"},
    ]
    for slot, change in enumerate(changes):
        if "diverged_at" in change:
            change["diverged_at"] = a_run_record(name, 0).diverged_at + change["diverged_at"]
        store.record(a_run_record(name, slot, **change), study, parent)
    store.end_study(parent, "KILLED", {})
    summary = next(each for each in store.studies() if each.name == name)
    assert (summary.state, summary.trials, summary.question) == ("stopped", study.trials, study.question)
    assert summary.ended is not None
    assert summary.recorded == {"complete": 2, "pruned": 1, "failed": 1}
    assert summary.diverged == 1
    assert (summary.best, summary.best_run[:3]) == (0.2, "002")


def test_the_best_has_reached_its_target_within_the_epochs_that_all_trials_share(
    store: Any, name: str
) -> None:
    records = [
        replace(one, task=replace(one.task, fixed={**one.task.fixed, "epochs": 30}))
        for one in (a_run_record(name, slot, objective=12.0 + 19 * slot) for slot in (0, 1))
    ]
    study = a_record(name, objective="epochs_to_target", target_error=0.1, trials=2)
    assert study.fixed["epochs"] == 30
    parent = store.begin_study(study, f"{name}-design")
    store.record(records[1], study, parent)
    assert next(each for each in store.studies() if each.name == name).best is None
    store.record(records[0], study, parent)
    assert next(each for each in store.studies() if each.name == name).best == 12.0


def test_a_missing_record_is_named(store: Any, home: Path, name: str) -> None:
    study = a_record(name)
    run_id = store.record(a_run_record(name, 0), study, store.begin_study(study, f"{name}-design"))
    path = home / "artifacts" / run_id / "artifacts" / "record.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StoreError, match=f"record of run {run_id}.*is damaged"):
        store.load_study(name)
    path.unlink()
    with pytest.raises(StoreError, match=f"{run_id}.*is missing"):
        store.load_study(name)


def test_the_study_is_readable_among_the_artifacts(store: Any, home: Path, name: str) -> None:
    parent = store.begin_study(a_record(name), f"{name}-design")
    text = (home / "artifacts" / parent / "artifacts" / "study.json").read_text(encoding="utf-8")
    assert json.loads(text)["nuisance"] == {"learning_rate": {"low": 0.01, "high": 100.0, "log": True}}
