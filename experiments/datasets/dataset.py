"""A data set as it is loaded: numbers, the codes of categories, and what its columns are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["classification", "regression"]

ColumnKind = Literal["number", "boolean", "category"]

NEVER_SEEN = -1.0
"""The code of a category that is none of its column's."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, one of the inputs.

    Attributes:
        name: from the table's header.
        kind: what its cells are.
        categories: the texts of a category, in alphabetical order; a cell holds the index of one of them.
    """

    name: str
    kind: ColumnKind = "number"
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """A data set as it is loaded, before any preparation.

    Attributes:
        name: its name in a study file, or that of its file.
        kind: whether the targets are classes or numbers.
        inputs: one example a row, (m, N). In a table a boolean is 0 or 1, a category its index or `NEVER_SEEN`, and a
            missing cell NaN.
        targets: class indices or numbers, (m,); for several numbers, (m, T).
        classes: name of each class; empty for regression.
        features: name of each input, N of them.
        image_shape: (height, width) if the examples are images, else None.
        source: where it comes from.
        columns: what the inputs are, N of them; empty if all are numbers and none may be missing.
        target_names: names of the targets, where they are several.
        missing: what takes the place of a missing cell: "median", "mean", or empty where there is none.
        missing_indicator: whether each column with missing cells gets a further input that says which are missing.
        tested: how many of the last examples are a test set of their own; 0 if one is to be drawn.
        groups: of each example, by number, if those of a group may not be split apart, (m,); else None.
        notes: what was found out about the columns and is not in the numbers, a sentence each.
    """

    name: str
    kind: Kind
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    source: str
    columns: tuple[Column, ...] = ()
    target_names: tuple[str, ...] = ()
    missing: str = ""
    missing_indicator: bool = False
    tested: int = 0
    groups: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """The number of outputs of a network for this data set: one for each class, or one for each number."""
        return len(self.classes) or len(self.target_names) or 1

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the numbers, the same for the same data on any machine (16 hexadecimal digits).

        Of a table also what its columns and classes are.
        """
        digest = sha256(str(self.inputs.shape).encode())
        for array in (self.inputs, self.targets):
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        if self.columns:
            columns = [[one.name, one.kind, one.categories] for one in self.columns]
            digest.update(json.dumps([columns, self.classes, self.target_names]).encode())
        if self.groups is not None:
            digest.update(self.groups.astype("<i8").tobytes())
        if self.tested:
            digest.update(str(self.tested).encode())
        return digest.hexdigest()[:16]


def outputs_of(description: Mapping[str, Any]) -> int:
    """The number of outputs of a network, from the description of its data (see `StudyRecord.data`)."""
    return len(description["classes"]) or len(description.get("targets", ())) or 1
