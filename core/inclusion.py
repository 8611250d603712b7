"""Which way of training includes which: a superset tuned long enough cannot be worse than its part (Choi et al., 2020).

Optimisers include others as their entries in `OPTIMISERS` say: AdamW ⊇ Adam ⊇ momentum ⊇ gradient descent, RMSprop ⊇
gradient descent, Nesterov ⊇ gradient descent. Every schedule includes the constant one: there its final factor is 1.

Examples:
    >>> as_part("optimiser", "momentum", "gradient_descent", {"learning_rate": 0.5})
    {'momentum': 0.0}
    >>> as_part("optimiser", "adam", "gradient_descent", {"learning_rate": 0.5}, epsilon=100.0)
    {'epsilon': 100.0, 'beta1': 0.0, 'learning_rate': 50.0}
    >>> as_part("optimiser", "rmsprop", "momentum", {"learning_rate": 0.5}) is None
    True
"""

from collections.abc import Mapping
from typing import Any, Final

from core.descent import OPTIMISERS
from core.parameters import PARAMETERS
from core.schedules import SCHEDULES

LARGE: Final = 1.0
"""From this ε on the part is nearly reached where it is a limit: √s, the root mean square of a weight's gradients, is
rarely above a tenth of it."""

NEAR: Final[Mapping[str, float]] = {
    "momentum": 0.05,
    "beta1": 0.05,
    "weight_decay": 1e-3,
    "schedule_factor": 0.05,
}
"""How far a number may be from the one that makes a superset its part, for training that hardly differs."""


def as_part(
    parameter: str, whole: str, part: str, settings: Mapping[str, Any], epsilon: float = LARGE
) -> dict[str, Any] | None:
    """The numbers with which a superset trains as its part does.

    Args:
        parameter: "optimiser" or "schedule".
        whole: the superset.
        part: what it may include.
        settings: those of the part.
        epsilon: ε, for an optimiser that becomes its part as ε grows.

    Returns:
        Those that the superset needs, beside what it shares with the part; None if it does not include it.
    """
    if parameter == "schedule":
        return {"schedule_factor": 1.0} if part == "constant" != whole and whole in SCHEDULES else None
    known = OPTIMISERS.get(whole) if parameter == "optimiser" else None
    if known is None or known.includes is None:
        return None
    inner = known.includes.part
    between = {} if inner == part else as_part(parameter, inner, part, settings, epsilon)
    if between is None:
        return None
    found = between | known.includes.at({**settings, **between}, epsilon)
    return {name: value for name, value in found.items() if PARAMETERS[name].has_effect({parameter: whole})}
