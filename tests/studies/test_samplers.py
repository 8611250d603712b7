"""Samplers: functions of the index, the seed and, for tpe, the finished trials before."""

from itertools import product
from math import log, prod
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.stats.qmc import discrepancy

from studies.samplers import PRUNERS, SAMPLERS, point_of

Space = dict[str, BaseDistribution]
SPACE: Space = {
    "learning_rate": FloatDistribution(0.01, 100.0, log=True),
    "l2": FloatDistribution(0.0, 1.0),
    "batch_size": IntDistribution(8, 64),
    "widths": CategoricalDistribution([0, 1, 2]),
}


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    def one(kind: str) -> BaseDistribution:
        if kind == "choice":
            return CategoricalDistribution(list(range(draw(st.integers(1, 4)))))
        if kind == "int":
            low = draw(st.integers(1, 50))
            return IntDistribution(low, low + draw(st.integers(1, 50)), log=draw(st.booleans()))
        low = draw(st.floats(1e-6, 10))
        return FloatDistribution(low, low * draw(st.floats(1.5, 1e6)), log=draw(st.booleans()))

    kinds = draw(st.lists(st.sampled_from(["choice", "int", "float"]), min_size=1, max_size=4))
    return {f"p{index}": one(kind) for index, kind in enumerate(kinds)}


def points(name: str, space: Space, trials: int, seed: int) -> list[dict[str, Any]]:
    """Every point that is known beforehand."""
    sampler = SAMPLERS[name]
    trials = sampler.trials(space, trials)
    return [sampler.point(space, index, trials, seed) for index in range(sampler.first(trials))]


