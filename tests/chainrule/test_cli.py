"""What every command has in common: help, exit statuses, words for mistakes."""

import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from chainrule import cli
from chainrule.cli import COMMANDS
from chainrule.what_to_type import EXAMPLES
from experiments.mistakes import Fault, UserError
from tests.chainrule.conftest import TINY, Run

HEAVY = {"numpy", "optuna", "mlflow", "pandas", "matplotlib", "sklearn", "scipy", "rich", "pydantic"}

ASK = """
import sys
from chainrule.cli import main
for arguments in ([], ["--help"]):
    try:
        main(arguments)
    except SystemExit as ended:
        assert not ended.code, ended.code
print("LOADED", *sorted(sys.modules))
"""


def test_help_loads_nothing_heavy() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout
    text, loaded = said.split("LOADED")
    assert text.count("Usage: chainrule") == 2
    assert HEAVY.isdisjoint(module.split(".")[0] for module in loaded.split())


def test_the_modules_that_must_not_be_loaded_are_there_to_be_loaded() -> None:
    code = f"import {', '.join(sorted(HEAVY))}"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_that_of_the_package(option: str, run: Run) -> None:
    said = run(option)
    assert (said.status, said.out, said.err) == (0, f"chainrule {version('chainrule')}\n", "")


@pytest.mark.parametrize("words", [(), *((command.__name__,) for command in COMMANDS)])
def test_h_is_short_for_help(words: tuple[str, ...], run: Run) -> None:
    assert run(*words, "-h") == run(*words, "--help")


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
def test_every_command_has_examples_that_it_takes_as_they_are_written(command: str, run: Run) -> None:
    known = typer.main.get_command(cli.app).commands[command]  # type: ignore[attr-defined]
    shown = run(command, "--help").out
    assert EXAMPLES[command]
    for line, what in EXAMPLES[command]:
        program, name, *words = shlex.split(line)
        assert (program, name) == ("chainrule", command)
        known.make_context(command, words)
        assert f"\n    {line}\n        {what}\n" in shown


def test_no_example_is_of_a_command_that_there_is_not() -> None:
    assert set(EXAMPLES) == {command.__name__ for command in COMMANDS}


def test_help_names_every_command(run: Run) -> None:
    said = run("--help")
    assert said.status == 0
    for command in COMMANDS:
        assert f"\n  {command.__name__} " in said.out


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
def test_every_command_has_its_help(command: str, run: Run) -> None:
    said = run(command, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: chainrule {command} ")
    for line in said.out.splitlines():
        if line.lstrip().startswith("--"):
            assert len(line.split("  ")) > 1, f"an option without a word: {line}"


@pytest.mark.parametrize(
    ("typed", "meant"), [("stduy", "study"), ("trian", "train"), ("exprot", "export"), ("reports", "report")]
)
def test_an_unknown_command_is_told_the_nearest(typed: str, meant: str, run: Run) -> None:
    said = run(typed, "x.toml")
    assert said.status == 2
    assert said.err == f'error: unknown command "{typed}"; did you mean "{meant}"?\n'
    assert said.out == ""


def test_a_command_that_is_like_none_is_told_all(run: Run) -> None:
    said = run("xyzzy")
    assert said.status == 2
    for command in COMMANDS:
        assert command.__name__ in said.err


@pytest.mark.parametrize(
    ("arguments", "typed", "meant"),
    [
        (("study", "a.toml", "--trails", "3"), "--trails", "--trials"),
        (("study", "a.toml", "--dry-rnu"), "--dry-rnu", "--dry-run"),
        (("study", "a.toml", "--time-buget=3"), "--time-buget", "--time-budget"),
        (("train", "--lerning-rate", "3"), "--lerning-rate", "--learning-rate"),
        (("train", "--optimizer", "adam"), "--optimizer", "--optimiser"),
        (("export", "tiny", "--outptu", "a.csv"), "--outptu", "--output"),
        (("predict", "tiny", "new.csv", "--out", "a.csv"), "--out", "--output"),
        (("ui", "--prot", "5000"), "--prot", "--port"),
    ],
)
def test_an_unknown_option_is_told_the_nearest(
    arguments: tuple[str, ...], typed: str, meant: str, run: Run, tmp_path: Path
) -> None:
    said = run(*arguments)
    assert said.status == 2
    assert said.mistakes == [f'error: unknown option "{typed}"; did you mean "{meant}"?']
    assert f"chainrule {arguments[0]} --help" in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("study",),
        ("report",),
        ("export",),
        ("study", "a.toml", "b.toml"),
        ("export", "tiny", "--format", "xlsx"),
        ("report", "tiny", "--format", "pdf"),
        ("study", "a.toml", "--trials"),
        ("--quiet",),
        ("studies", "tiny"),
    ],
)
def test_a_command_that_lacks_something_or_has_too_much_is_refused_in_one_line(
    arguments: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    said = run(*arguments)
    assert said.status == 2
    assert len(said.mistakes) == 1
    assert len(said.err.splitlines()) <= 2
    assert said.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--trials", value) for value in ("0", "-1", "1e3", "ten", "1.5", "", "٣")),
        *(("--workers", value) for value in ("0", "-1", "1e3", "many", "1.5", "")),
        *(("--time-budget", value) for value in ("0", "-1", "nan", "inf", "soon", "")),
    ],
)
def test_a_number_that_is_none_is_refused_with_what_was_expected(
    option: str, value: str, run: Run, tiny: Path, tmp_path: Path
) -> None:
    said = run("study", tiny, f"{option}={value}", "--home", "home")
    assert said.status == 2
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: {option}: a ")
    assert line.endswith(f'was expected, not "{value}"')
    assert not (tmp_path / "home").exists()


def test_hostile_arguments_are_shown_not_obeyed(run: Run) -> None:
    for arguments in (
        ("\x1b[2J",),
        ("study", "\x1b[2J\n.toml"),
        ("study", "--\x1b[2J"),
    ):
        said = run(*arguments)
        assert said.status == 2
        assert all(line.isprintable() for line in said.err.splitlines())


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (UserError("a mistake"), 2),
        (Fault("a fault", "Do this."), 1),
        (KeyboardInterrupt(), 130),
        (SystemExit(143), 143),
    ],
)
def test_how_a_command_ends_is_its_exit_status(
    raised: BaseException, status: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*_arguments: object, **_options: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "app", command)
    said = run("studies")
    assert said.status == status
    assert said.err == (f"{raised}\n" if status in (1, 2) else "")


def test_output_that_nobody_reads_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m chainrule --help | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


SECRET = "http://me:S3CRET one@two S3CRET/#@127.0.0.1:1/x?token=S3CRET"


@pytest.mark.parametrize(
    "words",
    [
        (SECRET,),
        ("studies", SECRET),
        ("studies", "--tracking-uri", SECRET.replace("http", "ftp")),
        ("train", "--epochs", SECRET),
        ("study", "FILE", "--engine", SECRET),
        ("study", "FILE", "--storage", SECRET),
        ("study", "FILE", "--storage", SECRET.replace("http", "postgresql+psycopg")),
        ("study", "FILE", "--storage", SECRET.replace("http", "grpc")),
        ("study", "FILE", "--tracking-uri", SECRET.replace("http", "postgresql+psycopg")),
        ("study", "FILE", "--workers", SECRET),
    ],
)
def test_no_message_shows_a_password_wherever_an_address_was_given(
    words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.running.storage.ANSWERING", 0.1)
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    said = run(*(word.replace("FILE", "tiny.toml") for word in words))
    assert (said.status, said.out) == (2, "")
    assert said.err
    assert "S3CRET" not in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]
