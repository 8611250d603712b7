import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from experiments.mistakes import UserError
from reports.conclusions.fresh_errors import FreshErrors
from reports.conclusions.judgement import ANSWERS, EXIT_STATUS, judge_choices, judge_studies
from reports.results.tables import read_tables
from tests.factories import DATA, a_record, a_run, a_study

NOISE = np.random.default_rng(0).normal(0, 0.02, 12)
SMALL = np.random.default_rng(1).normal(0, 0.001, 12)
BASE = 0.2 + NOISE
OWN_SPLITS = {**DATA, "splits": "each_seed"}
MARGIN = 0.005


def tables(*errors, name="now", first_seed=1000, **changes):
    """A study of the first costs with these errors on fresh seeds."""
    costs = ["quadratic", "cross_entropy", "huber", "hinge"][: len(errors)]
    record = a_record(
        name, **{"scientific": {"cost": costs} if len(costs) > 1 else {}, "data": OWN_SPLITS, **changes}
    )
    record = replace(record, combinations=record.combinations or ({},))
    search = [a_run(record, slot=each, combination=each) for each in range(len(errors))]
    fresh = [
        a_run(record, slot=each, combination=each, errors=mine, phase="confirm", first_seed=first_seed)
        for each, mine in enumerate(errors)
        if mine is not None
    ]
    return read_tables(a_study(record, [*search, *fresh]))


def fresh(*errors, **changes):
    return FreshErrors.of(tables(*errors, **changes))


def test_four_answers_have_four_statuses_that_are_no_others():
    assert len({EXIT_STATUS[answer] for answer in ANSWERS} - {0, 1, 2}) == 4


@pytest.mark.parametrize(
    ("gap", "spread", "answer"),
    [
        (0.02, SMALL, "worse"),
        (-0.02, SMALL, "better"),
        (0.0, SMALL, "equivalent"),
        (0.001, NOISE[::-1], "undecided"),
    ],
)
def test_a_later_value_is_judged_beside_an_earlier_one_and_a_study_beside_another(gap, spread, answer):
    alone = judge_choices(tables(BASE, BASE + gap + spread), MARGIN)
    (told,) = alone.judgements
    assert (alone.answer, told.of, told.beside) == (answer, "cross-entropy", "quadratic")
    assert told.difference.centre == pytest.approx(gap, abs=0.01)
    both = judge_studies(fresh(BASE + gap + spread), fresh(BASE, name="before"), MARGIN)
    (same,) = both.judgements
    assert (both.answer, same.of, same.beside, same.paired) == (answer, "now", "before", True)
    ends = (told.difference.low, told.difference.high, told.difference.p)
    assert (same.difference.low, same.difference.high, same.difference.p) == pytest.approx(ends)


def test_of_several_comparisons_the_answer_is_the_most_alarming():
    gate = judge_choices(tables(BASE, BASE + 0.02 + SMALL, BASE + SMALL), MARGIN)
    assert gate.answers == ["worse", "equivalent", "better"]
    assert gate.answer == "worse"
    assert gate.failed_by(["better", "undecided"]) == ["better"]
    assert gate.failed_by(["undecided"]) == gate.failed_by([]) == []


def test_a_choice_without_fresh_seeds_leaves_it_undecided():
    gate = judge_choices(tables(BASE, BASE - 0.02 + SMALL, None), MARGIN)
    assert (gate.answers, gate.unconfirmed) == (["undecided", "better"], ["cost huber"])
    assert "Undecided: 1 choice without a winner on fresh seeds (cost huber)." in gate.sentences


def test_four_seeds_decide_nothing_and_the_sentence_says_so():
    gate = judge_studies(fresh(BASE[:4] + 1), fresh(BASE[:4], name="before"), MARGIN)
    assert gate.answer == "undecided"
    assert "5 seeds of each are needed" in gate.sentences[0]


