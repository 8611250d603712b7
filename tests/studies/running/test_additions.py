"""What may be added to a study that goes on, and what is refused, with the reason."""

from typing import Any

import pytest

from studies.file.study_file import from_content
from studies.running.additions import Additions, additions, was_of
from studies.running.plan import plan
from tests.factories import DATA
from tests.studies.plans import content

RATE = {"low": 0.01, "high": 100.0, "log": True}
COSTS = ["quadratic", "cross_entropy"]
OWN: dict[str, Any] = {
    "study": {"name": "own", "trials": 4},
    "data": {"source": "digits"},
    "trainer": {"python": "a:train", "epochs": 3, "settings": {"dropout": 0.1}},
    "search": {"scientific": {"kind": ["a", "b"]}},
}


def compared(before: dict[str, Any], now: dict[str, Any]) -> Additions:
    one, other = (from_content(tables, "a.toml") for tables in (before, now))
    return additions(plan(one, DATA).design, plan(other, DATA).design, other)


def search(**tables: Any) -> dict[str, Any]:
    """The tables with these of the search in place of theirs."""
    searched = content()["search"]
    return content(search={name: {**searched[name], **values} for name, values in tables.items()} | {
        name: table for name, table in searched.items() if name not in tables
    })  # fmt: skip


@pytest.mark.parametrize(
    ("now", "added"),
    [
        (content(study={"trials": 99, "seeds": 3}), []),
        (
            search(scientific={"cost": ["log_likelihood", *COSTS]}),
            ['search.scientific.cost: ["log_likelihood"]'],
        ),
        (
            search(nuisance={"learning_rate": {**RATE, "high": 1000.0}}),
            ["search.nuisance.learning_rate: 0.01 to 1000.0, 0.01 to 100.0 before"],
        ),
        (
            search(nuisance={"initialisation": ["glorot", "he", "normal"]}),
            ['search.nuisance.initialisation: ["he"]'],
        ),
        (
            search(nuisance={"l2": {"low": 0.0, "high": 0.1, "was": 0.0}}),
            ["search.nuisance.l2: { low = 0.0, high = 0.1, log = false }, 0.0 before"],
        ),
        (
            search(scientific={"activation": {"choices": ["tanh", "sigmoid"], "was": "sigmoid"}}),
            ['search.scientific.activation: ["tanh", "sigmoid"], "sigmoid" before'],
        ),
        (content(training={"epochs": 10}), ["training.epochs: 9 before, 10 now"]),
    ],
)
def test_what_is_added_is_named(now: dict[str, Any], added: list[str]) -> None:
    assert compared(content(), now) == Additions(tuple(added), (), any("epochs" in line for line in added))


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (
            search(scientific={"cost": ["quadratic"]}),
            "was removed; a study that continues keeps every choice",
        ),
        (search(scientific={"cost": COSTS[::-1]}), "the choices are in another order"),
        (search(nuisance={"learning_rate": {**RATE, "low": 0.1}}), "a range may only become wider"),
        (search(nuisance={"learning_rate": {**RATE, "high": 10.0}}), "a range may only become wider"),
        (search(nuisance={"learning_rate": {"low": 0.01, "high": 200.0}}), "log and step stay as they were"),
        (search(nuisance={"learning_rate": [1.0]}), "choices and a range are searched differently"),
        (
            search(nuisance={"l2": {"low": 0.01, "high": 0.1}}),
            "0.0, which it was in the trials so far, is not among",
        ),
        (
            search(nuisance={"l2": {"low": 0.0, "high": 0.1, "was": 0.05}}),
            "it was 0.0 in the trials so far, and not",
        ),
        (search(nuisance={"widths": [[64], [8]]}), "earlier trials had other parameters in its place"),
        (content(training={"epochs": 3}), "epochs may only be added"),
        (content(training={"epochs": 10, "schedule": "cosine"}), "only with a constant schedule"),
        (content(training={"epochs": 10}, pruner={"name": "median"}), "a pruner stops trials"),
        (content(training={"epochs": 10, "early_stopping": {"patience": 2}}), "networks that stop early"),
        (content(sampler={"name": "qmc"}), 'sampler.name: "random" before, "qmc" now'),
        (content(data={"source": "iris"}), 'data.source: "digits" before, "iris" now'),
    ],
)
def test_what_else_changes_is_refused_with_the_reason(now: dict[str, Any], reason: str) -> None:
    assert any(reason in line for line in compared(content(), now).refused)


