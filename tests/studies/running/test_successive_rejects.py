"""Which choices get how many trials by successive rejects, and what they cannot go together with."""

from collections.abc import Sequence
from math import inf
from typing import Any

import pytest

from experiments.mistakes import UserError
from studies.file.study_file import from_content
from studies.running.elimination import Rejects
from studies.running.plan import Plan, plan
from studies.running.successive_rejects import rounds_of
from tests.factories import DATA
from tests.studies.plans import content

COSTS = ["quadratic", "cross_entropy", "absolute", "huber", "log_cosh"]


def planned(costs: Sequence[str] = COSTS, nuisance: Any = None, **study: Any) -> Plan:
    search: dict[str, Any] = {"scientific": {"cost": list(costs)}}
    if nuisance:
        search["nuisance"] = nuisance
    tables = content(study={"trials": 40, "budget": "successive_rejects", **study}, search=search)
    return plan(from_content(tables, "a"), DATA)


class OneLane:
    """A lane whose trials end at once with these errors."""

    def __init__(self, combination: int, errors: Sequence[float], first: int) -> None:
        self.combination, self.errors = combination, errors
        self.finished, self.goal, self.closed = 0, first, False

    def best_of_first(self, trials: int) -> float:
        assert trials <= self.finished
        return min(self.errors[:trials], default=inf)

    def extend(self, trials: int) -> None:
        assert not self.closed
        self.goal = trials

    def close(self) -> None:
        self.closed = True


def test_the_rounds_are_those_of_audibert_bubeck_and_munos() -> None:
    # K = 4: 1/2 + 1/2 + 1/3 + 1/4 = 19/12, so n_k = ⌈(N − 4) 12/19 / (5 − k)⌉
    assert rounds_of(42, 4) == (6, 8, 12)
    for trials in range(10, 200, 7):
        for choices in range(3, 10):
            rounds = rounds_of(trials, choices)
            assert list(rounds) == sorted(rounds)
            assert sum(rounds) + rounds[-1] <= trials


def test_after_each_round_the_one_whose_best_is_worst_gets_no_more() -> None:
    errors = ([0.5, 0.1, 0.1, 0.1], [0.4, 0.3, 0.1, 0.1], [0.3, 0.31, 0.3, 0.0], [0.6, 0.2, 0.2, 0.2])
    lanes = [OneLane(place, mine, 1) for place, mine in enumerate(errors)]
    rejects = Rejects([1, 2, 4], lanes)  # type: ignore[arg-type]
    for _ in range(4):
        for lane in lanes:
            lane.finished = lane.goal
            rejects.advance()
    # 0.6 is the worst of the first trials; of the first two 0.3 twice, the later goes, and never has its lucky fourth
    assert [lane.goal for lane in lanes] == [4, 4, 2, 1]
    assert all(lane.closed for lane in lanes)


def test_nobody_is_dropped_before_all_have_had_the_round_and_the_later_one_of_equals_goes() -> None:
    lanes = [OneLane(place, [0.2, 0.2], 1) for place in range(3)]
    rejects = Rejects([1, 2], lanes)  # type: ignore[arg-type]
    for lane in lanes[:2]:
        lane.finished = 1
        rejects.advance()
        assert [one.goal for one in lanes] == [1, 1, 1]
    lanes[2].finished = 1
    rejects.advance()
    assert [(one.goal, one.closed) for one in lanes] == [(2, True), (2, True), (1, True)]


def test_the_plan_counts_what_the_rounds_give() -> None:
    laid_out = planned(failure_rule=False)
    rounds = rounds_of(40, 5)
    assert laid_out.rounds == rounds
    assert laid_out.trials == sum(rounds) + rounds[-1]
    assert laid_out.networks == laid_out.trials * 2 + 6 * 3
    assert planned(budget="equal").rounds == ()
    assert "budget" not in planned(budget="equal").design["study"]
    assert laid_out.design["study"]["trials"] == 40


@pytest.mark.parametrize(
    ("study", "rest", "told"),
    [
        ({}, {"sampler": {"name": "grid"}}, "sampler.name: a grid lays out all trials beforehand"),
        (
            {"first_seeds": 2, "seeds": 4},
            {},
            "study.first_seeds: does not go together with successive rejects",
        ),
        ({"objectives": ["validation_error", "weights"]}, {}, "study.objectives: does not go together with"),
    ],
)
def test_what_it_cannot_go_together_with_is_refused(
    study: dict[str, Any], rest: dict[str, Any], told: str
) -> None:
    tables = content(study={"budget": "successive_rejects", **study}, **rest)
    with pytest.raises(UserError) as refused:
        from_content(tables, "a.toml")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("costs", "changes", "told"),
    [
        (COSTS[:2], {}, "needs 3 combinations or more, and here are 2"),
        (COSTS, {"trials": 9}, "9 trials are too few for successive rejects among 5 combinations"),
        (COSTS, {"nuisance": {"learning_rate": [0.1, 0.2, 0.3]}}, "and one has 3 settings to try"),
        (COSTS, {"nuisance": {"learning_rate": [0.1]}}, "and one has 1 setting to try;"),
    ],
)
def test_too_few_choices_trials_or_settings_are_refused(
    costs: list[str], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError, match="successive rejects") as refused:
        planned(costs, **changes)
    assert told in str(refused.value)
    assert 'budget = "equal"' in str(refused.value)
