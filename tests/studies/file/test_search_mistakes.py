"""What cannot be searched, and what cannot go together."""

from typing import Any

import pytest

from core import COSTS, fits, output_activation
from studies.file.search_mistakes import search_mistakes
from tests.studies.plans import content


def found(**tables: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in search_mistakes(tables)]


def searching(role: str = "nuisance", **values: Any) -> list[tuple[str, str]]:
    return found(search={role: values})


FLOAT32 = "float32 holds 0 and numbers from 1.2e-38 to 3.4e+38"
MAY_SAY = '; a study file may say precision = "float64"'


@pytest.mark.parametrize("role", ["scientific", "nuisance"])
@pytest.mark.parametrize("value", [1e-46, 1e-39, 1e39, 1e300, 10**50])
def test_a_number_that_float32_cannot_hold_is_refused_where_float32_is_computed_in(
    role: str, value: float
) -> None:
    expected = [(f"search.{role}.learning_rate", f"{value}: {FLOAT32}{MAY_SAY}")]
    for precision in ({}, {"precision": "float32"}):
        assert found(training=precision, search={role: {"learning_rate": [0.1, value]}}) == expected
    both = {"nuisance": {"precision": ["float64", "float32"]}}
    searched = both if role == "scientific" else {"scientific": both["nuisance"]}
    searched[role] = {**searched.get(role, {}), "learning_rate": [value, 0.1]}
    assert found(search=searched) == expected
    assert not found(training={"precision": "float64"}, search={role: {"learning_rate": [0.1, value]}})


@pytest.mark.parametrize(("low", "high"), [(1e-46, 0.1), (0.1, 1e100), (0.1, 1e300)])
def test_both_ends_of_a_range_must_be_held(low: float, high: float) -> None:
    wrong = high if high > 1 else low
    values = {"low": low, "high": high, "log": True}
    assert searching(learning_rate=values) == [
        ("search.nuisance.learning_rate", f"{wrong}: {FLOAT32}{MAY_SAY}")
    ]
    assert not found(training={"precision": "float64"}, search={"nuisance": {"learning_rate": values}})


@pytest.mark.parametrize(
    ("name", "value"),
    [("epsilon", 1e-50), ("weight_decay", 1e40), ("l2", 1e-40), ("l1", 1e39), ("schedule_factor", 1e-40)],
)
def test_every_number_that_becomes_an_array_must_be_held(name: str, value: float) -> None:
    needed = {"optimiser": "adamw", "schedule": "cosine"}
    said = found(training={**needed, name: value})
    assert said == [(f"training.{name}", f"{value}: {FLOAT32}{MAY_SAY}")]


@pytest.mark.parametrize("name", ["momentum", "rho", "beta1", "beta2"])
def test_a_share_below_1_that_float32_makes_1_is_refused(name: str) -> None:
    optimisers = {"momentum": "momentum", "rho": "rmsprop"}
    said = found(training={"optimiser": optimisers.get(name, "adam"), name: 1 - 1e-9})
    assert said == [
        (f"training.{name}", f"0.999999999: float32 makes it 1, and below 1 was expected{MAY_SAY}")
    ]


def test_what_no_precision_holds_is_refused_without_a_way_out() -> None:
    said = found(training={"precision": "float64", "learning_rate": 1e-310})
    assert said == [
        ("training.learning_rate", "1e-310: float64 holds 0 and numbers from 2.2e-308 to 1.8e+308")
    ]


def test_a_sound_search_has_no_mistakes() -> None:
    assert search_mistakes(content()) == []
    assert found() == []


