import pytest

from experiments.mistakes import Fault, UserError
from experiments.store_errors import (
    RefusedError,
    StoreError,
    StudyNotFoundError,
    in_one_line,
    without_password,
)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://me:p%40ss@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("https://me:a/b@host", "https://me:***@host"),
        (
            "cannot reach http://u:p@h/x or http://v:q@i/y",
            "cannot reach http://u:***@h/x or http://v:***@i/y",
        ),
        ("http://127.0.0.1:5000/api", "http://127.0.0.1:5000/api"),
        ("sqlite:////home/me/a@b.db", "sqlite:////home/me/a@b.db"),
    ],
)
def test_a_password_is_never_shown(uri: str, shown: str) -> None:
    assert without_password(uri) == shown


def test_an_error_is_told_in_one_line() -> None:
    assert in_one_line(ValueError("first http://u:p@h/\nsecond")) == "first http://u:***@h/"
    assert in_one_line(ValueError()) == "ValueError"
    assert len(in_one_line(ValueError("x" * 1000))) == 200


def test_faults_of_the_store_are_faults_and_a_wrong_name_is_the_users_mistake() -> None:
    assert issubclass(RefusedError, StoreError)
    assert issubclass(StoreError, Fault)
    assert issubclass(StudyNotFoundError, UserError)
