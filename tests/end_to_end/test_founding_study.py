"""The founding notebook's study, shortened: one epoch, a few seeds, the same question."""

from pathlib import Path

import pytest

from tests.commands import CHECKOUT, apart
from tests.end_to_end.conftest import load

SHORTER = {
    "trials   = 48": "trials   = 4",
    "seeds    = 5": "seeds    = 2",
    "confirm_seeds = 20": "confirm_seeds = 2",
    "epochs         = 50": "epochs         = 1",
}


@pytest.mark.slow
def test_the_notebooks_study_runs_when_it_is_shortened(tmp_path: Path) -> None:
    text = (CHECKOUT / "studies" / "notebook_rates.toml").read_text("utf-8")
    for long, short in SHORTER.items():
        assert long in text
        text = text.replace(long, short)
    file = tmp_path / "notebook.toml"
    file.write_text(text, encoding="utf-8")
    done = apart("study", str(file), "--home", str(tmp_path / "home"), "--workers", "1", "--no-report")
    assert done.status == 0, done.err
    study = load(tmp_path / "home", "notebook-rates")
    assert len(study.of_phase("search")) == 4
    for run in study.of_phase("confirm"):
        assert run.task.settings["initialisation"] == "uniform_0_1"
        assert run.parameters == 2 * 8 + 8 + 8 * 5 + 5 + 5 * 2 + 2