def test_what_a_parameter_was_is_known_from_the_file_that_fixed_it() -> None:
    fixed = content(training={"l2": 0.05})
    now = search(nuisance={"l2": {"low": 0.0, "high": 0.1}})
    found = compared(fixed, now)
    (line,) = found.added
    assert line.endswith("0.05 before")
    assert not found.refused
    assert was_of(from_content(now, "a.toml"), plan(from_content(fixed, "a.toml"), DATA).design) == {
        "l2": 0.05
    }


def test_a_choice_cannot_be_added_where_successive_rejects_decided_among_those_before() -> None:
    rejecting = {"budget": "successive_rejects", "trials": 30}
    scientific = {"cost": [*COSTS, "log_likelihood"]}
    before = content(study=rejecting) | {"search": search(scientific=scientific)["search"]}
    now = content(study=rejecting) | {
        "search": search(scientific={"cost": [*scientific["cost"], "hellinger"]})["search"]
    }
    assert any("successive rejects dropped" in line for line in compared(before, now).refused)


def test_a_grid_may_become_finer_and_not_coarser() -> None:
    coarse, fine = (content(sampler={"name": "grid"}, study={"trials": trials}) for trials in (12, 24))
    assert compared(coarse, fine).added == ("a finer grid: 24 trials",)
    assert compared(fine, coarse).refused


def test_what_another_trainers_setting_was_is_asked_for_where_nobody_knows() -> None:
    depth: dict[str, Any] = {"layers": {"low": 1, "high": 4}}
    silent, said = ({**OWN, "search": {**OWN["search"], "nuisance": one}} for one in (depth, {}))
    said["search"]["nuisance"] = {"layers": {"low": 1, "high": 4, "was": 2}}
    assert any("say what it was" in line for line in compared(OWN, silent).refused)
    assert compared(OWN, said).added
    file = from_content(said, "a.toml")
    assert was_of(file, plan(from_content(OWN, "a.toml"), DATA).design) == {"layers": 2}
    longer = {**OWN, "trainer": {**OWN["trainer"], "epochs": 5}}
    assert any("your own trainer" in line for line in compared(OWN, longer).refused)


def of_depths(depths: list[int], **more: Any) -> dict[str, Any]:
    return content(
        training={"width": 64},
        search={
            "scientific": {"depth": depths},
            "nuisance": {"learning_rate": RATE},
            "same": "weights",
            **more,
        },
    )


def test_a_further_depth_of_equal_weights_stands_after_the_first_which_gives_the_size() -> None:
    assert compared(of_depths([1, 2]), of_depths([1, 2, 4])).added == ("search.scientific.depth: [4]",)
    (refused,) = compared(of_depths([1, 2]), of_depths([4, 1, 2])).refused
    assert refused.endswith(
        'with same = "weights" all have the size of the first depth; a further one stands after it'
    )


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        (["weights <= 5000"], ["weights <= 8000"], '"weights <= 5000" before, "weights <= 8000" now'),
        (["weights <= 5000"], [], '"weights <= 5000" before, none now'),
        (["weights < 900", "units < 9"], ["units <= 9"], '"weights < 900" and "units < 9" before, "units <= 9" now'),
    ],
)  # fmt: skip
def test_constraints_may_become_looser(before: list[str], now: list[str], line: str) -> None:
    assert compared(under(before), under(now)) == Additions((f"search.constraint: {line}",), ())


@pytest.mark.parametrize(
    ("before", "now", "broken"),
    [
        (["weights <= 5000"], ["weights <= 3000"], '"weights <= 3000"'),
        ([], ["weights <= 5000"], '"weights <= 5000"'),
        (["weights <= 5000"], ["weights <= 8000", "units <= 9"], '"units <= 9"'),
    ],
)
def test_constraints_that_earlier_trials_may_break_are_refused_and_named(
    before: list[str], now: list[str], broken: str
) -> None:
    found = compared(under(before), under(now))
    assert found.added == ()
    (line,) = found.refused
    assert line.startswith("search.constraint: ")
    assert line.endswith(f"earlier trials may break {broken}")


def test_a_constraint_on_what_the_search_no_longer_has_is_refused_with_the_reason() -> None:
    own = {**OWN, "search": {**OWN["search"], "constraint": "dropout <= 0.5"}}
    gone = {**OWN, "trainer": {**OWN["trainer"], "settings": {}}}
    refused = compared(own, gone).refused
    assert any('the one before cannot be read now: unknown name "dropout"' in line for line in refused)


def under(constraints: list[str]) -> dict[str, Any]:
    """A study of small networks under these constraints."""
    searched = {**content()["search"], **({"constraint": constraints} if constraints else {})}
    return content(search=searched, training={"widths": [3]})
