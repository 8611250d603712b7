"""The contenders that need no further package train what ours trains; a mistake in one is found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.contenders import OF_MANY, OF_ONE, OURS
from benchmarks.peer_agreement import disagreement
from benchmarks.workloads import Problem, Run, Workload, problem

SMALL = Workload((12, 7, 5, 3), batch=4, steps=6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OF_ONE)
def test_every_way_to_train_one_network_agrees_with_ours(name: str, dtype: str) -> None:
    assert disagreement(problem(SMALL, dtype), OF_ONE[name]) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OF_MANY)
def test_every_way_to_train_a_population_agrees_with_ours(name: str, dtype: str) -> None:
    assert disagreement(problem(SMALL, dtype, members=3), OF_MANY[name]) is None


def test_a_product_that_is_flagged_as_invalid_though_it_is_right_brings_no_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = np.dot

    def flagged(*operands: Any) -> Any:
        np.subtract(np.inf, np.inf)
        return right(*operands)

    monkeypatch.setattr(np, "dot", flagged)
    OF_ONE["Nielsen, as printed"](problem(SMALL, "float32")).epoch()


def test_training_with_other_batches_is_found() -> None:
    def wrong(given: Problem) -> Run:
        return OF_ONE[OURS](replace(given, batch=2 * given.batch))

    assert "differs from ours" in str(disagreement(problem(SMALL, "float64"), wrong))


def test_training_in_another_precision_is_found() -> None:
    def wrong(_: Problem) -> Run:
        return OF_ONE[OURS](problem(SMALL, "float64"))

    assert "does not keep float32" in str(disagreement(problem(SMALL, "float32"), wrong))


def test_training_another_network_is_found() -> None:
    def wrong(given: Problem) -> Run:
        run = OF_ONE[OURS](given)
        return Run(run.epoch, lambda: run.parameters()[:-1])

    assert "other shapes" in str(disagreement(problem(SMALL, "float64"), wrong))


@pytest.mark.parametrize("place", range(6))
def test_a_parameter_that_is_not_a_number_is_found(place: int) -> None:
    def wrong(given: Problem) -> Run:
        run = OF_ONE[OURS](given)

        def parameters() -> list[Any]:
            found = [one.copy() for one in run.parameters()]
            found[place][0] = np.nan
            return found

        return Run(run.epoch, parameters)

    assert "differs from ours by nan" in str(disagreement(problem(SMALL, "float64"), wrong))
