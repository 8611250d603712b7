"""How a process of ours is started: it imports nothing from the working folder, and no terminal interrupts it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import experiments

APART: Final[dict[str, Any]] = (
    {"process_group": 0}
    if os.name == "posix"
    else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
)
"""For `Popen`: a group of its own, which a terminal's Ctrl-C does not reach. Who starts it sees to its end."""


def command(module: str, *arguments: str) -> list[str]:
    """The words that run one of our modules. -P, since any name may stand in the working folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def surroundings() -> dict[str, str]:
    """The environment to run it in: the rooms can be imported, and processes below it are as careful."""
    rooms = str(Path(experiments.__path__[0]).parent)
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)  # an empty part would be the working folder
    path = os.pathsep.join([rooms, *filter(None, given)])
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": path}


def end_with_starter() -> None:
    """Have this process and its group end when its standard input is closed, on purpose or with who has started it.

    Standard input must be a pipe whose other end no other process holds.
    """
    threading.Thread(target=_end_with_starter, daemon=True).start()


def _end_with_starter() -> None:
    while os.read(0, 1):
        pass
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
