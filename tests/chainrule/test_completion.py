"""What the shell completes, as bash, zsh and fish ask for it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import ACTIVATIONS, COSTS, OPTIMISERS
from experiments.command_line import ENGINES
from experiments.datasets import DATASETS
from tests.chainrule.conftest import Run
from tests.experiments.conftest import bytes_in

pytestmark = pytest.mark.xdist_group("recorded")

LIBRARIES = ("numpy", "optuna", "mlflow", "pandas", "matplotlib", "sklearn", "pyarrow", "sqlalchemy")
"""What takes long to be imported; pydantic is not among them, since Typer itself brings it."""

Complete = Callable[[str], list[str]]


@pytest.fixture
def complete(run: Run, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """Gives what bash is offered after a line that is typed so far."""

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("_CHAINRULE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        said = run()
        assert (said.status, said.err) == (0, "")
        return said.out.split()

    return ask


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Studies that have been begun and of which MLflow has nothing yet; one is archived."""
    for name in ("alpha", "beta", "gone"):
        (tmp_path / "home" / "studies" / name / "spool").mkdir(parents=True)
    (tmp_path / "home" / "studies" / "gone" / "archived").touch()
    return tmp_path / "home"


@pytest.mark.parametrize(
    "command",
    [
        "report HOME",
        "export HOME",
        "best HOME",
        "rename HOME",
        "archive HOME",
        "delete HOME",
        "study HOME x --pilot",
    ],
)
def test_names_of_studies_complete_and_archived_ones_do_not(
    command: str, complete: Complete, home: Path
) -> None:
    line = f"chainrule {command.replace('HOME', f'--home {home}')} "
    assert complete(line) == ["alpha", "beta"]
    assert complete(f"{line}al") == ["alpha"]
    assert complete(f"{line}x") == []


def test_what_is_archived_completes_where_it_is_restored(complete: Complete, home: Path) -> None:
    assert complete(f"chainrule archive --home {home} --restore ") == ["gone"]


def test_a_study_that_is_named_is_not_offered_again(complete: Complete, home: Path) -> None:
    assert complete(f"chainrule report --home {home} alpha ") == ["beta"]


def test_the_home_folder_may_come_from_the_environment_or_be_the_usual_one(
    complete: Complete, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert complete("chainrule report ") == []
    monkeypatch.setenv("CHAINRULE_HOME", str(home))
    assert complete("chainrule report ") == ["alpha", "beta"]
    monkeypatch.delenv("CHAINRULE_HOME")
    home.rename(tmp_path / "output")
    assert complete("chainrule report ") == ["alpha", "beta"]


def test_studies_are_also_found_in_mlflows_file_alone_and_nothing_is_written(
    complete: Complete, recorded: Path, tmp_path: Path
) -> None:
    (tmp_path / "alone").mkdir()
    for path in recorded.glob("mlflow.db*"):
        shutil.copy(path, tmp_path / "alone")
    before = bytes_in(tmp_path / "alone")
    assert complete(f"chainrule report --home {tmp_path / 'alone'} ") == ["tiny"]
    assert bytes_in(tmp_path / "alone") == before


def test_a_file_that_is_no_database_completes_nothing_and_says_nothing(
    complete: Complete, home: Path
) -> None:
    (home / "mlflow.db").write_text("damaged")
    assert complete(f"chainrule report --home {home} ") == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("train --cost", COSTS),
        ("train --activation", ACTIVATIONS),
        ("train --optimiser", OPTIMISERS),
        ("train --data", DATASETS),
        ("explain --cost", COSTS),
        ("explain --output-activation", ACTIVATIONS),
        ("study x.toml --engine", ENGINES),
        ("export tiny --format", ("csv", "parquet")),
    ],
)
def test_values_that_a_table_knows_complete(typed: str, names: object, complete: Complete) -> None:
    assert complete(f"chainrule {typed} ") == sorted(names)  # type: ignore[call-overload]


def test_commands_and_options_complete(complete: Complete) -> None:
    assert complete("chainrule st") == ["study", "studies"]
    assert complete("chainrule train --spl") == ["--split", "--splits", "--split-seed"]


def test_zsh_and_fish_are_offered_the_same(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"chainrule report --home {home} a")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    for shell, offered in (("zsh", "_arguments '*: :((\"alpha\"))'\n"), ("fish", "alpha\n")):
        monkeypatch.setenv("_CHAINRULE_COMPLETE", f"complete_{shell}")
        said = run()
        assert (said.status, said.out, said.err) == (0, offered, "")


def test_bash_itself_completes_with_the_script_that_is_shown(home: Path) -> None:
    script = subprocess.run(
        [sys.executable, "-m", "chainrule", "--show-completion"],
        env={
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
            "_CHAINRULE_COMPLETE": "source_bash",
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    program = Path(sys.executable).with_name("chainrule")
    asked = f"""
{script}
COMP_WORDS=(chainrule report --home {home} a); COMP_CWORD=4
_chainrule_completion {program}
echo "${{COMPREPLY[*]}}"
"""
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "alpha\n"


@pytest.mark.parametrize(
    ("line", "loads"),
    [
        ("chainrule report --home {home} a", set()),
        ("chainrule train --spl", set()),
        ("chainrule train --cost ", {"numpy"}),
    ],
)
def test_nothing_heavy_is_loaded_to_complete(line: str, loads: set[str], home: Path) -> None:
    ask = "import sys\nfrom chainrule.cli import main\ntry:\n    main([])\nfinally:\n    print('LOADED', *sys.modules)"
    words = line.format(home=home)
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={
            "_CHAINRULE_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = {name.split(".")[0] for name in done.stdout.partition("LOADED")[2].split()}
    assert "chainrule" in loaded
    assert loaded & {*LIBRARIES} == loads
