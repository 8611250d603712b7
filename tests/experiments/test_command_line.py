"""Commands as they are shown, to be typed again."""

import shlex
from pathlib import Path

import pytest

from chainrule import options
from experiments.command_line import command_line


def test_options_that_were_given_are_named_and_defaults_are_not() -> None:
    assert command_line("ui", home=options.HOME, tracking_uri=None) == "chainrule ui"
    assert command_line("ui", home=Path("there"), tracking_uri="http://127.0.0.1:5001") == (
        "chainrule ui --home there --tracking-uri http://127.0.0.1:5001"
    )
    usual = {"engine": options.ENGINE, "workers": options.WORKERS, "storage": None}
    assert command_line("study", "a.toml", **usual, first_seeds=2) == "chainrule study a.toml --first-seeds 2"
    assert command_line("study", "a.toml", dry_run=True) == "chainrule study a.toml --dry-run"


@pytest.mark.parametrize("name", ["my study.toml", "it's.toml", "$(id).toml", "a;b.toml", "50% done?.toml"])
def test_a_shell_takes_the_words_as_they_are(name: str) -> None:
    line = command_line("study", Path(name), home=Path(name))
    assert shlex.split(line) == ["chainrule", "study", name, "--home", name]


def test_a_file_that_looks_like_an_option_is_none() -> None:
    assert shlex.split(command_line("study", Path("-x.toml")))[2] == "./-x.toml"


@pytest.mark.parametrize("option", ["tracking_uri", "storage", "engine"])
def test_no_password_is_shown(option: str) -> None:
    line = command_line("study", "a.toml", **{option: "postgresql://me:geheim@host/db"})
    assert "geheim" not in line
    assert shlex.split(line)[-1] == "postgresql://***@host/db"