def test_one_pair_of_seeds_is_one():
    gate = judge_choices(tables(BASE[:1], BASE[:1] + 0.1), MARGIN)
    assert gate.sentences[0].endswith("5 seeds of each are needed (1 pair of seeds).")


def test_a_study_of_one_choice_compares_nothing_by_itself():
    assert judge_choices(tables(BASE), MARGIN).answer is None


def test_a_study_that_asks_for_speed_is_refused():
    with pytest.raises(UserError, match="how soon a target is reached"):
        judge_choices(tables(BASE, BASE, objective="epochs_to_target", target_error=0.1), MARGIN)


def test_the_margin_that_is_given_decides_and_not_the_studys():
    study = tables(BASE, BASE + 0.01 + SMALL, equivalence_margin=0.001)
    assert judge_choices(study, 0.005).answer == "worse"
    assert judge_choices(study, 0.02).answer == "equivalent"


def test_a_margin_below_one_example_makes_nothing_equivalent_and_is_told():
    one = judge_choices(tables(BASE, BASE + SMALL), 0.002)
    other = judge_studies(fresh(BASE + SMALL), fresh(BASE, name="before"), 0.002)
    for gate in (one, other):
        assert gate.too_fine
        assert "equivalent" not in gate.answers
        assert gate.sentences[-1].startswith(
            "A single example changes the error by more than the margin of 0.2"
        )


def test_the_champions_are_compared_and_corrected_for_every_pair_of_which_they_could_have_been_the_best():
    now, before = fresh(BASE + 0.1, BASE + SMALL), fresh(BASE + 0.1, BASE, BASE + 0.2, name="before")
    alone = judge_studies(fresh(BASE + SMALL), fresh(BASE, name="before"), MARGIN)
    best = judge_studies(now, before, MARGIN)
    (told,) = best.judgements
    assert (told.of, told.beside) == ("now (cost cross-entropy)", "before (cost cross-entropy)")
    assert told.difference == alone.judgements[0].difference
    assert told.p == pytest.approx(min(1, 6 * alone.judgements[0].p))


def test_a_choice_that_is_named_is_compared_in_both_without_that_correction():
    now, before = fresh(BASE + 0.1, BASE + SMALL), fresh(BASE + 0.1 + SMALL, BASE, name="before")
    (told,) = judge_studies(now, before, MARGIN, "cost quadratic").judgements
    (alone,) = judge_studies(fresh(BASE + 0.1), fresh(BASE + 0.1 + SMALL, name="before"), MARGIN).judgements
    assert (told.difference, told.p, told.within) == (alone.difference, alone.p, "cost quadratic")
    with pytest.raises(UserError, match='"now" has no winner "cost quadratc"; did you mean "cost quadratic"'):
        judge_studies(now, before, MARGIN, "cost quadratc")


@pytest.mark.parametrize("changes", [{"study_seed": 7}, {"first_seed": 2000}])
def test_studies_of_other_seeds_are_compared_unpaired(changes):
    gate = judge_studies(fresh(BASE + 0.01 + SMALL, **changes), fresh(BASE, name="before"), MARGIN)
    (told,) = gate.judgements
    assert (told.paired, told.seeds, told.answer) == (False, (12, 12), "undecided")
    assert told.difference.centre == pytest.approx(0.01, abs=0.001)
    peer = ttest_ind(BASE + 0.01 + SMALL, BASE, equal_var=False, trim=1 / 6)  # Yuen's, without our n − 1
    assert told.p == pytest.approx(peer.pvalue, rel=0.1)
    far = judge_studies(fresh(BASE + 0.2, **changes), fresh(BASE, name="before"), MARGIN)
    assert far.answer == "worse"
    near = judge_studies(fresh(0.2 + SMALL, **changes), fresh(0.2 + SMALL[::-1], name="before"), MARGIN)
    assert near.answer == "equivalent"


