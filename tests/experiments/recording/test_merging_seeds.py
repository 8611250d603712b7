"""Seeds that were trained at different times, as one record."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.recording.merging_seeds import merged, overlaid
from experiments.recording.objectives import mean_of
from experiments.recording.records import RunRecord, StudyRecord
from tests.factories import a_record, a_run_record


def part(record: RunRecord, *rows: int, epochs: int | None = None) -> RunRecord:
    """Some of the seeds of a record, as if only they had been trained."""
    chosen = list(rows)
    return replace(
        record,
        task=replace(record.task, seeds=tuple(record.task.seeds[row] for row in chosen)),
        curves={name: curve[chosen][:, :epochs] for name, curve in record.curves.items()},
        measures={name: values[chosen] for name, values in record.measures.items()},
        diverged_at=record.diverged_at[chosen],
        seconds=record.seconds[:epochs],
        objective=mean_of(record.curves["validation_error"][chosen, -1].tolist()),
    )


def told(record: RunRecord) -> dict[str, Any]:
    """What a record says, but for the seconds."""
    curves = {name: curve.tolist() for name, curve in record.curves.items()}
    return {
        "seeds": record.task.seeds,
        "curves": curves,
        "measures": {name: values.tolist() for name, values in record.measures.items()},
        "diverged": record.diverged_at.tolist(),
        "objective": record.objective,
        "state": record.state,
    }


@pytest.fixture
def whole() -> RunRecord:
    record = a_run_record("merging", 1, seeds=5, diverged_at=np.array([0, 3, 0, 0, 2]))
    record = replace(record, measures={"validation_rmse": np.arange(5) / 4})
    return part(record, 0, 1, 2, 3, 4)


@pytest.mark.parametrize("order", [((0, 1), (2, 3), (4,)), ((2, 3), (4,), (0, 1)), ((0, 1), (0, 1, 2, 3, 4))])
def test_it_is_the_record_of_all_the_seeds_trained_together_in_whatever_order_they_come(
    whole: RunRecord, order: tuple[tuple[int, ...], ...]
) -> None:
    first, *others = (part(whole, *rows) for rows in order)
    for further in others:
        first = merged(first, further, "validation_error", None)
    assert told(first) == told(whole)


def test_the_seconds_add_up(whole: RunRecord) -> None:
    both = merged(part(whole, 0, 1), part(whole, 2, 3, 4), "validation_error", None)
    assert both.seconds == pytest.approx(2 * whole.seconds)
    assert both.started == whole.started


def test_what_is_there_already_is_not_taken_twice(whole: RunRecord) -> None:
    both = merged(part(whole, 0, 1), part(whole, 2, 3), "validation_error", None)
    assert merged(both, part(whole, 2, 3), "validation_error", None) is both


def test_seeds_that_all_diverged_early_have_no_numbers_after_that(whole: RunRecord) -> None:
    short, long = part(whole, 0, 1, epochs=2), part(whole, 2, 3, 4)
    for both in (
        merged(short, long, "validation_error", None),
        merged(long, short, "validation_error", None),
    ):
        errors = both.curves["validation_error"]
        assert np.isnan(errors[:2, 2:]).all()
        assert not np.isnan(errors[:2, :2]).any()
        assert both.objective == pytest.approx((2 + errors[2:, -1].sum()) / 5)
        assert both.seconds[-1] == pytest.approx(whole.seconds[-1] + whole.seconds[1])


def test_further_seeds_that_failed_leave_it_as_it_is_and_say_why(whole: RunRecord) -> None:
    first = part(whole, 0, 1)
    failed = replace(part(whole, 2, 3), state="failed", reason="planted", curves={}, objective=None)
    kept = merged(first, failed, "validation_error", None)
    assert told(kept) == told(first)
    assert kept.reason == "further seeds (2, 3) failed: planted"


@pytest.fixture
def study() -> StudyRecord:
    return a_record("merging")


def test_laid_over_what_is_recorded_each_run_is_there_once(whole: RunRecord, study: StudyRecord) -> None:
    recorded, new = a_run_record("merging", 2), a_run_record("merging", 3)
    found = overlaid({whole.task.run_key: whole, recorded.task.run_key: recorded}, [new, recorded], study)
    assert found == {one.task.run_key: one for one in (whole, recorded, new)}


@pytest.mark.parametrize("first_is_recorded", [True, False])
def test_further_seeds_that_wait_become_one_run_with_the_first_in_whatever_order_they_are_found(
    whole: RunRecord, study: StudyRecord, first_is_recorded: bool
) -> None:
    first, *further = (part(whole, *rows) for rows in ((0, 1), (2, 3), (4,)))
    further = [replace(one, started=one.started + 1000) for one in further]
    recorded = {first.task.run_key: first} if first_is_recorded else {}
    waiting = [*reversed(further), *([] if first_is_recorded else [first])]
    (found,) = overlaid(recorded, waiting, study).values()
    assert told(found) == told(whole)
    assert found.started == first.started


def test_a_run_that_failed_gives_way_to_the_next_attempt_that_waits(
    whole: RunRecord, study: StudyRecord
) -> None:
    failed = replace(whole, state="failed", objective=None, started=whole.started - 1)
    assert overlaid({whole.task.run_key: failed}, [whole], study) == {whole.task.run_key: whole}


def test_seeds_of_a_users_own_trainer_need_not_end_or_be_measured_alike() -> None:
    """Seed 0 had two epochs and was measured; seed 1 had all four and was not; both stand in one record."""
    curve = np.array([[0.4, 0.3, 0.2, 0.1]])
    shared = {"trainer": "my:train", "fixed": {"epochs": 4}, "diverged_at": np.zeros(1, np.int64)}
    short = a_run_record(
        "own", 1, seeds=1, epochs=2, **shared, stopped_at=np.array([2]), kept_epoch=np.array([2]),
        curves={"validation_error": curve[:, :2], "train_error": curve[:, :2], "loss": curve[:, :2]},
    )  # fmt: skip
    long = a_run_record("own", 1, seeds=1, **shared, curves={"validation_error": curve})
    long = replace(long, task=replace(long.task, seeds=(1,)))
    for one, other in ((short, long), (long, short)):
        both = merged(one, other, "validation_error", None)
        assert both.curves["validation_error"].tolist() == [[0.4, 0.3, 0.3, 0.3], curve[0].tolist()]
        assert both.curves["train_error"][0].tolist() == [0.4, 0.3, 0.3, 0.3]
        assert np.isnan(both.curves["loss"][1]).all()
        assert (both.stopped_at.tolist(), both.kept_epoch.tolist()) == ([2, 0], [2, 4])
        assert both.objective == pytest.approx(0.2)
