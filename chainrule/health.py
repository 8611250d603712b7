"""Looks at what is installed, where records are and how studies stand, and finds what is wrong. Nothing is written."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from chainrule.change_note import notes
from chainrule.json_output import document
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.environment import describe
from experiments.mistakes import Fault, UserError
from experiments.store.addresses import is_server
from experiments.store.databases import MLFLOW, contents, newest_tables
from experiments.store.reading import Records
from experiments.store.server import default_tracking_uri
from experiments.store.store_check import check_database, silence_of
from experiments.store.store_errors import without_password
from experiments.store.study_summary import StudySummary
from experiments.system.locks import OF_A_STUDY, is_held
from experiments.wording import count
from studies.running.lease import gone
from studies.running.storage import check_filled, open_database, trials_under_way

LITTLE_SPACE: Final = 500_000_000
"""Free bytes below which a disk is nearly full: a study writes some kilobytes a network."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong.

    Attributes:
        what: in words.
        mend: the command that fixes it, or what to do if there is no such command.
    """

    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found.

    Attributes:
        installed: what runs and on what machine, by name.
        packages: the version of each package that is needed.
        extras: of each optional part whether it is installed.
        records: where records are and what holds them, by name.
        studies: how each study stands, as `chainrule studies --json` has it.
        problems: all that is wrong.
    """

    installed: dict[str, str]
    packages: dict[str, str]
    extras: dict[str, bool]
    records: dict[str, Any]
    studies: list[dict[str, Any]]
    problems: list[Problem]


def examine(home: Path, tracking_uri: str | None, storage: str | None) -> Health:
    """Look at everything."""
    packages, extras, wrong = _packages()
    records, of_the_store = _records(home, tracking_uri)
    found, of_reading = _studies(home, tracking_uri) if records["there"] else ([], [])
    problems = [*wrong, *of_the_store, *(of_reading if records["answers"] is not False else [])]
    for study in found:
        problems += _of_study(home, study)
    problems += [
        Problem(str(one.cut_off(home).mistakes[0].message), one.command(home)) for one in notes(home)
    ]
    if storage:
        problems += _of_storage(storage, [study.name for study in found])
    of_ours = ("chainrule", "code", "git_revision", "git_tree", "python", "machine", "processor", "threads")
    environment = describe()
    return Health(
        installed={name: environment[name] for name in of_ours},
        packages=packages,
        extras=extras,
        records=records,
        studies=[document(one) | {"archived": one.archived} for one in found],
        problems=problems,
    )


def _packages() -> tuple[dict[str, str], dict[str, bool], list[Problem]]:
    """The packages that are needed, the extras, and what is missing or of a wrong version."""
    checkout = Path(__file__).parents[1]
    lock = checkout / "requirements.lock"
    mend = shlex.join([sys.executable, "-m", "pip", "install", "--require-hashes", "-r", str(lock)])
    installed: dict[str, str] = {}
    extras: dict[str, bool] = {}
    problems = []
    for needed in map(Requirement, requires("chainrule") or []):
        extra = _part(needed)
        if extra is None:
            continue
        there = _version(needed.name)
        fits = there is not None and needed.specifier.contains(there, prereleases=True)
        if extra:
            extras[extra] = extras.get(extra, True) and fits
        elif there is None:
            problems.append(Problem(f"{needed.name} is not installed", mend))
        else:
            installed[needed.name] = there
            if not fits:
                problems.append(Problem(f"{needed.name} is {there}, and {needed.specifier} is needed", mend))
    return installed, extras, problems