@pytest.mark.parametrize("role", ["scientific", "nuisance"])
@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("widths", [[0]], "0 should be at least 1"),
        ("widths", [[-4]], "-4 should be at least 1"),
        ("widths", [[1.5]], "1.5 should be a whole number"),
        ("widths", [[10**9]], "1000000000 should be at most 65536"),
        ("widths", [16, [16]], "16 should be a list"),
        ("cost", ["qudratic"], 'unknown cost "qudratic"; did you mean "quadratic"?'),
        ("activation", ["rleu"], 'unknown activation "rleu"; did you mean "relu"?'),
        ("batch_size", [16, 0], '0 should be a whole number, at least 1, or "full"'),
        ("learning_rate", [0.1, 0.0], "0.0 should be above 0"),
        ("learning_rate", [float("nan")], "nan should be a finite number"),
        ("l2", [0.1, 0.1], "0.1 is listed twice"),
        ("l2", [1, 1.0], "1.0 is listed twice"),
        ("widths", [[16], [8], [16]], "[16] is listed twice"),
        (
            "lerning_rate",
            [0.1],
            'unknown key "lerning_rate" in [search.ROLE]; did you mean "learning_rate"?',
        ),
        ("l2", [True], "true should be a number"),
        (
            "sharpness_every",
            [1, 5],
            "says what is measured and changes no result; it belongs under [training]",
        ),
    ],
)
def test_a_wrong_choice_is_named(role: str, name: str, values: list[Any], message: str) -> None:
    expected = (f"search.{role}.{name}", message.replace("ROLE", role))
    assert searching(role, **{name: values}) == [expected]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("learning_rate", {"low": -1.0, "high": 1.0}, "-1.0 should be above 0"),
        ("learning_rate", {"low": 0, "high": 1.0}, "0 should be above 0"),
        ("biases", {"low": 0, "high": 1}, "has no range: give a list of choices"),
        ("cost", {"low": 0, "high": 1}, "has no range: give a list of choices"),
        ("widths", {"low": 8, "high": 64}, "has no range: give a list of choices"),
        ("batch_size", {"low": 8.0, "high": 64}, '8.0 should be a whole number, at least 1, or "full"'),
        ("epochs", {"low": 1, "high": 9.5}, "9.5 should be a whole number"),
        (
            "batch_size",
            {"low": 8, "high": 16, "step": 0.5},
            "takes whole numbers only, and in steps of 0.5 there are others",
        ),
        ("depth", {"low": 0, "high": 3}, "0 should be at least 1"),
        ("momentum", {"low": 0.5, "high": 1.0}, "1.0 should be below 1"),
    ],
)
def test_a_wrong_range_is_named(name: str, values: dict[str, Any], message: str) -> None:
    beside = {"depth": {"width": [8]}, "momentum": {"optimiser": ["momentum"]}}.get(name, {})
    assert searching(**{name: values, **beside}) == [(f"search.nuisance.{name}", message)]


def test_what_pydantic_says_of_a_lists_or_ranges_form_is_not_said_again() -> None:
    for values in (3, "a", {"low": 2, "high": 1}, {"low": 1}, {"low": float("nan"), "high": 1}, []):
        assert searching(learning_rate=values) == []


def test_a_parameter_has_one_role() -> None:
    assert found(
        training={"l2": 0.1, "l1": 0.1},
        search={"scientific": {"l2": [0.1], "biases": [True]}, "nuisance": {"l1": [0.1], "biases": [True]}},
    ) == [
        ("search.scientific.l2", "is fixed in [training] already"),
        ("search.nuisance.l1", "is fixed in [training] already"),
        ("search.nuisance.biases", "is a scientific parameter already"),
    ]


def test_combinations_can_be_too_many_to_compare() -> None:
    rates = [i / 100 for i in range(1, 101)]
    assert searching("scientific", l2=rates, l1=rates) == [
        ("search.scientific", "10,000 combinations; a study compares at most 1,000")
    ]
    assert searching("scientific", l2=rates, l1=rates[:10]) == []


