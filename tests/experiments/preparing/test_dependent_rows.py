"""Rows of a group stay together, nothing is predicted from its future, and every seed has a split of its own."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import Purpose, generators
from experiments.datasets import Dataset, load
from experiments.mistakes import UserError
from experiments.preparing.dependent_rows import FEWEST, Moving, WholeGroups, moving, whole_groups
from experiments.preparing.preparation import prepare
from experiments.preparing.splits import split
from tests.factories import a_record

SEEDS = (*range(12), 1000, 1001)


def numbered(
    groups: list[int] | None = None, *, tested: int = 0, count: int = 120, classes: int = 2
) -> Dataset:
    """Rows whose only input is their number."""
    rows = np.arange(count, dtype=float)
    iris = load("iris")
    return replace(
        iris, inputs=rows[:, np.newaxis], features=("number",), targets=rows % classes, tested=tested,
        classes=tuple(map(str, range(classes))), groups=None if groups is None else np.array(groups),
    )  # fmt: skip


def rows_of(data: Any, seed: int) -> list[list[int]]:
    one = data.of(seed)
    return [
        np.rint(part.x * one.scale + one.mean)[0].astype(int).tolist()
        for part in (one.training, one.validation, one.test)
    ]


UNEVEN = [
    one for one, size in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) for _ in range(size)
]


@pytest.mark.parametrize(
    "groups", [UNEVEN, [row // 4 for row in range(120)], [row % 30 for row in range(120)]]
)
def test_each_seed_draws_whole_groups_of_its_own_and_all_have_parts_of_one_size(groups: list[int]) -> None:
    data = split(numbered(groups))
    splits = [rows_of(data, seed) for seed in SEEDS]
    assert len({tuple(sorted(validation)) for _, validation, _ in splits}) > 10
    sizes = {tuple(map(len, parts)) for parts in splits}
    assert sizes == {tuple(data.description["examples"].values())}
    test = splits[0][2]
    for parts in splits:
        of = [{groups[row] for row in part} for part in parts]
        assert sum(map(len, of)) == len(set().union(*of))
        assert parts[2] == test
        left_out = set(range(120)) - {row for part in parts for row in part}
        assert len(left_out) == data.cut.left_out  # type: ignore[union-attr]
    # as many rows stay out as the smallest groups have, and none where groups are alike and fit
    assert len(left_out) <= (14 if groups is UNEVEN else 3)
    assert data.description["drawn"] == "groups"
    one = prepare(numbered(groups))
    assert [round(float(number)) for number in (one.test.x * one.scale + one.mean)[0]] == test


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 9), min_size=8, max_size=30), st.floats(0.1, 0.4), st.integers(0, 3))
def test_groups_of_any_sizes_are_never_split_apart(sizes: list[int], share: float, seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    validated = max(2, round(share * len(groups)))
    every = WholeGroups(groups, validated)
    training, validation = every.drawn(np.random.default_rng(seed))
    assert not {*groups[training]} & {*groups[validation]}
    assert len(validation) == validated == len({*validation})
    assert len(training) + validated >= len(groups) - max(sizes) + 1


def test_every_class_is_among_the_rows_of_every_seed_to_train_on() -> None:
    groups = np.repeat(np.arange(20), 3)
    classes = np.where(np.isin(groups, [3, 4]), 1, 0)  # two groups have it
    cut = whole_groups(groups, 12, classes, 0, "data")
    for rng in generators(0, SEEDS, Purpose.SPLIT):
        assert len({*classes[cut.rows(rng)[0]]}) == 2


def test_groups_that_make_hardly_any_different_splits_are_refused_in_a_line() -> None:
    with pytest.raises(
        UserError, match=r'the 4 groups of .* make hardly any different splits; splits = "one"'
    ):
        split(numbered([row // 24 for row in range(120)]))
    assert split(numbered([row // 24 for row in range(120)]), splits="one").description["splits"] == "one"
    with pytest.raises(UserError, match="hardly any"):
        whole_groups(np.repeat(np.arange(9), 3), 6, np.repeat(range(9), 3), 0, "d")


def test_each_seed_is_validated_on_the_rows_right_after_those_that_it_trains_on() -> None:
    data = split(numbered(), ordered=True)
    splits = [rows_of(data, seed) for seed in SEEDS]
    assert len({validation[0] for _, validation, _ in splits}) > 5
    for training, validation, test in splits:
        assert training == list(range(training[0], training[0] + 48))
        assert validation == list(range(training[-1] + 1, training[-1] + 25))
        assert test == list(range(96, 120))
        assert validation[-1] < 96
    assert data.description["drawn"] == "ordered"
    assert a_record(data=data.description).overlap == 0  # nothing is said about later rows
    once = prepare(numbered(), ordered=True, validation=0.25)
    assert rows_of(once, 0) == [list(range(66)), list(range(66, 96)), list(range(96, 120))]
    assert once.description["source"].endswith(", in the order of the rows")


def test_the_window_comes_to_every_place_and_no_further() -> None:
    window = Moving(count=20, validated=5)
    starts = {int(window.rows(np.random.default_rng(seed))[0][0]) for seed in range(200)}
    ends = {int(window.rows(np.random.default_rng(seed))[1][-1]) for seed in range(200)}
    assert (starts, ends) == ({*range(6)}, {*range(14, 20)})


def test_rows_in_their_order_with_too_little_room_or_a_late_class_are_refused_in_a_line() -> None:
    with pytest.raises(UserError, match=r"80 rows of .* leave 0 to train on, where each seed has its own 40"):
        moving(80, 40, None, "data")
    with pytest.raises(UserError, match=r"leave 3 to train on"):
        moving(9, FEWEST - 2, None, "data")
    late = np.r_[np.zeros(60, int), np.ones(60, int)]
    with pytest.raises(UserError, match=r"a class is missing from rows 1 to 60 of data"):
        moving(120, 30, late, "data")
    moving(120, 30, np.arange(120) % 2, "data")


@pytest.mark.parametrize("ordered", [True, False])
def test_a_test_set_of_ones_own_stays_apart_and_members_have_by_index_what_their_seeds_have(
    ordered: bool,
) -> None:
    groups = None if ordered else [row // 4 for row in range(100)]
    data = split(numbered(groups, tested=20), ordered=ordered)
    again = pickle.loads(pickle.dumps(data))
    portions = again.portions((3, 0, 1000))
    for member, seed in enumerate((3, 0, 1000)):
        assert rows_of(data, seed)[2] == list(range(100, 120))
        one = data.of(seed)
        for part, expected in zip(portions, (one.training, one.validation), strict=True):
            np.testing.assert_array_equal(part.of(member).x, expected.x)


def test_seeds_whose_draws_leave_out_less_train_on_as_many_rows_as_the_others() -> None:
    groups = np.repeat(np.arange(15), [5, 8, 11] * 5)
    cut = whole_groups(groups, 13, None, 0, "data")
    rngs = generators(0, range(40), Purpose.SPLIT)
    out = sorted(120 - 13 - len(cut.drawn(rng)[0]) for rng in rngs)
    assert out[0] < cut.left_out == out[20] < out[-1]
    for rng in generators(0, range(40), Purpose.SPLIT):
        training, validation = cut.rows(rng)
        assert (len(training), len(validation)) == (120 - 13 - cut.left_out, 13)
