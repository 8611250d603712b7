"""A paper kit really compiles: LaTeX and BibTeX take it, whatever the study is called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.reports.conftest import odd
from tests.reports.paper.test_kit import kit_of

pytestmark = pytest.mark.xdist_group("latex")


@pytest.fixture
def compile_in(tmp_path: Path):
    """Write a study's kit and run a program on it; gives what the program said."""
    if not (shutil.which("pdflatex") and shutil.which("bibtex")):
        if os.environ.get("CHAINRULE_REQUIRE_LATEX"):
            pytest.fail("pdflatex is not installed, and CHAINRULE_REQUIRE_LATEX forbids skipping")
        pytest.skip("pdflatex is not installed, so no paper was compiled")

    def run(name: str, *programs: str) -> str:
        for file, content in kit_of(odd(name)).items():
            (tmp_path / file).write_text(content, "utf-8")
        said = ""
        for program in programs:
            options = [] if program == "bibtex" else ["-interaction=nonstopmode", "-halt-on-error"]
            done = subprocess.run(
                [*program.split(), *options, "paper"],
                cwd=tmp_path,
                env={**os.environ, "TEXMFVAR": str(tmp_path), "max_print_line": "1000"},
                capture_output=True,
                check=False,
            )
            said = done.stdout.decode(errors="replace")
            assert done.returncode == 0, said[-2000:]
        return said

    return run


def test_a_paper_compiles_and_every_citation_is_found(compile_in, tmp_path: Path) -> None:
    said = compile_in("planes", "pdflatex", "bibtex", "pdflatex", "pdflatex")
    assert "Output written on paper.pdf" in said
    assert "undefined" not in said
    assert "Overfull" not in said
    assert "Warning--" not in (tmp_path / "paper.blg").read_text()
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["hostile", "empty", "many parameters"])
def test_a_paper_of_any_study_compiles(compile_in, name: str) -> None:
    said = compile_in(name, "pdflatex -draftmode")
    assert "Transcript written on paper.log" in said
    assert "Missing character" not in said
