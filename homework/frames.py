"""Trees of arrays between two processes, in frames: a length of eight bytes, and an `.npz` archive without pickle.

An archive holds a tree in JSON whose leaves are its arrays. The reader trusts nothing: what is no frame, is too large
or holds anything but numbers is an `UnreadableError`.
"""

import json
import zipfile
from io import BytesIO
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

LENGTH: Final = 8
MOST_BYTES: Final = 1 << 28
"""Of a frame, and of the arrays in it."""

NUMBERS: Final = "fiub"
"""Kinds of arrays that are sent."""


class NotNumbersError(TypeError):
    """Something that a tree cannot hold."""


class UnreadableError(Exception):
    """Bytes that are no frame."""


def write(stream: IO[bytes], tree: Any) -> None:
    """Send a tree of dictionaries, sequences, arrays, numbers, strings and None.

    Raises:
        NotNumbersError: if it holds anything else.
    """
    arrays: list[Any] = []
    skeleton = json.dumps(to_skeleton(tree, arrays))
    buffer = BytesIO()
    named = {f"a{index}": array for index, array in enumerate(arrays)}
    np.savez(buffer, allow_pickle=False, skeleton=np.array(skeleton), **named)
    content = buffer.getvalue()
    left = memoryview(len(content).to_bytes(LENGTH, "big") + content)
    while left:
        left = left[stream.write(left) :]
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """Receive a tree.

    Raises:
        EOFError: if the other side has gone.
        UnreadableError: if what came is no frame.
    """
    length = int.from_bytes(_exactly(stream, LENGTH), "big")
    if length > MOST_BYTES:
        raise UnreadableError
    content = _exactly(stream, length)
    try:
        with zipfile.ZipFile(BytesIO(content)) as members:
            if sum(member.file_size for member in members.infolist()) > MOST_BYTES:
                raise UnreadableError
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            return _tree(json.loads(str(archive["skeleton"])), archive)
    except Exception as reason:  # of zipfile, zlib, NumPy and json, on bytes that may be anything
        raise UnreadableError from reason


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        more = stream.read(length - len(content))
        if not more:
            raise EOFError
        content += more
    return bytes(content)


def to_skeleton(tree: Any, arrays: list[Any]) -> Any:
    """The tree with the numbers of its arrays in their place; the arrays are added to the list.

    Raises:
        NotNumbersError: if it holds what is no array; also if an object says that it is one and then is not.
    """
    if tree is None or isinstance(tree, str):
        return {"plain": tree}
    if isinstance(tree, dict):
        return {"dict": [[str(key), to_skeleton(value, arrays)] for key, value in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list": [to_skeleton(each, arrays) for each in tree]}
    try:
        array = _as_array(tree)
    except Exception as reason:
        raise NotNumbersError(f"{type(tree).__name__} is not an array") from reason
    if array.dtype.kind not in NUMBERS:
        raise NotNumbersError(f"{type(tree).__name__} is not an array of numbers")
    if array.nbytes > MOST_BYTES:
        raise NotNumbersError(f"an array {array.shape} is more than {MOST_BYTES >> 20} MB")
    arrays.append(array)
    return {"array": len(arrays) - 1}


def _as_array(value: Any) -> NDArray[Any]:
    """An array, or a tensor of PyTorch; `detach` means something else to a socket or a file."""
    if any(base.__module__.partition(".")[0] == "torch" for base in type(value).__mro__):
        value = value.detach().cpu()
    return np.asarray(value)


def _tree(skeleton: dict[str, Any], archive: Any) -> Any:
    ((kind, content),) = skeleton.items()
    if kind == "plain":
        if content is not None and not isinstance(content, str):
            raise UnreadableError
        return content
    if kind == "array":
        array = archive[f"a{int(content)}"]
        if array.dtype.kind not in NUMBERS:
            raise UnreadableError
        return array
    if kind == "dict":
        return {str(key): _tree(value, archive) for key, value in content}
    return [_tree(each, archive) for each in content]
