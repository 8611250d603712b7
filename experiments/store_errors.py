"""What can go wrong with the tracking store. Apart from `tracking`, so that nobody imports MLflow to catch them."""

import re

from experiments.mistakes import Fault, UserError


class StoreError(Fault):
    """The tracking store could not be reached, or did not take or give something; later it may."""


class RefusedError(StoreError):
    """The tracking store refuses what it was given, and always will."""


class StudyNotFoundError(UserError):
    """There is no study of this name in the tracking store."""


def without_password(uri: str) -> str:
    """An address, or a text with addresses in it, in a form that may be shown."""
    return re.sub(r"(?<=://)([^/@\s:]*):\S*@", r"\1:***@", uri)


def in_one_line(reason: BaseException) -> str:
    """The first line of an error's message, at most 200 characters and without a password."""
    lines = without_password(str(reason)).strip().splitlines()
    return (lines[0] if lines else type(reason).__name__)[:200]
