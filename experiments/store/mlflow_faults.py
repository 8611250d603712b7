"""Faults of MLflow's that keep records out of an ordinary folder, put right in whichever process imports this."""

from mlflow.store.db import utils

utils.MAX_RETRY_COUNT = 3
"""Attempts to reach a database, within half a second; 10 by default, which blocks for 100 seconds on a dead server."""

utils._make_parent_dirs_if_sqlite = lambda _uri: None  # noqa: SLF001 # would make the folders that are quoted

_package_folder = utils._get_package_dir  # noqa: SLF001 # see below
utils._get_package_dir = lambda: _package_folder().replace("%", "%%")  # noqa: SLF001 # alembic reads % as a reference
