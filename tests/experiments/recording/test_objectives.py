"""Objectives of known curves."""

from itertools import permutations

import numpy as np
import pytest

from experiments.recording.objectives import mean_of, means, objective_of_each_seed
from experiments.recording.records import RunRecord
from tests.factories import a_run_record


def with_errors(errors: list[list[float]]) -> RunRecord:
    """A record of four planned epochs with these validation errors, a row a seed."""
    curves, seconds = {"validation_error": np.array(errors)}, np.arange(1.0, 1 + len(errors[0]))
    return a_run_record("s", 0, seeds=len(errors), curves=curves, seconds=seconds)


def test_a_seed_that_diverged_counts_as_the_worst_error_and_none_counts_more() -> None:
    record = with_errors([[0.2, np.nan], [0.4, 0.3], [0.9, 7.0]])
    assert objective_of_each_seed(record, "validation_error", None).tolist() == [1.0, 0.3, 1.0]


def test_a_mean_is_that_of_the_finite_values() -> None:
    values = np.array([[0.2, 0.5, np.nan], [0.25, 0.1, np.inf], [0.3, np.nan, np.nan]])
    np.testing.assert_allclose(means(values), [0.25, 0.3, np.nan])


@pytest.mark.parametrize(
    ("errors", "target", "expected"),
    [
        ([0.9, 0.3, 0.1, 0.4], 0.3, 2),
        ([0.9, 0.3, 0.1, 0.4], 0.05, 5),  # never: one more than there are epochs
        ([0.9, np.nan, np.nan, np.nan], 0.5, 5),
        ([0.1, 0.1, 0.1, 0.1], 0.1, 1),
        ([0.9, 0.9, 0.9, 0.1], 0.1, 4),
        ([0.9, 0.8], 0.1, 5),  # pruned
    ],
)
def test_epochs_to_target_is_the_first_epoch_at_or_below_it(
    errors: list[float], target: float, expected: int
) -> None:
    record = with_errors([errors, [0.0] * len(errors)])
    assert objective_of_each_seed(record, "epochs_to_target", target).tolist() == [expected, 1]


def test_where_nothing_was_trained_there_is_no_objective() -> None:
    record = a_run_record("s", 0, seconds=np.zeros(0), curves={})
    assert objective_of_each_seed(record, "validation_error", None).size == 0


def test_the_mean_does_not_depend_on_the_order_of_the_seeds() -> None:
    values = [0.1, 0.2, 0.3, 0.6, 0.7]
    assert len({float(np.mean(order)) for order in permutations(values)}) > 1
    assert {mean_of(order) for order in permutations(values)} == {0.38}
