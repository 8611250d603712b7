"""Turns the cells of a table into the inputs of a network, by what the training part knows.

A number and a boolean stay what they are. A category becomes one input for each text in its column, 1 for its own and
0 for the others; a text that the training part never had is 0 everywhere. A missing number becomes the median or mean
of the training part, a missing boolean or category its most frequent one. scikit-learn finds what is filled in.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.datasets.dataset import Column, Dataset


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoding:
    """What a training part says about the cells of a table.

    Attributes:
        columns: of the table, C of them; empty if all are numbers and none may be missing.
        fill: what a missing cell becomes, (C,); NaN where none may be missing.
        seen: for each category of each column, one after the other, whether the training part has it, (K,).
        indicated: indices of the columns with an input that says whether the cell is missing.
    """

    columns: tuple[Column, ...]
    fill: NDArray[np.float64]
    seen: NDArray[np.bool_]
    indicated: tuple[int, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The inputs' names: a column's own, `column = text` for a category, `column missing` for an indicator."""
        of_columns = (
            name
            for one in self.columns
            for name in (
                [f"{one.name} = {text}" for text in one.categories] if one.kind == "category" else [one.name]
            )
        )
        return (*of_columns, *(f"{self.columns[index].name} missing" for index in self.indicated))

    @property
    def standardised(self) -> NDArray[np.bool_]:
        """Which of the inputs are numbers, to be standardised, (N,)."""
        kinds = (kind for one in self.columns for kind in [one.kind == "number"] * (len(one.categories) or 1))
        return np.array([*kinds, *(False for _ in self.indicated)], dtype=bool)

    def inputs_of(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inputs, (m, N), of cells, (m, C)."""
        if not self.columns:
            return cells
        filled = np.where(np.isnan(cells), self.fill, cells)
        pieces: list[Any] = []
        start = 0
        for index, column in enumerate(self.columns):
            code = filled[:, index, np.newaxis]
            if column.kind == "category":
                seen = self.seen[start : start + len(column.categories)]
                start += len(column.categories)
                code = (code == np.arange(len(seen))) & seen
            pieces.append(code)
        pieces.append(np.isnan(cells[:, list(self.indicated)]))
        return np.concatenate(pieces, axis=1, dtype=np.float64)

    def never_seen(self, cells: NDArray[np.float64]) -> dict[str, int]:
        """How many of the cells of each column, (m, C), hold a text that the training part never had; where some do."""
        found, start = {}, 0
        for index, column in enumerate(self.columns):
            if column.kind != "category":
                continue
            known = np.flatnonzero(self.seen[start : start + len(column.categories)])
            start += len(column.categories)
            given = cells[~np.isnan(cells[:, index]), index]
            if count := int(np.count_nonzero(~np.isin(given, known))):
                found[column.name] = count
        return found


NOTHING_TO_ENCODE: Final = Encoding(columns=(), fill=np.zeros(0), seen=np.zeros(0, bool), indicated=())
"""Of data that are numbers alone."""


def fitted(dataset: Dataset, training: NDArray[np.intp]) -> Encoding:
    """What the training part, given by its rows, says about the cells of a table's data set, or of any other.

    Which columns get an indicator, and so the number of inputs, depends on the whole data set and not on the part.
    """
    if not dataset.columns:
        return NOTHING_TO_ENCODE
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    cells = dataset.inputs[training]
    fill = np.full(len(dataset.columns), np.nan)
    kinds = np.array([one.kind for one in dataset.columns])
    if dataset.missing:
        for chosen, strategy in (
            (kinds == "number", dataset.missing),
            (kinds != "number", "most_frequent"),
        ):
            if chosen.any():
                imputer = SimpleImputer(strategy=strategy, keep_empty_features=True)
                fill[chosen] = imputer.fit(cells[:, chosen]).statistics_
    categories = np.flatnonzero(kinds == "category")
    seen = [np.zeros(0, dtype=bool)]
    if categories.size:
        here = np.where(np.isnan(cells), fill, cells)[:, categories]
        found = OneHotEncoder(handle_unknown="ignore").fit(here).categories_
        seen = [
            np.isin(np.arange(len(dataset.columns[index].categories)), known)
            for index, known in zip(categories, found, strict=True)
        ]
    gaps = np.isnan(dataset.inputs).any(axis=0) if dataset.missing_indicator else np.zeros(len(fill), bool)
    return Encoding(
        columns=dataset.columns,
        fill=fill,
        seen=np.concatenate(seen),
        indicated=tuple(int(one) for one in np.flatnonzero(gaps)),
    )