def _part(needed: Requirement) -> str | None:
    """The optional part that a requirement belongs to; empty if it is needed always, None if it is not needed here."""
    if not needed.marker or needed.marker.evaluate({"extra": ""}):
        return ""
    names = metadata("chainrule").get_all("Provides-Extra") or []
    return next((name for name in names if needed.marker.evaluate({"extra": name})), None)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _records(home: Path, tracking_uri: str | None) -> tuple[dict[str, Any], list[Problem]]:
    """Where records are, and what is wrong with the place or the store."""
    uri = tracking_uri or default_tracking_uri(home)
    waits = any(home.glob("studies/*/spool/*.npz"))
    there = bool(tracking_uri) or (home / "mlflow.db").exists() or waits
    place = next(path for path in (home.absolute(), *home.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    found: dict[str, Any] = {
        "home": str(home.absolute()),
        "there": there,
        "store": without_password(uri),
        "free_bytes": free,
        "answers": None,
        "tables": None,
        "tables_needed": newest_tables(MLFLOW),
    }
    problems = []
    if free < LITTLE_SPACE:
        problems.append(
            Problem(
                f"only {free / 1e6:,.0f} MB are free on the disk of {home}",
                f"Make room; {command_line('delete', 'STUDY', home=home)} removes a study that is not needed",
            )
        )
    if not os.access(place, os.W_OK):
        problems.append(Problem(f"{place} cannot be written to", f"chmod u+w {shlex.quote(str(place))}"))
    if not tracking_uri and not (home / "mlflow.db").exists():
        return found, problems
    try:
        if is_server(uri):
            silence = silence_of(uri)
            if silence:
                problems.append(Problem(silence, _start(uri)))
        else:
            check_database(home, tracking_uri, reading=True)
            found["tables"] = contents(uri, "--tracking-uri").revision
            silence = ""
        found["answers"] = not silence
    except (UserError, Fault) as reason:
        found["answers"] = False
        problems.append(_told(reason))
    return found, problems


def _start(uri: str) -> str:
    """How a server of MLflow is started on its machine."""
    place = urlsplit(uri)
    port = place.port or (443 if place.scheme == "https" else 80)
    return shlex.join(["mlflow", "server", "--host", place.hostname or "127.0.0.1", "--port", str(port)])


def _studies(home: Path, tracking_uri: str | None) -> tuple[list[StudySummary], list[Problem]]:
    try:
        records = Records.open(home, tracking_uri)
        found = records.studies(archived=True)
    except (UserError, Fault) as reason:
        return [], [_told(reason)]
    return found, [_told(records.trouble)] if records.trouble else []


def _of_study(home: Path, study: StudySummary) -> Iterator[Problem]:
    """What is wrong with a study."""
    folder = Workspace(home).study(study.name)
    if study.state == "running":
        return
    go_on = study.command or command_line("study", "FILE", home=home)
    if study.state == "failed":
        yield Problem(f"{study.name}: an error ended it", go_on)
    lost = 0 if is_held(folder / OF_A_STUDY) else trials_under_way(folder)
    if lost:
        yield Problem(f"{study.name}: its process died with {count(lost, 'trial')} under way", go_on)
    if study.waiting:
        records = count(study.waiting, "record")
        yield Problem(
            f"{study.name}: {records} {'waits' if study.waiting == 1 else 'wait'} for MLflow", go_on
        )
    for name in study.left_out:
        path = Workspace(home).spool(study.name) / name
        yield Problem(f"{study.name}: {path} cannot be read or recorded", shlex.join(["rm", str(path)]))


def _of_storage(storage: str, studies: list[str]) -> Iterator[Problem]:
    """What is wrong with Optuna's storage: it does not answer, or a process that is gone still holds a study in it."""
    try:
        check_filled(storage)
        opened = open_database(storage)
        for name in studies:
            for holder in gone(opened, name):
                what = f"{name}: {holder}, which is gone, still holds it in the storage"
                yield Problem(what, "The next start of the study takes it over within seconds")
    except (UserError, Fault) as reason:
        yield _told(reason)


def _told(reason: UserError | Fault) -> Problem:
    """An error of ours as a problem."""
    what, _, rest = str(reason).partition("\n")
    return Problem(what.removeprefix("error: "), reason.advice or rest)
