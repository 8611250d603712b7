"""[trainer] in a study file: what it may say, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from experiments.mistakes import UserError
from experiments.outcome.objective_metric import ObjectiveMetric
from studies.file.study_file import StudyFile, from_content, of_python
from studies.running.nuisance import space_of
from studies.running.plan import Plan, plan
from tests.factories import DATA

CONTENT: dict[str, Any] = {
    "study": {"name": "own", "trials": 8, "seeds": 2, "confirm_seeds": 3},
    "data": {"source": "digits"},
    "trainer": {"python": "my_training:train", "epochs": 12, "settings": {"batch_size": 32, "dropout": True}},
    "search": {
        "scientific": {"optimiser": ["sgd", "adam"], "momentum": [0.0, 0.9]},
        "nuisance": {
            "rate": {"low": 0.01, "high": 1, "log": True},
            "width": {"low": 8, "high": 64, "log": True},
            "width_1": {"low": 1, "high": 9, "step": 2},
            "gain": {"low": 1.0, "high": 8.0},
            "layers": [[8], [8, 8], "none"],
        },
    },
}


def changed(**tables: Any) -> dict[str, Any]:
    return CONTENT | {name: {**CONTENT.get(name, {}), **values} for name, values in tables.items()}


def a_file(**tables: Any) -> StudyFile:
    return from_content(changed(**tables), "own.toml")


def a_plan(**tables: Any) -> Plan:
    return plan(a_file(**tables), {**DATA, "splits": "each_seed"})


def test_a_task_has_the_parameters_as_they_are_declared_and_nothing_of_networks() -> None:
    laid_out = a_plan()
    space = space_of(laid_out.file, laid_out.file.combinations[3])
    point = {"rate": 0.1, "width": 16, "width_1": 3, "gain": 2.0, "layers": 1}
    task = laid_out.task("search", 3, 0, space.decode(point))
    assert task.settings == {
        "batch_size": 32,
        "dropout": True,
        "epochs": 12,
        "optimiser": "adam",
        "momentum": 0.9,
        **point,
        "layers": [8, 8],
    }
    assert (task.trainer, task.decided) == ("my_training:train", {})


def test_parameters_have_types_and_ranges_of_their_own() -> None:
    distributions = {one.name: one.distribution for one in space_of(a_file(), {}).variables}
    assert distributions == {
        "rate": FloatDistribution(0.01, 1.0, log=True),
        "width": IntDistribution(8, 64, log=True),
        "width_1": IntDistribution(1, 9, step=2),
        "gain": FloatDistribution(1.0, 8.0),
        "layers": CategoricalDistribution([0, 1, 2]),
    }


def test_no_parameter_is_taken_for_one_of_our_networks() -> None:
    assert len(a_file().combinations) == 4  # momentum is compared with sgd and with adam
    assert not a_plan().defaults
    assert not a_plan().crosses("champion")
    assert a_plan().side_by_side(0, 1) == 1


def test_the_design_has_the_trainer_and_not_what_changes_no_number() -> None:
    design = a_plan().design
    assert design["trainer"]["settings"] == {"batch_size": 32, "dropout": True}
    assert "training" not in design
    assert a_plan(trainer={"time_limit": 5.0}).run_key == a_plan().run_key
    assert a_plan(trainer={"epochs": 13}).run_key != a_plan().run_key
    assert a_plan(trainer={"objective": {"metric": "log_loss"}}).run_key != a_plan().run_key


def test_a_trainer_is_found_beside_the_study_file() -> None:
    objective = {"metric": "loss", "guessing": 2.3}
    section = a_file(trainer={"objective": objective, "time_limit": 7.5}).trainer
    assert section
    trainer = section.beside(Path("here"))
    assert (trainer.python, trainer.folder, trainer.epochs) == ("my_training:train", Path("here"), 12)
    assert (trainer.time_limit, trainer.objective) == (7.5, ObjectiveMetric(**objective))
    command = from_content(CONTENT | {"trainer": {"command": ["julia", "my train.jl"]}}, "own.toml").trainer
    assert command
    assert command.name == "julia 'my train.jl'"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"training": {"epochs": 3}}, "training: is for chainrule's own networks"),
        (
            {"trainer": {"python": "my_training"}},
            'trainer.python: "my_training" was given; "module:function" was',
        ),
        ({"trainer": {"python": "my-training:train"}}, '"module:function" was expected'),
        (
            {"trainer": {"command": ["x"]}},
            'python = "module:function" or command = .* was expected, one of the two',
        ),
        ({"trainer": {"command": []}}, "trainer.command: the list is empty"),
        ({"trainer": {"pyhton": "a:b"}}, 'unknown key "pyhton" in \\[trainer\\]; did you mean "python"?'),
        ({"trainer": {"epochs": 0}}, "trainer.epochs: 0 should be at least 1"),
        ({"trainer": {"time_limit": 0}}, "trainer.time_limit: 0 should be above 0"),
        ({"trainer": {"settings": {"epochs": 3}}}, "trainer.settings.epochs: stands under"),
        (
            {"trainer": {"objective": {"metric": "loss"}}},
            'trainer.objective: guessing is missing, the "loss"',
        ),
        (
            {"trainer": {"objective": {"metric": "acc", "goal": "up"}}},
            'trainer.objective.goal: "up" is not known',
        ),
        (
            {"trainer": {"objective": {"metric": "loss", "guessing": -1.0}}},
            "guessing, -1.0, is no worse than the best, 0.0, where the goal is to minimize",
        ),
        ({"search": {"nuisance": {"epochs": [1, 2]}}}, "search.nuisance.epochs: stands under"),
        (
            {"search": {"nuisance": {"dropout": [True]}}},
            "dropout: is fixed in \\[trainer.settings\\] already",
        ),
        ({"search": {"nuisance": {"momentum": [0.1]}}}, "is a scientific parameter already"),
        ({"search": {"nuisance": {"rate": [0.1, 0.1]}}}, "rate: 0.1 is listed twice"),
        (
            {"search": {"nuisance": {"rate": [Path("x")]}}},
            "is not a number, text, boolean, list or table of these",
        ),
        ({"search": {"nuisance": {"rate": {"low": 3, "high": 1}}}}, "low must be below high"),
        ({"study": {"objective": "rmse"}}, r'objective: is validation_error .* metric = "rmse", goal = … \}'),
        ({"study": {"objectives": ["validation_error", "weights"]}}, 'how many "weights" a model has'),
        ({"study": {"crossed": "winners"}}, "crossed: splits, initial weights and orders"),
        (
            {"study": {"default_setting": True}},
            "chainrule does not know what my_training:train does without tuning",
        ),
    ],
)
def test_a_mistake_is_told_with_its_key(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        a_file(**tables)


def given(settings: Any, data: Any, seed: int) -> Any:
    yield {"validation_error": settings["rate"] * seed / len(data.x_train)}


def test_a_function_stands_for_its_text_which_decides_no_design() -> None:
    file, text = of_python(changed(trainer={"python": given}))
    assert file.trainer is not None
    assert file.trainer.name == "source:given"
    assert file.trainer.source is not None
    assert "def given(settings" in file.trainer.source
    assert file.trainer.beside(Path()).asked["source"] == file.trainer.source
    assert "def given(settings" in text
    assert "source" not in plan(file, DATA).design["trainer"]
    with pytest.raises(UserError, match=r"study: trainer\.python: .*write it with def|cannot be read"):
        of_python(changed(trainer={"python": lambda: None}))
    with pytest.raises(UserError, match="it is the text of a module, and goes with python"):
        a_file(trainer={"python": None, "command": ["x"], "source": "1"})
