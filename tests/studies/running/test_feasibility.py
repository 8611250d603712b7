"""A space without settings that meet its constraints is refused; the reason says how near they come."""

from typing import Any

import pytest

from experiments.mistakes import UserError
from tests.studies.plans import make_plan

LAYERS: dict[str, Any] = {
    "learning_rate": {"low": 0.01, "high": 1.0, "log": True},
    "width": {"low": 8, "high": 64, "log": True},
}


def refused(constraint: str | list[str], nuisance: dict[str, Any] = LAYERS, **changes: Any) -> str:
    search = {"scientific": {"depth": [1, 2]}, "nuisance": nuisance, "constraint": constraint}
    with pytest.raises(UserError) as reason:
        make_plan(search=search, **changes)
    (mistake,) = reason.value.mistakes
    assert mistake.where == "search.constraint"
    return mistake.message


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        ("weights <= 600", 'no setting of depth 1 meets "weights <= 600"; the smallest weights is 610'),
        ("600 > weights", 'no setting of depth 1 meets "600 > weights"; the smallest weights is 610'),
        ("weights >= 5000", 'no setting of depth 1 meets "weights >= 5000"; the largest weights is 4,810'),
        ("weights == 9000", 'no setting of depth 1 meets "weights == 9000"; weights goes from 610 to 4,810'),
        (
            "width_1 * 9 < widest",
            'no setting of depth 1 meets "width_1 * 9 < widest"; where they are nearest, width_1 * 9 is 72 and ',
        ),
        ("weights <= 650", 'no setting of depth 2 meets "weights <= 650"; the smallest weights is 682'),
        ("weights < 0 or layers > 2", 'no setting of depth 1 meets "weights < 0 or layers > 2"'),
        (["units <= 9", "units >= 12"], 'no setting of depth 1 meets "units <= 9" and "units >= 12"'),
        ("weights / (layers - 1) < 9", 'no setting of depth 1 meets "weights / (layers - 1) < 9"'),
        (
            "learning_rate > 1",
            (
                'none of 4,000 settings of depth 1 drawn by chance meets "learning_rate > 1"; '
                "the largest learning_rate is 1"
            ),
        ),
    ],
)
def test_what_leaves_nothing_is_refused_with_how_near_settings_come(
    constraint: str | list[str], message: str
) -> None:
    assert refused(constraint).startswith(message)


def test_what_follows_from_what_is_given_alone_is_held_against_the_constraint_too() -> None:
    rate = {"learning_rate": LAYERS["learning_rate"]}
    found = refused("weights <= 4000", rate, training={"width": 64})
    assert found == 'no setting of depth 1 meets "weights <= 4000"; the smallest weights is 4,810'


def test_a_grid_too_coarse_for_a_constraint_says_what_helps() -> None:
    search = {"scientific": {}, "nuisance": {"l2": {"low": 0.0, "high": 1.0}}, "constraint": "l2 <= 0.001"}
    with pytest.raises(UserError, match=r"no grid of 3 trials has a point .* more trials make a finer one"):
        make_plan(
            search=search | {"constraint": "0.50001 <= l2 <= 0.5003"},
            sampler={"name": "grid"},
            study={"trials": 3},
        )
    assert make_plan(search=search, sampler={"name": "grid"}, study={"trials": 3}).budgets == (1,)


def test_equal_budgets_stay_and_a_space_with_few_settings_has_fewer_trials() -> None:
    search = {"scientific": {"depth": [1, 2]}, "nuisance": {"width": [8, 16, 32, 64]}}
    free = make_plan(search=search, study={"trials": 40}, sampler={"name": "random"})
    narrow = make_plan(
        search={**search, "constraint": "weights <= 2000"}, study={"trials": 40}, sampler={"name": "random"}
    )
    weights = {(a, b): 65 * a + (a + 1) * b + (b + 1) * 10 for a in (8, 16, 32, 64) for b in (8, 16, 32, 64)}
    assert free.sizes == (4, 16)
    assert narrow.sizes == (2, sum(each <= 2000 for each in weights.values()))
    assert narrow.budgets == narrow.sizes
    assert [one.exact for one in narrow.feasible] == [True, True]
    assert make_plan(search={**search, "constraint": "weights <= 2000"}, study={"trials": 4}).budgets == (
        2,
        2,
    )


def test_only_what_meets_the_constraints_counts_for_the_memory_that_is_needed() -> None:
    search = {"scientific": {}, "nuisance": LAYERS, "constraint": "weights <= 2000"}
    one = make_plan(search=search, training={"depth": 2})
    free = make_plan(search={**search, "constraint": "weights > 0"}, training={"depth": 2})
    assert one.side_by_side(0, 2) > free.side_by_side(0, 2)
