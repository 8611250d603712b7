"""Saves and loads a trained network as one `.npz` file without pickle, with everything needed to use it."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import ShapeError
from core.network import Layer, Network, pass_through
from experiments.datasets.dataset import Column
from experiments.encoding import NOTHING_TO_ENCODE, Encoding
from experiments.example_rows import cells_of, rows_of, texts_of

if TYPE_CHECKING:
    from experiments.preparation import Prepared


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedNetwork:
    """One network with all that was fitted on its training part.

    Attributes:
        network: a population of one.
        mean: of each input, (N_in, 1).
        scale: standard deviation of each input, (N_in, 1).
        classes: names of the classes; empty for regression.
        target_mean: of each target, for regression, (T, 1).
        target_scale: likewise its standard deviation.
        cells: a few examples, one a row, in the units of the data, (k, N_in), or as cells of the table, (k, C).
        features: names of the inputs, or of the table's columns; none in a file of an earlier version.
        encoding: how the cells of a table become inputs; its columns are empty if inputs are numbers alone.
    """

    network: Network
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    classes: tuple[str, ...]
    target_mean: NDArray[np.float64]
    target_scale: NDArray[np.float64]
    cells: NDArray[np.float64]
    features: tuple[str, ...] = ()
    encoding: Encoding = NOTHING_TO_ENCODE

    @property
    def examples(self) -> Any:
        """A few examples as `predict` takes them: an array; of a table the cells of each column, by its name."""
        return texts_of(self.cells, self.encoding.columns) if self.encoding.columns else self.cells

    def predict(self, inputs: Any) -> NDArray[Any]:
        """Predict a class or a number for each example.

        Args:
            inputs: one example in each row, in the units of the data, (m, N_in): an array, lists or a data frame; see
                `rows_of`, and for a network that was trained on a table `cells_of`.

        Returns:
            The name of the class with the largest output, (m,); for regression the number in the target's unit, for
            several targets (m, T).

        Raises:
            ShapeError: if the inputs do not have N_in columns.
            ValueError: if an input is not a finite number, or so large that the outputs are not finite.
        """
        h = self._outputs(inputs)
        if self.classes:
            return np.asarray(np.array(self.classes)[h.argmax(axis=0)])
        numbers = np.asarray(h * self.target_scale + self.target_mean, np.float64)
        return numbers[0] if len(numbers) == 1 else numbers.T

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
        if output not in ("softmax", "sigmoid"):
            raise ValueError(
                f"outputs of {output} are no probabilities: train with softmax or sigmoid outputs to have them"
            )
        return self._outputs(inputs).T.astype(np.float64)

    def _outputs(self, inputs: Any) -> NDArray[np.floating[Any]]:
        """h_L, (N_L, m)."""
        if self.encoding.columns:
            rows: NDArray[np.floating[Any]] = self.encoding.inputs_of(
                cells_of(inputs, self.encoding.columns, self.encoding.fill)
            )
        else:
            rows = rows_of(inputs, len(self.mean), self.features)
        precision = self.network.layers[0].W.dtype
        with np.errstate(over="ignore", invalid="ignore"):  # found out just below
            x = ((rows.T.astype(np.float64) - self.mean) / self.scale).astype(precision)
            passed = pass_through(self.network, x)
        lost = ~(np.isfinite(x).all(axis=0) & np.isfinite(passed.z[-1][0]).all(axis=0))
        if lost.any():
            raise ValueError(
                f"row {lost.argmax()} (counted from 0) lies so far from the data the network was trained on that "
                f"{precision} cannot hold what it makes of it"
            )
        outputs: NDArray[np.floating[Any]] = passed.h[-1][0]
        return outputs


def save_network(network: Network, prepared: "Prepared") -> bytes:
    """The file of a population of one, trained on `prepared`.

    Raises:
        ShapeError: if the population has another size.
    """
    if network.members != 1:
        raise ShapeError(f"one network goes into a file, not {network.members}")
    head = {
        "activations": [layer.activation for layer in network.layers],
        "classes": [str(name) for name in prepared.description["classes"]],
        "target_mean": prepared.target_mean.tolist(),
        "target_scale": prepared.target_scale.tolist(),
        "features": [str(name) for name in prepared.description["features"]],
    }
    encoding = prepared.encoding
    table = {}
    if encoding.columns:
        head["features"] = [one.name for one in encoding.columns]
        head["columns"] = [[one.name, one.kind, one.categories] for one in encoding.columns]
        table = {"fill": encoding.fill, "seen": encoding.seen, "indicated": np.array(encoding.indicated, int)}
    parameters = {}
    for index, layer in enumerate(network.layers, start=1):
        parameters[f"W{index}"] = layer.W[0]
        if layer.b is not None:
            parameters[f"b{index}"] = layer.b[0]
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        head=np.array(json.dumps(head)),
        mean=prepared.mean,
        scale=prepared.scale,
        examples=prepared.cells,
        **table,
        **parameters,
    )
    return buffer.getvalue()


def load_network(content: bytes) -> TrainedNetwork:
    """The network that `save_network` wrote."""
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        head = json.loads(str(archive["head"]))
        layers = tuple(
            Layer(
                W=archive[f"W{index}"][np.newaxis],
                b=archive[f"b{index}"][np.newaxis] if f"b{index}" in archive.files else None,
                activation=activation,
            )
            for index, activation in enumerate(head["activations"], start=1)
        )
        encoding = NOTHING_TO_ENCODE
        if "columns" in head:
            encoding = Encoding(
                columns=tuple(Column(name, kind, tuple(texts)) for name, kind, texts in head["columns"]),
                fill=archive["fill"],
                seen=archive["seen"],
                indicated=tuple(archive["indicated"].tolist()),
            )
        return TrainedNetwork(
            network=Network(layers),
            mean=archive["mean"],
            scale=archive["scale"],
            classes=tuple(head["classes"]),
            target_mean=np.reshape(head["target_mean"], (-1, 1)),  # a number in a file of an earlier version
            target_scale=np.reshape(head["target_scale"], (-1, 1)),
            cells=archive["examples"],
            features=tuple(head.get("features", ())),
            encoding=encoding,
        )
