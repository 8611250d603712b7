"""A data set as it is loaded: numbers, the codes of categories, and what its columns are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.examples import KEPT_AS_THEY_ARE

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
        inputs: one example a row, (m, N), in uint8, float32 or float64. In a table they are float64: a boolean is 0 or
            1, a category its index or `NEVER_SEEN`, and a missing cell NaN.
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
    inputs: NDArray[Any]
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
    def unscaled(self) -> bool:
        """Whether inputs stay as they are, in bytes or float32, until a batch of them is standardised."""
        return self.kind == "classification" and not self.columns and self.inputs.dtype in KEPT_AS_THEY_ARE

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the numbers, the same for the same data on any machine (16 hexadecimal digits).

        Of a table also what its columns and classes are.
        """
        digest = sha256(str(self.inputs.shape).encode())
        if self.inputs.dtype in KEPT_AS_THEY_ARE:
            digest.update(self.inputs.dtype.name.encode())
        for array in (self.inputs, self.targets):
            ordered = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            digest.update(ordered.reshape(-1).view(np.uint8).data)
        if self.columns:
            columns = [[one.name, one.kind, one.categories] for one in self.columns]
            digest.update(json.dumps([columns, self.classes, self.target_names]).encode())
        if self.groups is not None:
            digest.update(self.groups.astype("<i8").tobytes())
        if self.tested:
            digest.update(str(self.tested).encode())
        return digest.hexdigest()[:16]

    def __getstate__(self) -> tuple[Any, ...]:
        """For pickle: of inputs that are mapped from a file only where it is."""
        inputs = (
            Mapped(Path(str(self.inputs.filename))) if isinstance(self.inputs, np.memmap) else self.inputs
        )
        return tuple(inputs if one.name == "inputs" else getattr(self, one.name) for one in fields(self))

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Map the inputs again, if they were mapped."""
        for one, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, one.name, value.read() if isinstance(value, Mapped) else value)


@dataclass(frozen=True, slots=True)
class Mapped:
    """An array in an `.npy` file, which all processes that read it share."""

    file: Path

    def read(self) -> NDArray[Any]:
        """The array, mapped into memory, never to change."""
        array: NDArray[Any] = np.load(self.file, mmap_mode="r", allow_pickle=False)
        return array


def numbered(what: str, count: int) -> tuple[str, ...]:
    """Names for what has none: "input 1", "input 2" and so on."""
    return tuple(f"{what} {index}" for index in range(1, count + 1))


def outputs_of(description: Mapping[str, Any]) -> int:
    """The number of outputs of a network, from the description of its data (see `StudyRecord.data`)."""
    return len(description["classes"]) or len(description.get("targets", ())) or 1
