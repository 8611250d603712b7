"""What a user reads when something ends badly."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from chainrule.cli import COMMANDS
from core import ACTIVATIONS, COSTS
from core.descent import OPTIMISERS
from core.parameters import PARAMETERS
from experiments.control_characters import visible
from experiments.mistakes import ELSEWHERE, Fault, Mistake, UserError, nearest, neighbour
from experiments.recording.objectives import OBJECTIVES
from studies.space.pruners import PRUNERS
from studies.space.samplers import SAMPLERS

NAMES = ["quadratic", "cross_entropy", "log_likelihood"]


def test_a_mistake_is_a_line_with_its_place_and_the_lines_concerned() -> None:
    assert str(Mistake("too small", where="a.toml:3: study.trials", excerpt="    3 | x\n        ^")) == (
        "error: a.toml:3: study.trials: too small\n    3 | x\n        ^"
    )
    assert str(Mistake("too small")) == "error: too small"


def test_all_mistakes_are_told_and_then_what_to_do() -> None:
    error = UserError("one", Mistake("two", where="here"), advice="Try again.")
    assert str(error) == "error: one\nerror: here: two\nTry again."
    assert [mistake.message for mistake in error.mistakes] == ["one", "two"]


def test_a_notebook_shows_mistakes_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    raise_it = (
        "from experiments.mistakes import UserError\nraise UserError('no such file', advice='Make one.')"
    )
    shell.run_cell(raise_it)
    assert capsys.readouterr().out.splitlines() == ["error: no such file", "Make one."]


def test_a_fault_says_how_to_go_on() -> None:
    assert str(Fault("the disk is full", "Make room.")) == "error: the disk is full\nMake room."
    assert str(Fault("the disk is full")) == "error: the disk is full"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("quadratc", "quadratic"), ("cross-entropy", "cross_entropy"), ("likelihood", "log_likelihood")],
)
def test_the_nearest_name_is_named(name: str, meant: str) -> None:
    assert nearest(name, NAMES) == f'; did you mean "{meant}"?'


def test_letters_that_have_changed_places_are_the_likeliest_mistake() -> None:
    assert nearest("lgo", ["low", "high", "log"]) == '; did you mean "log"?'
    assert nearest("tep", ["grid", "qmc", "tpe", "test"]) == '; did you mean "tpe"?'


def test_capitals_and_hyphens_make_no_difference() -> None:
    assert nearest("ReLU", ["tanh", "relu"]) == '; did you mean "relu"?'
    assert nearest("adamW", ["adam", "adamw"]) == '; did you mean "adamw"?'
    assert nearest("tiny", ["Tiny", "other"]) == '; did you mean "Tiny"?'
    assert nearest("--lr", ["--l2", "--learning-rate"]) == '; did you mean "--learning-rate"?'
    assert nearest("help", ["seal", "--help"]) == '; did you mean "--help"?'


def test_a_part_of_a_name_means_it_and_few_common_letters_mean_nothing() -> None:
    assert nearest("halving", ["hyperband", "successive_halving"]) == '; did you mean "successive_halving"?'
    assert nearest("lr", ["l1", "l2"]) == "; known are l1, l2"
    assert nearest("fit", ["init", "best"]) == "; known are init, best"


def test_what_others_call_a_thing_leads_to_our_name_where_that_is_valid() -> None:
    assert nearest("SGD", OPTIMISERS) == '; did you mean "gradient_descent"?'
    assert nearest("sgd", ["adam", "nesterov"]) == "; known are adam, nesterov"
    commands = {command.__name__ for command in COMMANDS}
    ours = {*COSTS, *ACTIVATIONS, *OPTIMISERS, *PARAMETERS, *SAMPLERS, *PRUNERS, *OBJECTIVES, *commands}
    assert ours.issuperset(ELSEWHERE.values())
    assert ELSEWHERE.keys() & ours <= {"log_loss", "mae"}  # objectives, and elsewhere also costs


def test_where_no_name_is_near_all_are_listed() -> None:
    assert nearest("zzz", NAMES) == "; known are quadratic, cross_entropy, log_likelihood"


def test_where_there_are_no_names_nothing_is_said() -> None:
    assert nearest("zzz", []) == ""


@given(st.text(), st.text())
def test_no_text_of_a_user_reaches_the_terminal_as_anything_but_one_visible_line(
    where: str, message: str
) -> None:
    for line in (str(Mistake(message, where=where)), str(Fault(message))):
        assert len(line.splitlines()) == 1
        assert visible(line) == line


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert str(Mistake("unknown \x1b[2J\n\u202e")) == r"error: unknown \u001b[2J\u000a\u202e"
    assert str(UserError("unknown", advice="Try \x1b[2J")) == "error: unknown\nTry \\u001b[2J"


def test_letters_of_every_script_stay_as_they_are() -> None:
    assert str(Mistake("unbekannt: Größe, 学習率 🙂")) == "error: unbekannt: Größe, 学習率 🙂"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unit.toml", '; did you mean "units.toml"?'),
        ("units.csv", '; did you mean "units.toml"?'),
        ("none.csv", ""),
        ("gone/new.csv", "; there is no folder gone"),
    ],
)
def test_of_a_file_that_is_not_there_the_nearest_name_is_told_whatever_its_ending(
    name: str, said: str, tmp_path: Path
) -> None:
    for there in ("units.toml", "j.csv"):
        (tmp_path / there).touch()
    assert neighbour(tmp_path / name) == said
