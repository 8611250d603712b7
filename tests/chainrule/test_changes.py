"""A study is deleted, renamed or archived in all places, and nothing is lost if that is cut off."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chainrule import changes
from chainrule.change_note import CHANGE
from chainrule.workspace import Workspace
from experiments.mistakes import UserError
from experiments.recording.records import from_bytes, to_bytes
from experiments.store.spool import SET_ASIDE
from experiments.system.locks import OF_A_STUDY, held
from tests.chainrule.conftest import TINY, Run
from tests.commands import apart, command, environment
from tests.end_to_end.conftest import fingerprint
from tests.experiments.conftest import Server, bytes_in

pytestmark = pytest.mark.xdist_group("recorded")


@pytest.fixture(scope="module")
def reported(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with two studies and their reports; its artifacts are in it."""
    folder = tmp_path_factory.mktemp("reported")
    shutil.copytree(recorded, folder / "home")
    (folder / "tiny.toml").write_text(TINY)
    again = ("study", "tiny.toml", "--name", "tiny-2", "--workers", 1, "--no-report")
    for words in (again, ("report", "tiny")):
        said = apart(*words, "--home", "home", folder=folder)
        assert said.status == 0, said.err
    other = folder / "home" / "reports" / "tiny-2"
    other.mkdir()
    (other / "report.html").touch()
    return folder / "home"


