"""How the champion is used: the commands and lines, as the report and the model cards have them."""

import json
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import quote

from experiments.command_line import HOME, command_line
from experiments.recording.records import StudyRecord
from experiments.store.champion import Alias, address_of
from reports import words
from reports.conclusions import class_errors, model_errors
from reports.page.blocks import Section
from reports.results.tables import Tables

PORT: Final = 5001
"""Of the line that serves a model; MLflow's own pages have the port before it."""


def champion_section(tables: Tables) -> Section:
    """What the champion is worth and how to use it."""
    heading = "The champion" if tables.study.trainer else "Use the champion"
    told = model_errors.sentences(tables)
    if not told:
        nothing = model_errors.untested(tables) or "There is no champion yet."
        return Section("champion", heading, (nothing,))
    told += class_errors.sentences(tables)
    grids = tuple(filter(None, [model_errors.errors_grid(tables), class_errors.classes_grid(tables)]))
    if tables.study.trainer:
        return Section("champion", heading, tuple(told), (), grids)
    told.append(
        "The lines are for the folder in which the study was started; docs/champion.md says what they take and give. "
        + what_goes_in(tables.study)
    )
    verbatim = (
        ("For a shell", shell_lines(tables.study)),
        ("In Python", python_lines(tables.study)),
    )
    return Section("champion", heading, tuple(told), (), grids, verbatim)


def what_goes_in(study: StudyRecord) -> str:
    """What the files and the rows of the lines hold."""
    columns = [name for name, *_ in study.data.get("columns") or []] or study.data.get("features")
    if not columns:
        return ""
    named = f"the column{'s' * (len(columns) > 1)} {words.few(map(words.shortened, columns))}"
    return f"FILE and FILE.csv are tables with {named}; rows is a data frame with the same."


def shell_lines(study: StudyRecord, alias: Alias = "champion") -> str:
    """Commands that ask a model about examples in files, by chainrule and by MLflow, or serve it on this machine."""
    model = f"--env-manager local -m {shlex.quote(address_of(study.name, alias))}"
    ensemble = {"ensemble": True} if alias == "ensemble" else {}
    return "\n".join(
        (
            command_line("predict", study.name, "FILE", **ensemble, **_where(study)),
            f"export MLFLOW_TRACKING_URI={shlex.quote(_store(study))} MLFLOW_DISABLE_TELEMETRY=true",
            f"mlflow models predict {model} -t csv -i FILE.csv",
            f"mlflow models serve {model} --host 127.0.0.1 --port {PORT}",
        )
    )


def python_lines(study: StudyRecord, alias: Alias = "champion") -> str:
    """Lines that load a model and ask it."""
    return "\n".join(
        (
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({_literal(_store(study))})",
            f"model = mlflow.pyfunc.load_model({_literal(address_of(study.name, alias))})",
            "model.predict(rows)",
        )
    )


def _literal(text: str) -> str:
    """A text as Python writes it, in the quotation marks that this project uses."""
    return json.dumps(text, ensure_ascii=False)


def _where(study: StudyRecord) -> dict[str, str]:
    """The options of the study's command that say where its records are."""
    try:
        words = shlex.split(study.command)
    except ValueError:  # it is no command, but a sentence about Python
        words = []
    pairs = dict(pairwise(words))
    options = {"home": "--home", "tracking_uri": "--tracking-uri"}
    return {name: pairs[option] for name, option in options.items() if option in pairs}


def _store(study: StudyRecord) -> str:
    """The address of the study's records, as the study's command has it."""
    where = _where(study)
    home = Path(where.get("home", HOME))
    return where.get("tracking_uri", f"sqlite:///{quote((home / 'mlflow.db').as_posix())}")
