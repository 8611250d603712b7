"""Pruners: when they are asked."""

import pytest

from studies.space.pruners import PRUNERS


@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 30, 100])
@pytest.mark.parametrize("name", PRUNERS)
def test_a_pruner_is_asked_a_few_times_and_never_at_the_last_epoch(name: str, epochs: int) -> None:
    rungs = PRUNERS[name].rungs(epochs)
    assert len(rungs) <= 6
    assert all(1 <= epoch < epochs for epoch in rungs)
    PRUNERS[name].build(epochs)


def test_the_rungs_are_those_of_hyperband_or_evenly_spaced() -> None:
    assert PRUNERS["hyperband"].rungs(30) == {1, 3, 9, 27}
    assert PRUNERS["median"].rungs(70) == {10, 20, 30, 40, 50, 60}
    assert PRUNERS["none"].rungs(30) == set()
