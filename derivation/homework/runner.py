"""The process that runs a reader's Python file: it is started with the file's path and answers calls.

It imports NumPy alone, so that it starts quickly and nothing of this package can be in the file's way. Requests and
answers are frames on the original standard input and output; what the file prints goes nowhere, and what it reads is
empty. A frame is its length, eight bytes, and an `.npz` archive without pickle: a tree in JSON whose leaves are arrays.
"""

import inspect
import json
import os
import runpy
import sys
import traceback
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np

LENGTH = 8


class NotNumbersError(TypeError):
    """Something that a tree cannot hold."""


def write(stream: IO[bytes], tree: Any) -> None:
    """Send a tree of dictionaries, sequences, arrays, numbers, strings and None.

    Raises:
        NotNumbersError: if it holds anything else.
    """
    arrays: list[Any] = []
    skeleton = json.dumps(_skeleton(tree, arrays))
    buffer = BytesIO()
    named = {f"a{index}": array for index, array in enumerate(arrays)}
    np.savez(buffer, allow_pickle=False, skeleton=np.array(skeleton), **named)
    content = buffer.getvalue()
    stream.write(len(content).to_bytes(LENGTH, "big") + content)
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """Receive a tree; raises `EOFError` if the other side has gone."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        raise EOFError
    length = int.from_bytes(head, "big")
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        return _tree(json.loads(str(archive["skeleton"])), archive)


def _skeleton(tree: Any, arrays: list[Any]) -> Any:
    if tree is None or isinstance(tree, str):
        return {"plain": tree}
    if isinstance(tree, dict):
        return {"dict": [[str(key), _skeleton(value, arrays)] for key, value in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list": [_skeleton(each, arrays) for each in tree]}
    if hasattr(tree, "detach"):
        tree = tree.detach().cpu()
    try:
        array = np.asarray(tree)
    except Exception as reason:
        raise NotNumbersError(f"{type(tree).__name__} is not an array") from reason
    if array.dtype.kind not in "fiub":
        raise NotNumbersError(f"{type(tree).__name__} is not an array of numbers")
    arrays.append(array)
    return {"array": len(arrays) - 1}


def _tree(skeleton: dict[str, Any], archive: Any) -> Any:
    ((kind, content),) = skeleton.items()
    if kind == "plain":
        return content
    if kind == "array":
        return archive[f"a{content}"]
    if kind == "dict":
        return {key: _tree(value, archive) for key, value in content}
    return [_tree(each, archive) for each in content]


def _load(path: Path) -> dict[str, Any]:
    sys.path[0] = str(path.parent)
    os.chdir(path.parent)
    return runpy.run_path(str(path), run_name="homework")


def _described(namespace: dict[str, Any]) -> dict[str, Any]:
    """The functions with the number of arguments that they need, and the values that can be sent."""
    functions, values = {}, {}
    for name, value in namespace.items():
        if name.startswith("_") or inspect.ismodule(value) or inspect.isclass(value):
            continue
        if callable(value):
            functions[name] = np.array(_needs(value))
        else:
            try:
                _skeleton(value, [])
            except NotNumbersError:
                continue
            values[name] = value
    return {"functions": functions, "values": values}


def _needs(function: Any) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return -1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return -1
    return sum(each.kind in positional and each.default is each.empty for each in parameters)


def _failure(reason: BaseException, path: Path) -> dict[str, Any]:
    """What was raised, and the last line of the file that it passed through."""
    text = " ".join(str(reason).split()) or "no message"
    line = 0
    if isinstance(reason, SyntaxError) and reason.filename and Path(reason.filename) == path:
        line, text = reason.lineno or 0, reason.msg
    for frame in traceback.extract_tb(reason.__traceback__):
        if Path(frame.filename) == path:
            line = frame.lineno or 0
    code = ""
    if line:
        lines = path.read_text("utf-8", errors="replace").splitlines()
        code = lines[line - 1].strip() if line <= len(lines) else ""
    return {"raised": type(reason).__name__, "text": text, "line": np.array(line), "code": code}


def main() -> None:
    """Answer calls until the other side goes."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    path = Path(sys.argv[1]).resolve()
    try:
        namespace = _load(path)
        write(answers, _described(namespace))
    except BaseException as reason:  # whatever the file does is its reader's to know
        write(answers, _failure(reason, path))
        return
    while True:
        try:
            name, arguments = read(requests)
        except EOFError:
            return
        try:
            answer = {"result": namespace[name](*arguments), "arguments": arguments}
            write(answers, answer)
        except BaseException as reason:
            write(answers, _failure(reason, path))


if __name__ == "__main__":
    main()
