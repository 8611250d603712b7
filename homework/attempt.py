"""The gradient that a slip would give."""

from dataclasses import dataclass

from core import Array
from homework.faulty import Rules
from homework.problem import LayerGradient


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A slip at some layers.

    Attributes:
        says: what went wrong, and where.
        formula: the wrong formula, in LaTeX.
        place: delta, weights, biases or whole: the formula that it spoils first.
        gradient: what comes of it.
        rare: as in `RuleSlip`.
        changes: the wrong rules by layer, if the slip is one of rules.
    """

    says: str
    formula: str
    place: str
    gradient: list[LayerGradient]
    rare: bool = False
    changes: dict[int, Rules] | None = None


def arrays_of(gradient: LayerGradient) -> list[Array]:
    """dC/dW, and dC/db if there is one."""
    return [array for array in (gradient.W, gradient.b) if array is not None]
