"""From a study file to the space of each combination, by laws over study files of every kind."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from core import fits
from experiments.mistakes import UserError
from studies.file.study_file import StudyFile, from_content
from studies.running.nuisance import space_of, widths_tried
from studies.running.plan import plan
from studies.space.grid_points import space_size
from studies.space.samplers import SAMPLERS
from studies.space.trial_parameters import USED_BY, Parameters
from studies.space.unit_cube import point_at
from tests.factories import DATA
from tests.studies.plans import content, make_plan

CHOICES: dict[str, list[Any]] = {
    "cost": ["quadratic", "cross_entropy", "log_likelihood"],
    "output_activation": ["auto", "sigmoid", "softmax", "tanh"],
    "optimiser": ["gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
    "schedule": ["constant", "cosine", "step"],
    "activation": ["sigmoid", "tanh", "relu"],
    "batch_size": [8, 16, "full"],
    "initialisation": ["normal", "glorot"],
    "learning_rate": [0.1, 1.0],
    "l2": [0.0, 1e-3],
}
RANGES: dict[str, dict[str, Any]] = {
    "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
    "batch_size": {"low": 8, "high": 64, "step": 8},
    "l2": {"low": 1e-6, "high": 1e-2, "log": True},
    "momentum": {"low": 0.0, "high": 0.9, "step": 0.1},
    "beta1": {"low": 0.5, "high": 0.99},
    "schedule_factor": {"low": 0.1, "high": 1.0},
}


@st.composite
def study_files(draw: st.DrawFn) -> StudyFile:
    """A valid study file with up to three parameters compared and up to four re-tuned."""
    names = draw(st.permutations([*CHOICES, "widths"]))
    compared, re_tuned = names[: draw(st.integers(0, 2))], names[3 : 3 + draw(st.integers(0, 3))]
    scientific: dict[str, Any] = {name: draw(some(name)) for name in compared if name in CHOICES}
    nuisance: dict[str, Any] = {}
    for name in re_tuned:
        if name in CHOICES:
            nuisance[name] = RANGES[name] if name in RANGES and draw(st.booleans()) else draw(some(name))
    if scientific.get("output_activation"):
        scientific["output_activation"] = ["auto"]
    for name in ("momentum", "beta1", "schedule_factor"):
        other, users = USED_BY[name]
        if users & {*scientific.get(other, []), *nuisance.get(other, [])} and draw(st.booleans()):
            nuisance[name] = RANGES[name]
    costs = scientific.get("cost") or nuisance.get("cost") or ["cross_entropy"]
    if "output_activation" in nuisance:
        kept = [
            one for one in nuisance["output_activation"] if one == "auto" or any(fits(c, one) for c in costs)
        ]
        nuisance["output_activation"] = list(dict.fromkeys(["auto", *kept]))
    if "widths" in compared:
        scientific["depth"] = [1, 3]
    if "widths" in {*compared, *re_tuned}:
        nuisance |= {"width": {"low": 4, "high": 32, "log": True}}
        nuisance |= {} if "widths" in compared else {"depth": {"low": 1, "high": 3}}
    sampler = {"name": draw(st.sampled_from(["random", "qmc", "grid"])), "seed": draw(st.integers(0, 9))}
    return from_content(
        {
            "study": {"name": "any", "trials": draw(st.integers(1, 60))},
            "data": {"source": "digits"},
            "search": {"scientific": scientific, "nuisance": nuisance},
            "sampler": sampler,
        },
        "any.toml",
    )


def some(name: str) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(CHOICES[name]), min_size=1, max_size=3, unique=True)


@given(st.data())
def test_every_trial_is_a_valid_setting_with_each_parameter_exactly_where_it_has_an_effect(
    data: st.DataObject,
) -> None:
    file = data.draw(study_files())
    combination = data.draw(st.sampled_from(file.combinations))
    space = space_of(file, combination)
    units = data.draw(st.lists(st.floats(0, 1), min_size=len(space.variables), max_size=len(space.variables)))
    nuisance = space.decode(point_at(units, space))
    settings = {**file.fixed, **combination, **nuisance}
    trained = Parameters.model_validate(
        {key: one for key, one in settings.items() if key not in ("depth", "width")}
    )
    assert trained.output_activation == "auto" or fits(trained.cost, trained.output_activation)
    searched = {name for name in file.search.nuisance if name not in ("depth", "width")}
    for name in searched:
        other, users = USED_BY.get(name, ("", set()))
        assert (name in nuisance) == (not users or settings[other] in users)
    if "depth" in settings:
        assert len(settings["widths"]) == settings["depth"]
    assert not nuisance.keys() & combination.keys()


@given(study_files())
def test_every_combination_has_an_equal_share_unless_it_has_fewer_settings_or_its_grid_needs_less(
    file: StudyFile,
) -> None:
    share = -(-file.study.trials // len(file.combinations))
    spaces = [space_of(file, combination) for combination in file.combinations]
    grids = [SAMPLERS["grid"].trials(space, share) for space in spaces]
    if file.sampler.name == "grid" and max(grids) > share:
        with pytest.raises(UserError, match="too few for the grid"):
            plan(file, DATA)
        return
    for space, grid, budget in zip(spaces, grids, plan(file, DATA).budgets, strict=True):
        size = space_size(space)
        assert budget == min(grid if file.sampler.name == "grid" else share, share if size is None else size)


def searching(
    scientific: dict[str, Any] | None = None, training: dict[str, Any] | None = None, **nuisance: Any
) -> StudyFile:
    search = {"scientific": scientific or {}, "nuisance": nuisance}
    return from_content(content(search=search, training=training or {}), "a")


Searching = Callable[..., StudyFile]


def test_ranges_and_choices_are_optunas_in_the_files_order() -> None:
    file = searching(
        l2=[0.0, 0.1], learning_rate={"low": 1, "high": 10}, batch_size={"low": 8, "high": 64, "step": 8}
    )
    assert [(one.name, one.distribution) for one in space_of(file, {}).variables] == [
        ("l2", CategoricalDistribution([0, 1])),
        ("learning_rate", FloatDistribution(1.0, 10.0)),
        ("batch_size", IntDistribution(8, 64, step=8)),
    ]


def test_momentum_is_for_the_optimisers_that_have_one() -> None:
    compared = searching(
        {"optimiser": ["momentum", "adam"]}, momentum={"low": 0.5, "high": 0.9}, learning_rate=[0.1]
    )
    names = [[one.name for one in space_of(compared, each).reachable] for each in compared.combinations]
    assert names == [["learning_rate", "momentum"], ["learning_rate"]]


def test_each_layer_that_there_is_has_a_width_of_its_own() -> None:
    file = searching(depth=[1, 3], width=[8, 16])
    space = space_of(file, {})
    assert [one.name for one in space.variables] == ["depth", "width_1", "width_2", "width_3"]
    assert space.decode({"depth": 1, "width_1": 0, "width_2": 1, "width_3": 0}) == {
        "depth": 3,
        "widths": [8, 16, 8],
    }
    compared = searching({"depth": [1, 3]}, width=[8, 16])
    names = [[one.name for one in space_of(compared, each).reachable] for each in compared.combinations]
    assert names == [["width_1"], ["width_1", "width_2", "width_3"]]


def test_the_output_activation_is_chosen_among_those_that_fit_the_cost() -> None:
    outputs = ["sigmoid", "softmax", "tanh"]
    compared = searching({"cost": ["quadratic", "log_likelihood"]}, output_activation=outputs)
    allowed = [space_of(compared, each).variables[0].distribution for each in compared.combinations]
    assert allowed == [CategoricalDistribution([0, 1, 2]), CategoricalDistribution([1])]
    retuned = space_of(searching(output_activation=outputs, cost=["quadratic", "log_likelihood"]), {})
    assert retuned.decode({"cost": 1, "output_activation_log_likelihood": 1}) == {
        "cost": "log_likelihood",
        "output_activation": "softmax",
    }


@pytest.mark.parametrize(
    ("said", "widths"),
    [
        ({"training": {"widths": [5, 3]}}, [[5, 3]]),
        ({"scientific": {"widths": [[5, 3], [9]]}}, [[5, 3]]),
        ({"widths": [[5, 3], [9]]}, [[5, 3], [9]]),
        ({"depth": {"low": 1, "high": 3}, "width": [4, 9]}, [[9, 9, 9]]),
        ({"scientific": {"depth": [2, 3]}, "width": {"low": 4, "high": 9}}, [[9, 9]]),
        ({"training": {"depth": 2}, "width": {"low": 4, "high": 9}}, [[9, 9]]),
        ({"scientific": {"width": [4, 9]}, "depth": [1, 2]}, [[4, 4]]),
    ],
)
def test_the_largest_networks_that_a_combination_may_try(
    said: dict[str, Any], widths: list[list[int]]
) -> None:
    file = searching(**said)
    assert widths_tried(file, space_of(file, file.combinations[0])) == widths


def test_a_combination_whose_parameters_have_no_effect_is_tried_once() -> None:
    search = {
        "scientific": {"optimiser": ["adam", "momentum"]},
        "nuisance": {"momentum": {"low": 0.5, "high": 0.9}},
    }
    laid_out = make_plan(search=search, study={"trials": 12})
    assert (laid_out.budgets, laid_out.trials) == ((1, 6), 7)
