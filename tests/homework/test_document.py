"""docs/homework.md: what is handed out can be handed in, its solution is right, and its slip is marked as it shows."""

import re
from pathlib import Path
from typing import Final

import pytest

from chainrule.explanation import in_terminal
from experiments.mistakes import UserError
from homework.file_settings import Settings
from homework.mark_page import verdict
from homework.marking import mark

DOCUMENT: Final = (Path(__file__).parents[2] / "docs" / "homework.md").read_text("utf-8")
TEMPLATE, SOLUTION, *_ = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def homework(folder: Path, solution: str) -> Path:
    file = folder / "homework.py"
    file.write_text(TEMPLATE[: TEMPLATE.index("def gradient")] + solution, "utf-8")
    return file


def test_what_is_handed_out_runs_up_to_what_is_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "homework.py").write_text(TEMPLATE, "utf-8")
    with pytest.raises(UserError, match="gradient raised NotImplementedError"):
        mark(tmp_path / "homework.py", Settings())


def test_its_solution_is_right(tmp_path: Path) -> None:
    assert mark(homework(tmp_path, SOLUTION), Settings()).right


def test_the_slip_is_marked_as_the_document_shows(tmp_path: Path) -> None:
    slipped = SOLUTION.replace(" * h[layer] * (1 - h[layer])", "")
    file = homework(tmp_path, slipped)
    shown = DOCUMENT.split("--check homework.py\n")[1].split("```")[0]
    assert in_terminal(verdict(mark(file, Settings()), file), color=False).startswith(shown)
