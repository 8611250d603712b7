"""The test part is finite, and the interval over examples says what another one would have changed."""

import numpy as np
import pytest

from reports.statistics.over_examples import difference_over_examples, error_over_examples


def test_of_one_network_it_is_wilsons_interval_of_a_share() -> None:
    found = error_over_examples(np.repeat([[1.0, 0.0]], [10, 90], axis=1))
    assert (found.centre, found.n) == (0.1, 100)
    assert (found.low, found.high) == pytest.approx((0.055, 0.174), abs=0.002)  # Wilson (1927)


def test_seeds_do_not_multiply_examples_and_no_error_leaves_doubt() -> None:
    wrong = np.repeat([[1.0, 0.0]], [10, 90], axis=1)
    once, often = error_over_examples(wrong), error_over_examples(np.repeat(wrong, 20, axis=0))
    assert (often.low, often.high) == (once.low, once.high)
    none = error_over_examples(np.zeros((20, 36)))
    assert (none.centre, none.low) == (0, 0)
    assert none.high == pytest.approx(0.1, abs=0.01)
    lost = error_over_examples(np.concatenate([wrong, np.full((1, 100), np.nan)]))
    assert (lost.low, lost.high) == (once.low, once.high)


@pytest.mark.parametrize("kind", ["classes", "numbers", "few are hard"])
@pytest.mark.parametrize("examples", [36, 360])
def test_it_covers_the_error_of_these_networks_on_the_distribution(kind: str, examples: int) -> None:
    """Eight networks that find the same examples hard, on test parts drawn anew, some without any that is very hard."""
    rng = np.random.default_rng(examples)
    held, truth = 0, {"classes": 0.1, "numbers": 1.0, "few are hard": 0.03 + 0.05 * 0.1}[kind]
    for _ in range(1_000):
        hard = rng.beta(0.4, 3.6, size=examples)  # with a mean of 0.1
        if kind == "few are hard":
            hard = rng.choice([1, 0.1, 0], size=examples, p=[0.03, 0.05, 0.92])
        losses = (rng.random((8, examples)) < hard).astype(float)
        if kind == "numbers":
            losses = 10 * hard + rng.normal(size=(8, examples))
        found = error_over_examples(losses)
        held += found.low <= truth <= found.high
    assert (0.9 if kind == "numbers" else 0.93) <= held / 1_000 <= 0.99


@pytest.mark.parametrize("examples", [36, 360])
def test_a_difference_on_few_examples_is_covered(examples: int) -> None:
    """A test part of 36 mostly has none of the 2 % of examples on which the two differ: Student's alone covers 60 %."""
    rng = np.random.default_rng(examples)
    held = 0
    for _ in range(1_000):
        apart = rng.choice([1.0, -1.0, 0.0], size=examples, p=[0.015, 0.005, 0.98])
        found = difference_over_examples([np.maximum(apart, 0)], [np.maximum(-apart, 0)])
        held += found.low <= 0.01 <= found.high
        assert found.low <= found.centre <= found.high
        assert found.n == examples
    assert held / 1_000 >= 0.94


def test_two_choices_are_compared_example_by_example() -> None:
    rng = np.random.default_rng(5)
    hard = (rng.random(400) < 0.3).astype(float)
    better, worse = np.tile(hard, (3, 1)), np.tile(hard, (2, 1))
    worse[:, np.flatnonzero(hard == 0)[:12]] = 1
    found = difference_over_examples(worse, better)
    assert found.centre == pytest.approx(0.03)
    assert 0 < found.low < found.centre < found.high
    assert found.p < 0.01
    apart = [error_over_examples(each) for each in (better, worse)]
    assert apart[0].high > apart[1].low, "which the two intervals alone do not tell"
    alike = difference_over_examples(better, better)
    assert (alike.centre, alike.p) == (0, 1)
    assert -0.01 < alike.low < 0 < alike.high < 0.01
