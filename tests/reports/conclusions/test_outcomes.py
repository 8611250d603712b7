"""What is said of comparisons: on these data, and apart from that on other data from the same source."""

from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions.comparison import Comparison, compare, elsewhere, judged
from reports.conclusions.outcomes import diverged, in_short, lost_seeds, summary
from reports.conclusions.outcomes import elsewhere as said_elsewhere
from reports.figures.paired_differences import numbers
from reports.page.blocks import comparisons_grid
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

NOISE = np.random.default_rng(0).normal(0, 0.004, (2, 20))
NOISE -= NOISE.mean(axis=1, keepdims=True)


def compared(
    shift: float, spread: float = 1.0, *, lost: tuple[int, int] = (0, 0), seeds: int = 20
) -> Comparison:
    """Two costs over fresh seeds with splits of their own, the second better by `shift`, with some seeds diverged."""
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]})
    data = {**record.data, "splits": "each_seed"}
    errors = 0.1 + spread * NOISE[:, :seeds] + np.array([[shift], [0.0]])
    for mine, gone in zip(errors, lost, strict=True):
        mine[:gone] = np.nan
    runs = [
        a_run(record, slot=each, combination=each, errors=errors[each], phase=phase, first_seed=first)
        for phase, first in (("search", 0), ("confirm", 100))
        for each in range(2)
    ]
    tables = read_tables(a_study(replace(record, data=data), runs))
    (found,) = judged(compare(tables, "cost", tables.confirmed), 0.005)
    return found


CLEAR, CONTRARY, HERE_ONLY = compared(0.03), compared(-0.03), compared(0.0055)
ALIKE, ALIKE_HERE = compared(0.0, 0.1), compared(0.0, 0.8)

OPEN_HERE = replace(ALIKE, outcome="undecided")
FEW = replace(ALIKE, outcome="unmeasured")

FIRST = "quadratic is better than cross-entropy by 2.4 to 3.6 points"
SECOND = "cross-entropy is better than quadratic by 2.4 to 3.6 points"
OPEN = "may lie anywhere between −0.1 and 1.1 points, so which is better there is not known"


def test_seeds_that_diverged_are_counted_among_all_of_a_choice():
    counts = {"relu": (1, 1), "tanh": (0, 5), "gelu": (2, 5)}
    assert diverged(counts) == " (1 of 1 seed of relu diverged and 2 of 5 seeds of gelu diverged)"


def test_a_finding_holds_elsewhere_only_where_the_wider_interval_shows_the_same():
    assert [each.outcome for each in (CLEAR, CONTRARY, HERE_ONLY)] == ["second", "first", "second"]
    assert [each.outcome for each in (ALIKE, ALIKE_HERE)] == ["equivalent", "equivalent"]
    assert [each.elsewhere for each in (CLEAR, CONTRARY, HERE_ONLY)] == [True, True, False]
    assert [each.elsewhere for each in (ALIKE, ALIKE_HERE)] == [True, False]
    for each in (CLEAR, HERE_ONLY, ALIKE_HERE):
        there = elsewhere(each.difference)
        assert there.low < each.difference.low < each.difference.high < there.high


def test_what_holds_elsewhere_is_corrected_for_the_number_of_comparisons_too():
    """Of p-values that one comparison could do with, none is left once there are a hundred."""
    alone = compared(0.0098)
    assert alone.elsewhere
    assert alone.difference.elsewhere.p < 0.05 < 40 * alone.difference.elsewhere.p
    many = judged([alone] * 100, 0.005)
    assert {each.outcome for each in many} == {"second"}
    assert not any(each.elsewhere for each in many)
    assert not judged([alone], 0.005, left_out=100)[0].elsewhere


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], None),
        ([compared(0.0, 5.0)], None),
        ([CLEAR], f"too, {SECOND}"),
        ([CONTRARY], f"too, {FIRST}"),
        ([HERE_ONLY], f"the difference {OPEN}"),
        ([CLEAR, HERE_ONLY], f"too, {SECOND}; the other difference {OPEN}"),
        ([CLEAR, CONTRARY, HERE_ONLY, HERE_ONLY], f"too, {SECOND} and {FIRST}; the other 2 differences {OPEN}"),
        ([CLEAR] * 4 + [HERE_ONLY], "too, 4 of these 5 differences are shown; the other difference may lie"),
        ([CLEAR] * 4, "too, all 4 differences are shown."),
        ([ALIKE], "equivalence is shown"),
        ([ALIKE_HERE], "equivalence is not shown"),
        ([ALIKE, ALIKE, ALIKE_HERE], "2 of the 3 equivalences are shown"),
        ([ALIKE_HERE, ALIKE_HERE], "none of the 2 equivalences is shown"),
    ],
)  # fmt: skip
def test_other_data_have_one_sentence_of_their_own(found: list[Comparison], said: str | None):
    sentences = said_elsewhere(found)
    assert len(sentences) == (said is not None)
    if said:
        assert f"On other data from the same source, {said}" in sentences[0]


