"""Reports: tables, statistics, figures, and the page that states a verdict and its uncertainty."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings pandas, which the command line does without until it needs it
    from reports.results.tables import Tables


def load(name: str, home: str | Path | None = None, tracking_uri: str | None = None) -> "Tables":
    """A study's records as tidy tables, for a notebook; docs/tables.md shows what to do with them.

    Args:
        name: of the study.
        home: the folder in which everything is kept; CHAINRULE_HOME or `output` by default.
        tracking_uri: MLflow's records; MLFLOW_TRACKING_URI or an SQLite file in the folder by default.

    Returns:
        `Tables`: `trials`, `seeds` and `epochs` as DataFrames, and which runs are the winners.

    Raises:
        StudyNotFoundError: if there is no study of this name; it names the nearest.
        UserError: if nothing has been recorded in the folder.
        StoreError: if the records cannot be read.
    """
    from experiments.store.reading import Records
    from reports.results.tables import read_tables

    folder = Path(home or os.environ.get("CHAINRULE_HOME") or "output")
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
    records = Records.open(folder, uri)
    records.complain()
    return read_tables(records.load_study(name))
