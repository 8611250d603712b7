"""One step of stochastic gradient descent: gather the batch, forward, backward, update; sigmoid and cross-entropy.

Ours is measured beside the matrix products of the same shapes alone, which no implementation of this design can beat,
and beside scikit-learn's MLPClassifier; and a stack of 32 networks beside one.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.rounds import Timing, interleaved
from core import Purpose, generators, gradient_of, initialise
from core.descent import Descent
from core.examples import Batches, Examples
from core.settings import Settings

STACK = 32
STEPS = 20
"""Steps a call, so that the call itself weighs nothing."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Layer sizes and the batch."""

    sizes: tuple[int, ...]
    batch: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.batch}"


WORKLOADS = (
    Workload((64, 32, 10), 16),
    Workload((784, 30, 10), 10),
    Workload((784, 100, 10), 32),
    Workload((784, 512, 256, 10), 128),
)


def data(work: Workload, dtype: str) -> Examples:
    """Random examples for exactly `STEPS` batches."""
    rng = np.random.default_rng(0)
    m = STEPS * work.batch
    x = rng.normal(size=(work.sizes[0], m)).astype(dtype)
    y = np.eye(work.sizes[-1], dtype=dtype)[:, rng.integers(0, work.sizes[-1], m)]
    return Examples(x, y)


def ours(work: Workload, dtype: str, members: int) -> Callable[[], None]:
    """`STEPS` of our steps for a population."""
    seeds = range(members)
    network = initialise(work.sizes, generators(0, seeds, Purpose.INITIALISATION), dtype=dtype)
    descent = Descent(network, Settings(cost="cross_entropy", learning_rate=0.1), [0.1] * members)
    batches = Batches(data(work, dtype), work.batch)
    rngs = generators(0, seeds, Purpose.SHUFFLE)

    def steps() -> None:
        for _, x, y in batches.in_order_of(rngs):
            descent.step(network, gradient_of(network, x, y, "cross_entropy"), 1.0)

    return steps


def products(work: Workload, dtype: str) -> Callable[[], None]:
    """`STEPS` times the matrix products of a step, into arrays that are there already."""
    rng = np.random.default_rng(0)
    sizes = work.sizes
    W = [rng.normal(size=(n, p)).astype(dtype) for p, n in pairwise(sizes)]
    h = [rng.normal(size=(n, work.batch)).astype(dtype) for n in sizes]
    z = [np.empty_like(one) for one in h]
    g = [np.empty_like(one) for one in W]

    def steps() -> None:
        for _ in range(STEPS):
            for layer in range(len(W)):
                np.matmul(W[layer], h[layer], out=z[layer + 1])
            for layer in reversed(range(len(W))):
                np.matmul(h[layer + 1], h[layer].T, out=g[layer])
                if layer:
                    np.matmul(W[layer].T, h[layer + 1], out=z[layer])

    return steps


def scikit_learn(work: Workload, dtype: str) -> Callable[[], None]:
    """`STEPS` steps of MLPClassifier by partial_fit."""
    examples = data(work, dtype)
    x, y = np.ascontiguousarray(examples.x.T), examples.y.argmax(axis=0)
    model = MLPClassifier(
        work.sizes[1:-1], activation="logistic", solver="sgd", batch_size=work.batch, momentum=0.0, alpha=0.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.partial_fit(x, y, classes=np.arange(work.sizes[-1]))
    return lambda: model.partial_fit(x, y)


def table(dtype: str) -> Iterator[str]:
    """The rows of the Markdown table, as they are measured."""
    yield f"| {dtype}: layers, batch | µs a step | × its products alone | scikit-learn ÷ ours | one ÷ each of {STACK} |"
    yield "|---|---|---|---|---|"
    for work in WORKLOADS:
        timings = interleaved(
            {
                "ours": ours(work, dtype, 1),
                "stack": ours(work, dtype, STACK),
                "products": products(work, dtype),
                "scikit-learn": scikit_learn(work, dtype),
            }
        )
        mine = timings["ours"]
        each = Timing(tuple(seconds / STACK for seconds in timings["stack"].rounds))
        cells = (
            f"{mine.middle / STEPS * 1e6:.1f}",
            _ratio(mine.over(timings["products"])),
            _ratio(timings["scikit-learn"].over(mine)),
            _ratio(mine.over(each)),
        )
        yield f"| {work} | {' | '.join(cells)} |"


def _ratio(found: tuple[float, float, float]) -> str:
    return f"{found[0]:.2f} [{found[1]:.2f}, {found[2]:.2f}]"
