"""An erratum in numbers."""

from dataclasses import dataclass

from core import Array


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """An erratum in numbers.

    Attributes:
        quantity: the quantity compared, a phrase with formulas between dollar signs.
        printed: its value by the printed form.
        right: its value by the right form.
        true: its value without either form.
        how: how the true value was found.
        so: a further conclusion from the numbers; may be empty.
    """

    quantity: str
    printed: Array
    right: Array
    true: Array
    how: str = "differences"
    so: str = ""
