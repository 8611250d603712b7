"""The 95 % interval of a share that was counted: Wilson's (1927), which holds for shares near 0 and 1, too."""

from math import sqrt
from statistics import NormalDist
from typing import Final

NORMAL: Final = NormalDist().inv_cdf(0.975)


def wilson(share: float, independent: float) -> tuple[float, float]:
    """Both ends of the interval.

    Args:
        share: that was counted, from 0 to 1.
        independent: of how many independent answers it is the share; need not be whole.
    """
    spread = NORMAL**2 / independent
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
