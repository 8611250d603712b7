import csv
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest

from reports import words
from reports.conclusions.interactions import sentences as dependence
from reports.conclusions.verdict import reach_verdict
from reports.page.appendix import repeat_section
from reports.page.writing import as_csv
from reports.results.tables import read_tables
from reports.statistics.intervals import estimate, holm
from reports.statistics.power import planning_spread, seeds_needed
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import odd


def text_of(study):
    verdict = reach_verdict(read_tables(study))
    return " ".join(verdict.sentences), " ".join(verdict.warnings)


def test_nothing_recorded_leads_to_nothing_concluded():
    assert "No trial is recorded yet" in text_of(odd("empty"))[0]
    assert "4 failed" in text_of(odd("all failed"))[0]
    assert "4 pruned" in text_of(odd("all pruned"))[0]


def test_without_fresh_seeds_nothing_is_confirmed_and_nothing_called_better():
    answer, _ = text_of(odd("interrupted"))
    assert "Nothing is confirmed yet" in answer
    assert "better" not in answer
    assert "8 of 12 trials are recorded" in answer


def test_fewer_than_five_seeds_give_no_interval_in_the_text():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, seeds=3, trials=2)
    runs = [
        a_run(record, slot=each, combination=each, errors=[0.1 + 0.2 * each, 0.2, 0.3], phase=phase)
        for phase in ("search", "confirm")
        for each in range(2)
    ]
    answer, warnings = text_of(a_study(record, runs))
    assert not re.search(r"\[[−\d]", answer + warnings)
    assert "too few" in answer


def fair(shift, spread=0.004):
    """A study of two choices, 20 fresh seeds each, whose mean errors lie `shift` apart."""
    noise = np.random.default_rng(0).normal(0, spread, (2, 20))
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, confirm_seeds=20)
    errors = [0.06 + shift + noise[0] - noise[0].mean(), 0.06 + noise[1] - noise[1].mean()]
    search = [a_run(record, slot=each, combination=each, errors=errors[each][:5]) for each in range(2)]
    fresh = [
        a_run(record, slot=each, combination=each, errors=errors[each], phase="confirm", first_seed=100)
        for each in range(2)
    ]
    return a_study(record, [*search, *fresh])


@pytest.mark.parametrize(
    ("shift", "spread", "said"),
    [
        (0.03, 0.004, r"cross-entropy is better by [23]\.\d+ points \[2\.\d+, 3\.\d+\]"),
        (-0.03, 0.004, r"quadratic is better by [23]\.\d+ points \[2\.\d+, 3\.\d+\]"),
        (0.0, 0.004, r"equivalent within 0\.5 points"),
        (0.004, 0.03, r"no difference that 20 seeds can show"),
    ],
)
def test_the_answer_says_what_the_numbers_show(shift, spread, said):
    answer, _ = text_of(fair(shift, spread))
    assert re.search(said, answer)
    assert ", on this one split, each at" in answer
    assert "other data" not in answer


@pytest.mark.parametrize(
    ("drawn", "holds", "repeats"),
    [
        (
            "groups",
            "random splits that keep groups whole of these 1,437 examples",
            "Intervals for other groups from the same source are wider",
        ),
        (
            "ordered",
            "windows over these 1,437 examples in their order, the data set digits without its test part. Of later",
            "and not about later rows",
        ),
    ],
)
def test_splits_of_groups_and_of_rows_in_their_order_hold_for_just_those(drawn, holds, repeats):
    study = fair(0.03, 0.004)
    study = replace(study, data={**study.data, "splits": "each_seed", "drawn": drawn})
    tables = read_tables(study)
    sentences = reach_verdict(tables).sentences
    assert holds in sentences[-1]
    # only of other groups can anything be said by splits of these
    assert any("other data from the same source" in each for each in sentences) == (drawn == "groups")
    assert repeats in " ".join(repeat_section(tables).sentences)


def with_own_splits(study):
    return replace(study, data={**study.data, "splits": "each_seed"})


