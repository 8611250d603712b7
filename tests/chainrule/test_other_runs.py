"""Reports of other people's runs, as a user asks for them."""

import csv
import io
import json
from pathlib import Path

import pytest

import chainrule.other_runs
from tests.chainrule.conftest import Run
from tests.experiments.conftest import bytes_in
from tests.other_programs import a_table


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return a_table(tmp_path / "results.csv", epochs=3)


AN = "the experiment"
KINDS = "an SQLite file, a folder or a server"


class Typed(io.StringIO):
    """A terminal in which this was typed."""

    def isatty(self) -> bool:
        return True


def test_without_a_mapping_the_guess_is_printed_and_nothing_is_written(
    run: Run, table: Path, tmp_path: Path
) -> None:
    before = bytes_in(tmp_path)
    said = run("report", "--csv", table)
    assert said.status == 0
    assert said.out.startswith(
        '# How the runs of "results" are read. This is a guess: correct it.\n# 36 runs, in which 3'
    )
    assert said.err == (
        "This is a guess. Save it as a file, correct it, and give that: --mapping FILE. Or take it as it is: --yes\n"
    )
    assert bytes_in(tmp_path) == before


@pytest.mark.slow
def test_a_saved_guess_and_yes_give_the_same_report(run: Run, table: Path, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(run("report", "--csv", table).out)
    by_guess = run("report", "--csv", table, "--yes", "--output", "guessed", "--json")
    by_file = run("report", "--csv", table, "--mapping", "map.toml", "--output", "mapped", "--json")
    assert (by_guess.status, by_guess.err) == (0, "")
    one, other = json.loads(by_guess.out), json.loads(by_file.out)
    assert one["verdict"] == other["verdict"]
    assert one["verdict"][1].startswith("Optimizer: adam is ahead of sgd by ")
    assert (one["runs"], one["source"]) == (36, "results.csv")
    assert (tmp_path / one["report"]["html"]).read_text().lower().startswith("<!doctype html>")
    with (tmp_path / "guessed" / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["setting.optimizer"], row["setting.lr"], row["seeds"]) for row in rows] == [
        (kind, rate, "6") for kind in ("sgd", "adam") for rate in ("0.001", "0.01", "0.1")
    ]
    page = (tmp_path / "mapped" / "report.md").read_text()
    assert "chainrule report --csv" in page
    assert "--mapping map.toml" in page
    assert run("verify", "mapped").out.startswith("mapped/report.html is what its records say")


def test_names_that_are_code_stay_text(run: Run, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b[31m $x_1$ |`[a](javascript:b) " + "w" * 200
    rows = [[evil, "=cmd()", "val\x9b_loss"], *([f"{evil}{n % 2}", n, 0.1 * n] for n in range(4))]
    with (tmp_path / "evil.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    said = run("report", "--csv", "evil.csv", "--yes", "--output", "there")
    assert (said.status, said.err) == (0, "")
    page = (tmp_path / "there" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "\x1b" not in page + said.out + (tmp_path / "there" / "report.md").read_text()


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_in_a_terminal_it_is_asked(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    reported: list[object] = []
    monkeypatch.setattr("sys.stdin", Typed(answer))
    monkeypatch.setattr("chainrule.outlets.Outlet.isatty", lambda _: True)
    monkeypatch.setattr(chainrule.other_runs, "_write", lambda *given, **_: reported.append(given))
    said = run("report", "--csv", table)
    assert said.status == 0
    assert "Write the report with this guess? [y/N] " in said.err
    assert bool(reported) is written
    assert ("Nothing was written." in said.err) is not written


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (["--experiment", "a"], f"--tracking-uri: where MLflow keeps {AN} was expected: {KINDS}"),
        (["--csv", "a.csv", "--optuna", "b.db"], "--optuna: only one report at a time; leave out --csv"),
        (["digits", "--csv", "a.csv"], "--csv: only one report at a time; leave out the name of a study"),
        (["digits", "--mapping", "a.toml"], "--mapping: use it together with --experiment, --optuna or --csv"),
        (["--study", "tuned"], "--study: use it together with --experiment, --optuna or --csv"),
        ([], "STUDY: the name of a study was expected"),
        (["--csv", "a.csv"], "--csv: a.csv: there is no such file"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_in_a_line(run: Run, given: list[str], mistake: str) -> None:
    said = run("report", *given)
    assert said.status == 2
    assert said.mistakes == [f"error: {mistake}"]


def test_a_mapping_that_does_not_fit_is_told_with_its_line_and_nothing_is_written(
    run: Run, table: Path, tmp_path: Path
) -> None:
    text = run("report", "--csv", table).out
    (tmp_path / "map.toml").write_text(text.replace('"optimizer"', '"optimiser"'))
    before = bytes_in(tmp_path)
    said = run("report", "--csv", table, "--mapping", "map.toml")
    assert said.status == 2
    assert (
        'map.toml:14: parameters.scientific.0: unknown parameter "optimiser"; did you mean "optimizer"?'
        in said.err
    )
    assert bytes_in(tmp_path) == before
    (tmp_path / "map.toml").write_text(text.replace('column = "run"', 'column = "rum"'))
    assert run("report", "--csv", table, "--mapping", "map.toml").mistakes == [
        f'error: runs.column: there is no column "rum" in {table}; did you mean "run"?'
    ]


@pytest.mark.parametrize(("name", "folder"), [("churn", "churn"), ("a/b: c", "a-b- c"), ("..", "runs")])
def test_a_name_becomes_that_of_one_folder(name: str, folder: str) -> None:
    assert chainrule.other_runs._folder_name(name) == folder
