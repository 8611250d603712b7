"""The file beside a study file that holds its seal, and the commit that holds that file."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from chainrule.workspace import Workspace
from experiments.mistakes import UserError
from experiments.recording.records import StudyRecord
from experiments.system.files import write_durably


def seal_of(file: Path, data_set: str = "") -> Path:
    """Where the seal of a study file stands: next to it, with `.seal` after its name and that of a further data set."""
    return file.with_name(f"{file.name}.{data_set}.seal" if data_set else f"{file.name}.seal")


def read_seal(path: Path) -> str:
    """The text of a seal, whatever it says; empty if there is none.

    Raises:
        UserError: if there is a file that cannot be read.
    """
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as reason:
        raise UserError(f"{path}: {reason.strerror}") from reason


class Sealed(NamedTuple):
    """What is sealed of a study on one data set.

    Attributes:
        file: where its seal stands.
        study: the study as it would be recorded now.
        run_key: its identity.
    """

    file: Path
    study: StudyRecord
    run_key: str


def seal_all(studies: Sequence[Sealed], home: Path) -> None:
    """Seal a study on each of its data sets, and say so.

    Args:
        studies: the study on each of them.
        home: the folder for all records.

    Raises:
        UserError: if one is sealed already, or has been begun, or a seal cannot be written.
    """
    for each in studies:
        _check_unsealed(each.file, each.study.name, home)
    for each in studies:
        _write(each)
    them, when = ("it", "it was") if len(studies) == 1 else ("them", "they were")
    sys.stdout.write(f"Commit {them}, so that git says when {when} made.\n")


def _check_unsealed(path: Path, study: str, home: Path) -> None:
    """Refuse to seal what is sealed already, or has been begun."""
    if path.exists():
        raise UserError(
            f"{path}: the study is sealed already",
            advice="The seal is kept. To make another one, remove the file first.",
        )
    if study in Workspace(home).begun:
        raise UserError(
            f'the study "{study}" has started already; a seal must be made before the first trial',
            advice='Give the study a name of its own in its file: [study] name = "…"',
        )


def _write(sealed: Sealed) -> None:
    """Seal a study as it would be recorded now."""
    from reports.conclusions.sealing import seal_text  # it brings pandas

    text = seal_text(sealed.study, sealed.run_key, datetime.now(UTC))
    try:
        write_durably(sealed.file, text.encode(), new=True)
    except OSError as reason:
        raise UserError(f"{sealed.file}: {reason.strerror}") from reason
    sys.stdout.write(f"Sealed: {sealed.file}\n")


def commit_of(path: Path) -> str:
    """The git commit that last changed a file and when that was, "HASH TIME"; empty unless the file is as committed."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(path.parent), *arguments, "--", path.name]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        git("diff", "--quiet", "HEAD")
        return git("log", "-1", "--format=%H %cI")
    except (OSError, subprocess.SubprocessError):
        return ""
