"""MLflow serves records from wherever it is installed."""

from pathlib import Path

import mlflow.store.db.utils as theirs
import pytest

from experiments.store import mlflow_faults


def test_mlflow_finds_its_tables_plan_in_a_folder_with_a_percent_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = theirs._get_latest_schema_revision()
    here = tmp_path / "100% per%20cent"
    here.symlink_to(mlflow_faults._package_folder())
    monkeypatch.setattr(mlflow_faults, "_package_folder", lambda: str(here))
    assert theirs._get_latest_schema_revision() == known
