"""What a report says of choices that successive rejects gave different numbers of trials."""

import numpy as np

from experiments.task import FRESH
from reports.conclusions import rejects
from reports.conclusions.verdict import reach_verdict
from reports.results.tables import Tables, read_tables
from tests.factories import a_record, a_run, a_study

LUCK = 0.002 * np.linspace(-1, 1, 10)
COSTS = ["quadratic", "cross_entropy", "absolute"]


def searched(counts: tuple[int, ...], budget: str = "successive_rejects") -> Tables:
    """Choices with so many trials each, whose winners differ clearly on fresh seeds."""
    record = a_record(scientific={"cost": COSTS}, trials=sum(counts), budget=budget, default_setting=True)
    runs = []
    for place, count in enumerate(counts):
        level = 0.1 + 0.2 * place
        runs += [
            a_run(
                record,
                slot=3 * number + place,
                combination=place,
                errors=[level + 0.0001 * number] * 5,
                nuisance={"learning_rate": 1.0 + number},
            )
            for number in range(count)
        ]
        fresh = level + LUCK * (1 + place)
        runs.append(
            a_run(record, slot=place, combination=place, phase="confirm", errors=fresh, first_seed=FRESH)
        )
    runs.sort(key=lambda run: run.task.phase == "confirm")
    return read_tables(a_study(record, runs))


def test_who_was_given_up_and_after_how_many_trials_is_said() -> None:
    (text,) = rejects.sentences(searched((12, 12, 6)))
    assert "(absolute after 6 trials)" in text
    assert "quadratic and cross-entropy had all 12" in text
    assert rejects.sentences(searched((12, 12, 6), budget="")) == []


def test_the_numbers_of_trials_are_among_the_doubts_once() -> None:
    warnings = " ".join(reach_verdict(searched((12, 12, 6))).warnings)
    assert warnings.count("6 to 12 trials, as successive rejects gave them") == 1
    assert "not searched equally" not in warnings
    assert "not searched equally" in " ".join(reach_verdict(searched((12, 12, 6), budget="")).warnings)


def test_only_choices_with_as_many_trials_are_said_to_differ_when_tuned_again() -> None:
    tables = searched((12, 12, 6))
    verdict = reach_verdict(tables)
    told = {
        frozenset(tables.row(run)["choice"] for run in each.settings.runs): each.difference.has_interval
        for each in verdict.again
    }
    assert told == {frozenset({0, 1}): True, frozenset({0, 2}): False, frozenset({1, 2}): False}
    text = " ".join(verdict.sentences)
    assert (
        "It is not known for 2 of these 3 differences whether the choices would differ if they were tuned again"
        in text
    )
    assert "Tuned again with as many trials each" in text
    equal = reach_verdict(searched((12, 12, 6), budget=""))
    assert all(each.difference.has_interval for each in equal.again)
