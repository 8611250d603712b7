"""How many networks of a grown study are known beforehand: counted, with nothing trained."""

from typing import Any

import pytest

from experiments.recording.records import RunRecord
from studies.file.study_file import from_content
from studies.running.additions import additions, was_of
from studies.running.extension import Extension
from studies.running.foreseen import Foreseen, foreseen
from studies.running.plan import Plan, plan
from studies.space.samplers import SAMPLERS
from studies.space.tried import beforehand
from tests.factories import DATA
from tests.studies.bowl import record_of
from tests.studies.plans import content

RATE = {"low": 0.01, "high": 100.0, "log": True}
COSTS = ["quadratic", "cross_entropy"]
BEFORE: dict[str, Any] = {"scientific": {"cost": COSTS}, "nuisance": {"learning_rate": RATE}}


def tables(search: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    found = content(**changes)
    found["search"] = {**BEFORE, **(search or {})}
    return found


def recorded(laid_out: Plan) -> list[RunRecord]:
    """The trials of the small study, and its default settings if there are any."""
    file = laid_out.file
    sampler = SAMPLERS["random" if SAMPLERS[file.sampler.name].learns else file.sampler.name]
    found = []
    for place, space in enumerate(laid_out.spaces):
        points = beforehand(sampler, space, laid_out.budgets[place], file.sampler.seed)
        tasks = [laid_out.task("search", place, index, space.decode(one)) for index, one in enumerate(points)]
        tasks += [laid_out.default_task(place, 3)] if laid_out.defaults else []
        found += [record_of(task, "complete", 0.1) for task in tasks]
    return found


def ahead(small: dict[str, Any], large: dict[str, Any]) -> Foreseen:
    before, now = (plan(from_content(one, "a.toml"), DATA) for one in (small, large))
    found = additions(before.design, now.design, now.file)
    assert not found.refused
    grown = Extension(now, (before.design,), found.added, found.longer, was_of(now.file, before.design))
    return foreseen(grown, recorded(before))


TRIALS = 12 * 2
"""Networks of the trials of the small study, six trials for each cost, of two seeds."""


@pytest.mark.parametrize(
    ("search", "changes", "known", "new"),
    [
        ({"scientific": {"cost": [*COSTS, "log_likelihood"]}}, {"study": {"trials": 18}}, TRIALS, 6 * 2),
        ({"scientific": {"cost": [*COSTS, "log_likelihood"]}}, {"study": {"trials": 12}}, 8 * 2, 4 * 2),
        ({"nuisance": {"learning_rate": {**RATE, "high": 1000.0}}}, {}, 0, TRIALS),
        ({}, {"training": {"epochs": 10}}, 0, TRIALS),
        (
            {"scientific": {"cost": [*COSTS, "log_likelihood"]}},
            {"study": {"trials": 18, "seeds": 3}},
            TRIALS,
            18 * 3 - TRIALS,
        ),
        (
            {"enqueue": [{"learning_rate": 0.5, "cost": "quadratic"}]},
            {"study": {"trials": 14}},
            TRIALS,
            2 * 2 + 2,
        ),
    ],
)
def test_trials_are_known_if_their_settings_and_seeds_are_recorded(
    search: dict[str, Any], changes: dict[str, Any], known: int, new: int
) -> None:
    found = ahead(tables(), tables(search, **changes))
    assert (found.known, found.new) == (known, new)
    assert found.longer == ("training" in changes)
    assert found.after == 4 * 3 if "log_likelihood" in str(search) else 3 * 3


def test_where_a_sampler_learns_the_earlier_trials_are_the_first_ones() -> None:
    tpe = {"sampler": {"name": "tpe"}}
    wide = {"nuisance": {"learning_rate": {**RATE, "high": 1000.0}, "l2": {"low": 0.0, "high": 0.1}}}
    assert ahead(tables(**tpe), tables(wide, **tpe, study={"trials": 16})).known == TRIALS
    assert ahead(tables(**tpe), tables(wide, **tpe, study={"trials": 10})).known == 10 * 2


def test_default_settings_are_known_with_their_fresh_seeds() -> None:
    defaults = {"study": {"default_setting": True, "trials": 18}}
    large = tables({"scientific": {"cost": [*COSTS, "log_likelihood"]}}, **defaults)
    found = ahead(tables(study={"default_setting": True}), large)
    assert (found.known, found.new) == (TRIALS + 2 * 5, 6 * 2 + 5)
