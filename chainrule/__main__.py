"""The command chainrule, and python -m chainrule: listens to signals before the command line is imported."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; Ctrl-C or SIGTERM while it is imported ends it quietly, with 130 or 143."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    os.environ["PYTHONSAFEPATH"] = "1"  # every process below imports nothing from the working folder
    from experiments.system.garbage_collection import search_never, search_seldom

    (search_never if sys.argv[1:2] == ["report"] else search_seldom)()
    from chainrule.cli import main as run
    from chainrule.outlets import open_closed

    open_closed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
