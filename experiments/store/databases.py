"""Whose tables a database holds, looked at before MLflow or Optuna opens it: both would add theirs to anybody's.

Neither is imported for it, and nothing is written. An SQLite file is read by SQLite alone, others by SQLAlchemy.
"""

import re
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from experiments.mistakes import UserError
from experiments.store.addresses import check_user, is_sqlite, scheme_of, sqlite_path
from experiments.store.sqlite_file import NOTHING_CHANGED, check_pages, read
from experiments.store.store_errors import SilentError, in_one_line, without_password

MOST_NAMED: Final = 3
"""How many of another program's tables a message names."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A program and how to know its tables.

    Attributes:
        name: of the program.
        package: likewise, as it is installed.
        keeps: what it keeps.
        tables: some that all its versions have.
        changes: its folder of changes to them, each a file.
        upgrade: the command that brings older tables up to date, without the address.
    """

    name: str
    package: str
    keeps: str
    tables: frozenset[str]
    changes: str
    upgrade: str


MLFLOW: Final = Owner(
    "MLflow",
    "mlflow",
    "MLflow's records",
    frozenset({"experiments", "runs", "metrics", "params", "tags"}),
    "store/db_migrations/versions",
    "mlflow db upgrade",
)
OPTUNA: Final = Owner(
    "Optuna",
    "optuna",
    "Optuna's studies",
    frozenset({"studies", "trials", "trial_params", "version_info"}),
    "storages/_rdb/alembic/versions",
    "optuna storage upgrade --storage",
)

TABLES_TESTED: Final = "dc11669786a5"
"""Revision of MLflow's tables with which reading and writing them without its client was tested."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a database.

    Attributes:
        tables: their names.
        revision: of the tables, as alembic numbers them, or empty.
    """

    tables: frozenset[str]
    revision: str = ""


def _contents(database: sqlite3.Connection) -> Contents:
    """What is in an SQLite file."""
    check_pages(database)
    tables = frozenset(
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    )
    revisions = (
        database.execute("SELECT version_num FROM alembic_version") if "alembic_version" in tables else []
    )
    return Contents(tables, _only(str(revision) for (revision,) in revisions))


def file_of(uri: str, option: str) -> Path:
    """The file that an SQLite address names.

    Raises:
        UserError: if it names none.
    """
    try:
        return sqlite_path(uri)
    except ValueError as reason:
        raise UserError(f"{option}: {reason}") from reason


def contents(uri: str, option: str) -> Contents:
    """What is in the database at an address that stands in an option.

    Raises:
        UserError: if there can be no database at it; of a file also if it is none, is not there, or is locked.
        StoreError: if a file is damaged; `SilentError` if a server does not answer.
    """
    if is_sqlite(uri):
        return read(file_of(uri, option), _contents)
    with _connection(uri, option) as (connection, sqlalchemy):
        tables = frozenset(sqlalchemy.inspect(connection).get_table_names())
        asked = sqlalchemy.text("SELECT version_num FROM alembic_version")
        revisions = connection.execute(asked).scalars() if "alembic_version" in tables else []
        return Contents(tables, _only(map(str, revisions)))


def identity(uri: str, option: str) -> tuple[Any, ...]:
    """What two addresses of one database have in common; the address itself where that cannot be told."""
    if is_sqlite(uri):
        return ("sqlite", file_of(uri, option).resolve())
    if scheme_of(uri) == "postgresql":
        asked = "SELECT pg_postmaster_start_time(), current_database(), current_schema()"
        with _connection(uri, option) as (connection, sqlalchemy):
            return tuple(connection.execute(sqlalchemy.text(asked)).one())
    return (uri,)


@contextmanager
def reading(uri: str, option: str) -> Iterator[Callable[[str], Iterable[Sequence[Any]]]]:
    """What asks a database of a server, in a transaction that only reads; as `contents`."""
    with _connection(uri, option) as (connection, sqlalchemy):
        connection.execute(sqlalchemy.text("SET TRANSACTION READ ONLY"))
        yield lambda query: connection.execute(sqlalchemy.text(query))


