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


@pytest.mark.parametrize("kind", ["classes", "numbers"])
@pytest.mark.parametrize("examples", [36, 360])
def test_it_covers_the_error_of_these_networks_on_the_distribution(kind: str, examples: int) -> None:
    """Eight networks that find the same examples hard, on test parts drawn anew."""
    rng = np.random.default_rng(examples)
    held = 0
    for _ in range(1_000):
        hard = rng.beta(0.4, 3.6, size=examples)  # with a mean of 0.1
        losses = (rng.random((8, examples)) < hard).astype(float)
        if kind == "numbers":
            losses = 10 * hard + rng.normal(size=(8, examples))
        found = error_over_examples(losses)
        held += found.low <= (0.1 if kind == "classes" else 1.0) <= found.high
    assert 0.9 <= held / 1_000 <= 0.975


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
    assert (alike.centre, alike.low, alike.high, alike.p) == (0, 0, 0, 1)
