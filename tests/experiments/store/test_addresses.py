from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from experiments.mistakes import UserError
from experiments.store.addresses import check_user, is_server, is_sqlite, scheme_of, sqlite_path, sqlite_uri

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3))
def test_any_path_becomes_an_address_that_we_and_sqlalchemy_read_back(parts: list[str]) -> None:
    path = Path("/", *parts)
    assert sqlite_path(sqlite_uri(path)) == path
    assert make_url(sqlite_uri(path)).database == str(path)
    assert not make_url(sqlite_uri(path)).query


def test_an_address_names_a_file_as_sqlalchemy_has_it() -> None:
    assert sqlite_path("sqlite:////a/b%20c.db?timeout=5") == Path("/a/b c.db")
    assert sqlite_path("sqlite+pysqlite:///b.db") == Path("b.db").absolute()


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:x",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "sqlite:///%00",
    ],
)
def test_an_address_that_names_no_file_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a database"):
        sqlite_path(uri)


def test_a_path_that_is_no_text_is_the_users_mistake() -> None:
    with pytest.raises(UserError, match="not UTF-8"):
        sqlite_uri(Path("/a\udcff"))


def test_kinds_of_addresses_are_told_apart() -> None:
    assert scheme_of("postgresql+psycopg://host/db") == "postgresql"
    assert is_server("HTTPS://host")
    assert not is_server("sqlite:///http")
    assert is_sqlite("sqlite+pysqlite:///x")


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://me:p@ss@host/db",
        "postgresql://me:a@b/c@host/db",
        "http://me:5000/b@host",
        "http://a@b@c",
    ],
)
def test_a_password_of_which_a_part_would_be_taken_for_the_host_is_to_be_quoted(uri: str) -> None:
    with pytest.raises(
        UserError, match="--storage: in a user's name or password, write @ as %40 and / as %2F"
    ):
        check_user(uri, "--storage")


@pytest.mark.parametrize(
    "uri",
    ["postgresql://me:p%40/ss@host/db?x=a@b", "http://me:p@host/a", "http://host/a", "postgresql:///db"],
)
def test_any_other_is_not(uri: str) -> None:
    check_user(uri, "--storage")
