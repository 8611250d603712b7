"""Commands as they are shown to the user, to be typed again."""

import shlex
from typing import Final

from chainrule import options
from experiments.store_errors import without_password

DEFAULTS: Final = {"home": options.HOME, "engine": options.ENGINE, "workers": options.WORKERS}
"""What need not be said again, by option; nor is None."""


def command_line(command: str, *words: object, **given: object) -> str:
    """A command for a shell, with the options that differ from their defaults.

    Args:
        command: its name.
        words: its arguments.
        given: values of its options, by name; True for one that takes none. A password in them is not shown.
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
