"""The command that runs a study: what it refuses, and what it says before it begins."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.mistakes import Fault
from experiments.system.locks import OF_A_STUDY, held
from studies.running.tally import Progress
from tests.chainrule.conftest import TINY, Recorder, Run
from tests.chainrule.test_progress import STAND
from tests.commands import apart
from tests.iris_study import iris_study
from tests.studies.file.test_study_file import TEN, TEN_MISTAKES


def test_ten_mistakes_are_ten_lines_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "ten.toml").write_text(TEN)
    said = apart("study", "ten.toml", "--home", "home", folder=tmp_path)
    assert (said.status, said.out) == (2, "")
    assert len(said.mistakes) == len(TEN_MISTAKES) == 10
    for line, (number, key, message, near) in zip(said.mistakes, TEN_MISTAKES, strict=True):
        assert line.startswith(f"error: ten.toml:{number}: {key}: {message}")
        assert near is None or line.endswith(f'did you mean "{near}"?')
    assert "Traceback" not in said.err
    assert said.err.endswith("Nothing was run. Check again: chainrule study ten.toml --home home --dry-run\n")
    assert [path.name for path in tmp_path.iterdir()] == ["ten.toml"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--home", "tiny.toml/home"), "error: --home tiny.toml/home: Not a directory"),
        (("--home", "/proc/none"), "error: --home /proc/none: "),
        (("--name", "../x"), "error: --name: only letters"),
        (("--name", ""), "error: --name: "),
        (("--name", "n" * 300), "error: --name: "),
        (("--storage", "nowhere"), "error: --storage: this is not the URL of a database"),
        (("--storage", "redis://u:geheim@h"), "error: --storage: this kind of database is not known"),
        (("--tracking-uri", "nowhere://u:geheim@h"), "error: --tracking-uri: "),
    ],
)
def test_an_option_that_leads_nowhere_is_refused_before_anything_is_written(
    options: tuple[str, str], message: str, run: Run, tiny: Path, tmp_path: Path
) -> None:
    home = () if options[0] == "--home" else ("--home", "home")
    said = run("study", tiny.name, *options, *home)
    assert (said.status, said.out) == (2, "")
    assert len(said.mistakes) == 1
    assert said.mistakes[0].startswith(message)
    assert "geheim" not in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_who_starts_a_study_that_runs_is_told_how_to_watch_it(run: Run, tiny: Path, tmp_path: Path) -> None:
    with held(tmp_path / "home" / "studies" / "tiny" / OF_A_STUDY):
        said = run("study", tiny.name, "--home", "home")
    busy = 'error: the study "tiny" is being run by another process'
    watch = "See how it stands: chainrule watch tiny --home home"
    assert (said.status, said.out, said.err) == (2, "", f"{busy}\n{watch}\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("[training]", "[training]\nbatch_size = 91"),
            "tiny.toml:12: training.batch_size: 91 is more than the 90 training examples of iris",
        ),
        (
            ("[training]", "[training]\nwidths = [65536, 65536, 65536]"),
            "tiny.toml: widths [65536, 65536, 65536] need about",
        ),
        (
            ('source = "iris"', 'source = "iris"\ntest = 0.001'),
            "tiny.toml:10: data.test: 0.001 of the 150 examples of iris is 1, and its 3 classes need 3 at least",
        ),
    ],
)
def test_what_does_not_fit_the_data_or_the_machine_is_refused_with_its_place(
    change: tuple[str, str], message: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "tiny.toml").write_text(TINY.replace(*change))
    said = run("study", "tiny.toml", "--home", "home")
    assert said.status == 2
    assert len(said.mistakes) == 1
    assert said.err.startswith(f"error: {message}")
    assert not (tmp_path / "home").exists()


def test_a_dry_run_prints_the_plan_and_its_cost_and_writes_nothing(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    said = run("study", tiny.name, "--dry-run", "--workers", 3, "--home", "home")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(
        "tiny: 2 trials of 2 seeds; winners again on 2 fresh seeds; 8 networks in all\n"
        "data: iris, 90 train, 30 validation, 30 test; training and validation drawn for each seed\n"
        "error: share misclassified; guessing has 66.7 %\n"
    )
    assert "learning_rate 0.1 to 1, log (tpe)\n" in said.out
    assert said.out.splitlines()[-1].startswith("about 1 s of training with 3 in parallel")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_dry_run_in_json_is_data(run: Run, tiny: Path, tmp_path: Path) -> None:
    said = run("study", tiny.name, "--dry-run", "--json", "--trials", 7, "--name", "other", "--workers", 2)
    assert (said.status, said.err) == (0, "")
    content = json.loads(said.out)
    assert (content["name"], content["trials"], content["trials_each"], content["networks"]) == (
        "other",
        7,
        7,
        18,
    )
    assert content["workers"] == 2
    assert content["seconds"] >= 0
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


FURTHER = """\
[study]
name = "s"
trials = 2
[data]
source = "iris"
further = ["wine"]
[search.nuisance]
learning_rate = { low = 0.1, high = 1.0 }
"""


def test_a_mistake_in_a_further_data_set_is_told_before_anything_is_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FURTHER.replace("wine", "csv:houses.csv"))
    said = run("study", "s.toml", "--home", "home")
    assert said.status == 2
    (mistake,) = said.mistakes
    assert mistake.startswith("error: s.toml:6: data.further: houses: ")
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_a_dry_run_shows_each_data_set(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FURTHER)
    said = run("study", "s.toml", "--dry-run", "--json", "--home", "home")
    assert [each["name"] for each in json.loads(said.out)["studies"]] == ["s", "s-wine"]


def test_a_dry_run_names_the_measure_with_its_unit_and_the_class_weights(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    text = tiny.read_text("utf-8")
    weighed = text.replace("[training]", '[training]\nclass_weights = "balanced"')
    assert weighed != text
    (tmp_path / "weighed.toml").write_text(weighed)
    said = run("study", "weighed.toml", "--dry-run")
    assert (said.status, said.err) == (0, "")
    assert "class weights: balanced, in the first split setosa 1, versicolor 1, virginica 1\n" in said.out
    document = json.loads(run("study", "weighed.toml", "--dry-run", "--json").out)
    assert document["class_weights"] == {"setosa": 1, "versicolor": 1, "virginica": 1}
    assert (document["error"], document["error_of_guessing"]) == ("misclassified", pytest.approx(2 / 3))
    numbers = text.replace('"iris"', '"diabetes"').replace("[study]", '[study]\nobjective = "rmse"')
    numbers = numbers.replace("[training]", '[training]\ncost = "quadratic"')
    (tmp_path / "numbers.toml").write_text(numbers)
    said = run("study", "numbers.toml", "--dry-run")
    assert (said.status, said.err) == (0, "")
    assert re.search(
        r"\nerror: share of guessing's RMSE, which is 7\d\.\d in the unit of the target, so a point is 0\.7\d\d\n",
        said.out,
    )


def test_a_dry_run_says_what_difference_the_study_can_be_expected_to_show(run: Run) -> None:
    run("init", "mine.toml")
    said = run("study", "mine.toml", "--dry-run", "--spread", 0.5)
    assert (said.status, said.err) == (0, "")
    assert "160 fresh seeds show a difference of 0.17 points" in said.out
    assert "at a spread of 0.53 points and 33 tests; the margin of 0.5 points takes 27 " in said.out
    for given, told in (
        (("--pilot", "mine"), "--pilot: only --dry-run uses it"),
        (
            ("--dry-run", "--spread", 1, "--pilot", "mine"),
            "--spread and --pilot: give only one of them",
        ),
        (("--dry-run", "--pilot", "mine"), "nothing has been recorded in"),
    ):
        said = run("study", "mine.toml", *given)
        assert said.status == 2
        assert told in said.err


def test_what_init_writes_passes_a_dry_run(run: Run) -> None:
    assert run("init", "mine.toml").status == 0
    said = run("study", "mine.toml", "--dry-run")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("mine: 144 trials of 5 seeds, 16 for each of 9 combinations")


def test_a_study_that_ends_badly_says_how_it_stands_in_the_same_document(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a recorder that takes nothing, and a search that ends as it is told to."""
    recorder = Recorder()

    def searching(*_arguments: object) -> Iterator[Progress]:
        yield replace(STAND, trials=2, recorded={}, done=0, networks=8, diverged=0, best=None, best_run="")
        if fault:
            raise Fault(fault, "Put it right.")
        ended = {"complete": 1, "pruned": 1, "failed": 0}
        yield replace(STAND, trials=2, recorded=ended, done=8, networks=8, diverged=1, best_run="001 x")

    monkeypatch.setattr("experiments.publisher.client.Publisher.start", lambda *_job, **_told: recorder)
    monkeypatch.setattr("chainrule.study_run.run", searching)
    command = ("study", tiny.name, "--home", "my home", "--json", "--quiet", "--workers", 1)
    go_on = "chainrule study tiny.toml --workers 1 --home 'my home'"

    fault, recorder.left = "the disk is full", 1
    said = run(*command)
    assert (said.status, said.err) == (1, "error: the disk is full\nPut it right.\n")
    told = json.loads(said.out)
    assert (told["state"], told["waiting"], told["continue"]) == ("failed", 1, go_on)

    fault, recorder.left, recorder.trouble = "", 2, "no answer"
    said = run(*command)
    assert said.status == 1
    assert said.err.startswith("error: 2 records could not be recorded yet")
    assert said.err.endswith(
        f"no answer\nNothing is lost: once this is fixed, this command records them: {go_on}\n"
    )
    told = json.loads(said.out)
    assert (told["state"], told["waiting"], told["continue"]) == ("stopped", 2, go_on)
    assert told["recorded"] == {"complete": 1, "pruned": 1, "failed": 0}
    assert (told["trials"], told["diverged"], told["best_run"]) == (2, 1, "001 x")

    recorder.left = 0
    said = run(*command, "--no-report")
    assert (said.status, said.err) == (0, "")
    finished = json.loads(said.out)
    assert (finished["state"], finished["continue"], finished["report"]) == ("complete", None, None)
    assert finished.keys() == told.keys()


