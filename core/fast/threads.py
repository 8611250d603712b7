"""Training on one thread of BLAS.

Two threads add the products of a matrix multiplication in another order than one, so float32 results would depend on
the machine's cores; and NumPy and SciPy each bring a BLAS with threads of its own, which get in each other's way. Cores
are better used by more processes, each with a training of its own.

Examples:
    >>> import numpy as np
    >>> with one_thread():
    ...     product = np.ones((2, 3)) @ np.ones((3, 2))
    >>> product
    array([[3., 3.],
           [3., 3.]])
"""

import sys
from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller(*, with_scipy: bool) -> ThreadpoolController:
    """Looks through all loaded libraries: once, and once more when SciPy's is there (`core.fast.binding` brings it)."""
    del with_scipy
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """A context in which every BLAS in this process uses one thread."""
    return _controller(with_scipy="scipy.linalg" in sys.modules).limit(limits=1, user_api="blas")
