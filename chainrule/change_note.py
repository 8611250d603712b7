"""The note in a study's folder of a change to the study as a whole that has begun, until it is done."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from experiments.command_line import command_line
from experiments.mistakes import Fault, UserError
from experiments.system.files import write_durably

CHANGE: Final = "change.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is being done to a study.

    Attributes:
        what: the command.
        name: of the study.
        to: its new name; empty if it is deleted.
        experiment_id: of its experiment in MLflow; empty if there is none.
        tracking_uri: of MLflow's store, in a form that may be shown; None for the file in the output folder.
        storage: of Optuna's storage, likewise; None for the journal.
        digests: of the study's design before and after; see `studies.running.moving.Renaming`.
    """

    what: Literal["delete", "rename"]
    name: str
    to: str = ""
    experiment_id: str = ""
    tracking_uri: str | None = None
    storage: str | None = None
    digests: tuple[str, str] = ("", "")

    def command(self, home: Path) -> str:
        """The command that does what is left."""
        names = [name for name in (self.name, self.to) if name]
        return command_line(
            self.what, *names, home=home, tracking_uri=self.tracking_uri, storage=self.storage
        )

    def cut_off(self, home: Path) -> UserError:
        """The error of any other command that would change the study."""
        what = f"being renamed to {self.to}" if self.to else "being deleted"
        return UserError(
            f'the study "{self.name}" was {what}, and that was interrupted',
            advice=f"This command finishes it: {self.command(home)}",
        )

    def write(self, folder: Path) -> None:
        """Keep it in the study's folder."""
        write_durably(folder / CHANGE, json.dumps(asdict(self), indent=2).encode())


def note_in(folder: Path) -> Note | None:
    """The note in a study's folder; None if there is none.

    Raises:
        Fault: if it cannot be read.
    """
    try:
        told = json.loads((folder / CHANGE).read_bytes())
        return Note(**{**told, "digests": tuple(told["digests"])})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError) as reason:
        raise Fault(f"{folder / CHANGE} is damaged", "Restore it from a copy, or remove it.") from reason


def notes(home: Path) -> list[Note]:
    """Every such note in an output folder."""
    return [note for path in sorted(home.glob(f"studies/*/{CHANGE}")) if (note := note_in(path.parent))]
