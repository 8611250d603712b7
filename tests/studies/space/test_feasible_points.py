"""Points under constraints: every one meets them, whoever suggests it, and their share is what counting gives."""

from itertools import pairwise, product
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from optuna.samplers import RandomSampler
from scipy.stats import binomtest, chisquare

from studies.space.expression import Expression, Name
from studies.space.feasible_points import DRAWS, drawn, looked_at, moved, share_of
from studies.space.grid_points import grid_point, grid_size, space_point, space_size
from studies.space.learner import Learner
from studies.space.quantities import OF_DATA, Constraints, DataSize, quantities
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS, Sampler, point_of
from studies.space.search_space import Point, Space, Variable, distribution
from studies.space.tried import Tried
from studies.space.unit_cube import point_at
from tests.studies.space.test_learner import trial

DATA = DataSize(13, 3, 106)
NUMBER = Name("number")


def layered(
    *texts: str, depths: list[int] | None = None, widest: int = 64, given: dict[str, Any] | None = None
) -> Space:
    """A learning rate, and layers of their own widths: as many as are given, or a choice among depths."""
    names = {**quantities(3), "learning_rate": NUMBER, "depth": NUMBER, "batch_size": NUMBER}
    width, rate = Range(low=4, high=widest, log=True), Range(low=0.01, high=3.0, log=True)
    variables = [Variable("learning_rate", "learning_rate", rate, distribution(rate, whole=False))]
    if depths:
        variables.append(Variable("depth", "depth", depths, distribution(depths, whole=False)))
    variables += [
        Variable(
            f"width_{place}",
            f"width_{place}",
            width,
            distribution(width, whole=True),
            ("depth", frozenset(range(place, 4))),
        )
        for place in (1, 2, 3)
    ]
    fixed = {
        "biases": True,
        "epochs": 3,
        "batch_size": 16,
        **({} if depths else {"depth": 3}),
        **(given or {}),
    }
    expressions = tuple(Expression.parse(text, names) for text in texts)
    return Space(fixed, tuple(variables), Constraints(expressions, DATA) if texts else None)


def own(*texts: str, **searched: Range | list[int]) -> Space:
    """Parameters of a trainer of the user's own."""
    names = dict.fromkeys((*searched, *OF_DATA), NUMBER)
    variables = tuple(
        Variable(
            name, name, values, distribution(values, whole=isinstance(values, Range) and values.written_whole)
        )
        for name, values in searched.items()
    )
    return Space(
        {}, variables, Constraints(tuple(Expression.parse(one, names) for one in texts), DATA, own=True)
    )


CONSTRAINED = {
    "weights": layered("weights <= 500"),
    "a choice of depths": layered("weights <= 500", "units >= 12", depths=[1, 2, 3]),
    "ever narrower": layered("width_1 >= width_2 >= width_3", "learning_rate * batch_size <= 8"),
    "a band": layered("400 <= weights <= 440", depths=[2, 3]),
    "countable": own("a + b <= 4 and a != b", a=[0, 1, 2, 3], b=Range(low=0, high=9)),
}


def suggested(name: str, space: Space, trials: int, seed: int = 0, *, reopen: bool = False) -> list[Point]:
    """What a lane asks for: points known beforehand or learnt, each once."""
    sampler = SAMPLERS[name]
    trials = sampler.trials(space, trials)
    size = space_size(space)
    trials = trials if size is None else min(trials, size)
    found, learner = list[Any](), None
    for number in range(trials):
        point = point_of(sampler, space, number, trials, seed)
        if point is None:
            if learner is None or reopen:
                learner = Learner(sampler, space, seed, found)
            suggestion = learner.suggest()
            point, notes = suggestion.point, dict(suggestion.notes)
        else:
            point, notes = Tried(space, seed, [one.params for one in found]).fresh(point, number), {}
        # the objective falls towards what the constraint forbids, so that a sampler wants to go there
        value = -sum(log(1 + abs(each)) for each in point.values())
        found.append(trial(space, number, point, value, notes))
        if learner is not None and number >= sampler.first(trials):
            learner.tell(found[-1])
    return [one.params for one in found]


@pytest.mark.parametrize("which", CONSTRAINED)
@pytest.mark.parametrize("name", [name for name, one in SAMPLERS.items() if not one.missing()])
def test_every_point_meets_the_constraints_and_none_comes_twice(name: str, which: str) -> None:
    space = CONSTRAINED[which]
    points = suggested(name, space, 14)
    assert all(space.feasible(point) for point in points)
    assert all(point == space.choose(lambda one, point=point: point[one.name]) for point in points)
    assert len({str(sorted(point.items())) for point in points}) == len(points) > 1


