"""Names of studies. A study's name is a folder's name, a run's name and a word in a command."""

import re
from typing import Final, Literal

LONGEST_NAME: Final = 60

SINGLE_EXPERIMENTS: Final = "train"
"""Under this name `chainrule train` records; no study file may have it."""

_DEVICE: Final = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows reserves for devices in every folder."""


def why_no_name(name: str) -> str:
    """Why a text cannot be a study's name; empty if it can."""
    if not re.fullmatch(r"[A-Za-z0-9._-]*", name):
        return "only letters, digits, - _ and . may stand in a name"
    if not re.fullmatch(r"[A-Za-z0-9](.*[A-Za-z0-9_-])?", name):
        return "a name begins with a letter or digit and does not end with a dot"
    if _DEVICE.fullmatch(name):
        return "this is the name of a device on Windows"
    return ""


def name_from(text: str, of: Literal["study", "data"] = "study") -> str:
    """A name for a study, or for a data set within the name of its study, that is as near to a text as can be."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._")
    if not name or _DEVICE.fullmatch(name) or (of == "study" and name == SINGLE_EXPERIMENTS):
        name = f"{of}-{name}".rstrip("-")
    return name[:LONGEST_NAME].rstrip(".")
