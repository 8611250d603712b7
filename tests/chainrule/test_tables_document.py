"""The document about tables runs as it is written, on a study that was really trained."""

import re
from pathlib import Path

import pytest

import reports
from experiments.mistakes import UserError
from experiments.store.store_errors import StudyNotFoundError

pytestmark = pytest.mark.xdist_group("recorded")

DOCUMENT = Path(__file__).parents[2] / "docs" / "tables.md"


def test_every_line_of_the_document_runs(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_HOME", str(recorded))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    blocks = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    exec("\n".join(blocks).replace('"digits"', '"tiny"'), {})
    assert {path.name for path in tmp_path.iterdir()} == {"search.pdf", "there"}
    assert (tmp_path / "there" / "report.html").exists()


def test_what_is_not_there_is_told(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyNotFoundError, match="tiny"):
        reports.load("tinny", recorded)
    with pytest.raises(UserError, match="nothing has been recorded"):
        reports.load("tiny", tmp_path)