def test_a_choice_that_may_lose_a_third_of_its_seeds_is_neither_better_nor_equivalent():
    assert compared(-0.03, lost=(2, 0)).outcome == "first"
    assert compared(-0.03, lost=(3, 0)).outcome == "undecided"
    assert compared(-0.03, lost=(0, 3)).outcome == "first"  # the worse one loses them
    assert compared(-0.03, lost=(3, 3)).outcome == "first"  # and so does the other
    assert compared(0.0, 0.1, lost=(2, 0)).outcome == "equivalent"
    assert compared(0.0, 0.1, lost=(3, 0)).outcome == "undecided"
    assert compared(0.0, 0.1, lost=(0, 3)).outcome == "undecided"
    assert compared(-0.03, lost=(1, 0), seeds=7).outcome == "undecided"


def test_the_seeds_that_a_choice_lost_count_once_in_however_many_comparisons_it_is():
    one = compared(0.03, lost=(15, 0))
    other = replace(one, second="absolute", runs=(one.runs[0], 99))
    assert lost_seeds([one, other]) == " (15 of 20 seeds of quadratic diverged)"
    elsewhere = replace(one, runs=(98, 99), lost=(1, 2))
    assert lost_seeds([one, elsewhere]) == (
        " (16 of 40 seeds of quadratic diverged and 2 of 40 seeds of cross-entropy diverged)"
    )


def test_a_table_of_comparisons_has_both_intervals_and_what_holds_elsewhere():
    grid = comparisons_grid("", [CLEAR, HERE_ONLY])
    assert grid.heads[2:4] == ("difference on these data", "on other data")
    assert [row[-1] for row in grid.rows] == ["second is better, elsewhere too", "second is better"]
    assert [row[2] for row in grid.rows] == ["2.96 points [2.74, 3.18]", "0.51 points [0.29, 0.73]"]
    assert [row[3] for row in grid.rows] == ["[2.4, 3.6]", "[−0.1, 1.1]"]
    one_split = replace(CLEAR, difference=replace(CLEAR.difference, elsewhere=None), elsewhere=False)
    assert "difference" in comparisons_grid("", [one_split]).heads


def test_the_figures_numbers_have_both_intervals():
    row = numbers({"side": [HERE_ONLY]}).iloc[0]
    there = elsewhere(HERE_ONLY.difference)
    assert (row["low"], row["high"]) == (HERE_ONLY.difference.low, HERE_ONLY.difference.high)
    assert (row["low_elsewhere"], row["high_elsewhere"]) == (there.low, there.high)
    assert (row["outcome"], row["shown_elsewhere"]) == ("second", False)


def test_of_a_further_parameter_each_pair_is_told_in_one_sentence_with_one_colon():
    undecided = replace(CLEAR, outcome="undecided", within="[8]")
    third = replace(CLEAR, second="absolute", levels=(CLEAR.levels[0], ("absolute",)))
    assert in_short("cost", [CLEAR, undecided, third], 0.005) == (
        "Cost: between quadratic and cross-entropy, cross-entropy is better in 1 of 2 (by 3.0 points), undecided in 1; "
        "absolute is better than quadratic (by 3.0 points)."
    )


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ([ALIKE, ALIKE], "The other 2 of 3 comparisons are equivalent within 0.5 points."),
        ([OPEN_HERE, OPEN_HERE], "The other 2 of 3 comparisons are undecided with these seeds."),
        ([CLEAR, FEW], "One of 3 comparisons has too few seeds for an interval."),
        (
            [ALIKE, OPEN_HERE, ALIKE],
            "Of the other 3 comparisons, 2 are equivalent within 0.5 points and 1 is undecided with these seeds.",
        ),
    ],
)
def test_comparisons_that_show_no_difference_are_told_in_whole_sentences(rest, said):
    assert summary([CLEAR, *rest], 0.005, "at their best")[-1] == said
    (none,) = summary([OPEN_HERE, ALIKE, ALIKE], 0.005, "at their best")
    assert none.endswith(
        "shows a difference: 2 are equivalent within 0.5 points and 1 is undecided with these seeds."
    )
