"""A study that grows, whole: with workers, MLflow and its champion."""

import json
import signal
import sqlite3
import subprocess
from contextlib import redirect_stdout
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import chainrule
from chainrule.commands.study import run_study
from experiments.mistakes import UserError
from experiments.store.reading import Records
from studies.running import storage
from studies.running.storage import read_journal
from tests.commands import CHECKOUT, apart, command, environment

pytestmark = pytest.mark.xdist_group("growing")

SMALL: dict[str, Any] = {
    "study": {"name": "moons", "trials": 4, "seeds": 2, "confirm_seeds": 2, "default_setting": False},
    "data": {"source": "two-moons"},
    "training": {"epochs": 2},
    "search": {
        "scientific": {"widths": [[2], [3]]},
        "nuisance": {"learning_rate": {"low": 0.1, "high": 10.0, "log": True}},
    },
    "sampler": {"name": "random"},
}
LARGE = deepcopy(SMALL)
LARGE["study"]["trials"] = 6
LARGE["search"]["scientific"]["widths"] = [[4], [2], [3]]
NAMES = ("seconds", "started", "run_id")
"""Columns in which two runs of one study differ."""


def run(tables: dict[str, Any], home: Path) -> chainrule.Study:
    return chainrule.study(tables, home=home, workers=1, quiet=True)


def tables_of(study: chainrule.Study) -> list[pd.DataFrame]:
    found = (study.trials, study.seeds, study.curves)
    return [table.drop(columns=[name for name in NAMES if name in table]) for table in found]


