"""Each seed has a split of its own, and all of them the same test part."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core import Portions, Purpose, generators
from experiments.datasets import DATASETS, Dataset, from_arrays, load
from experiments.preparing.preparation import Prepared, assembled, prepare
from experiments.preparing.splits import KEPT, EachSeed, divided, split


@pytest.fixture(scope="module")
def iris() -> EachSeed:
    return split(load("iris"))


def numbered(name: str) -> EachSeed:
    """A data set whose only input is the number of the example."""
    data = load(name)
    count = np.arange(len(data.targets), dtype=float)[:, np.newaxis]
    return split(replace(data, inputs=count, features=("number",)))


def numbers(one: Prepared) -> list[list[int]]:
    return [
        np.rint(part.x * one.scale + one.mean)[0].astype(int).tolist()
        for part in (one.training, one.validation, one.test)
    ]


@pytest.mark.parametrize("name", DATASETS)
def test_seeds_differ_in_training_and_validation_and_share_the_test_part(name: str) -> None:
    data = numbered(name)
    splits = [numbers(data.of(seed)) for seed in (0, 1, 1000)]
    once = numbers(prepare(data.dataset))
    for training, validation, test in splits:
        assert sorted(training + validation + test) == list(range(len(data.dataset.targets)))
        assert test == once[2]
        assert [len(training), len(validation), len(test)] == list(data.description["examples"].values())
    assert len({tuple(sorted(validation)) for _, validation, _ in splits}) == 3


def test_a_split_hangs_on_the_seed_and_the_split_seed_alone(iris: EachSeed) -> None:
    again = split(load("iris"))
    np.testing.assert_array_equal(again.of(7).training.x, iris.of(7).training.x)
    other = split(load("iris"), split_seed=1)
    assert {*other.of(7).test.x.ravel()} != {*iris.of(7).test.x.ravel()}


def test_each_split_is_standardised_by_its_own_training_part(iris: EachSeed) -> None:
    for seed in (0, 1):
        x = iris.of(seed).training.x
        np.testing.assert_allclose((x.mean(axis=1), x.std(axis=1)), [[0] * 4, [1] * 4], atol=1e-12)
    assert (iris.of(0).mean != iris.of(1).mean).any()


def test_a_member_has_by_index_what_its_seed_has(iris: EachSeed) -> None:
    seeds = (3, 0, 1000, 3)
    parts = iris.portions(seeds)
    for member, seed in enumerate(seeds):
        for portions, expected in zip(parts, (iris.of(seed).training, iris.of(seed).validation), strict=True):
            np.testing.assert_array_equal(portions.of(member).x, expected.x)
            np.testing.assert_array_equal(portions.of(member).y, expected.y)


def test_nothing_is_copied_for_a_further_trial_and_little_is_kept(iris: EachSeed) -> None:
    first, again, some = iris.portions([0, 1, 2]), iris.portions([2, 1, 0, 0]), iris.portions([2, 0])
    assert first[0].all is again[0].all is some[0].all is first[1].all
    with pytest.raises(ValueError, match="read-only"):
        first[0].all.x[0, 0] = 1
    for seed in range(10, 10 + KEPT):
        iris.portions([seed])
    assert len(iris._kept) == KEPT
    assert pickle.loads(pickle.dumps(iris))._kept == []
    assert len(iris._kept) == KEPT


def test_a_split_that_a_population_has_is_given_again_as_views_of_its_array() -> None:
    data, fresh = split(load("iris")), split(load("iris"))
    training, _ = data.portions([0, 1000, 2])
    for seed in (0, 1000, 2):
        one, expected = data.of(seed), fresh.of(seed)
        assert one is data.of(seed)
        for part in ("training", "validation", "test"):
            mine, its = getattr(one, part), getattr(expected, part)
            np.testing.assert_array_equal(mine.x, its.x)
            np.testing.assert_array_equal(mine.y, its.y)
            if part != "test":
                assert np.shares_memory(mine.x, training.all.x)
                assert np.shares_memory(mine.y, training.all.y)
        assert data.class_counts(seed).tolist() == expected.training.y.sum(axis=1).tolist()
    assert not np.shares_memory(data.of(1).training.x, training.all.x)


def test_the_array_of_more_seeds_is_made_of_the_splits_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = split(load("iris"))
    data.portions([0])
    data.portions([1])
    made = counted(monkeypatch)
    training, _ = data.portions([2, 1, 0])
    assert len(made) == 1
    assert len(data._kept) == 1, "what the new array has is not kept twice"
    fresh = split(load("iris"))
    np.testing.assert_array_equal(training.of(1).x, fresh.of(1).training.x)
    _, validation = data.portions([2, 1])
    np.testing.assert_array_equal(validation.of(0).x, fresh.of(2).validation.x)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Gets the training rows of every split that is assembled from now on."""
    made: list[bytes] = []

    def noted(dataset: Dataset, parts: Sequence[NDArray[np.intp]], *more: Any) -> Prepared:
        made.append(parts[0].tobytes())
        return assembled(dataset, parts, *more)

    monkeypatch.setattr("experiments.preparing.splits.assembled", noted)
    return made


def test_unscaled_examples_are_one_array_for_every_seed() -> None:
    data = split(from_arrays(np.arange(240, dtype=np.uint8).reshape(60, 4), np.array(["a", "b", "c"] * 20)))
    first, second = (data.of(seed).training for seed in (0, 1))
    assert first.all is second.all
    assert data.of(0).training is first


def test_one_split_is_every_seeds() -> None:
    one = split(load("iris"), splits="one")
    assert isinstance(one, Prepared)
    assert one.of(0) is one.of(5) is one
    training, validation = one.portions([0, 1])
    assert not isinstance(training, Portions)
    np.testing.assert_array_equal(training.x, prepare(load("iris")).training.x)
    assert (one.description["splits"], validation) == ("one", one.validation)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    counts=st.lists(st.integers(2, 40), min_size=2, max_size=6),
    share=st.floats(0.02, 0.9),
    seed=st.integers(0, 5),
)
def test_classes_are_divided_in_proportion_and_none_is_left_out(
    counts: list[int], share: float, seed: int
) -> None:
    total, classes = sum(counts), np.repeat(np.arange(len(counts)), counts)
    chosen = min(max(len(counts), round(share * total)), total - len(counts))
    kept, taken = divided(total, chosen, classes, np.random.default_rng(seed))
    assert sorted([*kept, *taken]) == list(range(total))
    assert len(taken) == chosen
    found = np.bincount(classes[taken], minlength=len(counts))
    assert (found >= 1).all()
    assert (found < counts).all()
    exact = np.array(counts) * chosen / total
    if (exact >= 1).all() and (exact <= np.array(counts) - 1).all():
        assert (np.abs(found - exact) < 1).all()
    other = divided(total, chosen, classes, np.random.default_rng(seed + 1))
    assert found.tolist() == np.bincount(classes[other[1]], minlength=len(counts)).tolist()


def test_a_split_shares_no_chance_with_the_orders_or_the_initial_weights() -> None:
    data = split(load("diabetes"))
    assert isinstance(data, EachSeed)
    drawn = {}
    for purpose in Purpose:
        (rng,) = generators(data.split_seed, [3], purpose)
        drawn[purpose] = data.rest[rng.permutation(len(data.rest))].tolist()
    training, validation = data.rows(3)
    assert [*validation.tolist(), *training.tolist()] == drawn[Purpose.SPLIT]
    assert len({tuple(order) for order in drawn.values()}) == len(Purpose)
