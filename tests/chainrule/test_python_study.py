"""A study from Python: what it gives, what it refuses, and where it runs."""

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

import chainrule
import reports
from experiments.mistakes import Fault, UserError
from experiments.store.spool import keep_study
from experiments.system.child import surroundings
from reports.page.writing import Report
from tests.chainrule.test_cli import HEAVY
from tests.commands import CHECKOUT, apart, environment
from tests.factories import a_job

pytestmark = pytest.mark.xdist_group("python-study")

X = np.random.default_rng(0).normal(size=(90, 2))
Y = np.where(X[:, 0] * X[:, 1] > 0, "<same>", "other")
BEST = 0.3
RING: dict[str, Any] = {
    "study": {"name": "ring", "trials": 2, "seeds": 2, "confirm_seeds": 3, "default_setting": False},
    "training": {"epochs": 3},
    "search": {"scientific": {"widths": [[1], [6]]}, "nuisance": {"learning_rate": [1.0]}},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def study(home: Path) -> chainrule.Study:
    """A whole small study of arrays."""
    return chainrule.study(RING, (X, Y), home=home, workers=1, quiet=True)


@pytest.fixture(scope="module")
def written(study: chainrule.Study) -> Report:
    """Its report."""
    return study.report()


def offset(settings: dict[str, Any]) -> float:
    return float(np.abs(settings["rate"] - BEST))


def trained(settings: dict[str, Any], data: Any, _seed: int) -> Any:
    """A trainer as a notebook has it, which uses what other cells have."""
    for epoch in range(1, settings["epochs"] + 1):
        wrong = offset(settings) / epoch
        yield {"validation_error": wrong, "examples": len(data.x_train)} | (
            {} if data.x_test is None else {"test_error": wrong}
        )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Give it a name of its own: --name NAME", 'Give it a name of its own: name="…"'),
        ("Too little memory? --workers 1 needs least.", "Too little memory? workers=1 needs least."),
        ('--time-budget: a number was expected, not "x"', 'time_budget: a number was expected, not "x"'),
        ("All the same: --accept-change.", "All the same: accept_change=True."),
        ("chainrule delete ring -- and more", "chainrule delete ring -- and more"),
    ],
)
def test_messages_name_the_arguments_of_python(monkeypatch: pytest.MonkeyPatch, told: str, said: str) -> None:
    for kind in (UserError, Fault):

        def fails(*_given: Any, of: Any = kind, **_options: Any) -> str:
            raise of("It cannot be.", advice=told)

        monkeypatch.setattr("chainrule.commands.study.run_study", fails)
        with pytest.raises(kind) as error:
            chainrule.study(RING, (X, Y))
        assert str(error.value) == f"error: It cannot be.\n{said}"


BY_FUNCTION: dict[str, Any] = {
    "study": {"name": "function", "trials": 2, "seeds": 1, "confirm_seeds": 1},
    "trainer": {"python": trained, "epochs": 2},
    "search": {"nuisance": {"rate": [0.2, 0.5]}},
}


@pytest.mark.slow
def test_a_function_trains_under_a_study_and_its_code_decides_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = chainrule.study(BY_FUNCTION, (X, Y), home=tmp_path, workers=1, quiet=True)
    assert found.state == "complete"
    assert set(found.trials["error"].round(12)) == {0.1 / 2, 0.2 / 2}
    assert found.best == {"rate": 0.2}
    assert found.record.trainer == "source:trained"
    assert "def offset" in found.record.study_file
    monkeypatch.setitem(globals(), "BEST", 0.4)
    more = {**BY_FUNCTION, "study": {**BY_FUNCTION["study"], "seeds": 2}}
    with pytest.raises(
        UserError, match=r"(?s)has changed since .*trainer .* before, .*accept_change=True.*name="
    ):
        chainrule.study(more, (X, Y), home=tmp_path, workers=1, quiet=True)
    nameless = {**BY_FUNCTION, "trainer": {"python": lambda: RING}}
    with pytest.raises(UserError, match=r"study: trainer\.python: .*write it"):
        chainrule.study(nameless, (X, Y), home=tmp_path, workers=1, quiet=True)


@pytest.mark.slow
def test_on_workers_of_dask_a_function_trains_to_the_same_numbers(tmp_path: Path) -> None:
    errors = []
    for engine in ("local", "dask"):
        home = tmp_path / engine
        found = chainrule.study(BY_FUNCTION, (X, Y), home=home, engine=engine, workers=2, quiet=True)
        assert found.state == "complete"
        errors.append(found.curves.sort_values(["run", "seed", "epoch"])["validation_error"].tolist())
    assert errors[0] == errors[1]


