"""Conditions as text: they mean what Python means by them, and nothing else can be written."""

from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.space.expression import Expression, ExpressionError, Name

NAMES = {
    "weights": Name("number"),
    "units": Name("number"),
    "learning_rate": Name("number"),
    "biases": Name("truth"),
    "optimiser": Name("text", frozenset({"adam", "momentum"})),
    "widths": Name("other", instead="name units"),
    "mixed": Name("other"),
}


def holds(text: str, **values: Any) -> bool:
    return Expression.parse(text, NAMES).holds(values.get)


numbers = st.integers(-20, 20).map(str) | st.sampled_from(["weights", "units", "learning_rate", "0.5", "1e3"])
arithmetic = st.recursive(
    numbers,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["+", "-", "*"]), part).map(lambda three: f"({' '.join(three)})"),
        part.map(lambda one: f"-{one}"),
    ),
    max_leaves=5,
)
signs = st.sampled_from(["<=", "<", ">=", ">", "==", "!="])
comparisons = st.one_of(
    st.tuples(arithmetic, signs, arithmetic).map(" ".join),
    st.tuples(arithmetic, signs, arithmetic, signs, arithmetic).map(" ".join),
    st.sampled_from(["biases", "biases == False", "optimiser == 'adam'", "optimiser != 'momentum'"]),
)
conditions = st.recursive(
    comparisons,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda three: f"({' '.join(three)})"),
        part.map(lambda one: f"not ({one})"),
    ),
    max_leaves=4,
).filter(lambda text: any(name in text for name in NAMES) and len(text) <= 400)

some_values = st.fixed_dictionaries(
    {
        "weights": st.integers(0, 30),
        "units": st.integers(0, 30),
        "learning_rate": st.floats(0, 3),
        "biases": st.booleans(),
        "optimiser": st.sampled_from(["adam", "momentum"]),
    }
)


@given(conditions, some_values)
def test_a_condition_means_what_python_means_by_it(text: str, values: dict[str, Any]) -> None:
    assert Expression.parse(text, NAMES).holds(values.get) == eval(text, {}, dict(values))


@given(conditions, some_values, st.sets(st.sampled_from(["units", "biases", "optimiser"])))
def test_what_is_broken_without_a_value_is_broken_with_every_value(
    text: str, values: dict[str, Any], absent: set[str]
) -> None:
    known = {name: value for name, value in values.items() if name not in absent}
    if not Expression.parse(text, NAMES).holds(known.get):
        every = product([0, 7, 30], [True, False], ["adam", "momentum"])
        for filled in (dict(zip(("units", "biases", "optimiser"), each, strict=True)) for each in every):
            assert not Expression.parse(text, NAMES).holds({**filled, **known}.get)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("units <= 3", True),  # nothing is known to be broken
        ("not (units <= 3)", True),
        ("units <= 3 and weights < 5", False),
        ("units <= 3 or weights < 5", True),
        ("units <= 3 or weights == 5", True),
        ("units + weights == 0", True),
    ],
)
def test_what_has_no_value_breaks_nothing(text: str, met: bool) -> None:
    assert holds(text, weights=5) == met


def test_names_in_toml_spelling_and_what_is_divided_by_0() -> None:
    assert holds("biases == true", biases=True)
    assert not holds("biases != true", biases=True)
    assert holds("weights / units <= 2", weights=8, units=4)
    assert not holds("weights / units <= 2", weights=8, units=0)
    assert not holds("weights / units > 2 or weights == 8", weights=8, units=0)


def test_it_knows_its_names_and_what_must_all_hold() -> None:
    one = Expression.parse("10 <= weights < 20 and units != 3", NAMES)
    assert one.names == {"weights", "units"}
    assert [each.text for each in one.comparisons] == ["10 <= weights", "weights < 20", "units != 3"]
    assert Expression.parse("weights < 20 or units != 3", NAMES).comparisons == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wieghts <= 5", 'unknown name "wieghts"; did you mean "weights"?'),
        ("weights = 5", "equal is written =="),
        ("weights ≤ 5", "≤ is written <="),
        ("", "it is empty; a comparison was expected, such as weights <= 5000"),
        ("weights", "a comparison was expected, such as weights <= 5000"),
        ("1 < 2", "it names nothing that a trial has"),
        ("weights < (5", 'it cannot be read at "(5"; a comparison was expected, such as weights <= 5000'),
        ("weights < 5 units", "it cannot be read"),
        ("weights <", "it cannot be read to its end; a comparison was expected, such as weights <= 5000"),
        ("weights < 'a'", "\"'a'\" is not a number"),
        ("optimiser < 'a'", '"optimiser" is not a number'),
        ("optimiser == 3", '"optimiser == 3" compares a text with a number'),
        ("optimiser == 'adm'", 'optimiser is never "adm" in this study; did you mean "adam"?'),
        ("'adm' == optimiser", 'optimiser is never "adm" in this study; did you mean "adam"?'),
        ("weights and biases", '"weights" is not a comparison; and, or and not are for comparisons'),
        ("widths == 3", '"widths" cannot be compared; name units'),
        ("biases + 1 < 3", '"biases" is not a number'),
        ("weights in (1, 2)", '"(1, 2)" cannot be used here'),
        ("weights is 3", "<=, <, >=, >, == or != was expected"),
        ("weights ** 2 < 3", '"weights ** 2" cannot be used here'),
        ("1e999 > weights", "1e999 is not a number that float64 can hold"),
        (f"weights < {'9' * 330}", "is not a number that float64 can hold"),
        (f"weights < {'1 + ' * 200} 1", "it has 812 characters; at most 400 were expected"),
        (f"weights < {'(' * 190}1{')' * 190}", None),
        ("weights < \0", "it cannot be read"),
    ],
)
def test_what_is_none_is_refused_with_the_nearest_that_is(text: str, message: str | None) -> None:
    if message is None:  # as deep as its length allows
        assert holds(text, weights=0)
        return
    with pytest.raises(ExpressionError) as refused:
        Expression.parse(text, NAMES)
    assert str(refused.value).startswith(message) or message in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') == 0",
        "(lambda: weights)() < 3",
        "weights.real < 3",
        "[weights for weights in units] == 3",
        "f'{weights}' == 'a'",
        "(weights := 3) < 4",
        "weights[0] < 3",
        "weights if biases else units",
        "exec('1') < weights",
        "b'a' == weights",
        "3j < weights",
        "None == weights",
        "... == weights",
        "~weights < 3",
    ],
)
def test_nothing_else_of_python_can_be_written(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"cannot be used here|unknown name"):
        Expression.parse(text, NAMES)


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with suppress(ExpressionError):
        Expression.parse(text, NAMES)