@contextmanager
def _connection(uri: str, option: str) -> Iterator[tuple[Any, Any]]:
    """A connection that writes nothing, and SQLAlchemy. What its errors say may hold the password."""
    check_user(uri, option)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import sqlalchemy

        try:
            engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
        except ImportError as reason:
            raise UserError(f"{option}: {reason.name} is needed for it and is not installed") from reason
        except sqlalchemy.exc.NoSuchModuleError as reason:
            raise UserError(f"{option}: this kind of database is not known") from reason
        except (ValueError, TypeError, sqlalchemy.exc.SQLAlchemyError) as reason:
            raise UserError(
                f"{option}: this is not the URL of a database; an example is sqlite:///study.db"
            ) from reason
        try:
            with engine.connect() as connection:
                yield connection, sqlalchemy
        except sqlalchemy.exc.SQLAlchemyError as reason:
            why = in_one_line(getattr(reason, "orig", None) or reason)
            raise SilentError(
                f"{option}: the database {without_password(uri)} does not answer: {why}"
            ) from reason


def check_owner(found: Contents, owner: Owner, where: str, uri: str, *, may_be_new: bool) -> None:
    """Refuse a database, called `where`, that holds anything but its owner's tables, of the version that is installed.

    Raises:
        UserError: if it belongs to another program, has another version, or is empty and may not be.
    """
    if not found.tables:
        if not may_be_new:
            raise UserError(
                f"{where} holds nothing: no study has been recorded there yet",
                advice=f"{NOTHING_CHANGED} Name the database that the studies are in.",
            )
        return
    if not owner.tables <= found.tables:
        raise UserError(
            f"{where} holds {_holds(found)}, not {owner.keeps}",
            advice=f"{NOTHING_CHANGED} Name another database; {owner.name} needs one of its own.",
        )
    revisions, newest = _revisions(owner)
    if found.revision == newest:
        return
    here = f"{owner.name} {version(owner.package)}"
    if found.revision in revisions:
        raise UserError(
            f"{where} was made by an older {owner.name}; here is {here}",
            advice=f"{NOTHING_CHANGED} Make a copy of it, then bring it up to date: "
            f"{owner.upgrade} '{without_password(uri)}'",
        )
    raise UserError(
        f"{where} was made by another {owner.name}, presumably a newer one; here is {here}",
        advice=f"{NOTHING_CHANGED} Use the chainrule that it was made with, or name another database.",
    )


def _holds(found: Contents) -> str:
    for owner in (MLFLOW, OPTUNA):
        if owner.tables <= found.tables:
            return owner.keeps
    names = sorted(found.tables)
    more = ", …" if len(names) > MOST_NAMED else ""
    return f"other tables ({', '.join(names[:MOST_NAMED])}{more})"


def newest_tables(owner: Owner) -> str:
    """The revision of the tables that the installed version of a program makes."""
    return _revisions(owner)[1]


@cache
def _revisions(owner: Owner) -> tuple[frozenset[str], str]:
    """Every revision that the installed version knows, and the newest, which none follows."""
    package = find_spec(owner.package)
    assert package is not None
    assert package.origin is not None
    before: set[str] = set()
    known: set[str] = set()
    for change in Path(package.origin).parent.joinpath(owner.changes).glob("*.py"):
        text = change.read_text(encoding="utf-8")
        known.update(re.findall(r'^revision = "([^"]+)"', text, re.MULTILINE))
        before.update(re.findall(r'^down_revision = "([^"]+)"', text, re.MULTILINE))
    (newest,) = known - before
    return frozenset(known), newest


def _only(values: Iterable[str]) -> str:
    found = list(values)
    return found[0] if len(found) == 1 else ""
