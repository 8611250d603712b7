"""Runs of other programs in any store of MLflow's, by its address. Nothing is ever written there."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from experiments.mistakes import UserError
from experiments.recording.foreign_runs import ForeignRuns
from experiments.store.addresses import is_server, scheme_of
from experiments.store.foreign_folder import read_folder
from experiments.store.foreign_tables import read_tables
from experiments.store.server import keep_quiet
from experiments.store.store_check import check_address, silence_of, silence_refused
from experiments.store.store_errors import without_password

OPTION: Final = "--tracking-uri"

TABLES: Final = ("sqlite", "postgresql")
"""How the addresses of databases begin that are read by SQL."""


def read_experiment(uri: str, experiment: str) -> ForeignRuns:
    """All runs of an experiment that have not been deleted.

    Args:
        uri: where they are: an SQLite file, PostgreSQL, a tracking server, or a folder `mlruns`.
        experiment: its name.

    Raises:
        UserError: if there is no such store or experiment.
        StoreError: if the store is damaged.
    """
    scheme = scheme_of(uri)
    if scheme in TABLES:
        with silence_refused():
            return read_tables(uri, experiment, OPTION)
    if is_server(uri):
        check_address(uri)
        if silent := silence_of(uri):
            raise UserError(f"{OPTION}: {silent}")
        keep_quiet()
        from experiments.store.foreign_server import read_server  # it brings MLflow

        return read_server(uri, experiment)
    if scheme == "file" or "://" not in uri:
        path = unquote(urlsplit(uri).path) if scheme == "file" else uri
        return read_folder(Path(path), experiment, OPTION)
    raise UserError(
        f"{OPTION}: {without_password(uri)}: runs are read from SQLite, PostgreSQL, a folder or a tracking server",
        advice="Let MLflow serve other databases, and give the server's address.",
    )
