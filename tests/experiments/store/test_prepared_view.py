import base64
import json
import zlib
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.store import metrics, prepared_view
from experiments.task import Phase
from tests.factories import a_record, a_run_record

SEARCHED = {
    "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
    "momentum": {"low": 0.0, "high": 0.9, "log": False},
    "batch_size": [8, 16],
}


def _state(nuisance: dict[str, Any]) -> dict[str, Any]:
    study = a_record("s", scientific={"cost": ["quadratic", "cross_entropy"]}, nuisance=nuisance)
    view = json.loads(prepared_view.tags(study, now=7)[prepared_view.TAG])
    assert view["updatedAt"] == 7
    state = base64.b64decode(view["state"].removeprefix("deflate;"), validate=True)
    return dict(json.loads(zlib.decompress(state)))


def _shown(state: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [card for card in state["compareRunCharts"] if card["type"] == kind]


def test_the_view_shows_curves_then_what_was_tuned_then_all_settings() -> None:
    state = _state(SEARCHED)
    assert [card["metricKey"] for card in _shown(state, "LINE")] == [
        "winners/validation_error",
        "winners/validation_cost",
    ]
    axes = [card["xaxis"]["key"] for card in _shown(state, "SCATTER")]
    assert axes == ["log10 learning_rate", "momentum", "batch_size"]
    (parallel,) = _shown(state, "PARALLEL")
    assert parallel["selectedParams"] == ["cost", "learning_rate", "momentum", "batch_size"]
    sections = [section["uuid"] for section in state["compareRunSections"]]
    assert {card["metricSectionId"] for card in state["compareRunCharts"]} == set(sections)
    assert state["selectedColumns"][:2] == ["params.`cost`", "params.`learning_rate`"]
    ids = [card["uuid"] for card in state["compareRunCharts"]]
    assert len(set(ids)) == len(ids)


def test_a_study_that_tunes_nothing_has_no_scatter() -> None:
    state = _state({})
    assert not _shown(state, "SCATTER")
    assert len(_shown(state, "LINE")) == 2


def test_what_the_view_asks_for_is_what_the_runs_have() -> None:
    study = a_record("s", nuisance={"learning_rate": {"low": 0.01, "high": 10.0, "log": True}})
    winner = a_run_record("s", 0, phase="confirm", nuisance={"learning_rate": 0.01})
    found = metrics.parameters(winner, study)
    assert found["log10 learning_rate"] == "-2.0"
    keys = {point.key for point in metrics.points(winner)}
    assert {"winners/validation_error", "winners/validation_cost", "objective"} <= keys
    assert not any(
        point.key.startswith("winners/") for point in metrics.points(a_run_record("s", 0, phase="search"))
    )
    assert prepared_view.ORDER in metrics.tags(winner, study, "parent")


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=6))
def test_runs_sort_by_phase_then_objective(objectives: list[float]) -> None:
    runs = [
        a_run_record("s", 0, phase=phase, objective=objective)
        for phase in ("champion", "confirm", "default", "search", "given", "probe")
        for objective in sorted(round(one, 6) for one in objectives)
    ]
    assert {run.task.phase for run in runs} == set(get_args(Phase))
    found = [metrics.order(run) for run in runs]
    assert found == sorted(found)
    assert metrics.order(a_run_record("s", 0, phase="probe", state="failed", objective=None)) > found[-1]


def test_choices_have_colours_of_their_own() -> None:
    colours = [
        metrics.tags(a_run_record("s", slot, combination=slot), a_record("s"), "parent")["mlflow.runColor"]
        for slot in range(len(prepared_view.COLOURS))
    ]
    assert sorted(colours) == sorted(prepared_view.COLOURS)


def test_a_view_is_linked_only_where_it_is_and_where_it_was_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "http://127.0.0.1:5000"
    found = prepared_view.pages(address, "3", [prepared_view.TAG])
    assert found["charts"].startswith(f"{address}/#/experiments/3/runs?viewStateShareKey=chainrule")
    without = prepared_view.pages(address, "3", ["mlflow.note.content"])
    monkeypatch.setattr(prepared_view, "version", lambda _name: "4.0.1")
    untested = prepared_view.pages(address, "3", [prepared_view.TAG])
    assert untested == without == {"runs": f"{address}/#/experiments/3/runs?{prepared_view.BEST_FIRST}"}
    assert not prepared_view.tags(a_record("s"), now=7)
