"""Which epochs the training examples are measured after."""

from hypothesis import given
from hypothesis import strategies as st

from core import Settings
from core.measures import is_measured

EPOCHS = st.integers(1, 400)


def measured(epochs: int, every: int = 0) -> list[int]:
    settings = Settings(cost="quadratic", learning_rate=1.0, epochs=epochs, measure_every=every)
    return [epoch for epoch in range(1, epochs + 1) if is_measured(epoch, settings)]


def test_they_grow_apart_unless_others_are_asked_for() -> None:
    assert measured(30) == [1, 2, 3, 5, 8, 13, 21, 30]
    assert measured(4) == [1, 2, 3, 4]
    assert [len(measured(epochs)) for epochs in (100, 1000)] == [11, 16]  # as docs/study_file.md says


def test_every_so_many_are_measured_where_that_is_asked_for() -> None:
    assert measured(17, 5) == [1, 5, 10, 15, 17]
    assert measured(30, 40) == [1, 30]


@given(EPOCHS, st.integers(0, 50))
def test_the_first_and_the_last_always_are_and_with_1_all(epochs: int, every: int) -> None:
    assert {1, epochs} <= set(measured(epochs, every))
    assert measured(epochs, 1) == list(range(1, epochs + 1))


@given(EPOCHS, EPOCHS)
def test_a_longer_training_is_measured_after_the_same_epochs(epochs: int, more: int) -> None:
    assert measured(epochs)[:-1] == [epoch for epoch in measured(epochs + more) if epoch < epochs]