def test_other_test_examples_make_it_a_question_about_other_data():
    other = {**OWN_SPLITS, "split_seed": 1}
    narrow = judge_studies(fresh(BASE, study_seed=7), fresh(BASE[::-1] - 0.03, name="before"), MARGIN)
    wide = judge_studies(fresh(BASE, data=other), fresh(BASE[::-1] - 0.03, name="before"), MARGIN)
    (here,), (there,) = narrow.judgements, wide.judgements
    assert (narrow.answer, here.other_data) == ("worse", False)
    assert wide.answer == "undecided"
    assert here.difference.elsewhere is not None
    assert (there.difference.low, there.difference.high) == (
        here.difference.elsewhere.low,
        here.difference.elsewhere.high,
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"data": {**OWN_SPLITS, "fingerprint": "sha256:other"}}, "their data or the sizes"),
        (
            {"data": {**OWN_SPLITS, "examples": {"train": 1, "validation": 360, "test": 3}}},
            "their data or the sizes",
        ),
        ({"data": {**DATA, "splits": "one"}}, "their splits are of different kinds"),
        ({"data": {**OWN_SPLITS, "drawn": "groups"}}, "their splits are of different kinds"),
        ({"objective": "epochs_to_target", "target_error": 0.1}, "their objectives differ"),
        ({"data": {**OWN_SPLITS, "error": "log_loss"}}, "their errors differ"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(changes, why):
    with pytest.raises(UserError, match=why) as refused:
        judge_studies(fresh(BASE, **changes), fresh(BASE, name="before"), MARGIN)
    assert len(str(refused.value).splitlines()) == 1


def test_one_split_each_is_compared_only_if_it_is_the_same():
    one = {**DATA, "splits": "one"}
    same = judge_studies(fresh(BASE + 0.2, data=one, study_seed=3), fresh(BASE, data=one, name="b"), MARGIN)
    assert (same.answer, same.judgements[0].paired) == ("worse", False)
    with pytest.raises(UserError, match="one split does not say what another would give"):
        judge_studies(fresh(BASE, data={**one, "split_seed": 1}), fresh(BASE, data=one, name="b"), MARGIN)


@pytest.mark.parametrize(("lost", "answer"), [(2, "better"), (3, "undecided")])
@pytest.mark.parametrize("seed", [0, 7])
def test_a_side_that_loses_many_seeds_is_not_called_better(lost, answer, seed):
    base, noise = np.random.default_rng(2).normal(0, [[0.02], [0.002]], (2, 20))
    base += 0.2
    some = np.where(np.arange(20) < lost, np.nan, base - 0.1 + noise)
    gate = judge_studies(fresh(some, study_seed=seed), fresh(base, name="before"), MARGIN)
    assert gate.answer == answer
    assert gate.judgements[0].diverged == (lost, 0)
    assert f"{lost} seeds of now diverged and counted as guessing" in gate.sentences[0]


@pytest.mark.parametrize("changes", [{}, {"study_seed": 7}])
def test_what_is_shown_for_other_data_is_told_apart(changes):
    near = judge_studies(fresh(BASE + 0.02 + 2 * NOISE[::-1], **changes), fresh(BASE, name="before"), 0.003)
    far = judge_studies(fresh(BASE + 0.2 + SMALL, **changes), fresh(BASE, name="before"), MARGIN)
    assert [each.judgements[0].other_data for each in (near, far)] == [False, True]


def test_what_was_written_as_json_is_compared_like_the_study_itself():
    before = fresh(BASE, BASE + 0.1, name="before")
    again = FreshErrors.from_json(json.loads(json.dumps(before.as_json(), allow_nan=False)))
    now = fresh(BASE + SMALL, BASE + 0.1)
    assert judge_studies(now, again, MARGIN) == judge_studies(now, before, MARGIN)


def test_a_study_without_fresh_seeds_cannot_be_compared_with_another():
    with pytest.raises(UserError, match='the study "now" has no winner on fresh seeds yet'):
        judge_studies(fresh(None), fresh(BASE, name="before"), MARGIN)
