"""Samplers: functions of the index and the seed alone, as far as they do not learn."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.qmc import discrepancy

from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS, point_of
from studies.space.search_space import Point, Space, Variable, distribution
from tests.studies.spaces import holds, spaces


def space(*, whole: tuple[str, ...] = (), **searched: Range | list[int]) -> Space:
    """A space of unconditional variables."""
    variables = [
        Variable(name, name, values, distribution(values, whole=name in whole))
        for name, values in searched.items()
    ]
    return Space({}, tuple(variables))


SPACE = space(
    learning_rate=Range(low=0.01, high=100.0, log=True),
    l2=Range(low=0.0, high=1.0),
    batch_size=Range(low=8, high=64),
    widths=[16, 32, 64],
    whole=("batch_size",),
)


def points(name: str, space: Space, trials: int, seed: int) -> list[Point]:
    """Every point that is known beforehand."""
    sampler = SAMPLERS[name]
    trials = sampler.trials(space, trials)
    return [sampler.point(space, index, trials, seed) for index in range(sampler.first(trials))]


@pytest.mark.parametrize("name", SAMPLERS)
@given(space=spaces(), trials=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_every_point_has_what_has_an_effect_there_within_its_bounds(
    name: str, space: Space, trials: int, seed: int
) -> None:
    each = {one.name: one for one in space.variables}
    for point in points(name, space, trials, seed)[:50]:
        settings = {**space.given, **space.decode(point)}
        assert point.keys() == {one.name for one in space.variables if one.has_effect(settings)}
        assert all(holds(each[name].distribution, value) for name, value in point.items())


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_point_is_a_function_of_its_index(name: str) -> None:
    """Whoever asks, in whatever order and how often: so it does not matter where a study was interrupted."""
    trials = SAMPLERS[name].trials(SPACE, 36)
    in_order = [point_of(SAMPLERS[name], SPACE, index, trials, 7) for index in range(trials)]
    backwards = [point_of(SAMPLERS[name], SPACE, index, trials, 7) for index in reversed(range(trials))]
    assert in_order == backwards[::-1]


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "grid"])
def test_another_seed_has_other_points(name: str) -> None:
    assert points(name, SPACE, 10, 0) != points(name, SPACE, 10, 1)


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_no_two_indices_have_the_same_point(name: str) -> None:
    found = points(name, SPACE, 200, 0)
    assert len({tuple(point.values()) for point in found}) == 200


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_the_number_of_trials_does_not_move_the_points(name: str) -> None:
    assert points(name, SPACE, 30, 0)[:10] == points(name, SPACE, 10, 0)


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_what_a_combination_does_not_use_moves_none_of_its_points(name: str) -> None:
    """So that every combination is compared on the same learning rates."""
    needing = Variable(
        "momentum", "momentum", Range(low=0, high=0.9), SPACE.variables[1].distribution, ("o", frozenset("m"))
    )
    variables = (*SPACE.variables, needing)
    without, using = (Space({"o": one}, variables) for one in ("g", "m"))
    for one, other in zip(points(name, without, 20, 0), points(name, using, 20, 0), strict=True):
        assert other.keys() - one.keys() == {"momentum"}
        assert one.items() <= other.items()


def test_qmc_spreads_more_evenly_than_chance() -> None:
    square = space(a=Range(low=0.01, high=1.0, log=True), b=Range(low=0.0, high=1.0))

    def unevenness(name: str, seed: int) -> float:
        unit = [[log(p["a"] / 0.01) / log(100), p["b"]] for p in points(name, square, 32, seed)]
        return float(discrepancy(np.clip(unit, 0, 1)))

    for seed in range(5):
        assert unevenness("qmc", seed) < 0.5 * unevenness("random", seed)


def test_qmc_halves_and_quarters_every_axis() -> None:
    square = space(a=Range(low=0.0, high=1.0), b=Range(low=0.0, high=1.0))
    for axis in zip(*(point.values() for point in points("qmc", square, 16, 3)), strict=True):
        assert sorted(int(value * 16) for value in axis) == list(range(16))


def test_a_space_without_parameters_has_one_empty_point() -> None:
    for name in SAMPLERS:
        assert SAMPLERS[name].point(Space({}), 0, 4, 0) == {}


@pytest.mark.parametrize(
    ("name", "trials", "start"),
    [
        *(("tpe", *counts) for counts in [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (16, 8), (144, 8)]),
        ("gp", 72, 8),
        ("cma_es", 72, 1),
    ],
)
def test_those_that_learn_start_with_a_few_sobol_points(name: str, trials: int, start: int) -> None:
    found = [point_of(SAMPLERS[name], SPACE, index, trials, 3) for index in range(trials)]
    assert found[:start] == points("qmc", SPACE, trials, 3)[:start]
    assert found[start:] == [None] * (trials - start)


def test_gaussian_processes_need_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.space.samplers.find_spec", lambda _name: None)
    assert {name: one.missing() for name, one in SAMPLERS.items() if one.missing()} == {"gp": "torch"}
    monkeypatch.setattr("studies.space.samplers.find_spec", lambda _name: object())
    assert not SAMPLERS["gp"].missing()
