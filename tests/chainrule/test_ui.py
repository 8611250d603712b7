"""Serving MLflow's pages: what can be known without serving them."""

import json
import socket
import sys
from io import BytesIO
from pathlib import Path

import pytest

from chainrule.commands import ui as module
from tests.chainrule.conftest import Run


@pytest.mark.parametrize("port", ["0", "-1", "99999", "http", "5000.5"])
def test_a_port_that_is_none_is_refused(port: str, run: Run) -> None:
    said = run("ui", f"--port={port}")
    assert (said.status, said.out) == (2, "")
    assert len(said.mistakes) == 1
    assert said.mistakes[0].startswith("error: --port: a ")


def test_records_on_a_server_are_served_already_and_its_password_is_not_printed(run: Run) -> None:
    said = run("ui", "--tracking-uri", "https://user:geheim@example.org/mlflow")
    assert said.status == 0
    assert "example.org/mlflow" in said.out
    assert "geheim" not in said.out + said.err


def test_a_port_that_is_taken_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        chosen = module._free_port(taken.getsockname()[1])
        assert chosen != taken.getsockname()[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", chosen))


def test_the_first_port_is_chosen_if_it_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert module._free_port(free) == free


def test_of_a_server_that_ended_the_last_error_is_told_and_nothing_is_left_in_the_home(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [sys.executable, "-c", "print('ERROR: first\\nERROR: address already in use\\nINFO: over')"]
    monkeypatch.setattr("experiments.store.server.server_command", lambda *_arguments: (words, {}))
    monkeypatch.setattr("experiments.store.store_check.check_records", lambda *_arguments: None)
    said = run("ui", "--home", str(tmp_path))
    assert said.status == 1
    assert "error: MLflow's server ended with status 0: ERROR: address already in use\n" in said.err
    assert not list(tmp_path.iterdir())


def test_pages_of_another_server_on_the_port_are_not_taken_for_ours(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [sys.executable, "-c", "print('ERROR: address already in use')"]
    tried: list[int] = []

    def command(_home: Path, _uri: str | None, port: int) -> tuple[list[str], dict[str, str]]:
        tried.append(port)
        return words, {}

    monkeypatch.setattr("experiments.store.server.server_command", command)
    monkeypatch.setattr(module, "_pages", lambda _address: ["theirs"])
    monkeypatch.setattr("experiments.store.store_check.check_records", lambda *_arguments: None)
    said = run("ui", "--home", str(tmp_path))
    assert (said.status, said.out, len(tried)) == (1, "", module.ATTEMPTS)
    tried.clear()
    assert run("ui", "--home", str(tmp_path), "--port", "5123").status == 1
    assert tried == [5123]


def test_somebody_elses_database_is_told_before_a_server_is_started(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.subprocess, "Popen", None)
    (tmp_path / "mlflow.db").write_text("no database " * 100)
    said = run("ui", "--home", str(tmp_path))
    assert said.status == 2
    assert f"{tmp_path}/mlflow.db is not an SQLite database" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


def test_studies_that_are_archived_have_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        {"name": "shown", "experiment_id": "1"},
        {
            "name": "hidden",
            "experiment_id": "2",
            "tags": [{"key": "chainrule.archived", "value": "2026-01-01"}],
        },
    ]
    answer = json.dumps({"experiments": found}).encode()
    monkeypatch.setattr(module, "urlopen", lambda *_asked, **_options: BytesIO(answer))
    lines = module._pages("http://127.0.0.1:5000")
    assert lines is not None
    assert [line for line in lines if not line.startswith(" ")] == ["shown"]


def test_optunas_pages_are_refused_where_they_are_not_installed_or_there_is_nothing_to_show(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("ui", "--storage", "sqlite:///o.db")
    assert (said.status, said.mistakes) == (2, ["error: --storage: only --optuna uses it"])
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    said = run("ui", "--optuna", "--home", tmp_path)
    assert said.status == 2
    assert "optuna-dashboard is needed for it and is not installed" in said.err
    assert "pip install -e '.[dashboard]'" in said.err
    monkeypatch.setattr(module, "find_spec", lambda _name: object())
    said = run("ui", "--optuna", "--home", tmp_path)
    assert said.status == 2
    assert f"--home {tmp_path}: no study has trials there" in said.err
    assert not list(tmp_path.iterdir())


def test_the_password_of_a_database_is_no_word_of_the_dashboards_command(tmp_path: Path) -> None:
    url = "postgresql://me:geheim@localhost/optuna"
    words, environment = module._dashboard(tmp_path, url).command(8080)
    assert not any("geheim" in word for word in words)
    assert environment[module.STORAGE] == url
