"""Learning-rate schedules: factors by which the learning rate is multiplied during training.

`done` is the share of the training that is done, 0 ≤ done < 1. Decaying schedules fall from 1 towards `final`.

Examples:
    >>> [round(SCHEDULES["cosine"](done, 0.1), 3) for done in (0, 0.25, 0.5, 0.75, 1)]
    [1.0, 0.868, 0.55, 0.232, 0.1]
"""

from collections.abc import Callable
from math import cos, floor, pi
from typing import Final

WARM_UP: Final = 0.1
"""Share of the training over which warm_up rises; Goyal et al. (2017), section 2.2, take 5 epochs of 90."""

SCHEDULES: Final[dict[str, Callable[[float, float], float]]] = {
    "constant": lambda _done, _final: 1.0,
    # three equal stretches at 1, √final and final
    "step": lambda done, final: final ** (floor(3 * done) / 2),
    "exponential": lambda done, final: final**done,
    # half a period of the cosine: Loshchilov & Hutter (2017), equation 5, without restarts
    "cosine": lambda done, final: final + (1 - final) * (1 + cos(pi * done)) / 2,
    # from `final` to 1 in a straight line over the first tenth, then constant
    "warm_up": lambda done, final: min(1.0, final + (1 - final) * done / WARM_UP),
}