@pytest.mark.parametrize(
    ("shift", "spread", "said"),
    [
        (0.03, 0.004, r", too, cross-entropy is better than quadratic by 2\.\d to [34]\.\d points\."),
        (
            0.006,
            0.006,
            r"the difference may lie anywhere between −\d\.\d+ and 1\.\d+ points, so which is better ",
        ),
        (
            -0.006,
            0.006,
            r"the difference may lie anywhere between −\d\.\d+ and 1\.\d+ points, so which is better ",
        ),
        (0.0, 0.0005, r"source, equivalence is shown\."),
        (0.0, 0.004, r"source, equivalence is not shown\."),
    ],
)
def test_what_is_found_on_these_data_is_said_apart_from_what_holds_elsewhere(shift, spread, said):
    study = with_own_splits(fair(shift, spread))
    verdict = reach_verdict(read_tables(study))
    here, there, *_, holds = verdict.sentences[2:]
    assert ", on these 1,437 examples, each at its own best learning rate: " in here
    difference = verdict.findings.comparisons["cost"][0].difference
    assert words.difference(difference if "equivalent" in here else abs(difference)) in here
    assert there.startswith("On other data from the same source, ")
    assert re.search(said, there)
    assert "random splits of these 1,437 examples, the data set digits without its test part." in holds


def test_every_error_and_interval_in_the_answer_is_that_of_the_csv(digits):
    tables = read_tables(digits)
    verdict = reach_verdict(tables)
    rows = list(csv.DictReader(StringIO(as_csv(tables.seeds).decode())))
    final = {}
    for row in rows:
        if row["phase"] == "confirm":
            final.setdefault(row["run"], {})[row["seed"]] = float(row["validation_error"])
    best = min((estimate(list(errors.values())) for errors in final.values()), key=lambda each: each.centre)
    centre, low, high = (
        float(x) for x in re.findall(r"([\d.]+) % \[([\d.]+), ([\d.]+)\]", verdict.sentences[1])[0]
    )
    assert (centre, low, high) == pytest.approx(
        tuple(100 * x for x in (best.centre, best.low, best.high)), abs=0.051
    )
    tests = [float(row["test_error"]) for row in rows if row["phase"] == "champion"]
    assert f"{100 * estimate(tests).centre:.1f}" in verdict.sentences[1]
    over_examples = re.search(
        r" over seeds; on other examples it may be ([\d.]+) to ([\d.]+) %\.$", verdict.sentences[1]
    )
    low, high = map(float, over_examples.groups())
    assert low < 100 * float(np.mean(tests)) < high
    for found in verdict.findings.comparisons["cost"]:
        one, other = (final[str(run)] for run in found.runs)
        again = estimate([one[seed] - other[seed] for seed in one])
        assert (found.difference.centre, found.difference.low) == pytest.approx(
            (again.centre, again.low), abs=1e-9
        )


def test_the_answer_of_a_real_study_is_short_and_ends_with_what_it_holds_for(digits):
    verdict = reach_verdict(read_tables(digits))
    assert 4 <= len(verdict.sentences) <= 7
    assert verdict.sentences[-1] == (
        "Holds for sigmoid units, batch 16, 8 epochs, one split of the data set digits. "
        "All seeds have the same split, so nothing is known about others."
    )


def test_one_epoch_is_one():
    record = a_record(fixed={"activation": "tanh", "epochs": 1})
    verdict = reach_verdict(read_tables(a_study(record, [a_run(record, slot=0)])))
    assert verdict.sentences[-1].startswith("Holds for tanh units, 1 epoch, one split")


def test_class_weights_that_are_the_same_for_all_are_among_what_it_holds_for():
    for weights, told in (("balanced", "balanced"), ({"7": 2.0, "1": 0.5}, "7 2, 1 0.5")):
        record = a_record(fixed={"activation": "tanh", "epochs": 8, "class_weights": weights})
        verdict = reach_verdict(read_tables(a_study(record, [a_run(record, slot=0)])))
        assert verdict.sentences[-1].startswith(
            f"Holds for tanh units, 8 epochs, class weights {told}, one split"
        )


