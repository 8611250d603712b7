"""Trees of arrays as messages between two processes: JSON in which an array is its bytes in base 64.

`multiprocessing` would pickle them, and what a homework sends would then run in its caller. So only its connections
are used, which carry bytes.
"""

import json
from base64 import b64decode, b64encode
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_BYTES: Final = 1 << 28
"""The most bytes of an array."""

LONGEST: Final = MOST_BYTES * 4 // 3 + (1 << 20)
"""Bytes of the longest message: base 64 needs four letters for three bytes."""

NUMBERS: Final = "fiub"
"""Kinds of arrays that are sent."""


class NotNumbersError(TypeError):
    """A tree holds something that cannot be sent."""


class UnreadableError(Exception):
    """The bytes are not a message."""


def to_bytes(tree: Any) -> bytes:
    """The message of a tree of dictionaries, sequences, arrays, numbers, strings and None.

    Raises:
        NotNumbersError: if it holds anything else.
    """
    return json.dumps(encoded(tree)).encode()


def from_bytes(content: bytes) -> Any:
    """The tree of a message.

    Raises:
        UnreadableError: if the bytes are something else.
    """
    try:
        return _decoded(json.loads(content))
    except Exception as reason:  # of json, base64 and NumPy, on bytes that may be anything
        raise UnreadableError from reason


def encoded(tree: Any) -> Any:
    """The tree as JSON has it: an array is a list of its type, its shape and its bytes, under the key `array`.

    Raises:
        NotNumbersError: if it holds something that is not an array, even if it claims to be one.
    """
    if tree is None or isinstance(tree, str):
        return tree
    if isinstance(tree, dict):
        return {"dict": [[str(key), encoded(value)] for key, value in tree.items()]}
    if isinstance(tree, list | tuple):
        return [encoded(each) for each in tree]
    try:
        array = _as_array(tree)
    except Exception as reason:
        raise NotNumbersError(f"{type(tree).__name__} is not an array") from reason
    if array.dtype.kind not in NUMBERS:
        raise NotNumbersError(f"{type(tree).__name__} is not an array of numbers")
    if array.nbytes > MOST_BYTES:
        raise NotNumbersError(f"an array {array.shape} is more than {MOST_BYTES >> 20} MB")
    return {"array": [array.dtype.str, array.shape, b64encode(array.tobytes()).decode()]}


def _as_array(value: Any) -> NDArray[Any]:
    """An array, or a tensor of PyTorch; `detach` means something else to a socket or a file."""
    if any(base.__module__.partition(".")[0] == "torch" for base in type(value).__mro__):
        value = value.detach().cpu()
    return np.asarray(value)


def _decoded(tree: Any) -> Any:
    if tree is None or isinstance(tree, str):
        return tree
    if isinstance(tree, list):
        return [_decoded(each) for each in tree]
    ((kind, content),) = tree.items()
    if kind == "dict":
        return {str(key): _decoded(value) for key, value in content}
    code, shape, letters = content
    dtype = np.dtype(str(code))
    if kind != "array" or dtype.kind not in NUMBERS or prod(shape) * dtype.itemsize > MOST_BYTES:
        raise UnreadableError
    return np.frombuffer(b64decode(letters), dtype).reshape(shape).copy()
