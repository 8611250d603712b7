"""Commands as text that the user can copy into a shell."""

import shlex
from pathlib import Path
from typing import Final

from experiments.mistakes import UserError
from experiments.store.store_errors import without_password

HOME: Final = Path("output")
ENGINES: Final = ("local", "dask")
"""Names of what trains; a Dask scheduler that is there already has an address instead."""

ENGINE: Final = ENGINES[0]
WORKERS: Final = "auto"

DEFAULTS: Final = {"home": HOME, "engine": ENGINE, "workers": WORKERS}
"""Defaults by option; an option with its default or None is left out."""


def command_line(command: str, *words: object, **given: object) -> str:
    """A command for a shell with its arguments, and the options, by name, that differ from their defaults.

    True is the value of an option that takes none. A password is not shown.
    """
    line = ["chainrule", command]
    line += [f"./{word}" if str(word).startswith("-") else str(word) for word in words]
    for name, value in given.items():
        if value is not None and value != DEFAULTS.get(name):
            line += [
                f"--{name.replace('_', '-')}",
                *([] if value is True else [without_password(str(value))]),
            ]
    return shlex.join(line)


def nothing_recorded(home: Path) -> UserError:
    """The error for reading an output folder without records."""
    first = command_line("study", "FILE", home=home)
    return UserError(f"nothing has been recorded in {home} yet", advice=f"Run a study first: {first}")
