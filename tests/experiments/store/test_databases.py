"""What databases are taken for. MLflow's own and PostgreSQL's are looked at in test_tracking.py."""

import sqlite3
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from experiments.mistakes import UserError
from experiments.store.databases import (
    MLFLOW,
    OPTUNA,
    Contents,
    Owner,
    _revisions,
    check_owner,
    contents,
)
from experiments.store.store_errors import StoreError


def refusal(found: Contents, owner: Owner = MLFLOW, *, may_be_new: bool = True) -> UserError:
    with pytest.raises(UserError) as told:
        check_owner(found, owner, "their.db", "sqlite:///their.db", may_be_new=may_be_new)
    return told.value


def test_the_newest_revision_is_the_one_that_the_installed_optuna_makes(tmp_path: Path) -> None:
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/optuna.db")
    assert _revisions(OPTUNA)[1] == storage.get_head_version()
    storage.engine.dispose()


@pytest.mark.parametrize("owner", [MLFLOW, OPTUNA])
def test_tables_of_the_installed_version_are_welcome_and_so_is_nothing_to_who_writes(owner: Owner) -> None:
    revisions, newest = _revisions(owner)
    check_owner(Contents(owner.tables, newest), owner, "its.db", "", may_be_new=False)
    check_owner(Contents(frozenset()), owner, "its.db", "", may_be_new=True)
    assert "their.db holds nothing" in str(refusal(Contents(frozenset()), owner, may_be_new=False))
    for revision in revisions - {newest}:
        assert f"made by an older {owner.name}" in str(refusal(Contents(owner.tables, revision), owner))
    for revision in ("", "unheard of"):
        assert f"made by another {owner.name}" in str(refusal(Contents(owner.tables, revision), owner))


def test_somebody_elses_tables_are_named() -> None:
    assert "holds Optuna's studies, not MLflow's records" in str(refusal(Contents(OPTUNA.tables, "v3.2.0.a")))
    assert "holds MLflow's records, not Optuna's studies" in str(refusal(Contents(MLFLOW.tables), OPTUNA))
    assert "holds other tables (a, b, c, …)" in str(refusal(Contents(frozenset("dcba"))))
    assert "holds other tables (runs)" in str(refusal(Contents(frozenset({"runs"}))))


def test_a_page_of_garbage_is_found_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE runs (x)")
        database.executemany("INSERT INTO runs VALUES (?)", [("x" * 500,)] * 100)
        database.commit()
    assert contents(f"sqlite:///{path}", "--tracking-uri").tables == {"runs"}
    whole = path.read_bytes()
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole[: 4096 * page] + b"\xa5" * 4096 + whole[4096 * (page + 1) :])
        with pytest.raises(StoreError, match=r"mlflow\.db is damaged"):
            contents(f"sqlite:///{path}", "--tracking-uri")
