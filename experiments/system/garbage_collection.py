"""Python's search for garbage, for processes that import much, make much and soon end."""

import atexit
import gc
from typing import Final

OBJECTS: Final = 100_000
"""Made since the last search before the next. Python's own figure, 700, is reached with a few rows of SQLAlchemy's."""


def search_seldom() -> None:
    """Search for cycles seldom, and no more when the process ends.

    The publisher spends a twelfth of its time on it otherwise, and where MLflow or pandas has been imported a process
    takes half a second and more to end. What is registered with `atexit` still runs.
    """
    gc.set_threshold(OBJECTS)
    atexit.register(gc.freeze)


def search_never() -> None:
    """Never search for cycles, in a process that does one piece of work, keeps most of what it makes, and ends."""
    gc.disable()
    atexit.register(gc.freeze)
