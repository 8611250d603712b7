"""The bundled data sets, which need no network access.

Five come with scikit-learn; two moons is the founding notebook's problem. scikit-learn is imported by the functions
that need it, since its import takes longer than a small training.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.mistakes import UserError, nearest

Kind = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """A data set as it is loaded, before any preparation.

    Attributes:
        name: its name in a study file.
        kind: whether the targets are classes or numbers.
        inputs: one example a row, (m, N).
        targets: class indices or numbers, (m,).
        classes: name of each class; empty for regression.
        features: name of each input, N of them.
        image_shape: (height, width) if the examples are images, else None.
        source: where it comes from.
    """

    name: str
    kind: Kind
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    source: str

    @property
    def outputs(self) -> int:
        """The number of outputs of a network for this data set: one for each class, or one for regression."""
        return len(self.classes) or 1

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the numbers, the same for the same data on any machine (16 hexadecimal digits)."""
        digest = sha256(str(self.inputs.shape).encode())
        for array in (self.inputs, self.targets):
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()[:16]


def load(name: str) -> Dataset:
    """Load a bundled data set.

    Raises:
        UserError: if there is no data set of that name.
    """
    if name not in DATASETS:
        raise UserError(f'unknown data set "{name}"{nearest(name, DATASETS)}')
    source = DATASETS[name]
    bunch = source.load()
    return Dataset(
        name=name,
        kind=source.kind,
        inputs=np.asarray(bunch["data"], dtype=np.float64),
        targets=np.asarray(bunch["target"], dtype=np.float64),
        classes=tuple(str(one) for one in bunch["target_names"]) if source.kind == "classification" else (),
        features=tuple(str(one) for one in bunch["feature_names"]),
        image_shape=source.image_shape,
        source=source.words,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a data set comes from.

    Attributes:
        kind: whether its targets are classes or numbers.
        words: what it is and who made it.
        load: gives `data`, `target`, `target_names` (of classes) and `feature_names`, as scikit-learn does.
        image_shape: (height, width) where an example is a picture.
    """

    kind: Kind
    words: str
    load: Callable[[], Mapping[str, Any]]
    image_shape: tuple[int, int] | None = None


def _scikit_learn(function: str, **options: Any) -> Callable[[], Mapping[str, Any]]:
    def load() -> Mapping[str, Any]:
        from sklearn import datasets

        bunch: Mapping[str, Any] = getattr(datasets, function)(**options)
        return bunch

    return load


def _two_moons() -> Mapping[str, Any]:
    """Rounded, since the last bits of a sine are not the same on every processor."""
    from sklearn.datasets import make_moons

    data, target = make_moons(800, noise=0.2, random_state=0)
    return {
        "data": data.round(6),
        "target": target,
        "target_names": ("upper", "lower"),
        "feature_names": ("x", "y"),
    }


DATASETS: Final[dict[str, Source]] = {
    "digits": Source(
        kind="classification",
        words="scikit-learn's digits: 1,797 handwritten digits of 8 × 8 pixels (Alpaydin & Kaynak, 1998)",
        load=_scikit_learn("load_digits"),
        image_shape=(8, 8),
    ),
    "iris": Source(
        kind="classification",
        words="scikit-learn's iris: 150 flowers of three species (Fisher, 1936)",
        load=_scikit_learn("load_iris"),
    ),
    "wine": Source(
        kind="classification",
        words="scikit-learn's wine: 178 wines of three cultivars (Aeberhard & Forina, 1992)",
        load=_scikit_learn("load_wine"),
    ),
    "breast-cancer": Source(
        kind="classification",
        words="scikit-learn's breast cancer: 569 tumours, malignant or benign (Wolberg et al., 1995)",
        load=_scikit_learn("load_breast_cancer"),
    ),
    "diabetes": Source(
        kind="regression",
        words="scikit-learn's diabetes: progression after one year in 442 patients (Efron et al., 2004)",
        load=_scikit_learn("load_diabetes", scaled=False),
    ),
    "two-moons": Source(
        kind="classification",
        words="scikit-learn's make_moons: 800 points, noise 0.2, random_state 0, to 6 decimals",
        load=_two_moons,
    ),
}
