"""What seeds share because their splits are drawn from the same examples."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.fresh_data import RATIO, covered
from reports.statistics.intervals import effective_spread
from reports.statistics.shared_examples import overlap_of, variance_between_examples


def test_the_variance_between_examples_is_the_mean_product_over_all_pairs_of_seeds() -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(6, 10))
    rows = np.stack([rng.permutation(40)[:10] for _ in range(6)])
    centred = losses - losses.mean(axis=1, keepdims=True)
    products = [
        centred[i, np.flatnonzero(rows[i] == example)[0]] * centred[k, np.flatnonzero(rows[k] == example)[0]]
        for i, k in combinations(range(6), 2)
        for example in np.intersect1d(rows[i], rows[k])
    ]
    assert variance_between_examples(losses, rows) == pytest.approx(np.mean(products))
    apart = np.arange(20).reshape(2, 10)
    assert np.isnan(variance_between_examples(losses[:2], apart))


def test_luck_of_the_examples_alone_is_found_and_luck_of_the_seeds_alone_is_none() -> None:
    rng = np.random.default_rng(1)
    rows = np.stack([rng.permutation(400)[:100] for _ in range(20)])
    of_examples = rng.normal(size=400)[rows]
    assert variance_between_examples(of_examples, rows) == pytest.approx(1, abs=0.1)
    assert overlap_of(of_examples, rows, RATIO) == pytest.approx(RATIO, rel=0.5)
    of_seeds = rng.normal(size=(20, 1)) + 0 * of_examples
    assert overlap_of(of_seeds + 0.01 * rng.normal(size=of_examples.shape), rows, RATIO) < 0.01


def test_it_is_in_units_of_the_squared_spread_and_never_more_than_the_correction_of_nadeau_and_bengio() -> (
    None
):
    rng = np.random.default_rng(2)
    rows = np.stack([rng.permutation(400)[:100] for _ in range(20)])
    losses = rng.normal(size=400)[rows] + rng.normal(size=(20, 1))
    spread = effective_spread(losses.mean(axis=1))
    expected = variance_between_examples(losses, rows) / 400 / spread**2
    assert 0 < expected < RATIO
    assert overlap_of(losses, rows, RATIO) == pytest.approx(expected)
    without_luck = losses - losses.mean(axis=1, keepdims=True) + 0.01 * rng.normal(size=(20, 1))
    assert overlap_of(without_luck, rows, RATIO) == RATIO


@pytest.mark.parametrize("nothing", [np.zeros((0, 0)), np.full((5, 4), np.nan), np.zeros((5, 4))])
def test_where_the_losses_say_nothing_the_correction_is_taken(nothing: np.ndarray) -> None:
    assert overlap_of(nothing, np.zeros(nothing.shape, int), RATIO) == RATIO
    assert overlap_of(nothing, np.zeros(nothing.shape, int), 0.0) == 0.0


def test_a_diverged_seed_says_nothing() -> None:
    rng = np.random.default_rng(3)
    rows = np.stack([rng.permutation(40)[:10] for _ in range(6)])
    losses = rng.normal(size=40)[rows] + rng.normal(size=(6, 1))
    lost = losses.copy()
    lost[2] = np.nan
    kept = [0, 1, 3, 4, 5]
    assert overlap_of(lost, rows, RATIO) == overlap_of(losses[kept], rows[kept], RATIO)


@pytest.mark.parametrize("seeds", [5, 10, 20])
@pytest.mark.parametrize("case", ["one learner", "two learners"])
def test_intervals_cover_the_error_on_the_distribution(case: str, seeds: int) -> None:
    independent, _, ours = covered(case, 160, seeds, 200)
    assert 0.9 <= ours <= 0.99
    assert seeds == 5 or independent < 0.9
