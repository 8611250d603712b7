"""Puts large inputs into a file that all workers on this machine map into memory: there is one copy of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.datasets.dataset import Dataset, Mapped
from experiments.mistakes import UserError
from experiments.system.files import sweep, write_durably

LARGE: Final = 4 << 20
"""Bytes of inputs from which on they are mapped; fewer are sent to each worker."""


def mapped(dataset: Dataset, folder: Path) -> Dataset:
    """The same data set with its inputs in a file, if they are large.

    The file is named by the data's fingerprint, and one that is there already is used if it holds the same numbers.

    Raises:
        UserError: if it cannot be written.
    """
    if dataset.inputs.nbytes < LARGE:
        return dataset
    file = Mapped(folder / f"{dataset.fingerprint}.npy")
    if not _holds(file, dataset.inputs):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
            write_durably(file.file, lambda open_file: np.save(open_file, dataset.inputs, allow_pickle=False))
        except OSError as reason:
            why = reason.strerror or "the disk is full"  # which NumPy tells without its number
            raise UserError(f"--home: the data cannot be written to {file.file}: {why}") from reason
    return replace(dataset, inputs=file.read())


def _holds(file: Mapped, inputs: NDArray[Any]) -> bool:
    """Whether the file is there and whole."""
    try:
        there = file.read()
    except (OSError, ValueError, EOFError):
        return False
    return there.dtype == inputs.dtype and np.array_equal(there, inputs, equal_nan=inputs.dtype.kind == "f")