@pytest.mark.parametrize("place", ["training", "scientific", "nuisance"])
def test_a_parameter_that_nothing_in_the_study_uses_is_pointed_at(place: str) -> None:
    if place == "training":
        said = found(training={"momentum": 0.5})
        where = "training.momentum"
    else:
        said = searching(place, momentum=[0.5, 0.9])
        where = f"search.{place}.momentum"
    assert said == [
        (where, "has no effect where optimiser is gradient_descent; it is for momentum or nesterov")
    ]


@pytest.mark.parametrize(
    "tables",
    [
        {"training": {"optimiser": "momentum"}, "search": {"nuisance": {"momentum": [0.5]}}},
        {
            "search": {
                "scientific": {"optimiser": ["adam", "nesterov"]},
                "nuisance": {"momentum": {"low": 0, "high": 0.9}},
            }
        },
        {"search": {"nuisance": {"optimiser": ["adam", "momentum"], "momentum": [0.5]}}},
        {"training": {"schedule": "cosine", "schedule_factor": 0.1}},
    ],
)
def test_a_parameter_that_something_in_the_study_uses_is_fine(tables: dict[str, Any]) -> None:
    assert found(**tables) == []


def test_a_schedule_factor_needs_a_schedule() -> None:
    assert found(training={"schedule_factor": 0.1, "schedule": "constant"}) == [
        (
            "training.schedule_factor",
            "has no effect where schedule is constant; it is for cosine, exponential, step or warm_up",
        )
    ]


@pytest.mark.parametrize("cost", [name for name, cost in COSTS.items() if cost.classification])
def test_a_cost_of_classes_does_not_fit_numbers_to_predict(cost: str) -> None:
    for tables in ({"training": {"cost": cost}}, {"search": {"scientific": {"cost": ["quadratic", cost]}}}):
        ((where, message),) = found(data={"source": "diabetes"}, **tables)
        assert where in ("training.cost", "search.scientific.cost")
        assert message.startswith(
            f'"{cost}" needs classes, and diabetes has numbers to predict; for those are '
        )
        assert "quadratic" in message


def test_the_default_cost_is_no_exception() -> None:
    assert [where for where, _ in found(data={"source": "diabetes"})] == ["training.cost"]


@pytest.mark.parametrize("cost", [name for name, cost in COSTS.items() if not cost.classification])
def test_a_cost_of_numbers_fits_both(cost: str) -> None:
    for source in ("diabetes", "digits"):
        assert found(data={"source": source}, training={"cost": cost}) == []


@pytest.mark.parametrize("cost", COSTS)
def test_the_outputs_that_are_chosen_fit_every_cost(cost: str) -> None:
    assert fits(cost, output_activation(cost, classification=True))
    if not COSTS[cost].classification:
        assert fits(cost, output_activation(cost, classification=False))


@pytest.mark.parametrize(
    ("cost", "output"),
    [
        ("cross_entropy", "relu"),
        ("cross_entropy", "identity"),
        ("cross_entropy", "softmax"),
        ("log_likelihood", "sigmoid"),
        ("log_likelihood", "tanh"),
        ("hellinger", "tanh"),
    ],
)
def test_outputs_on_which_the_cost_is_not_defined_are_refused(cost: str, output: str) -> None:
    said = found(training={"cost": cost, "output_activation": output})
    assert said == [
        (
            "training.output_activation",
            f'the cost "{cost}" is not defined for outputs of "{output}"; "auto" chooses one that fits',
        )
    ]


def test_every_combination_that_may_be_tried_is_looked_at() -> None:
    said = searching("scientific", cost=["quadratic", "cross_entropy"], output_activation=["sigmoid", "relu"])
    assert [where for where, _ in said] == ["search.scientific.output_activation"]
    assert '"cross_entropy" is not defined for outputs of "relu"' in said[0][1]


@pytest.mark.parametrize("role", ["scientific", "nuisance"])
def test_an_output_activation_that_is_re_tuned_is_so_among_those_that_fit_each_cost(role: str) -> None:
    outputs = ["sigmoid", "softmax", "tanh"]
    costs = {"cost": ["quadratic", "log_likelihood"]}
    search: dict[str, Any] = {"nuisance": {"output_activation": outputs}}
    search.setdefault(role, {}).update(costs)
    assert found(search=search) == []


