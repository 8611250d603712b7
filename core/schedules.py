"""Learning-rate schedules: factors by which the learning rate is multiplied during training.

t is the share of the training that is done, 0 ≤ t < 1, and f is the final factor: decaying schedules fall from 1
towards f.

Examples:
    >>> [round(SCHEDULES["cosine"](t, 0.1), 3) for t in (0, 0.25, 0.5, 0.75, 1)]
    [1.0, 0.868, 0.55, 0.232, 0.1]
"""

from collections.abc import Callable
from math import cos, floor, pi
from typing import Final

WARM_UP: Final = 0.1
"""Share of the training over which warm_up rises; Goyal et al. (2017), section 2.2, take 5 epochs of 90."""

SCHEDULES: Final[dict[str, Callable[[float, float], float]]] = {
    "constant": lambda _t, _f: 1.0,
    # three equal stretches at 1, √f and f
    "step": lambda t, f: f ** (floor(3 * t) / 2),
    "exponential": lambda t, f: f**t,
    # half a period of the cosine: Loshchilov & Hutter (2017), equation 5, without restarts
    "cosine": lambda t, f: f + (1 - f) * (1 + cos(pi * t)) / 2,
    # from f to 1 in a straight line over the first tenth, then constant
    "warm_up": lambda t, f: min(1.0, f + (1 - f) * t / WARM_UP),
}
