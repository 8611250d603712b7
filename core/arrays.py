"""The type of every array in `core`, and a short `repr` for records that hold arrays.

Examples:
    >>> import numpy as np
    >>> from core import Examples
    >>> Examples(np.zeros((64, 1797)), np.zeros((10, 1797)))
    Examples(x=float64 (64, 1797), y=float64 (10, 1797))
"""

from collections.abc import Iterable
from dataclasses import fields
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""float32 or float64; shapes are those of the notation table in `core/__init__.py`."""

SHOWN: Final = 6
"""Arrays with more numbers than this are shown by their shape only."""


class ShapeError(ValueError):
    """Arrays, layers or settings do not fit together."""


def only_finite(arrays: Iterable[Array], members: int) -> NDArray[np.bool_]:
    """Which members have only finite numbers in these arrays (S, …), as (S,)."""
    finite = np.ones(members, dtype=bool)
    for array in arrays:
        # a sum is not finite if one of its numbers is not; if they are all finite, it may overflow
        if not isfinite(np.add.reduce(array, None)):
            finite &= np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
    return finite


def brief(record: Any) -> str:
    """A record of arrays in one line: a small array with its numbers, a larger one by its kind and shape.

    What is None because it was not given is left out.
    """
    values = {field: getattr(record, field.name) for field in fields(record)}
    given = {
        field.name: value for field, value in values.items() if value is not None or field.default is not None
    }
    return f"{type(record).__name__}({', '.join(f'{name}={_brief(value)}' for name, value in given.items())})"


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size > SHOWN:
            return f"{value.dtype} {value.shape}"
        return " ".join(np.array2string(value, precision=4).split())
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_brief, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_brief(one)}' for key, one in value.items())}}}"
    return repr(value)
