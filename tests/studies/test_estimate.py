"""What a study will take, before it is run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from experiments.mistakes import UserError
from experiments.recording.records import RunRecord, State
from experiments.task import Task
from studies import estimate
from studies.estimate import check_memory, seconds_of_training
from studies.file.study_file import from_content
from studies.running.plan import Plan, plan
from tests.factories import DATA
from tests.studies.plans import content, make_plan

GIGABYTE = 10**9


@pytest.fixture(autouse=True)
def _a_machine_of_8_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "_memory", lambda: 8 * GIGABYTE)


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {"widths": [65536, 65536]}},
        {"search": {"scientific": {"widths": [[16], [65536, 65536]]}}},
        {"search": {"scientific": {}, "nuisance": {"widths": [[16], [65536, 65536]]}}},
    ],
)
def test_an_enormous_network_is_refused_wherever_it_is_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(
        UserError, match=r"^error: widths \[65536, 65536\] need about \d+ GB for 2 at once"
    ) as refused:
        check_memory(make_plan(**changes), DATA, workers=2)
    assert "this machine has 8 GB" in str(refused.value)


def test_a_network_of_very_many_layers_is_named_in_short() -> None:
    with pytest.raises(UserError, match=r"^error: widths \[65536, [^\n]{1,60}… need about") as refused:
        check_memory(make_plan(training={"widths": [65536] * 64}), DATA, workers=2)
    assert len(str(refused.value).splitlines()[0]) < 200


def test_an_ordinary_study_fits() -> None:
    check_memory(make_plan(search={"scientific": {"widths": [[16], [64, 32], [1024]]}}), DATA, workers=8)


def test_the_seeds_of_a_default_setting_are_counted_once_more() -> None:
    many = {**DATA, "splits": "each_seed", "examples": {"train": 40_000, "validation": 10_000, "test": 1}}
    each = 50_000 * 64 * 12  # bytes of a seed's examples, 38 MB
    seeds = {"seeds": 70, "confirm_seeds": 60}
    assert 130 * each < 0.7 * 8 * GIGABYTE < 8 * GIGABYTE < 2 * 130 * each
    check_memory(make_plan(study=seeds), many, workers=1)
    with pytest.raises(UserError, match="need about 10 GB for 1 at once of 130 networks each"):
        check_memory(make_plan(study={**seeds, "default_setting": True}), many, workers=1)


def test_where_the_machine_does_not_tell_its_memory_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimate, "_memory", lambda: 0)
    check_memory(make_plan(training={"widths": [65536, 65536]}), DATA, workers=2)


def needed(plan: Plan, widths: list[int], members: int = 2) -> int:
    return estimate._bytes(widths, members, plan, DATA)


def test_a_population_needs_at_least_its_weights_their_gradient_and_what_the_optimiser_remembers() -> None:
    weights = 64 * 5000 + 5000 * 5000 + 5000 * 10
    assert needed(make_plan(), [5000, 5000]) >= 2 * 2 * weights * 4
    adam = make_plan(training={"optimiser": "adam"})
    assert needed(adam, [5000, 5000]) - needed(make_plan(), [5000, 5000]) == 2 * 2 * weights * 4


def test_double_precision_needs_twice_as_much_and_more_members_more() -> None:
    double = make_plan(training={"precision": "float64"})
    assert needed(double, [64]) == 2 * needed(make_plan(), [64])
    assert needed(make_plan(), [64], members=6) == 3 * needed(make_plan(), [64], members=2)


def test_a_full_batch_needs_room_for_its_activations() -> None:
    full = make_plan(training={"batch_size": "full"})
    assert needed(full, [5000]) - needed(make_plan(), [5000]) >= 2 * 5010 * (1077 - 256) * 4


def test_the_worst_of_what_is_searched_counts() -> None:
    searched = make_plan(
        search={
            "scientific": {"precision": ["float32", "float64"]},
            "nuisance": {"optimiser": ["momentum", "adam"]},
        }
    )
    fixed = make_plan(training={"precision": "float64", "optimiser": "adam"})
    assert needed(searched, [64]) == needed(fixed, [64])


def test_every_worker_needs_its_own() -> None:
    laid_out = make_plan(training={"widths": [10_000]})
    check_memory(laid_out, DATA, workers=1)
    with pytest.raises(UserError, match="Fewer --workers"):
        check_memory(laid_out, DATA, workers=1000)


@dataclass
class Clockwork:
    """Each epoch takes as many seconds as its combination and learning rate say; the first takes 100 more."""

    tasks: Sequence[Task]
    clock: list[float]

    def epochs(self) -> Iterator[list[list[float]]]:
        for epoch in range(int(self.tasks[0].settings["epochs"])):
            self.clock[0] += sum(100 * (epoch == 0) + 1 + task.combination for task in self.tasks)
            yield [[0.5]] * len(self.tasks)

    def finish(self, state: State, reason: str = "") -> list[RunRecord]:
        raise AssertionError(f"an estimate records nothing: {state} {reason}")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(estimate, "perf_counter", lambda: now[0])
    return now


def test_the_time_is_that_of_the_second_epoch_of_each_combination(clock: list[float]) -> None:
    laid_out = make_plan()  # 9 epochs of 1 or 2 seconds for 2 seeds; 33 networks in all
    assert seconds_of_training(laid_out, partial(Clockwork, clock=clock)) == pytest.approx(1.5 * 9 / 2 * 33)


@pytest.mark.parametrize(
    ("tables", "company"),
    [
        ({}, 6),
        ({"study": {"trials": 100}}, 16),
        ({"sampler": {"name": "tpe"}}, 2),
        ({"pruner": {"name": "median"}}, 1),
    ],
)
def test_it_is_measured_in_the_company_in_which_trials_will_be(
    tables: dict[str, Any], company: int, clock: list[float]
) -> None:
    seen: list[int] = []

    def start(tasks: Sequence[Task]) -> Clockwork:
        seen.append(len(tasks))
        return Clockwork(tasks, clock)

    seconds_of_training(make_plan(**tables), start)
    assert seen == [company] * 2


def test_where_there_is_one_epoch_the_first_must_do(clock: list[float]) -> None:
    laid_out = make_plan(training={"epochs": 1})
    assert seconds_of_training(laid_out, partial(Clockwork, clock=clock)) == pytest.approx(101.5 / 2 * 33)


def test_epochs_that_are_compared_count_as_they_are(clock: list[float]) -> None:
    tables = content(search={"scientific": {"epochs": [10, 100]}})
    del tables["training"]
    laid_out = plan(from_content(tables, "a"), DATA)
    seconds = seconds_of_training(laid_out, partial(Clockwork, clock=clock))
    assert seconds == pytest.approx((1 * 10 + 2 * 100) / 2 / 2 * laid_out.networks)


def test_this_machine_has_some_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert estimate._memory() > 10**8


@pytest.mark.parametrize("splits", ["each_seed", "one"])
def test_what_each_seed_has_of_large_data_counts_unless_it_is_left_unscaled(splits: str) -> None:
    large = {
        "inputs": 784,
        "examples": {"train": 60_000, "validation": 10_000, "test": 10_000},
        "splits": splits,
    }
    laid_out = make_plan(study={"seeds": 10, "confirm_seeds": 20})
    check_memory(laid_out, {**DATA, **large, "unscaled": True}, workers=2)
    if splits == "one":
        check_memory(laid_out, {**DATA, **large}, workers=2)
        return
    with pytest.raises(
        UserError, match=r"of 20 networks each; this machine has 8 GB\n.*Most are the examples"
    ):
        check_memory(laid_out, {**DATA, **large}, workers=2)