def toml(tables: dict[str, Any], path: Path) -> Path:
    """A study file of these tables."""
    search = tables["search"]
    path.write_text(
        "[study]\n" + "".join(f"{key} = {str(value).lower() if value is False else repr(value)}\n"
        for key, value in tables["study"].items()).replace("'", '"')
        + '[data]\nsource = "two-moons"\n[training]\nepochs = 2\n'
        + f"[search.scientific]\nwidths = {search['scientific']['widths']}\n"
        + '[search.nuisance]\nlearning_rate = { low = 0.1, high = 10.0, log = true }\n[sampler]\nname = "random"\n'
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def before(home: Path) -> chainrule.Study:
    """The small study, with its tables."""
    study = run(SMALL, home)
    assert len(study.trials) == len(study.seeds) // 2
    return study


def ahead(tables: dict[str, Any], home: Path, *, as_json: bool) -> str:
    """What a dry run prints, which writes nothing."""
    written = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with redirect_stdout(StringIO()) as out:
        run_study(tables, home=home, dry_run=True, as_json=as_json)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == written
    return out.getvalue()


@pytest.fixture(scope="module")
def foreseen(home: Path, before: chainrule.Study) -> tuple[dict[str, Any], str]:
    """What a dry run says of the grown study, as JSON and in words."""
    assert before.state == "complete"
    found: dict[str, Any] = json.loads(ahead(LARGE, home, as_json=True))
    return found, ahead(LARGE, home, as_json=False)


@pytest.fixture(scope="module")
def grown(home: Path, foreseen: tuple[dict[str, Any], str]) -> chainrule.Study:
    """The same study, grown."""
    assert foreseen
    return run(LARGE, home)


def test_a_dry_run_says_what_was_added_and_how_much_is_recorded(
    foreseen: tuple[dict[str, Any], str], home: Path, grown: chainrule.Study
) -> None:
    facts, text = foreseen
    added = ["search.scientific.widths: [[4]]"]
    assert facts["growth"] == {"added": added, "longer": False, "known": 8, "new": 4, "after": 8}
    lines = (
        "added: search.scientific.widths: [[4]]\n"
        "recorded: 8 of 12 networks of the trials; 4 would be trained\n"
        "then at most 8 for what the trials lead to; a winner that stays keeps its own\n"
    )
    assert lines in text
    assert grown.state == "complete"
    assert "growth" not in json.loads(ahead(LARGE, home, as_json=True))


def test_a_dry_run_opens_the_storage_once(
    home: Path, grown: chainrule.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert grown.state == "complete"
    opened: list[Path] = []

    def read(folder: Path) -> Any:
        opened.append(folder)
        return read_journal(folder)

    monkeypatch.setattr(storage, "read_journal", read)
    ahead(LARGE, home, as_json=False)
    assert opened == [home / "studies" / "moons"]


def test_only_what_is_new_is_trained(before: chainrule.Study, grown: chainrule.Study) -> None:
    old = set(before.trials["started"])
    searched = grown.trials[grown.trials["phase"] == "search"]
    new = searched[~searched["started"].isin(old)]
    assert set(new["choice"]) == {"widths [4]"}
    assert len(new) == 2
    assert "was added after the verdict could be read" in " ".join(grown.warnings)


def test_mlflow_has_the_grown_study_alone_and_its_champion(home: Path, grown: chainrule.Study) -> None:
    with sqlite3.connect(home / "mlflow.db") as database:
        active = "SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'"
        (runs,) = database.execute(active).fetchone()
    database.close()
    assert runs == len(grown.trials) + 1
    assert [one.name for one in Records.open(home, None).studies()] == ["moons"]
    assert len(grown.champion.predict([[0.0, 0.0]])) == 1
    assert not list((home / "studies" / "moons" / "spool").glob("*.npz"))


def test_it_goes_on_as_the_grown_study_and_refuses_to_shrink(home: Path, grown: chainrule.Study) -> None:
    again = run(LARGE, home)
    assert tables_of(again)[0].equals(tables_of(grown)[0])
    with pytest.raises(UserError, match="was removed; a study that continues keeps every choice") as refused:
        run(SMALL, home)
    with pytest.raises(UserError) as foretold:
        ahead(SMALL, home, as_json=False)
    assert str(foretold.value).splitlines()[0] == str(refused.value).splitlines()[0]


@pytest.mark.slow
def test_another_study_gives_its_best_settings(home: Path, grown: chainrule.Study) -> None:
    warm = deepcopy(SMALL)
    warm["study"] |= {"name": "warm", "trials": 2, "confirm_seeds": 0}
    warm["search"]["warm_start"] = grown.name
    study = run(warm, home)
    given = study.trials[study.trials["phase"] == "given"]
    assert len(given) == 4  # two of each width
    assert set(given["chosen"]) == {"elsewhere"}
    assert tables_of(run(warm, home))[0].equals(tables_of(study)[0])
    with pytest.raises(UserError, match='there is no study "nowhere"'):
        run(
            {
                **warm,
                "study": {**warm["study"], "name": "x"},
                "search": {**warm["search"], "warm_start": "nowhere"},
            },
            home,
        )


@pytest.mark.slow
def test_its_tables_are_those_of_the_large_study(grown: chainrule.Study, tmp_path: Path) -> None:
    for mine, theirs in zip(tables_of(grown), tables_of(run(LARGE, tmp_path)), strict=True):
        assert mine.equals(theirs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["The study has grown", "0/6 trials", "confirming", "testing the champion"]
)
def test_it_may_be_killed_while_it_grows(moment: str, grown: chainrule.Study, tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = toml(SMALL, tmp_path / "moons.toml")
    assert apart("study", file, "--home", home, "--workers", 1, "--no-report").status == 0
    toml(LARGE, file)
    arguments = ("study", file, "--home", home, "--workers", 1, "--no-report")
    streams: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(command(*arguments), cwd=CHECKOUT, env=environment(), **streams) as process:
        any(line.startswith(moment) for line in process.stderr)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it was at work then"
    assert apart(*arguments, "--quiet").status == 0
    for mine, theirs in zip(tables_of(chainrule.load("moons", home=home)), tables_of(grown), strict=True):
        assert mine.equals(theirs)
