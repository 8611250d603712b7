"""A study's runs as a table."""

import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from tests.chainrule.conftest import Run

pytestmark = pytest.mark.xdist_group("recorded")


def test_the_table_goes_to_standard_output_and_nothing_else_does(recorded: Path, run: Run) -> None:
    said = run("export", "tiny", "--home", recorded)
    assert (said.status, said.err) == (0, "")
    rows = list(csv.DictReader(StringIO(said.out)))
    assert len(rows) >= 2
    assert all(0.1 <= float(row["setting.learning_rate"]) <= 1.0 for row in rows)


def test_a_file_has_the_same_table(recorded: Path, run: Run, tmp_path: Path) -> None:
    text = run("export", "tiny", "--home", recorded).out
    assert run("export", "tiny", "--home", recorded, "--output", "a.csv").status == 0
    assert (tmp_path / "a.csv").read_text() == text
    assert (
        run("export", "tiny", "--home", recorded, "--format", "parquet", "--output", "a.parquet").status == 0
    )
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert list(frame.columns) == next(csv.reader(StringIO(text)))
    assert len(frame) == len(text.splitlines()) - 1
    assert run("export", "tiny", "--home", recorded, "--output", "b.parquet").status == 0
    assert (tmp_path / "b.parquet").read_bytes() == (tmp_path / "a.parquet").read_bytes()


def test_parquet_needs_a_file(recorded: Path, run: Run) -> None:
    said = run("export", "tiny", "--home", recorded, "--format", "parquet")
    assert (said.status, said.err) == (2, "error: --output: a file is needed for Parquet\n")


def test_a_file_that_cannot_be_written_is_told(recorded: Path, run: Run) -> None:
    said = run("export", "tiny", "--home", recorded, "--output", "none/a.csv")
    assert said.status == 2
    assert said.mistakes[0].startswith("error: --output none/a.csv: ")


@pytest.mark.parametrize("name", ["runs.xlsx", "runs.tsv", "runs.csv.gz"])
def test_a_file_is_not_written_in_another_format_than_its_ending_says(
    recorded: Path, run: Run, tmp_path: Path, name: str
) -> None:
    said = run("export", "tiny", "--home", recorded, "--output", name)
    expected = ".csv, .parquet or .pq was expected at the end of its name; another name needs --format"
    assert (said.status, said.err) == (2, f"error: --output {name}: {expected}\n")
    assert not (tmp_path / name).exists()
    assert run("export", "tiny", "--home", recorded, "--output", name, "--format", "csv").status == 0
    assert (tmp_path / name).read_text() == run("export", "tiny", "--home", recorded).out
