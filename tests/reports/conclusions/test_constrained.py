"""A report says what its settings had to meet, and how large networks of the same size are."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from experiments.recording.records import StudyRecord
from experiments.store.metrics import study_parameters
from experiments.store.study_record import study_from_json, study_to_json
from reports.conclusions.constrained import conditions, sentences
from reports.conclusions.sealing import deviations, seal_text
from reports.conclusions.tuning_gain import not_run
from reports.conclusions.verdict import reach_verdict
from reports.page.appendix import repeat_section
from reports.page.sections import head
from reports.paper.kit import paper_kit
from reports.results.tables import read_tables
from tests.factories import STARTED, a_record, a_run, a_study

WIDTHS = {1: 64, 2: 41, 4: 29}
WEIGHTS = {1: 4810, 2: 4807, 4: 4795}


def of_depths(**changes: Any) -> StudyRecord:
    """A study of three depths, whose widths were worked out, with two trials each and confirmed winners."""
    combinations = tuple({"depth": depth, "width": width} for depth, width in WIDTHS.items())
    record = a_record(
        scientific={"depth": list(WIDTHS), "width": list(WIDTHS.values())},
        combinations=combinations,
        same="weights",
        trials=6,
        **changes,
    )
    runs = [
        a_run(
            record,
            slot=slot,
            combination=slot % 3,
            nuisance={"learning_rate": 0.1 * (1 + slot // 3)},
            errors=[0.05 + 0.01 * (slot % 3) + 0.001 * seed for seed in range(10)],
            phase=phase,
            parameters=WEIGHTS[combinations[slot % 3]["depth"]],
        )
        for phase, slots in (("search", 6), ("confirm", 3))
        for slot in range(slots)
    ]
    return a_study(record, runs)


def constrained(**changes: Any) -> StudyRecord:
    return a_record(constraints=("weights <= 5000", "width_2 <= width_1"), feasible=(0.123, 0.48), **changes)


def test_the_answer_holds_for_settings_that_meet_the_constraints() -> None:
    study = a_study(constrained(fixed={"epochs": 8}), [a_run(constrained(), slot=0)])
    verdict = reach_verdict(read_tables(study))
    within = "8 epochs, settings with weights <= 5000 and width_2 <= width_1, one split"
    assert within in verdict.sentences[-1]
    assert within in verdict.sure["It holds for"]
    assert conditions(a_record()) == []
    assert sentences(read_tables(a_study(a_record(), [a_run(a_record(), slot=0)]))) == []


def test_the_page_and_the_methods_say_them_with_the_share_that_meets_them() -> None:
    record = constrained()
    tables = read_tables(a_study(record, [a_run(record, slot=0)]))
    said = (
        "Every setting met “weights <= 5000” and “width_2 <= width_1”, as 12.3 % to 48.0 % of the settings in the "
        "ranges do."
    )
    assert said in head(tables)
    paper = {
        name: content.decode() for name, content in paper_kit(tables, reach_verdict(tables), "0" * 64).items()
    }
    assert r"Every setting met ``weights \textless{}= 5000'' and" in paper["paper/methods.tex"]
    assert r"constraints: weights \textless{}= 5000; width\_2" in paper["paper/checklist.tex"]
    rows = dict(repeat_section(tables).grids[0].rows)
    assert rows["constraints"] == "weights <= 5000; width_2 <= width_1"
    alike = sentences(read_tables(a_study(replace(record, feasible=(0.5, 0.5)), [a_run(record, slot=0)])))
    assert alike[0].endswith(", as 50.0 % of the settings in the ranges do.")


def test_depths_of_the_same_size_are_compared_with_each_other_and_their_weights_told() -> None:
    tables = read_tables(of_depths())
    assert tables.design.series == "depth"
    assert tables.design.panels == ()
    assert tables.design.companions == {"width": "depth"}
    assert [each.pair for each in reach_verdict(tables).findings.comparisons["depth"]]
    (said,) = sentences(tables)
    assert said == (
        "All choices have nearly the same number of weights and biases: 4,810 (depth 1, width 64), "
        "4,807 (depth 2, width 41) and 4,795 (depth 4, width 29); they differ by 0.3 % at most."
    )
    assert "equal numbers of weights" in reach_verdict(tables).sentences[-1]


def test_widths_that_were_compared_by_themselves_still_are() -> None:
    assert "width" not in read_tables(replace(of_depths(), same="")).design.companions


def test_where_no_default_setting_was_trained_it_may_be_for_the_constraint() -> None:
    tables = read_tables(a_study(constrained(), [a_run(constrained(), slot=0)]))
    assert "(nobody asked for them, or one breaks a constraint)" in not_run(tables)[0]


def test_they_are_recorded_sealed_and_among_mlflows_parameters() -> None:
    record = constrained(same="weights", asked=12)
    assert study_from_json(study_to_json(record)) == record
    found = study_parameters(record)
    assert (found["constraint"], found["same"]) == ("weights <= 5000; width_2 <= width_1", "weights")
    assert not {"constraint", "same"} & study_parameters(a_record()).keys()
    seal = seal_text(record, "digits-search", datetime.fromtimestamp(STARTED / 1000 - 60, UTC))
    changed = replace(record, constraints=("weights <= 9000",), seals=(seal,))
    kinds = [one.kind for one in deviations(a_study(changed, [a_run(changed, slot=0)]))]
    assert "constraints: constraint" in kinds
