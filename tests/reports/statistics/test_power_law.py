import numpy as np
import pytest
from scipy.optimize import curve_fit

from benchmarks.outlook import held
from reports.statistics.power_law import EXPONENTS, LEFT_OUT, foretold, outlook

AT = np.arange(1.0, 31)


@pytest.mark.parametrize(("a", "b", "place"), [(0.03, 0.5, 80), (0.0, 0.4, 140), (0.1, 0.0, 40)])
def test_a_curve_that_is_a_power_law_is_continued_exactly(a, b, place):
    c = EXPONENTS[place]
    assert foretold(a + b * AT**-c, 120) == pytest.approx(a + b * 120.0**-c)


def test_it_is_the_fit_by_least_squares_that_scipy_finds():
    curve = 0.05 + 0.4 * AT**-0.8 + 0.003 * np.random.default_rng(0).normal(size=30)
    later = int(LEFT_OUT * 30)
    fitted, _ = curve_fit(
        lambda at, a, b, c: a + b * at**-c,
        AT[later:],
        curve[later:],
        p0=(0.05, 0.4, 0.8),
        bounds=(0, [1, 2, 4]),
    )
    assert foretold(curve, 60) == pytest.approx(fitted[0] + fitted[1] * 60 ** -fitted[2], abs=5e-4)


def test_no_error_below_0_is_foretold_and_a_rising_curve_is_continued_level():
    steep = np.maximum(0.3 - 0.01 * AT, 0.001)
    later = int(LEFT_OUT * 30)
    fitted, _ = curve_fit(
        lambda at, b, c: b * at**-c, AT[later:], steep[later:], p0=(0.5, 0.8), bounds=(0, [20, 4])
    )
    assert foretold(steep, 60) == pytest.approx(fitted[0] * 60 ** -fitted[1], rel=0.02)
    assert foretold(steep, 1_000) >= 0
    rising = 0.1 + 0.001 * AT
    assert foretold(rising, 60) == pytest.approx(rising[int(LEFT_OUT * 30) :].mean())


def test_curves_side_by_side_are_foretold_as_each_alone():
    curves = 0.05 + 0.4 * AT ** -np.array([[0.5], [1.0], [2.0]])
    np.testing.assert_allclose(foretold(curves, 60), [foretold(each, 60) for each in curves])


def test_what_the_model_missed_of_what_is_known_is_in_the_interval():
    level = np.where(AT < 20, 0.4 * AT**-0.5, 0.4 * 20**-0.5)
    found = outlook(np.tile(level, (6, 1)), 60)
    assert found is not None
    assert found.missed < -0.01
    assert found.error.high - found.error.centre == pytest.approx(abs(found.missed))


def test_too_few_seeds_or_epochs_have_no_outlook():
    assert outlook(np.full((4, 30), 0.1), 60) is None
    assert outlook(np.full((5, 11), 0.1), 22) is None


def test_it_holds_where_curves_follow_the_law_and_not_where_they_turn():
    assert held("power law", 30, 5, 60)[0] >= 0.88
    assert held("rises again", 30, 20, 20)[0] < 0.5
