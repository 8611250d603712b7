"""Arrays as a data set, from Python and from .npz files, and what is wrong with them."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from experiments.datasets import Reading, array_dataset, from_arrays, from_python, load
from experiments.mistakes import UserError
from experiments.preparing.preparation import prepare

X = np.arange(60.0).reshape(30, 2)
Y = np.array(["a", "b", "c"] * 10)


def test_inputs_and_targets_of_any_kind_of_number_are_a_data_set() -> None:
    words = from_arrays(X.astype(np.uint8), Y)
    assert (words.kind, words.classes, words.targets[:3].tolist()) == (
        "classification",
        ("a", "b", "c"),
        [0, 1, 2],
    )
    assert words.inputs.tolist() == X.tolist()
    yes = from_arrays(X, Y == "a")
    assert (yes.classes, yes.targets[:2].tolist()) == (("false", "true"), [1, 0])
    numbers = from_arrays(X, np.arange(30) % 3 + 1)
    assert (numbers.kind, numbers.classes) == ("regression", ())
    classes = from_arrays(X, np.arange(30) % 3 + 1, kind="classification")
    assert (classes.kind, classes.classes, classes.targets[0]) == ("classification", ("1", "2", "3"), 0)
    assert from_arrays(X, X[:, :1]).targets.shape == (30,)
    assert from_arrays(X, X).target_names == ("target 1", "target 2")
    pictures = from_arrays(np.zeros((30, 4, 5)) + np.arange(30)[:, None, None], Y)
    assert (pictures.image_shape, pictures.inputs.shape) == ((4, 5), (30, 20))


def test_an_npz_file_is_its_arrays_and_those_for_the_test_are_for_the_test(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=X, y=Y)
    assert load("npz:a.npz", folder=tmp_path).fingerprint == from_arrays(X, Y).fingerprint
    np.savez(tmp_path / "b.npz", x_train=X[:20], y_train=Y[:20], x_test=X[20:], y_test=Y[20:])
    data = prepare(load("npz:b.npz", folder=tmp_path))
    assert np.sort((data.test.x * data.scale + data.mean)[0]).round() == pytest.approx(X[20:, 0])
    assert data.description["examples"] == {"train": 16, "validation": 4, "test": 10}


def zipped(tmp_path: Path, **members: bytes) -> None:
    with ZipFile(tmp_path / "a.npz", "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def npy(array: Any, shape: tuple[int, ...] | None = None) -> bytes:
    """The bytes of a .npy file, whose header may lie."""
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=True)
    content = buffer.getvalue()
    if shape:
        content = content.replace(str(array.shape).encode(), str(shape).encode())
    return content


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ({"x": npy(X)}, "a.npz: has the arrays x; x and y were expected: numpy.savez"),
        ({"x": npy(X), "y": npy(Y[:9])}, "x has 30 examples and y 9"),
        (
            {"x": npy(X, (99, 2)), "y": npy(Y)},
            r"the header of x says \(99, 2\) of float64, which is 1,584 bytes, and 480 ",
        ),
        ({"x": npy(X, (10**9, 10**9)), "y": npy(Y)}, r"the header of x says \(10+, 10+\)"),
        ({"x": b"nothing", "y": npy(Y)}, "x is not an array"),
        (
            {"x": npy(X.astype(object)), "y": npy(Y)},
            r"x holds Python objects, which are not read; .*x.astype\(str\)",
        ),
        ({"x": npy(Y), "y": npy(Y)}, "x is of dtype <U1; numbers were expected"),
        ({"x": npy(X[:, 0]), "y": npy(Y)}, r"x is \(30,\); one example a row"),
        ({"x": npy(np.where(X == 7, np.nan, X)), "y": npy(Y)}, 'a.npz, row 4, column "2": x is nan there'),
        (
            {"x": npy(X), "y": npy(np.where(X[:, 0] == 8, np.inf, 1))},
            "a.npz, row 5: y is not a finite number there",
        ),
        ({"x": npy(X), "y": npy(Y == "d")}, "y is the same in every row"),
        (
            {"x": npy(np.zeros((200, 1000))), "y": npy(Y)},
            "x would expand to 1,600,128 bytes; it was not read",
        ),
    ],
)
def test_a_bad_npz_file_is_told_in_one_line(
    members: dict[str, bytes], answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(array_dataset, "SUSPICIOUS", 1 << 20)
    zipped(tmp_path, **members)
    with pytest.raises(UserError, match=answer) as told:
        load("npz:a.npz", folder=tmp_path)
    assert "\n" not in str(told.value)


def test_what_is_no_npz_file_and_what_is_said_of_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match=r"a.npz: not an .npz file; numpy.savez"):
        load("npz:a.npz", folder=tmp_path)
    with pytest.raises(UserError, match=r"target is for tables, and a.npz holds arrays"):
        load("npz:a.npz", Reading(target=("y",)), tmp_path)


def test_python_hands_over_what_files_hold_with_the_same_checks(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    np.savez(tmp_path / "b.npz", x_train=X[:20], y_train=Y[:20], x_test=X[20:], y_test=Y[20:])
    for data, file in (((X, Y), "a"), ([X.tolist(), Y], "a"), ((X[:20], Y[:20], X[20:], Y[20:]), "b")):
        assert from_python(data).fingerprint == load(f"npz:{file}.npz", folder=tmp_path).fingerprint
    whole = from_arrays(X, Y)
    assert from_python(whole) is whole
    assert from_python((X, np.arange(30) % 3), Reading(kind="classification")).classes == ("0", "1", "2")
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": Y})
    frame.to_csv(tmp_path / "a.csv", index=False)
    reading = Reading(target=("y",))
    named = load("csv:a.csv", reading, tmp_path).fingerprint
    assert from_python(frame, reading).fingerprint == from_python((frame, "y")).fingerprint == named
    assert from_python(f"csv:{tmp_path / 'a.csv'}", reading).fingerprint == named


@pytest.mark.parametrize(
    ("data", "message", "reading"),
    [
        (X, r"data: \(x, y\), .* was expected, not ndarray", {}),
        ((X, Y, Y), r"was expected, not tuple of 3", {}),
        ("digts", r'unknown data set "digts"; did you mean "digits"', {}),
        ((pd.DataFrame({"a": [1, 2]}), "y"), r'data.target: .*"y"', {}),
        (
            (pd.DataFrame({"a": [1, 2]}), "y"),
            r'data.target: the target is "y" in the call',
            {"target": ("a",)},
        ),
        ((X, "y"), r"a data frame or a Dataset was expected, not ndarray", {}),
        ((X, Y[:-1]), r"data.source: arrays: x has 30 examples and y 29", {}),
        ((X, Y, X[:, :1], Y), r"x_train is \(30, 2\) and x_test \(30, 1\)", {}),
        ((X, Y), r"data.target: target is for tables, and these are arrays", {"target": ("y",)}),
        (pd.DataFrame({"a": [1, 2], "y": [1, 2]}), r"which column is to be predicted", {}),
        (pd.DataFrame({"a": [1], "y": [1]}), r"delimiter is for files", {"target": ("y",), "delimiter": ";"}),
        (from_arrays(X, Y), r"this is a Dataset", {"kind": "regression"}),
        (([[1, 2], [3]], ["a", "b"]), r"arrays: the rows of x differ in length", {}),
        ((np.ma.masked_less(X, 3), Y), r"arrays: x has masked numbers", {}),
        ((np.zeros((30, 0)), Y), r"arrays: x is \(30, 0\), without a number in it", {}),
        ((X[:0], Y[:0]), r"arrays: x is \(0, 2\), without a number in it", {}),
        ((X, 3), r"arrays: y is \(\); one target for each example", {}),
        ((X, np.zeros((30, 2, 2))), r"arrays: y is \(30, 2, 2\); one target for each example", {}),
        (
            (X, np.zeros(30, [("a", float)])),
            r"arrays: y is of dtype \[\('a', '<f8'\)\]",
            {"kind": "classification"},
        ),
        ((np.full((30, 2), 2**60 + 1), Y), r"arrays: x has whole numbers beyond ±2\^53", {}),
        ((X, np.arange(30) + 2**60), r"arrays: y has whole numbers beyond ±2\^53", {}),
        ((X, np.array(["a", None] * 15, object)), r"arrays, row 2: y is missing there", {}),
        ((X, np.array([np.nan, "a"] * 15, object)), r"arrays, row 1: y is missing there", {}),
        ((X, Y, X[:0], Y[:0]), r"arrays: x_test has no example", {}),
        ((csr_array(X), Y), r"arrays: x is sparse; x.toarray\(\) makes an array of it", {}),
        ((X.astype(object), Y), r"arrays: x is of dtype object; .*: x.astype\(float\) makes them so", {}),
    ],
)
def test_what_python_cannot_hand_over_is_one_sentence(
    data: Any, message: str, reading: dict[str, Any]
) -> None:
    with pytest.raises(UserError, match=message) as told:
        from_python(data, Reading(**reading))
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("?", np.uint8), ("u1", np.uint8), (">f4", np.float32), ("i1", np.float32), (">u2", np.float32),
        ("f2", np.float32), ("i4", np.float64), (">i8", np.float64), (">f8", np.float64),
    ],
)  # fmt: skip
def test_bytes_and_float32_stay_what_they_are_and_all_that_they_hold_becomes_one_of_them(
    given: str, kept: type
) -> None:
    x = (np.arange(60).reshape(30, 2) % 2).astype(given)
    for laid_out in (x, np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x[::-1][::-1]):
        data = from_arrays(laid_out, Y)
        assert (data.inputs.dtype, data.inputs.flags.c_contiguous) == (kept, True)
        assert data.inputs.dtype.isnative
        assert (data.inputs == x).all()
    assert np.shares_memory(x, from_arrays(x, Y).inputs) == (x.dtype == kept and x.dtype.isnative)


def test_an_array_that_lies_in_a_file_is_not_copied(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(60, dtype=np.uint8).reshape(30, 2))
    there = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert np.shares_memory(from_arrays(there, Y).inputs, there)


def test_whole_numbers_that_are_classes_have_names_of_their_own_however_large() -> None:
    y = np.arange(30, dtype=np.uint64) % 3 + 2**63
    assert from_arrays(X, y, kind="classification").classes[1] == str(2**63 + 1)
