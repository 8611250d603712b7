"""Numbers without all their digits count as 0 in training, and nowhere else."""

import platform
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from core import Examples, Purpose, Settings, evaluate, generators, initialise, train
from core.fast.arithmetic import arithmetic_of_training, without_subnormals

X86 = sys.platform == "linux" and platform.machine() == "x86_64"
only_there = pytest.mark.skipif(not X86, reason="only x86-64 and Linux are told how to compute")

SIZES = [1, 3, 16, 37]
DTYPES = [np.float32, np.float64]


def half_of_smallest(size: int, dtype: type) -> NDArray[np.floating]:
    """What lies half way between 0 and the smallest normal number."""
    return np.full(size, np.finfo(dtype).tiny, dtype) / dtype(2)


@only_there
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES)
def test_results_and_operands_below_the_smallest_normal_number_are_0(size: int, dtype: type) -> None:
    subnormal = half_of_smallest(size, dtype)
    assert (subnormal > 0).all()
    with without_subnormals():
        results = (
            half_of_smallest(size, dtype),
            np.exp(np.full(size, np.log(np.finfo(dtype).tiny) - 2, dtype)),
        )
        of_operands = subnormal * dtype(4), subnormal.reshape(-1, 1) @ np.full((1, 2), dtype(4))
    for found in (*results, *of_operands):  # compared here: there a subnormal number equals 0
        assert (found == 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_all_is_as_before_after_an_error_and_after_the_outer_of_two(dtype: type) -> None:
    with pytest.raises(ZeroDivisionError), without_subnormals():
        raise ZeroDivisionError
    assert half_of_smallest(1, dtype) > 0
    with without_subnormals():
        with without_subnormals():
            pass
        assert (half_of_smallest(1, dtype) == 0) == X86
    assert half_of_smallest(1, dtype) > 0


def test_another_thread_computes_as_before() -> None:
    with ThreadPoolExecutor(1) as other:
        other.submit(int).result()  # it is there
        with without_subnormals():
            found = other.submit(half_of_smallest, 1, np.float32).result()
    assert found.view(np.uint32) > 0


def test_what_overflows_gives_no_warning_and_infinity() -> None:
    with arithmetic_of_training():
        assert np.float32(3e38) * np.float32(3e38) == np.inf


def subnormal_target() -> Examples:
    """δ = −y is subnormal, and dC/dW = δ x would be a tenth."""
    return Examples(np.full((1, 4), 1e38, np.float32), np.full((1, 4), 1e-39, np.float32))


@only_there
@pytest.mark.parametrize("plain", [True, False])
def test_training_takes_them_for_0_and_who_sees_its_epochs_does_not(*, plain: bool) -> None:
    network = initialise(
        (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False, dtype=np.float32
    )
    network.layers[0].W[...] = 0
    settings = Settings(cost="quadratic", learning_rate=1.0, epochs=2, batch_size=2, error="unexplained")
    orders = generators(0, [0], Purpose.SHUFFLE)
    epochs = train(network, subnormal_target(), None, settings, orders, plain=plain)
    for epoch in epochs:
        assert half_of_smallest(1, np.float32) > 0
        assert epoch.network.layers[0].W == 0


@only_there
def test_so_does_measuring() -> None:
    network = initialise(
        (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False, dtype=np.float32
    )
    network.layers[0].W[...] = 0
    settings = Settings(cost="quadratic", learning_rate=1.0, error="unexplained")
    assert evaluate(network, subnormal_target(), settings, inside=True).gradient_norm == 0
