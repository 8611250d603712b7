"""Large data lie in one file, which those who train map into memory."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import Dataset, from_arrays, mapping
from experiments.datasets.mapping import mapped
from experiments.mistakes import UserError

DRAW = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _all_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "LARGE", 1)


def pictures(kind: type = np.uint8) -> Dataset:
    x = DRAW.integers(0, 256, (200, 6, 7)).astype(kind)
    return from_arrays(x, x[:, 0, 0] > 127, name="pictures", tested=20)


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_a_mapped_data_set_travels_as_the_name_of_its_file(tmp_path: Path, kind: type) -> None:
    data = pictures(kind)
    there = pickle.loads(pickle.dumps(mapped(data, tmp_path)))
    assert isinstance(there.inputs, np.memmap)
    assert not there.inputs.flags.writeable
    assert (there.inputs.dtype, there.fingerprint) == (data.inputs.dtype, data.fingerprint)
    assert [one.name for one in tmp_path.iterdir()] == [f"{data.fingerprint}.npy"]
    assert pickle.loads(pickle.dumps(data)).fingerprint == data.fingerprint


def test_few_numbers_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    data = pictures()
    assert mapped(data, tmp_path) is data
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-9] + b"different", lambda whole: whole[:50], lambda _: b""]
)
def test_a_file_that_is_damaged_is_written_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    data = pictures()
    path = Path(str(mapped(data, tmp_path).inputs.filename))  # type: ignore[attr-defined]  # a memmap
    whole = path.read_bytes()
    before = path.stat().st_ino
    assert mapped(data, tmp_path).inputs is not data.inputs
    assert path.stat().st_ino == before
    path.write_bytes(damage(whole))
    mapped(data, tmp_path)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UserError, match=r"error: --home: the data cannot be written to .*: (Not a directory|File exists)"
    ):
        mapped(pictures(), tmp_path / "file" / "data")
