"""Reads the MNIST family's format: a folder with images and labels for training, and others for the test.

A file begins with two zero bytes, the type of its numbers, how many dimensions it has, and each of them in four bytes
(LeCun, Cortes & Burges, 1998).
"""

from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from experiments.datasets.array_dataset import from_arrays
from experiments.datasets.dataset import Dataset
from experiments.datasets.file_content import content_of
from experiments.datasets.file_options import refuse

TYPES: Final = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(folder: Path) -> Dataset:
    """The data set in a folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and `t10k-…` for the test.

    The files may be compressed by gzip. Without those for the test a test part is drawn, as of other data.

    Raises:
        UserError: if a file is missing or is not what its header says.
    """
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        refuse(f"{what}; idx: takes the folder with the four files", folder.name)
    x, y = _images_and_labels(folder, "train")
    tested = 0
    if _file(folder, "t10k", "images") or _file(folder, "t10k", "labels"):
        x_test, y_test = _images_and_labels(folder, "t10k")
        if x.shape[1:] != x_test.shape[1:]:
            refuse(
                f"images of {x.shape[1:]} for training and of {x_test.shape[1:]} for the test", folder.name
            )
        if not len(y_test):
            refuse("no image in t10k-…; without these files a test part is drawn", folder.name)
        x, y, tested = np.concatenate([x, x_test]), np.concatenate([y, y_test]), len(y_test)
    return from_arrays(x, y, kind="classification", name=folder.name, tested=tested)


def _images_and_labels(folder: Path, part: str) -> tuple[NDArray[Any], NDArray[Any]]:
    found = []
    for what, dimensions in (("images", 3), ("labels", 1)):
        path = _file(folder, part, what)
        if path is None:
            refuse(f"there is no {part}-{what}-idx{dimensions}-ubyte in it, nor one with .gz", folder.name)
        found.append(_array(path, dimensions))
    images, labels = found
    if len(images) != len(labels):
        refuse(f"{len(images):,} images and {len(labels):,} labels in {part}-…", folder.name)
    return images, labels


def _file(folder: Path, part: str, what: str) -> Path | None:
    """The one that begins like this, whatever stands between its name and its format."""
    return next(iter(sorted(folder.glob(f"{part}-{what}*idx*"))), None)


def _array(path: Path, dimensions: int) -> NDArray[Any]:
    content = content_of(path)
    head = 4 + 4 * dimensions
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        refuse("not a file in IDX format: it begins with other bytes", path.name)
    if content[3] != dimensions:
        refuse(f"its header says {content[3]} dimensions; {dimensions} were expected", path.name)
    if len(content) < head:
        refuse("ends within its header; copy or download it again", path.name)
    shape = tuple(int(one) for one in np.frombuffer(content, ">u4", dimensions, 4))
    dtype = np.dtype(TYPES[content[2]])
    said, here = prod(shape) * dtype.itemsize, len(content) - head
    if said != here:
        sizes = " × ".join(f"{one:,}" for one in shape)
        refuse(f"its header says {sizes} numbers, which are {said:,} bytes, and {here:,} follow", path.name)
    return np.frombuffer(content, dtype, offset=head).reshape(shape)
