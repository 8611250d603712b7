import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reports.conclusions import sealing
from reports.conclusions.sealing import deviations, seal_text, standing
from reports.conclusions.verdict import reach_verdict
from reports.page.appendix import seal_section
from reports.results.tables import read_tables
from tests.factories import DATA, STARTED, a_record, a_run, a_study

BEGAN = datetime.fromtimestamp(STARTED / 1000, UTC)
SPLITS = {**DATA, "splits": "each_seed"}
MADE_WITH = {"code": "0123abc", "numpy": "2.4.6", "scipy": "1.16", "scikit_learn": "1.7", "optuna": "5.0"}
RECORD = a_record(asked=12, data=SPLITS, environment={**MADE_WITH, "machine": "here"})
SEALED = seal_text(RECORD, "digits-search", BEGAN - timedelta(hours=1))
"""The runs that `a_run` makes have this digest in their keys."""

COSTS = ["quadratic", "cross_entropy"]


def run_as(*seals, design="search", **changes):
    """The study that was sealed, as it was run with these changes."""
    record = replace(RECORD, **changes)
    if "scientific" in changes:
        record = a_record(
            asked=12, data=SPLITS, environment=RECORD.environment, scientific=changes["scientific"]
        )
    record = replace(record, seals=seals or (SEALED,))
    run = a_run(record, slot=0, run_key=f"{record.name}-{design}-search-000000")
    return replace(a_study(record, [run]), started=changes.get("started", STARTED))


def kinds(study):
    return [each.kind for each in deviations(study)]


def edited(**values):
    """The seal with another value in its promise, and the hash that it had."""
    content = json.loads(SEALED)
    content["promise"] |= values
    return json.dumps(content)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"command": "chainrule study digits.toml --workers 7 --home elsewhere"},
        {"environment": {**RECORD.environment, "machine": "there", "threads": "4", "git_tree": "changed"}},
        {"study_file": "# a comment\n", "trials": 11, "sizes": (3, None)},
        {"data": {**SPLITS, "name": "moved.csv", "source": "another folder"}},
        {"started": STARTED + 10**9},
    ],
)
def test_what_is_as_it_was_sealed_is_confirmatory(changes):
    study = run_as(**changes)
    assert deviations(study) == []
    assert standing(study)[0] == "Confirmatory"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"question": "Which is faster?"}, "question"),
        ({"name": "again"}, "study"),
        ({"equivalence_margin": 0.0051}, "margin"),
        ({"scientific": {"cost": [*COSTS, "huber"], "widths": [[8], [16]]}}, "choices added"),
        ({"scientific": {"cost": COSTS, "widths": [[8]]}}, "choices removed"),
        ({"scientific": {"cost": COSTS[::-1], "widths": [[8], [16]]}}, "order of the choices"),
        (
            {"nuisance": {"learning_rate": {"low": 0.01, "high": 10.0, "log": True}}},
            "ranges: learning rate",
        ),
        ({"nuisance": {**RECORD.nuisance, "momentum": [0.5, 0.9]}}, "ranges: momentum"),
        ({"fixed": {**RECORD.fixed, "epochs": 31}}, "fixed: epochs"),
        ({"sampler": "random"}, "sampler: name"),
        ({"pruner": "median"}, "sampler: pruner"),
        ({"budget": "successive_rejects"}, "sampler: budget"),
        ({"asked": 13}, "trials"),
        ({"seeds": 6}, "seeds: of each trial"),
        ({"study_seed": 1}, "seeds: study seed"),
        ({"confirm_seeds": 20}, "fresh seeds: of each winner"),
        ({"until": "answered"}, "fresh seeds: until"),
        ({"default_setting": True}, "fresh seeds: default setting"),
        ({"data": {**SPLITS, "fingerprint": "sha256:other"}}, "data: fingerprint"),
        ({"data": {**SPLITS, "split_seed": 1}}, "splits: split seed"),
        ({"data": {**SPLITS, "splits": "one"}}, "splits: splits"),
        ({"data": {**SPLITS, "error": "log_loss"}}, "objective: error"),
        ({"objectives": ("validation_error", "weights")}, "objective: beside"),
        ({"environment": {**RECORD.environment, "code": "4567def"}}, "code"),
        ({"trainer": "mine:train"}, "trainer: name"),
        ({"environment": {**RECORD.environment, "trainer": "0123"}}, "trainer: code"),
        ({"environment": {**RECORD.environment, "scikit_learn": "1.8"}}, "packages: scikit-learn"),
        ({"changes": ("numpy 2.4.6 before, 2.4.7 now",)}, "code or packages while it ran"),
        ({"design": "other"}, "another key of the study file"),
        ({"design": "other", "sampler": "random"}, "sampler: name"),
        ({"started": STARTED - 2 * 3_600_000}, "begun before sealing"),
    ],
)
def test_every_deviation_is_named_and_no_other(changes, expected):
    study = run_as(**changes)
    assert kinds(study) == [expected]
    label, sentence = standing(study)
    assert label == "Exploratory"
    assert sentence.startswith(f"1 deviation from what was sealed: {expected} (")


