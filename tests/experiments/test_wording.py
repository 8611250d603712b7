import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.wording import (
    are,
    count,
    counts,
    duration,
    enumerated,
    few,
    fine_percent,
    fixed,
    in_prose,
    markdown_table,
    sentence,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (3.14, "3.1 s"),
        (9.97, "10 s"),
        (45.2, "45 s"),
        (59.6, "1 min 0 s"),
        (130, "2 min 10 s"),
        (3599.7, "1 h 0 min"),
        (11_100, "3 h 5 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_a_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.125, "12.5 %"),
        (0.01528, "1.5 %"),
        (0.00417, "0.42 %"),
        (0.000278, "0.028 %"),
        (1e-12, "0.000000 %"),
    ],
)
def test_an_error_as_a_percentage(error: float, words: str) -> None:
    assert fine_percent(error) == words


@given(st.floats(1e-6, 1))
def test_a_percentage_is_right_to_a_twentieth(error: float) -> None:
    assert float(fine_percent(error).removesuffix(" %")) / 100 == pytest.approx(error, rel=0.051)


def test_counts_their_verbs_and_lists_are_parts_of_sentences() -> None:
    assert [count(n, "trial") for n in (0, 1, 2, 1234)] == ["0 trials", "1 trial", "2 trials", "1,234 trials"]
    assert count(2, "class", "classes") == "2 classes"
    each = ([5, 5], [1], [1_200, 28, 80], [])
    assert [counts(one, "seed") for one in each] == ["5 seeds", "1 seed", "28 to 1,200 seeds", "0 seeds"]
    assert [are(n) for n in (0, 1, 2)] == ["are", "is", "are"]
    assert enumerated([]) == ""
    assert enumerated(["a"]) == "a"
    assert enumerated([2, 3, 2]) == "2, 3 and 2"
    assert enumerated((each for each in "ab"), "or") == "a or b"
    assert [few("abc"), few("abcde")] == ["a, b and c", "a, b and 3 more"]
    assert sentence("cross_entropy") == "Cross_entropy"
    assert in_prose("cross_entropy") == "cross-entropy"
    assert in_prose("gradient_descent") == "gradient descent"


def test_a_table_in_markdown_sets_its_columns_of_numbers_to_the_right() -> None:
    assert list(markdown_table(("seeds", "choice"), [("5", "[64]")], numeric=[0])) == [
        "| seeds | choice |",
        "| ---: | --- |",
        "| 5 | [64] |",
    ]


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_number_with_so_many_decimals_is_nearest_and_zero_has_no_minus(x: float, decimals: int) -> None:
    text = fixed(x, decimals)
    assert abs(float(text.replace("−", "-")) - x) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-9
    assert text.startswith("−") == (round(x, decimals) < 0)
