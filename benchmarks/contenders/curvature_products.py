"""The matrix products of a step and nothing else: no implementation by such products can be faster.

The arrays are there already, contiguous, and the calls are bound to them; of NumPy's ways to call BLAS, `dot` on rows
in C's order costs least. Nothing is gathered, no bias is added, nothing is learnt.
"""

from functools import partial

import numpy as np

from benchmarks.workloads import Problem, Run


def start(problem: Problem) -> Run:
    """For each step: forward every W h, backward every δ hᵀ and, above the first layer, every Wᵀ δ."""
    W = [layer.W[0] for layer in problem.network.layers]
    rng = np.random.default_rng(0)
    h = [rng.normal(size=(n, problem.batch)).astype(W[0].dtype) for n in problem.network.sizes]
    z = [np.empty_like(one) for one in h]
    g = [np.empty_like(one) for one in W]
    calls = [partial(np.dot, W[layer], h[layer], z[layer + 1]) for layer in range(len(W))]
    for layer in reversed(range(len(W))):
        calls.append(partial(np.dot, h[layer + 1], h[layer].T, g[layer]))
        if layer:
            calls.append(partial(np.dot, W[layer].T, h[layer + 1], z[layer]))

    def epoch() -> None:
        for _ in range(problem.steps):
            for call in calls:
                call()

    return Run(epoch, list)
