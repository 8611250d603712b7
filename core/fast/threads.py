"""Training with a single BLAS thread.

Two threads sum the products of a matrix multiplication in a different order from one, so results would depend on the
number of cores. NumPy and SciPy also bring separate BLAS libraries whose threads compete. Cores are better used by
more processes, each with its own training.

Examples:
    >>> import numpy as np
    >>> with one_thread():
    ...     product = np.ones((2, 3)) @ np.ones((3, 2))
    >>> product
    array([[3., 3.],
           [3., 3.]])
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller(*, with_scipy: bool) -> ThreadpoolController:
    """The controller of all loaded BLAS libraries, looked up again once `core.fast.binding` has loaded SciPy's."""
    del with_scipy
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """A context in which every BLAS in this process uses one thread."""
    controller = _controller(with_scipy="scipy.linalg" in sys.modules)
    if all(library.num_threads == 1 for library in controller.lib_controllers if library.user_api == "blas"):
        return nullcontext()
    return controller.limit(limits=1, user_api="blas")


@cache
def small_products() -> bool:
    """Whether OpenBLAS has kernels of their own for products of up to a million multiplications on this processor."""
    return any(
        getattr(library, "architecture", None) in ("SkylakeX", "Cooperlake", "SapphireRapids")
        for library in _controller(with_scipy="scipy.linalg" in sys.modules).lib_controllers
    )
