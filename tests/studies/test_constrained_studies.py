"""Whole studies under constraints: really trained, interrupted and continued."""

from pathlib import Path
from typing import Any

import pytest

from experiments.datasets import load
from experiments.preparing.preparation import Prepared, prepare
from experiments.recording.records import RunRecord, from_bytes
from studies.execution import run
from studies.file.study_file import from_content
from studies.running.lane import Lane
from studies.running.plan import Plan, plan
from studies.running.storage import open_journal
from tests.studies.test_every_sampler_and_pruner import Here

WIDTH = {"low": 2, "high": 24, "log": True}
RATE = {"low": 0.01, "high": 10.0, "log": True}


@pytest.fixture(scope="module")
def iris() -> Prepared:
    return prepare(load("iris"))


def laid_out(iris: Prepared, sampler: str, search: dict[str, Any], **training: Any) -> Plan:
    content = {
        "study": {"name": "small", "trials": 22, "seeds": 2, "confirm_seeds": 2},
        "data": {"source": "iris"},
        "training": {"epochs": 2, **training},
        "search": search,
        "sampler": {"name": sampler, "seed": 1},
    }
    return plan(from_content(content, "small.toml"), iris.description)


def constrained(iris: Prepared, sampler: str) -> Plan:
    search = {
        "scientific": {"depth": [1, 2]},
        "nuisance": {"learning_rate": RATE, "width": WIDTH},
        "constraint": ["weights <= 120", "width_2 <= width_1"],
    }
    return laid_out(iris, sampler, search)


def trained(one: Plan, iris: Prepared, folder: Path, stops: tuple[int, ...] = ()) -> list[Any]:
    """Train the study, which ends after so many outcomes and is begun again; gives all that Optuna keeps."""
    folder.mkdir(exist_ok=True)
    for stop in (*stops, None):
        studying = run(one, Here(iris, folder), open_journal(folder), lambda: False)
        for outcome, _ in enumerate(studying):
            if outcome == stop:
                break
        studying.close()
    lanes = [Lane(one, place, open_journal(folder)) for place in range(len(one.combinations))]
    return [
        [(trial.state.name, trial.params, trial.value, trial.user_attrs) for trial in lane.trials]
        for lane in lanes
    ]


def records(folder: Path) -> list[RunRecord]:
    return [from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.npz"))]


@pytest.mark.parametrize("sampler", ["tpe", "cma_es"])
def test_every_network_keeps_the_constraint_also_where_the_study_was_interrupted(
    sampler: str, iris: Prepared, tmp_path: Path
) -> None:
    one = constrained(iris, sampler)
    whole = trained(one, iris, tmp_path / "whole")
    parts = trained(one, iris, tmp_path / "parts", stops=(3, 9, 1))
    assert parts == whole
    assert [len(lane) for lane in whole] == [11, 11]
    found = records(tmp_path / "whole")
    assert {run.task.phase for run in found} == {"search", "confirm", "default", "champion"}
    for run_ in found:
        widths = run_.task.settings["widths"]
        assert run_.parameters <= 120, "as core counts them"
        assert widths == sorted(widths, reverse=True)
    assert [run_.curves["validation_error"].tolist() for run_ in found] == [
        run_.curves["validation_error"].tolist() for run_ in records(tmp_path / "parts")
    ]


def test_depths_of_equal_weights_are_trained_so(iris: Prepared, tmp_path: Path) -> None:
    search = {"scientific": {"depth": [1, 2]}, "nuisance": {"learning_rate": RATE}, "same": "weights"}
    one = laid_out(iris, "random", search, width=30)
    trained(one, iris, tmp_path)
    weights = {run_.task.settings["depth"]: run_.parameters for run_ in records(tmp_path)}
    assert [weights[1], weights[2]] == one.weights == [243, 255]
