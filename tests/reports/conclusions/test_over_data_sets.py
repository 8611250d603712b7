import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.over_data_sets import grid_of, over_data_sets
from reports.results.tables import read_tables
from reports.statistics.intervals import holm
from tests.factories import DATA, STARTED, a_record, a_run, a_study

COSTS = {"cost": ["quadratic", "cross_entropy"]}


def on(
    data: str, gain: float, *, seed: int = 0, noise: float = 0.002, name: str = "", **changes: Any
) -> StudyRecord:
    """A study of two costs on a data set, on which the second has an error lower by this."""
    record = a_record(
        name=name or f"s-{data}",
        **{"scientific": COSTS, "data": {**DATA, "name": data, "fingerprint": f"sha256:{data}"}, **changes},
    )
    errors = 0.2 + np.random.default_rng(seed).normal(0, noise, (2, 12))
    runs = [
        a_run(
            record, slot=place, combination=place, phase=phase, first_seed=first,
            errors=errors[place % 2] - gain * (place % 2),
        )
        for phase, first in (("search", 0), ("confirm", 1000))
        for place in range(len(record.combinations))
    ]  # fmt: skip
    return a_study(record, runs)


def together(*studies: StudyRecord):
    return over_data_sets([read_tables(each) for each in studies])


def test_a_difference_is_told_on_the_data_sets_where_it_is_shown() -> None:
    found = together(on("digits", 0.02), on("wine", 0.0, seed=1), on("iris", 0.05, seed=2))
    assert found is not None
    outcomes = {name: each.outcome for name, each in found.pairs[0].on.items()}
    assert outcomes == {"digits": "second", "wine": "equivalent", "iris": "second"}
    first, second, third = found.sentences
    assert first == "A difference between the choices is shown on digits and iris, 2 of 3 data sets."
    assert re.fullmatch(
        r"Each choice at its own best setting, corrected together, 3 comparisons in all: cross-entropy is better than "
        r"quadratic on digits by 2\.\d+ points \[.*\] and on iris by 5\.\d+ points \[.*\]; equivalent within 0\.5 "
        r"points on wine\.",
        second,
    )
    assert third.startswith("3 data sets cannot show what holds on others: that takes 6 or more")


def test_holms_correction_is_over_all_comparisons_on_all_data_sets() -> None:
    studies = [on("digits", 0.004), on("wine", 0.0005, seed=1), on("iris", 0.003, seed=2)]
    found = together(*studies)
    assert found is not None
    each = list(found.pairs[0].on.values())
    assert [one.p for one in each] == holm([one.difference.p for one in each])
    alone = together(*studies[:2])
    assert alone is not None
    assert alone.pairs[0].on["digits"].p < found.pairs[0].on["digits"].p or found.pairs[0].on["digits"].p == 0


def test_an_equivalence_is_corrected_for_the_comparisons_on_all_data_sets() -> None:
    studies = [on(f"set{place}", 0.0, seed=place, noise=0.0045) for place in range(10)]
    few, many = together(*studies[:2]), together(*studies)
    assert few is not None
    assert many is not None
    assert few.pairs[0].on["set1"].outcome == "equivalent"
    assert many.pairs[0].on["set1"].outcome == "undecided"


def test_which_choice_is_better_may_depend_on_the_data_set() -> None:
    found = together(on("digits", 0.02), on("wine", -0.03, seed=1))
    assert found is not None
    assert found.sentences[0].endswith(
        "on all of 2 data sets (digits and wine), and which of quadratic and cross-entropy is better depends on the "
        "data set."
    )
    assert "cross-entropy is better than quadratic on digits" in found.sentences[1]
    assert "quadratic is better than cross-entropy on wine" in found.sentences[1]


