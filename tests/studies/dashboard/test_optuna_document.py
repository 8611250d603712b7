"""The examples of docs/optuna_pages.md: Optuna's own plots of a study's trials."""

import re
from pathlib import Path

import matplotlib as mpl
import optuna
import pytest

from tests.commands import CHECKOUT
from tests.studies.dashboard.test_union import trained

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def test_the_examples_draw_optunas_plots_and_copy_the_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(tmp_path / "output" / "studies" / "digits", study={"name": "digits", "trials": 24})
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    text = (CHECKOUT / "docs" / "optuna_pages.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    exec("\n".join(blocks), {})
    for name in ("slices", "curves", "importances", "history"):
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "trials.journal"))
    copied = optuna.load_study(study_name="digits", storage=optuna.storages.JournalStorage(backend))
    assert len(copied.trials) == 12
