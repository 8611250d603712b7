"""Studies that are put away: hidden from lists, and not to be run, with everything kept where it is.

A file in a study's folder says so on this machine, a tag of its experiment wherever MLflow's records are read.
"""

from pathlib import Path
from typing import Final

MARK: Final = "archived"
"""The file in the study's folder; it holds the moment."""

TAG: Final = "chainrule.archived"
"""The experiment's tag; likewise."""


def marked(home: Path) -> frozenset[str]:
    """The studies of an output folder that are put away."""
    return frozenset(path.parent.name for path in home.glob(f"studies/*/{MARK}"))
