"""Saves and loads trained networks as one `.npz` file without pickle, with everything needed to use them."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import ShapeError
from core.network import Layer, Network
from experiments.datasets.dataset import Column, numbered
from experiments.preparing.encoding import NOTHING_TO_ENCODE, Encoding
from experiments.trained.trained_network import TrainedNetwork

if TYPE_CHECKING:
    from experiments.preparing.preparation import Prepared


def save_networks(network: Network, splits: Sequence["Prepared"], best: int = 0) -> bytes:
    """The file of a population whose members were each trained on a split of their own.

    Raises:
        ShapeError: if there are not as many splits as networks.
    """
    if network.members != len(splits):
        raise ShapeError(
            f"{network.members} networks were trained on {len(splits)} splits; as many were expected"
        )
    first = splits[0]
    said, columns = first.description, first.encoding.columns
    features = [str(name) for name in said["features"]]
    return networks_to_bytes(
        TrainedNetwork(
            network=network,
            mean=np.stack([one.mean for one in splits]),
            scale=np.stack([one.scale for one in splits]),
            classes=tuple(str(name) for name in said["classes"]),
            target_mean=np.stack([one.target_mean for one in splits]),
            target_scale=np.stack([one.target_scale for one in splits]),
            cells=first.cells,
            encodings=tuple(one.encoding for one in splits),
            features=tuple(one.name for one in columns) or tuple(features),
            named=bool(columns)
            or not (said["image_shape"] or features == list(numbered("input", len(features)))),
            targets=tuple(str(name) for name in said.get("targets", ())),
            best=best,
        )
    )


def networks_to_bytes(trained: TrainedNetwork) -> bytes:
    """The file of trained networks."""
    columns = trained.encoding.columns
    head = {
        "activations": [layer.activation for layer in trained.network.layers],
        **{name: getattr(trained, name) for name in ("classes", "features", "named", "targets", "best")},
    }
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(trained, name) for name in ("mean", "scale", "target_mean", "target_scale")
    }
    if columns:
        head["columns"] = [[one.name, one.kind, one.categories] for one in columns]
        arrays["fill"] = np.stack([one.fill for one in trained.encodings])
        arrays["seen"] = np.stack([one.seen for one in trained.encodings])
        arrays["indicated"] = np.array(trained.encoding.indicated, int)
    for index, layer in enumerate(trained.network.layers, start=1):
        arrays[f"W{index}"] = layer.W
        if layer.b is not None:
            arrays[f"b{index}"] = layer.b
    buffer = BytesIO()
    np.savez_compressed(
        buffer, allow_pickle=False, head=np.array(json.dumps(head)), examples=trained.cells, **arrays
    )
    return buffer.getvalue()


def load_networks(content: bytes) -> TrainedNetwork:
    """The networks that `networks_to_bytes` wrote."""
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        head = json.loads(str(archive["head"]))
        arrays = {name: archive[name] for name in archive.files if name not in ("head", "examples")}
        cells = archive["examples"]
    if arrays["mean"].ndim == 2:
        arrays = _of_one(head, arrays)
    layers = tuple(
        Layer(W=arrays[f"W{index}"], b=arrays.get(f"b{index}"), activation=activation)
        for index, activation in enumerate(head["activations"], start=1)
    )
    encodings = (NOTHING_TO_ENCODE,) * len(arrays["mean"])
    if "columns" in head:
        columns = tuple(Column(name, kind, tuple(texts)) for name, kind, texts in head["columns"])
        indicated = tuple(arrays["indicated"].tolist())
        encodings = tuple(
            Encoding(columns=columns, fill=fill, seen=seen, indicated=indicated)
            for fill, seen in zip(arrays["fill"], arrays["seen"], strict=True)
        )
    return TrainedNetwork(
        network=Network(layers),
        **{name: arrays[name] for name in ("mean", "scale", "target_mean", "target_scale")},
        classes=tuple(head["classes"]),
        cells=cells,
        encodings=encodings,
        features=tuple(head.get("features", ())),
        named=head.get("named", "columns" in head),
        targets=tuple(head.get("targets", ())),
        best=head.get("best", 0),
    )


def _of_one(head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays of an earlier version's file, which held one network, as those of a population of one."""
    earlier = {name: np.reshape(head[name], (-1, 1)) for name in ("target_mean", "target_scale")}
    return {
        name: values if name == "indicated" else values[np.newaxis]
        for name, values in {**arrays, **earlier}.items()
    }
