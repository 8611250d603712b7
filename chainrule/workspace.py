"""The folders and files in the output folder, and the lock of a study."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chainrule.change_note import notes
from experiments.command_line import command_line
from experiments.mistakes import UserError
from experiments.store.archived import marked
from experiments.system.files import sweep
from experiments.system.locks import OF_A_STUDY, held

LONGEST_REPORT: Final = 120
"""Letters in the name of a report's folder, which a file system may allow 255 bytes."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The output folder."""

    home: Path

    def study(self, name: str) -> Path:
        """The folder of a study: Optuna's journal, the spool, the lock."""
        return self.home / "studies" / name

    def spool(self, name: str) -> Path:
        """Records of a study that MLflow has not taken yet."""
        return self.study(name) / "spool"

    def lock(self, name: str) -> Path:
        """What the process that runs a study holds."""
        return self.study(name) / OF_A_STUDY

    def data(self, name: str) -> Path:
        """Large data of a study, which its workers on this machine share."""
        return self.study(name) / "data"

    @property
    def begun(self) -> frozenset[str]:
        """The names of the studies that have a folder of their own."""
        return frozenset(path.parent.name for path in self.home.glob("studies/*/spool"))

    def report(self, *names: str) -> Path:
        """The folder of a study's report, or of that of several."""
        name = "+".join(names)
        if len(name) > LONGEST_REPORT:
            name = f"{names[0]}+{len(names) - 1}"
        return self.home / "reports" / name

    @contextmanager
    def opened(self, name: str, otherwise: str = "") -> Iterator[None]:
        """Make a study's folders and hold its lock, which dies with this process; half a record goes before and after.

        Args:
            name: of the study.
            otherwise: what to advise if another process runs the study.

        Raises:
            UserError: if the folders cannot be written to, another process runs the study, the study is archived, or
                a command that deletes or renames it was cut off.
        """
        if name in marked(self.home):
            back = command_line("archive", name, restore=True, home=self.home)
            raise UserError(f'the study "{name}" is archived', advice=f"Bring it back: {back}")
        for note in notes(self.home):
            if name in (note.name, note.to):
                raise note.cut_off(self.home)
        self._make(self.spool(name))
        with self.locked(name, otherwise):
            try:
                sweep(self.spool(name))
                yield
            finally:  # also what a worker left that was killed meanwhile, or of a study before that has ended since
                sweep(self.spool(name))

    def _make(self, folder: Path) -> None:
        """Make a folder of a study if it is not there."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(13, "no permission to write")
        except OSError as reason:
            raise UserError(f"--home {self.home}: {reason.strerror}") from reason

    @contextmanager
    def locked(self, name: str, otherwise: str = "") -> Iterator[None]:
        """Make a study's folder and hold its lock, whatever is done to it.

        Raises:
            UserError: if the folder cannot be written to, or another process runs the study.
        """
        self._make(self.study(name))
        with held(self.lock(name)) as mine:
            if not mine:
                raise UserError(f'the study "{name}" is being run by another process', advice=otherwise)
            yield
