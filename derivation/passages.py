"""The parts of a worked derivation: a sequence of blocks that every format renders in its own way.

Texts are sentences in which a formula stands between dollar signs. Numbers stay numbers until they are rendered.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Final, Literal

from core import Array
from derivation.decimals import Decimals, is_finite, precisely

Way = Literal["as_written", "matrix_form", "difference"]
WAYS: Final[tuple[Way, ...]] = ("as_written", "matrix_form", "difference")

AGREE: Final = 1e-7
"""Disagreement below which ways agree: ten times what round-off in a difference can explain."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title (level 1) or a section's heading (level 2 or 3)."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Passage:
    """A quotation from the founding text, or from its notebook, that the next blocks work out."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula on a line of its own, in LaTeX."""

    latex: str


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A number, vector or matrix with its name.

    Attributes:
        name: a formula, in LaTeX.
        value: (), (N,) or (N_this, N_previous), in float64 or in decimals.
    """

    name: str
    value: Array | Decimals

    @property
    def shape(self) -> str:
        """`number`, `3` or `2 × 3`."""
        return " × ".join(map(str, self.value.shape)) or "number"


@dataclass(frozen=True, slots=True)
class Quantities:
    """Quantities, one after the other."""

    caption: str
    items: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A derivative, computed in three ways.

    Attributes:
        name: the derivative, in LaTeX.
        as_written: by the chain rule as the text writes it, product by product, in decimals; not finite where the
            formula cannot be computed.
        matrix_form: by backpropagation, in float64.
        difference: by a finite difference, in float64.
    """

    name: str
    as_written: Decimal
    matrix_form: float
    difference: float

    @property
    def right(self) -> Decimal:
        """The judge of the others: the chain rule as written, or backpropagation if that cannot be computed."""
        return self.as_written if self.as_written.is_finite() else Decimal(self.matrix_form)


@dataclass(frozen=True, slots=True)
class Checks:
    """Derivatives of one quantity, each in three ways.

    A difference has an absolute round-off, so the relative error of a derivative far below the others means nothing.
    Therefore disagreement is relative to the derivative, to a thousandth of the largest, or to a hundred-thousandth
    of the value that is differentiated, whichever is largest. Below `AGREE` the ways agree.

    Attributes:
        caption: a title.
        items: the derivatives.
        value: the size of the numbers in the differences; round-off is a share of it.
    """

    caption: str
    items: tuple[Check, ...]
    value: float

    def off(self, check: Check, way: Way) -> float:
        """How far a way is from the right number, relative to the derivative; inf if it gives no finite number."""
        found, right = Decimal(getattr(check, way)), check.right
        if not (found.is_finite() and right.is_finite()):
            return inf
        with precisely():
            apart = abs(found - right)
            return float(apart / max(abs(right), self._least)) if apart else 0.0

    def disagreement(self, check: Check) -> float:
        """How far the ways that give a finite number are apart, relative to the derivative; inf if only one does."""
        found = [self.off(check, way) for way in WAYS if is_finite(getattr(check, way))]
        return max(found) if len(found) > 1 else inf

    @property
    def worst(self) -> float:
        """The largest disagreement."""
        return max(map(self.disagreement, self.items))

    def worst_of(self, way: Way) -> float:
        """The largest error of one way."""
        return max(self.off(each, way) for each in self.items)

    def workable(self, way: Way) -> bool:
        """Whether a way gives finite numbers."""
        return all(is_finite(getattr(each, way)) for each in self.items)

    @property
    def _least(self) -> Decimal:
        sizes = [abs(each.right) for each in self.items if each.right.is_finite()]
        return max(max(sizes) / 1000, Decimal(self.value) / 100_000)


@dataclass(frozen=True, slots=True)
class Table:
    """Anything else in columns; the cells of `numeric` columns are aligned to the right."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


Block = Heading | Passage | Sentences | Formula | Quantities | Checks | Table
