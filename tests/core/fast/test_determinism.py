"""The same settings and seed give the same bits, in any process and however many threads BLAS was given."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = """
import hashlib, sys
import numpy as np
from core import Examples, Purpose, Settings, generators, initialise, train

rng = np.random.default_rng(0)
data = Examples(rng.normal(size=(200, 300)), np.eye(10)[rng.integers(0, 10, 300)].T)
settings = Settings(cost="cross_entropy", learning_rate=0.5, epochs=2, batch_size=64, optimiser=sys.argv[2])
digest = hashlib.sha256()
for units in (8, 150):  # the large one brings a BLAS of its own, when all is limited already
    start = initialise((200, units, 10), generators(1, range(3), Purpose.INITIALISATION), dtype=sys.argv[1])
    for epoch in train(start, data, data, settings, generators(1, range(3), Purpose.SHUFFLE)):
        for layer in epoch.network.layers:
            digest.update(np.ascontiguousarray(layer.W).tobytes())
        digest.update(epoch.train_cost.tobytes() + epoch.gradient_norm.tobytes())
print(digest.hexdigest())
"""


def digest(dtype: str, optimiser: str, threads: int, hash_seed: int) -> str:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", SCRIPT, dtype, optimiser]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("optimiser", ["gradient_descent", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_processes_with_one_and_with_four_threads_agree_to_the_last_bit(dtype: str, optimiser: str) -> None:
    assert digest(dtype, optimiser, threads=1, hash_seed=1) == digest(
        dtype, optimiser, threads=4, hash_seed=2
    )


def test_a_digest_tells_two_trainings_apart() -> None:
    first, second = (digest("float32", optimiser, 1, 1) for optimiser in ("gradient_descent", "adam"))
    assert len(first.strip()) == len(hashlib.sha256(np.empty(0)).hexdigest())
    assert first != second