@pytest.mark.parametrize("name", SAMPLERS)
@given(space=spaces(), trials=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_every_point_has_every_parameter_within_its_bounds(
    name: str, space: Space, trials: int, seed: int
) -> None:
    for point in points(name, space, trials, seed):
        assert list(point) == list(space)
        for parameter, value in point.items():
            assert space[parameter]._contains(float(value))


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_point_is_a_function_of_its_index(name: str) -> None:
    """Whoever asks, in whatever order and how often: so it does not matter where a study was interrupted."""
    trials = SAMPLERS[name].trials(SPACE, 36)
    in_order = [point_of(SAMPLERS[name], SPACE, index, trials, 7) for index in range(trials)]
    backwards = [point_of(SAMPLERS[name], SPACE, index, trials, 7) for index in reversed(range(trials))]
    assert in_order == backwards[::-1]


@pytest.mark.parametrize("name", ["random", "qmc", "tpe"])
def test_another_seed_has_other_points(name: str) -> None:
    assert points(name, SPACE, 10, 0) != points(name, SPACE, 10, 1)


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_no_two_indices_have_the_same_point(name: str) -> None:
    found = points(name, SPACE, 200, 0)
    assert len({tuple(point.values()) for point in found}) == 200


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_the_number_of_trials_does_not_move_the_points(name: str) -> None:
    assert points(name, SPACE, 30, 0)[:10] == points(name, SPACE, 10, 0)


@given(space=spaces(), trials=st.integers(1, 40))
def test_a_grid_covers_every_combination_of_its_values_once(space: Space, trials: int) -> None:
    found = points("grid", space, trials, 0)
    axes = [list(dict.fromkeys(point[name] for point in found)) for name in space]
    assert [tuple(point.values()) for point in found] == list(product(*axes))
    for axis, one in zip(axes, space.values(), strict=True):
        assert axis == sorted(axis)
        if isinstance(one, CategoricalDistribution):
            assert axis == list(one.choices)


@given(space=spaces(), trials=st.integers(1, 40))
def test_a_grid_is_as_fine_as_the_trials_allow(space: Space, trials: int) -> None:
    choices = prod(len(one.choices) for one in space.values() if isinstance(one, CategoricalDistribution))
    size = SAMPLERS["grid"].trials(space, trials)
    assert size <= max(trials, choices)
    assert SAMPLERS["grid"].trials(space, size) == size


def test_a_grid_divides_a_range_evenly_and_reaches_its_ends() -> None:
    space: Space = {"learning_rate": FloatDistribution(0.01, 100.0, log=True)}
    assert [point["learning_rate"] for point in points("grid", space, 5, 0)] == pytest.approx(
        [0.01, 0.1, 1, 10, 100]
    )


def test_a_grid_of_one_step_takes_the_middle() -> None:
    space: Space = {"a": FloatDistribution(1.0, 100.0, log=True), "b": CategoricalDistribution([0, 1])}
    assert [tuple(point.values()) for point in points("grid", space, 3, 0)] == [
        (pytest.approx(10), 0),
        (pytest.approx(10), 1),
    ]


def test_a_grid_of_whole_numbers_has_each_once() -> None:
    assert [point["n"] for point in points("grid", {"n": IntDistribution(1, 3)}, 10, 0)] == [1, 2, 3]


def test_a_point_of_an_enormous_grid_is_found_without_listing_it() -> None:
    space: Space = {f"p{index}": CategoricalDistribution(list(range(10))) for index in range(20)}
    trials = SAMPLERS["grid"].trials(space, 1)
    assert trials == 10**20
    assert list(SAMPLERS["grid"].point(space, trials - 1, 1, 0).values()) == [9] * 20
    assert list(SAMPLERS["grid"].point(space, 1234, 1, 0).values())[-4:] == [1, 2, 3, 4]


def test_qmc_spreads_more_evenly_than_chance() -> None:
    space: Space = {"a": FloatDistribution(0.01, 1.0, log=True), "b": FloatDistribution(0.0, 1.0)}

    def unevenness(name: str, seed: int) -> float:
        unit = [[log(p["a"] / 0.01) / log(100), p["b"]] for p in points(name, space, 32, seed)]
        return float(discrepancy(np.clip(unit, 0, 1)))

    for seed in range(5):
        assert unevenness("qmc", seed) < 0.5 * unevenness("random", seed)


def test_qmc_halves_and_quarters_every_axis() -> None:
    space: Space = {"a": FloatDistribution(0.0, 1.0), "b": FloatDistribution(0.0, 1.0)}
    for axis in zip(*(point.values() for point in points("qmc", space, 16, 3)), strict=True):
        assert sorted(int(value * 16) for value in axis) == list(range(16))


def test_a_space_without_parameters_has_one_empty_point() -> None:
    for name in SAMPLERS:
        assert SAMPLERS[name].point({}, 0, 4, 0) == {}


@pytest.mark.parametrize(("trials", "start"), [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (72, 5)])
def test_tpe_starts_with_a_few_sobol_points(trials: int, start: int) -> None:
    sampler = SAMPLERS["tpe"]
    found = [point_of(sampler, SPACE, index, trials, 3) for index in range(trials)]
    assert found[:start] == points("qmc", SPACE, trials, 3)[:start]
    assert found[start:] == [None] * (trials - start)


def suggestion(values: list[float], index: int, seed: int = 3) -> dict[str, Any]:
    """What tpe suggests after finished trials with these objectives."""
    study = optuna.create_study(sampler=SAMPLERS["tpe"].feedback(seed, index))
    for place, value in enumerate(values):
        params = SAMPLERS["qmc"].point(SPACE, place, len(values), 0)
        study.add_trial(optuna.create_trial(params=params, distributions=SPACE, value=value))
    return study.ask(SPACE).params


def test_tpe_depends_on_the_finished_trials_the_index_and_the_seed_and_on_nothing_else() -> None:
    values = [0.9, 0.5, 0.1, 0.4, 0.7, 0.2]
    assert suggestion(values, 6) == suggestion(values, 6)
    assert suggestion(values, 6) != suggestion(values[::-1], 6)
    assert suggestion(values, 6) != suggestion(values, 7)
    assert suggestion(values, 6) != suggestion(values, 6, seed=4)


def test_tpe_looks_where_it_was_good() -> None:
    """The objective is how far the learning rate is from 1, in decades."""
    study = optuna.create_study(sampler=SAMPLERS["tpe"].feedback(0, 0))
    for index in range(30):
        point = point_of(SAMPLERS["tpe"], SPACE, index, 30, 0)
        if point is not None:
            study.enqueue_trial(point)
        study.sampler = SAMPLERS["tpe"].feedback(0, index)
        trial = study.ask(SPACE)
        study.tell(trial, abs(np.log10(trial.params["learning_rate"])))
    late = [abs(np.log10(trial.params["learning_rate"])) for trial in study.trials[15:]]
    assert np.median(late) < 0.5  # chance has 1


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 30, 100])
@pytest.mark.parametrize("name", PRUNERS)
def test_a_pruner_is_asked_a_few_times_and_never_at_the_last_epoch(name: str, epochs: int) -> None:
    rungs = PRUNERS[name].rungs(epochs)
    assert len(rungs) <= 6
    assert all(1 <= epoch < epochs for epoch in rungs)
    PRUNERS[name].build(epochs)


def test_the_rungs_are_those_of_hyperband_or_evenly_spaced() -> None:
    assert PRUNERS["hyperband"].rungs(30) == {1, 3, 9, 27}
    assert PRUNERS["median"].rungs(70) == {10, 20, 30, 40, 50, 60}
    assert PRUNERS["none"].rungs(30) == set()