@pytest.mark.parametrize(
    ("study", "data", "message"),
    [
        (
            {**RING, "data": {"source": "iris"}},
            (X, Y),
            r'data: the study names a source, "iris"; "python" was expected',
        ),
        (RING, None, r"study: data.source: Python hands this data over: chainrule.study\(FILE, data=…\)"),
        (RING, (X, Y[1:]), r"study: data.source: arrays: x has 90 examples and y 89"),
        (RING, X, r"study: data: \(x, y\), \(x_train, .* was expected, not ndarray"),
        (RING, "irs", r'study: data.source: unknown data set "irs"; did you mean "iris"'),
        (RING, (pd.DataFrame(X), "side"), r"study: data.target: .*side"),
        (
            {**RING, "data": {"target": "b"}},
            (pd.DataFrame(X), "a"),
            'study: data.target: the target is "a" in the call',
        ),
        ({**RING, "data": {"test": 2}}, (X, Y), r"study: data.test: "),
        ({"study": {"name": "ring"}}, (X, Y), r'study: the key "trials" is missing'),
        ({**RING, "study": 3}, (X, Y), r"study: "),
        (["ring"], (X, Y), r"^error: file: the path .* or a mapping .* was expected, not \['ring'\]$"),
        (
            RING,
            (X[:60], Y[:60], X, np.where(X[:, 0] > 0, Y, "rare")),
            r"rare.* has 0 of the 60 examples .*not for the test",
        ),
        ("nowhere.toml", (X, Y), r"nowhere.toml: no such study file"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, study: Any, data: Any, message: str
) -> None:
    with pytest.raises(chainrule.UserError, match=message):
        chainrule.study(study, data, home=tmp_path / "home", quiet=True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0},
        {"workers": 1.5},
        {"trials": 0},
        {"first_seeds": "3"},
        {"engine": "dusk"},
        {"engine": None},
        {"name": "a/b"},
        {"time_budget": -1},
        {"time_budget": float("nan")},
        {"time_budget": "10"},
        {"time_budget": True},
        {"accept_change": "no"},
        {"system_metrics": 1},
        {"storage": 5},
        {"tracking_uri": Path("mlflow.db")},
    ],
)
def test_an_argument_that_cannot_be_is_a_mistake_too(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"^error: {next(iter(options))}: "):
        chainrule.study(RING, (X, Y), home=tmp_path / "home", quiet=True, **options)
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("study")
def test_a_study_that_is_not_there_is_told_in_the_words_of_python(home: Path) -> None:
    with pytest.raises(UserError, match=r'^error: there is no study "rin"; did you mean "ring"'):
        chainrule.load("rin", home=home)
    with pytest.raises(UserError, match=r"Run a study first: chainrule\.study\(…\)$"):
        chainrule.load("ring", home=home / "elsewhere")
    with pytest.raises(UserError, match=r"^error: home: the path of a folder was expected, not 5$"):
        chainrule.load("ring", home=5)  # type: ignore[arg-type]


