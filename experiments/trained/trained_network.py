"""Trained networks with all that goes with them: what they take, and how they answer in the words of the data."""

from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.network import Network, pass_through
from experiments.preparing.encoding import NOTHING_TO_ENCODE, Encoding
from experiments.preparing.example_rows import cells_of, rows_of, texts_of

CLASS: Final = "class"
"""The column of an answer that names the class."""

NUMBER: Final = "prediction"
"""The column of an answer that is a number, unless several are predicted, which have their targets' names."""

PROBABILITIES: Final = ("softmax", "sigmoid")
"""Activations whose outputs are probabilities."""


def probability_of(name: str) -> str:
    """The column of an answer that has the probability of a class."""
    return f"P({name})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedNetwork:
    """K networks, each with all that was fitted on its own training part. Their answer is the mean of their answers.

    Attributes:
        network: a population of K.
        mean: of each input, (K, N_in, 1).
        scale: standard deviation of each input, (K, N_in, 1).
        classes: names of the classes; empty for regression.
        target_mean: of each target, for regression, (K, T, 1).
        target_scale: likewise its standard deviation.
        cells: a few examples, one a row, in the units of the data, (k, N_in), or as cells of the table, (k, C).
        encodings: of each network, how the cells of a table become inputs; their columns, which all have, are empty if
            inputs are numbers alone.
        features: names of the inputs, or of the table's columns; none in a file of an earlier version.
        named: whether these are the data's own names, and not numbers of inputs or pixels.
        targets: names of the targets, where several numbers are predicted.
        best: the one of them that was best on its validation part, which is the champion.
    """

    network: Network
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    classes: tuple[str, ...]
    target_mean: NDArray[np.float64]
    target_scale: NDArray[np.float64]
    cells: NDArray[np.float64]
    encodings: tuple[Encoding, ...] = (NOTHING_TO_ENCODE,)
    features: tuple[str, ...] = ()
    named: bool = False
    targets: tuple[str, ...] = ()
    best: int = 0

    def __repr__(self) -> str:
        """The layers, and what the answers are."""
        answers = ", ".join(self.classes or self.targets) or "a number"
        return f"TrainedNetwork({self.network}: {shorten(answers, 60, placeholder=' …')})"

    @property
    def encoding(self) -> Encoding:
        """That of the first network, whose columns are those of all."""
        return self.encodings[0]

    @property
    def examples(self) -> Any:
        """A few examples as `predict` takes them: an array; of a table the cells of each column, by its name."""
        return texts_of(self.cells, self.encoding.columns) if self.encoding.columns else self.cells

    @property
    def gives_probabilities(self) -> bool:
        """Whether it has probabilities of classes."""
        return bool(self.classes) and self.network.layers[-1].activation in PROBABILITIES

    def alone(self, member: int) -> "TrainedNetwork":
        """One of the networks by itself."""
        one = slice(member, member + 1)
        return replace(
            self,
            network=self.network.take([member]),
            mean=self.mean[one],
            scale=self.scale[one],
            target_mean=self.target_mean[one],
            target_scale=self.target_scale[one],
            encodings=self.encodings[one],
            best=0,
        )

    def predict(self, inputs: Any) -> NDArray[Any]:
        """Predict a class or a number for each example.

        Args:
            inputs: one example in each row, in the units of the data, (m, N_in): an array or lists, or if the data have
                names a data frame with these columns in any order. Of a table these are its raw cells.

        Returns:
            The name of the class with the largest output, (m,), a text also where classes are numbers; for regression
            the number in the target's unit, for several targets (m, T).

        Raises:
            ShapeError: if the inputs do not have N_in columns.
            ValueError: if an input is not a finite number, or so large that the outputs are not finite.
        """
        h = self.outputs(self.read(inputs))
        if self.classes:
            return np.asarray(np.array(self.classes)[h.argmax(axis=0)])
        return h[0] if len(h) == 1 else h.T

    def predict_proba(self, inputs: Any) -> NDArray[np.float64]:
        """The probability of each class, (m, classes), in the order of `classes`.

        The probabilities of softmax outputs sum to 1. Those of sigmoid outputs need not, because each is learnt
        separately as the probability of one class against all others. Inputs are as for `predict`.

        Raises:
            ShapeError: as `predict`.
            ValueError: as `predict`; also if the network predicts a number or its outputs are not probabilities.
        """
        output = self.network.layers[-1].activation
        if not self.classes:
            raise ValueError(
                "this network predicts a number, not a class: there are no probabilities to give"
            )
        if not self.gives_probabilities:
            raise ValueError(
                f"outputs of {output} are no probabilities: train with softmax or sigmoid outputs to have them"
            )
        return self.outputs(self.read(inputs)).T

    def table(self, cells: NDArray[np.floating[Any]]) -> dict[str, NDArray[Any]]:
        """The whole answer by column, each (m,): the class and the probability of each class, or the numbers.

        Args:
            cells: from `read`.

        Raises:
            ValueError: as `predict`.
        """
        h = self.outputs(cells)
        if not self.classes:
            return dict(zip(self.targets or (NUMBER,), h, strict=True))
        names = np.array(self.classes)[h.argmax(axis=0)]
        if not self.gives_probabilities:
            return {CLASS: names}
        return {CLASS: names, **{probability_of(name): p for name, p in zip(self.classes, h, strict=True)}}

    def read(self, inputs: Any) -> NDArray[np.floating[Any]]:
        """Inputs, as `predict` takes them, as numbers, (m, N_in), or as the cells of a table, (m, C)."""
        if self.encoding.columns:
            return cells_of(inputs, self.encoding.columns, self.encoding.fill)
        return rows_of(inputs, self.mean.shape[1], self.features)

    def outputs(self, cells: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The mean over the networks of h_L, in the units of the data, (N_L, m).

        Args:
            cells: from `read`.

        Raises:
            ValueError: as `predict`.
        """
        total = sum(self._outputs(member, cells) for member in range(self.network.members))
        return np.asarray(total / self.network.members, np.float64)

    def _outputs(self, member: int, cells: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The outputs of one of the networks; one after the other, since inputs of all at once may be large."""
        network = self.network if self.network.members == 1 else self.network.take([member])
        rows = self.encodings[member].inputs_of(cells.astype(np.float64)) if self.encoding.columns else cells
        precision = network.layers[0].W.dtype
        with np.errstate(over="ignore", invalid="ignore"):  # found out just below
            x = ((rows.T.astype(np.float64) - self.mean[member]) / self.scale[member]).astype(precision)
            passed = pass_through(network, x)
        lost = ~(np.isfinite(x).all(axis=0) & np.isfinite(passed.z[-1][0]).all(axis=0))
        if lost.any():
            raise ValueError(
                f"row {lost.argmax()} (counted from 0) lies so far from the data the network was trained on that "
                f"{precision} cannot hold what it makes of it"
            )
        h: NDArray[np.float64] = passed.h[-1][0].astype(np.float64)
        if self.classes:
            return h
        return np.asarray(h * self.target_scale[member] + self.target_mean[member])