def test_a_lead_at_a_shared_rate_that_is_gone_at_own_best_rates_is_called_misleading():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=4)
    noise = np.random.default_rng(0).normal(0, 0.001, 12)
    errors = {(0, 0.1): 0.3, (1, 0.1): 0.1, (0, 9.0): 0.08, (1, 9.0): 0.9}
    search = [
        a_run(
            record,
            slot=slot,
            combination=cost,
            nuisance={"learning_rate": rate},
            errors=mean + np.roll(noise[:5], cost),
        )
        for slot, ((cost, rate), mean) in enumerate(errors.items())
    ]
    fresh = [
        a_run(record, slot=slot, combination=cost, nuisance={"learning_rate": rate}, errors=0.09 + noise,
              phase="confirm", first_seed=100) for slot, cost, rate in ((2, 0, 9.0), (1, 1, 0.1))
    ]  # fmt: skip
    _, warnings = text_of(a_study(record, [*search, *fresh]))
    assert (
        "at 0.1 cross-entropy leads quadratic by 20.0 points, but with each at its own best rate neither leads"
        in warnings
    )
    in_time = replace(record, objective="epochs_to_target", target_error=0.2)
    answer, warnings = text_of(a_study(in_time, [*search, *fresh]))
    assert ", each at its own best learning rate for reaching the target: " in answer
    assert "misleads" not in warnings, "the own rates are the best for something else than the error"


def test_stuck_runs_leave_the_answer_as_it_was():
    study = odd("confirmed in part")
    before, _ = text_of(study)
    stuck = a_run(study, slot=50, combination=1, errors=[0.9] * 5, nuisance={"learning_rate": 70.0})
    after, _ = text_of(a_study(study, [*study.of_phase("search"), stuck, *study.of_phase("confirm")]))
    assert after == before


def test_an_objective_of_epochs_is_answered_in_epochs():
    record = a_record(
        scientific={"optimiser": ["adam", "momentum"]},
        objective="epochs_to_target",
        target_error=0.05,
        trials=2,
        confirm_seeds=10,
    )
    runs = [
        a_run(record, slot=each, combination=each, errors=[0.04] * 10, phase=phase, first_seed=100)
        for phase in ("search", "confirm")
        for each in range(2)
    ]
    for made, epoch in zip(runs[2:], (2, 4), strict=True):
        made.curves["validation_error"][:, : epoch - 1] = 0.5
        made.curves["validation_error"][:, epoch - 1 :] = 0.04
    answer, _ = text_of(a_study(record, runs))
    assert "Median epochs to 5.0 % error on fresh seeds: adam 2 [2, 2]; momentum 4 [4, 4]." in answer
    assert "Adam reaches it sooner than momentum in 10 of 10 pairs of seeds." in answer
    runs[3].curves["validation_error"][:7, 1] = 0.04
    answer, _ = text_of(a_study(record, runs))
    assert "in 3 of 10 pairs of seeds, which does not decide which is sooner." in answer
    runs[3].curves["validation_error"][:, 1] = 0.04
    answer, _ = text_of(a_study(record, runs))
    assert "Adam and momentum reach it in the same epoch in all 10 pairs of seeds." in answer


def test_the_error_called_lowest_is_the_lowest_that_is_shown():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2)
    steady, upset = np.linspace(0.09, 0.11, 10), np.array([0.05] * 9 + [0.9])
    runs = [
        a_run(record, slot=each, combination=each, errors=errors, phase=phase, first_seed=first)
        for phase, first in (("search", 0), ("confirm", 100))
        for each, errors in enumerate((steady, upset))
    ]
    champion = a_run(
        record, slot=0, errors=steady, phase="champion", first_seed=100, test_error=np.full(10, 0.1)
    )
    answer, _ = text_of(a_study(record, [*runs, champion]))
    assert re.search(r"is 5\.?\d* %.*reached by cross-entropy at", answer)
    assert (
        "used once, quadratic at learning rate 1, the champion by its mean error, has an error of" in answer
    )


def test_a_study_that_confirms_nothing_says_so():
    record = a_record(scientific={}, combinations=({},), confirm_seeds=0)
    answer, _ = text_of(a_study(record, [a_run(record, slot=0, errors=[0.1] * 5)]))
    assert "confirms nothing" in answer


def test_without_nuisance_parameters_nothing_is_at_its_best():
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]}, nuisance={}, trials=2, confirm_seeds=20
    )
    noise = np.random.default_rng(0).normal(0, 0.004, 20)
    runs = [
        a_run(
            record, slot=each, combination=each, nuisance={}, errors=0.06 + 0.03 * each + noise, phase=phase
        )
        for phase in ("search", "confirm")
        for each in range(2)
    ]
    answer, warnings = text_of(a_study(record, runs))
    assert "at its own best" not in answer + warnings
    assert "flattered" not in warnings


