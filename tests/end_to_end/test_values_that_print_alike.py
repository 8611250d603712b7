"""Values that print alike are different choices, from the study file to the page."""

import csv
import json
from pathlib import Path

import pytest

from reports.results.tables import read_tables
from tests.commands import apart
from tests.end_to_end.conftest import load

BETAS = (0.999, 0.9999, 0.99999)

STUDY = f"""
[study]
name = "betas"
trials = 6
seeds = 2
confirm_seeds = 5

[data]
source = "iris"

[training]
epochs = 3
optimiser = "adam"

[search.scientific]
beta2 = {list(BETAS)}

[search.nuisance]
learning_rate = [0.003, 0.01]

[sampler]
name = "grid"
"""


@pytest.mark.slow
def test_a_study_of_three_numbers_that_print_alike_is_reported_on_all_three(tmp_path: Path) -> None:
    (tmp_path / "betas.toml").write_text(STUDY, encoding="utf-8")
    home = tmp_path / "output"
    run = apart("study", str(tmp_path / "betas.toml"), "--home", str(home), "--json", "--workers", "1")
    assert run.status == 0
    told = " ".join(json.loads(run.out)["verdict"] + json.loads(run.out)["warnings"])
    assert "beta2 1" not in told
    assert "not searched equally" not in told
    tables = read_tables(load(home, "betas"))
    assert tables.design.labels == tuple(f"beta2 {beta}" for beta in BETAS)
    for runs in (tables.winners, tables.confirmed):
        assert [tables.record(run).task.scientific["beta2"] for _, run in tables.in_order(runs)] == list(
            BETAS
        )
    with (home / "reports" / "betas" / "figures" / "choices.csv").open(encoding="utf-8", newline="") as file:
        assert {row["choice"] for row in csv.DictReader(file)} == set(tables.design.labels)
    page = (home / "reports" / "betas" / "report.md").read_text("utf-8")
    assert "of 3 comparisons" in page
