import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.mistakes import Fault, UserError
from experiments.store.store_errors import (
    RefusedError,
    StoreError,
    StudyNotFoundError,
    in_one_line,
    without_password,
)

SCHEMES = st.sampled_from(["http", "https", "postgresql", "postgresql+psycopg", "tcp", "tls", "dask", "grpc"])
ANY = st.text(max_size=10)
WITHOUT_BLANKS = st.text(st.characters(exclude_categories=["Z", "C"]), max_size=10)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:p%40ss@host:5432/db", "postgresql://***@host:5432/db"),
        ("https://me:a/b@host", "https://***@host"),
        ("https://token@host", "https://***@host"),
        ("dask://me:se cret@host:1", "dask://***@host:1"),
        ('unknown engine "http://me:se cret@host"', 'unknown engine "http://***@host"'),
        ("https://host/db?user=me&password=x", "https://host/db?***"),
        (
            "cannot reach http://u:p@h/x or http://v:q@i/y",
            "cannot reach http://***@h/x or http://***@i/y",
        ),
        (
            "the store http://h:5000 has no models:/x@champion",
            "the store http://h:5000 has no models:/x@champion",
        ),
        ("http://127.0.0.1:5000/api", "http://127.0.0.1:5000/api"),
        ("sqlite:////home/me/a@b.db", "sqlite:////home/me/a@b.db"),
        ("file:///home/me/a@b.db", "file:///home/me/a@b.db"),
        ("no address at all, of me@home", "no address at all, of me@home"),
    ],
)
def test_an_address_is_shown_without_its_secrets(text: str, shown: str) -> None:
    assert without_password(text) == shown
    assert without_password(shown) == shown


@given(SCHEMES, ANY, ANY, ANY, ANY)
def test_no_address_shows_its_password_whatever_signs_that_has(
    scheme: str, user: str, before: str, after: str, around: str
) -> None:
    url = f"{scheme}://{user}:{before}S3CRET{after}@host:5000/db?token={around}S3CRET{around}"
    assert "S3CRET" not in without_password(url)
    assert without_password(without_password(url)) == without_password(url)


@given(SCHEMES, WITHOUT_BLANKS, WITHOUT_BLANKS, WITHOUT_BLANKS, ANY)
def test_no_text_shows_the_password_of_an_address_in_it(
    scheme: str, user: str, before: str, after: str, around: str
) -> None:
    url = f"{scheme}://{user}:{before}S3CRET{after}@host:5000/db?token={before}S3CRET{after}"
    shown = without_password(f"{around} {url} does not answer, nor does {url}: {around}")
    assert "S3CRET" not in shown.replace(around, "")


def test_an_error_is_told_in_one_line() -> None:
    assert in_one_line(ValueError("first http://u:p@h/\nsecond")) == "first http://***@h/"
    assert in_one_line(ValueError()) == "ValueError"
    assert len(in_one_line(ValueError("x" * 1000))) == 200


def test_faults_of_the_store_are_faults_and_a_wrong_name_is_the_users_mistake() -> None:
    assert issubclass(RefusedError, StoreError)
    assert issubclass(StoreError, Fault)
    assert issubclass(StudyNotFoundError, UserError)
