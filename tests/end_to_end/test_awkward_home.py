"""A study in a folder whose path holds every sign that an address would have to quote."""

import json
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from chainrule.cli import main
from tests.commands import apart
from tests.experiments.conftest import Server, bytes_in
from tests.iris_study import iris_study

SMALLEST = iris_study("smallest", trials=1, seeds=1, confirm_seeds=1, training="epochs = 1")

AWKWARD = "50% done?\n#1 per%20cent; ü='\"$&"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_its_records_are_in_it_and_are_listed_exported_reported_and_served_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / AWKWARD
    home = here / "out?put%41"
    here.mkdir()
    (here / "smallest.toml").write_text(SMALLEST, encoding="utf-8")
    done = apart("study", "smallest.toml", "--home", home.name, folder=here)
    assert done.status == 0, done.err
    assert names(tmp_path) == [AWKWARD]
    assert names(here) == [home.name, "smallest.toml"]
    assert {"mlflow.db", "artifacts", "studies", "reports"} <= set(names(home))
    before = bytes_in(home)

    monkeypatch.chdir(here)
    for name in ("CHAINRULE_HOME", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    for words in (
        ("studies", "--home", home.name),
        ("export", "smallest", "--tracking-uri", f"sqlite:///{quote(home.name)}/mlflow.db"),
        ("report", "smallest", "--home", home.name, "--output", str(tmp_path / "report")),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        assert {"studies": "smallest", "export": "smallest-", "report": "Report: "}[words[0]] in said.out
    assert bytes_in(home) == before

    server = Server(home)
    server.start()
    try:
        asked = Request(
            f"{server.url}/api/2.0/mlflow/experiments/search",
            data=json.dumps({"max_results": 10}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=30) as answer:
            found = {one["name"]: one["artifact_location"] for one in json.load(answer)["experiments"]}
    finally:
        server.kill()
    assert found["smallest"] == (home / "artifacts").as_uri()
    assert names(here) == [home.name, "smallest.toml"]
    assert names(tmp_path) == sorted([AWKWARD, "report"])
