"""The arithmetic of training: one BLAS thread, and no numbers that are too small to have all their digits.

A network whose units are saturated has slopes and error signals close to 0. Below the smallest normal number, 10⁻³⁸ in
single precision, a number has fewer digits, and many processors take a hundred cycles for each operation with one: a
step of a network that has died would take up to five times as long as others. No weight of normal size is moved by such
numbers, so they count as 0 here, as they do in XLA and TensorFlow.

Examples:
    >>> import numpy as np
    >>> with arithmetic_of_training():
    ...     power = np.exp(np.float32(800))  # no warning
    >>> power
    np.float32(inf)
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, Structure, byref, c_uint32
from functools import cache
from typing import Final

import numpy as np

from core.fast.threads import one_thread

FLUSH: Final = 1 << 15 | 1 << 6
"""Results, and operands, below the smallest normal number are 0: two bits of the register MXCSR (Intel, Software
Developer's Manual, volume 1, sections 10.2.3.3 and 10.2.3.4)."""


class _Environment(Structure):
    """C's `fenv_t` on x86-64 and Linux."""

    _fields_ = (("x87", c_uint32 * 7), ("mxcsr", c_uint32))


@contextmanager
def arithmetic_of_training() -> Iterator[None]:
    """A context for training and measuring, where what overflows shows in the results and brings no warnings."""
    with one_thread(), without_subnormals(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        yield


@contextmanager
def without_subnormals() -> Iterator[None]:
    """A context in which numbers below the smallest normal one count as 0 in this thread; on x86-64 and Linux only."""
    library = _library()
    if library is None:
        yield
        return
    before, changed = _Environment(), _Environment()
    library.fegetenv(byref(before))
    library.fegetenv(byref(changed))
    changed.mxcsr |= FLUSH
    library.fesetenv(byref(changed))
    try:
        yield
    finally:
        library.fesetenv(byref(before))


@cache
def _library() -> CDLL | None:
    """C's library, if its `fenv_t` is the one above."""
    if sys.platform != "linux" or os.uname().machine != "x86_64" or sys.maxsize < 1 << 32:
        return None
    library = CDLL(None)
    return library if hasattr(library, "fegetenv") and hasattr(library, "fesetenv") else None
