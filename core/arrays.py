"""The type of every array in `core`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""float32 or float64; shapes are those of the notation table in `core/__init__.py`."""


class ShapeError(ValueError):
    """Arrays, layers or settings that do not fit together."""
