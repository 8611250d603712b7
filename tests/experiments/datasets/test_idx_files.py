"""The MNIST family's format, and headers that lie."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import load
from experiments.mistakes import UserError
from experiments.preparing.preparation import prepare
from experiments.preparing.splits import split

IMAGES = np.arange(40 * 6, dtype=np.uint8).reshape(40, 2, 3)
LABELS = (np.arange(40) % 4).astype(np.uint8)


def idx(array: np.ndarray, sizes: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    sizes = sizes or array.shape
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, kind, len(sizes), *sizes) + array.tobytes()


def write(folder: Path, *, compressed: bool = False, **contents: bytes) -> None:
    whole = {
        "train_images": idx(IMAGES[:28]),
        "train_labels": idx(LABELS[:28]),
        "t10k_images": idx(IMAGES[28:]),
        "t10k_labels": idx(LABELS[28:]),
    }
    for name, content in (whole | contents).items():
        if content:
            path = (
                folder
                / f"{name.replace('_', '-')}-idx{3 if 'images' in name else 1}-ubyte{'.gz' * compressed}"
            )
            path.write_bytes(gzip.compress(content) if compressed else content)


@pytest.mark.parametrize("compressed", [False, True])
def test_the_four_files_are_one_data_set_with_its_own_test_part(tmp_path: Path, compressed: bool) -> None:
    write(tmp_path, compressed=compressed)
    data = load(f"idx:{tmp_path}")
    assert (data.kind, data.classes, data.image_shape) == ("classification", ("0", "1", "2", "3"), (2, 3))
    assert (data.inputs == IMAGES.reshape(40, 6)).all()
    assert (data.targets == LABELS).all()
    for one in (prepare(data), split(data).of(3)):
        assert (one.cells == data.inputs[28:33]).all()
        assert [len(one.training), len(one.validation), len(one.test)] == [22, 6, 12]
        assert (one.test.of(0).y.argmax(axis=0) == LABELS[28:]).all()


def test_without_the_test_files_a_test_part_is_drawn(tmp_path: Path) -> None:
    write(tmp_path, t10k_images=b"", t10k_labels=b"")
    assert load(f"idx:{tmp_path}").tested == 0


@pytest.mark.parametrize(
    ("contents", "answer"),
    [
        (
            {"train_images": idx(IMAGES, (41, 2, 3))},
            r"train-images-idx3-ubyte: its header says 41 × 2 × 3 numbers, which are 246 bytes, and 240 follow",
        ),
        ({"train_images": idx(IMAGES) + b"x"}, "which are 240 bytes, and 241 follow"),
        ({"train_images": idx(IMAGES, (2**32 - 1,) * 3)}, "its header says 4,294,967,295 ×"),
        ({"train_images": idx(IMAGES, (40, 6))}, "its header says 2 dimensions; 3 were expected"),
        ({"train_images": idx(IMAGES, kind=7)}, "train-images-idx3-ubyte: not a file in IDX format"),
        ({"train_images": b"\0\0\x08"}, "not a file in IDX format"),
        (
            {"train_images": idx(IMAGES)[:9]},
            "train-images-idx3-ubyte: ends within its header; copy or download",
        ),
        ({"train_labels": idx(LABELS)}, "28 images and 40 labels in train-…"),
        ({"train_labels": b""}, "there is no train-labels-idx1-ubyte in it, nor one with .gz"),
        (
            {"t10k_images": idx(IMAGES[28:].reshape(12, 3, 2))},
            r"images of \(2, 3\) for training and of \(3, 2\) for the test",
        ),
        ({"t10k_images": b""}, "there is no t10k-images-idx3-ubyte in it, nor one with .gz"),
        (
            {"t10k_images": idx(IMAGES[:0]), "t10k_labels": idx(LABELS[:0])},
            "no image in t10k-…; without these files a test part is drawn",
        ),
    ],
)
def test_a_bad_idx_file_is_told_in_one_line(contents: dict[str, bytes], answer: str, tmp_path: Path) -> None:
    write(tmp_path, **contents)
    with pytest.raises(UserError, match=answer) as told:
        load(f"idx:{tmp_path}")
    assert "\n" not in str(told.value)


def test_a_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match="nowhere: no such folder; idx: takes the folder with the four files"):
        load("idx:nowhere")
    with pytest.raises(UserError, match=r"pyproject.toml: a file; idx: takes the folder with the four files"):
        load("idx:pyproject.toml", folder=Path(__file__).parents[3])
