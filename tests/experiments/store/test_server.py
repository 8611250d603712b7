from pathlib import Path

import pytest

from experiments.store.server import server_command


def test_the_server_listens_on_this_machine_only_and_sends_nothing_home(tmp_path: Path) -> None:
    command, environment = server_command(tmp_path, None, 5123)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "5123"
    assert command[command.index("--workers") + 1] == "1"
    assert environment["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert environment["MLFLOW_ARTIFACTS_DESTINATION"] == (tmp_path / "artifacts").as_uri()


def test_a_password_does_not_stand_among_the_words_that_every_user_sees(tmp_path: Path) -> None:
    command, environment = server_command(tmp_path, "postgresql://me:secret@host/db", 5000)
    assert "secret" not in " ".join(command)
    assert environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql://me:secret@host/db"


def test_the_clients_address_does_not_reach_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    _, environment = server_command(tmp_path, None, 5000)
    assert "MLFLOW_TRACKING_URI" not in environment
    assert environment["PATH"]
