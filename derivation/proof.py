"""What an erratum comes to in numbers."""

from dataclasses import dataclass

from core import Array


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What an erratum comes to.

    Attributes:
        quantity: what is compared, a sentence with formulas between dollar signs.
        printed: by the form that is printed.
        right: by the right form.
        true: without either.
        how: how the true one was found.
        so: what else the numbers show; may be empty.
    """

    quantity: str
    printed: Array
    right: Array
    true: Array
    how: str = "differences"
    so: str = ""
