"""A frame keeps a tree of arrays exactly, and bytes that are no frame of numbers are refused."""

import json
from io import BytesIO

import numpy as np
import pytest

from homework import frames


def sent(tree: object) -> bytes:
    stream = BytesIO()
    frames.write(stream, tree)
    return stream.getvalue()


def test_a_tree_arrives_as_it_was_sent_and_its_arrays_can_be_changed() -> None:
    arrays = [np.array([[0.1, np.nan], [np.inf, -0.0]], dtype) for dtype in (np.float16, np.float32, float)]
    content = sent({"a": (None, "ünï\n", [], {}), 1: [*arrays, np.ones((2, 0, 3), int).T, True, 3, 1 / 3]})
    assert content.count(b"\n") == 1
    found = frames.read(BytesIO(content))
    assert found["a"] == [None, "ünï\n", [], {}]
    for one, other in zip([*arrays, np.ones((3, 0, 2), int), True, 3, 1 / 3], found["1"], strict=True):
        np.testing.assert_array_equal(one, other, strict=isinstance(one, np.ndarray))
        other[...] = 5


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"{}",
            b"5",
            b"\xff",
            b"[",
            b"[" * 100_000,
            b'{"pickle": ["<f8", [1], "AAAAAAAAAAA="]}',
            b"null\nnull",
        ),
        *(
            json.dumps({"array": each}).encode()
            for each in (
                ["|O", [1], "AAAAAAAAAAA="],
                ["<f8", [2], "AAAAAAAAAAA="],
                ["<M8[D]", [1], "AAAAAAAAAAA="],
            )
        ),
    ],
)
def test_bytes_that_are_no_frame_of_numbers_are_refused(content: bytes) -> None:
    with pytest.raises(frames.UnreadableError):
        frames.read(BytesIO(content + b"\n"))


def test_a_frame_without_end_is_refused_at_its_limit_and_one_cut_off_is_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EOFError):
        frames.read(BytesIO(sent([1.0])[:-1]))
    monkeypatch.setattr(frames, "LONGEST", 1000)
    with pytest.raises(frames.UnreadableError):
        frames.read(BytesIO(bytes(1001)))
    monkeypatch.setattr(frames, "MOST_BYTES", 7)
    with pytest.raises(frames.NotNumbersError, match="more than"):
        sent(np.ones(1))
