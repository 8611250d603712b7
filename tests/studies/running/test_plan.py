"""From a study file to tasks: what is trained, how often, and what identifies it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.mistakes import UserError
from studies.file.study_file import StudyFile, from_content
from studies.running.plan import FREE_TO_CHANGE, differences, plan, study_record
from tests.factories import DATA
from tests.studies.plans import CONTENT, content, make_plan


@given(trials=st.integers(1, 100), first=st.integers(1, 5), second=st.integers(1, 5))
def test_every_combination_has_as_many_trials_and_none_is_lost(trials: int, first: int, second: int) -> None:
    search = {
        "scientific": {"l2": [i / 10 for i in range(first)], "l1": [i / 10 for i in range(second)]},
        "nuisance": {"learning_rate": {"low": 0.1, "high": 1.0}},
    }
    file = from_content({**CONTENT, "study": {"name": "a", "trials": trials}, "search": search}, "a")
    laid_out = plan(file, DATA)
    combinations = first * second
    assert laid_out.trials == laid_out.trials_each * combinations
    assert trials <= laid_out.trials < trials + combinations


def test_slots_go_round_the_combinations() -> None:
    laid_out = make_plan()
    slots = [
        laid_out.task("search", combination, index, {}).slot for index in range(6) for combination in range(2)
    ]
    assert slots == list(range(12))


def test_every_task_has_a_key_of_its_own_that_can_be_a_files_name() -> None:
    laid_out = make_plan()
    keys = [
        laid_out.task(phase, combination, index, {}).run_key
        for phase in ("search", "confirm", "champion")
        for combination in range(2)
        for index in range(6)
    ]
    assert len(set(keys)) == 36
    assert all(key.replace("-", "").replace("_", "").isalnum() for key in keys)


def test_no_seed_that_chose_a_setting_confirms_it() -> None:
    laid_out = make_plan(study={"seeds": 4, "confirm_seeds": 7})
    search = laid_out.task("search", 0, 0, {}).seeds
    confirm = laid_out.task("confirm", 0, 0, {}).seeds
    assert (len(search), len(confirm)) == (4, 7)
    assert not set(search) & set(confirm)


def test_the_seeds_are_the_same_for_every_trial() -> None:
    laid_out = make_plan()
    assert {
        laid_out.task("search", combination, index, {}).seeds for combination in (0, 1) for index in range(6)
    } == {(0, 1)}


def test_the_networks_are_counted() -> None:
    assert make_plan().networks == 12 * 2 + (2 + 1) * 3
    assert make_plan(study={"confirm_seeds": 0}).networks == 12 * 2


def test_a_combination_that_nothing_is_retuned_for_is_tried_once() -> None:
    for sampler in ("random", "qmc", "grid", "tpe"):
        assert make_plan(search={"nuisance": {}}, sampler={"name": sampler}).trials == 2


def test_a_grid_has_as_many_trials_as_points() -> None:
    laid_out = make_plan(
        sampler={"name": "grid"}, study={"trials": 14}
    )  # 7 each: 3 learning rates of 2 initialisations
    assert laid_out.trials_each == 6


def test_a_grid_larger_than_the_number_of_trials_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        make_plan(sampler={"name": "grid"}, study={"trials": 2})
    assert str(refused.value) == (
        "error: study.trials: 2 are too few for the grid of all choices: "
        "2 for each of 2 combinations, 4 in all"
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"training": {"batch_size": 1078}}, "training"),
        ({"search": {"scientific": {"batch_size": [16, "full", 1078]}}}, "search.scientific"),
        ({"search": {"nuisance": {"batch_size": {"low": 8, "high": 1078}}}}, "search.nuisance"),
    ],
)
def test_a_batch_larger_than_the_training_part_is_refused(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(UserError) as refused:
        make_plan(**changes)
    assert str(refused.value) == (
        f"error: {where}.batch_size: 1078 is more than the 1077 training examples of digits; "
        '"full" takes them all'
    )


@pytest.mark.parametrize("size", [1, 1077, "full"])
def test_any_batch_up_to_the_whole_training_part_is_taken(size: int | str) -> None:
    assert make_plan(training={"batch_size": size}).file.training.batch_size == size


CHANGES: list[dict[str, Any]] = [
    {"study": {"name": "other"}},
    {"study": {"seeds": 3, "first_seeds": 2}},
    {"study": {"objective": "epochs_to_target", "target_error": 0.1}},
    {"data": {"split_seed": 1}},
    {"data": {"test": 0.3}},
    {"data": {"splits": "one"}},
    {"training": {"epochs": 10}},
    {"training": {"class_weights": "balanced"}},
    {"training": {"class_weights": {"7": 2}}},
    {"search": {"scientific": {"class_weights": ["none", "balanced"]}}},
    {"search": {"scientific": {"cost": ["quadratic"]}}},
    {"search": {"nuisance": {"learning_rate": {"low": 0.01, "high": 10.0, "log": True}}}},
    {"sampler": {"seed": 4}},
    {"sampler": {"name": "qmc"}},
    {"pruner": {"name": "median"}},
]


def test_whatever_the_results_depend_on_is_part_of_the_identity() -> None:
    keys = {make_plan(**changes).run_key for changes in CHANGES}
    assert len(keys | {make_plan().run_key}) == len(CHANGES) + 1


def test_other_data_under_the_same_name_are_another_design() -> None:
    file = make_plan().file
    assert plan(file, {**DATA, "fingerprint": "f" * 16}).run_key != make_plan().run_key


def test_what_a_study_may_change_is_no_part_of_its_identity() -> None:
    free = {"trials": 30, "seeds": 3, "question": "Why?", "equivalence_margin": 0.1}
    free |= {"confirm_seeds": 9, "until": "answered", "system_metrics": True, "also_report": ["bayesian"]}
    free |= {"failure_rule": False}
    assert set(free) == set(FREE_TO_CHANGE)
    for key, value in free.items():
        assert make_plan(study={key: value}).run_key == make_plan().run_key


def test_how_often_is_measured_is_part_of_the_identity_only_where_it_is_asked_for() -> None:
    assert (
        "measure_every" not in make_plan().design["training"]
    )  # as a study has it that was begun before the key
    assert make_plan(training={"measure_every": 1}).run_key != make_plan().run_key


def test_the_order_of_tables_and_keys_says_nothing() -> None:
    tables = content()
    shuffled = {name: dict(reversed(table.items())) for name, table in reversed(tables.items())}
    assert plan(from_content(shuffled, "a"), DATA).run_key == plan(from_content(tables, "a"), DATA).run_key


def test_differences_are_named_key_by_key() -> None:
    before = {"a": {"b": 1, "c": [1], "gone": True}, "same": 2}
    now = {"a": {"b": 2, "c": [1]}, "same": 2, "new": "x"}
    assert differences(before, now) == [
        "a.b: 1 before, 2 now",
        'a.gone: true before, "absent" now',
        'new: "absent" before, "x" now',
    ]
    assert differences(now, now) == []


def test_a_task_has_every_parameter_once() -> None:
    task = make_plan().task("search", 1, 2, {"learning_rate": 0.3, "initialisation": "glorot"})
    roles = [set(task.fixed), set(task.scientific), set(task.nuisance)]
    assert sum(map(len, roles)) == len(set.union(*roles)) == len(task.settings)
    assert (task.study_seed, task.objective, task.target_error) == (3, "validation_error", None)


def test_the_studys_record_says_what_was_asked() -> None:
    laid_out = make_plan(study={"question": "Why?"})
    record = study_record(laid_out, "text", DATA, "chainrule study a.toml", {"python": "3"})
    assert (record.name, record.question, record.trials, record.seeds) == ("bowl", "Why?", 12, 2)
    assert record.scientific == {"cost": ["quadratic", "cross_entropy"]}
    assert record.nuisance == {
        "learning_rate": {"low": 0.01, "high": 100.0, "log": True},
        "initialisation": ["normal", "glorot"],
    }
    assert record.combinations == ({"cost": "quadratic"}, {"cost": "cross_entropy"})
    assert (record.study_file, record.command, record.environment) == (
        "text",
        "chainrule study a.toml",
        {"python": "3"},
    )


def test_the_record_has_the_trials_that_there_are_to_be() -> None:
    """Thirteen do not divide by two."""
    laid_out = make_plan(study={"trials": 13})
    assert isinstance(laid_out.file, StudyFile)
    assert study_record(laid_out, "", DATA, "", {}).trials == 14


@pytest.mark.parametrize(
    ("costs", "sampler", "pruner", "at_once"),
    [
        (1, {"name": "tpe"}, "none", 4),
        (2, {"name": "tpe"}, "none", 2),
        (3, {"name": "tpe"}, "none", 1),
        (1, {"name": "tpe", "at_once": 3}, "none", 3),
        (1, {"name": "tpe"}, "median", 1),
        (1, {"name": "random"}, "none", 1),
    ],
)
def test_where_there_are_few_combinations_several_points_are_suggested_together(
    costs: int, sampler: dict[str, Any], pruner: str, at_once: int
) -> None:
    named = ["quadratic", "cross_entropy", "log_likelihood"][:costs]
    laid_out = make_plan(search={"scientific": {"cost": named}}, sampler=sampler, pruner={"name": pruner})
    assert laid_out.at_once == at_once
    assert laid_out.design["sampler"]["at_once"] == at_once


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc", "cma_es", "grid"])
@pytest.mark.parametrize(
    ("nuisance", "size"),
    [
        ({}, 1),
        ({"learning_rate": [0.3]}, 1),
        ({"learning_rate": {"low": 0.1, "high": 0.3, "step": 0.1}}, 3),
        ({"batch_size": {"low": 16, "high": 20}}, 5),
        ({"batch_size": {"low": 1, "high": 5, "log": True}, "biases": [True, False]}, 10),
        ({"optimiser": ["gradient_descent", "momentum"], "momentum": [0.5, 0.9]}, 3),
        ({"depth": {"low": 1, "high": 2}, "width": [4, 8, 16]}, 12),
    ],
)
def test_a_combination_has_no_more_trials_than_settings_to_try(
    sampler: str, nuisance: dict[str, Any], size: int
) -> None:
    laid_out = make_plan(
        sampler={"name": sampler}, study={"trials": 40}, search={"scientific": {}, "nuisance": nuisance}
    )
    assert (laid_out.budgets, laid_out.sizes, laid_out.exhausted) == ((size,), (size,), 1)
    assert laid_out.with_trials_each(60).budgets == (size,)
    record = study_record(laid_out, "", DATA, "", {})
    assert (record.trials, record.asked, record.sizes) == (size, 40, (size,))


def test_combinations_with_different_numbers_of_settings_have_each_their_own_budget() -> None:
    search = {
        "scientific": {"optimiser": ["gradient_descent", "momentum", "adam"]},
        "nuisance": {"momentum": {"low": 0.0, "high": 0.9, "step": 0.1}, "beta1": {"low": 0.5, "high": 0.99}},
    }
    laid_out = make_plan(sampler={"name": "tpe"}, study={"trials": 36}, search=search)
    assert laid_out.sizes == (1, 10, None)
    assert laid_out.budgets == (1, 10, 12)
    assert laid_out.exhausted == 2


def test_a_file_of_data_is_its_content_and_not_its_place() -> None:
    def file(**data: Any) -> dict[str, Any]:
        return content(data={"target": "y", **data})

    here = plan(from_content(file(source="csv:a.csv"), "a"), DATA)
    assert here.design["data"]["source"] == "csv"
    there = plan(from_content(file(source="csv:/elsewhere/b.csv"), "a"), DATA)
    assert there.run_key == here.run_key
    other = plan(from_content(file(source="csv:a.csv"), "a"), {**DATA, "fingerprint": "other"})
    dropped = plan(from_content(file(source="csv:a.csv", drop=["b"]), "a"), DATA)
    assert len({here.run_key, other.run_key, dropped.run_key}) == 3


def test_a_cost_for_classes_is_refused_once_the_file_turns_out_to_hold_numbers() -> None:
    numbers = {**DATA, "name": "a.csv", "kind": "regression", "classes": []}
    with pytest.raises(
        UserError, match=r'search.scientific.cost: "cross_entropy" needs classes, and a.csv has'
    ):
        plan(from_content(content(data={"source": "csv:a.csv", "target": "y"}), "a"), numbers)


def test_class_weights_are_part_of_the_identity_only_where_there_are_some() -> None:
    assert (
        "class_weights" not in make_plan().design["training"]
    )  # as studies have it that were begun before the key
    assert make_plan(training={"class_weights": "none"}).run_key == make_plan().run_key
    for table in (
        lambda weights: {"training": {"class_weights": weights}},
        lambda weights: {"search": {"scientific": {"class_weights": ["none", weights]}}},
    ):
        assert len({make_plan(**table({"7": weight})).run_key for weight in (2, 2.0)}) == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"training": {"class_weights": {"7": 2, "77": 3}}}, "training"),
        ({"search": {"scientific": {"class_weights": ["none", {"77": 3}]}}}, "search.scientific"),
        ({"search": {"nuisance": {"class_weights": ["balanced", {"0": 1, "77": 3}]}}}, "search.nuisance"),
    ],
)
def test_a_weight_of_a_class_that_the_data_do_not_have_is_refused(
    changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(UserError) as refused:
        make_plan(**changes)
    assert str(refused.value) == f'error: {where}.class_weights: digits has no class "77"; did you mean "7"?'


def test_class_weights_are_refused_once_the_file_turns_out_to_hold_numbers() -> None:
    numbers = {**DATA, "name": "a.csv", "kind": "regression", "classes": []}
    tables = content(data={"source": "csv:a.csv", "target": "y"}, training={"class_weights": "balanced"})
    tables["search"] = {"scientific": {"cost": ["quadratic", "absolute"]}, "nuisance": {"l2": [0.0, 0.1]}}
    with pytest.raises(UserError, match=r"training.class_weights: weighs classes, and a.csv has numbers"):
        plan(from_content(tables, "a"), numbers)
