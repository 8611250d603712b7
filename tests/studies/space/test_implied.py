"""A condition is implied by others only if everything that meets them meets it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.space.expression import Expression, Name
from studies.space.implied import implied

NAMES = {"a": Name("number"), "b": Name("number"), "t": Name("truth")}


def shown(now: str, *before: str) -> bool:
    return implied(Expression.parse(now, NAMES), [Expression.parse(one, NAMES) for one in before])


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("a <= 5000", "a <= 8000"),
        ("a < 5", "a <= 5"),
        ("a <= 5", "a < 5.5"),
        ("a >= 5", "a >= 3"),
        ("5 <= a", "3 <= a"),
        ("5 >= a", "a <= 2 * 3"),
        ("a <= 5", "5 >= a"),
        ("1 <= a <= 5", "0 <= a <= 6"),
        ("a <= 5 and b <= 5", "b <= 6"),
        ("a*b <= 5", "a * b <= 6"),
        ("a <= b", "a<=b"),
        ("a <= 5 and (b <= 3 or t == true)", "a <= 6 and (b<=3 or t == true)"),
        ("a != 3", "a != 3"),
        ("a / b <= 5", "a / b <= 6"),
    ],
)
def test_it_is_where_the_number_is_no_harder_to_keep(before: str, now: str) -> None:
    assert shown(now, before)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("a <= 5000", "a <= 3000"),
        ("a <= 5", "a < 5"),
        ("a <= 5", "a >= 3"),
        ("a >= 3", "a >= 5"),
        ("a <= 5", "b <= 8"),
        ("a <= 5", "a <= 8 and b <= 8"),
        ("a == 5", "a <= 8"),
        ("a <= 5 or b <= 5", "a <= 8"),
        ("a <= 5", "a <= 1 or b <= 1"),
        ("a <= 5", "a <= 8 and (b <= 1 or t == true)"),
        ("a * b <= 5", "a + b <= 8"),
        ("a <= b", "a <= 2 * b"),
        ("a <= 5", "a <= 9 / 0"),
        ("(t or t) == t", "t or t == t"),
    ],
)
def test_it_is_not_where_the_text_does_not_show_it(before: str, now: str) -> None:
    assert not shown(now, before)


numbers = st.integers(-2, 3).map(str)
sides = st.sampled_from(["a", "b", "a + b", "a / b", "-a"])
signs = st.sampled_from(["<=", "<", ">=", ">", "==", "!="])
comparisons = st.one_of(
    st.tuples(sides, signs, numbers).map(" ".join),
    st.tuples(numbers, signs, sides).map(" ".join),
    st.tuples(sides, signs, sides).map(" ".join),
)
conditions = st.recursive(
    comparisons,
    lambda part: st.tuples(part, st.sampled_from(["and", "or"]), part).map(
        lambda three: f"({' '.join(three)})"
    ),
    max_leaves=3,
)


@given(st.lists(conditions, min_size=1, max_size=2), conditions)
def test_what_meets_the_others_meets_it(before: list[str], now: str) -> None:
    known = [Expression.parse(one, NAMES) for one in before]
    one = Expression.parse(now, NAMES)
    if implied(one, known):
        for a in (None, -3, -1, 0, 1, 2, 4):
            for b in (None, -2, 0, 1, 3):
                values = {"a": a, "b": b}.get
                assert one.holds(values) or not all(each.holds(values) for each in known)