@pytest.mark.parametrize("name", ["tpe", "cma_es"])
def test_it_makes_no_difference_when_a_sampler_took_over_the_trials(name: str) -> None:
    space = CONSTRAINED["a choice of depths"]
    assert suggested(name, space, 13) == suggested(name, space, 13, reopen=True)


def test_what_a_sampler_that_is_not_asked_again_suggests_is_moved() -> None:
    """As the Gaussian process is, which would suggest nearly the same again."""
    sampler = Sampler("", SAMPLERS["qmc"].point, learns=lambda _space, seed: RandomSampler(seed))
    space = CONSTRAINED["weights"]
    learner, other = (Learner(sampler, space, 5, []) for _ in range(2))
    points = []
    for _ in range(12):
        points.append(learner.suggest().point)
        kept = learner._storage.get_all_trials(learner._id)[-1].params
        assert kept == points[-1] == other.suggest().point
    assert all(map(space.feasible, points))


def test_one_that_is_asked_again_is_believed_where_it_then_meets_the_constraints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("studies.space.learner.moved", lambda *_: pytest.fail("it is not moved"))
    again = Sampler("", SAMPLERS["qmc"].point, learns=lambda _space, seed: RandomSampler(seed), again=99)
    space = CONSTRAINED["a choice of depths"]
    learner = Learner(again, space, 5, [])
    assert all(space.feasible(learner.suggest().point) for _ in range(5))


def test_what_decides_whether_a_parameter_has_an_effect_is_drawn_again_with_it() -> None:
    optimisers, momentum = ["gradient_descent", "momentum"], Range(low=0.5, high=0.9)
    names = {"momentum": NUMBER}
    space = Space(
        {},
        (
            Variable("optimiser", "optimiser", optimisers, distribution(optimisers, whole=False)),
            Variable(
                "momentum",
                "momentum",
                momentum,
                distribution(momentum, whole=False),
                ("optimiser", frozenset({"momentum"})),
            ),
        ),
        Constraints((Expression.parse("momentum < 0.4", names),), DATA),
    )
    assert [one.name for one in space.constrained] == ["optimiser", "momentum"]
    assert drawn([0.9, 0.5], space, np.random.default_rng(0)) == {"optimiser": 0}
    assert share_of(space).share == pytest.approx(0.5, abs=0.03)


@st.composite
def limits(draw: st.DrawFn) -> Space:
    """Spaces with a limit that some of their points keep."""
    a = draw(st.integers(1, 9))
    text = f"{a} * x + {draw(st.integers(-5, 5))} * n <= {draw(st.integers(1, 30))}"
    choices = draw(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True))
    space = own(text, x=Range(low=0.0, high=9.0), n=Range(low=1, high=draw(st.integers(2, 40))), c=choices)
    assume(
        sum(map(space.feasible, (point_at(unit, space) for unit in np.random.default_rng(0).random((50, 3)))))
    )
    return space


@pytest.mark.parametrize(
    ("name", "trials"), [("random", 10), ("qmc", 10), ("grid", 10), ("tpe", 3), ("cma_es", 3)]
)
@settings(max_examples=10)
@given(space=limits(), seed=st.integers(0, 2**31))
def test_whatever_the_limit_every_suggestion_keeps_it(
    name: str, trials: int, space: Space, seed: int
) -> None:
    assert all(map(space.feasible, suggested(name, space, trials, seed)))


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_what_the_constraint_says_nothing_of_is_as_it_was(name: str) -> None:
    """So that all combinations are tried at the same learning rates, evenly spread."""
    free, narrow = (suggested(name, each, 32) for each in (layered(), CONSTRAINED["weights"]))
    assert [one["learning_rate"] for one in free] == [one["learning_rate"] for one in narrow]
    kept = [one == other for one, other in zip(free, narrow, strict=True)]
    assert kept == [CONSTRAINED["weights"].feasible(one) for one in free]
    assert 0 < sum(kept) < 32


def test_what_is_drawn_again_is_as_likely_as_it_was() -> None:
    """The values of what is left are in the proportion that they have without the constraint."""
    space = own("a + b <= 4", a=[0, 1, 2, 3], b=Range(low=0, high=3))
    left = [
        point
        for point in (dict(zip("ab", each, strict=True)) for each in product(range(4), range(4)))
        if sum(point.values()) <= 4
    ]
    rng = np.random.default_rng(1)
    found = [drawn(rng.random(2).tolist(), space, rng) for _ in range(2600)]
    assert chisquare([found.count(point) for point in left]).pvalue > 0.001


