"""The tutorial "Your own data", from its file to the champion's answers."""

import json
import re
import runpy
import shutil
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

from experiments.store.reading import Records
from tests.commands import CHECKOUT, apart
from tests.end_to_end.conftest import load

TEXT = (CHECKOUT / "docs" / "your_own_data.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def flats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tutorial's two files."""
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "make_flats.py").write_text(blocks("py")[0])
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        runpy.run_path("make_flats.py")
    (folder / "flats.toml").write_text(blocks("toml")[0])
    return folder


@pytest.mark.slow
def test_a_file_comes_to_a_verdict_and_another_folder_with_the_same_content_goes_on(
    flats: Path, tmp_path: Path
) -> None:
    home = ("--home", str(tmp_path / "home"))
    few = ("--trials", "2", "--seeds", "2", *home)
    told = apart("study", "flats.toml", "--dry-run", *home, folder=flats)
    plan, refusal = blocks("text")
    assert plan in told.out

    first = apart(
        "study", str(flats / "flats.toml"), *few, "--time-budget", "0.001", "--json", folder=tmp_path
    )
    assert (first.status, json.loads(first.out)["state"]) == (0, "stopped"), first.err
    moved = tmp_path / "second"
    shutil.move(flats, moved)
    done = apart("study", "flats.toml", *few, "--json", folder=moved)
    assert (done.status, json.loads(done.out)["state"]) == (0, "complete"), done.err

    study = load(tmp_path / "home", "flats")
    kinds = {name: kind for name, kind, _ in study.data["columns"]}
    assert kinds == {"rent": "number", "rooms": "number", "district": "category", "balcony": "boolean"}
    assert str(moved) not in json.dumps(dict(study.data))
    assert {run.task.phase for run in study.runs} == {"search", "confirm", "default", "champion"}
    _, champion = Records.open(tmp_path / "home", None).champion("flats", "champion")
    answers = champion.table(champion.read(asked()))
    assert set(answers["class"].tolist()) <= {"late", "soon"}
    row = (
        "a7,,3,Bern,true,unknown yet\n"  # a missing rent, a district that is new, and something for an answer
    )
    (moved / "new_flats.csv").write_text(f"number,rent,rooms,district,balcony,let\n{row}")
    told = apart("predict", "flats", "new_flats.csv", *home, folder=moved)
    head, line = told.out.splitlines()
    assert head == "number,class,P(late),P(soon)"
    number, name, *shares = line.split(",")
    nowhere = champion.table(champion.read([{"rent": None, "rooms": 3, "district": "Bern", "balcony": True}]))
    assert (number, name) == ("a7", nowhere["class"][0])
    assert list(map(float, shares)) == [nowhere["P(late)"][0], nowhere["P(soon)"][0]]
    assert told.err.startswith(
        'new_flats.csv, column "district": 1 row has a text that the study never had ("Bern")'
    )

    (moved / "flats.csv").write_text((moved / "flats.csv").read_text().replace("Lorraine", "Lorrain"))
    other = apart("study", "flats.toml", *few, folder=moved)
    assert (other.status, "data_fingerprint" in other.err) == (2, True)
    content = (moved / "flats.toml").read_text()
    (moved / "flats.toml").write_text(re.sub(r"^missing.*\n", "", content, flags=re.MULTILINE))
    refused = apart("study", "flats.toml", "--home", "nowhere", folder=moved)
    assert (refused.status, refused.out) == (2, "")
    assert refusal.strip() in refused.err.splitlines()[0]
    assert not (moved / "nowhere").exists()


def asked() -> list[dict[str, Any]]:
    """The rows that the tutorial asks the champion about."""
    (rows,) = re.findall(r"model\.predict\((.+)\)", blocks("py")[1])
    found: list[dict[str, Any]] = literal_eval(rows)
    return found
