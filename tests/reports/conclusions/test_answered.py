"""A study that ends when it is answered, from records made up for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.recording.merging_seeds import first_seeds
from experiments.recording.records import RunRecord, StudyRecord
from experiments.task import FRESH
from reports.conclusions import findings as module
from reports.conclusions.answered import looks_taken, unanswered
from reports.conclusions.findings import Earlier, Findings, findings
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import Figures
from reports.page.sections import head
from reports.results.tables import Tables, read_tables
from tests.factories import a_record, a_run

MARGIN = 0.01
NOISE = np.random.default_rng(5).normal(size=(3, 20))


def looked_at(*errors: Sequence[float]) -> StudyRecord:
    """A study of choices whose winners have these errors on fresh seeds."""
    costs = ["quadratic", "cross_entropy", "log_likelihood"][: len(errors)]
    study = a_record(
        scientific={"cost": costs},
        trials=len(errors),
        confirm_seeds=20,
        until="answered",
        equivalence_margin=MARGIN,
    )
    runs = [
        a_run(study, slot=place, combination=place, errors=own, phase=phase, first_seed=seed)
        for place, own in enumerate(errors)
        for phase, seed in (("search", 0), ("confirm", FRESH))
    ]
    return replace(study, runs=tuple(runs))


def fresh(study: StudyRecord) -> list[RunRecord]:
    return study.of_phase("confirm")


def found(study: StudyRecord) -> tuple[Tables, dict[str, list[object]]]:
    tables = read_tables(study)
    return tables, findings(tables, MARGIN).comparisons


def test_what_is_neither_shown_nor_equivalent_is_unanswered() -> None:
    close, far = 0.1 + 0.02 * NOISE[:2, :5], 0.5 + 0.001 * NOISE[2, :5]
    study = looked_at(*close, far)
    assert unanswered(study, fresh(study)) == {0, 1}
    apart = looked_at(0.1 + 0.001 * NOISE[0, :5], 0.2 + 0.001 * NOISE[1, :5], far)
    assert unanswered(apart, fresh(apart)) == set()
    alike = looked_at(0.1 + 0.001 * NOISE[0, :5], 0.1 + 0.001 * NOISE[1, :5], far)
    assert unanswered(alike, fresh(alike)) == set()


def test_a_look_needs_more_than_a_single_test_would() -> None:
    pairs = np.array([0.05, 0.02, 0.045, 0.03, 0.06, 0.035, 0.02])  # p = 0.004 by itself, 0.02 for all looks
    study = looked_at(0.1 + pairs[:5], [0.1] * 5)
    once = replace(study, until="", confirm_seeds=5)
    (looked,), (single,) = (found(each)[1]["cost"] for each in (study, once))
    assert single.p < looked.p
    assert looked.difference.low < single.difference.low < single.difference.high < looked.difference.high
    assert looked.difference.centre == single.difference.centre


def test_what_was_decided_stays_what_it_was_at_that_look() -> None:
    errors = 0.2 + 0.001 * NOISE[0]
    errors[5:] = 0.1 - 0.05 * np.abs(NOISE[0, 5:])  # later seeds say the contrary
    study = looked_at(errors, 0.1 + 0.001 * NOISE[1])
    _, comparisons = found(study)
    (one,) = comparisons["cost"]
    assert (one.outcome, one.difference.n, one.look.place) == ("second", 5, 0)
    assert one.difference.centre == pytest.approx(0.1, abs=0.002)


def test_what_every_look_decides_is_decided_at_the_first() -> None:
    _, comparisons = found(looked_at(0.2 + 0.001 * NOISE[0], 0.1 + 0.001 * NOISE[1]))
    (one,) = comparisons["cost"]
    assert (one.difference.n, one.look.place) == (5, 0)


def test_who_looks_again_and_again_tests_each_look_once_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = looked_at(*(0.1 + 0.02 * NOISE[:2]), 0.11 + 0.01 * NOISE[2])
    looks = [[first_seeds(run, seeds) for run in fresh(study)] for seeds in study.looks]
    looks.append(looks[-1][:2])  # then a choice fails, and what was decided beside it is decided without it
    afresh = [unanswered(study, runs) for runs in looks]
    tested: list[int] = []
    test_all = module._at_once

    def counting(tables: Tables, *arguments: Any, **more: Any) -> Findings:
        tested.append(len(tables.record(min(tables.confirmed.values())).task.seeds))
        return test_all(tables, *arguments, **more)

    monkeypatch.setattr(module, "_at_once", counting)
    earlier: Earlier = {}
    assert [unanswered(study, runs, earlier) for runs in looks] == afresh
    assert tested == [*study.looks, study.looks[-1], *study.looks[:-1]]


def test_a_single_look_takes_every_seed_that_there_is() -> None:
    errors = 0.2 + 0.001 * NOISE[0]
    errors[5:] = 0.1 - 0.05 * np.abs(NOISE[0, 5:])
    study = looked_at(errors, 0.1 + 0.001 * NOISE[1])
    # the file asks for fewer seeds than were trained
    _, comparisons = found(replace(study, until="", confirm_seeds=5))
    (one,) = comparisons["cost"]
    assert (one.difference.n, one.look) == (20, None)


def test_the_report_says_after_how_many_seeds_comparisons_were_decided() -> None:
    close, far = 0.1 + 0.05 * NOISE[:2], 0.5 + 0.001 * NOISE[2, :5]
    tables, comparisons = found(looked_at(*close, far))
    (text,) = looks_taken(tables, comparisons)
    assert (
        "2 decided after 5 seeds and 1 still undecided after the last look. That took 45 networks "
        "instead of 60." in text
    )
    once = replace(looked_at(*close, close[0]), until="")
    assert looks_taken(*found(once)) == []


def test_the_champion_is_the_best_of_winners_with_different_numbers_of_seeds() -> None:
    study = looked_at([0.1] * 5, [0.3] * 20)
    champion = a_run(study, slot=0, errors=[0.1] * 5, phase="champion", first_seed=FRESH)
    tables = read_tables(replace(study, runs=(*study.runs, champion)))
    run = tables.champion()
    assert tables.record(run).task.slot == 0


def test_where_choices_have_different_numbers_of_seeds_the_report_says_so_of_all() -> None:
    shift = np.array([[0.1], [0.12], [0.4]])
    few, many, most = shift + 0.001 * NOISE
    tables = read_tables(replace(looked_at(few[:5], many[:10], most), until=""))
    verdict = reach_verdict(tables)
    picture = Figures(tables, verdict).picture("fair-comparison")
    assert picture is not None
    assert "(5 to 10 pairs of seeds at own best settings" in picture.subtitle
    assert any("paired over 5 to 10 fresh seeds, " in sentence for sentence in verdict.sentences)
    assert "3 winners trained again on 5 to 20 fresh seeds." in head(tables)