@pytest.mark.xdist_group("recorded")
def test_another_design_under_the_same_name_is_refused_and_changes_nothing_and_so_is_other_code(
    recorded: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.toml").write_text(TINY.replace("epochs = 3", "epochs = 2"))
    journal = recorded / "studies" / "tiny" / "optuna.journal"
    before = journal.read_bytes()
    said = run("study", "tiny.toml", "--home", recorded, "--quiet")
    assert said.status == 2
    assert said.err == (
        'error: the study "tiny" was begun with another design: training.epochs: 3 before, 2 now: '
        "epochs may only be added\n"
        "Give the new design a name of its own: --name NAME\n"
    )
    monkeypatch.setattr("experiments.environment.deciding", lambda: {"code": "other", "numpy": "0.1"})
    (tmp_path / "tiny.toml").write_text(TINY)
    said = run("study", "tiny.toml", "--home", recorded, "--quiet", "--trials", "50")
    assert said.status == 2
    assert said.err.startswith(
        'error: what decides numbers has changed since the study "tiny" was trained: code '
    )
    assert "before, other now; numpy " in said.err
    assert said.err.count("\n") == 2
    assert journal.read_bytes().startswith(before)
    assert not list((recorded / "studies" / "tiny" / "spool").glob("*.npz"))


LOST = iris_study(
    "lost",
    trials=6,
    training="""\
epochs = 2
activation = "relu"
cost = "quadratic"
output_activation = "identity\"""",
    rest="[search.nuisance]\nlearning_rate = [1e30, 1e35]\n",
)


@pytest.mark.slow
def test_where_nothing_has_a_result_nothing_is_best_and_each_setting_is_tried_once(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "lost.toml").write_text(LOST, "utf-8")
    said = run("study", "lost.toml", "--workers", "1")
    assert said.status == 0
    assert "2 trials of 2 seeds" in said.err
    assert "6 were asked for, but there are no more settings to try" in said.err
    assert "2 diverged" in said.err
    assert "best" not in said.err
    assert "confirming" not in said.err
    report = Path("output", "reports", "lost", "report.md").read_text("utf-8")
    assert "6 trials were asked for, but there are only 2 settings to try, and each is tried once." in report
    (listed,) = json.loads(run("studies", "--json").out)
    assert (listed["best"], listed["best_run"], listed["diverged"], listed["trials"]) == (None, "", 2, 2)


def test_system_metrics_may_be_asked_for_on_the_command_line(run: Run, tiny: Path, tmp_path: Path) -> None:
    assert run("study", tiny.name, "--dry-run", "--system-metrics").status == 0
    (tmp_path / "bad.toml").write_text(tiny.read_text().replace("trials", "trails", 1))
    said = run("study", "bad.toml", "--system-metrics")
    assert said.err.splitlines()[-1].endswith("chainrule study bad.toml --system-metrics --dry-run")
