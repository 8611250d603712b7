"""The process that runs a reader's Python file: it gets the file's path and a working folder, and answers calls.

It imports little but NumPy, so that it starts quickly and nothing of this package is in the file's way. Requests and
answers come and go over a connection that it has inherited; see `messages`. The first answer lists the restrictions
that are not available here, the second says what the file defines.
"""

import inspect
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any, Final

import numpy as np

from homework import sandbox
from homework.messages import encoded, from_bytes, to_bytes

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

LONGEST: Final = 300
"""Letters of a message or a line of the file that are passed on."""


def main() -> None:
    """Answer calls until the other side closes its end."""
    path, working, caller = Path(sys.argv[1]), Path(sys.argv[2]), Connection(int(sys.argv[3]))
    sandbox.guarded(working, caller.fileno())
    source = path.read_bytes()
    caller.send_bytes(to_bytes(sandbox.closed_in(path.parent, working)))
    caller.recv_bytes()
    _make_room(path)
    try:
        namespace = _load(path, source)
        answer = to_bytes(_described(namespace))
    except BaseException as reason:  # the reader is told of anything that the file does
        caller.send_bytes(to_bytes(_failure(reason, path, source)))
        return
    while True:
        caller.send_bytes(answer)
        try:
            name, arguments = from_bytes(caller.recv_bytes())
        except EOFError:
            return
        try:
            answer = to_bytes({"result": namespace[name](*arguments), "arguments": arguments})
        except BaseException as reason:
            answer = to_bytes(_failure(reason, path, source))


def _make_room(path: Path) -> None:
    """Put the file's folder first in the search path of modules, and remove our own modules."""
    ours = os.environ.pop("PYTHONPATH", "")
    if ours in sys.path:
        sys.path.remove(ours)
    sys.path.insert(0, str(path.parent))
    for name in [name for name in sys.modules if name.partition(".")[0] == "homework"]:
        del sys.modules[name]


def _load(path: Path, source: bytes) -> dict[str, Any]:
    module = types.ModuleType("homework")
    module.__file__ = str(path)
    sys.modules["homework"] = module
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module.__dict__


def _described(namespace: dict[str, Any]) -> dict[str, Any]:
    """The functions with the number of arguments that they need, and the values that can be sent."""
    functions, values = {}, {}
    for name, value in list(namespace.items()):
        if name.startswith("_") or inspect.ismodule(value) or inspect.isclass(value):
            continue
        if callable(value):
            functions[name] = np.array(_needs(value))
        else:
            try:
                encoded(value)
            except BaseException:  # also of an object that only claims to be an array
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


def _failure(reason: BaseException, path: Path, source: bytes) -> dict[str, Any]:
    """What was raised, and the last line of the file in its traceback."""
    try:
        text = " ".join(str(reason).split())
        line = 0
        if isinstance(reason, SyntaxError) and reason.filename and Path(reason.filename) == path:
            line, text = int(reason.lineno or 0), str(reason.msg)
        for frame in traceback.extract_tb(reason.__traceback__, limit=-1000):
            if Path(frame.filename) == path:
                line = frame.lineno or 0
    except BaseException:  # an exception's own methods may raise, too
        text, line = "", 0
    lines = source.decode("utf-8", errors="replace").splitlines()
    code = lines[line - 1].strip()[:LONGEST] if 0 < line <= len(lines) else ""
    kind = MemoryError if issubclass(type(reason), MemoryError) else type(reason)  # NumPy has one of its own
    name = type.__getattribute__(kind, "__name__")
    return {
        "raised": name[:LONGEST],
        "text": text[:LONGEST] or "no message",
        "line": np.array(line if code else 0),
        "code": code,
    }


if __name__ == "__main__":
    main()
