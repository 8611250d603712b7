"""A question on several data sets, whole: at once and grown, with workers, MLflow and the report of all."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import chainrule
from chainrule import reporting
from chainrule.commands.study import run_study
from experiments.mistakes import UserError
from tests.commands import Said, apart

pytestmark = pytest.mark.xdist_group("further_data")

SMALL: dict[str, Any] = {
    "study": {"name": "s", "trials": 4, "seeds": 2, "confirm_seeds": 5, "default_setting": False},
    "data": {"source": "two-moons", "parameters": {"points": 80}},
    "training": {"epochs": 2, "widths": [2]},
    "search": {
        "scientific": {"cost": ["quadratic", "cross_entropy"]},
        "nuisance": {"learning_rate": {"low": 0.1, "high": 10.0, "log": True}},
    },
    "sampler": {"name": "random"},
}
LARGE = deepcopy(SMALL)
LARGE["data"]["further"] = [{"source": "xor", "parameters": {"points": 60}}]
NAMES = ("seconds", "started", "run_id")
"""Columns in which two runs of one study differ."""


def run(tables: dict[str, Any], home: Path) -> chainrule.Study:
    return chainrule.study(tables, home=home, workers=1, quiet=True)


def tables_of(study: chainrule.Study) -> list[pd.DataFrame]:
    found = (study.trials, study.seeds, study.curves)
    return [table.drop(columns=[name for name in NAMES if name in table]) for table in found]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> chainrule.Study:
    return run(LARGE, tmp_path_factory.mktemp("at_once"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grown")


@pytest.fixture(scope="module")
def grown(home: Path) -> tuple[list[pd.DataFrame], chainrule.Study]:
    """The tables of a study on its first data set, and the study after it has got a second one."""
    before = tables_of(run(SMALL, home))
    return before, run(LARGE, home)


@pytest.fixture(scope="module")
def printed(grown: tuple[list[pd.DataFrame], chainrule.Study], home: Path) -> Said:
    return apart("report", *(each.name for each in grown[1].on_data_sets), "--home", home)


@pytest.mark.slow
def test_each_data_set_has_the_study_that_it_would_have_alone(at_once: chainrule.Study) -> None:
    first, second = at_once.on_data_sets
    assert (first.name, second.name) == ("s", "s-xor")
    assert [each.record.data["name"] for each in (first, second)] == ["two-moons", "xor"]
    assert [each.state for each in (first, second)] == ["complete"] * 2
    assert not first.record.grown
    assert any(each.startswith("The same question was asked on 2 data sets") for each in second.warnings)


@pytest.mark.slow
def test_a_grown_study_has_the_tables_of_the_large_one(
    grown: tuple[list[pd.DataFrame], chainrule.Study], at_once: chainrule.Study
) -> None:
    before, after = grown
    for one, other in zip(before, tables_of(after), strict=True):
        pd.testing.assert_frame_equal(one, other)  # nothing of the first data set was trained again
    for mine, theirs in zip(after.on_data_sets, at_once.on_data_sets, strict=True):
        for one, other in zip(tables_of(mine), tables_of(theirs), strict=True):
            pd.testing.assert_frame_equal(one, other)


def test_a_command_that_has_nothing_to_do_writes_no_report_of_one_data_set_again_and_leaves_its_end(
    grown: tuple[list[pd.DataFrame], chainrule.Study], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(LARGE, home=home, workers="1", quiet=True)
    monkeypatch.setattr(reporting, "write_final_report", None)
    run_study(LARGE, home=home, workers="1", quiet=True)
    for before in grown[1].on_data_sets:
        after = chainrule.load(before.name, home=home)
        assert (after.record.ended, after.state) == (before.record.ended, "complete")


def test_what_was_added_is_remembered(grown: tuple[list[pd.DataFrame], chainrule.Study]) -> None:
    (entry,) = grown[1].record.grown
    assert (entry["data_sets"], entry["trials"], entry["finished"]) == (["xor"], 4, True)
    assert any("The study was extended after the verdict could be read" in each for each in grown[1].warnings)


def test_a_report_puts_them_together_and_can_be_verified(printed: Said, home: Path) -> None:
    assert printed.status == 0, printed.err
    assert "2 data sets (two-moons and xor)" in printed.out.splitlines()[0]
    assert "Xor was added later" in printed.out
    page = home / "reports" / "s+s-xor" / "report.html"
    assert "xor (added later)" in page.read_text("utf-8")
    said = apart("verify", page)
    assert said.status == 0, said.out + said.err


def test_python_writes_the_same_report(
    printed: Said, grown: tuple[list[pd.DataFrame], chainrule.Study], tmp_path: Path, home: Path
) -> None:
    assert printed.status == 0
    written = grown[1].report(tmp_path, over_data_sets=True)
    first = home / "reports" / "s+s-xor" / "report.html"
    assert written.html.read_bytes() == first.read_bytes()


def test_a_report_of_a_renamed_study_still_knows_what_was_added(
    grown: tuple[list[pd.DataFrame], chainrule.Study], home: Path
) -> None:
    assert grown
    renamed = apart("rename", "s", "t", "--yes", "--home", home)
    assert renamed.status == 0
    follow = f"chainrule rename s-xor t-xor --home {home}\n"
    assert renamed.out.endswith(f"the study on xor again, unless it is renamed, too: {follow}")
    other = apart("rename", "s-xor", "u", "--yes", "--home", home)
    called = "Its study file continues it as NAME-xor, with the name of the study on the first data set."
    assert other.out == f'The study "s-xor" is now "u". {called}\n'
    assert apart("rename", "u", "s-xor", "--yes", "--home", home).status == 0
    assert chainrule.load("t", home=home).record.data_sets == {"": "t", "xor": "s-xor"}
    said = apart("report", "t", "s-xor", "--home", home)
    assert apart("rename", "t", "s", "--yes", "--home", home).status == 0
    assert "Xor was added later" in said.out
    assert "not in this report" not in said.out
    assert "xor (added later)" in (home / "reports" / "t+s-xor" / "report.html").read_text("utf-8")


def test_a_data_set_that_was_removed_is_refused(
    grown: tuple[list[pd.DataFrame], chainrule.Study], home: Path
) -> None:
    assert grown
    with pytest.raises(UserError, match=r"data.further: xor was removed; a study that continues keeps every"):
        run(SMALL, home)


def test_a_study_that_is_refused_remembers_no_data_set(
    grown: tuple[list[pd.DataFrame], chainrule.Study], home: Path
) -> None:
    assert grown
    other = deepcopy(LARGE)
    other["data"]["further"].append("iris")
    other["search"]["scientific"]["cost"] = ["quadratic"]
    with pytest.raises(UserError, match=r"cross_entropy.* was removed"):
        run(other, home)
    run_study(LARGE, home=home, dry_run=True)  # iris has not been added, so it is not missing


@pytest.mark.slow
def test_each_data_set_is_sealed_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[study]\nname = "s"\ntrials = 2\n[data]\nsource = "iris"\nfurther = ["wine"]\n'
        "[search.nuisance]\nlearning_rate = { low = 0.1, high = 1.0 }\n"
    )
    said = apart("seal", file, "--home", tmp_path / "out")
    assert said.status == 0, said.err
    sealed = [
        json.loads((tmp_path / name).read_text())["promise"] for name in ("s.toml.seal", "s.toml.wine.seal")
    ]
    assert [each["data sets"] for each in sealed] == [["s", "s-wine"]] * 2
    (tmp_path / "s.toml.seal").unlink()
    again = apart("seal", file, "--home", tmp_path / "out")
    assert again.status == 2
    assert "s.toml.wine.seal: the study is sealed already" in again.err
    assert not (tmp_path / "s.toml.seal").exists()


@pytest.mark.slow
def test_a_dry_run_of_a_grown_study_says_what_was_added_and_writes_nothing(tmp_path: Path) -> None:
    text = (
        '[study]\nname = "s"\ntrials = 2\nseeds = 1\nconfirm_seeds = 0\n[data]\nsource = "xor"\nFURTHER\n'
        "[training]\nepochs = 1\nwidths = [2]\n[search.nuisance]\nlearning_rate = { low = 0.1, high = 1.0 }\n"
    )
    file, home = tmp_path / "s.toml", tmp_path / "out"
    file.write_text(text.replace("FURTHER\n", ""))
    assert apart("study", file, "--home", home, "--no-report", "--quiet").status == 0
    journal = (home / "studies/s/optuna.journal").read_bytes()
    file.write_text(text.replace("FURTHER", 'further = ["iris"]'))
    said = apart("study", file, "--dry-run", "--home", home)
    assert "added: data.further: iris; nothing on this data set is trained again for it" in said.out
    assert (home / "studies/s/optuna.journal").read_bytes() == journal
