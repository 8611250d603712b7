"""How MLflow is kept quiet and local, and the command that starts its server. MLflow is not imported here."""

import os
from pathlib import Path
from typing import Final

from experiments.store.addresses import sqlite_uri
from experiments.system.child import command, surroundings

QUIET: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # on by default
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # two lines a run over HTTP
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",  # would take a uv.lock of the working folder for the model's
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
}
"""Set before MLflow is imported, whatever they were."""

DEFAULTS: Final = {
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # every failure reaches us as an exception and is told once
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # 7 by default, which blocks for four minutes on a dead server
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""Set before MLflow is imported unless they have been set."""


def keep_quiet() -> None:
    """Say so to MLflow, before it is imported: telemetry, for one, is off only if the environment says it by then."""
    os.environ.update(QUIET)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


PORT: Final = 5000
"""Of the server on 127.0.0.1, unless it is taken; as in MLflow's own texts."""


def default_tracking_uri(home: Path) -> str:
    """The SQLite file in the output folder."""
    return sqlite_uri(home / "mlflow.db")


def server_command(home: Path, tracking_uri: str | None, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that serves MLflow's UI and interface on these records, at a port of 127.0.0.1, and its environment.

    It ends when its standard input, a pipe, is closed. The address of the database, by default the SQLite file in the
    output folder, may hold a password, so it stands in the environment and not among the words, which every user sees.
    """
    words = command(
        "experiments.store.serving",
        "server",
        "--app-name",
        "chainrule",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    )
    environment = {
        **surroundings(),
        **QUIET,
        "UVICORN_APP_DIR": os.devnull,  # the working folder by default, before all others
        "MLFLOW_BACKEND_STORE_URI": tracking_uri or default_tracking_uri(home),
        "MLFLOW_ARTIFACTS_DESTINATION": (home / "artifacts").absolute().as_uri(),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # saves about eight helper processes
    }
    environment.pop(
        "MLFLOW_TRACKING_URI", None
    )  # of the client; not to be mistaken for the server's own store
    return [*words, "--workers", "1"], environment
