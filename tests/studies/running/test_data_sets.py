"""Further data sets of a study: remembered from the beginning, marked where they were added, and never removed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from optuna.storages import BaseStorage

from experiments.mistakes import UserError
from studies.running.data_sets import with_data_sets
from studies.running.lane import Lane
from studies.running.plan import Plan
from tests.studies.plans import make_plan

Reopen = Callable[[], BaseStorage]


def on(*further: str, generation: int = 0) -> Plan:
    plan = make_plan(data={"source": "iris", "further": list(further)})
    return replace(plan, generation=generation)


def begin(plan: Plan, storage: BaseStorage) -> Lane:
    return Lane(with_data_sets(plan, storage), 0, storage)


def test_data_sets_that_were_there_from_the_beginning_were_not_added(reopen: Reopen) -> None:
    begin(on("wine"), reopen())
    assert with_data_sets(on("wine"), reopen()).grown == ()


def test_one_that_is_added_is_marked_once_and_remembered(reopen: Reopen) -> None:
    begin(on(), reopen())
    (entry,) = with_data_sets(on("wine"), reopen()).grown
    assert (entry["added"], entry["data_sets"]) == (["data.further: wine"], ["wine"])
    assert (entry["trials"], entry["finished"], entry["combinations"]) == (0, False, [])
    storage = reopen()
    assert with_data_sets(on("wine"), storage).grown == ()  # `extension` reads what is remembered
    assert [each["data_sets"] for each in with_data_sets(on("wine", "digits"), storage).grown] == [
        ["wine"],
        ["digits"],
    ]


def test_one_that_was_removed_is_refused(reopen: Reopen) -> None:
    begin(on("wine", "digits"), reopen())
    with pytest.raises(
        UserError, match=r"data.further: digits was removed; a study that continues keeps every"
    ):
        with_data_sets(on("wine"), reopen())


def test_no_number_depends_on_further_data_sets() -> None:
    assert on("wine").design == on().design
    assert on("wine").run_key == on().run_key
