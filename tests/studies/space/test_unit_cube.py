"""Points of the unit cube as values."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from studies.space.unit_cube import chance_of, from_unit, place_of
from studies.space.values import values_of
from tests.studies.spaces import holds, variables

units = st.floats(0, 1)


Distribution = FloatDistribution | IntDistribution | CategoricalDistribution


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    one = draw(variables("any")).distribution
    assert isinstance(one, Distribution)
    return one


@given(units, distributions())
def test_a_value_lies_within_its_distribution(u: float, distribution: Distribution) -> None:
    assert holds(distribution, from_unit(u, distribution))


@given(units, units, distributions())
def test_a_larger_point_is_no_smaller_value(one: float, other: float, distribution: Distribution) -> None:
    low, high = sorted((one, other))
    assert from_unit(low, distribution) <= from_unit(high, distribution)


@given(distributions())
def test_the_ends_are_reached(
    distribution: Distribution,
) -> None:
    low, high = from_unit(0.0, distribution), from_unit(1.0, distribution)
    if isinstance(distribution, CategoricalDistribution):
        assert (low, high) == (distribution.choices[0], distribution.choices[-1])
    else:
        assert low == pytest.approx(distribution.low, rel=1e-9)
        assert high == pytest.approx(distribution.high, rel=1e-9)


def test_half_way_is_the_mean_or_on_a_log_scale_the_geometric_mean() -> None:
    assert from_unit(0.5, FloatDistribution(1.0, 100.0)) == pytest.approx(50.5)
    assert from_unit(0.5, FloatDistribution(1.0, 100.0, log=True)) == pytest.approx(10)


@pytest.mark.parametrize(
    "distribution",
    [
        CategoricalDistribution([0, 1, 2]),
        CategoricalDistribution([1, 4, 9]),
        IntDistribution(4, 6),
        IntDistribution(10, 30, step=10),
        FloatDistribution(0.1, 0.3, step=0.1),
    ],
)
def test_every_choice_every_step_and_every_whole_number_is_as_likely_as_another(
    distribution: Distribution,
) -> None:
    counts = Counter(from_unit(float(u), distribution) for u in np.linspace(0.0005, 0.9995, 999))
    assert len(counts) == 3
    assert max(counts.values()) - min(counts.values()) <= 1


def test_steps_are_the_decimal_numbers_that_they_are_written_as() -> None:
    found = {from_unit(u / 8, FloatDistribution(0.1, 0.7, step=0.1)) for u in range(9)}
    assert found == {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}


def test_of_a_logarithmic_range_of_whole_numbers_each_is_as_likely_as_its_share_of_the_logarithm() -> None:
    counts = Counter(from_unit(float(u), IntDistribution(1, 4, log=True)) for u in np.linspace(0, 1, 10_001))
    shares = {n: log((n + 0.5) / (n - 0.5)) / log(4.5 / 0.5) for n in (1, 2, 3, 4)}
    assert {n: counts[n] / 10_001 for n in shares} == pytest.approx(shares, abs=1e-3)


def test_a_log_scale_is_even_in_the_logarithm() -> None:
    distribution = FloatDistribution(1e-3, 1e3, log=True)
    steps = np.diff([log(from_unit(u / 10, distribution)) for u in range(11)])
    assert np.allclose(steps, steps[0])


@given(units, distributions())
def test_a_value_stands_where_it_comes_from(u: float, distribution: Distribution) -> None:
    value = from_unit(u, distribution)
    assert from_unit(place_of(value, distribution), distribution) == pytest.approx(value, rel=1e-9, abs=1e-9)
    if values_of(distribution) is not None:
        assert from_unit(place_of(value, distribution), distribution) == value


@pytest.mark.parametrize(
    "distribution",
    [IntDistribution(3, 40, log=True), IntDistribution(2, 9), CategoricalDistribution([0, 2, 3])],
)
def test_a_chance_is_the_length_of_what_gives_the_value(distribution: Distribution) -> None:
    values = values_of(distribution)
    assert values is not None
    grid = [from_unit((place + 0.5) / 20_000, distribution) for place in range(20_000)]
    shares = Counter(grid)
    assert sum(chance_of(value, distribution) for value in values) == pytest.approx(1)
    for value in values:
        assert chance_of(value, distribution) == pytest.approx(shares[value] / 20_000, abs=2e-4)
