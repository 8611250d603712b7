"""Reports of other people's runs: reads them, has a mapping guessed and asks about it, and writes the report."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.mistakes import UserError

if TYPE_CHECKING:  # they bring NumPy and pydantic
    from collections.abc import Callable

    from experiments.recording.foreign_runs import ForeignRuns
    from studies.others.mapping_file import MappingFile

GUESSED: Final = "the guess"
"""The name of an unsaved mapping in messages."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose runs are to be reported, by the options of the command.

    Attributes:
        experiment: of MLflow's.
        tracking_uri: where that is.
        optuna: the storage of an Optuna study.
        study: its name.
        csv: a table of results.
        mapping: a mapping file; None to have one guessed.
        yes: whether the guess is taken without asking.
    """

    experiment: str | None
    tracking_uri: str | None
    optuna: str | None
    study: str | None
    csv: Path | None
    mapping: Path | None
    yes: bool

    def command(self, home: Path) -> str:
        """The command that makes the report."""
        given: dict[str, Any] = {
            "experiment": self.experiment,
            "tracking_uri": self.tracking_uri if self.experiment else None,
            "optuna": self.optuna,
            "study": self.study,
            "csv": self.csv,
            "mapping": self.mapping,
            "yes": self.mapping is None,
        }
        return command_line("report", home=home, **{name: one for name, one in given.items() if one})


def report_others(
    asked: Asked, home: Path, output: Path | None, page: Literal["html", "md"], *, as_json: bool
) -> None:
    """Write the report of other people's runs to a folder, by default one of the runs' name, and print its answer.

    Without a mapping file the guess is printed as one. In a terminal it is asked whether to take it; elsewhere nothing
    is written, unless `yes` says so.

    Raises:
        UserError: if the runs cannot be read, or the mapping does not fit them.
    """
    from studies.others.as_study import as_study
    from studies.others.mapping_file import fitting, from_text, read

    runs_of, guess = _source(asked)
    if asked.mapping:
        (mapping, text), called = read(asked.mapping), str(asked.mapping)
    else:
        text, called = guess, GUESSED
        if not asked.yes and not _taken(text):
            return
        mapping = from_text(text, called)
    found = runs_of(mapping)
    chosen = fitting(mapping, found, text, called)
    study = as_study(mapping, found, chosen, text, asked.command(home))
    folder = output or Workspace(home).report(_folder_name(found.name))
    _write(study, folder, page, as_json=as_json)


def _write(study: Any, folder: Path, page: Literal["html", "md"], *, as_json: bool) -> None:
    from chainrule.json_output import findings, print_json
    from reports.page.rendering import drawing
    from reports.page.writing import write_report

    try:
        with drawing() as figures:
            written = write_report(study, folder, figures)
    except OSError as reason:
        raise UserError(f"--output {folder}: {reason.strerror}") from reason
    if as_json:
        print_json({"runs": study.origin.runs, "source": study.data["source"]} | findings(written, (page,)))
        return
    for sentence in (*written.verdict, *written.warnings):
        sys.stdout.write(f"{sentence}\n")
    sys.stdout.write(f"\nReport: {written.html if page == 'html' else written.markdown}\n")


def _taken(text: str) -> bool:
    """Print the guess, and ask whether to take it if standard input can be asked."""
    sys.stdout.write(text)
    sys.stdout.flush()
    edited = "Save it as a file, correct it, and give that: --mapping FILE"
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        sys.stderr.write(f"This is a guess. {edited}. Or take it as it is: --yes\n")
        return False
    sys.stderr.write("Write the report with this guess? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    sys.stderr.write(f"Nothing was written. {edited}\n")
    return False


def _source(asked: Asked) -> "tuple[Callable[[MappingFile], ForeignRuns], str]":
    """What gives the runs once the mapping is known, and the guess where one is wanted."""
    if asked.csv is not None:
        from experiments.recording.results_table import read_results
        from studies.others.guessing import guess_table
        from studies.others.tables_of_results import runs_of

        table = read_results(asked.csv)
        return lambda mapping: runs_of(table, mapping), "" if asked.mapping else guess_table(table)
    found = _read(asked)
    if not found.runs:
        raise UserError(f"{found.source} has no runs")
    if asked.mapping:
        return lambda _: found, ""
    from studies.others.guessing import guess

    return lambda _: found, guess(found)


def _read(asked: Asked) -> "ForeignRuns":
    if asked.optuna is not None:
        from studies.others.optuna_runs import read_trials

        return read_trials(asked.optuna, asked.study)
    if asked.tracking_uri is None:
        raise UserError(
            "--tracking-uri: where MLflow keeps the experiment was expected: an SQLite file, a folder or a server",
            advice="Examples are sqlite:///mlflow.db, mlruns and http://127.0.0.1:5000.",
        )
    from experiments.store.foreign_mlflow import read_experiment

    return read_experiment(asked.tracking_uri, asked.experiment or "")


def _folder_name(name: str) -> str:
    """A name as that of one folder."""
    plain = "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in name).strip(". ")
    return plain[:100] or "runs"