def test_a_study_that_was_stopped_before_its_first_trial_says_so(
    study: chainrule.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = replace(study.record, runs=(), status="RUNNING")
    keep_study(replace(a_job(tmp_path, "ring"), study=begun))
    monkeypatch.setattr("chainrule.commands.study.run_study", lambda *_given, **_options: "ring")
    found = chainrule.study(RING, (X, Y), home=tmp_path)
    assert (found.state, len(found.trials), found.figures) == ("stopped", 0, ())
    assert found.verdict[0].startswith("This study was stopped before its end")
    assert "stopped" in found._repr_html_()
    with pytest.raises(UserError, match="no finished run"):
        _ = found.best


def test_tables_and_sentences_are_those_of_the_report(
    study: chainrule.Study, written: Report, home: Path
) -> None:
    tables = reports.load("ring", home)
    assert study.trials["error"].tolist() == tables.trials["error"].tolist()
    first = ["phase", "choice", "setting.widths", "setting.learning_rate", "seeds", "state", "error"]
    assert study.trials.columns[:7].tolist() == first
    assert set(study.trials) == set(tables.trials)
    assert set(study.trials["choice"]) == {"widths [1]", "widths [6]"}
    assert study.curves.equals(tables.epochs)
    assert study.seeds.equals(tables.seeds)
    assert len(study.curves) == 3 * len(study.seeds)
    assert (study.verdict, study.warnings) == (written.verdict, written.warnings)
    assert written.html == home / "reports" / "ring" / "report.html"
    assert repr(study) == f'Study("ring": complete, {len(study.trials)} runs)'


def test_best_is_what_the_command_prints_and_the_champion_answers(study: chainrule.Study, home: Path) -> None:
    said = apart("best", "ring", "--home", home).out
    assert all(f"{name} = " in said for name in study.best)
    assert f"widths = {study.best['widths']}" in said
    assert set(study.champion.predict(X)) <= set(Y)


def test_a_figure_shows_itself_and_a_wrong_name_is_told(study: chainrule.Study) -> None:
    assert {"convergence", "choices"} <= set(study.figures)
    picture = study.figure("convergence", width=3.5)
    assert picture.figure.get_figwidth() == pytest.approx(3.5)
    shown = picture._repr_html_()
    assert shown.startswith('<figure><img src="data:image/svg+xml;base64,')
    with pytest.raises(UserError, match=r'no figure "convergance"; did you mean "convergence"'):
        study.figure("convergance")


class Tags(HTMLParser):
    """Which elements there are, and all text in them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_study_and_its_report_show_themselves_as_html(study: chainrule.Study, written: Report) -> None:
    shown = Tags()
    shown.feed(study._repr_html_())
    assert shown.tags.count("tr") == 3
    assert "widths [6]" in shown.text
    assert study.verdict[0] in shown.text
    page = Tags()
    page.feed(written._repr_html_())
    assert page.tags == ["iframe"]
    assert page.attributes["srcdoc"] == written.html.read_text("utf-8")


def test_a_name_that_looks_like_html_is_text(study: chainrule.Study) -> None:
    shown = chainrule.Study(replace(study.record, name="<b>"), Path(), None)._repr_html_()
    assert "<strong>&lt;b&gt;: complete</strong>" in shown


def test_the_same_call_trains_nothing_again_and_other_data_are_refused(
    study: chainrule.Study, home: Path
) -> None:
    again = chainrule.study(RING, (X, Y), home=home, workers=1, quiet=True)
    assert again.trials["run_id"].tolist() == study.trials["run_id"].tolist()
    for x in (X + 1e-12, X[::-1]):
        with pytest.raises(UserError, match=r'"ring" was begun with another design: data_fingerprint'):
            chainrule.study(RING, (x, Y), home=home, workers=1, quiet=True)
    assert chainrule.load("ring", home=home).trials.equals(study.trials)
    with pytest.raises(UserError, match='no study "rong"; did you mean "ring"'):
        chainrule.load("rong", home=home)


SCRIPT = """
import sys
import threading

import numpy as np

import chainrule

x = np.random.default_rng(0).normal(size=(60, 2))
ring = {
    "study": {"name": "ring", "trials": 2, "seeds": 2, "confirm_seeds": 0, "default_setting": False},
    "training": {"epochs": 2},
    "search": {"nuisance": {"learning_rate": [0.3, 1.0, 3.0]}},
}
try:
    chainrule.study({**ring, "training": {"epoch": 2}}, (x, x[:, 0] > 0), home=sys.argv[1])
except chainrule.UserError as mistake:
    print(mistake)
early = {**ring, "study": {**ring["study"], "name": "early"}}
print(chainrule.study(early, (x, x[:, 0] > 0), home=sys.argv[1], workers=1, time_budget=1e-9))
print(chainrule.study(ring, (x, x[:, 0] > 0), home=sys.argv[1], workers=2))
more = {**ring, "study": {**ring["study"], "trials": 3}}
options = {"home": sys.argv[1], "workers": 1, "quiet": True}
thread = threading.Thread(target=lambda: print(chainrule.study(more, (x, x[:, 0] > 0), **options)))
thread.start()
thread.join()
"""


@pytest.mark.slow
def test_a_script_without_a_guard_has_two_workers_catches_mistakes_and_goes_on_in_a_thread(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "home"],
        env=environment() | {"PYTHONPATH": surroundings()["PYTHONPATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said = done.stdout.splitlines()
    assert said[0].startswith('error: study: training.epoch: unknown key "epoch"'), done.stderr
    assert said[-3] == 'Study("early": stopped, 0 runs)'
    assert said[-2:] == ['Study("ring": complete, 2 runs)', 'Study("ring": complete, 3 runs)']
    assert done.returncode == 0


def test_importing_chainrule_loads_nothing_heavy() -> None:
    code = "import sys, chainrule; chainrule.UserError; dir(chainrule); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert (HEAVY | {"typer", "estimators", "studies", "reports"}).isdisjoint(
        module.split(".")[0] for module in said.split()
    )


def test_every_public_name_is_there() -> None:
    for name in chainrule.__all__:
        assert getattr(chainrule, name) is not None
    assert set(chainrule.__all__) <= set(dir(chainrule))
    assert (chainrule.UserError, chainrule.Fault) == (UserError, Fault)
    with pytest.raises(AttributeError, match="has no attribute 'stdy'"):
        _ = chainrule.stdy  # type: ignore[attr-defined]


def test_the_notebook_runs_from_arrays_to_verdict(tmp_path: Path) -> None:
    notebook = nbformat.read(CHECKOUT / "docs" / "arrays_to_verdict.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len([line for line in code[0].source.splitlines() if line]) <= 10
    assert not any(cell.outputs for cell in code)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [[output.get("data", {}).get("text/html", "") for output in cell.outputs] for cell in code]
    progress, study = (one for one in shown[0] if one)
    assert "wine: 4 trials" in progress
    assert "best [95 % interval]" in progress
    assert "<strong>wine: complete</strong>" in study
    assert shown[1][0].startswith("<figure><img")
    assert "Holds for" in code[2].outputs[0].text
    assert "setting.learning_rate" in shown[2][-1]
    assert shown[3][0].startswith("<iframe srcdoc=")
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
