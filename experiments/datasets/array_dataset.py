"""Makes a data set of arrays: inputs x and targets y, from Python or from an `.npz` file."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from core.examples import KEPT_AS_THEY_ARE
from core.numbers import WHOLE, first
from experiments.datasets.dataset import Dataset, Kind, numbered
from experiments.datasets.file_content import HIGHEST_RATIO, LARGEST, SUSPICIOUS, content_of
from experiments.datasets.file_options import refuse

WRITE_ONE: Final = "numpy.savez(FILE, x=inputs, y=targets) writes one"

NAMES: Final = (("x", "y"), ("x_train", "y_train", "x_test", "y_test"))
"""The arrays of a file: one set of examples, or two, the second for the test."""


def from_arrays(
    x: Any,
    y: Any,
    *,
    kind: Kind | None = None,
    name: str = "arrays",
    tested: int = 0,
    classes: tuple[str, ...] = (),
    source: str = "",
) -> Dataset:
    """A data set of arrays.

    Args:
        x: inputs, one example a row, (m, N), or images, (m, height, width), of any kind of number. Bytes and float32
            stay what they are, and are not copied if they lie in C's order.
        y: targets: texts or booleans are classes, (m,); numbers are for regression, (m,) or (m, T), unless `kind` makes
            them classes.
        kind: "classification" or "regression"; by default what y holds decides.
        name: what to call the data set.
        tested: how many of the last examples are a test set of their own.
        classes: names of the classes, if y holds their indices.
        source: where they come from; by default their name and how many they are.

    Raises:
        UserError: if they are no such arrays, with row and column, counted from 1.
    """
    x, y = _inputs(_unmasked(x, "x", name), name), _unmasked(y, "y", name)
    inputs = _examples(x, name)
    image_shape = x.shape[1:] if x.ndim == 3 else None
    if y.ndim not in (1, 2):
        refuse(f"y is {y.shape}; one target for each example, (m,), or several, (m, T), were expected", name)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if len(y) != len(x):
        refuse(f"x has {len(x):,} examples and y {len(y):,}", name)
    if classes:
        kind = "classification"
    elif kind == "classification" or (kind is None and y.dtype.kind in "USOb"):
        kind, (labels, y) = "classification", _classes(y, name)
        classes = tuple(labels)
    else:
        kind, y = "regression", _numbers(y, "y", name)
    if not np.isfinite(y).all():
        refuse("y is not a finite number there", name, int(first(~np.isfinite(y))[0]) + 1)
    if len(np.unique(y)) < 2:
        refuse("y is the same in every row; there is nothing to predict", name)
    targets = np.asarray(y, dtype=np.float64)
    return Dataset(
        name=name,
        kind=kind,
        inputs=inputs,
        targets=targets,
        classes=classes,
        features=numbered("input", inputs.shape[1]),
        image_shape=(int(image_shape[0]), int(image_shape[1])) if image_shape else None,
        source=source or f"{name}, {len(targets):,} examples",
        target_names=numbered("target", targets.shape[1]) if targets.ndim == 2 else (),
        tested=tested,
    )


def _unmasked(values: Any, what: str, name: str) -> NDArray[Any]:
    """An array without masked numbers: nothing can be computed from what a mask hides."""
    if np.ma.is_masked(values):
        refuse(f"{what} has masked numbers; fill them in, or leave those examples out", name)
    if hasattr(values, "toarray"):
        refuse(f"{what} is sparse; {what}.toarray() makes an array of it", name)
    try:
        return np.asarray(values)
    except ValueError:
        refuse(f"the rows of {what} differ in length", name)


def _inputs(x: NDArray[Any], name: str) -> NDArray[Any]:
    """Inputs in uint8 or float32 if that holds them without loss, whatever they are, and else in float64."""
    for kept in KEPT_AS_THEY_ARE:
        if np.can_cast(x.dtype, kept):
            return x.astype(kept, copy=False)
    return _numbers(x, "x", name)


def _numbers(array: NDArray[Any], what: str, name: str) -> NDArray[np.float64]:
    if not np.can_cast(array.dtype, np.float64) and array.dtype.kind not in "iu":
        advice = f": {what}.astype(float) makes them so where it can be" if array.dtype == object else ""
        refuse(f"{what} is of dtype {array.dtype}; numbers were expected{advice}", name)
    if array.dtype.kind in "iu" and array.size and not (array.min() >= -WHOLE and array.max() <= WHOLE):
        refuse(f"{what} has whole numbers beyond ±2^53, of which float64 holds only some", name)
    return array.astype(np.float64)


def _classes(y: NDArray[Any], name: str) -> tuple[list[str], NDArray[Any]]:
    """The classes' names in order, and the index of each example's."""
    if y.dtype.kind not in "USObiuf":
        refuse(f"y is of dtype {y.dtype}; texts, booleans or numbers were expected", name)
    if y.ndim != 1:
        refuse(f"y is {y.shape}; one class for each example, (m,), was expected", name)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        refuse("y is not a finite number there", name, int(first(~np.isfinite(y))[0]) + 1)
    if y.dtype == object:
        gaps = np.array([one is None or one != one for one in y])
        if gaps.any():
            refuse("y is missing there; leave such examples out", name, int(gaps.argmax()) + 1)
        y = y.astype(str)
    values, codes = np.unique(y, return_inverse=True)
    labels = [
        str(one).lower() if y.dtype == bool else f"{one:.15g}" if y.dtype.kind == "f" else str(one)
        for one in values
    ]
    return labels, codes


def read_npz(path: Path, kind: Kind | None) -> Dataset:
    """The data set in an `.npz` file with x and y, or with x_train, y_train, x_test and y_test, as Keras has them.

    Raises:
        UserError: if it is no such file, or an array is not what its header says.
    """
    return from_parts(_arrays(path, NAMES, f"x and y were expected: {WRITE_ONE}"), kind, path.name)


def read_inputs(path: Path) -> NDArray[Any]:
    """The inputs in an `.npz` file with x, one example a row, (m, N); of images their pixels, row after row.

    Raises:
        UserError: if it is no such file, or x is not what its header says or holds a number that is not finite.
    """
    name = path.name
    (x,) = _arrays(path, (("x",), ("x_test",)), "x was expected: numpy.savez(FILE, x=inputs) writes it")
    return _examples(_inputs(x, name), name)


def _examples(x: NDArray[Any], name: str) -> NDArray[Any]:
    """Inputs as they are given, one example a row, (m, N)."""
    if x.ndim not in (2, 3):
        refuse(
            f"x is {x.shape}; one example a row, (m, N), or images, (m, height, width), were expected", name
        )
    if not x.size:
        refuse(f"x is {x.shape}, without a number in it", name)
    inputs = np.ascontiguousarray(x.reshape(len(x), -1))
    if inputs.dtype.kind == "f" and not np.isfinite(inputs).all():
        row, column = first(~np.isfinite(inputs))
        refuse(
            f"x is {inputs[row, column]} there; a finite number was expected", name, row + 1, str(column + 1)
        )
    return inputs


def _arrays(path: Path, names: Sequence[tuple[str, ...]], wanted: str) -> list[NDArray[Any]]:
    """The arrays of the first of these groups of names that are all in an `.npz` file."""
    name = path.name
    try:
        with ZipFile(BytesIO(content_of(path))) as archive:
            arrays = {one.filename.removesuffix(".npy"): one for one in archive.infolist()}
            chosen = next((some for some in names if arrays.keys() >= set(some)), None)
            if chosen is None:
                refuse(f"has the arrays {', '.join(sorted(arrays)) or 'none'}; {wanted}", name)
            return [_array(archive, arrays[one], one, name) for one in chosen]
    except BadZipFile:
        refuse(f"not an .npz file; {WRITE_ONE}", name)
    except zlib.error as reason:
        refuse(f"its compressed data are damaged ({reason}); copy or download it again", name)


def from_parts(parts: Sequence[Any], kind: Kind | None, name: str) -> Dataset:
    """The data set of x and y, or of x_train, y_train, x_test and y_test.

    Raises:
        UserError: as `from_arrays`, or if examples for training and for the test differ in shape.
    """
    if len(parts) == 2:
        return from_arrays(*parts, kind=kind, name=name)
    x, y, x_test, y_test = (
        _unmasked(one, what, name)
        for one, what in zip(parts, ("x_train", "y_train", "x_test", "y_test"), strict=True)
    )
    if not (x_test.ndim and len(x_test)):
        refuse("x_test has no example; without it a test part is drawn", name)
    for one, other, what in ((x, x_test, "x"), (y, y_test, "y")):
        if one.shape[1:] != other.shape[1:]:
            refuse(
                f"{what}_train is {one.shape} and {what}_test {other.shape}; their examples differ in shape",
                name,
            )
    return from_arrays(
        np.concatenate([x, x_test]), np.concatenate([y, y_test]), kind=kind, name=name, tested=len(y_test)
    )


def _array(archive: ZipFile, entry: ZipInfo, what: str, name: str) -> NDArray[Any]:
    """One array, after its header has been compared with what is there."""
    if entry.file_size > LARGEST or (
        entry.file_size > SUSPICIOUS and entry.file_size > HIGHEST_RATIO * entry.compress_size
    ):
        refuse(f"{what} would expand to {entry.file_size:,} bytes; it was not read", name)
    content = archive.read(entry)
    file = BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(file)
    except ValueError as reason:
        refuse(f"{what} is not an array: {reason}", name)
    if dtype.hasobject:
        refuse(
            f"{what} holds Python objects, which are not read; make it numbers or texts: {what}.astype(str)",
            name,
        )
    here, said = len(content) - file.tell(), int(np.prod(shape, dtype=object)) * dtype.itemsize
    if here != said:
        refuse(
            f"the header of {what} says {shape} of {dtype}, which is {said:,} bytes, and {here:,} follow",
            name,
        )
    array: NDArray[Any] = np.load(BytesIO(content), allow_pickle=False)
    return array
