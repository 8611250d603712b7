"""All trials of a study in one Optuna study, for Optuna's own tools."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import optuna
import optuna.visualization.matplotlib as plots
import pytest
from optuna.storages import BaseStorage

from experiments.mistakes import UserError
from experiments.store.metrics import kept_epochs
from studies.dashboard.union import Union, load, of_home, save
from studies.running.lane import POINTS, Lane
from studies.running.plan import Plan
from studies.running.storage import COURSE, open_journal, read_journal
from tests.experiments.conftest import bytes_in
from tests.studies.bowl import errors, record_of
from tests.studies.plans import make_plan

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

SEARCH: dict[str, Any] = {
    "scientific": {"cost": ["quadratic", "cross_entropy"], "widths": [[8], [16, 8]]},
    "nuisance": {
        "learning_rate": {"low": 0.01, "high": 100.0, "log": True},
        "batch_size": [16, "full"],
    },
}


def lanes(plan: Plan, storage: BaseStorage) -> list[Lane]:
    return [Lane(plan, combination, storage) for combination in range(len(plan.file.combinations))]


def train(lane: Lane, trials: int) -> None:
    """Train the next trials, each over all its epochs."""
    for _ in range(trials):
        (task,) = lane.ask()
        every = [errors(task, epoch) for epoch in range(1, 10)]
        record = record_of(task, "complete", sum(every[-1]) / len(every[-1]), 0, "", every[-1])
        lane.tell(replace(record, curves={"validation_error": np.array(every).T}))


def trained(folder: Path, trials: int = 3, **changes: Any) -> list[Lane]:
    folder.mkdir(parents=True, exist_ok=True)
    plan = make_plan(**{"search": SEARCH, "study": {"trials": 24}, **changes})
    found = lanes(plan, open_journal(folder))
    for lane in found:
        train(lane, trials)
    return found


def test_every_trial_is_there_with_its_combination_as_parameters_and_choices_by_name(tmp_path: Path) -> None:
    made = trained(tmp_path / "studies" / "bowl")
    study = load("bowl", tmp_path)
    assert len(study.trials) == 12
    assert study.metric_names == ["validation error"]
    seen = [(trial.params["cost"], trial.params["widths"]) for trial in study.trials]
    assert {pair: seen.count(pair) for pair in seen} == {
        (cost, widths): 3 for cost in ("quadratic", "cross_entropy") for widths in ("[8]", "[16, 8]")
    }
    assert {trial.params["batch_size"] for trial in study.trials} == {16, "full"}
    best = {
        (trial.user_attrs["combination"], trial.params["learning_rate"]): trial.value
        for trial in study.trials
    }
    for lane in made:
        name = ", ".join(map(str, make_plan(search=SEARCH).file.combinations[lane.combination].values()))
        for trial in lane.trials:
            assert best[name, trial.params["learning_rate"]] == trial.value


def test_curves_slices_and_importances_have_something_to_show(tmp_path: Path) -> None:
    trained(tmp_path / "studies" / "bowl")
    study, points = load("bowl", tmp_path), len(kept_epochs(9, POINTS))
    assert points > 5
    assert {len(trial.intermediate_values) for trial in study.trials} == {points}
    assert set(optuna.importance.get_param_importances(study)) == {
        "cost", "widths", "learning_rate", "batch_size"
    }  # fmt: skip
    mpl.use("svg")
    curves = plots.plot_intermediate_values(study)
    assert [len(line.get_xdata()) for line in curves.get_lines()] == [points] * 12
    slices = plots.plot_slice(study, params=["learning_rate", "cost"])
    assert [len(axes.collections[0].get_offsets()) for axes in slices] == [12, 12]


def test_the_studies_of_the_combinations_follow_and_say_what_they_are_of(tmp_path: Path) -> None:
    trained(tmp_path / "studies" / "bowl")
    found = of_home(tmp_path).get_all_studies()
    assert [one.study_name for one in found] == [
        "bowl/003 cross_entropy, [16, 8]",
        "bowl/002 cross_entropy, [8]",
        "bowl/001 quadratic, [16, 8]",
        "bowl/000 quadratic, [8]",
        "bowl",
    ], "the dashboard lists the last first"
    assert found[-1].user_attrs == {
        "combinations": 4,
        "compared": SEARCH["scientific"],
        "tuned for each combination": SEARCH["nuisance"],
    }
    assert found[3].user_attrs["scientific"] == {"cost": "quadratic", "widths": [8]}


def test_a_study_from_before_lanes_were_named_is_named_by_what_it_tried(tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "bowl"
    trained(folder)
    journal = folder / "optuna.journal"
    journal.write_text(journal.read_text().replace("bowl/003 cross_entropy, [16, 8]", "bowl/003"))
    assert of_home(tmp_path).get_all_studies()[0].study_name == "bowl/003 cross_entropy, [16, 8]"


def test_it_goes_on_with_the_study_and_changes_no_byte_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "bowl"
    made = trained(folder)
    source = read_journal(folder)
    union = Union(lambda: [source])
    (running,) = made[0].ask()
    union.refresh()
    before = bytes_in(tmp_path)
    together, alone = (union.get_all_trials(study_id)[-1] for study_id in (4, 3))
    assert together.state == alone.state == optuna.trial.TrialState.RUNNING
    assert bytes_in(tmp_path) == before
    made[0].tell(record_of(running, "complete", 0.25, 1, "", (0.25, 0.25)))
    train(made[3], 1)
    union.refresh()
    source = made[0].trials[-1]
    for found in (union.get_trial(together._trial_id), union.get_trial(alone._trial_id)):
        assert (found.state, found.value, found.intermediate_values) == (source.state, 0.25, {1: 0.25})
        assert (found.datetime_start, found.datetime_complete) == (
            source.datetime_start,
            source.datetime_complete,
        )
        assert found.user_attrs["diverged"] == 1
    assert [len(union.get_all_trials(study_id)) for study_id in range(5)] == [4, 3, 3, 4, 14]
    assert union.get_best_trial(4).value == min(
        trial.value for lane in made for trial in lane.trials if trial.value
    )


def test_trials_stand_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    trained(tmp_path / "studies" / "bowl")
    begun = [trial.datetime_start for trial in load("bowl", tmp_path).trials]
    assert begun == sorted(begun)  # type: ignore[type-var]


def test_trials_that_wait_come_last_and_move_on_when_they_run(tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "bowl"
    one = {"search": {**SEARCH, "scientific": {}}, "sampler": {"name": "tpe", "seed": 3}}
    (lane,) = trained(folder, trials=10, **one)
    waiting = optuna.trial.TrialState.WAITING
    while not any(trial.state == waiting for trial in lane.trials):
        train(lane, 1)
    union = of_home(tmp_path)
    states = [trial.state == waiting for trial in union.get_all_trials(1)]
    assert states == sorted(states)
    assert any(states)
    train(lane, sum(states))
    union.refresh()
    assert not any(trial.state == waiting for trial in union.get_all_trials(1)[: len(states)])


def test_it_writes_nothing_to_a_journal_that_is_read(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(PermissionError):
        optuna.create_study(storage=read_journal(tmp_path), study_name="mine")


def test_a_line_that_is_being_written_is_no_damage_and_stays(tmp_path: Path) -> None:
    trained(tmp_path)
    journal = tmp_path / "optuna.journal"
    with journal.open("a") as file:
        file.write('{"op_code":8,')
    before = journal.read_bytes()
    assert len(Union(lambda: [read_journal(tmp_path)]).get_all_trials(4)) == 12
    assert journal.read_bytes() == before


def test_several_objectives_and_a_database_are_shown_alike(reopen: Callable[[], BaseStorage]) -> None:
    plan = make_plan(
        search={**SEARCH, "scientific": {}},
        study={"trials": 2, "objectives": ["validation_error", "seconds"]},
    )
    train(Lane(plan, 0, reopen()), 2)
    storage = reopen()
    union = Union(lambda: [storage])
    study = optuna.load_study(study_name="bowl", storage=union)
    assert study.metric_names == ["validation error", "seconds"]
    assert len(study.directions) == 2
    assert [len(trial.values) for trial in study.trials] == [2, 2]
    assert union.names == ["bowl"]
    seen = [(trial.intermediate_values, trial.user_attrs.keys()) for trial in study.trials]
    assert [list(curve) for curve, _ in seen] == [kept_epochs(9, POINTS).tolist()] * 2
    assert all(curve[1] > curve[9] and COURSE not in notes for curve, notes in seen)


def test_no_study_and_another_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no study has trials there"):
        of_home(tmp_path)
    trained(tmp_path / "studies" / "bowl")
    with pytest.raises(UserError, match='there is no study "bowll"; did you mean "bowl"'):
        load("bowll", tmp_path)
    with pytest.raises(UserError, match='there is no study "bowll"'):
        save("bowll", tmp_path / "new.journal", tmp_path)
    (tmp_path / "there.journal").touch()
    with pytest.raises(UserError, match=r"there\.journal exists already"):
        save("bowl", tmp_path / "there.journal", tmp_path)
    assert not (tmp_path / "new.journal").exists()


def test_widths_of_layers_and_output_activations_of_costs_keep_their_names(tmp_path: Path) -> None:
    search = {
        "scientific": {},
        "nuisance": {
            "cost": ["quadratic", "cross_entropy"],
            "output_activation": ["sigmoid", "softmax"],
            "depth": [1, 2],
            "width": [4, 8],
        },
    }
    plan = make_plan(search=search, study={"trials": 6}, sampler={"name": "random", "seed": 0})
    (tmp_path / "studies" / "bowl").mkdir(parents=True)
    lane = Lane(plan, 0, open_journal(tmp_path / "studies" / "bowl"))
    train(lane, 6)
    for trial in load("bowl", tmp_path).trials:
        widths = [value for name, value in trial.params.items() if name.startswith("width_")]
        assert len(widths) == trial.params["depth"]
        assert set(widths) <= {4, 8}
        assert trial.params[f"output_activation_{trial.params['cost']}"] in ("sigmoid", "softmax")


def test_a_study_that_begins_meanwhile_is_found(tmp_path: Path) -> None:
    trained(tmp_path / "studies" / "bowl")
    union = of_home(tmp_path)
    trained(tmp_path / "studies" / "later", study={"name": "later", "trials": 24})
    union.refresh()
    assert union.names == ["later", "bowl"], "the newest first"