def test_a_cost_that_no_output_activation_fits_and_one_that_fits_no_cost_are_named() -> None:
    search: dict[str, Any] = {"scientific": {"cost": ["cross_entropy", "log_likelihood"]}}
    search["nuisance"] = {"output_activation": ["sigmoid", "relu"]}
    assert found(search=search) == [
        (
            "search.nuisance.output_activation",
            'none of these fits the cost "log_likelihood"; "auto" chooses one that does',
        ),
        ("search.nuisance.output_activation", '"relu" fits none of the costs'),
    ]


def test_depth_and_width_stand_together_in_the_place_of_widths() -> None:
    together = "replaces widths: give widths, or depth and width"
    assert searching(depth=[1, 2], width={"low": 8, "high": 64}) == []
    assert searching(depth=[1, 2], width=[8], widths=[[8]]) == [("search.nuisance.depth", together)]
    assert found(training={"width": 8, "widths": [8]}) == [("training.width", together)]
    assert searching("scientific", depth=[1, 2]) == [
        ("search.scientific.depth", "needs width too, under [training] or [search]")
    ]
    assert found(training={"depth": 2}, search={"nuisance": {"width": [8, 16]}}) == []


@pytest.mark.parametrize("study", [{"seeds": 3}, {"seeds": 9, "first_seeds": 2}])
def test_a_pruner_that_compares_seeds_needs_enough_of_them(study: dict[str, int]) -> None:
    seeds = min(study.values())
    message = f"wilcoxon compares seed by seed, and by {seeds} it can never decide: it needs 4"
    assert found(study=study, pruner={"name": "wilcoxon"}) == [("pruner.name", message)]
    assert found(study=study, pruner={"name": "median"}) == []
    assert found(pruner={"name": "wilcoxon"}) == []


def test_what_follows_one_objective_alone_is_refused_with_several() -> None:
    study = {"objectives": ["validation_error", "weights"]}
    for name in ("median", "wilcoxon", "hyperband"):
        message = "a pruner stops what is worse in one objective, and here are 2; leave it out"
        assert found(study=study, pruner={"name": name}) == [("pruner.name", message)]
    message = "cma_es follows one objective, and here are 2; random, qmc, grid, tpe or gp takes several"
    assert found(study=study, sampler={"name": "cma_es"}) == [("sampler.name", message)]
    assert found(study=study, sampler={"name": "tpe"}, pruner={"name": "none"}) == []


def test_what_is_compared_must_not_hang_on_what_is_re_tuned() -> None:
    search = {"scientific": {"momentum": [0.5, 0.9]}, "nuisance": {"optimiser": ["adam", "momentum"]}}
    assert found(search=search) == [
        (
            "search.scientific.momentum",
            "has an effect only with some values of optimiser, which is re-tuned: compare optimiser too",
        )
    ]
    search["nuisance"]["optimiser"] = ["nesterov", "momentum"]
    assert found(search=search) == []