def by_hand(low: int, high: int, limit: int, layers: int) -> float:
    """The share of networks of independent log-uniform whole widths with at most so many weights, by listing them."""
    whole = log((high + 0.5) / (low - 0.5))
    chance = {n: log((n + 0.5) / (n - 0.5)) / whole for n in range(low, high + 1)}
    total = 0.0
    for widths in product(chance, repeat=layers):
        sizes = [DATA.inputs, *widths, DATA.outputs]
        weights = sum((a + 1) * b for a, b in pairwise(sizes))
        total += np.prod([chance[n] for n in widths]) * (weights <= limit)
    return float(total)


def test_a_share_that_can_be_counted_is_exact() -> None:
    share = share_of(layered("weights <= 500", given={"depth": 2}))
    assert share.exact
    assert share.share == share.low == share.high == pytest.approx(by_hand(4, 64, 500, 2), abs=1e-12)
    assert share_of(own("a + b <= 4", a=[0, 1, 2, 3], b=Range(low=0, high=3))).share == pytest.approx(13 / 16)
    assert share_of(layered("learning_rate <= 3.0")).share == 1.0
    assert share_of(layered("learning_rate <= 0.001")).share == 0.0


def test_an_estimated_share_lies_near_the_counted_one() -> None:
    share = share_of(layered("weights <= 500", widest=32))
    assert not share.exact
    counted = by_hand(4, 32, 500, 3)
    assert share.low < counted < share.high
    for estimated in (share, share_of(layered("weights <= 0", widest=32))):
        wilson = binomtest(round(estimated.share * DRAWS), DRAWS).proportion_ci(method="wilson")
        assert (estimated.low, estimated.high) == pytest.approx((wilson.low, wilson.high), abs=1e-7)


def test_the_extremes_are_among_the_points_looked_at() -> None:
    for space in (layered("weights <= 1"), layered("weights <= 1", depths=[1, 2, 3])):
        assert space.constraints
        weights = [
            space.constraints.value_of({**space.given, **space.decode(one)})("weights")
            for one in looked_at(space)
        ]
        deep = 14 * 64 + 2 * 65 * 64 + 65 * 3
        assert max(weights) == deep
        assert min(weights) == (14 * 4 + 5 * 3 if "depth" not in space.given else 14 * 4 + 2 * 5 * 4 + 5 * 3)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.integers(0, 99))
def test_a_suggestion_is_moved_no_further_than_it_must(unit: list[float], seed: int) -> None:
    space = CONSTRAINED["weights"]
    point = point_at(unit, space)
    if space.feasible(point):
        return
    found = moved(point, space, np.random.default_rng(seed))
    assert space.feasible(found)
    assert found["learning_rate"] == pytest.approx(point["learning_rate"])
    assert found == moved(point, space, np.random.default_rng(seed))
    assert space.constraints
    weights = space.constraints.value_of({**space.given, **space.decode(found)})("weights")
    assert weights > 400, "it stops near the limit of 500, from which it was suggested above"


@settings(max_examples=20)
@given(limits(), st.integers(1, 60))
def test_a_grid_is_the_finest_of_which_no_more_points_are_left(space: Space, trials: int) -> None:
    size = grid_size(space, trials)
    points = [grid_point(space, index, size) for index in range(size)]
    assert all(map(space.feasible, points))
    assert len({str(point) for point in points}) == size
    if 0 < size <= trials:
        assert grid_size(space, size) == size


def test_a_countable_space_is_listed_as_counting_gives_it() -> None:
    space = CONSTRAINED["countable"]
    left = [{"a": a, "b": b} for a in range(4) for b in range(10) if a + b <= 4 and a != b]
    assert space_size(space) == len(left)
    assert [space_point(space, index) for index in range(len(left))] == left
    assert [grid_point(space, index, 99) for index in range(grid_size(space, 99))] == left
    assert grid_size(space, 99) == len(left)


def test_a_grid_with_a_limit_has_as_many_steps_as_fit() -> None:
    line = own("x <= 1", x=Range(low=0.0, high=2.0))
    assert grid_size(line, 5) == 5
    assert [grid_point(line, index, 5)["x"] for index in range(5)] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_where_no_grid_has_a_point_it_is_empty() -> None:
    assert grid_size(own("0.3001 <= x <= 0.3002", x=Range(low=0.0, high=1.0)), 5) == 0


def test_where_all_that_is_left_has_been_tried_nothing_is_drawn_for_ever() -> None:
    wide = Range(low=0, high=150)
    space = own("a == 0 and b < 12", a=wide, b=wide)
    assert space_size(space) == 12
    assert len(suggested("random", space, 20)) == 12