def test_nothing_is_equivalent_where_one_example_weighs_more_than_the_margin():
    study = fair(0.0, 0.0005)
    assert "equivalent" in text_of(study)[0]
    few = {**study.data, "examples": {**study.data["examples"], "validation": 30}}
    answer, _ = text_of(replace(study, data=few))
    assert "equivalent" not in answer


def several(errors_of):
    """A study of five scientific parameters of two values each, every combination confirmed on 5 fresh seeds."""
    names = ("cost", "activation", "initialisation", "batch_size", "optimiser")
    record = a_record(scientific={name: ["one", "other"] for name in names}, trials=32, confirm_seeds=5)
    runs = [
        a_run(
            record, slot=slot, combination=slot, errors=errors_of(combination), phase=phase, first_seed=first
        )
        for phase, first in (("search", 0), ("confirm", 100))
        for slot, combination in enumerate(record.combinations)
    ]
    return a_study(record, runs)


def test_every_scientific_parameter_is_answered_for():
    def errors(combination):
        worse = combination["optimiser"] == "other"
        return 0.1 + 0.2 * worse + 0.001 * np.arange(5)[:: -1 if worse else 1]

    answer, _ = text_of(several(errors))
    assert "Optimiser: one is better than other in every comparison (by 20.0 points)." in answer
    assert (
        "None of the 48 comparisons of activation, initialisation and batch size shows a difference" in answer
    )


def test_choices_that_do_as_well_as_the_best_are_counted_and_seeds_that_do_not_differ_have_no_interval():
    answer, _ = text_of(several(lambda _combination: [0.0] * 5))
    assert "is 0.0 % in each of 5 seeds, reached by" in answer
    assert "and by 31 other choices equally" in answer
    assert "[0.0, 0.0]" not in answer


def losing(lost):
    """Two choices on 13 fresh seeds, the first a little better, with so many of its seeds diverged."""
    noise = np.random.default_rng(2).normal(0, 0.001, (2, 13))
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=2, confirm_seeds=13)
    errors = [0.05 + noise[0], 0.09 + noise[1]]
    search = [a_run(record, slot=each, combination=each, errors=errors[each][:5]) for each in range(2)]
    errors[0][:lost] = np.nan
    fresh = [
        a_run(record, slot=each, combination=each, errors=errors[each], phase="confirm", first_seed=100)
        for each in range(2)
    ]
    return a_study(record, [*search, *fresh])


def test_a_choice_that_lost_seeds_is_never_praised_without_that_in_the_same_sentence():
    answer, _ = text_of(losing(1))
    assert re.search(
        r"of 13 seeds \(1 of 13 seeds diverged and counted as guessing\), reached by quadratic", answer
    )
    assert re.search(
        r"quadratic is better by \S+ points \[\S+ \S+\] \(1 of 13 seeds of quadratic diverged\)", answer
    )
    for lost in (2, 4):  # of which the trimmed mean alone would leave out two
        answer, _ = text_of(losing(lost))
        assert "quadratic is better" not in answer
        assert f"; {lost} of 13 seeds of quadratic diverged)" in answer
        assert "not after correction" not in answer
    answer, _ = text_of(losing(9))
    assert "cross-entropy is better" in answer


def test_a_choice_whose_fresh_seeds_all_diverged_is_not_called_unconfirmed():
    answer, _ = text_of(losing(13))
    assert "1 choice lost all fresh seeds, which diverged" in answer
    assert "not confirmed yet" not in answer


def test_a_difference_that_may_be_below_the_studys_own_margin_is_called_so():
    answer, _ = text_of(fair(0.0045, 0.0015))
    assert re.search(
        r"by 0\.4\d points \[0\.\d+, 0\.5\d?\], perhaps less than the margin of 0\.5 points", answer
    )
    assert "1 other choice lies above it by less than the margin of 0.5 points" in answer
    assert "less than the margin" not in text_of(fair(0.03, 0.0005))[0]


def test_how_many_seeds_would_show_the_margin_is_worked_out_from_the_pairs():
    study = fair(0.004, 0.02)
    _, warnings = text_of(study)
    (asked,) = re.findall(
        r"About (\d+) fresh seeds show a difference of 0\.5 points in 80 % of studies", warnings
    )
    findings = reach_verdict(read_tables(study)).findings
    (found,) = findings.comparisons["cost"]
    assert int(asked) == seeds_needed(0.005, planning_spread(found.pairs), level=0.05 / findings.tests)


