"""A look at the user's own code before anything is trained."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.mistakes import UserError
from experiments.own_trainer.trainer import Trainer

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        (
            {"python": "gone:train"},
            'there is no module "gone" next to the study file, and none of that name is installed',
        ),
        ({"python": "planned:tran"}, 'planned has no function "tran"; did you mean "train"?'),
        ({"python": "planned:NUMBER"}, "planned:NUMBER is int, and a function was expected"),
        ({"python": "planned:short"}, "planned:short cannot be called: too many positional arguments"),
        ({"command": ("no-such-program", "x")}, 'there is no program "no-such-program" that can be run'),
    ],
)
def test_code_that_cannot_be_called_is_the_users_mistake(trainer: Any, message: str) -> None:
    with pytest.raises(UserError) as error:
        Trainer(folder=HERE, **trainer).look()
    (mistake,) = error.value.mistakes
    assert mistake.message.startswith(message)
    assert mistake.where == f"trainer.{next(iter(trainer))}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import torchh\n", "importing mine fails: ModuleNotFoundError: No module named 'torchh'"),
        ("def train(\n", "importing mine fails: File "),
        ("1 / 0\n", "importing mine fails: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit('no')\n", "importing mine fails: SystemExit: no"),
        ("import os\nos._exit(9)\n", "mine:train cannot be looked at: it ended with exit status 9"),
    ],
)
def test_a_module_that_cannot_be_imported_is_too_and_touches_nobody_else(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "mine.py").write_text(text, "utf-8")
    with pytest.raises(UserError) as error:
        Trainer(folder=tmp_path, python="mine:train").look()
    assert error.value.mistakes[0].message.startswith(message)
    assert "mine" not in sys.modules


def test_the_code_is_that_of_the_module_and_of_those_beside_it(tmp_path: Path) -> None:
    mine, beside, other = (tmp_path / f"{name}.py" for name in ("mine", "beside", "other"))
    named_only = (
        "import types, sys\nsys.modules['x'] = types.ModuleType('x')\nsys.modules['x'].__file__ = 'x.py'\n"
    )
    mine.write_text(
        f"{named_only}import numpy\nimport beside\ndef train(settings, data, seed): ...\n", "utf-8"
    )
    beside.write_text("RATE = 1\n", "utf-8")
    other.write_text("RATE = 1\n", "utf-8")

    def look() -> dict[str, str]:
        return Trainer(folder=tmp_path, python="mine:train").look()

    first = look()
    other.write_text("RATE = 2\n", "utf-8")
    mine.write_text(f"# a comment changes nothing\n{mine.read_text('utf-8')}", "utf-8")
    assert look() == first
    beside.write_text("RATE = 2\n", "utf-8")
    assert look()["trainer"] != first["trainer"]
    assert first["numpy"] == sys.modules["numpy"].__version__


def test_the_code_of_a_command_is_that_of_the_files_that_it_names(tmp_path: Path) -> None:
    script = tmp_path / "train.R"
    script.write_text("x <- 1\n", "utf-8")
    trainer = Trainer(folder=tmp_path, command=(sys.executable, "train.R"))
    first = trainer.look()
    script.write_text("x <- 2\n", "utf-8")
    assert trainer.look() != first
    assert trainer.name.endswith(" train.R")


def test_a_modules_text_is_looked_at_like_a_file(tmp_path: Path) -> None:
    text = "import numpy\n\n\ndef train(settings, data, seed):\n    yield {}\n"
    one, same, other = (
        Trainer(folder=tmp_path, python="source:train", source=each).look()
        for each in (text, f"# why\n{text}", text.replace("{}", "{'a': 1}"))
    )
    assert one == same
    assert one["trainer"] != other["trainer"]
    assert one["numpy"] == np.__version__
    with pytest.raises(UserError, match=r'source has no function "trian"; did you mean "train"'):
        Trainer(folder=tmp_path, python="source:trian", source=text).look()
