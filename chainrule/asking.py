"""Asks before a study is changed as a whole."""

import sys
from collections.abc import Callable

from experiments.control_characters import visible
from experiments.mistakes import UserError


def agreement(*, yes: bool) -> Callable[[str], None]:
    """What asks the user whether to do this, and ends the command if the answer is not yes.

    With `--yes` nothing is asked. That option is needed where standard input is not a terminal.
    """

    def agree(what: str) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise UserError(
                "--yes: it is needed without a terminal, because this command asks first; nothing was changed"
            )
        sys.stderr.write(f"{visible(what)}\nContinue? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            sys.stderr.write("Nothing was changed.\n")
            raise SystemExit(1)

    return agree
