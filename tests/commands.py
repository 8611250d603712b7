"""The command line as a user runs it, in a process of its own."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Said:
    """What a command left behind: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def mistakes(self) -> list[str]:
        """The lines that name a mistake."""
        return re.findall(r"^error: .*$", self.err, re.MULTILINE)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "chainrule", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Without what a developer may have set."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CHAINRULE_HOME", "MLFLOW_"))
    }


def apart(*arguments: object, folder: Path = CHECKOUT, timeout: float = 600) -> Said:
    """Run a command to its end."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)
