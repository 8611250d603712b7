"""What the shell completes: names of studies from the records, and values that a table of ours knows.

It answers within the time of a keystroke, so neither MLflow nor Optuna is imported, and NumPy only for the tables.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from sqlite3 import Connection
from typing import Final

import typer

from chainrule.workspace import Workspace
from experiments.command_line import HOME
from experiments.mistakes import Fault, UserError
from experiments.store.archived import marked
from experiments.store.sqlite_file import read

_OF_STUDIES = """
SELECT name FROM experiments WHERE lifecycle_stage = 'active' AND EXISTS (
    SELECT 1 FROM runs JOIN tags ON tags.run_uuid = runs.run_uuid
    WHERE runs.experiment_id = experiments.experiment_id AND key = 'chainrule.phase' AND value = 'study')
"""


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """The names of studies in the output folder that begin so, without those that are archived or typed already."""
    home = _home(context)
    typed = context.params.get("names") or ()
    names = _names(home) - marked(home) - set(typed)
    return sorted(name for name in names if name.startswith(incomplete))


def to_archive(context: typer.Context, incomplete: str) -> list[str]:
    """Those that are archived where they are to be restored, else the others."""
    if not context.params.get("restore"):
        return studies(context, incomplete)
    home = _home(context)
    return sorted(name for name in marked(home) if name.startswith(incomplete))


def names_in(module: str, table: str) -> Callable[[str], list[str]]:
    """A completion by the names in a table of ours, such as COSTS in `core`; its module is imported only then."""

    def complete(incomplete: str) -> list[str]:
        names: Iterable[str] = getattr(import_module(module), table)
        return sorted(name for name in names if name.startswith(incomplete))

    return complete


ACTIVATIONS: Final = names_in("core", "ACTIVATIONS")


def _home(context: typer.Context) -> Path:
    return Path(context.params.get("home") or os.environ.get("CHAINRULE_HOME") or HOME)


def _names(home: Path) -> set[str]:
    """Studies that have a folder of their own, or runs in the records' file; a file that cannot be read has none."""
    found = set(Workspace(home).begun)
    with suppress(UserError, Fault):
        found.update(read(home / "mlflow.db", _recorded))
    return found


def _recorded(database: Connection) -> list[str]:
    return [name for (name,) in database.execute(_OF_STUDIES)]
