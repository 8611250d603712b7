"""The layouts of arrays, and how each is converted to ours and back.

Ours is the text's: W is (N_this, N_previous), examples and biases are columns.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, get_args

import numpy as np

from core import Array

Examples = Literal["columns", "rows", "one column", "one vector"]
Biases = Literal["columns", "vectors", "rows"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout of arrays.

    Attributes:
        transposed: whether W is (N_previous, N_this), as Keras keeps it.
        examples: columns (N, m), rows (m, N), or one at a time, as a column (N, 1) or a vector (N,).
        biases: columns (N, 1), vectors (N,) or rows (1, N).
    """

    transposed: bool = False
    examples: Examples = "columns"
    biases: Biases = "columns"

    @property
    def one_at_a_time(self) -> bool:
        """Whether it has room for one example only."""
        return self.examples.startswith("one")

    def in_words(self, *, biases: bool) -> str:
        """Such as `W is (N_this, N_previous), examples are columns, biases are vectors`."""
        shape = "(N_previous, N_this)" if self.transposed else "(N_this, N_previous)"
        examples = (
            f"examples come one at a time, as a {self.examples.removeprefix('one ')}"
            if self.one_at_a_time
            else f"examples are {self.examples}"
        )
        return f"W is {shape}, {examples}" + (f", biases are {self.biases}" if biases else "")

    def give_weights(self, W: Array) -> Array:
        """Our W as the reader keeps it."""
        return np.ascontiguousarray(W.T) if self.transposed else W.copy()

    def give_biases(self, b: Array) -> Array:
        """Our b as the reader keeps it."""
        return b.reshape({"columns": (-1, 1), "vectors": (-1,), "rows": (1, -1)}[self.biases]).copy()

    def give_examples(self, x: Array) -> Array:
        """Our columns as the reader keeps them; one column if they come one at a time."""
        if self.examples == "rows":
            return np.ascontiguousarray(x.T)
        return x[:, 0].copy() if self.examples == "one vector" else x.copy()

    def take_weights(self, W: Array) -> Array:
        """The reader's W, or its gradient, as ours; further axes in front stay there."""
        return np.swapaxes(W, -1, -2) if self.transposed and W.ndim >= 2 else W

    def take_biases(self, b: Array, units: int) -> Array:
        """The reader's b as ours; an array of another size keeps its shape, with examples as columns."""
        if b.size == units:
            return b.reshape(units, 1)
        return b.T if b.ndim == 2 and self.examples == "rows" else np.atleast_2d(b)

    def take_examples(self, h: Array, units: int, examples: int) -> Array | None:
        """The reader's activations as ours, (units, examples); None if they have another shape."""
        if self.examples == "rows" and h.ndim == 2:
            h = h.T
        if h.ndim == 1 and h.size == units * examples and 1 in (units, examples):
            h = h.reshape(units, examples)
        if h.ndim == 0 and units == examples == 1:
            h = h.reshape(1, 1)
        return h if h.shape == (units, examples) else None


LAYOUTS: Final = (
    Layout(),
    Layout(examples="rows", biases="vectors"),  # PyTorch
    Layout(transposed=True, examples="rows", biases="vectors"),  # Keras
    *(
        Layout(transposed, examples, biases)
        for examples, transposed, biases in product(get_args(Examples), (False, True), get_args(Biases))
    ),
)
"""Every layout, the commonest first."""
