"""Members stop early, each for itself, and those that are to keep their best epoch go back to it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Epoch, Settings, evaluate, train
from core.stopping import Watch
from tests.networks import CURVES, labelled, orders, parameters, started

SETTINGS = Settings(cost="cross_entropy", learning_rate=2.0, epochs=25, batch_size=4)


def watched(sequence: Sequence[tuple[float, float]], **options: Any) -> tuple[int, int]:
    """The epoch in which a member with these errors and costs ends, 0 if it does not, and its best one."""
    network, one, alive = started((1, 1), 1), np.array([0]), np.array([True])
    watch = Watch(network, [replace(SETTINGS, epochs=100, **options)])
    for epoch, (error, cost) in enumerate(sequence, start=1):
        if watch.ends(epoch, one, alive, np.array([error]), np.array([cost]), network)[0]:
            return epoch, int(watch.best[0])
    return 0, int(watch.best[0])


@pytest.mark.parametrize(
    ("errors", "costs", "options", "ends", "best"),
    [
        ([5, 4, 3, 2, 1], None, {"patience": 1}, 0, 5),
        ([3, 2, 4, 4, 4], None, {"patience": 1}, 3, 2),
        ([3, 2, 4, 4, 4], None, {"patience": 3}, 5, 2),
        ([3, 2, 4, 1, 5, 5, 5], None, {"patience": 3}, 7, 4),  # an improvement begins the count again
        ([3, 2, 2, 2, 2], None, {"patience": 3}, 5, 2),  # the same error at the same cost is none …
        ([3, 2, 2, 2, 2], [9, 9, 8, 7, 6], {"patience": 3}, 0, 5),  # … and at a lower cost is one
        ([3, 2, 2, 2, 2], [9, 5, 8, 7, 6], {"patience": 3}, 5, 2),
        ([9, 8.5, 8, 7.5, 7, 6.5], None, {"patience": 2, "min_delta": 0.4}, 0, 6),
        (
            [9, 8.5, 8, 7.5, 7, 6.5],
            None,
            {"patience": 2, "min_delta": 0.5},
            0,
            6,
        ),  # 1 below the last one that counted
        (
            [9, 8.9, 8.8, 8.7, 8.6],
            None,
            {"patience": 3, "min_delta": 0.5},
            4,
            4,
        ),  # what is kept is the lowest
        ([9, 8.5], None, {"patience": 1, "min_delta": 0.5}, 2, 2),  # lower by just that is none
        ([2, 1, 3, 3, 3, 3], None, {"patience": 0, "restore": True}, 0, 2),
    ],
)
def test_a_member_stops_after_so_many_epochs_without_an_improvement(
    errors: list[float], costs: list[float] | None, options: dict[str, Any], ends: int, best: int
) -> None:
    found = watched(list(zip(errors, costs or [1.0] * len(errors), strict=True)), **options)
    assert found[0] == ends
    assert found[1] == best


def expected(sequence: Sequence[tuple[float, float]], patience: int) -> tuple[int, int]:
    """The same by looking back from each epoch: where nothing of the last `patience` is better than all before them."""
    for epoch in range(1, len(sequence) + 1):
        seen = sequence[:epoch]
        if epoch > patience and min(seen[-patience:]) >= min(seen[:-patience]):
            return epoch, seen.index(min(seen)) + 1
    return 0, sequence.index(min(sequence)) + 1


@hypothesis.settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(float)), min_size=1, max_size=30),
    st.integers(1, 6),
)
def test_a_member_stops_where_looking_back_says_so(
    sequence: list[tuple[float, float]], patience: int
) -> None:
    assert watched(sequence, patience=patience) == expected(sequence, patience)


MIXED = (
    replace(SETTINGS, patience=2, restore=True),
    replace(SETTINGS, patience=3, cost="quadratic"),
    SETTINGS,
    replace(SETTINGS, restore=True),
    replace(SETTINGS, patience=1, min_delta=0.02, restore=True),
    replace(SETTINGS, learning_rate=1e300, patience=2, restore=True),
)
"""Members that stop, go back, do both, or neither; the last one diverges."""


def run(each: Sequence[Settings], members: Sequence[int], *, plain: bool = False) -> list[Epoch]:
    start = started((3, 6, 2), len(MIXED)).take(members)
    rngs = [orders(len(MIXED))[member] for member in members]
    return list(train(start, labelled(3, 2, 24), labelled(3, 2, 30, seed=1), each, rngs, plain=plain))


def mixed(**options: Any) -> list[Settings]:
    return [replace(one, **options) for one in MIXED]


@pytest.mark.parametrize(
    "options", [{}, {"measure_every": 4, "sharpness_every": 3}, {"optimiser": "adam", "l2": 0.01}]
)
def test_company_does_not_change_when_a_member_stops_nor_any_number_of_it(options: dict[str, Any]) -> None:
    each = mixed(**options)
    together = run(each, range(len(each)))
    assert len({len(run([settings], [member])) for member, settings in enumerate(each)}) > 2
    for member, settings in enumerate(each):
        alone = run([settings], [member])
        for one, other in zip(together, alone, strict=False):
            for name in (*CURVES, "sharpness", "diverged", "stopped", "kept"):
                np.testing.assert_array_equal(other[name][0], one[name][member], err_msg=name)
        end, last = alone[-1], together[len(alone) - 1]
        if not end.diverged[0]:
            assert bool(np.isfinite(end.sharpness[0])) == (end.kept[0] < 25 and "sharpness_every" in options)
            for one in (last, together[-1]):  # it stands still
                for name in (*CURVES, "sharpness"):
                    np.testing.assert_array_equal(one[name][member], end[name][0])
                assert (one.stopped[member], one.kept[member]) == (end.stopped[0], end.kept[0])
                weights = one.network.take([one.members.tolist().index(member)])
                for mine, theirs in zip(parameters(weights), parameters(end.network), strict=True):
                    np.testing.assert_array_equal(mine, theirs)


def test_the_readable_loop_stops_in_the_same_epochs() -> None:
    fast, plain = (run(MIXED[:5], range(5), plain=plain)[-1] for plain in (False, True))
    assert fast.stopped.tolist() == plain.stopped.tolist()
    assert fast.kept.tolist() == plain.kept.tolist()
    assert min(fast.stopped[[0, 1, 4]]) > 0
    for mine, theirs in zip(parameters(fast.network), parameters(plain.network), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def test_a_member_ends_with_the_weights_of_its_best_epoch_and_all_its_numbers_are_of_them() -> None:
    each = mixed()[:5]
    end = run(each, range(5))[-1]
    free = [
        (one, one.network.copy())
        for one in train(
            started((3, 6, 2), len(MIXED)).take(range(5)),
            labelled(3, 2, 24),
            labelled(3, 2, 30, seed=1),
            [replace(one, patience=0, restore=False) for one in each],
            orders(len(MIXED))[:5],
        )
    ]
    curves = np.array([[one.validation_error, one.validation_cost] for one, _ in free])  # (E, 2, S)
    for member, settings in enumerate(each):
        stopped = int(end.stopped[member]) or settings.epochs
        kept = stopped
        if settings.restore:
            kept = 1 + min(range(stopped), key=lambda epoch: tuple(curves[epoch, :, member]))
        assert end.kept[member] == kept
        then = free[kept - 1][1].take([member])
        now = end.network.take([member])
        for mine, theirs in zip(parameters(now), parameters(then), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        here, there = (
            evaluate(now, labelled(3, 2, 24), settings, inside=True),
            evaluate(now, labelled(3, 2, 30, seed=1), settings),
        )
        found = (here.cost, there.cost, here.error, there.error, here.gradient_norm, here.saturated)
        for name, value in zip(CURVES, found, strict=True):
            np.testing.assert_array_equal(end[name][member], value[0])
    assert len(set(end.kept.tolist())) > 2


def test_a_member_that_diverges_has_diverged_whatever_it_would_have_kept() -> None:
    each = [replace(SETTINGS, learning_rate=1e300, patience=5, restore=True)]
    *_, end = run(each, [0])
    assert end.diverged.tolist() == [True]
    assert (end.stopped.tolist(), end.kept.tolist()) == ([0], [0])


def test_a_population_of_which_all_have_stopped_ends_there() -> None:
    epochs = run([replace(SETTINGS, patience=1)] * 2, [0, 1])
    assert len(epochs) == max(epochs[-1].stopped) < SETTINGS.epochs
    assert epochs[-1].members.tolist() == [0, 1]
    assert np.isfinite(epochs[-1].train_cost).all()  # measured at its end
