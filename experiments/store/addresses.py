"""Addresses of stores: their kinds, and the way between an SQLite file's path and its address."""

from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from experiments.mistakes import UserError

SERVERS: Final = ("http", "https")
"""How the address of a tracking server begins."""


def scheme_of(uri: str) -> str:
    """What an address begins with, without the driver that may follow, as in postgresql+psycopg."""
    return uri.partition(":")[0].partition("+")[0].lower()


def is_server(uri: str) -> bool:
    """Whether an address is that of a tracking server."""
    return scheme_of(uri) in SERVERS


def is_sqlite(uri: str) -> bool:
    """Whether an address is that of an SQLite file."""
    return scheme_of(uri) == "sqlite"


def check_user(uri: str, option: str) -> None:
    """Refuse a user's name or password that programs would partly read as the host, and say so.

    Raises:
        UserError: if it is so.
    """
    place = uri.partition("://")[2].partition("?")[0]
    host = place.partition("@")[2] or place
    if "@" in host or (is_server(uri) and "@" in place and "/" in place.partition("@")[0]):
        raise UserError(
            f"{option}: in a user's name or password, write @ as %40 and / as %2F, and likewise every other character "
            "that is not a letter or a digit"
        )


def sqlite_uri(path: Path) -> str:
    """The address of a file as SQLAlchemy reads it, whatever signs are in its path.

    Raises:
        UserError: if the path is no text.
    """
    try:
        return f"sqlite:///{quote(path.absolute().as_posix())}"
    except UnicodeEncodeError as reason:
        raise UserError(f"{path}: a path that is not UTF-8 cannot be written as an address") from reason


def sqlite_path(uri: str) -> Path:
    """The file that an SQLite address names.

    Raises:
        ValueError: if it names none.
    """
    _, slashes, rest = uri.partition(":///")
    place = unquote(rest.partition("?")[0])
    if not slashes or not place or place.startswith((":memory:", "file:")) or "\0" in place:
        raise ValueError(
            "this is not the URL of a database; an SQLite file is named by sqlite:///FILE, or from the root by "
            "sqlite:////FOLDER/FILE"
        )
    return Path(place).absolute()
