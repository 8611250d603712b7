"""Curves of a run whose seeds stop early: one that has stopped stands still while others are trained on.

From its end on, a seed's numbers are those of the weights that it keeps. So a mean over the seeds is always over all
of them, and a seed that stopped before it reached a target never reaches it: its weights no longer change. (To take
it for one that is only not yet there would be too hopeful; Gooley et al., 1999.)
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import Settings
from core.measures import is_measured

ON_VALIDATION: Final = "validation_"
"""What the names of curves begin with that are measured after every epoch."""


def as_measured(
    curves: Mapping[str, NDArray[Any]], settings: Mapping[str, Any], *, ended: bool
) -> dict[str, NDArray[Any]]:
    """Curves, (S, E, …), with numbers of the training examples only where those of all seeds are measured.

    Args:
        curves: by name; a seed that stands still has its numbers in every epoch.
        settings: of the run.
        ended: whether every seed has stopped or diverged: the last epoch then has the numbers of all.
    """
    return {
        name: curve if name.startswith(ON_VALIDATION) else _where_due(name, curve, settings, ended=ended)
        for name, curve in curves.items()
    }


def extended(curve: NDArray[Any], epochs: int) -> NDArray[Any]:
    """A curve, (S, E, …), to more epochs: every seed stands still, or has diverged."""
    more = [(0, 0), (0, epochs - curve.shape[1]), *((0, 0) for _ in curve.shape[2:])]
    return np.pad(curve, more, mode="edge")


def _where_due(name: str, curve: NDArray[Any], settings: Mapping[str, Any], *, ended: bool) -> NDArray[Any]:
    epochs = np.arange(1, curve.shape[1] + 1)
    if name == "sharpness":
        due = epochs % settings["sharpness_every"] == 0
    else:
        planned = {key: settings[key] for key in ("epochs", "measure_every") if key in settings}
        of_all = Settings(cost="quadratic", learning_rate=1.0, **planned)  # of which only the epochs matter
        due = np.array([is_measured(int(epoch), of_all) for epoch in epochs], dtype=bool)
    due[-1:] |= ended
    found = np.array(curve, dtype=float)
    found[:, ~due] = np.nan
    return found