def test_choices_that_have_a_further_parameter_now_are_what_was_sealed_with_the_value_that_it_had():
    batches = [RECORD.fixed["batch_size"], 64]
    study = run_as(scientific={"cost": COSTS, "widths": [[8], [16]], "batch_size": batches})
    (added,) = deviations(study)
    assert added.kind == "choices added"
    assert added.now.count("batch size 64") == len(RECORD.combinations)
    others = run_as(scientific={"cost": COSTS, "widths": [[8], [16]], "batch_size": [64, 128]})
    assert kinds(others) == ["choices added", "choices removed"]


@pytest.mark.parametrize(
    ("seals", "expected"),
    [
        (("", SEALED), ["begun before sealing"]),
        (("", seal_text(RECORD, "digits-search", BEGAN + timedelta(hours=1))), ["begun before sealing"]),
        (("", SEALED, ""), ["begun before sealing", "seal removed"]),
        ((SEALED, edited(margin=0.1)), ["seal replaced"]),
        ((SEALED, ""), ["seal removed"]),
        ((edited(margin=0.1),), ["seal edited", "margin"]),
        ((edited(margin=0.005, more=1),), ["seal edited", "more"]),
        ((SEALED.replace('"sealed": "2025', '"sealed": "2024'),), ["seal edited"]),
        (("no seal",), ["seal edited"]),
        (("[]",), ["seal edited"]),
        ((SEALED.replace('"seal": 1', '"seal": 2'),), ["seal edited"]),
        ((SEALED.replace("T", "T1", 1),), ["seal edited"]),
    ],
)
def test_a_seal_that_was_changed_is_told(seals, expected):
    assert kinds(run_as(*seals)) == expected


def test_another_analysis_is_a_deviation(monkeypatch):
    monkeypatch.setattr(sealing, "analysis_version", lambda: "another")
    assert kinds(run_as()) == ["analysis"]


def test_both_values_are_told_even_if_they_round_alike():
    (told,) = deviations(run_as(equivalence_margin=0.0050000001))
    assert (told.sealed, told.now) == ("0.005", "0.0050000001")


def test_a_sentence_names_three_deviations_and_the_section_lists_all():
    study = run_as(equivalence_margin=0.01, asked=20, seeds=7, sampler="random", question="?")
    sentence = standing(study)[1]
    assert sentence.startswith("5 deviations from what was sealed: question (")
    assert sentence.endswith("; 2 more are in the section on the seal.")
    section = seal_section(study)
    (grid,) = section.grids
    assert [row[0] for row in grid.rows] == [
        "question",
        "margin",
        "sampler: name",
        "trials",
        "seeds: of each trial",
    ]
    assert section.verbatim == (("The seal", SEALED),)


@pytest.mark.parametrize(
    ("committed", "told"), [(timedelta(minutes=-30), True), (timedelta(minutes=30), False), (None, False)]
)
def test_a_commit_counts_if_it_was_made_before_the_first_trial(committed, told):
    commit = f"{'0f' * 20} {(BEGAN + committed).isoformat()}" if committed else ""
    sentence = standing(run_as(seal_commit=commit))[1]
    assert ("commit 0f0f0f0f0f0f" in sentence) == told


def test_the_first_screen_says_it_in_one_sentence():
    tables = read_tables(run_as())
    assert (
        reach_verdict(tables).sure["Confirmatory"].startswith("Question, margin, choices and analysis were")
    )
    without = read_tables(replace(run_as(), seals=()))
    assert (
        reach_verdict(without).sure["Exploratory"]
        == "Question and analysis were not sealed before the first trial."
    )
