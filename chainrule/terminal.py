"""What the terminal is good for."""

import os
import sys


def animated(*, color: bool) -> bool:
    """Whether standard error is a terminal that can be drawn on, and nobody has asked for plain lines."""
    plain = not color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stderr.isatty()