def test_where_splits_share_examples_it_is_examples_that_are_missing_and_not_seeds():
    study = fair(0.004, 0.02)
    own_splits = with_own_splits(study)
    why = (
        "No number of seeds can show a difference of 0.5 points on other data from the same source. That takes more "
        "data than these 1,437 examples."
    )
    assert why in text_of(own_splits)[1]
    assert why not in text_of(study)[1]
    much = replace(own_splits, equivalence_margin=0.05)
    assert "No number of seeds" not in text_of(much)[1]


def crossed(gaps):
    """Two costs at two widths, confirmed on 20 seeds; the second cost's error is less by these gaps, one a width."""
    rng = np.random.default_rng(3)
    record = a_record(trials=4, confirm_seeds=20)
    runs = []
    for phase, first, seeds in (("search", 0, 5), ("confirm", 100, 20)):
        for slot, combination in enumerate(record.combinations):
            gap = gaps[record.scientific["widths"].index(combination["widths"])]
            errors = 0.1 - gap * (combination["cost"] == "cross_entropy") + rng.normal(0, 0.004, seeds)
            runs.append(
                a_run(record, slot=slot, combination=slot, errors=errors, phase=phase, first_seed=first)
            )
    return a_study(record, runs)


def test_a_difference_depends_on_the_width_only_where_the_difference_of_differences_is_shown():
    answer, _ = text_of(crossed((0.03, 0.0)))
    assert re.search(
        r"The difference between quadratic and cross-entropy depends on the widths: quadratic − cross-entropy is "
        r"[23]\.\d points \[[\d.]+, [\d.]+\] larger with \[8\] than with \[16\]",
        answer,
    )
    assert "other data" not in answer
    wider = with_own_splits(crossed((0.0, 0.03)))
    answer, _ = text_of(wider)
    assert re.search(
        r"quadratic − cross-entropy is [23]\.\d points \[[\d.]+, [\d.]+\] larger with \[16\] than with \[8\]; "
        r"on other data from the same source between [12]\.\d and [34]\.\d points\.",
        answer,
    )
    findings = reach_verdict(read_tables(crossed((0.03, 0.03)))).findings
    (interaction,) = findings.interactions
    assert not interaction.shown
    assert interaction.difference.low < 0 < interaction.difference.high
    one, other = findings.comparisons["cost"]
    mixed = [one, replace(other, outcome="undecided")]
    (text,) = dependence([interaction], mixed, "cost")
    assert text == (
        "Only some comparisons show a difference, but that does not show that a difference depends on the widths: "
        "quadratic − cross-entropy changes "
        f"by {words.difference(interaction.difference)} from [16] to [8], which may be chance."
    )
    assert dependence([interaction], [one, other], "cost") == []


def test_every_finding_of_a_report_is_corrected_for_all_of_them():
    findings = reach_verdict(read_tables(crossed((0.008, 0.003)))).findings
    every = [
        each
        for found in (findings.comparisons, findings.averages)
        for mine in found.values()
        for each in mine
    ]
    p_values = [each.difference.p for each in every] + [each.difference.p for each in findings.interactions]
    corrected = holm([*p_values, *(each.difference.p for each in findings.at_shared_rate)])
    assert [each.p for each in every] == pytest.approx(corrected[: len(every)])
    assert findings.interactions[0].p == pytest.approx(corrected[len(every)])
    assert findings.tests == len(corrected) - len([p for p in corrected if np.isnan(p)])


def test_where_nothing_was_learnt_the_lowest_error_is_said_to_be_of_the_seeds_that_it_is_of():
    record = a_record(scientific={"widths": [[8]]})
    trial = a_run(record, slot=0, errors=(0.9,) * 5)
    fresh = a_run(record, slot=0, errors=(0.95,) * 5, phase="confirm", first_seed=1000)
    lost = "Nothing was learnt: the lowest validation error"
    guessing = "where guessing reaches 90.0 %."
    assert f"{lost} of any trial is 90.0 %, {guessing}" in text_of(a_study(record, [trial]))[0]
    assert f"{lost} on fresh seeds is 95.0 %, {guessing}" in text_of(a_study(record, [trial, fresh]))[0]