PATIENCE = 'the key "patience" is missing, how many epochs without an improvement end the training'


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"training": {"early_stopping": {"patience": 5}}}, []),
        ({"training": {"early_stopping": False}}, []),
        ({"search": {"scientific": {"early_stopping": [False, {"patience": 5}]}}}, []),
        (
            {
                "training": {"early_stopping": {"restore": True}},
                "search": {"nuisance": {"patience": {"low": 2, "high": 9, "log": True}}},
            },
            [],
        ),
        (
            {"training": {"early_stopping": {"restore": True}}},
            [("training.early_stopping", f"{{ restore = true }}: {PATIENCE}")],
        ),
        (
            {"training": {"patience": 5}},
            [("training.patience", "belongs into a table: early_stopping = { patience = 5 }")],
        ),
        (
            {"search": {"nuisance": {"patience": [2, 9]}}},
            [("search.nuisance.patience", "needs early_stopping = { restore = true } under [training]")],
        ),
        (
            {"training": {"early_stopping": {"patience": 5}}, "search": {"nuisance": {"patience": [2, 9]}}},
            [("training.early_stopping", "patience is searched already; leave it out here")],
        ),
        (
            {"search": {"nuisance": {"early_stopping": [{"min_delta": 0.1}]}}},
            [("search.nuisance.early_stopping", f"{{ min_delta = 0.1 }}: {PATIENCE}")],
        ),
        (
            {"search": {"nuisance": {"early_stopping": [{"patience": 0}]}}},
            [("search.nuisance.early_stopping", "0 should be at least 1")],
        ),
        (
            {
                "search": {
                    "scientific": {"early_stopping": [{"patience": 5}, {"patience": 5, "restore": True}]}
                }
            },
            [("search.scientific.early_stopping", "{ patience = 5, restore = true } is listed twice")],
        ),
        (
            {"search": {"nuisance": {"early_stopping": {"patience": 5}}}},
            [("search.nuisance.early_stopping", "has no range: give a list of choices")],
        ),
    ],
)
def test_early_stopping_is_a_table_with_its_patience_unless_that_is_searched_by_itself(
    tables: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(**tables) == expected


WEIGHTS = 'should be "balanced", "none" or a table of classes, such as { rare = 5 }'


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"training": {"class_weights": "balanced"}}, []),
        ({"training": {"class_weights": {"0": 1, "7": 2.5}}}, []),
        ({"search": {"scientific": {"class_weights": ["none", "balanced", {"7": 2}]}}}, []),
        ({"search": {"nuisance": {"class_weights": ["none", "balanced"]}}}, []),
        (
            {"search": {"nuisance": {"class_weights": ["balancd"]}}},
            [("search.nuisance.class_weights", 'unknown class weights "balancd"; did you mean "balanced"?')],
        ),
        (
            {"search": {"scientific": {"class_weights": ["none", {}, 3]}}},
            [
                ("search.scientific.class_weights", f"{{  }} {WEIGHTS}"),
                ("search.scientific.class_weights", f"3 {WEIGHTS}"),
            ],
        ),
        (
            {"search": {"scientific": {"class_weights": [{"7": 2}, {"7": 2.0}]}}},
            [("search.scientific.class_weights", "{ 7 = 2.0 } is listed twice")],
        ),
        (
            {"search": {"nuisance": {"class_weights": {"low": 1, "high": 2}}}},
            [("search.nuisance.class_weights", "has no range: give a list of choices")],
        ),
        (
            {"data": {"source": "diabetes"}, "training": {"cost": "quadratic", "class_weights": "balanced"}},
            [("training.class_weights", "weighs classes, and diabetes has numbers to predict; leave it out")],
        ),
        (
            {
                "data": {"source": "diabetes"},
                "training": {"cost": "quadratic"},
                "search": {"nuisance": {"class_weights": ["none", "balanced"]}},
            },
            [
                (
                    "search.nuisance.class_weights",
                    "weighs classes, and diabetes has numbers to predict; leave it out",
                )
            ],
        ),
        ({"data": {"source": "diabetes"}, "training": {"cost": "quadratic", "class_weights": "none"}}, []),
    ],
)
def test_class_weights_are_balanced_none_or_a_table_and_for_classes_only(
    tables: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(**tables) == expected


@pytest.mark.parametrize("weight", [0, -1, 1e-7, 1e7, True, "2", float("nan")])
def test_the_weight_of_a_class_has_bounds(weight: Any) -> None:
    ((where, message),) = searching("scientific", class_weights=["none", {"7": 1, "8": weight}])
    assert where == "search.scientific.class_weights"
    assert message.endswith('should have a weight from 0.000001 to 1,000,000 for "8"')
