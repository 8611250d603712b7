"""What a worked derivation is made of: a sequence of blocks that every format renders in its own way.

Texts are sentences in which a formula stands between dollar signs. Numbers stay numbers until they are rendered.
"""

from dataclasses import dataclass

import numpy as np

from core import Array


@dataclass(frozen=True, slots=True)
class Heading:
    """The title (level 1) or a section's heading (level 2 or 3)."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of the founding text, or of its notebook, to which what follows belongs."""

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
        value: (), (N,) or (N_this, N_previous).
    """

    name: str
    value: Array

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
    """A derivative found in three ways.

    Attributes:
        name: the derivative, in LaTeX.
        as_written: by the chain rule as the text writes it, product by product.
        matrix_form: by backpropagation.
        difference: by a finite difference.
    """

    name: str
    as_written: float
    matrix_form: float
    difference: float

    @property
    def spread(self) -> float:
        """The largest of the three less the smallest."""
        three = (self.as_written, self.matrix_form, self.difference)
        return max(three) - min(three)


@dataclass(frozen=True, slots=True)
class Checks:
    """Derivatives of one quantity, each in three ways.

    A difference is known only to an absolute round-off, so a derivative far below the others has no relative error to
    speak of: disagreement is relative to the derivative, to a thousandth of the largest, or to a hundred-thousandth
    of the value that is differentiated, whichever is most.
    """

    caption: str
    items: tuple[Check, ...]
    value: float

    def disagreement(self, check: Check) -> float:
        """How far the three are apart, relative to the derivative."""
        return check.spread / max(self._size(check), self._least) if check.spread else 0.0

    @property
    def worst(self) -> float:
        """The largest disagreement."""
        return max(map(self.disagreement, self.items))

    @property
    def _least(self) -> float:
        return max(max(map(self._size, self.items)) / 1e3, abs(self.value) / 1e5)

    @staticmethod
    def _size(check: Check) -> float:
        return float(np.abs([check.as_written, check.matrix_form, check.difference]).max())


@dataclass(frozen=True, slots=True)
class Table:
    """Anything else that is best read in columns; the cells of `numeric` columns are aligned to the right."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


Block = Heading | Passage | Sentences | Formula | Quantities | Checks | Table
