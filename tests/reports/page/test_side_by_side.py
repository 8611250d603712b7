from dataclasses import replace

import numpy as np
import pytest

from reports.page.side_by_side import put_side_by_side
from reports.page.writing import write_side_by_side
from reports.results.tables import read_tables
from reports.statistics.intervals import estimate
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd

NOISE = np.random.default_rng(0).normal(0, 0.01, 12)


def study(name, errors, **changes):
    """A study of two costs, each with a search run and one on fresh seeds with these errors."""
    record = a_record(name=name, **{"scientific": {"cost": ["quadratic", "cross_entropy"]}, **changes})
    search = [a_run(record, slot=each, combination=each) for each in range(2)]
    fresh = [
        a_run(record, slot=each, combination=each, errors=mine, phase="confirm", first_seed=100)
        for each, mine in enumerate(errors)
    ]
    return a_study(record, [*search, *fresh])


@pytest.fixture
def two():
    small = np.random.default_rng(1).normal(0, 0.001, 12)
    old = study("old", [0.1 + NOISE, 0.2 + NOISE])
    new = study("new", [0.08 + NOISE + small, 0.2 + NOISE])
    return old, new


def test_each_choice_is_compared_by_the_seeds_of_both(two):
    old, new = two
    found = put_side_by_side([read_tables(each) for each in two])
    first, second = found.comparisons["“new”"]
    assert first.difference == estimate(
        old.runs[2].curves["validation_error"][:, -1] - new.runs[2].curves["validation_error"][:, -1]
    )
    assert (first.outcome, second.outcome) == ("second", "equivalent")
    assert found.sentences[0] == (
        "“old” and “new” may be compared: same split of the same data, same seeds, same objective."
    )
    assert any("“new” is better" in sentence for sentence in found.sentences)
    assert any("equivalent within 0.5 points" in sentence for sentence in found.sentences)
    assert any("holds for these choices only" in sentence for sentence in found.sentences)


def test_studies_with_a_split_for_each_seed_are_compared_on_these_data_and_elsewhere(two):
    own = [replace(each, data={**each.data, "splits": "each_seed"}) for each in two]
    answer = put_side_by_side([read_tables(each) for each in own]).sentences
    assert "may be compared: same splits of the same data" in answer[0]
    assert "“old” against “new”, each at its own best setting, on these data: “new” is better" in " ".join(
        answer
    )
    assert any(
        each.startswith("On other data from the same source, too, “new” is better than “old”")
        for each in answer
    )
    assert not any(
        "other data" in each for each in put_side_by_side([read_tables(one) for one in two]).sentences
    )


def test_champions_are_compared_on_the_test_part_example_by_example(two):
    wrong = np.zeros((3, 100))
    wrong[:, :20] = 1
    studies = []
    for each, more in zip(two, (6, 0), strict=True):
        losses = wrong.copy()
        losses[:, 20 : 20 + more] = 1
        champion = a_run(each, slot=0, errors=[0.1] * 3, phase="champion", first_seed=100, test_loss=losses)
        studies.append(replace(each, runs=(*each.runs, champion)))
    found = put_side_by_side([read_tables(each) for each in studies])
    (tested,) = (sentence for sentence in found.sentences if "test examples" in sentence)
    assert tested == (
        "Between the champions on the 100 test examples, compared example by example, the error of “old” minus that of "
        "“new” is 6 points [1, 11]."
    )


def test_only_the_shared_seeds_are_paired(two):
    old, new = two
    fewer = a_run(new, slot=0, errors=0.08 + NOISE[:7], phase="confirm", first_seed=100)
    found = put_side_by_side([read_tables(old), read_tables(replace(new, runs=(*new.runs[:2], fewer)))])
    (only,) = found.comparisons["“new”"]
    assert only.difference.n == 7


def test_studies_that_may_not_be_compared_are_refused_in_words_and_nothing_is_subtracted(two):
    old, new = two
    data = {**new.data, "split_seed": 7}
    found = put_side_by_side([read_tables(old), read_tables(replace(new, data=data))])
    assert found.comparisons == {"“new”": []}
    (refusal,) = found.sentences
    assert refusal == (
        "“old” and “new” may not be compared: their data or their splits differ (digits, "
        "sha256:012345678, 1077 + 360 + 360 examples, one split, split seed 0 against digits, sha256:012345678, "
        "1077 + 360 + 360 examples, one split, split seed 7)."
    )
    assert not any(section.grids for section in found.sections if section.key == "differences")


def test_studies_of_one_question_on_different_data_are_put_together(two):
    old, new = two
    data = {**new.data, "name": "moons", "fingerprint": "sha256:moons"}
    found = put_side_by_side([read_tables(old), read_tables(replace(new, data=data))])
    assert found.title.endswith("On digits and moons")
    assert found.sentences[0].startswith("A difference between the choices is shown on all of 2 data sets")
    assert not found.comparisons
    first = found.sections[0]
    assert [picture.name for picture in first.pictures] == ["on-data-sets"]
    assert len(first.grids[0].rows) == len(first.pictures[0].numbers) == 2


def test_over_data_sets_the_band_of_the_margin_is_drawn_also_where_an_example_exceeds_it(two):
    old, new = two
    few = {"train": 90, "validation": 30, "test": 30}
    moons = {**new.data, "name": "moons", "fingerprint": "sha256:moons", "examples": few}
    small = replace(old, data={**old.data, "examples": few})
    found = put_side_by_side([read_tables(small), read_tables(replace(new, data=moons))])
    picture = found.sections[0].pictures[0]
    assert picture.subtitle.endswith("Grey band: differences that do not matter.")
    band = picture.figure.axes[0].patches[0].get_extents().width
    assert band > 0


def test_without_fresh_seeds_nothing_is_called_better(two):
    old, new = two
    found = put_side_by_side([read_tables(old), read_tables(replace(new, runs=new.runs[:2]))])
    assert found.sentences[0].endswith("so neither is called better.")


def test_what_else_differs_is_a_warning(two):
    old, new = two
    changed = replace(new, fixed={**new.fixed, "epochs": 60})
    found = put_side_by_side([read_tables(old), read_tables(changed)])
    assert found.warnings == ("“old” and “new” also differ in fixed: epochs, which may be the cause.",)


def test_three_studies_each_against_the_first(two):
    third = study("third", [0.1 + NOISE, 0.1 + NOISE])
    found = put_side_by_side([read_tables(each) for each in (*two, third)])
    assert list(found.comparisons) == ["“new”", "“third”"]
    assert found.comparisons["“third”"][1].outcome == "second"


@pytest.mark.parametrize("name", ["empty", "all failed", "hostile", "one trial", "regression"])
@pytest.mark.usefixtures("no_drawings")
def test_odd_studies_give_a_page(name, digits, tmp_path):
    report = write_side_by_side([digits, odd(name)], tmp_path)
    text = report.html.read_text()
    assert text.count("<h1>") == 1
    assert "<script>alert" not in text
    assert report.verdict


def test_the_same_records_give_the_same_bytes(two, tmp_path):
    one, other = (write_side_by_side(two, tmp_path / each) for each in ("a", "b"))
    assert [each.read_bytes() for each in one.files] == [each.read_bytes() for each in other.files]
