"""Trials of plain Optuna studies, in every kind of storage."""

import shutil
import sqlite3
from contextlib import closing

import optuna
import pytest
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from experiments.mistakes import UserError
from studies.others.guessing import guess
from studies.others.mapping_file import fitting, from_text
from studies.others.optuna_runs import read_trials
from studies.running.storage import name_metrics, open_database
from tests.experiments.conftest import bytes_in
from tests.other_programs import an_optuna_study


@pytest.fixture(scope="module")
def storages(tmp_path_factory):
    """The same study in an SQLite file and in a journal, as other programs made them."""
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    folder = tmp_path_factory.mktemp("optuna")
    an_optuna_study(open_database(f"sqlite:///{folder}/optuna.db"))
    an_optuna_study(JournalStorage(JournalFileBackend(str(folder / "optuna.journal"))))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return {"sqlite": f"sqlite:///{folder}/optuna.db", "journal": str(folder / "optuna.journal")}, folder


@pytest.mark.parametrize("kind", ["sqlite", "journal"])
def test_trials_are_read_with_their_curves_and_nothing_changes(storages, kind):
    urls, folder = storages
    before = bytes_in(folder)
    found = read_trials(urls[kind], "tuned")
    assert bytes_in(folder) == before
    assert (found.name, found.source, found.goals) == (
        "tuned",
        "Optuna's study “tuned”",
        {"value": "maximize"},
    )
    assert [run.ended for run in found.runs] == [
        *["complete"] * 3, "pruned", "complete", "failed", *["complete"] * 2, "running"
    ]  # fmt: skip
    first, pruned = found.runs[0], found.runs[3]
    assert first.metrics["value"].steps.tolist() == [0, 1, 2]
    assert first.metrics["value"].values[:2].tolist() == [0.5, 0.6]
    assert 0.7 < first.metrics["value"].values[2] < 0.9
    assert pruned.metrics["value"].values.tolist() == [0.5, 0.6]
    assert first.parameters["tags.machine"] == "here"
    assert found.ranges == {"lr": {"low": 0.001, "high": 1.0, "log": True}, "kind": ["small", "large"]}


def test_the_only_study_need_not_be_named_and_its_guess_fits(storages):
    found = read_trials(storages[0]["journal"], None)
    text = guess(found)
    chosen = fitting(from_text(text, "guess"), found, text, "guess")
    assert (len(chosen.runs), chosen.running) == (8, 1)


def test_studies_with_several_values_have_a_metric_for_each(tmp_path):
    url = f"sqlite:///{tmp_path}/two.db"
    study = optuna.create_study(
        storage=open_database(url), study_name="two", directions=["minimize", "maximize"]
    )
    name_metrics(study, ["loss", "speed"])
    study.optimize(lambda trial: (trial.suggest_int("width", 1, 9), 2.0), n_trials=2)
    found = read_trials(url, "two")
    assert found.goals == {"loss": "minimize", "speed": "maximize"}
    assert [run.metrics["speed"].values.tolist() for run in found.runs] == [[2.0], [2.0]]


def test_what_cannot_be_read_is_told_in_a_line(storages, tmp_path):
    urls, folder = storages
    with pytest.raises(UserError, match=r'--study: there is no study "tune"; did you mean "tuned"\?'):
        read_trials(urls["sqlite"], "tune")
    with pytest.raises(UserError, match="--optuna: there is no file"):
        read_trials(str(tmp_path / "gone.journal"), None)
    with pytest.raises(UserError, match="studies are read from SQLite, PostgreSQL and journals"):
        read_trials("mysql://me@host/optuna", None)
    old = tmp_path / "old.db"
    shutil.copy(folder / "optuna.db", old)
    with closing(sqlite3.connect(old)) as changed:
        changed.execute("UPDATE alembic_version SET version_num = 'v2.4.0.a'")
        changed.commit()
    before = old.read_bytes()
    with pytest.raises(UserError, match="was made by an older Optuna"):
        read_trials(f"sqlite:///{old}", None)
    assert old.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["old.db"]


def test_a_database_that_a_crash_has_left_with_a_log_is_read_whole_and_the_log_stays(storages, tmp_path):
    shutil.copy(storages[1] / "optuna.db", tmp_path / "working.db")
    with closing(sqlite3.connect(tmp_path / "working.db")) as writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("UPDATE studies SET study_name = 'renamed'")
        writing.commit()
        (tmp_path / "crashed").mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"working.db{suffix}", tmp_path / "crashed" / f"optuna.db{suffix}")
    before = bytes_in(tmp_path / "crashed")
    assert read_trials(f"sqlite:///{tmp_path}/crashed/optuna.db", None).name == "renamed"
    assert bytes_in(tmp_path / "crashed") == before


def test_postgresql_is_read_and_not_written(storages, postgresql):
    import psycopg

    uri = postgresql()
    url = uri.replace("postgresql://", "postgresql+psycopg://")
    storage = RDBStorage(url)
    source = open_database(storages[0]["sqlite"])
    optuna.copy_study(from_study_name="tuned", from_storage=source, to_storage=storage, to_study_name="tuned")
    storage.engine.dispose()

    def written():
        with psycopg.connect(uri) as connection:
            asked = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            connection.execute("SELECT pg_stat_clear_snapshot()")
            return connection.execute(asked).fetchone()

    before = written()
    assert read_trials(url, "tuned").goals == {"value": "maximize"}
    assert written() == before
