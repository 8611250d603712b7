"""The file beside a study file that holds its seal, and the commit that holds that file."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from chainrule.workspace import Workspace
from experiments.mistakes import UserError
from experiments.recording.records import StudyRecord
from experiments.system.files import write_durably


def seal_of(file: Path) -> Path:
    """Where the seal of a study file stands: next to it, with `.seal` after its name."""
    return file.with_name(f"{file.name}.seal")


def read_seal(file: Path) -> str:
    """The text of a study file's seal, whatever it says; empty if there is none.

    Raises:
        UserError: if there is a file that cannot be read.
    """
    path = seal_of(file)
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as reason:
        raise UserError(f"{path}: {reason.strerror}") from reason


def write_seal(file: Path, study: StudyRecord, run_key: str, home: Path) -> None:
    """Seal a study as it would be recorded now, and say so.

    Raises:
        UserError: if the study file is sealed already, the study has been begun, or the file cannot be written.
    """
    from reports.conclusions.sealing import seal_text  # it brings pandas

    path = seal_of(file)
    if path.exists():
        raise UserError(
            f"{path}: the study is sealed already",
            advice="The seal is kept. To make another one, remove the file first.",
        )
    if study.name in Workspace(home).begun:
        raise UserError(
            f'the study "{study.name}" has started already; a seal must be made before the first trial',
            advice='Give the study a name of its own in its file: [study] name = "…"',
        )
    try:
        write_durably(path, seal_text(study, run_key, datetime.now(UTC)).encode(), new=True)
    except OSError as reason:
        raise UserError(f"{path}: {reason.strerror}") from reason
    sys.stdout.write(f"Sealed: {path}\nCommit it, so that git says when it was made.\n")


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
