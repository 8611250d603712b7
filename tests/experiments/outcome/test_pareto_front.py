"""The Pareto front, by hand, by its definition and beside Optuna's."""

import optuna
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import create_trial

from experiments.outcome.pareto_front import front

points = st.lists(st.tuples(*[st.integers(0, 4).map(float)] * 3), max_size=12).map(
    lambda rows: dict(enumerate(rows))
)


def test_worked_by_hand() -> None:
    assert front({0: (1, 5), 1: (2, 3), 2: (3, 3), 3: (4, 1), 4: (2, 3), 5: (4, 2)}) == (0, 1, 3, 4)
    assert front({7: (1.0, 1.0)}) == (7,)
    assert front({}) == ()


@given(points=points)
def test_it_is_what_nothing_dominates(points: dict[int, tuple[float, ...]]) -> None:
    def dominated(point: tuple[float, ...]) -> bool:
        return any(
            all(a <= b for a, b in zip(other, point, strict=True)) and other != point
            for other in points.values()
        )

    assert front(points) == tuple(number for number, point in points.items() if not dominated(point))


@given(points=points)
def test_it_is_optunas(points: dict[int, tuple[float, ...]]) -> None:
    study = optuna.create_study(directions=["minimize"] * 3)
    study.add_trials([create_trial(values=list(point)) for point in points.values()])
    assert sorted(trial.number for trial in study.best_trials) == list(front(points))