@pytest.mark.parametrize(("against", "shown"), [(0, True), (3, False)])
def test_over_six_data_sets_signed_ranks_decide(against: int, *, shown: bool) -> None:
    studies = [
        on(f"set{place}", -0.01 - 0.001 * place if place < against else 0.01 + 0.001 * place, seed=place)
        for place in range(6)
    ]
    found = together(*studies)
    assert found is not None
    last = found.sentences[-1]
    if shown:
        assert found.pairs[0].p == 2 / 2**6
        assert last == (
            "Over data sets cross-entropy is better than quadratic: its error is lower on 6 of 6 (Wilcoxon's signed "
            "ranks, p 0.031), if these are like a random sample of the data sets that are meant."
        )
    else:
        assert last.startswith("Over data sets no choice is shown to be better than another (Wilcoxon's")


def test_errors_of_different_kinds_are_not_ranked_among_each_other() -> None:
    numbers = {"kind": "regression", "classes": [], "error": "rms", "chance_errors": {"rms": 1.0}}
    studies = [on(f"set{place}", 0.02, seed=place) for place in range(6)]
    studies[0] = replace(studies[0], data={**studies[0].data, **numbers})
    found = together(*studies)
    assert found is not None
    assert np.isnan(found.pairs[0].p)
    assert "with errors of one kind" in found.sentences[-1]


def test_over_further_parameters_a_pair_is_averaged_and_counts_once() -> None:
    wide = {"scientific": {**COSTS, "widths": [[8], [16]]}}
    several = [
        replace(
            each, combinations=tuple({"cost": c, "widths": w} for w in ([8], [16]) for c in COSTS["cost"])
        )
        for each in (a_record(**wide), a_record(**wide))
    ]
    studies = [
        on(name, 0.02, seed=place, scientific=wide["scientific"], combinations=each.combinations)
        for place, (name, each) in enumerate(zip(("digits", "wine"), several, strict=True))
    ]
    found = together(*studies)
    assert found is not None
    assert found.comparisons == 4  # of the cost and of the width, on two data sets
    assert {each.sides for each in found.pairs} == {("quadratic", "cross-entropy"), ("[8]", "[16]")}
    assert next(iter(found.pairs[0].on.values())).within == "the mean of 2"


@pytest.mark.parametrize(
    "other",
    [
        on("digits", 0.02, name="again"),
        on("wine", 0.02, objective="validation_cost"),
        on("wine", 0.02, scientific={"cost": ["huber", "log_cosh"]}),
    ],
    ids=["the same data", "another objective", "no choice in common"],
)
def test_studies_that_are_no_one_question_on_different_data_are_not_put_together(other: StudyRecord) -> None:
    assert together(on("digits", 0.02), other) is None


AT = {
    "at": STARTED,
    "added": ["data.further: wine"],
    "combinations": [],
    "data_sets": ["wine"],
    "trials": 8,
    "finished": True,
}
"""How a study has grown that got a second data set."""


def test_a_data_set_that_was_added_later_is_marked_and_counts() -> None:
    family = {"": "s", "wine": "s-wine", "iris": "s-iris"}
    first = on("digits", 0.02, name="s", grown=(AT,), data_sets=family)
    found = together(first, on("wine", 0.02, seed=1, data_sets=family))
    assert found is not None
    assert found.added == ("wine",)
    assert [row[1] for row in grid_of(found).rows] == ["digits", "wine (added later)"]
    later, elsewhere = found.warnings
    assert later.startswith("Wine was added later, on 9 October 2025")
    assert "after the verdict on the first one could be read; its comparisons are among the 2" in later
    assert later.endswith("nothing corrects for that.")
    assert (
        elsewhere == "The same question was asked on further data sets, which are not in this report: s-iris."
    )


@pytest.mark.parametrize("renamed", ["s", "s-wine"])
def test_a_data_set_that_was_added_later_is_known_though_a_study_was_renamed(renamed: str) -> None:
    family = {"": "s", "wine": "s-wine"}
    studies = (
        on("digits", 0.02, name="s", grown=(AT,), data_sets=family),
        on("wine", 0.02, seed=1, data_sets=family),
    )
    found = together(*(each.renamed("u", "") if each.name == renamed else each for each in studies))
    assert found is not None
    assert found.added == ("wine",)
    assert len(found.warnings) == 1
