"""How a study stands, in one line."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from chainrule import progress as module
from chainrule.interruption import STOPPING_NOW, Interruption
from chainrule.progress import EVERY_SECONDS, STAGES, display, line, plan_line, stopped
from experiments.store.store_errors import StoreError
from studies.file.study_file import from_content
from studies.running.plan import plan
from studies.running.tally import Led, Progress, Stage
from tests.factories import DATA, a_record, a_run
from tests.studies.plans import CONTENT

STUDY = a_record(seeds=3)

STAND = Progress(
    stage="search",
    done=205,
    networks=900,
    trials=144,
    recorded={"complete": 41, "pruned": 0, "failed": 0},
    diverged=6,
    best=0.01528,
    best_settings={"cost": "cross_entropy", "widths": [128], "learning_rate": 1.0},
    seconds=40.0,
    seconds_left=130.4,
)


def test_the_line_says_how_many_are_done_what_is_best_and_how_long_it_takes() -> None:
    assert line(STAND, "validation_error") == (
        "41/144 trials  6 diverged  best 1.5 % (cross_entropy, [128], learning_rate 1)  2 min 10 s left"
    )


def test_what_is_not_known_or_has_not_happened_is_not_said() -> None:
    start = replace(STAND, recorded={}, done=0, diverged=0, best=None, best_settings={}, seconds_left=None)
    assert line(start, "validation_error") == "0/144 trials"


def test_pruned_and_failed_trials_are_counted() -> None:
    said = line(replace(STAND, recorded={"complete": 28, "pruned": 12, "failed": 1}), "validation_error")
    assert "6 diverged  12 pruned  1 failed" in said


def test_epochs_to_target_are_epochs() -> None:
    assert "best 7.4 epochs (" in line(replace(STAND, best=7.4), "epochs_to_target")


def test_at_the_end_nothing_is_left() -> None:
    done = replace(STAND, done=900, stage="champion", seconds_left=0.0)
    assert "left" not in line(done, "validation_error")


def test_the_stages_after_the_search_are_named() -> None:
    assert line(replace(STAND, stage="confirm"), "validation_error").startswith(
        "confirming the winners on fresh"
    )
    assert line(replace(STAND, stage="champion"), "validation_error").startswith("testing the champion")
    assert line(replace(STAND, stage="probe"), "validation_error").startswith("checking where networks fail")


def test_who_stops_after_the_last_trial_is_told_what_is_left() -> None:
    assert stopped(STAND) == "Stopped at 41 of 144 trials"
    searched = replace(STAND, recorded={"complete": 144}, done=740)
    for stage, name in STAGES.items():
        said = stopped(replace(searched, stage=stage))
        assert said == f"Stopped at 144 of 144 trials, while {name}; up to 160 trainings are left"
    assert stopped(replace(searched, stage="champion", done=899)).endswith("; up to 1 training is left")


def test_every_stage_has_a_name() -> None:
    assert STAGES.keys() | {"search"} == set(get_args(Stage))


def shown(capsys: pytest.CaptureFixture[str], stands: list[Progress], **options: Any) -> list[str]:
    with display(STUDY, Interruption(), **{"quiet": False, "color": True, **options}) as shows:
        for stand in stands:
            shows.show(stand)
    out, err = capsys.readouterr()
    assert out == ""
    return list(err.splitlines())


def stands(count: int) -> list[Progress]:
    return [
        replace(STAND, done=done, networks=count, recorded={"complete": done}) for done in range(count + 1)
    ]


def test_without_a_terminal_there_is_a_plain_line_for_every_tenth(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "monotonic", lambda: 0.0)
    lines = shown(capsys, stands(200))
    assert [said.split("/")[0] for said in lines] == [str(done) for done in range(0, 201, 20)]
    assert all(said.isprintable() for said in lines)


def test_a_slow_study_says_something_every_half_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10**6, 7))
    monkeypatch.setattr(module, "monotonic", lambda: float(next(clock)))
    lines = shown(capsys, stands(1000)[:40])
    assert 40 * 7 / EVERY_SECONDS / 2 < len(lines) < 40


def test_quiet_keeps_progress_quiet_and_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, stands(10), quiet=True) == []
    with display(STUDY, Interruption(), quiet=True, color=True) as shows:
        shows.note("the study begins")
        shows.warn("the store does not answer")
    assert capsys.readouterr().err == "the store does not answer\n"


def test_a_note_stays(capsys: pytest.CaptureFixture[str]) -> None:
    with display(STUDY, Interruption(), quiet=False, color=True) as shows:
        shows.note("the store does not answer [red]yet[/red]")
    assert capsys.readouterr().err == "the store does not answer [red]yet[/red]\n"


class AtOnce:
    """A thread that has done its work when it has been started."""

    def __init__(self, target: Callable[[], None], **_options: bool) -> None:
        self.start = target


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "animated", lambda color: color)
    monkeypatch.setattr(module, "Thread", AtOnce)
    for name, value in (("TERM", "xterm"), ("COLUMNS", "200"), ("LINES", "40"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_terminal")
def test_at_a_terminal_the_display_changes_and_what_looks_like_markup_is_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with display(STUDY, Interruption(), quiet=False, color=True) as shows:
        shows.show(STAND)
        shows.show(replace(STAND, best_settings={"widths": "\x1b]0;title\x07\u202e:smile:"}))
        shows.note("[bold]a note[/bold] \x9b31m")
        shows.warn(f"Continue: {'a long command ' * 20}")
    said = capsys.readouterr().err
    assert r"[bold]a note[/bold] \u009b31m" in said
    assert r"\u001b]0;title\u0007\u202e:smile:" in said
    assert f"Continue: {'a long command ' * 20}".rstrip() in said, "unbroken, to be copied"


@pytest.mark.usefixtures("_terminal")
def test_the_table_has_each_combination_with_the_runs_that_ended_and_those_recalled(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = [a_run(STUDY, slot=slot, combination=slot, errors=(0.1 * (slot + 1),) * 3) for slot in range(2)]
    led = (Led(4, 1, ended[0].task.run_key), Led(3, 0, ended[1].task.run_key), Led(0, 0, ""), Led(0, 0, ""))
    with display(STUDY, Interruption(), quiet=False, color=True) as shows:
        shows.recall(lambda: replace(STUDY, runs=(ended[0],)))
        shows.show(replace(STAND, combinations=led, record=ended[1]))
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", capsys.readouterr().err)
    rows = [line.split() for line in plain.splitlines()]
    assert any(row[:7] == ["quadratic,", "[8]", "10.0", "%", "3", "4", "1"] for row in rows), rows
    assert any(row[:7] == ["quadratic,", "[16]", "20.0", "%", "3", "3", "–"] for row in rows)
    assert any(row[:6] == ["cross_entropy,", "[8]", "–", "–", "0", "–"] for row in rows)


@pytest.mark.usefixtures("_terminal")
def test_records_that_cannot_be_read_leave_the_table_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Any:
        raise StoreError("the store is damaged")

    with display(STUDY, Interruption(), quiet=False, color=True) as shows:
        shows.recall(broken)
        shows.show(STAND)
    assert "damaged" not in capsys.readouterr().err


@pytest.mark.usefixtures("_terminal")
def test_that_the_study_stops_is_told_below_the_table_and_nowhere_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    interruption = Interruption()
    with display(STUDY, interruption, quiet=False, color=True) as shows:
        assert interruption.quiet
        interruption.signal = 2
        shows.show(STAND)
    assert not interruption.quiet
    assert STOPPING_NOW in capsys.readouterr().err


def test_a_plan_in_one_line() -> None:
    study = {"name": "a", "trials": 144, "seeds": 5, "confirm_seeds": 20}
    search = {
        "scientific": {"widths": [[n] for n in range(1, 10)]},
        "nuisance": {"learning_rate": {"low": 0.1, "high": 1.0}},
    }
    laid_out = plan(from_content({**CONTENT, "study": study, "search": search}, "a"), DATA)
    assert plan_line(laid_out) == (
        "144 trials of 5 seeds, 16 for each of 9 combinations; winners again on 20 fresh seeds; default settings on "
        "both; at most 50 to check where networks fail; 1,195 networks at most"
    )


def test_a_plan_of_one_combination_that_is_not_confirmed() -> None:
    study = {"name": "a", "trials": 1, "seeds": 1, "confirm_seeds": 0}
    laid_out = plan(from_content({"study": study, "data": {"source": "digits"}}, "a"), DATA)
    assert plan_line(laid_out) == "1 trial of 1 seed; 1 network in all"


@pytest.mark.parametrize(
    ("scientific", "told"),
    [
        (
            {},
            "3 trials of 2 seeds; 6 networks in all; 40 were asked for, but there are no more settings to try",
        ),
        (
            {"optimiser": ["gradient_descent", "momentum"]},
            (
                "12 trials of 2 seeds, 3 to 9 for each of 2 combinations; 24 networks in all; 40 were asked for, but "
                "2 combinations have no more settings to try"
            ),
        ),
        (
            {"optimiser": ["gradient_descent", "adam"]},
            (
                "23 trials of 2 seeds, 3 to 20 for each of 2 combinations; 46 networks in all; 40 were asked for, but "
                "one combination has no more settings to try"
            ),
        ),
    ],
)
def test_a_plan_says_where_more_trials_were_asked_for_than_there_are_settings(
    scientific: dict[str, list[str]], told: str
) -> None:
    study = {"name": "a", "trials": 40, "seeds": 2, "confirm_seeds": 0, "default_setting": False}
    nuisance = {"learning_rate": [0.1, 0.2, 0.3]}
    if scientific:
        nuisance |= {"momentum": [0.1, 0.5, 0.9]} if "momentum" in scientific["optimiser"] else {}
        nuisance |= {"beta1": {"low": 0.5, "high": 0.9}} if "adam" in scientific["optimiser"] else {}  # type: ignore[dict-item]
    search = {"scientific": scientific, "nuisance": nuisance}
    content = {"study": study, "data": {"source": "digits"}, "search": search}
    assert plan_line(plan(from_content(content, "a"), DATA)) == told
