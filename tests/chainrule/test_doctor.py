"""What the doctor finds, and what it says against it."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from chainrule import health
from experiments.recording.records import to_bytes
from experiments.system.locks import OF_A_STUDY, held
from studies.running.lease import leased
from studies.running.storage import open_database, open_journal
from tests.chainrule.conftest import Run
from tests.experiments.conftest import bytes_in

pytestmark = pytest.mark.xdist_group("recorded")

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(run: Run) -> Told:
    """Ask it in JSON; the status goes with the answer."""

    def ask(home: Path, *options: object) -> dict[str, Any]:
        said = run("doctor", "--home", home, *options, "--json")
        found: dict[str, Any] = json.loads(said.out)
        assert said.status == (0 if found["well"] else 1)
        assert found["well"] == (found["problems"] == [])
        return found

    return ask


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "home")


def test_where_all_is_well_it_says_so_and_writes_nothing(home: Path, run: Run) -> None:
    before = bytes_in(home)
    said = run("doctor", "--home", home)
    assert (said.status, said.err) == (0, "")
    assert said.out.endswith("\nAll is well.\n")
    assert "\n  tiny: complete, 2 of 2 trials\n" in said.out
    assert "extra mnist: " in said.out
    assert ", git revision " in said.out
    assert f"\n  MLflow's store sqlite:///{home}/mlflow.db answers; its tables have revision " in said.out
    assert bytes_in(home) == before


def test_in_json_it_is_data(home: Path, told: Told) -> None:
    found = told(home)
    assert found["packages"]["mlflow"].startswith("3.")
    assert {"chainrule", "python", "git_revision"} <= found["installed"].keys()
    assert found["extras"] == {"cluster": True, **{name: found["extras"][name] for name in found["extras"]}}
    records = found["records"]
    assert (records["home"], records["answers"]) == (str(home), True)
    assert records["tables"] == records["tables_needed"] != ""
    assert records["free_bytes"] > 0
    assert [(one["study"], one["state"], one["archived"]) for one in found["studies"]] == [
        ("tiny", "complete", False)
    ]


def test_where_nothing_has_been_recorded_nothing_is_wrong(run: Run, tmp_path: Path) -> None:
    said = run("doctor", "--home", "home")
    assert said.status == 0
    assert "nothing has been recorded there yet; to begin: chainrule study FILE --home home" in said.out
    assert list(tmp_path.iterdir()) == []


def waiting(home: Path) -> None:
    from experiments.store.reading import Records

    study = Records.open(home, None).load_study("tiny")
    run = study.runs[0]
    (home / "studies" / "tiny" / "spool" / f"{run.task.name}.npz").write_bytes(to_bytes(run))


def left_out(home: Path) -> None:
    (home / "studies" / "tiny" / "spool" / "x.npz.bad").touch()


def dead(home: Path) -> None:
    storage = open_journal(home / "studies" / "tiny")
    study = storage.get_study_id_from_name("tiny/000")
    storage.create_new_trial(study, template_trial=optuna.trial.create_trial(state=TrialState.RUNNING))


def damaged(home: Path) -> None:
    file = home / "mlflow.db"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"x" * 5000 + content[9096:])


def failed(home: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        database.execute(
            "UPDATE runs SET status = 'FAILED' WHERE run_uuid IN "
            "(SELECT run_uuid FROM tags WHERE key = 'chainrule.phase' AND value = 'study')"
        )
        database.commit()


def older(home: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'bd07f7e963c5'")
        database.commit()


GO_ON = "chainrule study tiny.toml --workers 1 --home home"


@pytest.mark.parametrize(
    ("spoil", "what", "mend"),
    [
        (waiting, "tiny: 1 record waits for MLflow", GO_ON),
        (
            left_out,
            "tiny: {home}/studies/tiny/spool/x.npz.bad cannot be read",
            "rm {home}/studies/tiny/spool/x.npz.bad",
        ),
        (dead, "tiny: its process died with 1 trial under way", GO_ON),
        (failed, "tiny: an error ended it", GO_ON),
        (damaged, "{home}/mlflow.db", "Restore"),
        (older, "{home}/mlflow.db was made by an older MLflow", "mlflow db upgrade"),
    ],
)
def test_what_is_wrong_is_told_with_what_mends_it(
    spoil: Callable[[Path], None], what: str, mend: str, home: Path, told: Told, run: Run
) -> None:
    spoil(home)
    before = bytes_in(home)
    (problem,) = told(home)["problems"]
    assert problem["what"].startswith(what.format(home=home))
    assert mend.format(home=home) in problem["mend"]
    said = run("doctor", "--home", home)
    assert said.status == 1
    assert f"Wrong\n  {problem['what']}\n    {problem['mend']}\n" in said.out
    assert {name for name in bytes_in(home) if "-shm" not in name} == {
        name for name in before if "-shm" not in name
    }


def test_of_a_study_that_runs_nothing_is_wrong(home: Path, told: Told) -> None:
    dead(home)
    waiting(home)
    with held(home / "studies" / "tiny" / OF_A_STUDY):
        found = told(home)
    assert (found["well"], found["studies"][0]["state"]) == (True, "running")


def test_a_server_that_does_not_answer_is_told_with_how_it_is_started(told: Told, tmp_path: Path) -> None:
    (problem,) = told(tmp_path, "--tracking-uri", "http://me:S3CRET@127.0.0.1:9")["problems"]
    assert problem["what"].startswith("the tracking server http://***@127.0.0.1:9 does not answer")
    assert problem["mend"] == "mlflow server --host 127.0.0.1 --port 9"


def test_a_package_that_is_missing_or_does_not_fit_is_told(
    home: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = [
        "numpy>=99",
        "no-such-package",
        "typer>=0.1",
        'no-such-extra; extra == "mnist"',
        'win; os_name == "x"',
    ]
    monkeypatch.setattr(health, "requires", lambda _name: needed)
    found = told(home)
    assert [one["what"].partition(" is ")[0] for one in found["problems"]] == ["numpy", "no-such-package"]
    assert "and >=99 is needed" in found["problems"][0]["what"]
    for problem in found["problems"]:
        words = shlex.split(problem["mend"])
        assert words[1:5] == ["-m", "pip", "install", "--require-hashes"]
        assert Path(words[-1]).exists()
    assert found["extras"] == {"mnist": False}


def test_a_disk_that_is_nearly_full_is_told(home: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _path: SimpleNamespace(free=123_000_000))
    (problem,) = told(home)["problems"]
    assert problem["what"] == f"only 123 MB are free on the disk of {home}"
    assert f"chainrule delete STUDY --home {home}" in problem["mend"]


def test_a_process_that_is_gone_and_holds_a_study_in_a_database_is_told(
    home: Path, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    assert told(home, "--storage", url)["problems"][0]["what"].startswith(str(tmp_path / "optuna.db"))
    assert not (tmp_path / "optuna.db").exists()
    with leased(open_database(url), "tiny"):
        assert told(home, "--storage", url)["well"]
        monkeypatch.setattr("studies.running.lease.runs", lambda _process: False)
        (problem,) = told(home, "--storage", url)["problems"]
    assert problem["what"].endswith("which is gone, still holds it in the storage")
    assert told(home, "--storage", url)["well"]
