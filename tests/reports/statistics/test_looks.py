"""Levels of several looks: published boundaries, the whole's error by simulation, and the corrected p-value's laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from reports.statistics.intervals import estimate
from reports.statistics.looks import POWER, Look, levels

LOOKS = (5, 7, 10, 14, 20)


def test_even_spending_of_equal_looks_gives_the_boundaries_of_lan_and_demets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Jennison and Turnbull (2000), ρ-family with ρ = 1, one-sided 0.05: error spent evenly, 0.01 a look
    monkeypatch.setattr("reports.statistics.looks.POWER", 1)
    z = -ndtri(levels(range(1, 6), 0.05))
    assert z[0] == pytest.approx(2.326, abs=1e-3)
    assert np.all(np.diff(z) < 0)
    assert _crossing(z, np.arange(1, 6) / 5) == pytest.approx(0.05, abs=2e-4)


@pytest.mark.parametrize("level", [0.05, 0.025, 0.002])
def test_the_levels_of_all_looks_together_spend_the_whole_error(level: float) -> None:
    at = levels(LOOKS, level)
    times = np.array(LOOKS) / LOOKS[-1]
    spent = [_crossing(-ndtri(at[:k]), times[:k]) for k in range(1, 6)]
    np.testing.assert_allclose(spent, level * times**POWER, atol=3e-5)


def test_two_looks_agree_with_the_bivariate_normal_distribution() -> None:
    first, second = -ndtri(levels((10, 20), 0.025))
    both = multivariate_normal([0, 0], [[1, 0.5**0.5], [0.5**0.5, 1]]).cdf([first, second])
    assert 1 - both == pytest.approx(0.025, abs=1e-6)


@given(st.floats(1e-8, 0.45), st.integers(0, 4))
def test_the_level_of_a_look_undoes_the_correction(p: float, look: int) -> None:
    assert (
        Look(look, LOOKS).level(Look(look, LOOKS).corrected(p)) == pytest.approx(p, rel=1e-6)
        or Look(look, LOOKS).corrected(p) == 1
    )


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 4))
def test_the_correction_keeps_the_order_and_never_makes_a_value_smaller(
    p: float, q: float, look: int
) -> None:
    small, large = sorted((p, q))
    assert Look(look, LOOKS).corrected(small) <= Look(look, LOOKS).corrected(large) + 1e-12
    assert Look(look, LOOKS).corrected(large) >= large * (1 - 1e-6)


def test_the_look_is_the_last_one_that_the_seeds_are_enough_for() -> None:
    assert [Look.after(seeds, LOOKS) for seeds in (4, 5, 6, 20)] == [
        None,
        *(Look(k, LOOKS) for k in (0, 0, 4)),
    ]
    assert Look.after(20, (20,)) is Look.after(20, ()) is None


def test_an_unknown_value_stays_unknown_and_none_is_not_made_certain() -> None:
    assert np.isnan(Look(1, LOOKS).corrected(float("nan")))
    assert Look(1, LOOKS).corrected(0.0) == 0


def _crossing(z: np.ndarray, times: np.ndarray) -> float:
    """How often a Brownian motion is beyond a boundary at some look, by the multivariate normal distribution."""
    covariance = np.minimum.outer(times, times) / np.sqrt(np.multiply.outer(times, times))
    return 1 - float(
        multivariate_normal.cdf(z, cov=covariance, abseps=1e-6, releps=1e-6, rng=np.random.default_rng(0))
    )


def test_looking_again_and_again_finds_what_is_not_there_unless_it_is_corrected() -> None:
    x = np.random.default_rng(3).normal(size=(400, LOOKS[-1]))
    shown = {True: 0, False: 0}
    for study in x:
        for corrected in shown:
            found = [
                estimate(study[:n], look=Look(k, LOOKS) if corrected else None) for k, n in enumerate(LOOKS)
            ]
            assert all((each.p < 0.05) == (each.low > 0 or each.high < 0) for each in found)
            shown[corrected] += any(each.p < 0.05 for each in found)
    assert shown[True] <= 0.07 * len(x)
    assert shown[False] >= 0.1 * len(x)
