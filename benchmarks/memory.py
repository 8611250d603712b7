"""Memory of training, divided by the memory that it needs at least."""

import gc
import tracemalloc
from typing import Final

import numpy as np

from benchmarks.contenders.ours import rows_of, steps_of
from benchmarks.workloads import Workload, problem
from core import OPTIMISERS

EPOCHS: Final = 2


def peak_over_need(work: Workload, dtype: str, optimiser: str) -> float:
    """Peak of NumPy's arrays while training, over weights, gradients, optimiser's state and two batches of h.

    The copy of the network that is trained and all arrays that training makes of it are counted; the examples are
    not. Python's own objects, which the peak has too, are taken off as they are at the end: they have one size for
    networks of any. BLAS's own workspace is not seen by tracemalloc.
    """
    given = problem(work, dtype)
    rows = rows_of(given)
    parameters = sum(P.size for layer in given.network.layers for P in (layer.W, layer.b) if P is not None)
    activations = work.batch * sum(work.sizes)
    need = ((2 + OPTIMISERS[optimiser].memories) * parameters + 2 * activations) * given.x.itemsize

    gc.collect()
    tracemalloc.start()
    try:
        steps = steps_of(given, rows, optimiser)
        tracemalloc.reset_peak()
        for _ in range(EPOCHS):
            steps.epoch()
        _, peak = tracemalloc.get_traced_memory()
        objects = tracemalloc.DomainFilter(inclusive=False, domain=np.lib.tracemalloc_domain)
        traces = tracemalloc.take_snapshot().filter_traces([objects]).traces
        return (peak - sum(trace.size for trace in traces)) / need
    finally:
        tracemalloc.stop()
