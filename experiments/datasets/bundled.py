"""The bundled data sets, which need no network access.

Five come with scikit-learn, and the others are drawn; two moons is the founding notebook's problem. scikit-learn is
imported by the functions that need it, since its import takes longer than a small training; the default study's digits
are read without it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import distribution
from typing import Any, Final

import numpy as np

from experiments.datasets.dataset import Dataset, Kind
from experiments.datasets.drawn import parity, spirals, two_moons, xor
from experiments.mistakes import Mistake, UserError, nearest


def load_bundled(name: str, given: Mapping[str, float]) -> Dataset:
    """A bundled data set.

    Args:
        name: one of `DATASETS`.
        given: its parameters, those that are not as usual.

    Raises:
        UserError: if it has no such parameter, or a value is out of bounds.
    """
    source = DATASETS[name]
    for key, value in given.items():
        if key not in source.parameters:
            known = nearest(key, source.parameters) or "; it has none"
            raise UserError(Mistake(f'{name} has no parameter "{key}"{known}', where="data.parameters"))
        if wrong := source.parameters[key].wrong(value):
            raise UserError(Mistake(f"{key} = {value}: {wrong}", where="data.parameters"))
    chosen = {key: given.get(key, one.usual) for key, one in source.parameters.items()}
    bunch = source.load(**chosen)
    return Dataset(
        name=name,
        kind=source.kind,
        inputs=np.asarray(bunch["data"], dtype=np.float64),
        targets=np.asarray(bunch["target"], dtype=np.float64),
        classes=tuple(str(one) for one in bunch["target_names"]) if source.kind == "classification" else (),
        features=tuple(str(one) for one in bunch["feature_names"]),
        image_shape=source.image_shape,
        source=source.words.format(**chosen),
    )


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a drawn data set depends on.

    Attributes:
        usual: its value where none is given; if that is whole, all values must be.
        least: the smallest that it may be.
        most: the largest.
    """

    usual: float
    least: float
    most: float

    def wrong(self, value: float) -> str:
        """Why it may not have a value; empty if it may."""
        whole = isinstance(self.usual, int)
        if (
            isinstance(value, bool)
            or (whole and not isinstance(value, int))
            or not self.least <= value <= self.most
        ):
            return f"a {'whole ' * whole}number from {self.least:g} to {self.most:g} was expected"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a data set comes from.

    Attributes:
        kind: whether its targets are classes or numbers.
        words: what it is and who made it; its parameters' values take the place of their names in braces.
        load: gives `data`, `target`, `target_names` (of classes) and `feature_names`, as scikit-learn does.
        image_shape: (height, width) where an example is a picture.
        parameters: what `load` takes, by name.
    """

    kind: Kind
    words: str
    load: Callable[..., Mapping[str, Any]]
    image_shape: tuple[int, int] | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def _scikit_learn(function: str, **options: Any) -> Callable[[], Mapping[str, Any]]:
    def load() -> Mapping[str, Any]:
        from sklearn import datasets

        bunch: Mapping[str, Any] = getattr(datasets, function)(**options)
        return bunch

    return load


def _digits() -> Mapping[str, Any]:
    """What scikit-learn's `load_digits` gives, from the same file: 64 pixels and the digit in each line."""
    file = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    table = np.loadtxt(str(file), delimiter=",")
    return {
        "data": table[:, :-1],
        "target": table[:, -1],
        "target_names": range(10),
        "feature_names": [f"pixel_{row}_{column}" for row, column in np.ndindex(8, 8)],
    }


POINTS: Final = Parameter(800, 20, 1_000_000)
NOISE: Final = Parameter(0.2, 0.0, 10.0)
SEED: Final = Parameter(0, 0, 2**32 - 1)

DATASETS: Final[dict[str, Source]] = {
    "digits": Source(
        kind="classification",
        words="scikit-learn's digits: 1,797 handwritten digits of 8 × 8 pixels (Alpaydin & Kaynak, 1998)",
        load=_digits,
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
        words="scikit-learn's make_moons: {points} points, noise {noise:g}, random_state {seed}, to 6 decimals",
        load=two_moons,
        parameters={"points": POINTS, "noise": NOISE, "seed": SEED},
    ),
    "spirals": Source(
        kind="classification",
        words="two spirals of {turns:g} turns: {points} points, noise {noise:g}, seed {seed}",
        load=spirals,
        parameters={
            "points": POINTS,
            "turns": Parameter(1.5, 0.1, 20.0),
            "noise": Parameter(0.02, 0.0, 10.0),
            "seed": SEED,
        },
    ),
    "xor": Source(
        kind="classification",
        words="exclusive or: {points} points around four corners, noise {noise:g}, seed {seed}",
        load=xor,
        parameters={
            "points": Parameter(400, 20, 1_000_000),
            "noise": Parameter(0.4, 0.0, 10.0),
            "seed": SEED,
        },
    ),
    "parity": Source(
        kind="classification",
        words="parity: every row of {bits} bits",
        load=parity,
        parameters={"bits": Parameter(8, 4, 16)},
    ),
}
