"""Options that several commands share."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from chainrule import completion
from experiments.command_line import ENGINE, HOME, WORKERS
from experiments.mistakes import UserError

__all__ = ["ENGINE", "HOME", "WORKERS"]

Home = Annotated[
    Path,
    typer.Option(
        "--home", envvar="CHAINRULE_HOME", help="Folder for all records and reports.", metavar="DIR"
    ),
]
Study = Annotated[
    str,
    typer.Argument(help="Name of the study.", metavar="STUDY", autocompletion=completion.studies),
]
TrackingUri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri",
        envvar="MLFLOW_TRACKING_URI",
        help="Where MLflow keeps the records; by default an SQLite file in the home folder.",
        metavar="URI",
    ),
]
Storage = Annotated[
    str | None,
    typer.Option(
        help="Where Optuna keeps its trials: a database, or Optuna's proxy at grpc://HOST:PORT; by default a "
        "journal in the home folder.",
        metavar="URL",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Hide progress; problems and results are still printed.")
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="Print without colour or animation; NO_COLOR does the same.")
]


def whole(option: str, least: int, most: int | None = None) -> Callable[[str], int]:
    """A parser for an option that is a whole number from `least`, and up to `most` if that is given."""
    expected = f"a whole number from {least}" + (f" to {most}" if most else "")

    def parse(text: str) -> int:
        digits = str(text).removeprefix("-")
        number = int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else least - 1
        if number < least or (most and number > most):
            raise UserError(f'{option}: {expected} was expected, not "{text}"')
        return number

    return parse


def above_0(option: str) -> Callable[[str | float], float]:
    """A parser for an option that is a number above 0."""

    def parse(text: str | float) -> float:
        if isinstance(text, float):  # Typer reads its defaults, too
            return text
        from core.numbers import read_number  # NumPy, which a command that takes no number does without

        try:
            number = read_number(text)
        except ValueError as reason:
            beyond = f": {reason}" if "float64" in str(reason) else ""
            raise UserError(f'{option}: a number above 0 was expected, not "{text}"{beyond}') from reason
        if not (number > 0 and isfinite(number)):
            raise UserError(f'{option}: a number above 0 was expected, not "{text}"')
        return number

    return parse
