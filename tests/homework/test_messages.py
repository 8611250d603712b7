"""A message keeps a tree of arrays exactly, and bytes that are no message of numbers are refused."""

import json

import numpy as np
import pytest

from homework import messages


def test_a_tree_arrives_as_it_was_sent_and_its_arrays_can_be_changed() -> None:
    arrays = [np.array([[0.1, np.nan], [np.inf, -0.0]], dtype) for dtype in (np.float16, np.float32, float)]
    content = messages.to_bytes(
        {"a": (None, "ünï\n", [], {}), 1: [*arrays, np.ones((2, 0, 3), int).T, True, 3, 1 / 3]}
    )
    found = messages.from_bytes(content)
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
            b"",
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
def test_bytes_that_are_no_message_of_numbers_are_refused(content: bytes) -> None:
    with pytest.raises(messages.UnreadableError):
        messages.from_bytes(content)


def test_an_array_beyond_the_limit_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_BYTES", 7)
    with pytest.raises(messages.NotNumbersError, match="more than"):
        messages.to_bytes(np.ones(1))
