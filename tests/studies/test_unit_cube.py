"""Points of the unit cube as values."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from studies.unit_cube import from_unit

units = st.floats(0, 1)


@st.composite
def distributions(draw: st.DrawFn) -> FloatDistribution | IntDistribution | CategoricalDistribution:
    kind = draw(st.sampled_from(["float", "int", "choice"]))
    if kind == "choice":
        return CategoricalDistribution(list(range(draw(st.integers(1, 9)))))
    log_scale = draw(st.booleans())
    if kind == "int":
        low = draw(st.integers(1 if log_scale else -1000, 1000))
        return IntDistribution(low, low + draw(st.integers(1, 1000)), log=log_scale)
    low = draw(st.floats(1e-12 if log_scale else -1e6, 1e6))
    return FloatDistribution(low, low + draw(st.floats(1e-3, 1e6)), log=log_scale)


@given(units, distributions())
def test_a_value_lies_within_its_distribution(
    u: float, distribution: FloatDistribution | IntDistribution | CategoricalDistribution
) -> None:
    value = from_unit(u, distribution)
    assert distribution._contains(float(value))
    if not isinstance(distribution, FloatDistribution):
        assert isinstance(value, int)


@given(units, units, distributions())
def test_a_larger_point_is_no_smaller_value(
    one: float, other: float, distribution: FloatDistribution | IntDistribution | CategoricalDistribution
) -> None:
    low, high = sorted((one, other))
    assert from_unit(low, distribution) <= from_unit(high, distribution)


@given(distributions())
def test_the_ends_are_reached(
    distribution: FloatDistribution | IntDistribution | CategoricalDistribution,
) -> None:
    low, high = from_unit(0.0, distribution), from_unit(1.0, distribution)
    if isinstance(distribution, CategoricalDistribution):
        assert (low, high) == (0, len(distribution.choices) - 1)
    else:
        assert low == pytest.approx(distribution.low, rel=1e-9)
        assert high == pytest.approx(distribution.high, rel=1e-9)


def test_half_way_is_the_mean_or_on_a_log_scale_the_geometric_mean() -> None:
    assert from_unit(0.5, FloatDistribution(1.0, 100.0)) == pytest.approx(50.5)
    assert from_unit(0.5, FloatDistribution(1.0, 100.0, log=True)) == pytest.approx(10)


@pytest.mark.parametrize("distribution", [CategoricalDistribution([0, 1, 2]), IntDistribution(4, 6)])
def test_every_choice_and_every_whole_number_is_as_likely_as_another(
    distribution: CategoricalDistribution | IntDistribution,
) -> None:
    counts = Counter(from_unit(float(u), distribution) for u in np.linspace(0.0005, 0.9995, 999))
    assert len(counts) == 3
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_log_scale_is_even_in_the_logarithm() -> None:
    distribution = FloatDistribution(1e-3, 1e3, log=True)
    steps = np.diff([log(from_unit(u / 10, distribution)) for u in range(11)])
    assert np.allclose(steps, steps[0])