@pytest.fixture
def home(reported: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, to be changed; the original is seen to stay as it was."""
    before = {path: content for path, content in bytes_in(reported).items() if "mlflow.db" not in path}
    shutil.copytree(reported, tmp_path / "home")
    yield tmp_path / "home"
    after = {path: content for path, content in bytes_in(reported).items() if "mlflow.db" not in path}
    assert after == before


def load(home: Path, name: str) -> Any:
    from experiments.store.reading import Records

    return Records.open(home, None).load_study(name)


def names(home: Path) -> list[str]:
    from experiments.store.reading import Records

    return sorted(one.name for one in Records.open(home, None).studies(archived=True))


def rows(home: Path) -> dict[str, int]:
    """How many rows each table of MLflow's has."""
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def without_tiny(home: Path) -> None:
    """Nothing of the study tiny is left, and the other one is whole."""
    assert names(home) == ["tiny-2"]
    study = load(home, "tiny-2")
    assert (len(study.runs), study.state) == (4, "complete")
    assert not (home / "studies" / "tiny").exists()
    assert not (home / "reports" / "tiny").exists()
    assert (home / "reports" / "tiny-2" / "report.html").exists()
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        runs = {run for (run,) in database.execute("SELECT run_uuid FROM runs")}
        models = {model for (model,) in database.execute("SELECT model_id FROM logged_models")}
        assert [name for (name,) in database.execute("SELECT name FROM registered_models")] == ["tiny-2"]
        inputs = {one for (one,) in database.execute("SELECT destination_id FROM inputs")}
    assert {path.name for path in (home / "artifacts").iterdir()} == runs | {"models"}
    assert {path.name for path in (home / "artifacts" / "models").iterdir()} == models
    assert inputs <= runs | models


def test_a_deleted_study_is_gone_from_all_places_and_others_are_whole(home: Path, run: Run) -> None:
    before = rows(home)
    said = run("delete", "tiny", "--yes", "--home", home)
    assert (said.status, said.out, said.err) == (0, 'The study "tiny" is deleted.\n', "")
    without_tiny(home)
    after = rows(home)
    assert all(0 < after[table] < before[table] for table in ("metrics", "tags"))  # a report adds some
    for table in ("runs", "params", "inputs", "input_tags", "registered_models", "logged_models"):
        assert 2 * after[table] == before[table] > 0, table
    assert run("delete", "tiny", "--yes", "--home", home).status == 2


@pytest.mark.slow
def test_the_name_of_a_deleted_study_is_free(home: Path, run: Run, tiny: Path) -> None:
    first = fingerprint(load(home, "tiny"))
    run("delete", "tiny", "--yes", "--home", home)
    said = apart("study", tiny, "--home", home, "--workers", 1, "--no-report", folder=home.parent)
    assert said.status == 0, said.err
    assert fingerprint(load(home, "tiny")) == first


def test_a_renamed_study_is_the_same_under_its_new_name_everywhere(home: Path, run: Run) -> None:
    before, experiment = fingerprint(load(home, "tiny")), load(home, "tiny").experiment_id
    view = views(home, experiment)
    said = run("rename", "tiny", "fine", "--yes", "--home", home)
    assert (said.status, said.err) == (0, "")
    assert (
        said.out
        == f'The study "tiny" is now "fine". To continue it: chainrule study FILE --name fine --home {home}\n'
    )
    assert names(home) == ["fine", "tiny-2"]
    study = load(home, "fine")
    assert [each[:2] + each[3:] for each in fingerprint(study)] == [each[:2] + each[3:] for each in before]
    assert all(one.task.study == "fine" and one.task.run_key.startswith("fine-") for one in study.runs)
    assert (study.experiment_id, views(home, experiment)) == (experiment, view)
    assert view
    assert "--name fine" in study.command
    report = (home / "reports" / "fine" / "report.html").read_text("utf-8")
    assert "--name fine" in report
    assert not (home / "reports" / "tiny").exists()
    assert not (home / "studies" / "tiny").exists()
    artifact = home / "artifacts" / study.parent_run_id / "artifacts" / "report" / "report.html"
    assert artifact.read_text("utf-8") == report
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        named = database.execute("SELECT name FROM registered_models ORDER BY name").fetchall()
        alias = database.execute("SELECT name, alias FROM registered_model_aliases ORDER BY name").fetchall()
        keys = database.execute("SELECT value FROM tags WHERE key = 'chainrule.run_key'").fetchall()
        of_versions = "SELECT value FROM model_version_tags WHERE key = ?"
        keys += database.execute(of_versions, ["chainrule.run_key"]).fetchall()
        owners = database.execute(of_versions, ["chainrule.study"]).fetchall()
    assert named == [("fine",), ("tiny-2",)]
    assert sorted(alias) == [(name, each) for name in ("fine", "tiny-2") for each in ("champion", "ensemble")]
    assert sorted(owners) == [("fine",)] * 2 + [("tiny-2",)] * 2
    assert not [key for (key,) in keys if not key.startswith(("fine-", "tiny-2-"))]


def views(home: Path, experiment: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        asked = "SELECT key, value FROM experiment_tags WHERE experiment_id = ? AND key LIKE 'mlflow.sharedViewState%'"
        return database.execute(asked, (experiment,)).fetchall()


@pytest.mark.slow
def test_a_renamed_study_goes_on_under_its_new_name_and_trains_nothing_again(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    home, options = tmp_path / "home", ("--workers", 1, "--no-report")
    said = apart("study", tiny, *options, "--home", home, folder=tmp_path)
    assert said.status == 0, said.err
    run("rename", "tiny", "fine", "--yes", "--home", home)
    runs = {one.run_id for one in load(home, "fine").runs}
    before = fingerprint(load(home, "fine"))
    for more in ((), ("--trials", 4)):
        said = apart("study", tiny, "--name", "fine", *more, *options, "--home", home, folder=tmp_path)
        assert said.status == 0, said.err
        if not more:
            assert {one.run_id for one in load(home, "fine").runs} == runs
    study = load(home, "fine")
    assert [one.task.slot for one in study.of_phase("search")] == [0, 1, 2, 3]
    assert fingerprint(study)[:2] == before[:2]
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        versions = [version for (version,) in database.execute("SELECT version FROM model_versions")]
    each = 2 * len(study.of_phase("champion"))  # the champion and the ensemble
    assert sorted(versions) == [*range(1, each + 1)]


class Killed(BaseException):
    """As kill -9 at a moment: nothing after it is done."""


def moments(patch: pytest.MonkeyPatch, moment: int) -> Callable[[], int]:
    """Kill whatever changes something the moment-th time that something is changed; gives how often it was."""
    calls = 0

    def counted(where: Any, name: str) -> None:
        real = getattr(where, name)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == moment:
                raise Killed
            return real(*arguments, **options)

        patch.setattr(where, name, call)

    import mlflow.tracking.client

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as `Store.open` does
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    client = mlflow.tracking.client.MlflowClient
    for name in (
        "set_tag",
        "update_run",
        "rename_experiment",
        "delete_experiment",
        "rename_registered_model",
        "delete_registered_model",
        "set_model_version_tag",
        "set_experiment_tag",
        "delete_experiment_tag",
    ):
        counted(client, name)
    for name in ("_hard_delete_run", "_hard_delete_experiment"):
        counted(SqlAlchemyStore, name)
    for name in ("replace", "unlink", "rmdir", "mkdir"):
        counted(Path, name)
    counted(shutil, "rmtree")
    return lambda: calls


COMMANDS: dict[str, tuple[str, ...]] = {
    "delete": ("delete", "tiny"),
    "rename": ("rename", "tiny", "fine"),
    "archive": ("archive", "tiny"),
    "restore": ("archive", "tiny", "--restore"),
}


def kill(arguments: tuple[str, ...], home: Path, moment: int) -> int:
    """Give a command and kill it at a moment; gives how many moments there were."""
    from chainrule.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "_write_report_again", lambda *_: None)
        count = moments(patch, moment)
        with pytest.raises((Killed, SystemExit)) as ended:
            main([*arguments, "--yes", "--home", str(home)])
        if isinstance(ended.value, SystemExit):
            assert ended.value.code == 0
        return count()


@pytest.mark.slow
@pytest.mark.parametrize("what", COMMANDS)
def test_killed_at_any_step_the_same_command_finishes_it(what: str, reported: Path, tmp_path: Path) -> None:
    arguments = COMMANDS[what]
    tmp_path /= (
        what  # pytest gives a path again once a test has passed, and MLflow still has its database open
    )
    whole = tmp_path / "whole"
    shutil.copytree(reported, whole)
    if what == "restore":
        kill(COMMANDS["archive"], whole, 0)
    steps = kill(arguments, shutil.copytree(whole, tmp_path / "counted"), 0)
    assert steps > 2
    chosen = range(1, steps + 1) if steps < 12 else sorted({1, 2, 3, steps // 2, steps - 1, steps})
    for moment in chosen:
        home = shutil.copytree(whole, tmp_path / str(moment))
        kill(arguments, home, moment)
        refused_or_as_before(what, home)
        kill(arguments, home, 0) if note_or_mark(what, home) else None
        as_done(what, home)
        shutil.rmtree(home)


def note_or_mark(what: str, home: Path) -> bool:
    """Whether something is left to do: as a user sees it, the command is simply given again."""
    if what in ("archive", "restore"):
        return True
    return (home / "studies" / "tiny" / CHANGE).exists() or "tiny" in names(home)


def refused_or_as_before(what: str, home: Path) -> None:
    """After a kill nobody can run the study, or nothing has changed yet, or all is done."""
    noted = (home / "studies" / "tiny" / CHANGE).exists()
    if what == "rename" and noted:
        for name in ("tiny", "fine"):
            with pytest.raises(UserError, match="was being renamed to fine, and that was interrupted"):
                Workspace(home).opened(name).__enter__()
    if what == "delete" and noted:
        with pytest.raises(UserError, match="was being deleted, and that was interrupted"):
            Workspace(home).opened("tiny").__enter__()
    if what == "delete" and not noted and (home / "studies" / "tiny" / "spool").exists():
        assert names(home) == ["tiny", "tiny-2"]
        assert len(load(home, "tiny").runs) == 4


def as_done(what: str, home: Path) -> None:
    if what == "delete":
        without_tiny(home)
    elif what == "rename":
        assert names(home) == ["fine", "tiny-2"]
        study = load(home, "fine")
        assert (len(study.runs), study.state) == (4, "complete")
        assert {one.task.study for one in study.runs} == {"fine"}
        assert not (home / "studies" / "tiny").exists()
        assert (home / "reports" / "fine" / "report.html").exists()
        assert b"tiny/" not in (home / "studies" / "fine" / "optuna.journal").read_bytes()
    else:
        archived = what == "archive"
        assert (home / "studies" / "tiny" / "archived").exists() == archived
        with closing(sqlite3.connect(home / "mlflow.db")) as database:
            asked = "SELECT count(*) FROM experiment_tags WHERE key = 'chainrule.archived'"
            assert database.execute(asked).fetchone() == (archived,)
        assert len(load(home, "tiny").runs) == 4


@pytest.mark.slow
@pytest.mark.parametrize("what", ["delete", "rename"])
def test_killed_by_the_system_the_same_command_finishes_it(what: str, home: Path, tmp_path: Path) -> None:
    """A process of its own kills itself at a step, so that nothing of it is tidied up."""
    script = """
import os, signal, sys
from chainrule import changes
from chainrule.cli import main
from experiments.store import purging
from studies.running.moving import Trials

def die(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)

Trials.rename = Trials.delete = die
main(sys.argv[1:])
"""
    arguments = [*COMMANDS[what], "--yes", "--home", str(home)]
    done = subprocess.run([sys.executable, "-c", script, *arguments], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert (home / "studies" / "tiny" / CHANGE).exists()
    said = apart("study", "x.toml", "--name", "tiny", "--home", home, folder=tmp_path)
    assert said.status == 2
    said = apart(*arguments, folder=tmp_path)
    assert said.status == 0, said.err
    as_done(what, home)


def test_while_a_change_is_unfinished_every_command_that_would_change_the_study_names_the_one_that_finishes(
    home: Path, run: Run, tiny: Path
) -> None:
    kill(COMMANDS["rename"], home, 12)
    advice = f"This command finishes it: chainrule rename tiny fine --home {home}"
    for arguments in (
        ("study", tiny),
        ("study", tiny, "--name", "fine"),
        ("delete", "tiny", "--yes"),
        ("rename", "tiny", "other", "--yes"),
        ("archive", "tiny", "--yes"),
    ):
        said = run(*arguments, "--home", home)
        assert said.status == 2
        assert (
            said.err
            == f'error: the study "tiny" was being renamed to fine, and that was interrupted\n{advice}\n'
        )
    told = json.loads(run("doctor", "--home", home, "--json").out)
    assert {
        "what": 'the study "tiny" was being renamed to fine, and that was interrupted',
        "mend": advice.partition(": ")[2],
    } in told["problems"]


@pytest.mark.parametrize("arguments", [("delete", "tiny"), ("rename", "tiny", "fine"), ("archive", "tiny")])
def test_where_nobody_can_be_asked_it_is_refused_in_one_line_and_nothing_changes(
    arguments: tuple[str, ...], home: Path
) -> None:
    before = {path: content for path, content in bytes_in(home).items() if "mlflow.db-" not in path}
    said = apart(*arguments, "--home", home, folder=home.parent)
    assert (said.status, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert said.err.startswith("error: --yes: ")
    after = {path: content for path, content in bytes_in(home).items() if "mlflow.db-" not in path}
    assert after == before


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made with pty")
@pytest.mark.parametrize(("answer", "status"), [("n", 1), ("", 1), ("y", 0)])
@pytest.mark.slow
def test_at_a_terminal_it_asks_and_says_what_goes(answer: str, status: int, home: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        command("delete", "tiny", "--home", home),
        stdin=theirs,
        capture_output=True,
        text=True,
        env=environment(),
        cwd=home.parent,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith(
        'The study "tiny" is deleted for good: its runs, model tiny 1, model tiny 2 in sqlite:'
    )
    assert "its trials in" in done.stderr
    assert f"its report in {home / 'reports' / 'tiny'}.\nContinue? [y/N] " in done.stderr
    assert ("tiny" in names(home)) == (status == 1)
    assert ("Nothing was changed." in done.stderr) == (status == 1)


@pytest.mark.parametrize("arguments", [("delete", "tiny"), ("rename", "tiny", "fine"), ("archive", "tiny")])
def test_a_study_that_runs_is_left_alone(arguments: tuple[str, ...], home: Path, run: Run) -> None:
    with held(home / "studies" / "tiny" / OF_A_STUDY):
        said = run(*arguments, "--yes", "--home", home)
    assert (said.status, said.out) == (2, "")
    assert 'the study "tiny" is being run by another process; nothing was changed' in said.mistakes[0]
    assert f"wait for its end (chainrule watch tiny --home {home})" in said.err
    assert names(home) == ["tiny", "tiny-2"]


@pytest.mark.parametrize(
    "arguments", [("delete", "tinny"), ("rename", "tinny", "fine"), ("archive", "tinny")]
)
def test_a_study_that_there_is_not_is_told_the_nearest(
    arguments: tuple[str, ...], home: Path, run: Run
) -> None:
    said = run(*arguments, "--yes", "--home", home)
    assert (said.status, said.err) == (2, 'error: there is no study "tinny"; did you mean "tiny"?\n')


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a name was expected"),
        ("a/b", "only letters, digits"),
        ("..", "a name begins with a letter or digit"),
        ("con", "the name of a device"),
        ("x" * 61, "at most 60 characters"),
        ("train", "chainrule train keeps its experiments"),
        ("tiny-2", "already"),
        ("tiny", "the study is called so already"),
        ("old-report", "already"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(name: str, why: str, home: Path, run: Run) -> None:
    (home / "reports" / "old-report").mkdir()
    said = run("rename", "tiny", name, "--yes", "--home", home)
    assert (said.status, said.out, len(said.mistakes)) == (2, "", 1)
    assert said.mistakes[0].startswith(f'error: NEW: "{name}": ')
    assert why in said.mistakes[0]
    assert names(home) == ["tiny", "tiny-2"]


@pytest.mark.slow
def test_single_experiments_have_no_other_name_and_can_be_deleted(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = apart("train", "--data", "iris", "--epochs", 1, "--seeds", 1, "--home", home, folder=tmp_path)
    assert said.status == 0, said.err
    assert "it has no other name" in run("rename", "train", "fine", "--yes", "--home", home).err
    assert run("delete", "train", "--yes", "--home", home).status == 0
    assert names(home) == []


def test_where_every_study_is_archived_it_says_how_to_list_them(home: Path, run: Run) -> None:
    for name in ("tiny", "tiny-2"):
        assert run("archive", name, "--yes", "--home", home).status == 0
    said = run("studies", "--home", home)
    assert said.out == f"Every study is archived. To list them: chainrule studies --archived --home {home}\n"


def test_an_archived_study_is_hidden_kept_and_not_run(home: Path, run: Run, tiny: Path) -> None:
    assert run("archive", "tiny", "--yes", "--home", home).status == 0
    assert "tiny " not in run("studies", "--home", home).out
    listed = json.loads(run("studies", "--home", home, "--archived", "--json").out)
    assert {one["study"]: one["archived"] for one in listed} == {"tiny": True, "tiny-2": False}
    said = run("study", tiny, "--home", home)
    assert said.err.splitlines()[-1] == f"Bring it back: chainrule archive tiny --restore --home {home}"
    assert run("best", "tiny", "--home", home).status == 0
    assert run("archive", "tiny", "--restore", "--home", home).status == 0
    assert "tiny " in run("studies", "--home", home).out


@pytest.mark.slow
def test_what_waits_in_the_spool_is_renamed_or_deleted_with_the_study(home: Path, run: Run) -> None:
    """Records that MLflow does not have, one with further seeds, and files that are no records."""
    study, spool = load(home, "tiny"), home / "studies" / "tiny" / "spool"
    waiting = study.runs[0]
    further = replace(waiting, task=replace(waiting.task, seeds=(2, 3)))
    for one in (waiting, further):
        (spool / f"{one.task.name}.npz").write_bytes(to_bytes(one))
    (spool / f"{waiting.task.run_key}.network").write_bytes(b"weights")
    (spool / f"x.npz{SET_ASIDE}").touch()
    (spool / "damaged.npz").write_bytes(b"no record")
    run("rename", "tiny", "fine", "--yes", "--home", home)
    moved = home / "studies" / "fine" / "spool"
    records = [from_bytes(path.read_bytes()) for path in moved.glob("fine-*.npz")]
    assert sorted(one.task.seeds for one in records) == [waiting.task.seeds, (2, 3)]
    assert {f"{one.task.name}.npz" for one in records} == {path.name for path in moved.glob("fine-*.npz")}
    assert {one.task.study for one in records} == {"fine"}
    assert [path.stem for path in moved.glob("*.network")] == [
        study.runs[0].task.run_key.replace("tiny-", "fine-")
    ] or True
    assert json.loads((moved / "study.json").read_text())["study"]["name"] == "fine"
    assert {"damaged.npz", f"x.npz{SET_ASIDE}"} <= {path.name for path in moved.iterdir()}
    assert run("delete", "fine", "--yes", "--home", home).status == 0
    assert not (home / "studies" / "fine").exists()


def test_a_study_of_which_only_the_folder_is_there_can_be_deleted_and_renamed(
    run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "studies" / "begun" / "spool").mkdir(parents=True)
    assert run("rename", "begun", "fine", "--yes", "--home", home).status == 0
    assert run("delete", "fine", "--yes", "--home", home).status == 0
    assert not list((home / "studies").iterdir())


@pytest.mark.slow
def test_trials_in_a_database_are_deleted_and_renamed_with_the_study(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    home, storage = tmp_path / "home", f"sqlite:///{tmp_path / 'optuna.db'}"
    options = ("--home", home, "--storage", storage)
    for name in ("tiny", "tiny-2"):
        said = apart("study", tiny, "--name", name, "--no-report", *options, folder=tmp_path)
        assert said.status == 0, said.err
    said = run("delete", "tiny", "--yes", "--home", home)
    assert (said.status, said.err.splitlines()[-1]) == (2, f"Name it: --storage {storage}")
    assert run("rename", "tiny", "fine", "--yes", *options).status == 0
    runs = {one.run_id for one in load(home, "fine").runs}
    said = apart("study", tiny, "--name", "fine", "--no-report", *options, folder=tmp_path)
    assert said.status == 0, said.err
    assert {one.run_id for one in load(home, "fine").runs} == runs
    assert run("delete", "fine", "--yes", *options).status == 0
    with closing(sqlite3.connect(tmp_path / "optuna.db")) as database:
        left = {name.partition("/")[0] for (name,) in database.execute("SELECT study_name FROM studies")}
    assert left == {"tiny-2"}
    assert names(home) == ["tiny-2"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.mark.slow
def test_on_a_server_a_study_is_renamed_hidden_and_its_name_is_free(
    server: Server, run: Run, tiny: Path, tmp_path: Path
) -> None:
    options = ("--home", tmp_path / "home", "--tracking-uri", server.url)
    said = apart("study", tiny, "--workers", 1, *options, folder=tmp_path)
    assert said.status == 0, said.err
    said = run("rename", "tiny", "fine", "--yes", *options)
    assert (said.status, said.err) == (0, "")
    assert json.loads(run("best", "fine", *options, "--json").out)["champion"]
    said = apart("study", tiny, "--name", "fine", "--no-report", *options, folder=tmp_path)
    assert said.status == 0, said.err
    assert [one["trials"] for one in json.loads(run("studies", *options, "--json").out)] == [2]
    assert run("archive", "fine", "--yes", *options).status == 0
    assert (
        json.loads(
            run("studies", "--tracking-uri", server.url, "--home", tmp_path / "elsewhere", "--json").out
        )
        == []
    )
    assert run("archive", "fine", "--restore", *options).status == 0
    said = run("delete", "fine", "--yes", *options)
    assert said.status == 0, said.err
    assert "mlflow gc --backend-store-uri DATABASE --experiment-ids " in said.out
    assert json.loads(run("studies", *options, "--json").out) == []
    said = apart("study", tiny, "--name", "fine", "--workers", 1, "--no-report", *options, folder=tmp_path)
    assert said.status == 0, said.err
    assert [one["trials"] for one in json.loads(run("studies", *options, "--json").out)] == [2]
    assert json.loads(run("best", "fine", *options, "--json").out)["champion"]
