"""What can go wrong with the tracking store. Apart from `mlflow_store`: catching them imports no MLflow."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from experiments.mistakes import Fault, UserError


class StoreError(Fault):
    """The tracking store could not be reached, or did not take or give something; later it may."""


class RefusedError(StoreError):
    """The tracking store refuses what it was given, and always will."""


class SilentError(StoreError):
    """A database does not answer, or does not let this user in."""


class StudyNotFoundError(UserError):
    """There is no study of this name in the tracking store."""


_SCHEME: Final = r"[A-Za-z][\w+.-]*://"
_PORT: Final = r"\d+(?:\W|$)"

_ONE: Final = re.compile(rf"({_SCHEME})(.*)", re.DOTALL)
_AMONG_WORDS: Final = re.compile(  # a password may hold blanks
    rf"({_SCHEME})((?:[^\s/@:]*:(?!{_PORT})[^@\n]*@)?\S*)"
)


def without_password(text: str) -> str:
    """An address, or a text with addresses in it, in a form that may be shown.

    Users and passwords, queries and fragments are replaced by ***: any of them may hold a secret. Where it cannot be
    told what is a password, more is hidden than need be.
    """
    one = re.match(_SCHEME, text) and not re.search(rf"\s\S*{_SCHEME}", text)
    return (_ONE if one else _AMONG_WORDS).sub(_shown, text)


def _shown(address: re.Match[str]) -> str:
    """An address, from the match of its scheme and its rest."""
    scheme, rest = address.groups()
    if scheme.startswith(("sqlite", "file")):  # they have a path at once, in which an @ is an @
        user, at, place = "", "", rest
    else:
        user, at, place = rest.rpartition("@")
    place = re.sub(r"([?#]).+", r"\1***", place, flags=re.DOTALL)
    if re.search("[?#]", user):  # or is that @ in a query?
        return f"{scheme}***"
    return f"{scheme}***@{place}" if at else f"{scheme}{place}"


def without_passwords(text: str, given: Iterable[str]) -> str:
    """A text in a form that may be shown; it may repeat one of the addresses `given`, each at the end of a word."""
    for word in given:
        if address := re.search(rf"{_SCHEME}.*", word, re.DOTALL):
            text = text.replace(address[0], without_password(address[0]))
    return without_password(text)


def in_one_line(reason: BaseException) -> str:
    """The first line of an error's message, at most 200 characters and without a password."""
    lines = without_password(str(reason)).strip().splitlines()
    return (lines[0] if lines else type(reason).__name__)[:200]


@contextmanager
def telling(uri: str) -> Iterator[None]:
    """Turn whatever SQLite or a file raises into a `StoreError` of the store at this address."""
    try:
        yield
    except (OSError, sqlite3.Error) as reason:
        refused = isinstance(reason, sqlite3.IntegrityError)
        kind, what = (RefusedError, "refuses this") if refused else (StoreError, "does not do its work")
        raise kind(f"the tracking store {without_password(uri)} {what}: {in_one_line(reason)}") from reason
